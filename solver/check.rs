//! An independent checker: proves a plan right or names what is wrong, by nothing but the plan and the data.
//!
//! It shares no code with the search on purpose: rules are read and times are walked here a second time.

mod links;
mod owed;

pub use links::tours_cost;

use crate::cost::Cost;
use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use crate::master::Master;
use crate::params::Params;
use crate::place::Place;
use crate::plan::{Plan, Tour};
use crate::travel::{Leg, TravelTimes};
use owed::{Owed, forget};
use std::collections::BTreeMap;
use thiserror::Error;

/// Something wrong in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// The job is in the plan twice, or served and unassigned at once.
    #[error("job `{0}` is in the plan more than once")]
    Repeated(JobKey),
    /// The job is not in the plan at all.
    #[error("job `{0}` is not in the plan")]
    Missing(JobKey),
    /// The plan has a job nobody gave.
    #[error("job `{0}` does not exist")]
    NoSuchJob(JobKey),
    /// The plan has a tour of nobody.
    #[error("master `{0}` does not exist")]
    NoSuchMaster(MasterKey),
    /// The master may not do the job: skill, list or pin.
    #[error("master `{1}` may not do job `{0}`")]
    NotAllowed(JobKey, MasterKey),
    /// The stop's times are not what its tour makes them.
    #[error("times of job `{0}` do not follow from its tour")]
    WrongTimes(JobKey),
    /// The work starts outside the windows.
    #[error("job `{0}` starts outside its windows")]
    OutsideWindow(JobKey),
    /// A started job stands behind one that is not, or is not with its master.
    #[error("job `{0}` is started but not at the head of its tour")]
    NotAtHead(JobKey),
    /// The van has not the parts or tools for the job, and the master has not come by the store.
    #[error("job `{0}` lacks parts or tools that master `{1}` does not carry")]
    NotSupplied(JobKey, MasterKey),
    /// The master comes by a store he does not have, or more than once.
    #[error("tour of master `{0}` comes by a store more often than it may")]
    NoStore(MasterKey),
    /// A pause of the master does not fit into its window.
    #[error("a pause of master `{0}` falls outside its window")]
    PauseMissed(MasterKey),
    /// The job is given outside though nobody takes it there for less than leaving it, or the other way round.
    #[error("job `{0}` is undone under the wrong name")]
    WronglyUndone(JobKey),
    /// A seat of a visit for several is empty, starts apart from the others, or two have one master.
    #[error("seats of job `{0}` are not filled together")]
    Apart(JobKey),
    /// A job of a chain stands without the one before it, too near to it or too far, or with another master.
    #[error("job `{0}` does not follow the one before it as it has to")]
    OutOfChain(JobKey),
    /// The tour ends too late.
    #[error("tour of master `{0}` ends too late")]
    TooLate(MasterKey),
}

/// All that is wrong with a plan; nothing if it is right.
pub fn check(
    plan: &Plan,
    masters: &[Master],
    jobs: &[Job],
    params: &Params,
    travel: &dyn TravelTimes,
    now: i64,
) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let by_key: BTreeMap<JobKey, &Job> = jobs.iter().map(|job| (job.key, job)).collect();
    let mut met: BTreeMap<JobKey, usize> = BTreeMap::new();
    let served = plan.tours.iter().flat_map(|tour| tour.stops.iter().map(|stop| stop.job));
    for job in served.chain(plan.unassigned.iter().chain(&plan.outside).copied()) {
        *met.entry(job).or_default() += 1;
    }
    for (&job, &times) in &met {
        if !by_key.contains_key(&job) {
            wrong.push(Violation::NoSuchJob(job));
        } else if times > 1 {
            wrong.push(Violation::Repeated(job));
        }
    }
    wrong.extend(by_key.keys().filter(|key| !met.contains_key(key)).map(|&key| Violation::Missing(key)));
    let outside =
        |key: &JobKey| by_key.get(key).is_some_and(|job| job.outside.is_some_and(|p| p < job.priority));
    wrong.extend(plan.unassigned.iter().filter(|key| outside(key)).map(|&key| Violation::WronglyUndone(key)));
    wrong.extend(plan.outside.iter().filter(|key| !outside(key)).map(|&key| Violation::WronglyUndone(key)));
    let routes = routes(plan, masters, &by_key);
    let all: Vec<&Job> = jobs.iter().collect();
    let (held, apart) = links::held(&routes, &all, params, travel, now);
    wrong.extend(apart);
    for tour in &plan.tours {
        let Some(master) = masters.iter().find(|m| m.key == tour.master) else {
            wrong.push(Violation::NoSuchMaster(tour.master));
            continue;
        };
        let stops: Option<Vec<&Job>> = tour.stops.iter().map(|s| by_key.get(&s.job).copied()).collect();
        if let Some(stops) = stops {
            let walk = Walk { master, params, travel, now, held: &held };
            walk.check(tour, &stops, &mut wrong);
        }
    }
    wrong
}

