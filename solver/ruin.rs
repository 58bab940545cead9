//! Taking strings of neighbouring jobs out of neighbouring tours, and putting them back with a little blindness.
//!
//! After "slack induction by string removals" (Christiaens and Vanden Berghe, 2020).

use crate::engine::Engine;
use crate::errand::Errand;
use crate::insertion::Spot;
use crate::memory::Memory;
use crate::model::NONE;
use std::cmp::Reverse;

/// Unassigned jobs tried again with each recreation.
const WAITING: usize = 8;
/// Up to so many tours all of them are looked at for each job.
pub(crate) const EXHAUSTIVE: usize = 64;
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

    pub(crate) fn movable(&self, j: u32) -> bool {
        let Some(&(m, position)) = self.state.at.get(j as usize) else { return false };
        self.state.model.jobs[j as usize].alive
            && m != NONE
            && position as usize >= self.state.tours[m as usize].locked
    }

    /// Takes strings around `seed` out of the plan.
    pub(crate) fn ruin(&mut self, seed: u32) -> Vec<u32> {
        let params = &self.state.model.params;
        // Strings no longer than a usual tour, and the fewer the longer they may be.
        let placed = self.state.model.job_of.len() - self.state.bank.len();
        let usual = placed.div_ceil(self.state.used().max(1));
        let longest = params.longest_string.min(usual).max(1);
        let most = (4000 * params.ruin / (1 + longest)).saturating_sub(1000).max(1000);
        let strings = 1 + self.random.below(most) / 1000;
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
            self.cut(m, position as usize, longest, &mut removed);
        }
        removed
    }

    /// Takes a string that holds a position out of a tour, whole or in two parts with some jobs between them left.
    pub(crate) fn cut(&mut self, m: u32, position: usize, longest: usize, removed: &mut Vec<u32>) {
        let tour = &self.state.tours[m as usize];
        let (locked, len) = (tour.locked, tour.visits.len());
        let length = 1 + self.random.below(longest.min(len - locked));
        let mut kept = 0;
        if length > 1 && self.random.one_in(2) {
            while length + kept < len - locked && !self.random.one_in(100) && self.random.one_in(2) {
                kept += 1;
            }
        }
        let whole = length + kept;
        let first = (position + 1).saturating_sub(whole).max(locked);
        let last = position.min(len - whole);
        let from = first + self.random.below(last - first + 1);
        if kept == 0 {
            self.state.remove_string(m, from, length, removed);
            return;
        }
        let lead = 1 + self.random.below(length - 1);
        self.state.remove_string(m, from + lead + kept, length - lead, removed);
        self.state.remove_string(m, from, lead, removed);
    }

    /// Puts jobs back one by one at their cheapest place; false when a pinned one finds none, a tour broke, or the plan
    /// is sure to cost more than `most`.
    pub(crate) fn recreate(&mut self, mut jobs: Vec<u32>, memory: &mut Memory, most: i64) -> bool {
        for _ in 0..WAITING.min(self.state.bank.len()) {
            let j = self.state.bank[self.random.below(self.state.bank.len())];
            self.state.remove(j);
            jobs.push(j);
        }
        if !self.gather(&mut jobs) {
            return false;
        }
        self.order(&mut jobs);
        // Now and then nearly blind: small towns have too few positions for rare blinks to matter.
        let usual = self.state.model.params.blink_one_in;
        let blink = if usual > 0 && self.random.one_in(16) { 3 } else { usual };
        // What a job costs, others behind it may win back by filling waiting time; the last of them cannot.
        let mut spare = self.spare(&jobs);
        for j in jobs {
            spare = spare.map(|spare| spare - self.filling(j));
            if self.state.model.jobs[j as usize].linked {
                if !self.seat_again(j, blink) {
                    return false;
                }
                continue;
            }
            let fixed = self.state.model.jobs[j as usize].is_fixed();
            let priority = self.state.model.priority(j);
            match self.near_place(j, blink, memory) {
                Some(spot) if fixed || spot.delta < priority => {
                    let least = |spare: i64| self.state.cost.total() + spot.delta - spare;
                    if spare.is_some_and(|spare| least(spare) > most) {
                        return false;
                    }
                    self.state.insert(j, spot.master, spot.position);
                    // No more than all waiting can be won back.
                    let cost = &self.state.cost;
                    if spare.is_some_and(|spare| cost.total() - spare.min(cost.wait) > most) {
                        return false;
                    }
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

    /// What jobs may win back by filling waiting time; nothing where costs may fall in other ways too.
    fn spare(&self, jobs: &[u32]) -> Option<i64> {
        let model = &self.state.model;
        let params = &model.params;
        let plain =
            !model.clocked && model.links.is_empty() && params.wait_permille <= params.travel_permille;
        plain.then(|| jobs.iter().map(|&j| self.filling(j)).sum())
    }

    /// What a job wins at most by filling waiting time, at the usual pace. A slower master may win more with it; that
    /// a step is then given up for nothing costs no more than the step.
    fn filling(&self, j: u32) -> i64 {
        let model = &self.state.model;
        model.jobs[j as usize].need.service * model.params.wait_permille / 1000
    }

    fn order(&mut self, jobs: &mut [u32]) {
        jobs.sort_unstable();
        self.random.shuffle(jobs);
        let slots = &self.state.model.jobs;
        let slot = |j: u32| &slots[j as usize];
        match self.random.below(8) {
            0..=2 => {}
            3 => jobs.sort_by_key(|&j| {
                slot(j).need.windows().iter().map(|w| w.1.saturating_sub(w.0) / 4).sum::<i64>()
            }),
            4 => jobs.sort_by_key(|&j| slot(j).need.windows()[0].0),
            5 => jobs.sort_by_key(|&j| (-slot(j).need.service, -slot(j).need.bulk())),
            6 => jobs.sort_by_key(|&j| (-slot(j).job.priority, Reverse(slot(j).far))),
            _ => jobs.sort_by_key(|&j| (slot(j).choice(), slot(j).need.windows()[0].1)),
        }
        jobs.sort_by_key(|&j| !slot(j).is_fixed());
    }

    /// The cheapest place in any tour, or where there are many, in those of near jobs and near masters.
    fn near_place(&mut self, j: u32, blink: usize, memory: &mut Memory) -> Option<Spot> {
        let mut best: Option<Spot> = None;
        self.asked += 1;
        if self.state.tours.len() <= EXHAUSTIVE {
            for m in 0..self.state.tours.len() as u32 {
                self.attempt(j, m, blink, memory, &mut best);
            }
            return best;
        }
        for k in 0..self.state.model.jobs[j as usize].near.len() {
            let near = self.state.model.jobs[j as usize].near[k];
            let (m, _) = self.state.at[near as usize];
            if m != NONE && self.seen[m as usize] != self.asked {
                self.attempt(j, m, blink, memory, &mut best);
            }
        }
        for k in 0..self.state.model.jobs[j as usize].near_masters.len() {
            let m = self.state.model.jobs[j as usize].near_masters[k];
            let m = self.idle_like(m, j);
            if self.seen[m as usize] != self.asked {
                self.attempt(j, m, blink, memory, &mut best);
            }
        }
        best
    }

    /// A master like this one with nothing to do, or this one.
    fn idle_like(&self, m: u32, j: u32) -> u32 {
        let (class, stamps) = (&self.state.model.class, &self.state.stamps);
        if stamps[m as usize] == 0 || !self.state.model.jobs[j as usize].is_open() {
            return m;
        }
        let idle = |&n: &usize| stamps[n] == 0 && class[n] == class[m as usize];
        (m as usize + 1..class.len()).find(idle).map_or(m, |n| n as u32)
    }

    /// Looks for a better place of a job in one tour, unless by chance it is passed over.
    #[inline]
    fn attempt(&mut self, j: u32, m: u32, blink: usize, memory: &mut Memory, best: &mut Option<Spot>) {
        self.seen[m as usize] = self.asked;
        let slot = &self.state.model.jobs[j as usize];
        if !slot.may(m) {
            return;
        }
        let stamp = self.state.stamps[m as usize];
        if stamp == 0 && slot.is_open() {
            // Of idle masters who are alike one will do.
            let class = self.state.model.class[m as usize] as usize;
            if self.idle[class] == self.asked {
                return;
            }
            self.idle[class] = self.asked;
        }
        let known = if stamp == 0 { None } else { memory.get(j, m, stamp) };
        let spot = match known {
            Some(known) => known,
            None => {
                let tour = &self.state.tours[m as usize];
                let mut spot = self.state.model.best_in(m, tour, tour.locked, &slot.need);
                if let Some(spot) = &mut spot {
                    spot.delta += self.state.model.bond(j, m).total();
                }
                if stamp != 0 {
                    memory.set(j, m, stamp, spot);
                }
                spot
            }
        };
        let Some(gift) = self.gift(j, m) else { return };
        let spot = spot.map(|spot| Spot { delta: spot.delta - gift, ..spot });
        let better = |spot: &Spot| best.is_none_or(|b| spot.delta < b.delta);
        let Some(spot) = spot.filter(better) else { return };
        if blink == 0 || !self.random.one_in(blink) {
            *best = Some(spot);
            return;
        }
        // Blind for the best position, he may still see the next one.
        let slot = &self.state.model.jobs[j as usize];
        let tour = &self.state.tours[m as usize];
        let next = self.state.model.best_but(m, tour, tour.locked, &slot.need, spot.position);
        if let Some(mut next) = next {
            next.delta += self.state.model.bond(j, m).total() - gift;
            if better(&next) && !self.random.one_in(blink) {
                *best = Some(next);
            }
        }
    }
}

impl Engine {
    /// How much cheaper than it is a place of a job with a master shall look; nothing where he shall not have it.
    #[inline]
    fn gift(&self, j: u32, m: u32) -> Option<i64> {
        let of = |named: u32| {
            let tour = &self.state.tours[m as usize];
            let need = &self.state.model.jobs[j as usize].need;
            named == m && tour.store == NONE && need.asks && !self.state.model.carries(m, &tour.left, need)
        };
        match self.errand {
            Errand::Paid(named, seconds) if of(named) => Some(seconds),
            Errand::Spared(named) if of(named) => None,
            _ => Some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::memory::Memory;
    use crate::{Budget, Engine, Event, Job, JobKey, Master, MasterKey, Params, Place};

    fn town() -> Engine {
        town_by(Params::default())
    }

    fn town_by(params: Params) -> Engine {
        let mut engine = Engine::new(params, 5);
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
        let mut memory = Memory::new(50, 6);
        for _ in 0..2000 {
            let before = engine.state.clone();
            engine.state.begin();
            let seed = engine.seed(&[]).expect("something to move");
            let removed = engine.ruin(seed);
            let whole = engine.recreate(removed, &mut memory, i64::MAX);
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

    #[test]
    fn a_plan_given_up_early_would_have_cost_too_much() {
        let (mut given_up, mut kept) = (0, 0);
        for wait_permille in [0, 100, 1000] {
            let mut engine = town_by(Params { wait_permille, ..Params::default() });
            engine.improve(Budget::slice(50));
            engine.open(false);
            for _ in 0..1500 {
                let most = engine.state.cost.total() + engine.random.below(100) as i64;
                engine.state.begin();
                let seed = engine.seed(&[]).expect("something to move");
                let removed = engine.ruin(seed);
                let mut whole = engine.clone();
                // Ways are whole seconds, so a detour may seem shorter by one for each job.
                let rounding = removed.len() as i64 + 16;
                let fits = whole.recreate(removed.clone(), &mut Memory::new(50, 6), i64::MAX);
                if engine.recreate(removed, &mut Memory::new(50, 6), most) {
                    assert_eq!(engine.state.cost, whole.state.cost);
                    kept += 1;
                } else {
                    let cost = whole.state.cost.total();
                    assert!(!fits || cost + rounding > most, "given up at {most}, whole {cost}");
                    given_up += usize::from(fits);
                    engine.state.undo();
                }
            }
        }
        assert!(given_up > 50 && kept > 50, "given up {given_up}, kept {kept}");
    }
}
