//! How the sides of a call sounded: the worst of the talk, measured by the switchboard and by the operator's own page.

use crate::lines::codec::Codec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was measured; of several measurements the worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Packets lost, in thousandths; of both directions the worse.
    pub lost: u16,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: u32,
    /// There and back again, in milliseconds; `None`: it is not known.
    pub trip_ms: Option<u32>,
    /// What people would say of it, in hundredths of MOS; `None`: it was not rated.
    pub mos: Option<u16>,
    /// What was spoken, last; `None`: it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<Codec>,
}

impl Measured {
    /// The worse of both in every respect; the other is the later one.
    pub fn worse(self, other: Self) -> Self {
        let mos = [self.mos, other.mos].into_iter().flatten().min();
        Self {
            lost: self.lost.max(other.lost),
            jitter_ms: self.jitter_ms.max(other.jitter_ms),
            trip_ms: self.trip_ms.max(other.trip_ms),
            mos,
            codec: other.codec.or(self.codec),
        }
    }
}

/// Whose line was measured, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardAt {
    /// The caller's, by the switchboard.
    Caller,
    /// The operator's, by the switchboard.
    Operator,
    /// That of a third who was asked or talked along, by the switchboard.
    Third,
    /// The operator's, by the page in the browser.
    Page,
}

/// How each side sounded.
pub type Sides = BTreeMap<HeardAt, Measured>;
