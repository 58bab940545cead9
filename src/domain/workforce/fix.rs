//! Where a master was when: what a phone or a tracker says, and which of it is believed (F-220).

use crate::{
    values::place::Place,
    workforce::master::{Duty, Master},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// A fix from the future is believed so far: clocks of trackers are not exact.
const AHEAD_SECONDS: i64 = 60;
/// A fix older than this says nothing about where the master is.
const STALE_SECONDS: i64 = 3600;
/// A fix less exact than this, in metres, says nothing either.
const BLURRED_METRES: f64 = 2000.0;

/// Two fixes of a tracker within this are one.
const SAME: SignedDuration = SignedDuration::from_secs(1);

/// A place at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Where.
    pub place: Place,
    /// When, by the city's clock.
    pub at: Timestamp,
    /// How exact, in metres.
    pub accuracy: Option<f64>,
}

/// Why a fix is not taken. It is no fault of the tracker's: it is answered with success, or it would be sent for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Untaken {
    /// The master is not at work: nobody is followed home.
    OffShift,
    /// The master has not agreed to be followed by a tracker.
    NoConsent,
    /// The same fix again, or one from before the last.
    Older,
    /// So old that it says nothing.
    Stale,
    /// From the future.
    Ahead,
    /// Too blurred.
    Blurred,
}

impl Fix {
    /// Is the fix of a tracker taken, after the last one that was?
    ///
    /// # Errors
    /// Why it is not.
    pub fn taken(&self, master: &Master, last: Option<Timestamp>, now: Timestamp) -> Result<(), Untaken> {
        if master.duty == Duty::OffShift {
            return Err(Untaken::OffShift);
        }
        if !master.tracked {
            return Err(Untaken::NoConsent);
        }
        // Trackers count seconds: what is told twice differs by no more than the two took on their way.
        if last.is_some_and(|last| self.at.duration_since(last) < SAME) {
            return Err(Untaken::Older);
        }
        self.follows(last, now)
    }
    /// Does it say where somebody is now, after the last fix?
    ///
    /// # Errors
    /// Why it does not.
    pub fn follows(&self, last: Option<Timestamp>, now: Timestamp) -> Result<(), Untaken> {
        let age = now.duration_since(self.at).as_secs();
        if age < -AHEAD_SECONDS {
            return Err(Untaken::Ahead);
        }
        if age > STALE_SECONDS {
            return Err(Untaken::Stale);
        }
        if last.is_some_and(|last| self.at <= last) {
            return Err(Untaken::Older);
        }
        if self.accuracy.is_some_and(|metres| metres > BLURRED_METRES) {
            return Err(Untaken::Blurred);
        }
        Ok(())
    }
}
