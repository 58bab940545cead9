//! Values that cannot be wrong once they exist.

pub mod calendar;
pub mod id;
pub mod inn;
pub mod money;
pub mod period;
pub mod phone;
pub mod place;
