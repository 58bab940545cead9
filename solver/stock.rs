//! Parts and tools: what the van still has, and when the master has to come by the store.

use crate::cost::Cost;
use crate::grid::Spot;
use crate::job::Job;
use crate::master::Master;
use crate::model::{Model, NONE, Need};
use crate::part::Part;
use crate::rule::Rule;
use crate::span::Span;
use crate::tour::{Tour, Visit};
use crate::travel::Leg;

fn count(parts: &[Part], part: u16) -> u32 {
    parts.iter().filter(|p| p.part == part).fold(0, |sum, p| sum.saturating_add(p.count))
}

impl Model {
    /// The part or tool a master without a store can never have for a job.
    pub(crate) fn unsupplied(job: &Job, master: &Master) -> Option<Rule> {
        if master.store.is_some() || (job.parts.is_empty() && job.tools.is_empty()) {
            return None;
        }
        Self::shortage(&Need::new(job), master, &master.stock)
    }

    /// The first part or tool that is missing from what is left in a van.
    pub(crate) fn shortage(need: &Need, master: &Master, left: &[Part]) -> Option<Rule> {
        let tool = need.tools.iter().find(|tool| !master.tools.contains(tool));
        if let Some(&tool) = tool {
            return Some(Rule::Tool { tool });
        }
        need.parts.iter().find_map(|p| {
            let have = count(left, p.part);
            (have < p.count).then_some(Rule::Part { part: p.part, have, need: p.count })
        })
    }

    /// Whether the van alone serves a job, with this left in it.
    #[inline]
    pub(crate) fn carries(&self, m: u32, left: &[Part], need: &Need) -> bool {
        let has = |p: &Part| left.iter().any(|l| l.part == p.part && l.count >= p.count);
        need.parts.iter().all(has)
            && (need.tools.is_empty()
                || need.tools.iter().all(|tool| self.masters[m as usize].tools.contains(tool)))
    }

    /// Takes what the visits use out of a full van, up to the first one it cannot serve; gives that one's position.
    pub(crate) fn unload(&self, m: u32, visits: &[Visit], left: &mut Vec<Part>) -> u32 {
        left.clear();
        left.extend_from_slice(&self.masters[m as usize].stock);
        for (k, visit) in visits.iter().enumerate() {
            let slot = &self.jobs[visit.job as usize];
            if !slot.need.asks {
                continue;
            }
            // A started job has what it needs, wherever that came from.
            if slot.job.started.is_none() && !self.carries(m, left, &slot.need) {
                return k as u32;
            }
            for part in &slot.need.parts {
                if let Some(l) = left.iter_mut().find(|l| l.part == part.part) {
                    l.count = l.count.saturating_sub(part.count);
                }
            }
        }
        NONE
    }

    /// Change of cost if `need` stands at `position` and the master comes by the store on his way to it or before;
    /// for `Params::late_departure`.
    pub(crate) fn fit_after_store(&self, m: u32, tour: &Tour, position: usize, need: &Need) -> Option<Cost> {
        let visits = &tour.visits;
        let place = |k: usize| self.jobs[visits[k].job as usize].need.spot();
        let before = |k: usize| k.checked_sub(1).map_or(self.start_spot(m), place);
        let old_store = tour.store as usize;
        let mut old_ways = 0;
        let (mut back, onward) = match visits.get(position) {
            None => (self.return_home(m), self.home_way(m, need.spot()).seconds),
            Some(_) => {
                let mut back = tour.spans[position.max(if tour.store == NONE { 0 } else { old_store })].1;
                if tour.store != NONE && position < old_store {
                    let direct = self.hop(m, before(old_store), place(old_store)).seconds;
                    old_ways += visits[old_store].leg.seconds - direct;
                    for k in (position..old_store).rev() {
                        let way = if k + 1 == old_store { direct } else { visits[k + 1].leg.seconds };
                        back = self.stretch(&visits[k]).then(way, back);
                    }
                }
                (back, self.hop(m, need.spot(), place(position)).seconds)
            }
        };
        let work = Span::new(self.work(m, need), need.window_of(need.windows()[0].0));
        if !work.reaches(onward, &back) {
            return None;
        }
        back = work.then(onward, back);
        old_ways += visits.get(position).map_or(tour.home.seconds, |next| next.leg.seconds);
        let direct = self.hop(m, before(position), need.spot()).seconds;
        let (mut best, mut new_ways) = (None, onward);
        for by in (tour.head..=position).rev() {
            let to = if by == position { need.spot() } else { place(by) };
            let way = self.way(m, before(by), to, true).seconds;
            let front = by.checked_sub(1).map_or_else(|| self.departure(m), |k| tour.spans[k].0);
            if front.reaches(way, &back) {
                let whole = front.then(way, back).duration;
                let kept = if by == position { 0 } else { direct - visits[by].leg.seconds };
                if best.is_none_or(|(b, _)| whole < b) {
                    best = Some((whole, new_ways + way + kept));
                }
            }
            if by > 0 {
                let next_way = if by == position { direct } else { visits[by].leg.seconds };
                let visit = self.stretch(&visits[by - 1]);
                if !visit.reaches(next_way, &back) {
                    break;
                }
                back = visit.then(next_way, back);
            }
        }
        new_ways = best?.1 - old_ways;
        let longer = best?.0 - tour.duration(self, m);
        let travel = new_ways * self.params.travel_permille / 1000;
        let wait = (longer - new_ways - self.work(m, need)) * self.params.wait_permille / 1000;
        Some(Cost { travel, wait, ..Cost::default() })
    }

