//! Columns of a skill: its code, and whether it may be given.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("code", "card.code");
    row.flag("retired", "retired");
}
