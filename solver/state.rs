//! The warm state: tours, jobs without one, and a log to take changes back or to tell them.

use crate::cost::Cost;
use crate::model::{Model, NONE};
use crate::tour::{Tour, Visit};

/// Tours over a model. Every change goes through `insert`, `remove` and `replace`, so the sums always hold.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub model: Model,
    pub tours: Vec<Tour>,
    /// Tour and position of each job slot; with no tour, the position in `bank`.
    pub at: Vec<(u32, u32)>,
    /// Jobs without a tour.
    pub bank: Vec<u32>,
    pub cost: Cost,
    /// Tours as they were when first touched since `begin`.
    pub log: Vec<(u32, Tour)>,
    pub bank_log: Vec<u32>,
    /// Tours no longer in use, kept for their memory.
    spare: Vec<Tour>,
    cost_log: Cost,
    mark: Vec<u64>,
    epoch: u64,
    busy: usize,
    /// Versions of tours given out so far, and the one of each tour; zero for one without visits.
    versions: u32,
    pub stamps: Vec<u32>,
    /// True while the search runs: near jobs are then out of reach.
    pub searching: bool,
    /// Whether the search may push linked visits on; see `crate::slip`.
    pub slips: bool,
}

impl State {
    pub(crate) fn new(model: Model) -> Self {
        Self {
            model,
            tours: Vec::new(),
            at: Vec::new(),
            bank: Vec::new(),
            cost: Cost::default(),
            log: Vec::new(),
            bank_log: Vec::new(),
            spare: Vec::new(),
            cost_log: Cost::default(),
            mark: Vec::new(),
            epoch: 0,
            busy: 0,
            versions: 0,
            stamps: Vec::new(),
            searching: false,
            slips: false,
        }
    }

    /// Makes room for jobs and masters added to the model.
    pub(crate) fn grow(&mut self) {
        self.at.resize(self.model.jobs.len(), (NONE, NONE));
        self.tours.resize_with(self.model.masters.len(), Tour::default);
        self.mark.resize(self.model.masters.len(), 0);
        self.stamps.resize(self.model.masters.len(), 0);
    }

    /// Starts a step that can be undone or told.
    pub(crate) fn begin(&mut self) {
        self.epoch += 1;
        self.spare.extend(self.log.drain(..).map(|(_, tour)| tour));
        self.bank_log.clone_from(&self.bank);
        self.cost_log = self.cost;
    }

    pub(crate) fn touch(&mut self, m: u32) {
        if self.mark[m as usize] != self.epoch {
            self.mark[m as usize] = self.epoch;
            let mut old = self.spare.pop().unwrap_or_default();
            old.copy_from(&self.tours[m as usize]);
            self.log.push((m, old));
        }
    }

    /// Takes back everything since `begin`.
    pub(crate) fn undo(&mut self) {
        let log = std::mem::take(&mut self.log);
        let bank = std::mem::take(&mut self.bank_log);
        self.load(log, bank, self.cost_log);
    }

    /// Puts tours, the bank and the cost to given values; jobs of other tours must not be concerned.
    pub(crate) fn load(&mut self, tours: Vec<(u32, Tour)>, bank: Vec<u32>, cost: Cost) {
        for (m, tour) in tours {
            for (k, visit) in tour.visits.iter().enumerate() {
                self.at[visit.job as usize] = (m, k as u32);
            }
            self.stamps[m as usize] = tour.stamp();
            self.spare.push(std::mem::replace(&mut self.tours[m as usize], tour));
        }
        for (k, &j) in bank.iter().enumerate() {
            self.at[j as usize] = (NONE, k as u32);
        }
        self.bank = bank;
        self.cost = cost;
        self.hold_all();
    }

    /// Schedules a tour anew and brings sums and positions up to date.
    pub(crate) fn reschedule(&mut self, m: u32) -> bool {
        let tour = &mut self.tours[m as usize];
        self.cost -= tour.cost;
        let fits = tour.schedule(&self.model, m);
        self.cost += tour.cost;
        self.versions = self.versions.wrapping_add(1).max(1);
        tour.version = self.versions;
        self.stamps[m as usize] = tour.stamp();
        for (k, visit) in tour.visits.iter().enumerate() {
            self.at[visit.job as usize] = (m, k as u32);
        }
        fits
    }

    /// Brings sums up to date after a tour with the same jobs in the same order changed its times.
    pub(crate) fn settle_sums(&mut self, m: u32, before: Cost) {
        self.follow(m, usize::MAX, before);
    }

