//! Taking strings of neighbouring jobs out of neighbouring tours, and putting them back with a little blindness.
//!
//! After "slack induction by string removals" (Christiaens and Vanden Berghe, 2020).

use crate::engine::Engine;
use crate::insertion::Spot;
use crate::model::NONE;

/// Unassigned jobs tried again with each recreation.
const WAITING: usize = 8;
/// Throws for a job the search may move before it gives up.
const THROWS: usize = 200;

impl Engine {
    /// A job to start the ruin from: near a disturbance, an unassigned one, a dear one, or any.
    pub(crate) fn seed(&mut self, focus: &[u32]) -> Option<u32> {
        let slots = self.state.model.jobs.len();
        if !self.state.bank.is_empty() && self.random.one_in(8) {
            return Some(self.state.bank[self.random.below(self.state.bank.len())]);
        }
        for _ in 0..THROWS {
            let mut j = self.throw(focus, slots);
            if self.prices.is_some() && self.random.one_in(4) {
                // Two more throws, and the job that costs the plan most wins.
                for _ in 0..2 {
                    let other = self.throw(focus, slots);
                    if self.price_of(other) > self.price_of(j) {
                        j = other;
                    }
                }
            }
            if self.movable(j) {
                return Some(j);
            }
        }
        (0..slots as u32).find(|&j| self.movable(j)).or_else(|| self.state.bank.first().copied())
    }

    fn throw(&mut self, focus: &[u32], slots: usize) -> u32 {
        if !focus.is_empty() && self.random.one_in(2) {
            focus[self.random.below(focus.len())]
        } else {
            self.random.below(slots) as u32
        }
    }

    fn price_of(&self, j: u32) -> i64 {
        let slot = self.state.model.jobs.get(j as usize).filter(|slot| slot.alive);
        slot.and_then(|slot| self.prices.as_ref()?.job(slot.job.key)).unwrap_or(0)
    }

    fn movable(&self, j: u32) -> bool {
        let Some(&(m, position)) = self.state.at.get(j as usize) else { return false };
        self.state.model.jobs[j as usize].alive
            && m != NONE
            && position as usize >= self.state.tours[m as usize].locked
    }

    /// Takes strings around `seed` out of the plan.
    pub(crate) fn ruin(&mut self, seed: u32) -> Vec<u32> {
        let params = &self.state.model.params;
        let longest = params.longest_string.max(1);
        let most = (4 * params.ruin / (1 + longest)).saturating_sub(1).max(1);
        let strings = 1 + self.random.below(most);
        let mut removed = Vec::with_capacity(2 * params.ruin);
        let mut ruined: Vec<u32> = Vec::with_capacity(strings);
        let count = self.state.model.jobs[seed as usize].near.len();
        for k in 0..=count {
            if ruined.len() >= strings {
                break;
            }
            let j = match k.checked_sub(1) {
                None => seed,
                Some(k) => self.state.model.jobs[seed as usize].near[k],
            };
            let (m, position) = self.state.at[j as usize];
            if m == NONE || ruined.contains(&m) || !self.movable(j) {
                continue;
            }
            ruined.push(m);
            let tour = &self.state.tours[m as usize];
            let (locked, len) = (tour.locked, tour.visits.len());
            let length = 1 + self.random.below(longest.min(len - locked));
            let first = (position as usize + 1).saturating_sub(length).max(locked);
            let last = (position as usize).min(len - length);
            let from = first + self.random.below(last - first + 1);
            self.state.remove_string(m, from, length, &mut removed);
        }
        removed
    }

    /// Puts jobs back one by one at their cheapest place; false when a pinned one finds none or a tour broke.
    pub(crate) fn recreate(&mut self, mut jobs: Vec<u32>) -> bool {
        for _ in 0..WAITING.min(self.state.bank.len()) {
            let j = self.state.bank[self.random.below(self.state.bank.len())];
            self.state.remove(j);
            jobs.push(j);
        }
        self.order(&mut jobs);
        // Now and then nearly blind: small towns have too few positions for rare blinks to matter.
        let usual = self.state.model.params.blink_one_in;
        let blink = if usual > 0 && self.random.one_in(16) { 3 } else { usual };
        for j in jobs {
            let fixed = self.state.model.jobs[j as usize].is_fixed();
            let priority = self.state.model.priority(j);
            match self.near_place(j, blink) {
                Some(spot) if fixed || spot.delta < priority => {
                    self.state.insert(j, spot.master, spot.position);
                }
                _ if fixed => {
                    // Nowhere is not an answer for a pinned job, unless it had no place before.
                    if !self.state.was_shelved(j) {
                        self.state.shelve(j);
                        return false;
                    }
                    self.state.shelve(j);
                }
                _ => self.state.shelve(j),
            }
        }
        // With a travel source that breaks the triangle inequality, taking a job out can make others late.
        self.state.log.iter().all(|(m, _)| self.state.tours[*m as usize].fits())
    }

