//! The only file that knows both the domain and the solver: keeps the engine in step with the book.
//!
//! A master of the solver is one master for one shift, so every master stands in the engine once for
//! the current shift and once for the next one.

use crate::house::Tuning;
use domain::{
    book::{Book, planning::Move},
    clients::point::{Binding, ServicePoint},
    refusal::Refusal,
    requests::request::Priority,
    values::id::{MasterId, VisitId},
    visits::visit::Visit,
    workforce::master::{Duty, Master},
};
use jiff::{SignedDuration, Timestamp};
use solver as engine;
use solver::{
    Candidate, Delta, Engine, Event, Explanation, Job, JobDraft, JobKey, MasterKey, Params, Verdict, Where,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Masters told when a dispatcher asks who could take a visit.
const CANDIDATES: usize = 12;
/// Shifts ahead that are planned: this one and the next.
const SHIFTS: i64 = 2;
/// City seconds that a start may drift before the book and the masters are told: a plan that trembles is not read.
pub(super) const GRAIN: u64 = 120;
const DAY: i64 = 86_400;
/// Seconds a move to another master has to gain beside the search's own threshold, far from its start and near: what
/// is then taken, asked or left is for the rules of proposals.
const STABILITY: (i64, i64) = (600, 1200);
/// Cost of a thousand seconds of lateness behind a promised reaction.
const LATENESS_PERMILLE: i64 = 500;

/// The warm engine and the names of its masters and jobs.
pub struct Planner {
    pub(super) engine: Engine,
    names: HashMap<MasterKey, MasterId>,
    shifts: BTreeMap<(MasterId, i64), MasterKey>,
    jobs: BTreeSet<VisitId>,
    skills: HashMap<String, u16>,
    /// Events told to the engine, time's own left out.
    pub(super) events: u64,
    /// What the passing of time moved and the book was not told yet.
    drifted: Vec<Delta>,
}

pub(super) fn key(visit: VisitId) -> JobKey {
    JobKey(visit.key())
}
pub(super) fn visit_of(job: JobKey) -> VisitId {
    VisitId::from_uuid(uuid::Uuid::from_u128(job.0))
}
fn shift_key(master: MasterId, day: i64) -> MasterKey {
    MasterKey(master.key() ^ (day as u128))
}
/// The shift that has not ended yet, as days after the one in the row.
fn current_day(master: &Master, now: Timestamp) -> i64 {
    let late = now.duration_since(master.shift.to).as_secs();
    if late < 0 { 0 } else { late / DAY + 1 }
}
pub(super) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Planner {
    /// An engine that holds nobody yet.
    pub fn new(tuning: &Tuning, now: Timestamp) -> Self {
        let params = Params {
            freeze: tuning.freeze_seconds,
            stability: STABILITY.0,
            stability_near: STABILITY.1,
            ..Params::default()
        };
        let mut planner = Self {
            engine: Engine::with_travel(params, Arc::clone(&tuning.travel), 20_260),
            names: HashMap::new(),
            shifts: BTreeMap::new(),
            jobs: BTreeSet::new(),
            skills: HashMap::new(),
            events: 0,
            drifted: Vec::new(),
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
    fn tell(&mut self, event: Event) -> Option<Delta> {
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
        let today = current_day(master, now);
        let mut deltas = Vec::new();
        for day in today..today + SHIFTS {
            let shift_key = shift_key(master.id, day);
            let known = self.names.contains_key(&shift_key);
            if master.duty == Duty::Unavailable && day == today {
                if known {
                    deltas
                        .extend(self.tell(Event::MasterRemoved { master: shift_key, from: now.as_second() }));
                }
                continue;
            }
            let shift = (master.shift.from.as_second() + day * DAY, master.shift.to.as_second() + day * DAY);
            let mut told =
                engine::Master::new(shift_key, engine::Place::new(master.home.lat, master.home.lon), shift);
            told.overtime = 3600;
            told.skills = master
                .skills
                .iter()
                .map(|s| engine::Skill { skill: self.skill(&s.code), level: s.level })
                .collect();
            self.names.insert(shift_key, master.id);
            self.shifts.insert((master.id, day), shift_key);
            let event =
                if known { Event::MasterChanged(Box::new(told)) } else { Event::MasterAdded(Box::new(told)) };
            deltas.extend(self.tell(event));
        }
        deltas
    }

    pub(super) fn shift_at(&self, master: MasterId, at: Timestamp, book: &Book) -> Option<MasterKey> {
        let row = book.masters.get(&master)?;
        let day = (at.as_second() - row.shift.from.as_second()).div_euclid(DAY);
        self.shifts.get(&(master, day.max(0))).copied()
    }

    fn job(&mut self, visit: &Visit, point: Option<&ServicePoint>, book: &Book, now: Timestamp) -> Job {
        let mut job = Job::new(key(visit.id), engine::Place::new(visit.place.lat, visit.place.lon));
        job.service = i64::from(visit.minutes) * 60;
        job.windows = visit.window.iter().map(|w| (w.from.as_second(), w.to.as_second())).collect();
        job.skills = visit
            .skills
            .iter()
            .map(|(code, level)| engine::Skill { skill: self.skill(code), level: *level })
            .collect();
        let bindings = point.map(|p| p.bindings.as_slice()).unwrap_or_default();
        let all_shifts = |id: MasterId| {
            self.shifts.range((id, 0)..=(id, i64::MAX)).map(|(_, key)| *key).collect::<Vec<_>>()
        };
        for binding in bindings {
            let list = match binding.how {
                Binding::Required => &mut job.required,
                Binding::Preferred => &mut job.preferred,
                Binding::Excluded => &mut job.excluded,
            };
            list.extend(all_shifts(binding.master));
        }
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
        let latest = job.windows.iter().map(|w| w.1).max().unwrap_or(now.as_second() + SHIFTS * DAY);
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
        job
    }

    /// Takes a visit as the book has it. Gives what moved.
    pub fn sync_visit(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Delta> {
        let known = self.jobs.contains(&visit.id);
        if visit.is_over() {
            self.jobs.remove(&visit.id);
            let gone = if known { self.tell(Event::JobRemoved { job: key(visit.id) }) } else { None };
            return gone.into_iter().collect();
        }
        // A first visit without a window waits for the client's word or a dispatcher's hand; a follow-up is planned at once.
        if visit.window.is_none() && visit.assignment.is_none() && visit.preceded_by.is_none() {
            return Vec::new();
        }
        // What a person arranged stands, pinned or not: it is put there first, and may be searched from there on.
        let held = self.stands_elsewhere(visit) && !visit.pinned && !visit.is_started();
        let job = self.job(&Visit { pinned: visit.pinned || held, ..visit.clone() }, point, book, now);
        self.jobs.insert(visit.id);
        let event = if known { Event::JobChanged(Box::new(job)) } else { Event::JobAdded(Box::new(job)) };
        let told = self.tell(event);
        let freed = if held { self.tell(Event::Unpin { job: key(visit.id) }) } else { None };
        told.into_iter().chain(freed).collect()
    }
    /// Has the book given a visit to another master than the engine has it with?
    fn stands_elsewhere(&self, visit: &Visit) -> bool {
        let here = self.engine.slot_of(key(visit.id)).and_then(|slot| self.master_of(slot.master));
        visit.master().is_some() && visit.master() != here
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
        self.shifts.get(&(master.id, current_day(master, now))).copied()
    }

    /// The engine's moves as moves of the book; those of jobs that the book does not know are dropped.
    pub fn moves(&self, deltas: &[Delta], book: &Book) -> Vec<Move> {
        let mut touched: BTreeSet<VisitId> = BTreeSet::new();
        for change in deltas.iter().flat_map(|d| &d.moves) {
            touched.insert(visit_of(change.job));
        }
        let plan = self.engine.plan();
        let travel: HashMap<JobKey, (MasterKey, i64, i64)> = plan
            .tours
            .iter()
            .flat_map(|t| t.stops.iter().map(|s| (s.job, (t.master, s.start, s.travel_seconds))))
            .collect();
        let as_move = |id: VisitId| {
            let visit = book.visits.get(&id).filter(|v| !v.is_over() && !v.is_started())?;
            let to = travel
                .get(&key(id))
                .and_then(|(m, start, way)| Some((self.master_of(*m)?, instant(*start), *way)));
            let same = match (&to, &visit.assignment) {
                (Some((master, start, _)), Some(known)) => {
                    *master == known.master
                        && start.duration_since(known.start).unsigned_abs().as_secs() < GRAIN
                }
                (to, known) => to.is_none() && known.is_none(),
            };
            (!same).then_some(Move { visit: id, ver: visit.ver, to })
        };
        touched.into_iter().filter_map(as_move).collect()
    }

    fn draft(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> JobDraft {
        let job = self.job(visit, point, book, now);
        let mut draft = JobDraft::new(engine::Place::new(visit.place.lat, visit.place.lon));
        (draft.service, draft.skills) = (job.service, job.skills);
        (draft.required, draft.preferred, draft.excluded) = (job.required, job.preferred, job.excluded);
        draft
    }

    /// Who could keep the window that was promised, cheapest first; nobody when none was promised.
    pub fn candidates(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Candidate> {
        let Some(window) = visit.window else { return Vec::new() };
        let draft = self.draft(visit, point, book, now);
        let window = (window.from.max(now).as_second(), window.to.as_second());
        if window.0 > window.1 {
            return Vec::new();
        }
        self.engine.candidates(&draft, &[window], CANDIDATES)
    }

    /// Windows that can be offered for a visit, cheapest master each.
    pub fn slots(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Candidate> {
        let draft = self.draft(visit, point, book, now);
        let first = now + SignedDuration::from_mins(if visit.priority == Priority::Normal { 60 } else { 20 });
        let hour = (first.as_second() + 3599) / 3600 * 3600;
        let windows: Vec<(i64, i64)> = (0..40).map(|i| (hour + i * 3600, hour + (i + 2) * 3600)).collect();
        self.engine.candidates(&draft, &windows, 1)
    }

    /// What each master would mean for a planned or tried visit.
    pub fn verdicts(&self, visit: VisitId) -> Result<Vec<Verdict>, Refusal> {
        self.engine.verdicts(key(visit)).map_err(|_| Refusal::unknown("planned visit", visit))
    }
    /// What one master at a given start would mean.
    pub fn verdict(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        master: MasterId,
        start: Option<Timestamp>,
        book: &Book,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        let tried = !self.jobs.contains(&visit.id);
        if tried {
            let job = self.job(visit, point, book, now);
            self.tell(Event::JobAdded(Box::new(job)));
        }
        let shift = self
            .shift_at(master, start.unwrap_or(now), book)
            .ok_or_else(|| Refusal::unknown("master", master));
        let at = start.map_or(Where::Anywhere, |s| Where::Start(s.as_second()));
        let verdict = shift.and_then(|shift| {
            self.engine
                .verdict_for(key(visit.id), shift, at)
                .map_err(|e| Refusal::state("no-verdict", e.to_string()))
        });
        if tried {
            self.tell(Event::JobRemoved { job: key(visit.id) });
        }
        verdict
    }
    /// Why this master.
    pub fn explain(&self, visit: VisitId) -> Result<Explanation, Refusal> {
        self.engine.explain(key(visit)).map_err(|_| Refusal::unknown("planned visit", visit))
    }
}
