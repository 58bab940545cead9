//! The figures of one line of a report; ratios are those of the wall.

use super::marks::Mark;
use crate::calls::wallboard::DayCounts;

/// Counts and sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// What the wall counts too.
    pub counts: DayCounts,
    /// Rings at operators.
    pub rung: u64,
    /// Of the handling, on hold or asking somebody, in milliseconds of a caller's time.
    pub hold_ms: i64,
    /// Of the handling, writing down.
    pub wrap_ms: i64,
    /// Operators' time at work: ready, rung, talking, writing down.
    pub available_ms: i64,
    /// Of it, talking and writing down.
    pub occupied_ms: i64,
}

impl Figures {
    /// Counts a mark.
    pub(in crate::calls) fn count(&mut self, mark: Mark) {
        let counts = &mut self.counts;
        match mark {
            Mark::Offered => counts.offered += 1,
            Mark::Dialed => counts.dialed += 1,
            Mark::Rung => self.rung += 1,
            Mark::Missed => counts.missed_rings += 1,
            Mark::Answered { waited_ms, in_time } => {
                counts.answered += 1;
                counts.in_time += u64::from(in_time);
                counts.waited_ms += waited_ms;
                counts.longest_wait_ms = counts.longest_wait_ms.max(waited_ms);
            }
            Mark::Abandoned { short } => {
                counts.abandoned += 1;
                counts.short += u64::from(short);
            }
            Mark::Promised => counts.promised += 1,
            Mark::Voicemail => counts.voicemails += 1,
            Mark::Transferred => counts.transferred += 1,
            Mark::Handled { handling_ms, hold_ms, wrap_ms } => {
                counts.handled += 1;
                counts.handling_ms += handling_ms;
                self.hold_ms += hold_ms;
                self.wrap_ms += wrap_ms;
            }
            Mark::Unspecified => counts.unspecified += 1,
            Mark::CallbackMade => counts.callbacks += 1,
            Mark::CallbackKept => counts.callbacks_kept += 1,
        }
    }
    /// An operator was at work.
    pub(super) fn works(&mut self, ms: i64, occupied: bool) {
        self.available_ms += ms;
        self.occupied_ms += if occupied { ms } else { 0 };
    }
    fn mean(&self, sum_ms: i64) -> i64 {
        sum_ms.checked_div(self.counts.handled as i64).unwrap_or(0) / 1000
    }
    /// Mean talk, without hold and writing down, in seconds.
    pub fn mean_talk(&self) -> i64 {
        self.mean(self.counts.handling_ms - self.hold_ms - self.wrap_ms)
    }
    /// Mean hold, in seconds.
    pub fn mean_hold(&self) -> i64 {
        self.mean(self.hold_ms)
    }
    /// Mean time of writing down, in seconds.
    pub fn mean_wrap(&self) -> i64 {
        self.mean(self.wrap_ms)
    }
    /// Share of the time at work that calls took, in percent; none when nobody was at work.
    pub fn occupancy(&self) -> Option<i64> {
        (self.occupied_ms * 100).checked_div(self.available_ms)
    }
}
