//! Stretches of time, half-open: the end does not belong to them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// From an instant to a later instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first instant inside.
    pub from: Timestamp,
    /// The first instant outside.
    pub to: Timestamp,
}

/// The end does not come after the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the period `{from}`…`{to}` is empty: expected an end after the start")]
pub struct EmptyPeriod {
    /// The given start.
    pub from: Timestamp,
    /// The given end.
    pub to: Timestamp,
}

impl Period {
    /// Refuses an end that is not after the start.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, EmptyPeriod> {
        if to > from { Ok(Self { from, to }) } else { Err(EmptyPeriod { from, to }) }
    }
    /// Do the two share an instant?
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }
    /// Is the instant inside?
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
    /// How long it lasts.
    pub fn duration(&self) -> SignedDuration {
        self.to.duration_since(self.from)
    }
}
