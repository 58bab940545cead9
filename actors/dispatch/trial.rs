//! A change of the plan, tried on a copy: what exactly would move, and what it would save.
//!
//! A search moves visits of many masters at once. Its independent parts are told apart here, and each is tried alone
//! on the plan of the moment; so is a proposal when a person says yes to it, hours after it was found.

use crate::dispatch::{
    planning::{GRAIN, Planner, instant},
    seats::{key, visit_of},
};
use domain::{
    book::{
        Book,
        proposal::{ProposedMove, Saving, Spot},
        proposal_policy::ProposalPolicy,
    },
    values::id::VisitId,
};
use solver::{Cost, Delta, Engine, Event, Job, JobKey, MasterKey, Pin, Slot};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a visit is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    job: JobKey,
    to: Slot,
}

/// A plan that was tried.
pub struct Trial {
    engine: Engine,
    events: u64,
    /// What moves against the book.
    pub moves: Vec<ProposedMove>,
    before: Cost,
    after: Cost,
}

/// A visit would be left to nobody.
struct Lost;

/// Steps of a plan: where each job stands, and the way to it.
type Stands = HashMap<JobKey, (MasterKey, i64, i64)>;

fn stands(engine: &Engine) -> Stands {
    let plan = engine.plan();
    let stops = plan.tours.iter().flat_map(|t| t.stops.iter().map(move |s| (t.master, s)));
    stops.map(|(master, s)| (s.job, (master, s.start, s.travel_seconds))).collect()
}

/// What one cost saves against another. Stability is left out: whether people may be moved is for the rules of
/// proposals, not for the price.
pub fn saving(before: &Cost, after: &Cost, moves: &[ProposedMove], policy: &ProposalPolicy) -> Saving {
    let total = |cost: &Cost| cost.total() - cost.stability;
    let travel_seconds = before.travel - after.travel;
    Saving {
        seconds: total(before) - total(after),
        travel_seconds,
        lateness_seconds: before.lateness - after.lateness,
        overtime_seconds: before.overtime - after.overtime,
        placed: moves.iter().filter(|m| m.from.is_none()).count() as u32,
        money: policy.money(travel_seconds),
    }
}

impl Trial {
    /// What it saves.
    pub fn saving(&self, policy: &ProposalPolicy) -> Saving {
        saving(&self.before, &self.after, &self.moves, policy)
    }
}

/// Parts of a step that have no master in common, each of which can be had without the others. A visit for several
/// masters is of one part, whoever they are.
pub fn parts(delta: &Delta) -> Vec<Vec<Wanted>> {
    let mut group: BTreeMap<MasterKey, MasterKey> = BTreeMap::new();
    fn root(group: &BTreeMap<MasterKey, MasterKey>, mut master: MasterKey) -> MasterKey {
        while let Some(up) = group.get(&master).filter(|up| **up != master) {
            master = *up;
        }
        master
    }
    let mut first: HashMap<VisitId, MasterKey> = HashMap::new();
    for change in &delta.moves {
        let Some(to) = change.to else { continue };
        let others = [change.from.map(|from| from.master), first.get(&visit_of(change.job)).copied()];
        first.entry(visit_of(change.job)).or_insert(to.master);
        for other in others.into_iter().flatten().chain([to.master]) {
            let (a, b) = (root(&group, to.master), root(&group, other));
            group.insert(a.max(b), a.min(b));
        }
    }
    let mut parts: BTreeMap<MasterKey, Vec<Wanted>> = BTreeMap::new();
    for change in &delta.moves {
        let Some(to) = change.to else { continue };
        parts.entry(root(&group, to.master)).or_default().push(Wanted { job: change.job, to });
    }
    parts.into_values().collect()
}

/// The job that a job leaves the plan with.
fn hangs_on(job: &Job) -> Option<JobKey> {
    job.beside.or(job.after.filter(|after| after.ended.is_none()).map(|after| after.job))
}

