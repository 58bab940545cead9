//! The engine: a plan kept warm, changed by events, improved between them.

use crate::cost::Cost;
use crate::delta::{Delta, Move, Slot};
use crate::errand::Errand;
use crate::event::{Event, EventError};
use crate::job::Job;
use crate::key::JobKey;
use crate::master::Master;
use crate::model::{Model, NONE};
use crate::params::Params;
use crate::plan::Plan;
use crate::pool::{Pool, Prices};
use crate::random::Random;
use crate::state::State;
use crate::travel::TravelTimes;
use std::sync::Arc;

/// A plan of tours kept warm. It has no clock and does no IO: the same seed, events and budgets give the same plan.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) random: Random,
    pub(crate) version: u64,
    pub(crate) pool: Pool,
    pub(crate) prices: Option<Prices>,
    /// Jobs around which something happened since the last search.
    pub(crate) disturbed: Vec<u32>,
    /// Jobs taken out by the event at hand, with where the outside knows them.
    pub(crate) departed: Vec<(JobKey, Option<(u32, i64)>)>,
    /// Places looked for since the search began; for each tour and each class of idle masters, when last.
    pub(crate) asked: u64,
    pub(crate) seen: Vec<u64>,
    pub(crate) idle: Vec<u64>,
    /// What the recreation at hand holds to.
    pub(crate) errand: Errand,
}

/// What events would do, found on a copy.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Cost by rule now.
    pub before: Cost,
    /// Cost by rule then.
    pub after: Cost,
    /// What each event would change.
    pub deltas: Vec<Delta>,
    /// The plan as it would be.
    pub plan: Plan,
}

impl Engine {
    /// An empty engine with great-circle travel times as `params` say.
    pub fn new(params: Params, seed: u64) -> Self {
        let travel = Arc::new(params.travel);
        Self::with_travel(params, travel, seed)
    }

    /// An empty engine with the caller's travel times.
    pub fn with_travel(params: Params, travel: Arc<dyn TravelTimes>, seed: u64) -> Self {
        Self {
            state: State::new(Model::new(params, travel)),
            random: Random::new(seed),
            version: 0,
            pool: Pool::default(),
            prices: None,
            disturbed: Vec::new(),
            departed: Vec::new(),
            asked: 0,
            seen: Vec::new(),
            idle: Vec::new(),
            errand: Errand::Free,
        }
    }

    /// Takes an event in and answers at once with what it changes.
    ///
    /// Only jobs that must move do: other tours stay as they are, unless a job fits nowhere and taking the place of
    /// one other job pays. Pinned and started jobs never go to another master.
    pub fn apply(&mut self, event: Event) -> Result<Delta, EventError> {
        let before = self.state.cost;
        self.state.begin();
        self.departed.clear();
        self.change(event)?;
        self.version += 1;
        let moves = self.tell();
        Ok(Delta { version: self.version, moves, before, after: self.state.cost })
    }

    /// What events would do, without doing it.
    pub fn what_if(&self, events: &[Event]) -> Result<Comparison, EventError> {
        let mut copy = self.clone();
        let deltas = events.iter().map(|e| copy.apply(e.clone())).collect::<Result<_, _>>()?;
        Ok(Comparison { before: self.score(), after: copy.score(), deltas, plan: copy.plan() })
    }

    /// Takes over what a search on a copy has learnt, and not its plan: the tours it met, the prices it found, and where
    /// its chance stood, so that the next search does not repeat it. Of use only when no event came meanwhile.
    pub fn learn(&mut self, searched: Self) {
        self.pool = searched.pool;
        self.prices = searched.prices.or_else(|| self.prices.take());
        self.random = searched.random;
        self.disturbed = searched.disturbed;
    }

    /// Cost of the plan by rule.
    pub fn score(&self) -> Cost {
        self.state.cost
    }

    /// Number of the plan: grows with every event and every adopted improvement.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The moment the last `Event::Advance` told.
    pub fn now(&self) -> i64 {
        self.state.model.now
    }

    /// Weights and limits.
    pub fn params(&self) -> &Params {
        &self.state.model.params
    }

    /// Travel times in use.
    pub fn travel(&self) -> &dyn TravelTimes {
        &*self.state.model.travel
    }

    /// All jobs, in the engine's order.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.state.model.live().map(|j| &self.state.model.jobs[j as usize].job)
    }

    /// All masters, in order of arrival, the gone ones included.
    pub fn masters(&self) -> impl Iterator<Item = &Master> {
        self.state.model.masters.iter()
    }

    pub(crate) fn public_slot(&self, slot: Option<(u32, i64)>) -> Option<Slot> {
        slot.map(|(m, start)| Slot { master: self.state.model.masters[m as usize].key, start })
    }

    /// Differences between what the outside knows and the plan, for everything touched since `begin`;
    /// afterwards the outside knows.
    pub(crate) fn tell(&mut self) -> Vec<Move> {
        let mut moves = Vec::new();
        for (job, base) in std::mem::take(&mut self.departed) {
            moves.push(Move { job, from: self.public_slot(base), to: None, forced: None });
        }
        let mut charged = Vec::new();
        for j in self.state.touched() {
            let current = self.state.slot(j);
            let base = self.state.model.jobs[j as usize].base;
            let newly_shelved = current.is_none() && !self.state.was_shelved(j);
            if current == base && !newly_shelved {
                continue;
            }
            let forced = current.is_none().then(|| self.nearest_rule(j)).flatten();
            let job = self.state.model.jobs[j as usize].job.key;
            moves.push(Move { job, from: self.public_slot(base), to: self.public_slot(current), forced });
            self.state.model.jobs[j as usize].base = current;
            charged.extend(current.filter(|c| base.is_some_and(|b| b.0 != c.0)).map(|c| c.0));
        }
        // Once told, a move costs no stability any more.
        charged.sort_unstable();
        charged.dedup();
        for m in charged {
            self.state.reschedule(m);
        }
        moves.sort_by_key(|m| m.job);
        moves
    }
}

impl State {
    /// Jobs of tours and bank touched since `begin`, by slot.
    pub(crate) fn touched(&self) -> Vec<u32> {
        let mut jobs: Vec<u32> = self.bank.clone();
        jobs.extend_from_slice(&self.bank_log);
        for (m, old) in &self.log {
            jobs.extend(old.jobs());
            jobs.extend(self.tours[*m as usize].jobs());
        }
        jobs.sort_unstable();
        jobs.dedup();
        jobs.retain(|&j| j != NONE && self.model.jobs[j as usize].alive);
        jobs
    }

    /// Whether a job was without a tour at `begin`.
    pub(crate) fn was_shelved(&self, j: u32) -> bool {
        self.bank_log.contains(&j)
    }
}
