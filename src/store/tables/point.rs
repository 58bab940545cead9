//! Columns of a service point: whose it is and where it lies.

use super::Columns;
use crate::convert::folded;
use domain::values::id::ClientKind;
use serde_json::Value as Json;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.link::<ClientKind>("client", "client");
    row.text("address", "address");
    row.text("zone", "zone");
    row.float("lat", "place.lat");
    row.float("lon", "place.lon");
    let words = row.at("address").and_then(Json::as_str).map(folded).unwrap_or_default();
    row.made("words", words);
}
