//! Columns of a visit: its number, state, links, window and master.

use super::Columns;
use domain::values::id::{ClientKind, MasterKind, OrderKind, PointKind, RequestKind, UnitKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.int("no", "no");
    row.text("state", "state");
    row.link::<RequestKind>("request", "request");
    row.link::<OrderKind>("order", "order");
    row.link::<ClientKind>("client", "client");
    row.link::<PointKind>("point", "point");
    row.link::<UnitKind>("unit", "unit");
    row.link::<MasterKind>("master", "assignment.master");
    row.time("window_from", "window.from");
    row.time("window_to", "window.to");
    row.time("starts", "assignment.start");
    row.time("ends", "assignment.end");
    row.flag("pinned", "pinned");
}