    /// Puts a job that is nowhere into a tour.
    pub(crate) fn insert(&mut self, j: u32, m: u32, position: usize) -> bool {
        self.touch(m);
        let tour = &mut self.tours[m as usize];
        let before = tour.cost;
        match tour.put_in(&self.model, m, position, j) {
            Some(fits) => {
                self.follow(m, position, before);
                fits
            }
            None => {
                self.tours[m as usize].visits.insert(position, Visit::of(j));
                self.reschedule(m)
            }
        }
    }

    /// Brings sums and positions up to date after a tour changed from a position on.
    fn follow(&mut self, m: u32, from: usize, before: Cost) {
        let tour = &mut self.tours[m as usize];
        self.cost -= before;
        self.cost += tour.cost;
        self.versions = self.versions.wrapping_add(1).max(1);
        tour.version = self.versions;
        self.stamps[m as usize] = tour.stamp();
        for (k, visit) in tour.visits.iter().enumerate().skip(from) {
            self.at[visit.job as usize] = (m, k as u32);
        }
    }

    /// Takes a job out of its tour or the bank; it is then nowhere.
    pub(crate) fn remove(&mut self, j: u32) {
        let (m, position) = self.at[j as usize];
        if m != NONE {
            self.touch(m);
            self.tours[m as usize].visits.remove(position as usize);
            self.reschedule(m);
        } else if position != NONE {
            self.bank.swap_remove(position as usize);
            if let Some(&moved) = self.bank.get(position as usize) {
                self.at[moved as usize] = (NONE, position);
            }
            self.cost.unassigned -= self.model.priority(j);
        }
        self.at[j as usize] = (NONE, NONE);
    }

    /// Takes a string of jobs out of a tour at one go.
    pub(crate) fn remove_string(&mut self, m: u32, from: usize, count: usize, out: &mut Vec<u32>) {
        self.touch(m);
        let tour = &mut self.tours[m as usize];
        let before = tour.cost;
        for visit in &tour.visits[from..from + count] {
            self.at[visit.job as usize] = (NONE, NONE);
            out.push(visit.job);
        }
        if tour.take_out(&self.model, m, from, count).is_some() {
            self.follow(m, from, before);
        } else {
            self.tours[m as usize].visits.drain(from..from + count);
            self.reschedule(m);
        }
    }

    /// Leaves a job that is nowhere without a tour.
    pub(crate) fn shelve(&mut self, j: u32) {
        self.at[j as usize] = (NONE, self.bank.len() as u32);
        self.bank.push(j);
        self.cost.unassigned += self.model.priority(j);
    }

    /// Gives a tour these jobs in this order; jobs it had and has no more are then nowhere.
    pub(crate) fn replace(&mut self, m: u32, jobs: &[u32]) -> bool {
        self.touch(m);
        let tour = &mut self.tours[m as usize];
        for visit in &tour.visits {
            if self.at[visit.job as usize].0 == m {
                self.at[visit.job as usize] = (NONE, NONE);
            }
        }
        tour.visits.clear();
        tour.visits.extend(jobs.iter().map(|&j| Visit::of(j)));
        self.reschedule(m)
    }

    /// Tours that are not empty; counted now and then only.
    pub(crate) fn used(&self) -> usize {
        self.busy
    }

    /// Counts the tours that are not empty.
    pub(crate) fn count_busy(&mut self) {
        self.busy = self.tours.iter().filter(|tour| !tour.visits.is_empty()).count();
    }

    /// Gives every tour a new version, so that nothing remembered of them holds any more.
    pub(crate) fn forget(&mut self) {
        self.versions = 0;
        for (tour, stamp) in self.tours.iter_mut().zip(&mut self.stamps) {
            self.versions += 1;
            tour.version = self.versions;
            *stamp = tour.stamp();
        }
    }

    /// Master and start of a job, if it has them.
    pub(crate) fn slot(&self, j: u32) -> Option<(u32, i64)> {
        let (m, position) = self.at[j as usize];
        (m != NONE).then(|| (m, self.tours[m as usize].visits[position as usize].start))
    }

    /// The cost summed from nothing: what `cost` has to equal at all times.
    #[cfg(test)]
    pub(crate) fn recount(&self) -> Cost {
        let mut cost = Cost::default();
        for (m, tour) in self.tours.iter().enumerate() {
            let mut fresh = tour.clone();
            assert!(fresh.schedule(&self.model, m as u32), "tour {m} breaks a rule of time");
            if !tour.visits.is_empty() {
                assert_eq!(&fresh, tour);
            }
            cost += fresh.cost;
        }
        cost.unassigned = self.bank.iter().map(|&j| self.model.priority(j)).sum();
        cost
    }
}
