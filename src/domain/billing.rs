//! Money: payments, their tenders, and the port to the fast payment system.

pub mod payment;
pub mod price;
