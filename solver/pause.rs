//! Pauses a master is owed, and the step from one visit to the next when the hour of the day matters.
//!
//! A pause is taken as soon as its window has opened and the master is between two jobs: before he leaves, on arrival,
//! or while he waits. Where a way or a job would run past the window, he waits for it to open and pauses first. Leaving
//! a place later therefore never means leaving the next one sooner.

use crate::cost::Cost;
use crate::grid::Spot;
use crate::model::{Model, Need};
use crate::tour::{Tour, Visit};
use crate::travel::Leg;
use serde::{Deserialize, Serialize};

/// A pause that has to start within a window, if the master is still at work then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it may start, both ends included.
    pub window: (i64, i64),
    /// Its length in seconds.
    pub seconds: i64,
}

/// Where a day stands: the moment, and how many pauses lie behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub at: i64,
    pub paused: u8,
}

/// The start of a job after an arrival.
pub(crate) struct Begun {
    pub start: i64,
    /// Seconds of pauses between arrival and start.
    pub rest: i64,
    pub leave: Moment,
    pub fits: bool,
}

impl Model {
    /// Whether a master's day depends on the hour: it is then walked forward, and no latest arrivals are known.
    #[inline]
    pub(crate) fn is_timed(&self, m: u32) -> bool {
        self.clocked || !self.masters[m as usize].pauses.is_empty()
    }

    /// Whether waiting is counted as if this master left as late as he may.
    #[inline]
    pub(crate) fn late(&self, m: u32) -> bool {
        self.params.late_departure && !self.is_timed(m)
    }

    /// The start of a master's day; pauses whose windows have closed by then are behind him.
    pub(crate) fn dawn(&self, m: u32) -> Moment {
        let at = self.ready(m);
        Moment { at, paused: self.pauses_before(m, at) }
    }

    /// How many pauses have windows that close before a moment.
    pub(crate) fn pauses_before(&self, m: u32, at: i64) -> u8 {
        self.masters[m as usize].pauses.iter().take_while(|p| p.window.1 < at).count() as u8
    }

    /// The way to the next place with the pauses taken before it, and the moment of arrival.
    pub(crate) fn depart(&self, m: u32, mut now: Moment, way: impl Fn(i64) -> Leg) -> (Leg, Moment, bool) {
        let mut fits = true;
        let mut leg = way(now.at);
        while let Some(pause) = self.masters[m as usize].pauses.get(now.paused as usize) {
            let (opens, closes) = pause.window;
            if now.at < opens && now.at + leg.seconds <= closes {
                break;
            }
            fits &= now.at <= closes;
            now = Moment { at: now.at.max(opens) + pause.seconds, paused: now.paused + 1 };
            leg = way(now.at);
        }
        now.at += leg.seconds;
        (leg, now, fits)
    }

    /// The start of a job after an arrival, with the pauses taken on the spot.
    pub(crate) fn begin(&self, m: u32, arrived: Moment, need: &Need) -> Begun {
        let work = self.work(m, need);
        let mut now = arrived;
        let (mut rest, mut fits) = (0, true);
        loop {
            let start = need.earliest(now.at);
            fits &= start.is_some();
            let start = start.unwrap_or(now.at);
            let pause = self.masters[m as usize].pauses.get(now.paused as usize);
            match pause.filter(|pause| start >= pause.window.0 || start + work > pause.window.1) {
                Some(pause) => {
                    fits &= now.at <= pause.window.1;
                    now = Moment { at: now.at.max(pause.window.0) + pause.seconds, paused: now.paused + 1 };
                    rest += pause.seconds;
                }
                None => {
                    let leave = Moment { at: start + work, paused: now.paused };
                    return Begun { start, rest, leave, fits };
                }
            }
        }
    }

    /// The way at an hour, by the store if so asked.
    pub(crate) fn way_at(&self, m: u32, from: Spot<'_>, to: Spot<'_>, by_store: bool, at: i64) -> Leg {
        if !self.clocked {
            return self.way(m, from, to, by_store);
        }
        let hop = |from, to, at| self.at_pace(m, self.travel.leg_at(from, to, at));
        match self.masters[m as usize].store.as_ref().filter(|_| by_store) {
            None => hop(from.place, to.place, at),
            Some(store) => {
                let a = hop(from.place, store, at);
                let b = hop(store, to.place, at + a.seconds);
                Leg { seconds: a.seconds + b.seconds, metres: a.metres + b.metres }
            }
        }
    }

