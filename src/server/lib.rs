//! The one binary: wiring only, no rule of business.

mod actor_system;
pub mod app;
pub mod bank;
pub mod cli;
pub mod clock;
pub mod demo;
mod door;
pub mod files;
mod firm;
mod firms;
pub mod journal;
pub mod line;
mod log;
pub mod recordings;
pub mod roads;
pub mod secretary;
pub mod settings;
pub mod sheets;
pub mod solve;
pub mod sounds;
pub mod telephone;
pub mod traces;
