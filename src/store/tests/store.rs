//! The store through its public doors, on every engine a test can have.

mod firm;
mod journal;
mod place;
