//! Those who go and where they go: masters, vehicles, service points, and the crew that keeps them.

pub mod crew;
pub mod herald;
pub mod master;
pub mod service_point;
pub mod vehicle;