    fn order(&mut self, jobs: &mut [u32]) {
        jobs.sort_unstable();
        self.random.shuffle(jobs);
        let slots = &self.state.model.jobs;
        let slot = |j: u32| &slots[j as usize];
        match self.random.below(8) {
            0..=2 => {}
            3 => jobs.sort_by_key(|&j| {
                slot(j).need.windows.iter().map(|w| w.1.saturating_sub(w.0) / 4).sum::<i64>()
            }),
            4 => jobs.sort_by_key(|&j| slot(j).need.windows[0].0),
            5 => jobs.sort_by_key(|&j| -slot(j).need.service),
            6 => jobs.sort_by_key(|&j| -slot(j).job.priority),
            _ => jobs.sort_by_key(|&j| slot(j).choice()),
        }
        jobs.sort_by_key(|&j| !slot(j).is_fixed());
    }

    /// The cheapest place beside a near job or at the front of a near master's tour.
    fn near_place(&mut self, j: u32, blink: usize) -> Option<Spot> {
        let state = &self.state;
        let slot = &state.model.jobs[j as usize];
        let mut best: Option<Spot> = None;
        let random = &mut self.random;
        let mut attempt = |m: u32, position: usize| {
            let tour = &state.tours[m as usize];
            if position < tour.locked || !slot.may(m) {
                return;
            }
            let Some((cost, start)) = state.model.fit(m, tour, position, &slot.need) else { return };
            let delta = cost.total() + state.model.bond(j, m).total();
            if best.is_none_or(|b| delta < b.delta) && !(blink > 0 && random.one_in(blink)) {
                best = Some(Spot { delta, master: m, position, start });
            }
        };
        for &near in &slot.near {
            let (m, position) = state.at[near as usize];
            if m != NONE {
                attempt(m, position as usize + 1);
                attempt(m, position as usize);
            }
        }
        for &m in &slot.near_masters {
            attempt(m, state.tours[m as usize].locked);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use crate::{Budget, Engine, Event, Job, JobKey, Master, MasterKey, Params, Place};

    fn town() -> Engine {
        let mut engine = Engine::new(Params::default(), 5);
        let at =
            |n: u128| Place::new(55.6 + (n * 37 % 100) as f64 * 0.002, 37.5 + (n * 53 % 100) as f64 * 0.003);
        for key in 0..6 {
            let master = Master::new(MasterKey(key), at(key + 70), (9 * 3600, 18 * 3600));
            engine.apply(Event::MasterAdded(Box::new(master))).expect("new");
        }
        for key in 0..50 {
            let mut job = Job::new(JobKey(key), at(key));
            let from = 9 * 3600 + 1800 * (key as i64 * 7 % 13);
            job.windows = vec![(from, from + 3 * 3600)];
            engine.apply(Event::JobAdded(Box::new(job))).expect("new");
        }
        engine
    }

    #[test]
    fn sums_hold_and_undo_restores() {
        let mut engine = town();
        engine.improve(Budget::slice(10));
        engine.open(false);
        for _ in 0..2000 {
            let before = engine.state.clone();
            engine.state.begin();
            let seed = engine.seed(&[]).expect("something to move");
            let removed = engine.ruin(seed);
            let whole = engine.recreate(removed);
            if whole {
                assert_eq!(engine.state.recount(), engine.state.cost);
            }
            if !whole || engine.random.one_in(2) {
                engine.state.undo();
                assert_eq!(engine.state.tours, before.tours);
                assert_eq!(engine.state.at, before.at);
                assert_eq!((&engine.state.bank, engine.state.cost), (&before.bank, before.cost));
            }
        }
    }
}