/// What is wanted, with the seats of each visit and what follows it where they are: a visit for several is put whole,
/// and what follows would leave with it.
fn whole(engine: &Engine, wanted: &[Wanted]) -> Option<Vec<Wanted>> {
    let mut all = wanted.to_vec();
    let mut jobs: Vec<&Job> = engine.jobs().collect();
    jobs.sort_unstable_by_key(|job| job.key);
    let mut known = 0;
    while known < all.len() {
        known = all.len();
        for job in &jobs {
            let hangs = |w: &Wanted| visit_of(w.job) == visit_of(job.key) || hangs_on(job) == Some(w.job);
            if all.iter().all(|w| w.job != job.key) && all.iter().any(hangs) {
                match engine.slot_of(job.key) {
                    Some(to) => all.push(Wanted { job: job.key, to }),
                    // What follows may be nobody's yet; a seat may not.
                    None if job.after.is_some() => {}
                    None => return None,
                }
            }
        }
    }
    Some(all)
}

/// How many jobs have to be told before a job may be: seats after who leads, and what follows after what is followed.
fn depth(job: &Job, jobs: &HashMap<JobKey, Job>) -> usize {
    let up = |job: &&Job| hangs_on(job).and_then(|lead| jobs.get(&lead));
    std::iter::successors(Some(job), up).take(jobs.len() + 1).count()
}

/// Puts jobs where they are wanted, `at` their starts or wherever fits best; gives what that moved.
fn put(engine: &mut Engine, wanted: &[Wanted], exact: bool) -> Option<()> {
    let jobs: HashMap<JobKey, Job> = engine.jobs().map(|job| (job.key, job.clone())).collect();
    let mut wanted: Vec<(Wanted, Job)> = whole(engine, wanted)?
        .iter()
        .map(|w| Some((*w, jobs.get(&w.job)?.clone())))
        .collect::<Option<_>>()?;
    // Who leads comes before who goes beside, and what is followed before what follows.
    wanted.sort_by_key(|(w, job)| (depth(job, &jobs), w.to.start, w.job));
    // Who has nobody yet would take the room that is made here.
    let waiting: Vec<Job> =
        engine.plan().unassigned.iter().filter_map(|job| jobs.get(job).cloned()).collect();
    let mut waiting: Vec<Job> =
        waiting.into_iter().filter(|job| wanted.iter().all(|(w, _)| w.job != job.key)).collect();
    waiting.sort_by_key(|job| depth(job, &jobs));
    let mut events: Vec<Event> = Vec::new();
    // Further seats leave with the job that leads.
    let by_itself = |job: &Job, gone: &[JobKey]| hangs_on(job).is_none_or(|lead| !gone.contains(&lead));
    let waits: Vec<JobKey> = waiting.iter().map(|job| job.key).collect();
    events.extend(
        waiting.iter().filter(|job| by_itself(job, &waits)).map(|job| Event::JobRemoved { job: job.key }),
    );
    let leaves: Vec<JobKey> = wanted.iter().map(|(w, _)| w.job).collect();
    let alone = wanted.iter().filter(|(_, job)| by_itself(job, &leaves));
    events.extend(alone.map(|(w, _)| Event::JobRemoved { job: w.job }));
    for (w, job) in &wanted {
        let pin = Pin { master: w.to.master, start: exact.then_some(w.to.start) };
        events.push(Event::JobAdded(Box::new(Job { pinned: Some(pin), ..job.clone() })));
    }
    events.extend(wanted.iter().map(|(_, job)| match job.pinned {
        None => Event::Unpin { job: job.key },
        Some(_) => Event::JobChanged(Box::new(job.clone())),
    }));
    events.extend(waiting.into_iter().map(|job| Event::JobAdded(Box::new(job))));
    events.into_iter().try_for_each(|event| engine.apply(event).map(drop)).ok()
}

