//! What is served without being asked: schedules of agreements, their days that are due, and what becomes of each.

pub mod due;
pub mod occurrence;
pub mod occurrence_rules;
pub mod rhythm;
pub mod schedule;
pub mod schedule_rules;
