//! An independent checker: proves a plan right or names what is wrong, by nothing but the plan and the data.
//!
//! It shares no code with the search on purpose: rules are read and times are walked here a second time.

use crate::cost::Cost;
use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use crate::master::Master;
use crate::params::Params;
use crate::plan::{Plan, Tour};
use crate::travel::{Leg, TravelTimes};
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
    for job in served.chain(plan.unassigned.iter().copied()) {
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
    for tour in &plan.tours {
        let Some(master) = masters.iter().find(|m| m.key == tour.master) else {
            wrong.push(Violation::NoSuchMaster(tour.master));
            continue;
        };
        let stops: Option<Vec<&Job>> = tour.stops.iter().map(|s| by_key.get(&s.job).copied()).collect();
        if let Some(stops) = stops {
            let walk = Walk { master, params, travel, now };
            walk.check(tour, &stops, &mut wrong);
        }
    }
    wrong
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
    for tour in &plan.tours {
        let Some(master) = masters.iter().find(|m| m.key == tour.master) else { continue };
        let stops: Vec<&Job> = tour.stops.iter().filter_map(|stop| find(stop.job)).collect();
        let by_store = tour.stops.iter().position(|stop| stop.by_store);
        cost += Walk { master, params, travel, now }.times(&stops, by_store).2;
    }
    cost.unassigned = plan.unassigned.iter().filter_map(|&key| find(key)).map(|job| job.priority).sum();
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
    let walk = Walk { master, params, travel, now };
    let started = stops.iter().take_while(|job| job.started.is_some()).count();
    let allowed =
        stops.iter().all(|job| may(job, master)) && stops[started..].iter().all(|j| j.started.is_none());
    if !allowed {
        return None;
    }
    let supplied = |by_store: &Option<usize>| walk.missing(stops, *by_store).is_none();
    let by_stores = std::iter::once(None).chain((started..stops.len()).filter(|_| master.store.is_some()).map(Some));
    let costs = by_stores.filter(supplied).filter_map(|by_store| {
        let (times, end, cost) = walk.times(stops, by_store);
        let open = stops.iter().zip(&times).skip(started).all(|(job, time)| open(job, time.1));
        let in_shift = started == stops.len() || end <= walk.limit();
        (open && in_shift).then_some(cost)
    });
    costs.min_by_key(Cost::total)
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
    let listed = job.required.is_empty() || job.required.contains(&master.key);
    listed && !job.excluded.contains(&master.key) && job.skills.iter().all(skilled)
}

/// Whether the job may start then.
fn open(job: &Job, start: i64) -> bool {
    match job.pinned.and_then(|pin| pin.start) {
        Some(fixed) => start == fixed,
        None => job.windows.is_empty() || job.windows.iter().any(|w| w.0 <= start && start <= w.1),
    }
}

/// The first allowed start from a moment on; the moment itself where none is left.
fn first_start(job: &Job, from: i64) -> i64 {
    if let Some(fixed) = job.pinned.and_then(|pin| pin.start) {
        return fixed.max(from);
    }
    if job.windows.is_empty() {
        return from;
    }
    job.windows.iter().filter(|w| w.1 >= from).map(|w| w.0.max(from)).min().unwrap_or(from)
}

/// Arrival, start and end of a stop, with the way to it.
type Times = (i64, i64, i64, Leg);

/// One master's day walked stop by stop.
struct Walk<'a> {
    master: &'a Master,
    params: &'a Params,
    travel: &'a dyn TravelTimes,
    now: i64,
}

