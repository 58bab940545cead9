//! Columns of an agreement: with whom, what it covers, how long.

use super::Columns;
use crate::convert::code;
use domain::values::id::{ClientKind, PointKind, UnitKind};
use serde_json::Value as Json;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.link::<ClientKind>("client", "client");
    row.links::<PointKind>("points", "points");
    row.links::<UnitKind>("units", "units");
    row.text("state", "state");
    row.time("starts", "from");
    row.time("ends", "until");
    row.sum("limit", "limit");
    let no = row.at("no").and_then(Json::as_str).map(code).filter(|no| !no.is_empty());
    if let Some(no) = no {
        row.made("no", no);
    }
}
