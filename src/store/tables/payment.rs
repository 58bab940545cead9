//! Columns of a payment: what for, how much, in whose custody.

use super::Columns;
use domain::values::id::{MasterKind, OrderKind, VisitKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("state", "state");
    row.text("tender", "tender");
    row.link::<OrderKind>("order", "order");
    row.link::<VisitKind>("visit", "visit");
    row.link::<MasterKind>("custodian", "custodian");
    row.sum("sum", "sum");
    row.time("at", "at");
}
