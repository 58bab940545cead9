//! Columns of a zone: its name, and whether it is served.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("name", "card.name");
    row.flag("retired", "retired");
}
