//! Events to other programmes: who owns the links, and one round of one link.

pub mod courier;
mod orders;
mod round;
