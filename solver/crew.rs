//! Common starts: times of tours that hang together by seats of one visit or by chains.
//!
//! While it is in the plan, every linked job is held at one start, as if pinned there, so that to all that reckons with
//! one tour at a time it is an ordinary job with a very short window. Whenever tours change, the starts of all that hangs
//! together are worked out anew from nothing: the earliest ones that every tour, seat and chain allows.

use crate::model::NONE;
use crate::state::State;
use crate::tour::Tour;

/// Rounds after which starts that still move are given up.
const ROUNDS: usize = 200;
/// How often stops at stores and common starts are fitted to each other.
const STORES: usize = 3;

/// Nodes and tours that hang together.
#[derive(Default)]
pub(crate) struct Reach {
    pub nodes: Vec<u32>,
    /// Where those the search leaves alone have to stay.
    pub frozen: Vec<Option<i64>>,
    /// Visits in part served.
    pub parts: Vec<u32>,
    pub tours: Vec<u32>,
}

impl State {
    /// Whether a job stands in a tour.
    #[inline]
    pub(crate) fn is_placed(&self, j: u32) -> bool {
        self.at[j as usize].0 != NONE
    }

    /// Whether a job is neither in a tour nor among the unassigned.
    #[inline]
    pub(crate) fn is_nowhere(&self, j: u32) -> bool {
        self.at[j as usize] == (NONE, NONE)
    }

    /// Whether all seats of a visit are in tours, or one is started.
    pub(crate) fn is_served(&self, n: u32) -> bool {
        self.begun_at(n).is_some() || self.model.links.node(n).seats.iter().all(|&j| self.is_placed(j))
    }

