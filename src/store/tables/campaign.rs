//! Columns of a campaign: how far it is.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("state", "state");
    row.text("name", "name");
    row.time("at", "at");
}
