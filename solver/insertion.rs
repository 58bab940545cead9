//! What it costs to put a job into a tour, exactly, with feasibility by one comparison.

use crate::cost::Cost;
use crate::grid::Rows;
use crate::model::{Model, NONE, Need};
use crate::span::Span;
use crate::state::State;
use crate::tour::{Tour, Visit};

/// A place for a job: which tour, before which visit, at which cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub delta: i64,
    pub master: u32,
    pub position: usize,
}

impl Model {
    /// Change of cost and start if `need` stands at `position` of the tour; nothing if a rule breaks.
    ///
    /// Costs of the bond between job and master are not in it. Exact, but where a stop at the store is concerned and
    /// either leaving late counts or the job is a draft: that stop may then turn out cheaper than told.
    #[inline]
    pub(crate) fn fit(&self, m: u32, tour: &Tour, position: usize, need: &Need) -> Option<(Cost, i64)> {
        let late = self.late(m);
        if tour.store != NONE && need.own != NONE && !late {
            return self.fit_whole(m, tour, position, need.own);
        }
        if !self.is_timed(m) {
            let leave = position.checked_sub(1).map_or_else(|| self.ready(m), |k| tour.visits[k].leave);
            // Two comparisons without a travel time put most positions aside.
            let soonest = need.earliest(leave)?;
            let next = tour.visits.get(position);
            if next.is_some_and(|next| soonest + self.work(m, need) > next.latest) {
                return None;
            }
        }
        let supplied = tour.store != NONE && position > tour.store as usize;
        let carried = supplied || !need.asks || self.carries(m, &tour.left, need);
        if carried && (supplied || tour.store == NONE) {
            return self.fit_plain(m, tour, position, need, false);
        }
        self.masters[m as usize].store?;
        if !carried && late && tour.plain && !need.is_due() {
            let start = need.earliest(self.ready(m))?;
            return Some((self.fit_after_store(m, tour, position, need)?, start));
        }
        if need.own != NONE && !late {
            return self.fit_whole(m, tour, position, need.own);
        }
        let before = carried.then(|| self.fit_plain(m, tour, position, need, false)).flatten();
        let turns = !carried || position as u32 == tour.store;
        let after = turns.then(|| self.fit_plain(m, tour, position, need, true)).flatten();
        [before, after].into_iter().flatten().min_by_key(|fit| fit.0.total())
    }

    /// The stop at the store left where it is, or laid on the way to the job.
    fn fit_plain(
        &self,
        m: u32,
        tour: &Tour,
        position: usize,
        need: &Need,
        by_store: bool,
    ) -> Option<(Cost, i64)> {
        if self.is_timed(m) {
            return self.fit_timed(m, tour, position, need, by_store);
        }
        self.fit_by(m, tour, position, need, by_store)
    }

    /// The whole tour worked out anew, as the stop at the store may have to move.
    fn fit_whole(&self, m: u32, tour: &Tour, position: usize, job: u32) -> Option<(Cost, i64)> {
        let mut whole = tour.clone();
        whole.visits.insert(position, Visit::of(job));
        let fits = whole.schedule(self, m);
        fits.then(|| (whole.cost - tour.cost - self.bond(job, m), whole.visits[position].start))
    }

    /// The same with the way to the job led by the store or not.
    fn fit_by(
        &self,
        m: u32,
        tour: &Tour,
        position: usize,
        need: &Need,
        by_store: bool,
    ) -> Option<(Cost, i64)> {
        let visits = &tour.visits;
        let (leave, place) = match position.checked_sub(1) {
            None => (self.ready(m), self.start_spot(m)),
            Some(k) => (visits[k].leave, self.jobs[visits[k].job as usize].need.spot()),
        };
        let inward = self.way(m, place, need.spot(), by_store);
        let arrive = leave + inward.seconds;
        let start = need.earliest(arrive)?;
        let leave = start + self.work(m, need);
        let mut delta = Cost {
            travel: self.travel_cost(inward),
            wait: self.wait_cost(m, position, start - arrive),
            lateness: need.lateness(start),
            ..Cost::default()
        };
        let Some(next) = visits.get(position) else {
            let home = self.home_way(m, need.spot());
            let end = leave + home.seconds;
            if end > self.limit(m) {
                return None;
            }
            delta.travel += self.travel_cost(home);
            delta.overtime = self.overtime_cost(m, end);
            if !visits.is_empty() {
                delta.travel -= self.travel_cost(tour.home);
                delta.overtime -= tour.cost.overtime;
            }
            if self.params.late_departure {
                delta.wait = self.wait_with(m, tour, position, need, start, (inward.seconds, home.seconds));
            }
            return Some((delta, start));
        };
        let onward_by_store = !by_store && position as u32 == tour.store;
        let onward = self.way(m, need.spot(), self.jobs[next.job as usize].need.spot(), onward_by_store);
        if leave + onward.seconds > next.latest {
            return None;
        }
        delta.travel += self.travel_cost(onward) - self.travel_cost(next.leg);
        if self.params.late_departure {
            delta.wait = self.wait_with(m, tour, position, need, start, (inward.seconds, onward.seconds));
        }
        if !tour.plain {
            self.push_on(m, tour, position, leave + onward.seconds, &mut delta)?;
        }
        Some((delta, start))
    }

