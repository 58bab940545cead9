//! What it costs to put a job into a tour, exactly, with feasibility by one comparison.

use crate::cost::Cost;
use crate::grid::Spot as Way;
use crate::model::{Model, NONE, Need};
use crate::span::Span;
use crate::state::State;
use crate::tour::Tour;

/// A place for a job: which tour, before which visit, at which cost and start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub delta: i64,
    pub master: u32,
    pub position: usize,
    pub start: i64,
}

impl Model {
    /// Change of cost and start if `need` stands at `position` of the tour; nothing if a rule breaks.
    ///
    /// Costs of the bond between job and master are not in it. Exact, but for tours with a stop at the store: that
    /// one is not moved here, and may then turn out cheaper.
    #[inline]
    pub(crate) fn fit(&self, m: u32, tour: &Tour, position: usize, need: &Need) -> Option<(Cost, i64)> {
        let next = tour.visits.get(position);
        let leave = position.checked_sub(1).map_or_else(|| self.ready(m), |k| tour.visits[k].leave);
        // Two comparisons without a travel time put most positions aside.
        let soonest = need.earliest(leave)?;
        if next.is_some_and(|next| soonest + need.service > next.latest) {
            return None;
        }
        let supplied = tour.store != NONE && position > tour.store as usize;
        if supplied || !need.asks || self.carries(m, &tour.left, need) {
            let before = self.fit_by(m, tour, position, need, false);
            if supplied || tour.store == NONE || position != tour.store as usize {
                return before;
            }
            let after = self.fit_by(m, tour, position, need, true);
            return [before, after].into_iter().flatten().min_by_key(|fit| fit.0.total());
        }
        self.masters[m as usize].store?;
        if self.params.late_departure {
            return Some((self.fit_after_store(m, tour, position, need)?, soonest));
        }
        self.fit_by(m, tour, position, need, true)
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
            None => (self.ready(m), Way::off(self.origin(m))),
            Some(k) => (visits[k].leave, self.jobs[visits[k].job as usize].need.spot()),
        };
        let inward = self.way(m, place, need.spot(), by_store);
        let arrive = leave + inward.seconds;
        let start = need.earliest(arrive)?;
        let leave = start + need.service;
        let mut delta = Cost {
            travel: self.travel_cost(inward),
            wait: self.wait_cost(m, position, start - arrive),
            lateness: need.lateness(start),
            ..Cost::default()
        };
        let Some(next) = visits.get(position) else {
            let home = self.home_leg(m, &need.place);
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
        let onward =
            self.way(m, need.spot(), self.jobs[next.job as usize].need.spot(), onward_by_store);
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
    fn push_on(
        &self,
        m: u32,
        tour: &Tour,
        position: usize,
        mut arrive: i64,
        delta: &mut Cost,
    ) -> Option<()> {
        for (k, visit) in tour.visits.iter().enumerate().skip(position) {
            let later = &self.jobs[visit.job as usize].need;
            let begin = later.earliest(arrive)?;
            if !self.params.late_departure {
                delta.wait +=
                    self.wait_cost(m, k + 1, begin - arrive) - self.wait_cost(m, k, visit.start - visit.arrive);
            }
            delta.lateness += later.lateness(begin) - later.lateness(visit.start);
            if begin == visit.start {
                return Some(());
            }
            arrive =
                begin + later.service + tour.visits.get(k + 1).map_or(tour.home.seconds, |v| v.leg.seconds);
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
        let work = Span::new(need.service, need.window_of(start));
        let whole = front.then(ways.0, work).then(ways.1, back).duration;
        let old_way = tour.visits.get(position).map_or(tour.home.seconds, |next| next.leg.seconds);
        let old = if tour.visits.is_empty() { 0 } else { front.then(old_way, back).duration };
        let busy = ways.0 + ways.1 + need.service - if tour.visits.is_empty() { 0 } else { old_way };
        (whole - old - busy) * self.params.wait_permille / 1000
    }

    /// The cheapest position of a tour from `floor` on.
    pub(crate) fn best_in(&self, m: u32, tour: &Tour, floor: usize, need: &Need) -> Option<Spot> {
        let closes = need.windows().last().map_or(i64::MIN, |w| w.1);
        let mut best: Option<Spot> = None;
        for position in floor..=tour.visits.len() {
            if position > 0 && tour.visits[position - 1].leave > closes {
                break;
            }
            if let Some((delta, start)) = self.fit(m, tour, position, need)
                && best.is_none_or(|b| delta.total() < b.delta)
            {
                best = Some(Spot { delta: delta.total(), master: m, position, start });
            }
        }
        best
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
