//! The figures of the day on the wall: a fold over what has happened to calls and callbacks, in whole milliseconds, so
//! that folding the journal again gives the same to the last unit.

use crate::{
    calls::{call::CallEvent, callback::CallbackEvent, outside::OutsideEvent, wrap_up::UNSPECIFIED},
    ports::Fact,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use std::collections::HashMap;

/// By what the figures are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct WallRule {
    /// A caller who is answered within this time is answered in time.
    pub in_time: SignedDuration,
    /// Who gives up sooner is not counted against the service level.
    pub short: SignedDuration,
    /// City seconds in a second of a caller's time.
    pub lapse: f64,
    /// The zone whose midnight begins a new day.
    pub zone: TimeZone,
}

impl Default for WallRule {
    fn default() -> Self {
        Self {
            in_time: SignedDuration::from_secs(20),
            short: SignedDuration::ZERO,
            lapse: 1.0,
            zone: TimeZone::UTC,
        }
    }
}

/// What is known of a call that is not over.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Open {
    came: Timestamp,
    answered: Option<Timestamp>,
    inbound: bool,
}

/// The counts of one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCounts {
    /// Calls that came.
    pub offered: u64,
    /// Calls that a person answered.
    pub answered: u64,
    /// Of these, in time.
    pub in_time: u64,
    /// Callers who were not answered.
    pub abandoned: u64,
    /// Of these, too soon to be counted.
    pub short: u64,
    /// Waits of the answered, in milliseconds of a caller's time.
    pub waited_ms: i64,
    /// The longest of them.
    pub longest_wait_ms: i64,
    /// Calls that were written down.
    pub handled: u64,
    /// From the answer to the writing down, in milliseconds of a caller's time.
    pub handling_ms: i64,
    /// Of these, that nobody wrote down in time.
    pub unspecified: u64,
    /// Rings that an operator let pass.
    pub missed_rings: u64,
    /// Talks that were given to another operator.
    pub transferred: u64,
    /// Callers who are called back and keep their place.
    pub promised: u64,
    /// Messages that were left.
    pub voicemails: u64,
    /// Calls that we made.
    pub dialed: u64,
    /// Tasks to call back that were made.
    pub callbacks: u64,
    /// Of these, whose people were reached or rang themselves.
    pub callbacks_kept: u64,
}

impl DayCounts {
    /// Service level in percent: answered in time, of all who were answered or gave up late enough.
    pub fn service_level(&self) -> u64 {
        (self.in_time * 100).checked_div(self.answered + self.abandoned - self.short).unwrap_or(100)
    }
    /// Mean wait of the answered (ASA), in seconds.
    pub fn mean_wait(&self) -> i64 {
        self.waited_ms.checked_div(self.answered as i64).unwrap_or(0) / 1000
    }
    /// Mean handling time (AHT): talk and writing down, in seconds.
    pub fn mean_handling(&self) -> i64 {
        self.handling_ms.checked_div(self.handled as i64).unwrap_or(0) / 1000
    }
    /// Share of callers who gave up, in percent; the too soon are not counted.
    pub fn abandonment(&self) -> u64 {
        ((self.abandoned - self.short) * 100)
            .checked_div(self.answered + self.abandoned - self.short)
            .unwrap_or(0)
    }
    /// Share of the promised callbacks that were kept, in percent.
    pub fn callbacks_kept_percent(&self) -> u64 {
        (self.callbacks_kept * 100).checked_div(self.callbacks).unwrap_or(100)
    }
}

/// The fold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wallboard {
    rule: WallRule,
    day: Option<Date>,
    open: HashMap<String, Open>,
    counts: DayCounts,
}

