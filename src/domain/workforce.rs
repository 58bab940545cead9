//! Those who go: masters, their shifts, their vehicles.

pub mod branch;
pub mod device;
pub mod fix;
pub mod hours;
pub mod master;
pub mod master_rules;
pub mod skill;
pub mod vehicle;
