//! Columns of an operator: name, presence and the call in hand.

use super::Columns;
use domain::values::id::CallKind;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("name", "name");
    row.text("presence", "presence");
    row.link::<CallKind>("call", "call");
    row.time("since", "since");
}
