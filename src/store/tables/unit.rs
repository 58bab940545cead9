//! Columns of an equipment unit: where it stands, what covers it, its serial number.

use super::Columns;
use crate::convert::code;
use domain::values::id::{AgreementKind, ClientKind, PointKind};
use serde_json::Value as Json;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.link::<ClientKind>("client", "client");
    row.link::<PointKind>("point", "point");
    row.link::<AgreementKind>("agreement", "agreement");
    row.text("kind", "kind");
    row.text("brand", "brand");
    row.text("model", "model");
    row.time("warranty_until", "warranty_until");
    let serial = row.at("serial").and_then(Json::as_str).map(code).filter(|serial| !serial.is_empty());
    if let Some(serial) = serial {
        row.made("serial", serial);
    }
}
