//! How long a master may be at work without a break.
//!
//! Ways and jobs count, waiting does not. A break is taken between a way and a job, on the spot or before leaving, once
//! what comes next would be too long without one; whoever waits as long as a break lasts has had his. What is longer by
//! itself is broken off in between and lasts so much longer.

use serde::{Deserialize, Serialize};

/// A break that is due after so much work and driving at a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// Most seconds of work and driving without a break.
    pub most: i64,
    /// How long the break is at least.
    pub rest: i64,
}

impl Spell {
    /// Seconds of breaks inside a way or a job that is too long by itself.
    pub(crate) fn inside(&self, seconds: i64) -> i64 {
        (seconds - 1).max(0) / self.most * self.rest
    }

    /// Work at a stretch behind a way or a job.
    pub(crate) fn behind(&self, since: i64, seconds: i64) -> i64 {
        if seconds > self.most { seconds - (seconds - 1) / self.most * self.most } else { since + seconds }
    }

    /// Whether a break has to come before a way or a job.
    pub(crate) fn is_due(&self, since: i64, seconds: i64) -> bool {
        since > 0 && since + seconds > self.most
    }
}
