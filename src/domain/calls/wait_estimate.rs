//! How long a caller will wait, as told to them, and how wrong that has been.
//!
//! The estimate is the callers in front, the caller among them, times the smoothed time between two freed operators:
//! handling time by operators at work. It is corrected by how wrong it was in the last hour, and says how wrong it is.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// How much the newest handling time weighs.
const NEWEST: f64 = 0.02;
/// How long a finished wait counts.
const COUNTS: SignedDuration = SignedDuration::from_hours(1);
/// No more finished waits are remembered.
const MOST: usize = 2_000;
/// Waits shorter than this are not judged: nobody is told "you will wait two seconds".
pub const SHORTEST_JUDGED: SignedDuration = SignedDuration::from_secs(20);
/// The correction stays within these.
const CORRECTION: (f64, f64) = (0.4, 2.5);
/// Finished waits before the correction is trusted.
const TRUSTED: usize = 20;

/// A wait that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ended {
    at: Timestamp,
    raw: f64,
    told: f64,
    waited: f64,
}

/// The estimate of one queue.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitEstimate {
    handling: f64,
    ended: VecDeque<Ended>,
    raw: f64,
    waited: f64,
    wrong: f64,
}

/// A wait as it was told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// Seconds before the correction.
    pub raw: f64,
    /// Seconds as told.
    pub seconds: f64,
}

impl WaitEstimate {
    /// An estimate that knows nothing but a handling time (talk and writing down).
    pub fn new(handling: SignedDuration) -> Self {
        let handling = handling.as_secs_f64().max(1.0);
        Self { handling, ended: VecDeque::new(), raw: 0.0, waited: 0.0, wrong: 0.0 }
    }
    /// One call was handled.
    pub fn handled(&mut self, took: SignedDuration) {
        self.handling += (took.as_secs_f64().max(0.0) - self.handling) * NEWEST;
    }
    /// The smoothed handling time.
    pub fn handling(&self) -> SignedDuration {
        SignedDuration::from_secs_f64(self.handling)
    }
    /// What to tell a caller who is the `position`-th of the line (1 is next), with so many operators at work.
    /// `None` when nobody is at work.
    pub fn tell(&self, position: usize, at_work: usize) -> Option<Told> {
        if at_work == 0 {
            return None;
        }
        let raw = position as f64 * self.handling / at_work as f64;
        Some(Told { raw, seconds: raw * self.correction() })
    }
    fn correction(&self) -> f64 {
        if self.ended.len() < TRUSTED || self.raw <= 0.0 {
            return 1.0;
        }
        (self.waited / self.raw).clamp(CORRECTION.0, CORRECTION.1)
    }
    /// A caller who was told so was answered after so long.
    pub fn answered(&mut self, told: Told, waited: SignedDuration, now: Timestamp) {
        if waited < SHORTEST_JUDGED {
            return;
        }
        let one = Ended { at: now, raw: told.raw, told: told.seconds, waited: waited.as_secs_f64() };
        self.count(one, 1.0);
        self.ended.push_back(one);
        while self
            .ended
            .front()
            .is_some_and(|old| self.ended.len() > MOST || now.duration_since(old.at) > COUNTS)
        {
            if let Some(old) = self.ended.pop_front() {
                self.count(old, -1.0);
            }
        }
    }
    fn count(&mut self, one: Ended, sign: f64) {
        self.raw += sign * one.raw;
        self.waited += sign * one.waited;
        self.wrong += sign * (one.waited - one.told).abs() / one.waited;
    }
    /// The mean absolute error in percent of the waits of the last hour; `None` while none has ended.
    pub fn error_percent(&self) -> Option<f64> {
        let count = self.ended.len();
        (count > 0).then(|| (self.wrong * 100.0 / count as f64).max(0.0))
    }
}
