//! Parts that are used up and pauses that are owed: what a master carries and needs beyond his skills.

use serde::{Deserialize, Serialize};

/// So many of one kind of spare part, or so much of a van's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Part {
    /// The caller's number of the kind.
    pub part: u16,
    /// How many.
    pub count: u32,
}

impl Part {
    /// So many of a kind.
    pub fn new(part: u16, count: u32) -> Self {
        Self { part, count }
    }
}
