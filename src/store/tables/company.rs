//! Columns of the firm: its name.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("name", "card.name");
}
