//! Columns of a vehicle: plate and state.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("plate", "plate");
    row.text("state", "state");
}
