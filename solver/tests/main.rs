//! Tests of the whole engine against brute force, the independent checker, and its own promises.
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod brute;
mod decisions;
mod events;
mod links;
mod month;
mod pairs;
mod programs;
mod rules;
mod town;
mod weights;
