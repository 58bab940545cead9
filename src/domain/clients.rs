//! Those who ring: clients, their phones, their service points, their agreements.

pub mod agreement;
pub mod client;
pub mod point;
