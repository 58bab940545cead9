//! How the house is measured: its files, functions, documentation, dependency arrows and dictionaries.
//!
//! The crate links nothing of the product, so that the rules are checked in seconds. The rules themselves, and
//! the numbers they hold to, are in `house_rules.rs` beside this file.

pub mod arrows;
pub mod dictionaries;
pub mod rust;
pub mod spread;
pub mod tree;
