//! Columns of an occurrence: of which schedule, the days, what has become of it.

use super::Columns;
use domain::values::id::{ScheduleKind, VisitKind};

/// Derives the columns. Days are text, `2026-03-31`, which is in their order.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.link::<ScheduleKind>("schedule", "schedule");
    row.link::<VisitKind>("visit", "booking.visit");
    row.text("state", "state");
    row.text("nominal", "nominal");
    row.text("day", "appointment.day");
}
