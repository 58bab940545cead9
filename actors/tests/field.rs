//! Masters in the street, their vans, and the promises at the service points.

mod heralds;
mod masters;
mod promises;
