//! Columns of a request: its number, state, links and the nearest promise.

use super::Columns;
use crate::convert::time_of;
use domain::values::id::{AgreementKind, CallKind, ClientKind, OrderKind, PointKind, UnitKind, VisitKind};
use serde_json::Value as Json;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.int("no", "no");
    row.text("state", "state");
    row.text("kind", "kind");
    row.text("priority", "priority");
    row.link::<ClientKind>("client", "client");
    row.link::<PointKind>("point", "point");
    row.link::<UnitKind>("unit", "unit");
    row.link::<AgreementKind>("agreement", "agreement");
    row.link::<CallKind>("call", "call");
    row.link::<OrderKind>("order", "order");
    row.link::<VisitKind>("visit", "visit");
    row.time("created", "created");
    let clocks = row.at("clocks").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let running = clocks.iter().filter(|c| c.get("state").and_then(Json::as_str) == Some("running"));
    let due = running.filter_map(|c| c.get("due")?.as_str()?.parse::<jiff::Timestamp>().ok()).min();
    let due = due.and_then(|at| time_of(&at.to_string()));
    row.put("due", due);
}
