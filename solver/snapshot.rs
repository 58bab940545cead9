//! The whole engine as plain data, to be stored and taken up again.

use crate::engine::Engine;
use crate::errand::Errand;
use crate::job::Job;
use crate::key::JobKey;
use crate::master::Master;
use crate::model::{JobSlot, Model, NONE};
use crate::params::Params;
use crate::pool::{Pool, Prices};
use crate::random::Random;
use crate::state::State;
use crate::tour::Visit;
use crate::travel::TravelTimes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thiserror::Error;

/// A job's slot as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SavedJob {
    job: Job,
    alive: bool,
    base: Option<(u32, i64)>,
    born: u64,
}

/// An engine as plain data. Restored, it goes on exactly as the original would, given the same travel times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    params: Params,
    random: Random,
    version: u64,
    now: i64,
    born: u64,
    jobs: Vec<SavedJob>,
    free_slots: Vec<u32>,
    masters: Vec<Master>,
    tours: Vec<Vec<u32>>,
    /// Where each tour comes by the store: a search that left that way alone may have kept it where it was.
    #[serde(default)]
    stores: Vec<u32>,
    bank: Vec<u32>,
    disturbed: Vec<u32>,
    pool: Pool,
    prices: Option<Prices>,
}

/// Why a snapshot could not be taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// A job is neither in a tour nor among the unassigned.
    #[error("snapshot has job `{0}` nowhere")]
    Missing(JobKey),
    /// A job is in two places, or one that is gone is still in a tour.
    #[error("snapshot places `{placed}` jobs, expected `{jobs}`")]
    Doubled {
        /// Jobs in tours and among the unassigned.
        placed: usize,
        /// Jobs there are.
        jobs: usize,
    },
    /// Numbers inside do not fit together.
    #[error("snapshot refers to slot `{0}`, which it does not have")]
    Dangling(u32),
}

impl Engine {
    /// The engine as plain data.
    pub fn snapshot(&self) -> Snapshot {
        let model = &self.state.model;
        let saved = |slot: &JobSlot| SavedJob {
            job: slot.job.clone(),
            alive: slot.alive,
            base: slot.base,
            born: slot.born,
        };
        Snapshot {
            params: model.params.clone(),
            random: self.random,
            version: self.version,
            now: model.now,
            born: model.born,
            jobs: model.jobs.iter().map(saved).collect(),
            free_slots: model.free_slots.clone(),
            masters: model.masters.clone(),
            tours: self.state.tours.iter().map(|tour| tour.jobs().collect()).collect(),
            stores: self.state.tours.iter().map(|tour| tour.store).collect(),
            bank: self.state.bank.clone(),
            disturbed: self.disturbed.clone(),
            pool: self.pool.plain(),
            prices: self.prices.clone(),
        }
    }

    /// Takes a snapshot up with the default travel times.
    pub fn restore(snapshot: Snapshot) -> Result<Self, RestoreError> {
        let travel = Arc::new(snapshot.params.travel);
        Self::restore_with(snapshot, travel)
    }

    /// Takes a snapshot up with the caller's travel times.
    pub fn restore_with(snapshot: Snapshot, travel: Arc<dyn TravelTimes>) -> Result<Self, RestoreError> {
        let slots = snapshot.jobs.len() as u32;
        let numbers = snapshot.tours.iter().flatten().chain(&snapshot.bank).chain(&snapshot.disturbed);
        if let Some(&j) = numbers.chain(&snapshot.free_slots).find(|&&j| j >= slots) {
            return Err(RestoreError::Dangling(j));
        }
        if snapshot.tours.len() > snapshot.masters.len() {
            return Err(RestoreError::Dangling(snapshot.masters.len() as u32));
        }
        let mut model = Model::new(snapshot.params, travel);
        for saved in snapshot.jobs {
            let j = model.add_job(saved.job);
            let slot = &mut model.jobs[j as usize];
            slot.base = saved.base.filter(|b| (b.0 as usize) < snapshot.masters.len());
            slot.born = saved.born;
            slot.alive = saved.alive;
        }
        let live: Vec<(JobKey, u32)> = model.live().map(|j| (model.jobs[j as usize].job.key, j)).collect();
        model.job_of = live.into_iter().collect();
        model.free_slots = snapshot.free_slots;
        model.now = snapshot.now;
        model.born = snapshot.born;
        for (m, master) in (0..).zip(snapshot.masters) {
            model.master_of.insert(master.key, m);
            model.masters.push(master);
            model.refresh_master(m);
        }
        model.relist_links();
        let mut state = State::new(model);
        state.grow();
        for (m, jobs) in (0..).zip(&snapshot.tours) {
            state.tours[m as usize].visits = jobs.iter().map(|&j| Visit::of(j)).collect();
            let store = snapshot.stores.get(m as usize).copied().unwrap_or(NONE);
            if (store as usize) < jobs.len() {
                state.tours[m as usize].store = store;
                state.tours[m as usize].locked = store as usize + 1;
            }
            state.reschedule(m);
        }
        for &j in &snapshot.bank {
            state.shelve(j);
        }
        let linked: Vec<u32> =
            state.model.links.nodes.iter().flat_map(|node| node.seats.iter().copied()).collect();
        state.retime(&linked);
        state.tours.iter_mut().for_each(|tour| tour.locked = 0);
        let placed = snapshot.tours.iter().map(Vec::len).sum::<usize>() + state.bank.len();
        if let Some(j) = state.model.live().find(|&j| state.at[j as usize] == (NONE, NONE)) {
            return Err(RestoreError::Missing(state.model.jobs[j as usize].job.key));
        }
        if placed != state.model.job_of.len() {
            return Err(RestoreError::Doubled { placed, jobs: state.model.job_of.len() });
        }
        let mut pool = snapshot.pool;
        pool.index();
        Ok(Self {
            state,
            random: snapshot.random,
            version: snapshot.version,
            pool,
            prices: snapshot.prices,
            disturbed: snapshot.disturbed,
            departed: Vec::new(),
            asked: 0,
            seen: Vec::new(),
            idle: Vec::new(),
            errand: Errand::Free,
        })
    }
}