    /// Linked jobs of a tour.
    pub(crate) fn linked_in(&self, m: u32) -> impl Iterator<Item = u32> + '_ {
        self.tours[m as usize].jobs().filter(|&j| self.model.jobs[j as usize].linked)
    }

    /// Whether a tour has linked jobs.
    pub(crate) fn has_linked(&self, m: u32) -> bool {
        !self.model.links.is_empty() && self.linked_in(m).next().is_some()
    }

    /// Start of a visit whose seats are placed, the latest of a started one.
    pub(crate) fn start_of(&self, n: u32) -> i64 {
        let starts = self.model.links.node(n).seats.iter().filter_map(|&j| self.slot(j));
        starts.map(|slot| slot.1).max().unwrap_or(i64::MIN / 4)
    }

    /// When all seats of a visit are done.
    pub(crate) fn end_of(&self, n: u32) -> i64 {
        let ends = self.model.links.node(n).seats.iter().filter_map(|&j| {
            let (m, k) = self.at[j as usize];
            self.tours.get(m as usize)?.visits.get(k as usize).map(|visit| visit.leave)
        });
        ends.max().unwrap_or(i64::MIN / 4)
    }

    /// When a visit began, if one of its seats is started.
    pub(crate) fn begun_at(&self, n: u32) -> Option<i64> {
        let seats = self.model.links.node(n).seats.iter();
        seats.filter_map(|&j| self.model.jobs[j as usize].job.started.map(|started| started.at)).max()
    }

    /// Whether a visit is served whole or not at all, by masters who may and differ, and behind one that is served.
    pub(crate) fn is_whole(&self, n: u32) -> bool {
        let node = self.model.links.node(n);
        let placed: Vec<u32> = node.seats.iter().copied().filter(|&j| self.is_placed(j)).collect();
        let begun = self.begun_at(n).is_some();
        if placed.is_empty() {
            return true;
        }
        if placed.len() < node.seats.len() && !begun {
            return false;
        }
        let masters: Vec<u32> = placed.iter().map(|&j| self.at[j as usize].0).collect();
        let differ = (1..masters.len()).all(|k| !masters[..k].contains(&masters[k]));
        let may = |j: &u32| self.model.jobs[*j as usize].may(self.at[*j as usize].0);
        let behind = begun
            || node.after.is_none_or(|follow| {
                self.is_served(follow.node)
                    && (!follow.same_master || self.person_of(follow.node) == self.person_of(n))
            });
        differ && behind && placed.iter().all(may)
    }

    /// Who leads a visit, if its leading seat is in a tour.
    pub(crate) fn person_of(&self, n: u32) -> Option<crate::key::MasterKey> {
        let (m, _) = self.at[self.model.links.node(n).seats[0] as usize];
        (m != NONE).then(|| self.model.person(m))
    }

    /// Common starts of all that hangs together with the tours touched since `begin`; false when there are none, and the
    /// state is then to be taken back.
    #[inline]
    pub(crate) fn relink(&mut self) -> bool {
        if self.model.links.is_empty() {
            return true;
        }
        let mut seeds: Vec<u32> = self.bank.clone();
        for (m, old) in &self.log {
            seeds.extend(old.jobs().chain(self.tours[*m as usize].jobs()));
        }
        let reach = self.reach(&seeds);
        reach.nodes.iter().all(|&n| self.is_whole(n)) && self.time(reach)
    }

    /// The same for the linked ones of some jobs, in the middle of an event: visits in part served stay where they are.
    /// The state is as before if it fails.
    pub(crate) fn retime(&mut self, seeds: &[u32]) -> bool {
        let mut reach = self.reach(seeds);
        let whole = |n: &u32| self.is_whole(*n);
        (reach.nodes, reach.parts) = reach.nodes.into_iter().partition(whole);
        self.time(reach)
    }

    fn time(&mut self, mut reach: Reach) -> bool {
        reach.frozen = reach.nodes.iter().map(|&n| self.frozen_at(n)).collect();
        for &n in reach.nodes.iter().chain(&reach.parts) {
            self.hold_node(n);
        }
        let before: Vec<Tour> = reach.tours.iter().map(|&m| self.tours[m as usize].clone()).collect();
        reach.tours.iter().for_each(|&m| self.touch(m));
        let fits = self.fit_common(&reach);
        for (&m, old) in reach.tours.iter().zip(before) {
            let cost = old.cost;
            if !fits {
                self.tours[m as usize] = old;
            }
            self.settle_sums(m, cost);
        }
        if !fits {
            reach.nodes.iter().for_each(|&n| self.hold_node(n));
        }
        fits
    }

    /// Common starts, together with where masters come by the store.
    fn fit_common(&mut self, reach: &Reach) -> bool {
        for round in 0..STORES {
            if !self.soonest(reach, round == 0) {
                return false;
            }
            let mut moved = false;
            for &m in &reach.tours {
                let store = self.tours[m as usize].store;
                if store != NONE && round + 1 < STORES {
                    let (model, tour) = (&self.model, &mut self.tours[m as usize]);
                    tour.schedule(model, m);
                    moved |= tour.store != store;
                }
            }
            if !moved {
                break;
            }
        }
        if self.slips && !self.widen(reach) {
            reach.nodes.iter().for_each(|&n| self.bind(n, i64::MIN));
            return self.walk_all(reach);
        }
        true
    }

    /// The earliest starts that tours and links allow, stops at the store left where they are but for a first round.
    fn soonest(&mut self, reach: &Reach, first: bool) -> bool {
        let mut lower = vec![i64::MIN / 4; reach.nodes.len()];
        for &n in &reach.nodes {
            if !self.open_seats(n, i64::MIN / 4) {
                return false;
            }
        }
        let mut dirty = reach.tours.clone();
        let mut opening = first;
        for _ in 0..ROUNDS {
            for &m in &dirty {
                let (model, tour) = (&self.model, &mut self.tours[m as usize]);
                let fits = if opening { tour.schedule(model, m) } else { tour.walk(model, m) && !tour.short };
                if !fits {
                    return false;
                }
            }
            opening = false;
            dirty.clear();
            for (k, &n) in reach.nodes.iter().enumerate().filter(|(_, n)| self.is_served(**n)) {
                let Some(start) = self.moment(n) else { return false };
                if start > lower[k] {
                    lower[k] = start;
                    let behind = self.model.links.node(n).seats.iter().any(|&j| {
                        let open = self.model.jobs[j as usize].job.started.is_none();
                        open && self.slot(j).is_some_and(|slot| slot.1 < start)
                    });
                    if behind {
                        // Of a visit that has begun some seats may have nobody.
                        let tours = self.model.links.node(n).seats.iter().map(|&j| self.at[j as usize].0);
                        dirty.extend(tours.filter(|&m| m != NONE));
                    }
                }
            }
            if dirty.is_empty() {
                return self.hold_found(reach);
            }
            for (k, &n) in reach.nodes.iter().enumerate() {
                if lower[k] > i64::MIN / 4 && !self.open_seats(n, lower[k]) {
                    return false;
                }
            }
            dirty.sort_unstable();
            dirty.dedup();
        }
        false
    }

    /// Lets the seats of a visit start from a moment on.
    fn open_seats(&mut self, n: u32, from: i64) -> bool {
        for k in 0..self.model.links.node(n).seats.len() {
            let j = self.model.links.node(n).seats[k];
            if self.is_placed(j) && !self.model.release_from(j, from) {
                return false;
            }
        }
        true
    }

    /// Where a visit has to stay because the search leaves one of its seats alone.
    fn frozen_at(&self, n: u32) -> Option<i64> {
        if !self.searching || self.begun_at(n).is_some() {
            return None;
        }
        let locked = |j: &&u32| {
            let (m, k) = self.at[**j as usize];
            m != NONE && (k as usize) < self.tours[m as usize].locked
        };
        let seat = self.model.links.node(n).seats.iter().find(locked)?;
        self.slot(*seat).map(|slot| slot.1)
    }

    /// The start a visit cannot be before, by what is known of its seats and of the visits around it.
    fn moment(&self, n: u32) -> Option<i64> {
        let node = self.model.links.node(n);
        let begun = self.begun_at(n);
        let start = begun.unwrap_or_else(|| self.start_of(n));
        let length = self.end_of(n) - start;
        let mut from = start;
        if let Some(follow) = node.after {
            from = from.max(self.end_of(follow.node).saturating_add(follow.least));
            if let Some(most) = follow.most
                && self.begun_at(follow.node).is_some()
                && start > self.end_of(follow.node).saturating_add(most)
                && begun.is_none()
            {
                return None;
            }
        }
        if begun.is_some() {
            // What is started does not move; its other seats begin as soon as they can.
            return Some(start);
        }
        for &f in node.followers.iter().filter(|&&f| self.is_served(f)) {
            if let Some(most) = self.model.links.node(f).after.and_then(|follow| follow.most) {
                from = from.max(self.start_of(f).saturating_sub(most).saturating_sub(length));
            }
        }
        self.model.common_start(&node.seats, from)
    }

    /// Holds all placed seats where they are; false when the seats of a visit did not come together, or would leave the
    /// minute the search leaves alone.
    fn hold_found(&mut self, reach: &Reach) -> bool {
        for (&n, frozen) in reach.nodes.iter().zip(&reach.frozen) {
            let begun = self.begun_at(n);
            let start = self.start_of(n);
            if frozen.is_some_and(|frozen| frozen != start) {
                return false;
            }
            for k in 0..self.model.links.node(n).seats.len() {
                let j = self.model.links.node(n).seats[k];
                if let Some((_, own)) = self.slot(j) {
                    if own != start && begun.is_none() {
                        return false;
                    }
                    if !begun.is_some_and(|begun| self.joins(j, begun)) {
                        self.model.hold(j, own);
                    }
                }
            }
        }
        reach.nodes.iter().for_each(|&n| self.bind(n, i64::MIN));
        self.walk_all(reach)
    }

    pub(crate) fn walk_all(&mut self, reach: &Reach) -> bool {
        let mut fits = true;
        for &m in &reach.tours {
            let (model, tour) = (&self.model, &mut self.tours[m as usize]);
            fits &= tour.walk(model, m) && !tour.short;
        }
        fits
    }

    /// Takes back what the search may push on, before its plan is told.
    pub(crate) fn tighten(&mut self) {
        self.slips = false;
        self.retime_everything();
    }

    /// Common starts of everything, for a search that begins or ends.
    pub(crate) fn retime_everything(&mut self) {
        if !self.model.links.is_empty() {
            let all: Vec<u32> = self.model.live().filter(|&j| self.model.jobs[j as usize].linked).collect();
            self.retime(&all);
        }
    }

    /// Whether a tour is what it was: the same jobs in the same order, and where common starts play a part, at the same
    /// times.
    pub(crate) fn is_alike(&self, m: u32, old: &Tour) -> bool {
        let tour = &self.tours[m as usize];
        old.jobs().eq(tour.jobs())
            && (self.model.links.is_empty()
                || old.visits.iter().zip(&tour.visits).all(|(a, b)| a.start == b.start))
    }

    /// Pairs of tours that hang together by links, now or as they were.
    pub(crate) fn tied(&self, old: &[Tour]) -> Vec<(u32, u32)> {
        let links = &self.model.links;
        if links.is_empty() {
            return Vec::new();
        }
        let mut tours_of: Vec<Vec<u32>> = vec![Vec::new(); links.nodes.len()];
        let both = (0..).zip(old).chain((0..).zip(&self.tours));
        for (m, tour) in both {
            for n in tour.jobs().filter_map(|j| links.of(j)) {
                tours_of[n as usize].push(m);
            }
        }
        let mut pairs = Vec::new();
        for (n, node) in links.nodes.iter().enumerate() {
            let before = node.after.map_or(&[][..], |follow| &tours_of[follow.node as usize]);
            let all: Vec<u32> = tours_of[n].iter().chain(before).copied().collect();
            pairs.extend(all.windows(2).map(|pair| (pair[0], pair[1])));
        }
        pairs
    }

    /// All that hangs together with the linked ones of some jobs.
    fn reach(&self, seeds: &[u32]) -> Reach {
        let links = &self.model.links;
        let mut reach = Reach::default();
        let mut met = vec![false; links.nodes.len()];
        let mut open: Vec<u32> = seeds.iter().filter_map(|&j| links.of(j)).collect();
        while let Some(n) = open.pop() {
            if std::mem::replace(&mut met[n as usize], true) {
                continue;
            }
            reach.nodes.push(n);
            let node = links.node(n);
            open.extend(node.after.map(|follow| follow.node));
            open.extend(&node.followers);
            for &j in &node.seats {
                let (m, _) = self.at[j as usize];
                if m != NONE && !reach.tours.contains(&m) {
                    reach.tours.push(m);
                    open.extend(self.linked_in(m).filter_map(|j| links.of(j)));
                }
            }
        }
        reach.nodes.sort_unstable();
        reach.tours.sort_unstable();
        reach
    }
}

