//! Columns of a master: name, duty, vehicle and cash in custody.

use super::Columns;
use domain::values::id::{BranchKind, VehicleKind, VisitKind};

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("name", "name");
    row.text("duty", "duty");
    row.link::<VehicleKind>("vehicle", "vehicle");
    row.link::<BranchKind>("branch", "branch");
    row.link::<VisitKind>("current", "current");
    row.time("shift_from", "shift.from");
    row.time("shift_to", "shift.to");
    row.sum("cash", "cash");
}
