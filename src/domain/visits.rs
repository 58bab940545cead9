//! Trips: one visit, one window; one master's assignment at a time.

pub mod notice;
pub mod proof;
pub mod visit;
pub mod visit_rules;
