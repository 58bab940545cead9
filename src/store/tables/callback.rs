//! Columns of a callback task: state, number and since when it waits.

use super::Columns;
use domain::values::id::{CallKind, ClientKind, OperatorKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("state", "state");
    row.phone("phone", "phone");
    row.link::<ClientKind>("client", "client");
    row.link::<CallKind>("call", "call");
    row.link::<OperatorKind>("operator", "operator");
    row.time("since", "since");
    row.int("attempts", "attempts");
}