/// The tours of a plan that are of known masters and jobs.
fn routes<'a>(
    plan: &Plan,
    masters: &'a [Master],
    by_key: &BTreeMap<JobKey, &'a Job>,
) -> Vec<links::Route<'a>> {
    let known = plan.tours.iter().filter_map(|tour| {
        let master = masters.iter().find(|m| m.key == tour.master)?;
        let stops = tour.stops.iter().filter_map(|stop| by_key.get(&stop.job).copied()).collect();
        Some((master, stops, tour.stops.iter().position(|stop| stop.by_store)))
    });
    known.collect()
}

/// Cost of a whole plan by rule, worked out from nothing; stability is not in it, since a plan has no past.
pub fn cost_of(
    plan: &Plan,
    masters: &[Master],
    jobs: &[Job],
    params: &Params,
    travel: &dyn TravelTimes,
    now: i64,
) -> Cost {
    let mut cost = Cost::default();
    let find = |key: JobKey| jobs.iter().find(|job| job.key == key);
    let routes = routes(plan, masters, &jobs.iter().map(|job| (job.key, job)).collect());
    let (held, _) = links::held(&routes, &jobs.iter().collect::<Vec<_>>(), params, travel, now);
    for (master, stops, by_store) in &routes {
        cost += Walk { master, params, travel, now, held: &held }.day(stops, *by_store).cost;
    }
    let undone = plan.unassigned.iter().chain(&plan.outside).filter_map(|&key| find(key));
    cost.unassigned = undone.map(|job| job.outside.unwrap_or(job.priority).min(job.priority)).sum();
    cost
}

/// Cost of one master doing these jobs in this order, or nothing if a rule forbids it. Where parts are missing he
/// comes by the store when that costs least.
pub fn tour_cost(
    master: &Master,
    stops: &[&Job],
    params: &Params,
    travel: &dyn TravelTimes,
    now: i64,
) -> Option<Cost> {
    let walk = Walk { master, params, travel, now, held: &links::Held::new() };
    let started = stops.iter().take_while(|job| job.started.is_some()).count();
    let by_stores =
        std::iter::once(None).chain((started..stops.len()).filter(|_| master.store.is_some()).map(Some));
    by_stores.filter_map(|by_store| walk.priced(stops, by_store)).min_by_key(Cost::total)
}

/// Whether skills, lists and pins let this master do this job.
fn may(job: &Job, master: &Master) -> bool {
    if let Some(started) = job.started {
        return started.master == master.key;
    }
    if let Some(pin) = job.pinned {
        return pin.master == master.key;
    }
    let skilled = |need: &crate::job::Skill| {
        master.skills.iter().any(|have| have.skill == need.skill && have.level >= need.level)
            || need.level == 0
    };
    let after = job.after.filter(|after| after.same_master);
    if after.and_then(|after| after.ended).is_some_and(|e| e.master != master.person.unwrap_or(master.key)) {
        return false;
    }
    let listed = job.required.is_empty() || job.required.contains(&master.key);
    listed && !job.excluded.contains(&master.key) && job.skills.iter().all(skilled)
}

