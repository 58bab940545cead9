//! A stopwatch of a promise (`domain.md` 3.4.10): Idle → Running ⇄ Paused → Met or Breached.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Somebody is at the point.
    Reaction,
    /// It works again.
    Restore,
}

/// Where the stopwatch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Counting.
    Running,
    /// Stopped for a reason the agreement names.
    Paused,
    /// Stopped in time.
    Met,
    /// Went past its deadline.
    Breached,
}

/// One stopwatch of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// What is promised.
    pub metric: Metric,
    /// Where it stands.
    pub state: ClockState,
    /// When it was started.
    pub started: Timestamp,
    /// When the promise is broken; moves forward by every pause.
    pub due: Timestamp,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// When it was met or breached.
    pub ended: Option<Timestamp>,
}

impl SlaClock {
    /// Starts to count.
    pub fn start(metric: Metric, hours: u32, now: Timestamp) -> Self {
        let due = now + SignedDuration::from_hours(i64::from(hours));
        Self { metric, state: ClockState::Running, started: now, due, paused_at: None, ended: None }
    }
    /// Stops counting for a while.
    pub fn pause(&mut self, now: Timestamp) {
        if self.state == ClockState::Running {
            (self.state, self.paused_at) = (ClockState::Paused, Some(now));
        }
    }
    /// Counts again; the deadline moves by what the pause took.
    pub fn resume(&mut self, now: Timestamp) {
        if let (ClockState::Paused, Some(since)) = (self.state, self.paused_at) {
            self.due += now.duration_since(since);
            (self.state, self.paused_at) = (ClockState::Running, None);
        }
    }
    /// What was promised is done.
    pub fn stop(&mut self, now: Timestamp) {
        self.resume(now);
        if self.state == ClockState::Running {
            self.state = if now <= self.due { ClockState::Met } else { ClockState::Breached };
            self.ended = Some(now);
        }
    }
    /// The deadline has passed.
    pub fn expire(&mut self, now: Timestamp) {
        if self.state == ClockState::Running && now > self.due {
            (self.state, self.ended) = (ClockState::Breached, Some(now));
        }
    }
    /// Is it still open?
    pub fn is_open(&self) -> bool {
        matches!(self.state, ClockState::Running | ClockState::Paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    proptest! {
        /// I-11: the stopwatch equals its recomputation from what has happened.
        #[test]
        fn time_in_pauses_never_counts(steps in proptest::collection::vec((1i64..4000, any::<bool>()), 1..40)) {
            let mut clock = SlaClock::start(Metric::Restore, 4, at(0));
            let (mut now, mut counted, mut running) = (0, 0, true);
            for (wait, pause) in steps {
                if running { counted += wait; }
                now += wait;
                if pause { clock.pause(at(now)); running = false; } else { clock.resume(at(now)); running = true; }
            }
            clock.stop(at(now));
            let expected = if counted <= 4 * 3600 { ClockState::Met } else { ClockState::Breached };
            prop_assert_eq!(clock.state, expected);
        }
    }

    #[test]
    fn a_met_clock_is_never_breached_later() {
        let mut clock = SlaClock::start(Metric::Reaction, 2, at(0));
        clock.stop(at(60));
        clock.expire(at(100_000));
        assert_eq!(clock.state, ClockState::Met);
    }
}
