//! The checker's own reading of visits for several masters and of chains: common starts worked out from nothing, and
//! what is wrong with those of a plan.

use super::{Violation, Walk, first_start};
use crate::cost::Cost;
use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use crate::master::Master;
use crate::params::Params;
use crate::travel::TravelTimes;
use std::collections::BTreeMap;

/// Moments before which linked jobs do not start; only linked jobs are named.
pub(super) type Held = BTreeMap<JobKey, i64>;

/// One master's tour as the checker knows it: who, which jobs in which order, and where he comes by the store.
pub(super) type Route<'a> = (&'a Master, Vec<&'a Job>, Option<usize>);

/// A visit: its seats, and what it follows with the least and the most seconds between.
struct Visit<'a> {
    seats: Vec<&'a Job>,
    before: Option<(JobKey, i64, Option<i64>, bool)>,
}

/// All visits that hang together with others, by the key of their leading seat.
struct Web<'a>(BTreeMap<JobKey, Visit<'a>>);

/// Where a job stands in a set of tours.
#[derive(Clone, Copy)]
struct Place {
    master: MasterKey,
    person: MasterKey,
    start: i64,
    end: i64,
}

impl<'a> Web<'a> {
    fn of(jobs: &[&'a Job]) -> Self {
        let there: BTreeMap<JobKey, &'a Job> = jobs.iter().map(|job| (job.key, *job)).collect();
        let mut web = BTreeMap::new();
        let visit = |lead: &'a Job| {
            let mut seats = vec![lead];
            seats.extend(there.values().filter(|job| job.beside == Some(lead.key)));
            let after = lead.after.filter(|a| a.ended.is_none() && there.contains_key(&a.job));
            Visit { seats, before: after.map(|a| (a.job, a.least, a.most, a.same_master)) }
        };
        for job in there.values().filter(|job| job.beside.is_none_or(|lead| !there.contains_key(&lead))) {
            let own = visit(job);
            let followed = there
                .values()
                .any(|other| other.after.is_some_and(|after| after.job == job.key && after.ended.is_none()));
            if own.seats.len() > 1 || own.before.is_some() || followed {
                web.insert(job.key, own);
            }
        }
        Self(web)
    }

    /// The end of the last seat of a visit, if it is served.
    fn end(&self, lead: JobKey, places: &BTreeMap<JobKey, Place>) -> Option<i64> {
        let seats = self.0.get(&lead)?.seats.iter();
        seats.filter_map(|seat| places.get(&seat.key)).map(|place| place.end).max()
    }

    /// Raises the moments by what places and links ask for; false when nothing changed.
    fn raise(&self, held: &mut Held, places: &BTreeMap<JobKey, Place>) -> bool {
        let mut raised = false;
        for (lead, visit) in &self.0 {
            let begun = visit.seats.iter().filter_map(|seat| seat.started.map(|s| s.at)).max();
            let own = visit.seats.iter().filter_map(|seat| places.get(&seat.key));
            let Some(mut from) = own.map(|place| place.start).max() else { continue };
            let length = self.end(*lead, places).unwrap_or(from) - from;
            if let Some((before, least, ..)) = visit.before {
                from = from.max(self.end(before, places).map_or(from, |end| end + least));
            }
            for later in self.0.values() {
                let Some((before, _, Some(most), _)) = later.before else { continue };
                let starts = later.seats.iter().filter_map(|seat| places.get(&seat.key)).map(|p| p.start);
                if let Some(start) = starts.max().filter(|_| before == *lead) {
                    from = from.max(start - most - length);
                }
            }
            let mut common = begun.unwrap_or(from);
            for _ in 0..10 * visit.seats.len() {
                if begun.is_none() {
                    common = visit.seats.iter().map(|seat| first_start(seat, common)).fold(common, i64::max);
                }
            }
            for seat in &visit.seats {
                let moment = held.entry(seat.key).or_insert(i64::MIN / 2);
                if *moment < common {
                    *moment = common;
                    raised = true;
                }
            }
        }
        raised
    }

