//! Steps that decide at once whether a master goes by the store. One job alone seldom pays for that way, and taking one
//! away seldom saves it: it is worth it for several, or not at all.

use crate::engine::Engine;
use crate::memory::Memory;
use crate::model::{NONE, Need};

/// Jobs of others that are taken out for one who shall go by the store, at most.
const GATHERED: usize = 8;

/// What a recreation holds to, beside the cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Nothing.
    #[default]
    Free,
    /// The way to the store costs this master so much less, as long as he does not go there.
    Paid(u32, i64),
    /// This master shall not go there.
    Spared(u32),
}

impl Engine {
    /// A step around `seed`: its master is spared the way to the store, or given cause to go there; false where the step
    /// came to nothing.
    pub(crate) fn change_errand(&mut self, seed: u32, memory: &mut Memory, most: i64) -> bool {
        let (m, _) = self.state.at[seed as usize];
        let tour = &self.state.tours[m as usize];
        if self.state.model.masters[m as usize].store.is_none() {
            return false;
        }
        let removed = if tour.store == NONE {
            self.errand = Errand::Paid(m, self.random.below(1 + 2 * self.detour(m) as usize) as i64);
            self.gather_for(m, seed)
        } else {
            self.errand = Errand::Spared(m);
            self.spare_errand(m)
        };
        let whole = !removed.is_empty() && self.recreate(removed, memory, most);
        self.errand = Errand::Free;
        whole
    }

    /// The shortest way round by the store in a tour that does not go there.
    fn detour(&self, m: u32) -> i64 {
        let model = &self.state.model;
        let tour = &self.state.tours[m as usize];
        let place = |k: usize| model.jobs[tour.visits[k].job as usize].need.spot();
        let ways = (tour.locked..tour.visits.len()).map(|k| {
            let from = k.checked_sub(1).map_or_else(|| model.start_spot(m), place);
            model.way(m, from, place(k), true).seconds - tour.visits[k].leg.seconds
        });
        ways.min().unwrap_or(0).max(0)
    }

    /// Takes out what a master can do with what he carries only by way of the store.
    fn spare_errand(&mut self, m: u32) -> Vec<u32> {
        let model = &self.state.model;
        let tour = &self.state.tours[m as usize];
        if (tour.store as usize) < tour.locked {
            return Vec::new();
        }
        let mut left = model.masters[m as usize].stock.clone();
        let mut out = Vec::new();
        for (k, visit) in tour.visits.iter().enumerate() {
            let need = &model.jobs[visit.job as usize].need;
            if k >= tour.locked && !model.carries(m, &left, need) {
                out.push(visit.job);
                continue;
            }
            for part in &need.parts {
                if let Some(l) = left.iter_mut().find(|l| l.part == part.part) {
                    l.count = l.count.saturating_sub(part.count);
                }
            }
        }
        if out.iter().any(|&j| !self.movable(j) || model.jobs[j as usize].linked) {
            return Vec::new();
        }
        out.iter().for_each(|&j| self.state.remove(j));
        out
    }

    /// Takes a string out of a master's tour, and near jobs that he could do by way of the store out of others.
    fn gather_for(&mut self, m: u32, seed: u32) -> Vec<u32> {
        let wanted = 2 + self.random.below(GATHERED - 1);
        let mut out = Vec::with_capacity(2 * GATHERED);
        for k in 0..self.state.model.jobs[seed as usize].near.len() {
            if out.len() >= wanted {
                break;
            }
            let j = self.state.model.jobs[seed as usize].near[k];
            let slot = &self.state.model.jobs[j as usize];
            let (other, _) = self.state.at[j as usize];
            let is_errand =
                |need: &Need| !self.state.model.carries(m, &self.state.model.masters[m as usize].stock, need);
            if other == m || slot.linked || !slot.may(m) || !self.movable(j) || !is_errand(&slot.need) {
                continue;
            }
            self.state.remove(j);
            out.push(j);
        }
        if out.is_empty() {
            return out;
        }
        let (m, position) = self.state.at[seed as usize];
        let longest = self.state.model.params.longest_string.max(1);
        self.cut(m, position as usize, longest, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Event, Job, JobKey, Master, MasterKey, Params, Part, Place};

    /// Six masters with a part each, a store aside of the town, and every other job in need of two.
    fn town() -> Engine {
        let mut engine = Engine::new(Params::default(), 7);
        let at =
            |n: u128| Place::new(55.6 + (n * 37 % 100) as f64 * 0.002, 37.5 + (n * 53 % 100) as f64 * 0.003);
        for key in 0..6 {
            let mut master = Master::new(MasterKey(key), at(key + 70), (9 * 3600, 18 * 3600));
            master.stock = vec![Part::new(1, 1)];
            master.store = Some(Place::new(55.7, 37.3));
            engine.apply(Event::MasterAdded(Box::new(master))).expect("new");
        }
        for key in 0..40 {
            let mut job = Job::new(JobKey(key), at(key));
            job.parts = if key % 2 == 0 { vec![Part::new(1, 2)] } else { Vec::new() };
            engine.apply(Event::JobAdded(Box::new(job))).expect("new");
        }
        engine
    }

    #[test]
    fn who_is_spared_the_store_stays_away_and_who_is_paid_may_go() {
        let mut engine = town();
        engine.improve(Budget::slice(10));
        assert!(engine.state.model.has_errands());
        engine.open(false);
        let mut memory = Memory::new(40, 6);
        let (mut spared, mut sent) = (0, 0);
        for _ in 0..3000 {
            let before = engine.state.clone();
            engine.state.begin();
            let seed = engine.seed(&[]).expect("something to move");
            let (m, _) = engine.state.at[seed as usize];
            if m == NONE {
                continue;
            }
            let went = engine.state.tours[m as usize].store != NONE;
            let whole = engine.change_errand(seed, &mut memory, i64::MAX);
            assert_eq!(engine.errand, Errand::Free);
            let goes = engine.state.tours[m as usize].store != NONE;
            if whole {
                assert_eq!(engine.state.recount(), engine.state.cost);
                assert!(!(went && goes), "master {m} was to be spared");
                spared += usize::from(went);
                sent += usize::from(goes);
            }
            if !whole || engine.random.one_in(2) {
                engine.state.undo();
                assert_eq!(engine.state.tours, before.tours);
                assert_eq!((&engine.state.at, &engine.state.bank), (&before.at, &before.bank));
            }
        }
        assert!(spared > 50 && sent > 50, "spared {spared}, sent {sent}");
    }
}