impl Walk<'_> {
    fn leg(&self, from: &crate::place::Place, to: &crate::place::Place) -> Leg {
        let leg = self.travel.leg(from, to);
        Leg { seconds: leg.seconds * i64::from(self.master.speed_factor_permille) / 1000, metres: leg.metres }
    }

    fn limit(&self) -> i64 {
        let shift = self.master.shift.1 + self.master.overtime;
        shift.min(self.master.off_from.unwrap_or(i64::MAX))
    }

    /// The first job whose parts or tools are not at hand.
    fn missing(&self, stops: &[&Job], by_store: Option<usize>) -> Option<JobKey> {
        let mut used: BTreeMap<u16, u32> = BTreeMap::new();
        for job in &stops[..by_store.unwrap_or(stops.len())] {
            for part in &job.parts {
                *used.entry(part.part).or_default() += part.count;
            }
            let stock = |kind: u16| self.master.stock.iter().filter(|p| p.part == kind).map(|p| p.count).sum::<u32>();
            let parts = job.parts.iter().all(|part| part.count == 0 || used[&part.part] <= stock(part.part));
            let tools = job.tools.iter().all(|tool| self.master.tools.contains(tool));
            if job.started.is_none() && !(parts && tools) {
                return Some(job.key);
            }
        }
        None
    }

    /// Arrival, start and end of each stop with its way; the end of the tour; the cost.
    fn times(&self, stops: &[&Job], by_store: Option<usize>) -> (Vec<Times>, i64, Cost) {
        let mut cost = Cost::default();
        let mut times = Vec::with_capacity(stops.len());
        let mut moment = self.master.shift.0.max(self.now);
        let mut place = self.master.home;
        if let Some(position) = self.master.position {
            moment = moment.max(position.free_from);
            place = position.place;
        }
        for (k, job) in stops.iter().enumerate() {
            let leg = match self.master.store.filter(|_| by_store == Some(k)) {
                None => self.leg(&place, &job.place),
                Some(store) => {
                    let (a, b) = (self.leg(&place, &store), self.leg(&store, &job.place));
                    Leg { seconds: a.seconds + b.seconds, metres: a.metres + b.metres }
                }
            };
            let (arrival, start, end) = match job.started {
                Some(started) => (started.at, started.at, (started.at + job.service).max(self.now)),
                None => {
                    let arrival = moment + leg.seconds;
                    let start = first_start(job, arrival);
                    (arrival, start, start + job.service)
                }
            };
            cost.travel += leg.seconds * self.params.travel_permille / 1000;
            if k > 0 || self.master.position.is_some() {
                cost.wait += (start - arrival) * self.params.wait_permille / 1000;
            }
            if let Some(due) = job.due {
                cost.lateness += (start - due).max(0) * job.lateness_permille / 1000;
            }
            if !job.preferred.is_empty() && !job.preferred.contains(&self.master.key) {
                cost.preference += self.params.preference;
            }
            times.push((arrival, start, end, leg));
            moment = end;
            place = job.place;
        }
        if !stops.is_empty() {
            if self.params.return_home && self.master.off_from.is_none() {
                let leg = self.leg(&place, &self.master.home);
                moment += leg.seconds;
                cost.travel += leg.seconds * self.params.travel_permille / 1000;
            }
            cost.overtime = (moment - self.master.shift.1).max(0) * self.params.overtime_permille / 1000;
        }
        (times, moment, cost)
    }

    fn check(&self, tour: &Tour, stops: &[&Job], wrong: &mut Vec<Violation>) {
        let by_stores: Vec<usize> = (0..stops.len()).filter(|&k| tour.stops[k].by_store).collect();
        if by_stores.len() > usize::from(self.master.store.is_some()) {
            wrong.push(Violation::NoStore(self.master.key));
        }
        let (times, end, _) = self.times(stops, by_stores.first().copied());
        let missing = self.missing(stops, by_stores.first().copied());
        wrong.extend(missing.map(|job| Violation::NotSupplied(job, self.master.key)));
        let mut only_started = true;
        for ((job, stop), time) in stops.iter().zip(&tour.stops).zip(&times) {
            if !may(job, self.master) {
                wrong.push(Violation::NotAllowed(job.key, self.master.key));
            }
            if (stop.arrival, stop.start, stop.end) != (time.0, time.1, time.2)
                || (stop.travel_seconds, stop.travel_metres) != (time.3.seconds, time.3.metres)
            {
                wrong.push(Violation::WrongTimes(job.key));
            }
            if job.started.is_none() {
                only_started = false;
                if !open(job, time.1) {
                    wrong.push(Violation::OutsideWindow(job.key));
                }
            } else if !only_started {
                wrong.push(Violation::NotAtHead(job.key));
            }
        }
        if !only_started && end > self.limit() {
            wrong.push(Violation::TooLate(self.master.key));
        }
    }
}
