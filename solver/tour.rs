//! One master's day: visits in order, with earliest times forward and latest times backward.

use crate::cost::Cost;
use crate::model::{Model, NONE};
use crate::part::Part;
use crate::span::Span;
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
    /// Seconds of pauses between arrival and start.
    pub rest: u32,
    /// Seconds of work and driving since the last break when he leaves.
    pub since: u32,
    /// Pauses behind the master when he leaves.
    pub paused: u8,
}

impl Visit {
    pub(crate) fn of(job: u32) -> Self {
        Self {
            job,
            leg: Leg::default(),
            arrive: 0,
            start: 0,
            leave: 0,
            latest: 0,
            rest: 0,
            since: 0,
            paused: 0,
        }
    }
}

/// A tour with its times and cost, right as of the last `schedule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tour {
    pub visits: Vec<Visit>,
    pub home: Leg,
    pub end: i64,
    /// How many visits at the front are started.
    pub head: usize,
    /// How many visits at the front the search leaves alone; nothing while none is under way.
    pub locked: usize,
    pub cost: Cost,
    /// The visit on whose way he comes by the store.
    pub store: u32,
    /// What is left in the van before he comes by the store, or at the end.
    pub left: Vec<Part>,
    /// Parts are missing that no store can give.
    pub short: bool,
    /// A pause, a window or the shift is broken; for timed days, which know no latest arrivals.
    pub broken: bool,
    /// Only travel counts, so that later visits need not be walked to know a cost.
    pub plain: bool,
    /// Tells states of tours apart, for what the search remembers of them.
    pub version: u32,
    /// Stretches up to and with each visit, and from each visit to home; only for `Params::late_departure`.
    pub spans: Vec<(Span, Span)>,
}

impl Default for Tour {
    fn default() -> Self {
        Self {
            visits: Vec::new(),
            home: Leg::default(),
            end: 0,
            head: 0,
            locked: 0,
            cost: Cost::default(),
            store: NONE,
            left: Vec::new(),
            short: false,
            broken: false,
            plain: false,
            version: 0,
            spans: Vec::new(),
        }
    }
}

impl Tour {
    /// A tour of these jobs, not scheduled yet.
    pub(crate) fn of(jobs: impl Iterator<Item = u32>) -> Self {
        Self { visits: jobs.map(Visit::of).collect(), ..Self::default() }
    }

