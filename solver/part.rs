//! Parts that are used up: what a van carries and a job takes.

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
