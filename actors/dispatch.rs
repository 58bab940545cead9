//! Where the day is planned: the dispatcher with the book, and the planner with the solver.

mod asking;
mod beside;
pub mod by_link;
mod chains;
pub mod dispatcher;
pub mod improver;
mod local_hours;
pub mod orders;
pub mod past;
pub mod planning;
pub mod proofs;
pub mod proposals;
pub mod rewriting;
pub mod searching;
mod seats;
mod short;
pub mod showing;
mod staff;
mod timely;
pub mod trial;
pub mod uniting;
mod weighing;
pub mod words;
pub mod work_views;
