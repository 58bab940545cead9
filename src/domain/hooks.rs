//! Links to other programmes: what happens here is posted there.

pub mod address;
pub mod hook;
pub mod kinds;
pub mod parcel;
