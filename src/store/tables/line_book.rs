//! The book of lines has no columns: it is one row, read whole.

use super::Columns;

/// Derives nothing.
pub(super) fn columns(_: &mut Columns<'_>) {}