    /// Adds what it costs the visits from `position` on that the first of them is reached at `arrive`.
    fn push_on(&self, m: u32, tour: &Tour, position: usize, mut arrive: i64, delta: &mut Cost) -> Option<()> {
        for (k, visit) in tour.visits.iter().enumerate().skip(position) {
            let later = &self.jobs[visit.job as usize].need;
            let begin = later.earliest(arrive)?;
            if !self.params.late_departure {
                delta.wait += self.wait_cost(m, k + 1, begin - arrive)
                    - self.wait_cost(m, k, visit.start - visit.arrive);
            }
            delta.lateness += later.lateness(begin) - later.lateness(visit.start);
            if begin == visit.start {
                return Some(());
            }
            arrive = begin
                + self.work(m, later)
                + tour.visits.get(k + 1).map_or(tour.home.seconds, |v| v.leg.seconds);
        }
        delta.overtime = self.overtime_cost(m, arrive) - tour.cost.overtime;
        Some(())
    }

    /// Change of waiting under `Params::late_departure`.
    fn wait_with(
        &self,
        m: u32,
        tour: &Tour,
        position: usize,
        need: &Need,
        start: i64,
        ways: (i64, i64),
    ) -> i64 {
        let front = position.checked_sub(1).map_or_else(|| self.departure(m), |k| tour.spans[k].0);
        let back = tour.spans.get(position).map_or_else(|| self.return_home(m), |span| span.1);
        let work = Span::new(self.work(m, need), need.window_of(start));
        let whole = front.then(ways.0, work).then(ways.1, back).duration;
        let old_way = tour.visits.get(position).map_or(tour.home.seconds, |next| next.leg.seconds);
        let old = if tour.visits.is_empty() { 0 } else { front.then(old_way, back).duration };
        let busy = ways.0 + ways.1 + self.work(m, need) - if tour.visits.is_empty() { 0 } else { old_way };
        (whole - old - busy) * self.params.wait_permille / 1000
    }

    /// The cheapest position of a tour from `floor` on.
    pub(crate) fn best_in(&self, m: u32, tour: &Tour, floor: usize, need: &Need) -> Option<Spot> {
        self.best_but(m, tour, floor, need, usize::MAX)
    }

    /// The same with one position left out.
    pub(crate) fn best_but(
        &self,
        m: u32,
        tour: &Tour,
        floor: usize,
        need: &Need,
        but: usize,
    ) -> Option<Spot> {
        if let Some(rows) = self.rows(need.node) {
            return self.best_near(m, tour, floor, need, but, rows);
        }
        let closes = need.windows().last().map_or(i64::MIN, |w| w.1);
        let mut best: Option<Spot> = None;
        for position in floor..=tour.visits.len() {
            // Where the stop at the store may move, those before it may leave sooner.
            if (tour.store == NONE || self.params.late_departure)
                && position > 0
                && tour.visits[position - 1].leave > closes
            {
                break;
            }
            if position != but
                && let Some((delta, _)) = self.fit(m, tour, position, need)
                && best.is_none_or(|b| delta.total() < b.delta)
            {
                best = Some(Spot { delta: delta.total(), master: m, position });
            }
        }
        best
    }
}

/// How the cost of an insertion follows from the change of ways.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// It is that change.
    Ways,
    /// Waiting comes to it, counted by stretches.
    Stretches,
    /// Later visits have to be walked.
    Walk,
}

