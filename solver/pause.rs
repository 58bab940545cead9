//! Pauses a master is owed, and the step from one visit to the next when the hour of the day matters.
//!
//! A pause is taken as soon as its window has opened and the master is between two jobs: before he leaves, on arrival,
//! or while he waits. Where a way or a job would run past the window, he waits for it to open and pauses first. Leaving
//! a place later therefore never means leaving the next one sooner.

use crate::cost::Cost;
use crate::grid::Spot;
use crate::model::{Model, Need};
use crate::spell::Spell;
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
    /// Seconds of work and driving since the last break; nothing where no break is ever due.
    pub since: i64,
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
        let master = &self.masters[m as usize];
        self.clocked || !master.pauses.is_empty() || master.spell.is_some()
    }

    /// Whether waiting is counted as if this master left as late as he may.
    #[inline]
    pub(crate) fn late(&self, m: u32) -> bool {
        self.params.late_departure && !self.is_timed(m)
    }

    /// The start of a master's day; pauses whose windows have closed by then are behind him.
    pub(crate) fn dawn(&self, m: u32) -> Moment {
        let at = self.ready(m);
        Moment { at, paused: self.pauses_before(m, at), since: 0 }
    }

    /// How many pauses have windows that close before a moment.
    pub(crate) fn pauses_before(&self, m: u32, at: i64) -> u8 {
        self.masters[m as usize].pauses.iter().take_while(|p| p.window.1 < at).count() as u8
    }

    /// The way to the next place with the pauses taken before it, and the moment of arrival.
    pub(crate) fn depart(&self, m: u32, mut now: Moment, way: impl Fn(i64) -> Leg) -> (Leg, Moment, bool) {
        let mut fits = true;
        let master = &self.masters[m as usize];
        let mut leg = way(now.at);
        loop {
            let inside = master.spell.map_or(0, |spell| spell.inside(leg.seconds));
            let pause = master.pauses.get(now.paused as usize);
            let taken = |p: &&Pause| now.at >= p.window.0 || now.at + leg.seconds + inside > p.window.1;
            if let Some(pause) = pause.filter(taken) {
                fits &= now.at <= pause.window.1;
                now = now.paused(pause, master.spell);
            } else if let Some(spell) = master.spell.filter(|spell| spell.is_due(now.since, leg.seconds)) {
                now = Moment { at: now.at + spell.rest, since: 0, ..now };
            } else {
                now.at += leg.seconds + inside;
                now.since = master.spell.map_or(0, |spell| spell.behind(now.since, leg.seconds));
                return (leg, now, fits);
            }
            leg = way(now.at);
        }
    }

    /// The start of a job after an arrival, with the pauses taken on the spot.
    pub(crate) fn begin(&self, m: u32, arrived: Moment, need: &Need) -> Begun {
        let master = &self.masters[m as usize];
        let work = self.work(m, need);
        let whole = work + master.spell.map_or(0, |spell| spell.inside(work));
        let mut now = arrived;
        let (mut rest, mut fits) = (0, true);
        loop {
            let start = need.earliest(now.at);
            fits &= start.is_some();
            let start = start.unwrap_or(now.at);
            let pause = master.pauses.get(now.paused as usize);
            if let Some(pause) = pause.filter(|p| start >= p.window.0 || start + whole > p.window.1) {
                fits &= now.at <= pause.window.1;
                now = now.paused(pause, master.spell);
                rest += pause.seconds;
                continue;
            }
            if let Some(spell) = master.spell {
                if start - now.at >= spell.rest {
                    now.since = 0;
                }
                if spell.is_due(now.since, work) {
                    now = Moment { at: now.at + spell.rest, since: 0, ..now };
                    rest += spell.rest;
                    continue;
                }
                now.since = spell.behind(now.since, work);
            }
            return Begun { start, rest, leave: Moment { at: start + whole, ..now }, fits };
        }
    }

    /// The way home with a break before it if one is due, and when it ends.
    pub(crate) fn way_home(&self, m: u32, from: Spot<'_>, now: Moment) -> (Leg, i64) {
        let home = self.home_at(m, from, now.at);
        let Some(spell) = self.masters[m as usize].spell else { return (home, now.at + home.seconds) };
        if !spell.is_due(now.since, home.seconds) {
            return (home, now.at + home.seconds + spell.inside(home.seconds));
        }
        let home = self.home_at(m, from, now.at + spell.rest);
        (home, now.at + spell.rest + home.seconds + spell.inside(home.seconds))
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
            Some(k) => (visits[k].left(), spot(k)),
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
            if now == visit.left() {
                return Some((delta, begun.start));
            }
        }
        let (home, end) = self.way_home(m, place, now);
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
        let mut arrived = self.arrived(m, tour, k);
        arrived.at += by;
        for (n, visit) in visits.iter().enumerate().skip(k) {
            let need = &self.jobs[visit.job as usize].need;
            let begun = self.begin(m, arrived, need);
            if !begun.fits {
                return false;
            }
            let Some(next) = visits.get(n + 1) else {
                return self.way_home(m, need.spot(), begun.leave).1 <= self.limit(m);
            };
            let to = self.jobs[next.job as usize].need.spot();
            let turns = n as u32 + 1 == tour.store;
            let (_, there, on_way) =
                self.depart(m, begun.leave, |at| self.way_at(m, need.spot(), to, turns, at));
            if !on_way {
                return false;
            }
            arrived = there;
        }
        true
    }

    /// The moment a master reaches a visit, with what lies behind him then.
    fn arrived(&self, m: u32, tour: &Tour, k: usize) -> Moment {
        let (before, place) = match k.checked_sub(1) {
            None => (self.dawn(m), self.start_spot(m)),
            Some(n) => (tour.visits[n].left(), self.jobs[tour.visits[n].job as usize].need.spot()),
        };
        let to = self.jobs[tour.visits[k].job as usize].need.spot();
        self.depart(m, before, |at| self.way_at(m, place, to, k as u32 == tour.store, at)).1
    }
}