#[cfg(test)]
mod tests {
    use crate::memory::Memory;
    use crate::{After, Budget, Engine, Event, Job, JobKey, Master, MasterKey, Params, Place};

    /// Six masters, visits for two and three, and chains among ordinary jobs.
    fn town(seed: u64) -> Engine {
        let mut engine = Engine::new(Params { freeze: 0, ..Params::default() }, seed);
        let at =
            |n: u128| Place::new(55.6 + (n * 37 % 100) as f64 * 0.002, 37.5 + (n * 53 % 100) as f64 * 0.003);
        for key in 0..6 {
            let master = Master::new(MasterKey(key), at(key + 70), (9 * 3600, 18 * 3600));
            engine.apply(Event::MasterAdded(Box::new(master))).expect("new");
        }
        for key in 0..40u128 {
            let mut job = Job::new(JobKey(key), at(key));
            let from = 9 * 3600 + 1800 * (key as i64 * 7 % 13);
            job.windows = vec![(from, from + 3 * 3600)];
            job.service = 1800;
            match key % 8 {
                5 | 6 if key > 8 => {
                    let lead = key / 8 * 8 + 4;
                    job.beside = Some(JobKey(lead));
                    job.place = at(lead);
                    job.windows.clear();
                }
                7 => {
                    job.after = Some(After { most: Some(4 * 3600), ..After::new(JobKey(key - 3), 900) });
                    job.windows.clear();
                }
                _ => {}
            }
            engine.apply(Event::JobAdded(Box::new(job))).expect("new");
        }
        engine
    }

