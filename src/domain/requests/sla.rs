//! A stopwatch of a promise (`domain.md` 3.4.10): Idle → Running ⇄ Paused → Met or Breached.

use crate::values::calendar::Calendar;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Shares of the promised time at which people are warned, in percent; at the whole of it the promise is broken.
pub const WARNINGS: [u8; 2] = [50, 75];

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
    /// Not started: the request is a draft.
    Idle,
    /// Counting.
    Running,
    /// Stopped for a reason the agreement names.
    Paused,
    /// Stopped in time.
    Met,
    /// Went past its deadline.
    Breached,
}

/// One stopwatch of one request. Every step takes the calendar it counts by; `None` is round the clock.
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
    /// The promised time, in seconds that count; 0 in rows written before it was kept.
    #[serde(default)]
    pub goal_seconds: i64,
    /// The last share people were warned of, in percent.
    #[serde(default)]
    pub warned: u8,
    /// The result before somebody overrode it.
    #[serde(default)]
    pub original: Option<ClockState>,
}

fn after(hours: Option<&Calendar>, start: Timestamp, amount: SignedDuration) -> Timestamp {
    hours.map_or(start + amount, |it| it.after(start, amount))
}
fn counted(hours: Option<&Calendar>, from: Timestamp, to: Timestamp) -> SignedDuration {
    hours.map_or(to.duration_since(from).max(SignedDuration::ZERO), |it| it.counted(from, to))
}

impl SlaClock {
    /// A promise that does not count yet.
    pub fn idle(metric: Metric, hours: u32, now: Timestamp) -> Self {
        Self {
            metric,
            state: ClockState::Idle,
            started: now,
            due: now,
            paused_at: None,
            ended: None,
            goal_seconds: i64::from(hours) * 3600,
            warned: 0,
            original: None,
        }
    }
    /// Starts to count.
    pub fn start(metric: Metric, hours: u32, now: Timestamp, calendar: Option<&Calendar>) -> Self {
        let mut clock = Self::idle(metric, hours, now);
        clock.begin(now, calendar);
        clock
    }
    /// A promise that did not count yet starts to.
    pub fn begin(&mut self, now: Timestamp, calendar: Option<&Calendar>) {
        if self.state == ClockState::Idle {
            (self.state, self.started) = (ClockState::Running, now);
            self.due = after(calendar, now, SignedDuration::from_secs(self.goal_seconds));
        }
    }
    /// Stops counting for a while.
    pub fn pause(&mut self, now: Timestamp) {
        if self.state == ClockState::Running {
            (self.state, self.paused_at) = (ClockState::Paused, Some(now));
        }
    }
    /// Counts again; the deadline moves by what the pause took. A deadline that had passed stays.
    pub fn resume(&mut self, now: Timestamp, calendar: Option<&Calendar>) {
        if let (ClockState::Paused, Some(since)) = (self.state, self.paused_at) {
            if since <= self.due {
                self.due = after(calendar, now, counted(calendar, since, self.due));
            }
            (self.state, self.paused_at) = (ClockState::Running, None);
        }
    }
    /// What was promised is done.
    pub fn stop(&mut self, now: Timestamp, calendar: Option<&Calendar>) {
        self.resume(now, calendar);
        if self.state == ClockState::Running {
            self.state = if now <= self.due { ClockState::Met } else { ClockState::Breached };
            self.ended = Some(now);
        }
    }
    /// The deadline has passed.
    pub fn expire(&mut self, now: Timestamp) {
        if self.is_overdue(now) {
            (self.state, self.ended) = (ClockState::Breached, Some(now));
        }
    }
    /// Somebody with the right says how it ended; the measured result is kept beside it.
    pub fn rule(&mut self, verdict: ClockState) {
        if self.is_ended() && matches!(verdict, ClockState::Met | ClockState::Breached) {
            self.original = self.original.or(Some(self.state));
            self.state = verdict;
        }
    }
    /// Is it counting, with its deadline behind?
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == ClockState::Running && now > self.due
    }
    /// Is it still open?
    pub fn is_open(&self) -> bool {
        matches!(self.state, ClockState::Running | ClockState::Paused)
    }
    /// Has it a result?
    pub fn is_ended(&self) -> bool {
        matches!(self.state, ClockState::Met | ClockState::Breached)
    }
    /// The share of the promised time that has been used, in percent; over 100 when it was not enough.
    pub fn used_percent(&self, now: Timestamp, calendar: Option<&Calendar>) -> i64 {
        let at = self.ended.or(self.paused_at).unwrap_or(now);
        let goal = match self.goal_seconds {
            0 => counted(calendar, self.started, self.due).as_secs(),
            kept => kept,
        };
        if self.state == ClockState::Idle || goal <= 0 {
            return 0;
        }
        let left = counted(calendar, at, self.due).as_secs() - counted(calendar, self.due, at).as_secs();
        (goal - left) * 100 / goal
    }
    /// The next warning that is due, if any.
    pub fn warning(&self, now: Timestamp, calendar: Option<&Calendar>) -> Option<u8> {
        let used = self.used_percent(now, calendar);
        let reached = WARNINGS.into_iter().rev().find(|share| used >= i64::from(*share));
        reached.filter(|share| self.state == ClockState::Running && *share > self.warned)
    }
}