impl Moment {
    /// A pause later. One that is as long as a break is one.
    fn paused(self, pause: &Pause, spell: Option<Spell>) -> Self {
        let rested = spell.is_some_and(|spell| pause.seconds >= spell.rest);
        let since = if rested { 0 } else { self.since };
        Self { at: self.at.max(pause.window.0) + pause.seconds, paused: self.paused + 1, since }
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
                let work = model.work(m, &slot.need);
                let leave = (started.at + work).max(model.now);
                (visit.arrive, visit.start, visit.leave, visit.rest) = (started.at, started.at, leave, 0);
                visit.paused = now.paused.max(model.pauses_before(m, leave));
                let spell = model.masters[m as usize].spell;
                let since = now.since + visit.leg.seconds + work;
                visit.since = spell.map_or(0, |spell| since.min(spell.most)) as u32;
            } else {
                let begun = model.begin(m, arrived, &slot.need);
                self.broken |= !on_way || !begun.fits;
                (visit.arrive, visit.start, visit.rest) = (arrived.at, begun.start, begun.rest as u32);
                visit.since = begun.leave.since as u32;
                (visit.leave, visit.paused) = (begun.leave.at, begun.leave.paused);
            }
            visit.latest = slot.need.windows().last().map_or(i64::MAX / 4, |w| w.1);
            self.cost += model.bond(visit.job, m);
            self.cost.travel += model.travel_cost(visit.leg);
            self.cost.wait += model.wait_cost(m, k, visit.wait());
            self.cost.lateness += slot.need.lateness(visit.start);
            now = visit.left();
            place = to;
        }
        self.locked = self.locked.min(self.visits.len());
        (self.home, self.end) = (Leg::default(), 0);
        if self.visits.is_empty() {
            return true;
        }
        (self.home, self.end) = model.way_home(m, place, now);
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
        self.start - self.arrive - i64::from(self.rest)
    }

    /// The moment the master leaves, with what lies behind him then.
    #[inline]
    pub(crate) fn left(&self) -> Moment {
        Moment { at: self.leave, paused: self.paused, since: self.since.into() }
    }
}
