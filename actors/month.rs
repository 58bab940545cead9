//! The month of agreement visits: what is due, who could go, the plan of the solver, and how people see it.
//!
//! The dispatcher owns the book and takes a survey of the month; what takes its time (the plan, the ways) is worked out
//! on a thread beside it from the survey alone, and what came of it is decided on the book of that moment.

mod calendars;
pub(crate) mod keeping;
pub(crate) mod orders;
mod problem;
pub(crate) mod sheet;
pub(crate) mod survey;
pub(crate) mod telling;
