//! The only file that knows both the domain and the solver: keeps the engine in step with the book.
//!
//! A master of the solver is one master for one shift, so every master stands in the engine once for
//! the current shift and once for the next one.

use crate::{
    dispatch::{
        chains::Chains,
        local_hours::LocalHours,
        seats::{key, same_masters, visit_of},
        short::Short,
        weighing,
    },
    house::Tuning,
};
use domain::{
    book::{Book, plan_policy::Weights, planning::Move},
    clients::point::{Binding, ServicePoint},
    requests::request::Priority,
    values::{
        id::{MasterId, VisitId, ZoneId},
        period::Period,
    },
    visits::visit::Visit,
    workforce::{
        hours::{OVERTIME_SECONDS, day_of_number, number_of},
        master::{Duty, Master},
    },
    zones::{chart::Chart, zone::Zone},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use solver as engine;
use solver::{Delta, Engine, Event, Job, JobKey, MasterKey};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Shifts ahead that are planned: this one and the next.
const SHIFTS: usize = 2;
/// City seconds that a start may drift before the book and the masters are told: a plan that trembles is not read.
pub(super) const GRAIN: u64 = 120;
const DAY: i64 = 86_400;
/// City seconds ahead of which the planner is not told of a promised window: longer than any two shifts.
const FAR_SECONDS: i64 = 4 * DAY;
/// Cost of a thousand seconds of lateness behind a promised reaction.
const LATENESS_PERMILLE: i64 = 500;

/// The warm engine and the names of its masters and jobs.
pub struct Planner {
    pub(super) engine: Engine,
    /// What the plan is weighed by.
    pub(super) weights: Weights,
    names: HashMap<MasterKey, MasterId>,
    shifts: BTreeMap<(MasterId, i64), MasterKey>,
    /// From when to when they last.
    pub(super) hours: HashMap<MasterKey, (i64, i64)>,
    pub(super) jobs: BTreeSet<VisitId>,
    /// Jobs of further masters that were told.
    pub(super) seats: BTreeSet<JobKey>,
    /// Visits that are planned without the seats that nobody has (`short.rs`).
    pub(super) short: Short,
    pub(super) chains: Chains,
    skills: HashMap<String, u16>,
    /// Events told to the engine, time's own left out.
    pub(super) events: u64,
    /// What the passing of time or other weights moved and the book was not told yet.
    pub(super) drifted: Vec<Delta>,
    /// Zones on the map, and the solver's words for them.
    pub(super) chart: Arc<Chart>,
    areas: HashMap<ZoneId, u16>,
    /// The house's zone: days begin and end in it.
    pub(super) zone: TimeZone,
    /// The day that shifts were told for last.
    today: Date,
}

fn shift_key(master: MasterId, day: i64) -> MasterKey {
    MasterKey(master.key() ^ (day as u128))
}
pub(super) fn moment(at: Timestamp) -> i64 {
    at.as_second()
}
pub(super) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Planner {
    /// An engine that holds nobody yet.
    pub fn new(tuning: &Tuning, now: Timestamp, zone: TimeZone) -> Self {
        let weights = Weights::default();
        let travel = LocalHours::new(Arc::clone(&tuning.travel), &zone, now);
        let mut planner = Self {
            engine: Engine::with_travel(weighing::params(weights, tuning), Arc::new(travel), 20_260),
            weights,
            names: HashMap::new(),
            shifts: BTreeMap::new(),
            hours: HashMap::new(),
            jobs: BTreeSet::new(),
            seats: BTreeSet::new(),
            short: Short::default(),
            chains: Chains::new(),
            skills: HashMap::new(),
            events: 0,
            drifted: Vec::new(),
            chart: Arc::default(),
            areas: HashMap::new(),
            today: now.to_zoned(zone.clone()).date(),
            zone,
        };
        planner.advance(now);
        planner
    }
    /// Time has passed; what it moved waits for [`Planner::drifted`].
    pub fn advance(&mut self, now: Timestamp) {
        let now = now.as_second();
        if now > self.engine.now() {
            let moved = self.tell(Event::Advance { now }).filter(|delta| !delta.moves.is_empty());
            self.drifted.extend(moved);
        }
    }
    /// What the passing of time moved since the last look.
    pub fn drifted(&mut self) -> Vec<Delta> {
        std::mem::take(&mut self.drifted)
    }
    /// Takes over zones as they are drawn now.
    pub fn take_chart(&mut self, chart: Arc<Chart>) {
        self.areas = chart.zones().enumerate().map(|(number, zone)| (zone.id, number as u16)).collect();
        self.chart = chart;
    }
    /// The solver's words for the zones in which a master is at home; none: everywhere.
    fn territories(&self, master: MasterId) -> Vec<u16> {
        let Some(zones) = self.chart.zones_of(master) else { return Vec::new() };
        let numbers: Vec<u16> = zones.iter().filter_map(|zone| self.areas.get(zone).copied()).collect();
        if numbers.is_empty() { vec![u16::MAX] } else { numbers }
    }
    /// The days on which a zone is served, from now on; nothing when it is every day.
    fn service_days(&self, zone: &Zone, now: Timestamp) -> Vec<(i64, i64)> {
        if zone.card.days == [true; 7] {
            return Vec::new();
        }
        let first = now.to_zoned(self.zone.clone()).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(8);
        let start = |day: Date| self.zone.to_timestamp(day.at(0, 0, 0, 0)).ok().map(|at| at.as_second());
        let served = days.filter(|day| zone.card.serves(*day));
        served.filter_map(|day| Some((start(day)?, start(day.tomorrow().ok()?)?))).collect()
    }
    /// Has a day begun since shifts were told last?
    pub fn is_another_day(&mut self, now: Timestamp) -> bool {
        let today = now.to_zoned(self.zone.clone()).date();
        std::mem::replace(&mut self.today, today) != today
    }
    pub(super) fn tell(&mut self, event: Event) -> Option<Delta> {
        self.events += u64::from(!matches!(event, Event::Advance { .. }));
        match self.engine.apply(event) {
            Ok(delta) => Some(delta),
            Err(error) => {
                tracing::warn!(%error, "the solver did not take an event");
                None
            }
        }
    }
    fn skill(&mut self, code: &str) -> u16 {
        let next = self.skills.len() as u16;
        *self.skills.entry(code.to_owned()).or_insert(next)
    }
    /// Wanted skills in the solver's words.
    pub(super) fn skills_needed(&mut self, wanted: &[(String, u8)]) -> Vec<engine::Skill> {
        wanted.iter().map(|(code, level)| engine::Skill { skill: self.skill(code), level: *level }).collect()
    }
    /// The solver's word for a skill, back to ours.
    pub fn skill_name(&self, number: u16) -> &str {
        self.skills.iter().find(|(_, n)| **n == number).map_or("?", |(code, _)| code.as_str())
    }
    /// Whose shift it is.
    pub fn master_of(&self, key: MasterKey) -> Option<MasterId> {
        self.names.get(&key).copied()
    }

    /// Takes a master as the book has them: adds, changes or removes their shifts. Gives what moved.
    pub fn sync_master(&mut self, master: &Master, now: Timestamp) -> Vec<Delta> {
        let all = master.shifts(now, &self.zone, SHIFTS + 1);
        let ahead = &all[..all.len().min(SHIFTS)];
        let (unavailable, current) = (master.duty == Duty::Unavailable, ahead.first().map(|(day, _)| *day));
        self.hours.retain(|_, shift| shift.1 > now.as_second());
        let gone = self.taken_away(master, now, current.filter(|_| unavailable));
        let mut deltas = Vec::new();
        for (n, (day, shift)) in ahead.iter().enumerate() {
            if unavailable && Some(*day) == current {
                continue;
            }
            let day = number_of(*day);
            let shift_key = shift_key(master.id, day);
            let known = self.names.contains_key(&shift_key);
            let till = shift.to;
            let shift = (shift.from.as_second(), shift.to.as_second());
            let mut told =
                engine::Master::new(shift_key, engine::Place::new(master.home.lat, master.home.lon), shift);
            told.zones = self.territories(master.id);
            told.person = Some(MasterKey(master.id.key()));
            // Nobody works over into a shift of their own.
            let rest = all.get(n + 1).map(|(_, next)| next.from.as_second() - till.as_second());
            told.overtime = rest.unwrap_or(i64::MAX).min(OVERTIME_SECONDS);
            // A permit that ends within the shift is of no use in it.
            told.skills = master
                .skills
                .iter()
                .filter(|s| s.valid_till.is_none_or(|end| till <= end))
                .map(|s| engine::Skill { skill: self.skill(&s.code), level: s.level })
                .collect();
            self.names.insert(shift_key, master.id);
            self.shifts.insert((master.id, day), shift_key);
            self.hours.insert(shift_key, shift);
            let event =
                if known { Event::MasterChanged(Box::new(told)) } else { Event::MasterAdded(Box::new(told)) };
            deltas.extend(self.tell(event));
        }
        for shift in gone {
            self.hours.remove(&shift);
            deltas.extend(self.tell(Event::MasterRemoved { master: shift, from: now.as_second() }));
        }
        deltas
    }
    /// The shifts that were told of a master and are not over, on days that they do not work after all.
    fn taken_away(&self, master: &Master, now: Timestamp, but: Option<Date>) -> Vec<MasterKey> {
        let today = number_of(master.day_of(now, &self.zone));
        let told = self.shifts.range((master.id, today)..=(master.id, i64::MAX));
        let off = |day: Date| Some(day) == but || master.shift_on(day, &self.zone).is_none();
        let gone =
            told.filter(|((_, number), key)| self.hours.contains_key(key) && off(day_of_number(*number)));
        gone.map(|(_, key)| *key).collect()
    }
    /// The shifts that were told of a master, from a day on.
    pub(super) fn shifts_from(&self, master: MasterId, day: i64) -> Vec<MasterKey> {
        self.shifts.range((master, day)..=(master, i64::MAX)).map(|(_, key)| *key).collect()
    }

    pub(super) fn shift_at(&self, master: MasterId, at: Timestamp, book: &Book) -> Option<MasterKey> {
        let row = book.masters.get(&master)?;
        self.shifts.get(&(master, number_of(row.day_of(at, &self.zone)))).copied()
    }

    pub(super) fn job(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Job {
        let mut job = Job::new(key(visit.id), engine::Place::new(visit.place.lat, visit.place.lon));
        job.service = i64::from(visit.minutes) * 60;
        job.windows = visit.window.iter().map(|w| (w.from.as_second(), w.to.as_second())).collect();
        let chart = Arc::clone(&self.chart);
        let zone = point.and_then(|point| chart.of_point(point));
        job.zone = zone.and_then(|zone| self.areas.get(&zone.id).copied());
        if let Some(zone) = zone.filter(|_| job.windows.is_empty()) {
            job.windows = self.service_days(zone, now);
        }
        self.keep_to_hours(&mut job, point, now);
        job.skills = self.skills_needed(&visit.skills);
        let bindings = point.map(|p| p.bindings.as_slice()).unwrap_or_default();
        let all_shifts = |id: MasterId| self.shifts_from(id, i64::MIN);
        for binding in bindings {
            let list = match binding.how {
                Binding::Required => &mut job.required,
                Binding::Preferred => &mut job.preferred,
                Binding::Excluded => &mut job.excluded,
            };
            list.extend(all_shifts(binding.master));
        }
        job.preferred.extend(visit.preferred.into_iter().flat_map(all_shifts));
        job.excluded.extend(visit.refused_by.iter().flat_map(|id| all_shifts(*id)));
        job.priority = match visit.priority {
            Priority::Normal => 40_000,
            Priority::Urgent => 120_000,
            Priority::Emergency => 400_000,
        };
        job.due = book
            .requests
            .get(&visit.request)
            .and_then(|r| r.next_clock())
            .filter(|c| c.is_open())
            .map(|c| c.due.as_second());
        job.lateness_permille = LATENESS_PERMILLE;
        // Left undone, a job is later than any master could be: without this the cheapest way to treat a promise that
        // is late already would be to drop it.
        let latest = job.windows.iter().map(|w| w.1).max().unwrap_or(now.as_second() + SHIFTS as i64 * DAY);
        let late = job.due.map_or(0, |due| (latest - due).max(0));
        job.priority += late * LATENESS_PERMILLE / 1000;
        let assigned =
            visit.assignment.as_ref().and_then(|a| Some((self.shift_at(a.master, a.start, book)?, a)));
        if let Some((master, assignment)) = assigned {
            if visit.is_started() {
                let at = visit.begun.unwrap_or(assignment.start).max(now.min(assignment.start)).as_second();
                job.started = Some(engine::Started { master, at });
            } else if visit.pinned {
                job.pinned = Some(engine::Pin { master, start: Some(assignment.start.as_second()) });
            }
        }
        self.chain(&mut job, visit, book);
        job
    }

    /// Takes a visit as the book has it, with all its seats or without those that are left out. Gives what moved.
    pub(super) fn sync_seated(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Delta> {
        let known = self.jobs.contains(&visit.id);
        if visit.is_over() {
            self.jobs.remove(&visit.id);
            self.forget_seats(visit.id);
            let gone = if known { self.tell(Event::JobRemoved { job: key(visit.id) }) } else { None };
            return gone.into_iter().collect();
        }
        // A first visit without a window waits for the client's word or a dispatcher's hand; a follow-up is planned at once.
        if visit.window.is_none() && visit.assignment.is_none() && visit.preceded_by.is_none() {
            return Vec::new();
        }
        // Nobody is planned for a day that is so far ahead: it is told when the day comes near.
        let far = |window: &Period| window.from.duration_since(now).as_secs() > FAR_SECONDS;
        if !known && visit.assignment.is_none() && visit.window.as_ref().is_some_and(far) {
            return Vec::new();
        }
        // What a person arranged stands, pinned or not: it is put there first, and may be searched from there on.
        let elsewhere = self.stands_elsewhere(visit) || self.is_off_its_hour(visit);
        let held = elsewhere && !visit.pinned && !visit.is_started();
        let mut job = self.job(&Visit { pinned: visit.pinned || held, ..visit.clone() }, point, book, now);
        self.jobs.insert(visit.id);
        let told = Box::new(job.clone());
        let event = if known { Event::JobChanged(told) } else { Event::JobAdded(told) };
        let mut deltas: Vec<Delta> = self.tell(event).into_iter().collect();
        let (seated, beside_held) = self.sync_seats(visit, &job, book, true);
        deltas.extend(seated);
        if held {
            job = self.job(visit, point, book, now);
            deltas.extend(self.tell(Event::JobChanged(Box::new(job.clone()))));
        }
        if held || beside_held {
            deltas.extend(self.sync_seats(visit, &job, book, false).0);
        }
        deltas
    }
    /// Has the book given a visit to another master than the engine has it with?
    pub(super) fn stands_elsewhere(&self, visit: &Visit) -> bool {
        let here = self.engine.slot_of(key(visit.id)).and_then(|slot| self.master_of(slot.master));
        visit.master().is_some() && visit.master() != here
    }

    /// Was the planner told of a visit?
    pub(crate) fn knows(&self, visit: VisitId) -> bool {
        self.jobs.contains(&visit)
    }
    /// Is there anything to plan?
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }
    /// Events told to the engine so far, time's own left out.
    pub fn events_told(&self) -> u64 {
        self.events
    }
    /// A copy for a search elsewhere, and the count of events it knows of.
    pub fn copy(&self) -> (Engine, u64) {
        (self.engine.clone(), self.events)
    }
    /// Has nothing but time happened since so many events?
    pub fn is_current(&self, events: u64) -> bool {
        self.events == events
    }
    /// Takes a searched copy back with its plan.
    pub fn take(&mut self, searched: Engine, now: Timestamp) {
        self.engine = searched;
        self.advance(now);
    }
    /// Seconds of work and way of each shift, as planned.
    pub fn busy_seconds(&self) -> HashMap<MasterKey, i64> {
        let plan = self.engine.plan();
        let busy = |t: &engine::Tour| t.stops.iter().map(|s| s.end - s.start + s.travel_seconds).sum();
        plan.tours.iter().map(|t| (t.master, busy(t))).collect()
    }
    /// The key of a master's current shift.
    pub fn shift_of(&self, master: &Master, now: Timestamp) -> Option<MasterKey> {
        let (day, _) = master.shifts(now, &self.zone, 1).pop()?;
        self.shifts.get(&(master.id, number_of(day))).copied()
    }

    /// The engine's moves as moves of the book; those of jobs that the book does not know are dropped.
    pub fn moves(&self, deltas: &[Delta], book: &Book) -> Vec<Move> {
        let changes = || deltas.iter().flat_map(|d| &d.moves);
        let mut touched: BTreeSet<VisitId> = changes().map(|change| visit_of(change.job)).collect();
        let slots = changes().flat_map(|change| [change.from, change.to].into_iter().flatten());
        let whose: BTreeSet<MasterKey> = slots.map(|slot| slot.master).collect();
        let plan = self.engine.plan();
        // Who stays at their hour may be reached from elsewhere now.
        let beside = plan.tours.iter().filter(|t| whose.contains(&t.master)).flat_map(|t| &t.stops);
        touched.extend(beside.map(|stop| visit_of(stop.job)));
        let travel: HashMap<JobKey, (MasterKey, i64, i64)> = plan
            .tours
            .iter()
            .flat_map(|t| t.stops.iter().map(|s| (s.job, (t.master, s.start, s.travel_seconds))))
            .collect();
        let as_move = |id: VisitId| {
            let visit = book.visits.get(&id).filter(|v| !v.is_over())?;
            if visit.is_started() {
                return self.joining(visit, &travel);
            }
            let mut to = travel
                .get(&key(id))
                .and_then(|(m, start, way)| Some((self.master_of(*m)?, instant(*start), *way)));
            let helpers = to.map_or(vec![], |_| self.helpers(visit, &travel));
            let same = match (&mut to, &visit.assignment) {
                (Some((master, start, way)), Some(known)) if *master == known.master => {
                    let drift = start.duration_since(known.start).unsigned_abs().as_secs();
                    if drift < GRAIN {
                        *start = known.start;
                    }
                    let stays = drift < GRAIN && way.abs_diff(known.travel_seconds) < GRAIN;
                    stays && same_masters(&helpers, &known.helpers)
                }
                (to, known) => to.is_none() && known.is_none(),
            };
            (!same).then_some(Move { visit: id, ver: visit.ver, to, helpers })
        };
        touched.into_iter().filter_map(as_move).collect()
    }
}
