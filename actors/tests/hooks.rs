//! Links to other programmes.

mod delivering;