impl Wallboard {
    /// An empty day.
    pub fn new(rule: WallRule) -> Self {
        Self { rule, ..Self::default() }
    }
    /// The counts of the day of the newest fact.
    pub fn counts(&self) -> DayCounts {
        self.counts
    }
    /// Counts a fact; others than those of calls and callbacks are passed over. Tells whether a figure may have changed.
    pub fn hear(&mut self, fact: &Fact) -> bool {
        if fact.name.starts_with("callback.") {
            let Ok(event) = serde_json::from_value::<CallbackEvent>(fact.data.clone()) else { return false };
            self.turn(fact.at);
            match event {
                CallbackEvent::Created => self.counts.callbacks += 1,
                CallbackEvent::Finished { reached: true } | CallbackEvent::Cancelled => {
                    self.counts.callbacks_kept += 1;
                }
                _ => {}
            }
            return true;
        }
        if !fact.name.starts_with("call.") {
            return false;
        }
        let Ok(event) = serde_json::from_value::<CallEvent>(fact.data.clone()) else { return false };
        self.turn(fact.at);
        self.call(&fact.entity, &event, fact.at);
        true
    }
    /// At midnight the counts begin anew; calls that are not over stay known.
    fn turn(&mut self, at: Timestamp) {
        let day = at.to_zoned(self.rule.zone.clone()).date();
        if self.day.is_none_or(|known| known < day) {
            (self.day, self.counts) = (Some(day), DayCounts::default());
        }
    }
    fn ms(&self, from: Timestamp, to: Timestamp) -> i64 {
        let city = to.duration_since(from).as_millis().max(0);
        (city as f64 / self.rule.lapse.max(1e-3)).round() as i64
    }
    fn call(&mut self, call: &str, event: &CallEvent, at: Timestamp) {
        let known = self.open.get(call).copied();
        match event {
            CallEvent::Incoming => {
                self.counts.offered += 1;
                self.open.insert(call.to_owned(), Open { came: at, answered: None, inbound: true });
            }
            CallEvent::Dialed { .. } => {
                self.counts.dialed += 1;
                self.open.insert(call.to_owned(), Open { came: at, answered: None, inbound: false });
            }
            CallEvent::Requeued { .. } => self.counts.missed_rings += 1,
            CallEvent::Transferred { .. } | CallEvent::TakenOver { .. } => self.counts.transferred += 1,
            CallEvent::Redirected { .. } => self.counts.transferred += 1,
            CallEvent::Answered => self.answered(call, at),
            CallEvent::Outside(OutsideEvent::Given { .. }) => self.counts.transferred += 1,
            CallEvent::Closed { disposition, .. }
            | CallEvent::Outside(OutsideEvent::WrittenDown { disposition, .. }) => {
                self.counts.unspecified += u64::from(disposition == UNSPECIFIED);
                if let Some(answered) = known.and_then(|open| open.answered) {
                    self.counts.handled += 1;
                    self.counts.handling_ms += self.ms(answered, at);
                }
                self.open.remove(call);
            }
            CallEvent::CallbackPromised => {
                self.counts.promised += 1;
                self.open.remove(call);
            }
            CallEvent::VoicemailLeft { .. } => {
                self.counts.voicemails += 1;
                self.open.remove(call);
            }
            CallEvent::Abandoned | CallEvent::Failed { .. } => {
                if let Some(open) = known.filter(|open| open.inbound && open.answered.is_none()) {
                    self.counts.abandoned += 1;
                    let waited = self.ms(open.came, at);
                    self.counts.short += u64::from(i128::from(waited) < self.rule.short.as_millis());
                }
                self.open.remove(call);
            }
            _ => {}
        }
    }
    fn answered(&mut self, call: &str, at: Timestamp) {
        let Some(open) = self.open.get(call).copied().filter(|open| open.answered.is_none()) else { return };
        if let Some(known) = self.open.get_mut(call) {
            known.answered = Some(at);
        }
        if open.inbound {
            let waited = self.ms(open.came, at);
            self.counts.answered += 1;
            self.counts.in_time += u64::from(i128::from(waited) <= self.rule.in_time.as_millis());
            self.counts.waited_ms += waited;
            self.counts.longest_wait_ms = self.counts.longest_wait_ms.max(waited);
        }
    }
}