impl Planner {
    /// What a searched copy moves against the book.
    pub fn found_moves(&self, searched: &Engine, delta: &Delta, book: &Book) -> Option<Vec<ProposedMove>> {
        let now = stands(searched);
        let touched: BTreeSet<VisitId> = delta.moves.iter().map(|m| visit_of(m.job)).collect();
        let moves = touched.into_iter().map(|visit| self.against_book(visit, &now, book));
        moves.filter_map(Result::transpose).collect::<Result<_, Lost>>().ok()
    }
    /// A visit's move against the book, all who go to it together; nothing when it stays or is none of ours. Who joins
    /// work that is under way is not moved (`seats.rs`).
    fn against_book(&self, id: VisitId, now: &Stands, book: &Book) -> Result<Option<ProposedMove>, Lost> {
        let Some(visit) = book.visits.get(&id) else { return Ok(None) };
        if visit.is_started() && visit.masters_needed > 1 {
            return Ok(None);
        }
        let from = visit.assignment.as_ref().map(Spot::from);
        let Some((master, start, travel_seconds)) = now.get(&key(id)) else {
            return if from.is_none() { Ok(None) } else { Err(Lost) };
        };
        let to = Spot {
            master: self.master_of(*master).ok_or(Lost)?,
            start: instant(*start),
            travel_seconds: *travel_seconds,
            helpers: self.helpers(visit, now),
        };
        let stays = from.as_ref().is_some_and(|from| {
            from.has_same_masters(&to) && from.start.duration_since(to.start).unsigned_abs().as_secs() < GRAIN
        });
        Ok((!stays).then_some(ProposedMove { visit: id, from, to }))
    }
    /// Where a proposal wants its visits, in the planner's words; nothing when a shift or a seat is not known any longer.
    pub fn wanted<'a>(
        &self,
        moves: impl Iterator<Item = (VisitId, &'a Spot)>,
        book: &Book,
    ) -> Option<Vec<Wanted>> {
        let mut all = Vec::new();
        for (visit, spot) in moves {
            let seats = self.seats_for(book.visits.get(&visit)?, &spot.helpers)?;
            let masters = std::iter::once((key(visit), spot.master)).chain(seats);
            for (job, master) in masters {
                let master = self.shift_at(master, spot.start, book)?;
                all.push(Wanted { job, to: Slot { master, start: spot.start.as_second() } });
            }
        }
        Some(all)
    }
    /// Tries to put visits where they are wanted. Nothing when a rule forbids it, when anybody else would have to
    /// change hands for it, or when a visit would be left to nobody.
    pub fn trial(&self, wanted: &[Wanted], book: &Book) -> Option<Trial> {
        let tries = [true, false].into_iter().filter_map(|exact| self.try_once(wanted, exact, book));
        tries.min_by_key(|trial| trial.after.total() - trial.after.stability)
    }
    fn try_once(&self, wanted: &[Wanted], exact: bool, book: &Book) -> Option<Trial> {
        let mut engine = self.engine.clone();
        put(&mut engine, wanted, exact)?;
        let (before, after) = (stands(&self.engine), stands(&engine));
        let mut touched = BTreeSet::new();
        let mut jobs: Vec<JobKey> = self.engine.jobs().map(|job| job.key).collect();
        jobs.sort_unstable();
        for job in jobs {
            let (was, is) = (before.get(&job), after.get(&job));
            let ours = wanted.iter().find(|w| w.job == job);
            let right = match (ours, was, is) {
                (Some(w), _, Some(is)) => is.0 == w.to.master,
                (None, Some(was), Some(is)) => was.0 == is.0,
                (None, None, _) => true,
                (_, _, None) => false,
            };
            if !right {
                return None;
            }
            if was != is {
                touched.insert(visit_of(job));
            }
        }
        let moves = touched.into_iter().map(|visit| self.against_book(visit, &after, book));
        let moves = moves.filter_map(Result::transpose).collect::<Result<_, Lost>>().ok()?;
        let (before, after) = (self.engine.score(), engine.score());
        Some(Trial { engine, events: self.events, moves, before, after })
    }
    /// Goes on from a plan that was tried, unless something happened since.
    pub fn put(&mut self, trial: Trial) {
        if trial.events == self.events {
            self.engine = trial.engine;
            self.events += 1;
        }
    }
    /// Keeps what a search has learnt, and not its plan.
    pub fn learn(&mut self, searched: Engine) {
        self.engine.learn(searched);
    }
}
