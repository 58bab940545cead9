//! The areas that a firm serves: drawn on the map, each with a price of a call-out, masters and days of service.

pub mod chart;
pub mod shape;
pub mod zone;