    /// What is wrong with the places of linked jobs.
    fn judge(&self, places: &BTreeMap<JobKey, Place>, wrong: &mut Vec<Violation>) {
        for (lead, visit) in &self.0 {
            let begun = visit.seats.iter().any(|seat| seat.started.is_some());
            let served: Vec<Place> =
                visit.seats.iter().filter_map(|seat| places.get(&seat.key).copied()).collect();
            let Some(first) = served.first() else { continue };
            let together = served.iter().all(|place| place.start == first.start);
            let whole = served.len() == visit.seats.len();
            let twice = (1..served.len()).any(|k| served[..k].iter().any(|p| p.master == served[k].master));
            if twice || !(begun || (together && whole)) {
                wrong.push(Violation::Apart(*lead));
            }
            let Some((before, least, most, same)) = visit.before.filter(|_| !begun) else { continue };
            let end = self.end(before, places);
            let in_time = end.is_some_and(|end| {
                first.start >= end + least && most.is_none_or(|most| first.start <= end + most)
            });
            let person = |key: JobKey| places.get(&key).map(|place| place.person);
            if !in_time || (same && person(before) != person(*lead)) {
                wrong.push(Violation::OutOfChain(*lead));
            }
        }
    }
}

/// Moments before which linked jobs do not start in these tours, and what is wrong with their links.
pub(super) fn held(
    routes: &[Route<'_>],
    jobs: &[&Job],
    params: &Params,
    travel: &dyn TravelTimes,
    now: i64,
) -> (Held, Vec<Violation>) {
    let web = Web::of(jobs);
    let mut held = Held::new();
    let mut wrong = Vec::new();
    if web.0.is_empty() {
        return (held, wrong);
    }
    for visit in web.0.values() {
        held.extend(visit.seats.iter().map(|seat| (seat.key, i64::MIN / 2)));
    }
    for _ in 0..500 {
        let mut places = BTreeMap::new();
        for (master, stops, by_store) in routes {
            let day = Walk { master, params, travel, now, held: &held }.day(stops, *by_store);
            for (job, step) in stops.iter().zip(&day.steps) {
                let person = master.person.unwrap_or(master.key);
                places
                    .insert(job.key, Place { master: master.key, person, start: step.start, end: step.end });
            }
        }
        if !web.raise(&mut held, &places) {
            web.judge(&places, &mut wrong);
            return (held, wrong);
        }
    }
    let lead = web.0.keys().next().copied();
    (held, lead.map(Violation::Apart).into_iter().collect())
}

/// Cost of several masters doing these jobs in these orders at the earliest starts they have in common, or nothing if a
/// rule forbids it. Where parts are missing they come by the store where that costs least.
pub fn tours_cost(
    tours: &[(&Master, Vec<&Job>)],
    jobs: &[&Job],
    params: &Params,
    travel: &dyn TravelTimes,
    now: i64,
) -> Option<Cost> {
    let mut routes: Vec<Route<'_>> = tours.iter().map(|(m, stops)| (*m, stops.clone(), None)).collect();
    let mut best = None;
    try_stores(&mut routes, 0, &mut |routes| {
        let cost = routes_cost(routes, jobs, params, travel, now);
        if let Some(cost) = cost
            && best.is_none_or(|best: Cost| cost.total() < best.total())
        {
            best = Some(cost);
        }
    });
    best
}

fn try_stores(routes: &mut Vec<Route<'_>>, k: usize, tried: &mut dyn FnMut(&[Route<'_>])) {
    if k == routes.len() {
        return tried(routes);
    }
    try_stores(routes, k + 1, tried);
    if routes[k].0.store.is_none()
        || routes[k].1.iter().all(|job| job.parts.is_empty() && job.tools.is_empty())
    {
        return;
    }
    let started = routes[k].1.iter().take_while(|job| job.started.is_some()).count();
    for by in started..routes[k].1.len() {
        routes[k].2 = Some(by);
        try_stores(routes, k + 1, tried);
    }
    routes[k].2 = None;
}

fn routes_cost(
    routes: &[Route<'_>],
    jobs: &[&Job],
    params: &Params,
    travel: &dyn TravelTimes,
    now: i64,
) -> Option<Cost> {
    let (held, wrong) = held(routes, jobs, params, travel, now);
    if !wrong.is_empty() {
        return None;
    }
    let mut sum = Cost::default();
    for (master, stops, by_store) in routes {
        sum += Walk { master, params, travel, now, held: &held }.priced(stops, *by_store)?;
    }
    Some(sum)
}