/// Whether the job may start then.
fn open(job: &Job, start: i64) -> bool {
    match job.pinned.and_then(|pin| pin.start) {
        Some(fixed) => start == fixed,
        None if job.release.is_some_and(|release| start < release) => false,
        None if behind(job).is_some_and(|(from, to)| start < from || start > to) => false,
        None => job.windows.is_empty() || job.windows.iter().any(|w| w.0 <= start && start <= w.1),
    }
}

/// The earliest and the latest start behind a job that was done.
fn behind(job: &Job) -> Option<(i64, i64)> {
    let after = job.after?;
    let end = after.ended?.at;
    Some((end + after.least, after.most.map_or(i64::MAX, |most| end + most)))
}

/// The first allowed start from a moment on; the moment itself where none is left.
fn first_start(job: &Job, from: i64) -> i64 {
    if let Some(fixed) = job.pinned.and_then(|pin| pin.start) {
        return fixed.max(from);
    }
    let from = from.max(job.release.unwrap_or(from)).max(behind(job).map_or(from, |span| span.0));
    if job.windows.is_empty() {
        return from;
    }
    job.windows.iter().filter(|w| w.1 >= from).map(|w| w.0.max(from)).min().unwrap_or(from)
}

/// One stop of a walk.
struct Step {
    leg: Leg,
    arrival: i64,
    start: i64,
    end: i64,
    rest: i64,
}

/// One master's day as walked.
struct Day {
    steps: Vec<Step>,
    end: i64,
    cost: Cost,
    /// Whether every pause fell into its window.
    paused: bool,
}

/// One master's day walked stop by stop.
struct Walk<'a> {
    master: &'a Master,
    params: &'a Params,
    travel: &'a dyn TravelTimes,
    now: i64,
    /// Moments before which linked jobs do not start.
    held: &'a links::Held,
}

