//! Columns of what is planned by: the usual weights.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("usual", "usual");
}
