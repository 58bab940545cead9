//! Columns of a branch: its name, and whether anybody is sent from it.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("name", "card.name");
    row.flag("closed", "closed");
}
