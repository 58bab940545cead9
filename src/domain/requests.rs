//! What was asked for: the request with its promise, and the order with its work and money.

pub mod order;
pub mod request;
pub mod sla;