    /// Becomes like another tour without new memory.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.visits.clone_from(&other.visits);
        self.left.clone_from(&other.left);
        self.spans.clone_from(&other.spans);
        (self.home, self.end, self.head, self.locked) = (other.home, other.end, other.head, other.locked);
        (self.cost, self.store, self.short, self.plain) = (other.cost, other.store, other.short, other.plain);
        (self.version, self.broken) = (other.version, other.broken);
    }

    /// The version, or nothing when there are no visits.
    #[inline]
    pub(crate) fn stamp(&self) -> u32 {
        if self.visits.is_empty() { 0 } else { self.version }
    }

    pub(crate) fn jobs(&self) -> impl Iterator<Item = u32> + '_ {
        self.visits.iter().map(|v| v.job)
    }

    /// Whether the tour keeps the rules, as of the last `schedule`.
    pub(crate) fn fits(&self) -> bool {
        !self.short && !self.broken && self.visits[self.head..].iter().all(|v| v.arrive <= v.latest)
    }

    /// Works out times and cost, the stop at the store given; false when a rule of time is broken.
    pub(crate) fn walk(&mut self, model: &Model, m: u32) -> bool {
        if model.is_timed(m) {
            self.spans.clear();
            return self.walk_timed(model, m);
        }
        self.cost = Cost::default();
        self.head = 0;
        self.short = false;
        let params = &model.params;
        self.plain =
            (params.wait_permille == 0 || params.late_departure) && model.masters[m as usize].overtime == 0;
        let mut fits = true;
        let mut leave = model.ready(m);
        let mut place = model.start_spot(m);
        for (k, visit) in self.visits.iter_mut().enumerate() {
            let slot = &model.jobs[visit.job as usize];
            visit.leg = model.way(m, place, slot.need.spot(), k as u32 == self.store);
            visit.arrive = leave + visit.leg.seconds;
            (visit.rest, visit.since, visit.paused) = (0, 0, 0);
            if let Some(started) = slot.job.started {
                self.head = k + 1;
                visit.arrive = started.at;
                visit.start = started.at;
                // A job that overruns ends now at the soonest.
                visit.leave = (started.at + model.work(m, &slot.need)).max(model.now);
            } else {
                let start = slot.need.earliest(visit.arrive);
                fits &= start.is_some();
                visit.start = start.unwrap_or(visit.arrive);
                visit.leave = visit.start + model.work(m, &slot.need);
            }
            self.cost += model.bond(visit.job, m);
            self.cost.travel += model.travel_cost(visit.leg);
            self.cost.wait += model.wait_cost(m, k, visit.start - visit.arrive);
            self.cost.lateness += slot.need.lateness(visit.start);
            self.plain &= !slot.need.is_due();
            leave = visit.leave;
            place = slot.need.spot();
        }
        self.locked = self.locked.min(self.visits.len());
        self.home = Leg::default();
        self.end = 0;
        if !self.visits.is_empty() {
            self.home = model.home_way(m, place);
            self.end = leave + self.home.seconds;
            self.cost.travel += model.travel_cost(self.home);
            self.cost.overtime = model.overtime_cost(m, self.end);
        }
        if params.late_departure {
            self.measure(model, m);
        }
        self.look_back(model, m) && fits
    }

    /// What a visit at a position costs, as of its times.
    fn share(&self, model: &Model, m: u32, k: usize, visit: &Visit) -> Cost {
        let mut cost = model.bond(visit.job, m);
        cost.travel = model.travel_cost(visit.leg);
        cost.wait = model.wait_cost(m, k, visit.start - visit.arrive);
        cost.lateness = model.jobs[visit.job as usize].need.lateness(visit.start);
        cost
    }

    /// Whether `put_in` and `take_out` may be used: no stop at a store, nothing that needs the whole tour seen.
    fn is_simple(&self, model: &Model, m: u32, position: usize) -> bool {
        position >= self.head
            && !self.short
            && !model.params.late_departure
            && !model.is_timed(m)
            && model.masters[m as usize].store.is_none()
    }

    /// Puts a job in and brings times and cost up to date around it only; nothing if that cannot be done.
    pub(crate) fn put_in(&mut self, model: &Model, m: u32, position: usize, job: u32) -> Option<bool> {
        let need = &model.jobs[job as usize].need;
        if self.visits.is_empty() || !self.is_simple(model, m, position) || !self.carried(model, m, need, -1)
        {
            return None;
        }
        self.plain &= !need.is_due();
        self.visits.insert(position, Visit::of(job));
        Some(self.resume(model, m, position, 1))
    }

    /// Takes jobs out and brings times and cost up to date around them only; nothing if that cannot be done.
    pub(crate) fn take_out(&mut self, model: &Model, m: u32, from: usize, count: usize) -> Option<bool> {
        let due = |v: &Visit| model.jobs[v.job as usize].need.is_due();
        let all = self.visits.len() == count;
        if all || !self.is_simple(model, m, from) || self.visits[from..from + count].iter().any(due) {
            return None;
        }
        for k in from..from + count {
            let visit = self.visits[k];
            self.cost -= self.share(model, m, k, &visit);
            self.carried(model, m, &model.jobs[visit.job as usize].need, 1);
        }
        self.visits.drain(from..from + count);
        self.locked = self.locked.min(self.visits.len());
        Some(self.resume(model, m, from, 0))
    }

    /// Takes a job's parts out of the van (-1) or puts them back (1); false, and nothing done, if there are too few.
    fn carried(&mut self, model: &Model, m: u32, need: &crate::model::Need, sign: i64) -> bool {
        if !need.asks {
            return true;
        }
        if sign < 0 && !model.carries(m, &self.left, need) {
            return false;
        }
        for part in &need.parts {
            if let Some(left) = self.left.iter_mut().find(|l| l.part == part.part) {
                left.count = (i64::from(left.count) + sign * i64::from(part.count)) as u32;
            }
        }
        true
    }

    /// Times and cost from a position on, of which the first `fresh` visits are new.
    fn resume(&mut self, model: &Model, m: u32, from: usize, fresh: usize) -> bool {
        let before = from.checked_sub(1).map(|k| self.visits[k]);
        let mut leave = before.map_or_else(|| model.ready(m), |v| v.leave);
        let mut place = match &before {
            None => model.start_spot(m),
            Some(v) => model.jobs[v.job as usize].need.spot(),
        };
        let mut fits = true;
        let mut reached_end = true;
        let count = self.visits.len();
        for k in from..count {
            let old = self.visits[k];
            let need = &model.jobs[old.job as usize].need;
            let mut new = old;
            if k <= from + fresh {
                new.leg = model.hop(m, place, need.spot());
            }
            new.arrive = leave + new.leg.seconds;
            let start = need.earliest(new.arrive);
            fits &= start.is_some();
            new.start = start.unwrap_or(new.arrive);
            new.leave = new.start + model.work(m, need);
            if k >= from + fresh {
                // Waiting before the first job is free, so the place it had matters.
                let was = if fresh > 0 || from > 0 { k - fresh } else { 1 };
                self.cost -= self.share(model, m, was, &old);
            }
            self.cost += self.share(model, m, k, &new);
            self.visits[k] = new;
            if k >= from + fresh && new.leave == old.leave {
                reached_end = false;
                break;
            }
            (leave, place) = (new.leave, need.spot());
        }
        let last = self.visits[count - 1];
        if from + fresh >= count {
            self.cost.travel -= model.travel_cost(self.home);
            self.home = model.home_way(m, model.jobs[last.job as usize].need.spot());
            self.cost.travel += model.travel_cost(self.home);
        }
        if reached_end || from + fresh >= count {
            self.end = last.leave + self.home.seconds;
            self.cost.overtime = model.overtime_cost(m, self.end);
        }
        fits & self.look_back_from(model, m, (from + fresh).min(count), fresh)
    }

    /// Latest arrivals from a position to the front, as far as they change.
    fn look_back_from(&mut self, model: &Model, m: u32, position: usize, fresh: usize) -> bool {
        let mut bound = match self.visits.get(position) {
            Some(next) => next.latest - next.leg.seconds,
            None => model.limit(m) - self.home.seconds,
        };
        let head = self.head;
        let mut fits = self.visits.get(position).is_none_or(|next| next.arrive <= next.latest);
        for (k, visit) in self.visits[..position].iter_mut().enumerate().skip(head).rev() {
            let need = &model.jobs[visit.job as usize].need;
            let latest = need.latest(bound - model.work(m, need)).unwrap_or(i64::MIN / 2);
            fits &= visit.arrive <= latest;
            if latest == visit.latest && k + fresh < position {
                return fits;
            }
            visit.latest = latest;
            bound = latest - visit.leg.seconds;
        }
        fits
    }

    /// Latest arrivals from the end to the front; false when the earliest ones are past them.
    fn look_back(&mut self, model: &Model, m: u32) -> bool {
        let mut bound = model.limit(m) - self.home.seconds;
        let mut fits = true;
        for visit in self.visits[self.head..].iter_mut().rev() {
            let need = &model.jobs[visit.job as usize].need;
            match need.latest(bound - model.work(m, need)) {
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

    /// Stretches from the front and from the end, and the waiting that a late departure leaves.
    fn measure(&mut self, model: &Model, m: u32) {
        let stretch = |v: &Visit| model.stretch(v);
        self.spans.clear();
        let mut front = model.departure(m);
        for visit in &self.visits {
            front = front.then(visit.leg.seconds, stretch(visit));
            self.spans.push((front, Span::default()));
        }
        let mut back = model.return_home(m);
        let mut way = self.home.seconds;
        for (visit, span) in self.visits.iter().zip(&mut self.spans).rev() {
            back = stretch(visit).then(way, back);
            span.1 = back;
            way = visit.leg.seconds;
        }
        if let (Some(first), Some(span)) = (self.visits.first(), self.spans.first()) {
            let busy: i64 = self.visits.iter().map(|v| v.leg.seconds + v.leave - v.start).sum();
            let whole = model.departure(m).then(first.leg.seconds, span.1).duration;
            self.cost.wait = (whole - busy - self.home.seconds).max(0) * model.params.wait_permille / 1000;
        }
    }

    /// The least duration of the tour with home left as late as may be, as of the last `schedule`.
    pub(crate) fn duration(&self, model: &Model, m: u32) -> i64 {
        match (self.visits.first(), self.spans.first()) {
            (Some(first), Some(span)) => model.departure(m).then(first.leg.seconds, span.1).duration,
            (Some(_), None) => self.end - model.ready(m),
            (None, _) => 0,
        }
    }
}

impl Model {
    /// A visit as a stretch.
    #[inline]
    pub(crate) fn stretch(&self, visit: &Visit) -> Span {
        let slot = &self.jobs[visit.job as usize];
        let window = match slot.job.started {
            Some(started) => (started.at, started.at),
            None => slot.need.window_of(visit.start),
        };
        Span::new(visit.leave - visit.start, window)
    }

    /// Leaving home as late as the day allows, or the road at once.
    pub(crate) fn departure(&self, m: u32) -> Span {
        let ready = self.ready(m);
        let latest = if self.masters[m as usize].position.is_some() { ready } else { self.limit(m) };
        Span::new(0, (ready, latest.max(ready)))
    }

    /// Being at home within the shift.
    pub(crate) fn return_home(&self, m: u32) -> Span {
        Span::new(0, (self.ready(m), self.limit(m)))
    }
}
