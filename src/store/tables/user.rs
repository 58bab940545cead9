//! Columns of a user: login, role and who it is in the firm.

use super::Columns;
use domain::values::id::{MasterKind, OperatorKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("login", "login");
    row.text("name", "name");
    row.text("role", "role");
    row.link::<MasterKind>("master", "master");
    row.link::<OperatorKind>("operator", "operator");
}