impl Walk<'_> {
    fn leg(&self, from: &Place, to: &Place, at: i64) -> Leg {
        let leg = self.travel.leg_at(from, to, at);
        Leg { seconds: leg.seconds * i64::from(self.master.speed_factor_permille) / 1000, metres: leg.metres }
    }

    /// The way to a stop, by the store if there is one to come by.
    fn way(&self, from: &Place, to: &Place, store: Option<&Place>, at: i64) -> Leg {
        let Some(store) = store else { return self.leg(from, to, at) };
        let first = self.leg(from, store, at);
        let second = self.leg(store, to, at + first.seconds);
        Leg { seconds: first.seconds + second.seconds, metres: first.metres + second.metres }
    }

    fn limit(&self) -> i64 {
        let shift = self.master.shift.1 + self.master.overtime;
        let next = self.master.rest.and_then(|rest| Some(rest.until? - rest.seconds));
        shift.min(self.master.off_from.unwrap_or(i64::MAX)).min(next.unwrap_or(i64::MAX))
    }

    fn work(&self, job: &Job) -> i64 {
        let learned = self.master.paces.iter().find(|pace| job.kind == Some(pace.kind));
        learned.map_or(job.service, |pace| job.service * i64::from(pace.permille) / 1000)
    }

    /// The first job whose parts or tools are not at hand.
    fn missing(&self, stops: &[&Job], by_store: Option<usize>) -> Option<JobKey> {
        let mut used: BTreeMap<u16, u32> = BTreeMap::new();
        for job in &stops[..by_store.unwrap_or(stops.len())] {
            for part in &job.parts {
                *used.entry(part.part).or_default() += part.count;
            }
            let stock =
                |kind: u16| self.master.stock.iter().filter(|p| p.part == kind).map(|p| p.count).sum::<u32>();
            let parts = job.parts.iter().all(|part| part.count == 0 || used[&part.part] <= stock(part.part));
            let tools = job.tools.iter().all(|tool| self.master.tools.contains(tool));
            if job.started.is_none() && !(parts && tools) {
                return Some(job.key);
            }
        }
        None
    }

    /// Cost of the day, or nothing if a rule that concerns it alone forbids it.
    fn priced(&self, stops: &[&Job], by_store: Option<usize>) -> Option<Cost> {
        let started = stops.iter().take_while(|job| job.started.is_some()).count();
        let allowed = stops.iter().all(|job| may(job, self.master));
        if !allowed || stops[started..].iter().any(|job| job.started.is_some()) {
            return None;
        }
        if self.missing(stops, by_store).is_some() {
            return None;
        }
        let day = self.day(stops, by_store);
        let open = stops.iter().zip(&day.steps).skip(started).all(|(job, step)| open(job, step.start));
        let in_shift = started == stops.len() || day.end <= self.limit();
        (open && in_shift && day.paused).then_some(day.cost)
    }

    /// The first start of a job from a moment on that its windows and its links allow.
    fn start(&self, job: &Job, from: i64) -> i64 {
        first_start(job, self.held.get(&job.key).map_or(from, |&held| from.max(held)))
    }

    fn day(&self, stops: &[&Job], by_store: Option<usize>) -> Day {
        let mut day =
            Day { steps: Vec::with_capacity(stops.len()), end: 0, cost: Cost::default(), paused: true };
        let mut moment = self.master.shift.0.max(self.now);
        if let Some((since, seconds)) = self.master.rest.and_then(|rest| Some((rest.since?, rest.seconds))) {
            moment = moment.max(since + seconds);
        }
        let mut place = self.master.home;
        if let Some(position) = self.master.position {
            moment = moment.max(position.free_from);
            place = position.place;
        }
        let mut owed =
            Owed { pauses: &self.master.pauses, spell: self.master.spell, since: 0, missed: false };
        forget(&mut owed.pauses, moment);
        for (k, job) in stops.iter().enumerate() {
            let store = self.master.store.as_ref().filter(|_| by_store == Some(k));
            let step = match job.started {
                Some(started) => {
                    let leg = self.way(&place, &job.place, store, moment);
                    let end = (started.at + self.work(job)).max(self.now);
                    forget(&mut owed.pauses, end);
                    let most = owed.spell.map_or(0, |spell| spell.most);
                    owed.since = (owed.since + leg.seconds + self.work(job)).min(most);
                    Step { leg, arrival: started.at, start: started.at, end, rest: 0 }
                }
                None => self.step(&place, store, job, moment, &mut owed),
            };
            let cost = &mut day.cost;
            cost.travel += step.leg.seconds * self.params.travel_permille / 1000;
            if k > 0 || self.master.position.is_some() {
                cost.wait += (step.start - step.arrival - step.rest) * self.params.wait_permille / 1000;
            }
            if let Some(due) = job.due {
                cost.lateness += (step.start - due).max(0) * job.lateness_permille / 1000;
            }
            if !job.preferred.is_empty() && !job.preferred.contains(&self.master.key) {
                cost.preference += self.params.preference;
            }
            let zones = &self.master.zones;
            if job.zone.is_some_and(|zone| !zones.is_empty() && !zones.contains(&zone)) {
                cost.zone += self.params.zone;
            }
            (moment, place) = (step.end, job.place);
            day.steps.push(step);
        }
        if !stops.is_empty() {
            if self.params.return_home && self.master.off_from.is_none() {
                let mut home = self.leg(&place, &self.master.home, moment).seconds;
                if owed.breaks_before(home, &mut moment) {
                    home = self.leg(&place, &self.master.home, moment).seconds;
                }
                moment += home + owed.breaks_inside(home);
                day.cost.travel += home * self.params.travel_permille / 1000;
            }
            day.cost.overtime = (moment - self.master.shift.1).max(0) * self.params.overtime_permille / 1000;
            let breaks = !self.master.pauses.is_empty() || self.master.spell.is_some();
            let timed = self.travel.is_clocked() || breaks;
            if self.params.late_departure && !timed {
                let waited = self.waited(stops, &day, moment);
                day.cost.wait = waited * self.params.wait_permille / 1000;
            }
        }
        day.end = moment;
        day.paused = !owed.missed;
        day
    }

    /// A stop that is not started, with the pauses on the way to it.
    fn step(
        &self,
        place: &Place,
        store: Option<&Place>,
        job: &Job,
        leaves: i64,
        owed: &mut Owed<'_>,
    ) -> Step {
        let mut moment = leaves;
        let mut rest = 0;
        // Between two jobs a pause is taken once its window is open, or first of all if what comes would run past it.
        let mut leg = self.way(place, &job.place, store, moment);
        loop {
            let long = leg.seconds + owed.breaks_inside(leg.seconds);
            if !(owed.pauses_before(moment, moment + long, &mut moment, &mut 0)
                || owed.breaks_before(leg.seconds, &mut moment))
            {
                moment += long;
                owed.worked(leg.seconds);
                break;
            }
            leg = self.way(place, &job.place, store, moment);
        }
        let arrival = moment;
        let mut start = self.start(job, moment);
        let work = self.work(job);
        let long = work + owed.breaks_inside(work);
        loop {
            if !owed.pauses_before(start, start + long, &mut moment, &mut rest) {
                if owed.spell.is_some_and(|spell| start - moment >= spell.rest) {
                    owed.since = 0;
                }
                let before = moment;
                if !owed.breaks_before(work, &mut moment) {
                    break;
                }
                rest += moment - before;
            }
            start = self.start(job, moment);
        }
        owed.worked(work);
        Step { leg, arrival, start, end: start + long, rest }
    }

    /// Seconds of waiting that are left when home is left as late as the windows in use allow.
    fn waited(&self, stops: &[&Job], day: &Day, ended: i64) -> i64 {
        let mut waited = 0;
        // How much later the tour may begin so that no later start is moved past its window or the shift.
        let mut room = if self.master.position.is_some() { 0 } else { i64::MAX / 4 };
        for (job, step) in stops.iter().zip(&day.steps) {
            waited += (step.start - step.arrival).max(0);
            let fixed = job.started.map(|s| s.at).or(job.pinned.and_then(|pin| pin.start));
            let fixed = fixed.or(self.held.get(&job.key).map(|_| step.start));
            let mut closes = fixed.unwrap_or(if job.windows.is_empty() { i64::MAX / 4 } else { step.start });
            // Windows that overlap are one.
            while let Some(w) = job.windows.iter().find(|w| fixed.is_none() && w.0 <= closes && closes < w.1)
            {
                closes = w.1;
            }
            if let Some((_, to)) = behind(job).filter(|_| fixed.is_none()) {
                closes = closes.min(to);
            }
            room = room.min(waited + closes - step.start);
        }
        room = room.min(waited + self.limit() - ended);
        waited - room.min(waited)
    }

    fn check(&self, tour: &Tour, stops: &[&Job], wrong: &mut Vec<Violation>) {
        let by_stores: Vec<usize> = (0..stops.len()).filter(|&k| tour.stops[k].by_store).collect();
        if by_stores.len() > usize::from(self.master.store.is_some()) {
            wrong.push(Violation::NoStore(self.master.key));
        }
        let day = self.day(stops, by_stores.first().copied());
        let missing = self.missing(stops, by_stores.first().copied());
        wrong.extend(missing.map(|job| Violation::NotSupplied(job, self.master.key)));
        if !day.paused {
            wrong.push(Violation::PauseMissed(self.master.key));
        }
        let mut only_started = true;
        for ((job, stop), step) in stops.iter().zip(&tour.stops).zip(&day.steps) {
            if !may(job, self.master) {
                wrong.push(Violation::NotAllowed(job.key, self.master.key));
            }
            if (stop.arrival, stop.start, stop.end, stop.rest)
                != (step.arrival, step.start, step.end, step.rest)
                || (stop.travel_seconds, stop.travel_metres) != (step.leg.seconds, step.leg.metres)
            {
                wrong.push(Violation::WrongTimes(job.key));
            }
            if job.started.is_none() {
                only_started = false;
                if !open(job, step.start) {
                    wrong.push(Violation::OutsideWindow(job.key));
                }
            } else if !only_started {
                wrong.push(Violation::NotAtHead(job.key));
            }
        }
        if !only_started && day.end > self.limit() {
            wrong.push(Violation::TooLate(self.master.key));
        }
    }
}
