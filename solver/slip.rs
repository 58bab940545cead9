//! How far linked visits may slip while the search is at work.
//!
//! Held at one minute, a visit for several would forbid every job in front of it. So the search may push it on as far as
//! all of its seats, and what follows, can bear; the others are brought up to it when the step is done. What such a step
//! costs is known only then, so every second search, by chance, leaves the minutes alone.

use crate::crew::Reach;
use crate::state::State;

/// Rounds in which it is found how far visits may be pushed.
const WIDENINGS: usize = 8;

impl State {
    /// Lets all seats of a visit start between where they are and a moment, if that is later.
    pub(crate) fn bind(&mut self, n: u32, until: i64) {
        let begun = self.begun_at(n);
        for k in 0..self.model.links.node(n).seats.len() {
            let j = self.model.links.node(n).seats[k];
            if let Some((_, start)) = self.slot(j)
                && !begun.is_some_and(|begun| self.joins(j, begun))
            {
                self.model.jobs[j as usize].need.release(&[(start, until.max(start))]);
            }
        }
    }

    /// Lets the search push visits on as far as all their seats, and what follows them, can bear; the times themselves
    /// are found when the step is done. False when it is not clear how far that is.
    pub(crate) fn widen(&mut self, reach: &Reach) -> bool {
        let mut until: Vec<i64> = vec![i64::MIN; self.model.links.nodes.len()];
        for (&n, frozen) in reach.nodes.iter().zip(&reach.frozen) {
            let start = self.start_of(n);
            let still = frozen.is_some() || self.begun_at(n).is_some();
            let last = |&j: &u32| {
                let own = &self.model.jobs[j as usize].own;
                own.iter().find(|w| w.1 >= start).filter(|_| !still).map_or(start, |w| w.1)
            };
            if self.is_served(n) {
                until[n as usize] = self.model.links.node(n).seats.iter().map(last).min().unwrap_or(start);
            }
        }
        for _ in 0..WIDENINGS {
            reach.nodes.iter().for_each(|&n| self.bind(n, until[n as usize]));
            if !self.walk_all(reach) {
                return false;
            }
            let mut settled = true;
            for &n in reach.nodes.iter().filter(|&&n| self.is_served(n)) {
                let latest = |&j: &u32| {
                    let (m, k) = self.at[j as usize];
                    let tour = &self.tours[m as usize];
                    tour.visits[k as usize].arrive + self.model.slack_of(m, tour, k as usize)
                };
                let node = self.model.links.node(n);
                let length = self.end_of(n) - self.start_of(n);
                let placed = node.seats.iter().filter(|&&j| self.is_placed(j));
                let mut last = placed.map(latest).min().unwrap_or(i64::MIN);
                for &f in node.followers.iter().filter(|&&f| self.is_served(f)) {
                    let least = self.model.links.node(f).after.map_or(0, |follow| follow.least);
                    last = last.min(until[f as usize].max(self.start_of(f)) - least - length);
                }
                if let Some((follow, most)) = node.after.and_then(|follow| Some((follow, follow.most?))) {
                    let before = follow.node;
                    let begins = until[before as usize].max(self.start_of(before));
                    let ends = begins + self.end_of(before) - self.start_of(before);
                    last = last.min(ends.saturating_add(most));
                }
                let last = last.max(self.start_of(n));
                settled &= last >= until[n as usize];
                until[n as usize] = until[n as usize].min(last);
            }
            if settled {
                return true;
            }
        }
        false
    }
}