impl Model {
    /// `best_but` where the grid knows all ways: most positions are put aside by the change of ways alone.
    fn best_near(
        &self,
        m: u32,
        tour: &Tour,
        floor: usize,
        need: &Need,
        but: usize,
        rows: Rows<'_>,
    ) -> Option<Spot> {
        let visits = &tour.visits;
        let carried = !need.asks || self.carries(m, &tour.left, need);
        if !carried && tour.store == NONE && self.masters[m as usize].store.is_none() {
            return None;
        }
        // Where the stop at the store may move, its place has to be looked for.
        let settled = match tour.store {
            NONE if carried => 0,
            NONE => usize::MAX,
            store => store as usize + 1,
        };
        let timed = self.is_timed(m);
        let counting = match (timed || !tour.plain || need.is_due(), self.params.late_departure) {
            (true, _) => Counting::Walk,
            (false, true) => Counting::Stretches,
            (false, false) => Counting::Ways,
        };
        // No insertion saves more waiting than there is.
        let spare = if counting == Counting::Ways { 0 } else { tour.cost.wait + 1 };
        let prune = !self.clocked;
        let work = self.work(m, need);
        let closes = need.windows().last().map_or(i64::MIN, |w| w.1);
        let mut best: Option<Spot> = None;
        // Before a visit that has to be reached sooner than this job can be done there is no place; such visits come
        // first in a tour.
        let done = need.windows()[0].0 + work;
        let hopeless = |visit: &Visit| !timed && visit.latest < done;
        let first = if settled > 0 { floor } else { floor + visits[floor..].partition_point(hopeless) };
        for position in first..=visits.len() {
            let leave = position.checked_sub(1).map_or_else(|| self.ready(m), |k| visits[k].leave);
            if position > 0 && leave > closes && (tour.store == NONE || self.params.late_departure) {
                break;
            }
            if position == but {
                continue;
            }
            let bar = best.map_or(i64::MAX, |b| b.delta);
            let fit = if position < settled {
                self.fit(m, tour, position, need).map(|(cost, _)| cost.total())
            } else {
                let (inward, onward) = self.ways_at(m, visits, position, need, rows);
                let old = visits.get(position).map_or(tour.home.seconds, |next| next.leg.seconds);
                let delta = self.price(inward) + self.price(onward) - self.price(old);
                if prune && delta.saturating_sub(spare) >= bar && inward + work + onward >= old {
                    continue;
                }
                let Some(start) = need.earliest(leave + inward) else { continue };
                let there = start + work + onward;
                let latest = visits.get(position).map_or_else(|| self.limit(m), |next| next.latest);
                if !timed && there > latest {
                    continue;
                }
                match counting {
                    Counting::Ways => Some(delta),
                    Counting::Stretches => {
                        Some(delta + self.wait_with(m, tour, position, need, start, (inward, onward)))
                    }
                    Counting::Walk => self.fit(m, tour, position, need).map(|(cost, _)| cost.total()),
                }
            };
            if let Some(delta) = fit.filter(|delta| *delta < bar) {
                best = Some(Spot { delta, master: m, position });
            }
        }
        best
    }

    /// Seconds to a job at a position and from it.
    #[inline]
    fn ways_at(&self, m: u32, visits: &[Visit], position: usize, need: &Need, rows: Rows<'_>) -> (i64, i64) {
        let factor = i64::from(self.masters[m as usize].speed_factor_permille);
        let pace = |seconds: i32| match factor {
            1000 => i64::from(seconds),
            _ => i64::from(seconds) * factor / 1000,
        };
        let inward = match position.checked_sub(1) {
            Some(k) => pace(rows.inward[visits[k].job as usize]),
            None => self.hop(m, self.start_spot(m), need.spot()).seconds,
        };
        let onward = match visits.get(position) {
            Some(next) => pace(rows.onward[next.job as usize]),
            None => self.home_way(m, need.spot()).seconds,
        };
        (inward, onward)
    }

    #[inline]
    fn price(&self, seconds: i64) -> i64 {
        match self.params.travel_permille {
            1000 => seconds,
            permille => seconds * permille / 1000,
        }
    }
}

impl State {
    /// The first position open to change: behind started jobs, and for the search behind those near as well.
    #[inline]
    pub(crate) fn floor(&self, m: u32) -> usize {
        let tour = &self.tours[m as usize];
        if self.searching { tour.locked } else { tour.head }
    }

