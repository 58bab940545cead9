//! Columns of a proposal: state, and since when it stands.

use super::Columns;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("state", "state");
    row.time("made", "made");
}
