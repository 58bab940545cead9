//! The store through its public doors, on every engine a test can have.

mod crash;
mod export;
mod firm;
mod graph;
mod journal;
mod place;
mod search;
mod twins;
mod upkeep;