    /// The way home at an hour, or nothing where it is not counted.
    pub(crate) fn home_at(&self, m: u32, from: Spot<'_>, at: i64) -> Leg {
        let master = &self.masters[m as usize];
        if self.clocked && self.params.return_home && master.off_from.is_none() {
            return self.at_pace(m, self.travel.leg_at(from.place, &master.home, at));
        }
        self.home_way(m, from)
    }

    /// Change of cost and start if `need` stands at `position`, the day walked forward from there.
    pub(crate) fn fit_timed(
        &self,
        m: u32,
        tour: &Tour,
        position: usize,
        need: &Need,
        by_store: bool,
    ) -> Option<(Cost, i64)> {
        let visits = &tour.visits;
        let spot = |k: usize| self.jobs[visits[k].job as usize].need.spot();
        let (now, place) = match position.checked_sub(1) {
            None => (self.dawn(m), self.start_spot(m)),
            Some(k) => (Moment { at: visits[k].leave, paused: visits[k].paused }, spot(k)),
        };
        let (leg, arrived, on_way) =
            self.depart(m, now, |at| self.way_at(m, place, need.spot(), by_store, at));
        let begun = self.begin(m, arrived, need);
        if !on_way || !begun.fits {
            return None;
        }
        let mut delta = Cost {
            travel: self.travel_cost(leg),
            wait: self.wait_cost(m, position, begun.start - arrived.at - begun.rest),
            lateness: need.lateness(begun.start),
            ..Cost::default()
        };
        let (mut now, mut place) = (begun.leave, need.spot());
        for (k, visit) in visits.iter().enumerate().skip(position) {
            let later = &self.jobs[visit.job as usize].need;
            let turns = k as u32 == tour.store && !(by_store && k >= position);
            let (leg, arrived, on_way) =
                self.depart(m, now, |at| self.way_at(m, place, later.spot(), turns, at));
            let next = self.begin(m, arrived, later);
            if !on_way || !next.fits {
                return None;
            }
            delta.travel += self.travel_cost(leg) - self.travel_cost(visit.leg);
            delta.wait += self.wait_cost(m, k + 1, next.start - arrived.at - next.rest)
                - self.wait_cost(m, k, visit.wait());
            delta.lateness += later.lateness(next.start) - later.lateness(visit.start);
            (now, place) = (next.leave, later.spot());
            if now == (Moment { at: visit.leave, paused: visit.paused }) {
                return Some((delta, begun.start));
            }
        }
        let home = self.home_at(m, place, now.at);
        let end = now.at + home.seconds;
        if end > self.limit(m) {
            return None;
        }
        delta.travel += self.travel_cost(home) - self.travel_cost(tour.home);
        delta.overtime = self.overtime_cost(m, end) - tour.cost.overtime;
        Some((delta, begun.start))
    }

    /// Seconds the arrival at a visit may slip.
    pub(crate) fn slack_of(&self, m: u32, tour: &Tour, k: usize) -> i64 {
        if self.is_timed(m) { self.slack(m, tour, k) } else { tour.visits[k].latest - tour.visits[k].arrive }
    }

    /// Seconds the arrival at a visit may slip before it or a later one breaks a rule, found by halving.
    fn slack(&self, m: u32, tour: &Tour, k: usize) -> i64 {
        let visit = &tour.visits[k];
        let own = &self.jobs[visit.job as usize].need;
        let closes = own.windows().last().map_or(0, |w| w.1).min(self.limit(m));
        let (mut works, mut fails) = (0, closes - visit.arrive + 1);
        while fails - works > 1 {
            let middle = works + (fails - works) / 2;
            if self.holds(m, tour, k, middle) { works = middle } else { fails = middle }
        }
        works
    }