    #[test]
    fn steps_over_linked_jobs_hold_their_sums_and_undo_restores() {
        let mut engine = town(5);
        engine.improve(Budget::slice(10));
        engine.open(false);
        let mut memory = Memory::new(40, 6);
        let (mut whole_steps, mut served) = (0, 0);
        for _ in 0..3000 {
            let before = engine.state.clone();
            engine.state.begin();
            let seed = engine.seed(&[]).expect("something to move");
            let removed = engine.ruin(seed);
            let whole = engine.recreate(removed, &mut memory, i64::MAX) && engine.state.relink();
            if whole {
                whole_steps += 1;
                assert_eq!(engine.state.recount(), engine.state.cost);
                let links = &engine.state.model.links;
                assert!((0..links.nodes.len() as u32).all(|n| engine.state.is_whole(n)));
                served += (0..links.nodes.len() as u32).filter(|&n| engine.state.is_served(n)).count();
            }
            if !whole || engine.random.one_in(2) {
                engine.state.undo();
                assert_eq!(engine.state.tours, before.tours);
                assert_eq!(engine.state.at, before.at);
                assert_eq!((&engine.state.bank, engine.state.cost), (&before.bank, before.cost));
                for (now, then) in engine.state.model.jobs.iter().zip(&before.model.jobs) {
                    assert_eq!(now.need.windows(), then.need.windows());
                }
            }
        }
        assert!(whole_steps > 1000 && served > whole_steps, "{whole_steps} {served}");
    }

    #[test]
    fn common_starts_follow_from_the_orders_alone() {
        for seed in 0..5 {
            let mut engine = town(seed);
            engine.improve(Budget::deep(300));
            let plan = engine.plan();
            let all: Vec<u32> = engine.state.model.live().collect();
            assert!(engine.state.retime(&all));
            assert_eq!(engine.plan(), plan);
        }
    }
}
