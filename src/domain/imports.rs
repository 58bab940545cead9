//! Cards that come from another programme's tables: what a column means, what is wrong with a line, what is written,
//! and what of it may be taken back.

pub mod cells;
pub mod columns;
pub mod import;
pub mod reading;
pub mod register;
pub mod sheets;
pub mod undoing;
