//! One master's day: visits in order, with earliest times forward and latest times backward.

use crate::cost::Cost;
use crate::model::Model;
use crate::travel::Leg;

/// A job in a tour. `latest` is the last arrival from which all that follows still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub job: u32,
    pub leg: Leg,
    pub arrive: i64,
    pub start: i64,
    pub leave: i64,
    pub latest: i64,
}

impl Visit {
    pub(crate) fn of(job: u32) -> Self {
        Self { job, leg: Leg::default(), arrive: 0, start: 0, leave: 0, latest: 0 }
    }
}

/// A tour with its times and cost, right as of the last `schedule`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tour {
    pub visits: Vec<Visit>,
    pub home: Leg,
    pub end: i64,
    /// How many visits at the front are started.
    pub head: usize,
    /// How many visits at the front the search leaves alone.
    pub locked: usize,
    pub cost: Cost,
}

impl Tour {
    pub(crate) fn jobs(&self) -> impl Iterator<Item = u32> + '_ {
        self.visits.iter().map(|v| v.job)
    }

    /// Whether the tour keeps the rules of time, as of the last `schedule`.
    pub(crate) fn fits(&self) -> bool {
        self.visits[self.head..].iter().all(|v| v.arrive <= v.latest)
    }

    /// Works out times and cost; false when a rule of time is broken.
    pub(crate) fn schedule(&mut self, model: &Model, m: u32) -> bool {
        self.cost = Cost::default();
        self.head = 0;
        let mut fits = true;
        let mut leave = model.ready(m);
        let mut place = *model.origin(m);
        for (k, visit) in self.visits.iter_mut().enumerate() {
            let slot = &model.jobs[visit.job as usize];
            visit.leg = model.leg(m, &place, &slot.need.place);
            visit.arrive = leave + visit.leg.seconds;
            if let Some(started) = slot.job.started {
                self.head = k + 1;
                visit.arrive = started.at;
                visit.start = started.at;
                // A job that overruns ends now at the soonest.
                visit.leave = (started.at + slot.need.service).max(model.now);
            } else {
                let start = slot.need.earliest(visit.arrive);
                fits &= start.is_some();
                visit.start = start.unwrap_or(visit.arrive);
                visit.leave = visit.start + slot.need.service;
            }
            self.cost += model.bond(visit.job, m);
            self.cost.travel += model.travel_cost(visit.leg);
            self.cost.wait += model.wait_cost(m, k, visit.start - visit.arrive);
            self.cost.lateness += slot.need.lateness(visit.start);
            leave = visit.leave;
            place = slot.need.place;
        }
        self.locked = self.locked.clamp(self.head, self.visits.len().max(self.head));
        self.home = Leg::default();
        self.end = 0;
        if !self.visits.is_empty() {
            self.home = model.home_leg(m, &place);
            self.end = leave + self.home.seconds;
            self.cost.travel += model.travel_cost(self.home);
            self.cost.overtime = model.overtime_cost(m, self.end);
        }
        self.look_back(model, m) && fits
    }

    /// Latest arrivals from the end to the front; false when the earliest ones are past them.
    fn look_back(&mut self, model: &Model, m: u32) -> bool {
        let mut bound = model.limit(m) - self.home.seconds;
        let mut fits = true;
        for visit in self.visits[self.head..].iter_mut().rev() {
            let need = &model.jobs[visit.job as usize].need;
            match need.latest(bound - need.service) {
                Some(latest) => {
                    visit.latest = latest;
                    fits &= visit.arrive <= latest;
                }
                None => {
                    visit.latest = i64::MIN / 2;
                    fits = false;
                }
            }
            bound = visit.latest - visit.leg.seconds;
        }
        for visit in &mut self.visits[..self.head] {
            visit.latest = i64::MAX / 4;
        }
        fits
    }
}
