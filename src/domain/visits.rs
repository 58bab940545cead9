//! Trips: one visit, one window; one master's assignment at a time.

pub mod beside;
pub mod chain;
pub mod checklist;
pub mod notice;
pub mod proof;
pub mod visit;
pub mod visit_rules;
pub mod work_template;
