//! Columns of an import: what it is about and how far it is.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("state", "state");
    row.text("what", "wish.what");
    row.time("at", "at");
}