    /// The way between two places, by the store if so asked.
    #[inline]
    pub(crate) fn way(&self, m: u32, from: Spot<'_>, to: Spot<'_>, by_store: bool) -> Leg {
        match self.store_spot(m).filter(|_| by_store) {
            None => self.hop(m, from, to),
            Some(store) => {
                let (a, b) = (self.hop(m, from, store), self.hop(m, store, to));
                Leg { seconds: a.seconds + b.seconds, metres: a.metres + b.metres }
            }
        }
    }
}

impl Tour {
    /// Works out where on his way the master comes by the store, if he has to, then times and cost; false when a
    /// rule is broken.
    pub(crate) fn schedule(&mut self, model: &Model, m: u32) -> bool {
        if self.store != NONE && (self.store as usize) < self.locked.min(self.visits.len()) {
            // He comes by on a way the search leaves alone, and has everything behind it.
            let short = model.unload(m, &self.visits[..self.store as usize], &mut self.left) != NONE;
            let fits = self.walk(model, m);
            self.short = short;
            return fits && !short;
        }
        self.store = NONE;
        let stop = model.unload(m, &self.visits, &mut self.left);
        if stop == NONE {
            return self.walk(model, m);
        }
        if model.masters[m as usize].store.is_none() {
            self.walk(model, m);
            self.short = true;
            return false;
        }
        let due = |v: &Visit| model.jobs[v.job as usize].need.is_due();
        // Where only the length of the day counts, one pass finds the place.
        let quick = model.late(m) && model.masters[m as usize].overtime == 0 && !self.visits.iter().any(due);
        let mut best = if quick { self.nearest_store(model, m, stop) } else { None };
        for by in self.started(model).max(self.locked as u32)..=stop {
            if best.is_some() && quick {
                break;
            }
            self.store = by;
            if self.walk(model, m) && best.is_none_or(|b| self.cost.total() < b.0) {
                best = Some((self.cost.total(), by));
            }
        }
        self.store = best.map_or(stop, |b| b.1);
        model.unload(m, &self.visits[..self.store as usize], &mut self.left);
        self.walk(model, m)
    }

    /// Where coming by the store makes the tour least longer, by spans; for `Params::late_departure`.
    fn nearest_store(&mut self, model: &Model, m: u32, stop: u32) -> Option<(i64, u32)> {
        if !self.walk(model, m) {
            return None;
        }
        let choices = (self.head as u32..=stop).filter_map(|by| {
            let k = by as usize;
            let place = |k: usize| model.jobs[self.visits[k].job as usize].need.spot();
            let (front, from) = match k.checked_sub(1) {
                None => (model.departure(m), model.start_spot(m)),
                Some(k) => (self.spans[k].0, place(k)),
            };
            let way = model.way(m, from, place(k), true).seconds;
            let back = self.spans[k].1;
            front.reaches(way, &back).then(|| (front.then(way, back).duration, by))
        });
        choices.min()
    }

    /// Position behind the started jobs.
    fn started(&self, model: &Model) -> u32 {
        let started = |v: &Visit| model.jobs[v.job as usize].job.started.is_some();
        self.visits.iter().rposition(started).map_or(0, |k| k as u32 + 1)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Event, Job, JobKey, Master, MasterKey, Outcome, Params, Part, Place, Rule, Where};

    fn town(store: bool) -> Engine {
        let mut engine = Engine::new(Params::default(), 3);
        let home = Place::new(55.75, 37.62);
        let mut master = Master::new(MasterKey(1), home, (9 * 3600, 18 * 3600));
        master.stock = vec![Part::new(7, 2)];
        master.store = store.then(|| Place::new(55.76, 37.62));
        engine.apply(Event::MasterAdded(Box::new(master))).expect("new");
        for key in 0..3 {
            let mut job = Job::new(JobKey(key), Place::new(55.75, 37.63 + key as f64 * 0.01));
            job.parts = vec![Part::new(7, 1)];
            engine.apply(Event::JobAdded(Box::new(job))).expect("new");
        }
        engine
    }

    #[test]
    fn a_van_serves_what_it_carries() {
        let engine = town(false);
        assert_eq!(engine.plan().unassigned, vec![JobKey(2)]);
        let verdict = engine.verdict_for(JobKey(2), MasterKey(1), Where::Anywhere).expect("known");
        assert_eq!(verdict.outcome, Outcome::Breaks(Rule::Part { part: 7, have: 0, need: 1 }));
    }

    #[test]
    fn a_master_comes_by_the_store_once_for_what_is_missing() {
        let engine = town(true);
        let plan = engine.plan();
        assert!(plan.unassigned.is_empty());
        assert_eq!(plan.tours[0].stops.iter().filter(|stop| stop.by_store).count(), 1);
    }

    #[test]
    fn parts_used_are_gone_from_the_van() {
        let mut engine = town(false);
        let first = engine.plan().tours[0].stops[0].clone();
        let started = Event::Started { job: first.job, master: MasterKey(1), at: first.start };
        engine.apply(started).expect("known");
        engine.apply(Event::JobDone { job: first.job, at: first.end }).expect("known");
        assert_eq!(engine.masters().next().expect("one").stock, vec![Part::new(7, 1)]);
        assert_eq!(engine.plan().unassigned, vec![JobKey(2)]);
    }
}
