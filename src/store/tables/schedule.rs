//! Columns of a schedule: of which agreement, where, whether its days are due.

use super::Columns;
use domain::values::id::{AgreementKind, PointKind, UnitKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.link::<AgreementKind>("agreement", "agreement");
    row.link::<PointKind>("point", "card.point");
    row.link::<UnitKind>("unit", "card.unit");
    row.text("state", "state");
}
