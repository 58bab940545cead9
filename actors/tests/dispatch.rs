//! The dispatcher, through what people may say.

mod day;
mod proposals;
mod refusals;
mod replanning;
mod time_machine;
