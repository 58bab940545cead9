//! Columns of a repair order: its number, phase, links and what was paid.

use super::Columns;
use domain::values::id::{AgreementKind, ClientKind, MasterKind, PointKind, RequestKind, UnitKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.int("no", "no");
    row.text("phase", "phase");
    row.text("payer", "payer");
    row.link::<RequestKind>("request", "request");
    row.link::<ClientKind>("client", "client");
    row.link::<PointKind>("point", "point");
    row.link::<UnitKind>("unit", "unit");
    row.link::<AgreementKind>("agreement", "agreement");
    row.link::<MasterKind>("master", "master");
    row.sum("paid", "paid");
}
