//! The tiles of the wall that speak of calls: what is counted of the day, and how the line stands now.

use crate::call_centre::call_queue::CallQueue;
use serde_json::json;
use std::collections::BTreeMap;

/// The tiles as they hang; a tile that has not changed is not told again.
#[derive(Debug, Default)]
pub struct Shown(BTreeMap<&'static str, (i64, &'static str)>);

impl CallQueue {
    /// Every tile of calls, by name, with its unit.
    fn tiles(&self) -> [(&'static str, i64, &'static str); 21] {
        let (counts, now) = (self.house.wallboard.lock().counts(), self.house.now());
        let real = |city_seconds: i64| (city_seconds as f64 / self.house.clock.lapse().max(1e-3)) as i64;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let waiting = self.line.line().count();
        let oldest = self.line.line().map(|standing| standing.since).min();
        let last = self.line.line().last().and_then(|standing| self.line.estimate(standing.ticket, now));
        let errors = (0..self.line.plan().queues.len())
            .filter_map(|queue| self.line.estimate_of(queue)?.error_percent());
        let (sum, known) = errors.fold((0.0, 0.0), |(sum, known), error| (sum + error, known + 1.0));
        let error = if known > 0.0 { (sum / known) as i64 } else { 0 };
        let occupied = self.line.occupancy_percent(now).unwrap_or(0.0);
        [
            ("calls_waiting", waiting as i64, ""),
            ("calls_offered", count(counts.offered), ""),
            ("calls_answered", count(counts.answered), ""),
            ("calls_abandoned", count(counts.abandoned), ""),
            ("service_level", count(counts.service_level()), "%"),
            ("operators_ready", self.line.free().count() as i64, ""),
            ("calls_mean_wait", counts.mean_wait(), "s"),
            ("calls_mean_handling", counts.mean_handling(), "s"),
            ("calls_abandonment", count(counts.abandonment()), "%"),
            ("calls_longest_wait", counts.longest_wait_ms / 1000, "s"),
            ("calls_handled", count(counts.handled), ""),
            ("calls_unspecified", count(counts.unspecified), ""),
            ("calls_missed_rings", count(counts.missed_rings), ""),
            ("calls_transferred", count(counts.transferred), ""),
            ("calls_dialed", count(counts.dialed), ""),
            ("callbacks_made", count(counts.callbacks), ""),
            ("callbacks_kept", count(counts.callbacks_kept_percent()), "%"),
            ("operators_occupied", occupied as i64, "%"),
            ("line_oldest_wait", real(oldest.map_or(0, |since| now.duration_since(since).as_secs())), "s"),
            ("line_estimate", real(last.map_or(0, |told| told.seconds as i64)), "s"),
            ("line_estimate_error", error, "%"),
        ]
    }
    /// Puts up the tiles that have changed.
    pub(super) fn show(&mut self) {
        for (name, value, unit) in self.tiles() {
            if self.shown.0.insert(name, (value, unit)) != Some((value, unit)) {
                self.house.tell("kpi", name, Some(json!({"value": value, "unit": unit})));
            }
        }
    }
}
