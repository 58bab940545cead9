//! Columns of a phone that may be rung: whose it is.

use super::Columns;
use domain::values::id::MasterKind;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.link::<MasterKind>("master", "master");
    row.time("since", "since");
    row.time("gone", "gone");
}
