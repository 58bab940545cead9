//! Identifiers by counting: a replay meets the same ones.

use domain::ports::Ids;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Gives 1, 2, 3 … above a base, in the form of a UUID.
#[derive(Debug)]
pub struct CountedIds {
    base: u128,
    given: AtomicU64,
}

impl CountedIds {
    /// A counter; two houses over the same journal need two bases.
    pub fn new(base: u64) -> Self {
        Self { base: u128::from(base) << 64, given: AtomicU64::new(0) }
    }
}

impl Ids for CountedIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.base + u128::from(self.given.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}
