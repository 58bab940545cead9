//! What is served without being asked: schedules of agreements, their days that are due, and what becomes of each.

pub mod calendar_month;
pub mod due;
pub mod holidays;
pub mod occurrence;
pub mod occurrence_rules;
pub mod rhythm;
pub mod schedule;
pub mod schedule_rules;
