//! What was asked for: the request with its promise, and the order with its work and money.

pub mod order;
pub mod order_rules;
pub mod request;
pub mod request_rules;
pub mod sla;