    /// The cheapest place of all for a job, bond included. `instead` stands in for one master's tour.
    pub(crate) fn best_place(&self, j: u32, instead: Option<(u32, &Tour)>) -> Option<Spot> {
        let slot = &self.model.jobs[j as usize];
        let mut best: Option<Spot> = None;
        for m in 0..self.tours.len() as u32 {
            if !slot.may(m) {
                continue;
            }
            let tour = match instead {
                Some((other, tour)) if other == m => tour,
                _ => &self.tours[m as usize],
            };
            if let Some(mut spot) = self.model.best_in(m, tour, self.floor(m), &slot.need) {
                spot.delta += self.model.bond(j, m).total();
                if best.is_none_or(|b| spot.delta < b.delta) {
                    best = Some(spot);
                }
            }
        }
        best
    }

    /// The tour a job is in as it would be without it.
    pub(crate) fn without(&self, j: u32) -> Option<(u32, Tour)> {
        let (m, position) = self.at[j as usize];
        if m == NONE {
            return None;
        }
        let mut tour = self.tours[m as usize].clone();
        tour.visits.remove(position as usize);
        tour.locked = tour.locked.min(tour.visits.len());
        tour.schedule(&self.model, m);
        Some((m, tour))
    }
}

#[cfg(test)]
mod tests {
    use crate::random::Random;
    use crate::tour::{Tour, Visit};
    use crate::{Engine, Event, Job, JobKey, Master, MasterKey, Params, Part, Pause, Place};

    /// A small town with overtime, due moments, parts, stores and, now and then, a pause.
    fn town(seed: u64, late: bool) -> Engine {
        let wait_permille = if late { 1000 } else { 100 };
        let params = Params { late_departure: late, wait_permille, ..Params::default() };
        let mut engine = Engine::new(params, seed);
        let mut dice = Random::new(seed);
        let place = |dice: &mut Random| {
            Place::new(55.6 + 0.002 * dice.below(100) as f64, 37.4 + 0.003 * dice.below(100) as f64)
        };
        for key in 0..3 {
            let mut master = Master::new(MasterKey(key), place(&mut dice), (9 * 3600, 18 * 3600));
            master.overtime = 1800 * dice.below(3) as i64;
            master.stock = vec![Part::new(1, dice.below(4) as u32)];
            master.store = dice.one_in(2).then(|| place(&mut dice));
            if dice.one_in(3) {
                master.pauses = vec![Pause { window: (12 * 3600, 14 * 3600), seconds: 1800 }];
            }
            engine.apply(Event::MasterAdded(Box::new(master))).expect("new");
        }
        for key in 0..14 {
            let mut job = Job::new(JobKey(key), place(&mut dice));
            let from = 9 * 3600 + 900 * dice.below(30) as i64;
            job.windows = vec![(from, from + 1800 * (1 + dice.below(8) as i64))];
            job.service = 600 + 300 * dice.below(8) as i64;
            if dice.one_in(3) {
                job.parts = vec![Part::new(1, 1)];
            }
            if dice.one_in(4) {
                (job.due, job.lateness_permille) = (Some(from + 900), 2000);
            }
            engine.apply(Event::JobAdded(Box::new(job))).expect("new");
        }
        engine
    }

    #[test]
    fn an_insertion_costs_what_the_whole_tour_then_costs() {
        let mut compared = 0;
        for seed in 0..60 {
            let engine = town(seed, seed % 2 == 1);
            let model = &engine.state.model;
            for (m, j) in (0..3).flat_map(|m| (0..14).map(move |j| (m, j))) {
                let tour = &engine.state.tours[m as usize];
                if tour.jobs().any(|other| other == j) || !model.jobs[j as usize].may(m) {
                    continue;
                }
                for position in 0..=tour.visits.len() {
                    let fit = model.fit(m, tour, position, &model.jobs[j as usize].need);
                    let mut whole = Tour::of(tour.jobs());
                    whole.visits.insert(position, Visit::of(j));
                    let fits = whole.schedule(model, m);
                    let context = format!("seed {seed} job {j} master {m} position {position}");
                    let by_store = whole.store != crate::model::NONE;
                    let cost = (whole.cost - tour.cost - model.bond(j, m)).total();
                    match fit {
                        // Leaving late, the stop at the store may find a better place than was looked at.
                        Some((delta, _)) if by_store && model.late(m) => {
                            assert!(fits && cost <= delta.total(), "{context}");
                        }
                        Some((delta, _)) => assert_eq!((fits, cost), (true, delta.total()), "{context}"),
                        None => assert!(!fits || (by_store && model.late(m)), "{context}"),
                    }
                    compared += 1;
                }
            }
        }
        assert!(compared > 5000, "{compared}");
    }
}
