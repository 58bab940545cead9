//! Columns of a call: state, numbers, who talked and when.

use super::Columns;
use domain::values::id::{ClientKind, OperatorKind, RequestKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("state", "state");
    row.phone("phone", "from");
    row.text("did", "did");
    row.text("trunk", "trunk");
    row.text("sip_call_id", "sip_call_id");
    row.link::<ClientKind>("client", "client");
    row.link::<OperatorKind>("operator", "operator");
    row.link::<RequestKind>("about", "about");
    row.text("disposition", "disposition");
    row.time("started", "started");
    row.time("answered", "answered");
    row.time("ended", "ended");
}
