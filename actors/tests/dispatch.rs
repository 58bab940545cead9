//! The dispatcher, through what people may say.

mod beside;
mod chains;
mod day;
mod policies;
mod proposals;
mod refusals;
mod replanning;
mod several;
mod time_machine;
