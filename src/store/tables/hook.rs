//! Columns of a link to another programme: whether it posts, and how far it has come.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("off", "off");
    row.int("cursor", "cursor");
    row.time("since", "since");
}
