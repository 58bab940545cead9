//! A whole server on free ports with a quiet town, and those who use it.

pub mod baresip;
pub mod centre;
pub mod chromium;
pub mod ear;
pub mod firms;
pub mod person;
pub mod sipp;
pub mod town;