    /// Whether the rest of a tour still works when a visit is reached so much later.
    fn holds(&self, m: u32, tour: &Tour, k: usize, by: i64) -> bool {
        let visits = &tour.visits;
        let paused = self.paused_on_arrival(m, tour, k);
        let mut arrived = Moment { at: visits[k].arrive + by, paused };
        for (n, visit) in visits.iter().enumerate().skip(k) {
            let need = &self.jobs[visit.job as usize].need;
            let begun = self.begin(m, arrived, need);
            let (leg, there, on_way) = match visits.get(n + 1) {
                Some(next) => {
                    let to = self.jobs[next.job as usize].need.spot();
                    let turns = n as u32 + 1 == tour.store;
                    self.depart(m, begun.leave, |at| self.way_at(m, need.spot(), to, turns, at))
                }
                None => (self.home_at(m, need.spot(), begun.leave.at), begun.leave, true),
            };
            if !begun.fits || !on_way {
                return false;
            }
            if n + 1 == visits.len() {
                return begun.leave.at + leg.seconds <= self.limit(m);
            }
            arrived = there;
        }
        true
    }

    /// Pauses behind the master when he reaches a visit.
    fn paused_on_arrival(&self, m: u32, tour: &Tour, k: usize) -> u8 {
        let before = k.checked_sub(1).map_or(self.dawn(m).paused, |n| tour.visits[n].paused);
        let visit = &tour.visits[k];
        let pauses = &self.masters[m as usize].pauses;
        let taken = pauses[before as usize..visit.paused as usize].iter().rev();
        // Those taken on the spot add up to its rest; the others came before the way.
        let mut rest = 0;
        let on_spot = taken.take_while(|p| {
            rest += p.seconds;
            rest <= visit.rest
        });
        visit.paused - on_spot.count() as u8
    }
}

impl Tour {
    /// The walk of a timed day; false when a rule of time is broken.
    pub(crate) fn walk_timed(&mut self, model: &Model, m: u32) -> bool {
        self.cost = Cost::default();
        (self.head, self.short, self.plain, self.broken) = (0, false, false, false);
        let mut now = model.dawn(m);
        let mut place = model.start_spot(m);
        for (k, visit) in self.visits.iter_mut().enumerate() {
            let slot = &model.jobs[visit.job as usize];
            let to = slot.need.spot();
            let turns = k as u32 == self.store;
            let (leg, arrived, on_way) = model.depart(m, now, |at| model.way_at(m, place, to, turns, at));
            visit.leg = leg;
            if let Some(started) = slot.job.started {
                self.head = k + 1;
                visit.leg = model.way_at(m, place, to, turns, now.at);
                let leave = (started.at + model.work(m, &slot.need)).max(model.now);
                (visit.arrive, visit.start, visit.leave, visit.rest) = (started.at, started.at, leave, 0);
                visit.paused = now.paused.max(model.pauses_before(m, leave));
            } else {
                let begun = model.begin(m, arrived, &slot.need);
                self.broken |= !on_way || !begun.fits;
                (visit.arrive, visit.start, visit.rest) = (arrived.at, begun.start, begun.rest);
                (visit.leave, visit.paused) = (begun.leave.at, begun.leave.paused);
            }
            visit.latest = slot.need.windows().last().map_or(i64::MAX / 4, |w| w.1);
            self.cost += model.bond(visit.job, m);
            self.cost.travel += model.travel_cost(visit.leg);
            self.cost.wait += model.wait_cost(m, k, visit.wait());
            self.cost.lateness += slot.need.lateness(visit.start);
            now = Moment { at: visit.leave, paused: visit.paused };
            place = to;
        }
        self.locked = self.locked.min(self.visits.len());
        (self.home, self.end) = (Leg::default(), 0);
        if self.visits.is_empty() {
            return true;
        }
        self.home = model.home_at(m, place, now.at);
        self.end = now.at + self.home.seconds;
        self.cost.travel += model.travel_cost(self.home);
        self.cost.overtime = model.overtime_cost(m, self.end);
        self.broken |= self.head < self.visits.len() && self.end > model.limit(m);
        for visit in &mut self.visits[..self.head] {
            visit.latest = i64::MAX / 4;
        }
        !self.broken
    }
}

impl Visit {
    /// Seconds of waiting between arrival and start, pauses left out.
    #[inline]
    pub(crate) fn wait(&self) -> i64 {
        self.start - self.arrive - self.rest
    }
}
