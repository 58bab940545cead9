//! The kit: real actors between ports that a test holds in its hand, on a clock that stands still.
//!
//! A [`branch::Branch`] is an open house on one thread. Time passes only when nobody has anything to do, so a
//! ring of fifteen seconds takes no time at all, and two runs of a test are the same run.

pub mod bank;
pub mod bell;
pub mod branch;
pub mod caller;
pub mod clock;
pub mod dice;
pub mod firm;
pub mod ids;
pub mod job;
pub mod journal;
pub mod line;
pub mod news;
pub mod phones;
pub mod post;
pub mod seats;
pub mod tapes;
pub mod telephonist;
