//! The instant layer: each event changes the warm state at once, and only where it must.

use crate::engine::Engine;
use crate::event::{Event, EventError};
use crate::job::{Job, Pin, Started};
use crate::key::{JobKey, MasterKey};
use crate::master::{Master, Position};
use crate::model::NONE;
use crate::tour::Visit;

impl Engine {
    /// Changes the state for one event; an error leaves it untouched.
    pub(crate) fn change(&mut self, event: Event) -> Result<(), EventError> {
        self.take_in(event)?;
        self.mend();
        Ok(())
    }

    fn take_in(&mut self, event: Event) -> Result<(), EventError> {
        match event {
            Event::Advance { now } => self.advance(now),
            Event::MasterAdded(master) => self.add_master(*master),
            Event::MasterChanged(master) => {
                let m = self.master_slot(master.key)?;
                self.change_master(m, *master)
            }
            Event::MasterMoved { master, position } => {
                let m = self.master_slot(master)?;
                self.state.model.masters[m as usize].position = Some(position);
                self.settle(m);
                Ok(())
            }
            Event::MasterRemoved { master, from } => {
                let m = self.master_slot(master)?;
                self.state.model.masters[m as usize].off_from = Some(from);
                self.settle(m);
                Ok(())
            }
            Event::JobAdded(job) => self.add_job(*job),
            Event::JobChanged(job) => {
                let j = self.job_slot(job.key)?;
                self.change_job(j, *job)
            }
            Event::JobRemoved { job } => {
                let j = self.job_slot(job)?;
                self.hanging(j).into_iter().for_each(|hanging| self.drop_job(hanging));
                self.drop_job(j);
                Ok(())
            }
            Event::Pin { job, master, start } => {
                let j = self.job_slot(job)?;
                let pinned = Some(Pin { master, start });
                let job = Job { pinned, ..self.state.model.jobs[j as usize].job.clone() };
                self.change_job(j, job)
            }
            Event::Unpin { job } => {
                let j = self.job_slot(job)?;
                let job = Job { pinned: None, ..self.state.model.jobs[j as usize].job.clone() };
                self.change_job(j, job)
            }
            Event::Started { job, master, at } => self.start_job(job, Started { master, at }),
            Event::JobDone { job, at } => self.finish_job(job, at),
        }
    }

    pub(crate) fn job_slot(&self, key: JobKey) -> Result<u32, EventError> {
        self.state.model.job_of.get(&key).copied().ok_or(EventError::UnknownJob(key))
    }

    pub(crate) fn master_slot(&self, key: MasterKey) -> Result<u32, EventError> {
        self.state.model.master_of.get(&key).copied().ok_or(EventError::UnknownMaster(key))
    }

    fn advance(&mut self, now: i64) -> Result<(), EventError> {
        if now < self.state.model.now {
            return Err(EventError::Backwards { now: self.state.model.now, to: now });
        }
        self.state.model.now = now;
        for m in 0..self.state.tours.len() as u32 {
            if !self.state.tours[m as usize].visits.is_empty() {
                self.settle(m);
            }
        }
        Ok(())
    }

    fn add_master(&mut self, master: Master) -> Result<(), EventError> {
        if let Some(&m) = self.state.model.master_of.get(&master.key) {
            // A master who was ill and comes back is the same master.
            if self.state.model.masters[m as usize].off_from.is_none() {
                return Err(EventError::MasterExists(master.key));
            }
            return self.change_master(m, master);
        }
        check_master(&master)?;
        let master = joined_stock(master);
        let model = &mut self.state.model;
        let m = model.masters.len() as u32;
        model.master_of.insert(master.key, m);
        model.masters.push(master);
        model.refresh_master(m);
        self.state.grow();
        self.state.reschedule(m);
        self.fill(&[m]);
        Ok(())
    }

    fn change_master(&mut self, m: u32, master: Master) -> Result<(), EventError> {
        check_master(&master)?;
        self.state.model.masters[m as usize] = joined_stock(master);
        self.state.model.refresh_master(m);
        self.settle(m);
        self.fill(&[m]);
        Ok(())
    }

    fn check_job(&self, job: &Job) -> Result<(), EventError> {
        let backwards = job.windows.iter().any(|w| w.1 < w.0);
        if backwards
            || job.service < 0
            || job.priority < 0
            || job.outside.is_some_and(|p| p < 0)
            || job.lateness_permille < 0
        {
            return Err(EventError::Malformed(job.key));
        }
        if let Some(pin) = job.pinned {
            self.master_slot(pin.master)?;
        }
        if let Some(started) = job.started {
            self.master_slot(started.master)?;
        }
        self.check_links(job)
    }

    fn add_job(&mut self, job: Job) -> Result<(), EventError> {
        self.check_job(&job)?;
        if self.state.model.job_of.contains_key(&job.key) {
            return Err(EventError::JobExists(job.key));
        }
        let started = job.started.is_some();
        let j = self.state.model.add_job(job);
        self.state.grow();
        self.state.at[j as usize] = (NONE, NONE);
        self.disturbed.push(j);
        self.wire(j);
        if started {
            self.lead(j);
        } else {
            self.place(j);
        }
        Ok(())
    }

    fn change_job(&mut self, j: u32, job: Job) -> Result<(), EventError> {
        self.check_job(&job)?;
        self.disturbed.push(j);
        let (m, _) = self.state.at[j as usize];
        let was_started = self.state.model.jobs[j as usize].job.started.is_some();
        if m == NONE {
            self.state.remove(j);
        } else {
            self.state.touch(m);
        }
        let started = job.started.is_some();
        self.state.model.jobs[j as usize].job = job;
        self.state.model.refresh_job(j);
        self.wire(j);
        if started {
            self.state.remove(j);
            self.lead(j);
            return Ok(());
        }
        // It stays where it is if the rules let it.
        if m != NONE {
            let stays = !was_started && self.state.model.jobs[j as usize].may(m);
            self.state.loosen(m);
            if stays && self.state.reschedule(m) && self.retime_all(m) {
                return Ok(());
            }
            self.state.hold_all();
            self.state.remove(j);
            self.settle(m);
        }
        self.place(j);
        Ok(())
    }

    /// Takes a job out of the plan and out of the world.
    fn drop_job(&mut self, j: u32) {
        let (m, position) = self.state.at[j as usize];
        if m != NONE {
            let tour = &self.state.tours[m as usize];
            let neighbours = [position.wrapping_sub(1), position + 1];
            let left = neighbours.iter().filter_map(|&k| tour.visits.get(k as usize)).map(|v| v.job);
            self.disturbed.extend(left);
        }
        self.state.remove(j);
        self.disturbed.retain(|&d| d != j);
        self.departed
            .push((self.state.model.jobs[j as usize].job.key, self.state.model.jobs[j as usize].base));
        self.state.model.free_job(j);
        self.wire(j);
        if m != NONE {
            self.settle(m);
            self.fill(&[m]);
        }
    }

    fn start_job(&mut self, key: JobKey, started: Started) -> Result<(), EventError> {
        let j = self.job_slot(key)?;
        self.master_slot(started.master)?;
        self.state.remove(j);
        self.state.model.jobs[j as usize].job.started = Some(started);
        self.state.model.refresh_job(j);
        self.wire(j);
        self.lead(j);
        Ok(())
    }

    fn finish_job(&mut self, key: JobKey, at: i64) -> Result<(), EventError> {
        let j = self.job_slot(key)?;
        let slot = &self.state.model.jobs[j as usize];
        let place = slot.need.place;
        let worker = slot.job.started.map_or(self.state.at[j as usize].0, |s| {
            self.state.model.master_of.get(&s.master).copied().unwrap_or(NONE)
        });
        if worker != NONE {
            let position = Position { place, free_from: at };
            let used = slot.need.parts.clone();
            let uses = !used.is_empty();
            let master = &mut self.state.model.masters[worker as usize];
            master.position = Some(position);
            for part in used {
                if let Some(left) = master.stock.iter_mut().find(|left| left.part == part.part) {
                    left.count = left.count.saturating_sub(part.count);
                }
            }
            self.state.touch(worker);
            if uses {
                // What is gone from the van may keep other jobs from him.
                self.state.model.refresh_master(worker);
            }
        }
        self.end_links(j, worker, at);
        self.drop_job(j);
        Ok(())
    }

    /// Puts a started job behind the others started by its master, and settles what follows.
    fn lead(&mut self, j: u32) {
        let slot = &self.state.model.jobs[j as usize];
        let Some(started) = slot.job.started else { return };
        let Some(&m) = self.state.model.master_of.get(&started.master) else { return };
        let tour = &self.state.tours[m as usize];
        let moment = |v: &Visit| self.state.model.jobs[v.job as usize].job.started.map(|s| s.at);
        let earlier = tour.visits.iter().filter(|v| moment(v).is_some_and(|at| at <= started.at));
        let position = earlier.count();
        self.state.insert(j, m, position);
        self.settle(m);
    }
}

/// The same master with each kind of part named once.
fn joined_stock(mut master: Master) -> Master {
    master.stock.sort_unstable();
    master.stock.dedup_by(|next, kept| {
        let same = next.part == kept.part;
        if same {
            kept.count = kept.count.saturating_add(next.count);
        }
        same
    });
    master
}

fn check_master(master: &Master) -> Result<(), EventError> {
    let pauses = &master.pauses;
    let ordered = pauses.windows(2).all(|p| p[0].window.1 + p[0].seconds <= p[1].window.0);
    let pauses_run_on = ordered && pauses.iter().all(|p| p.window.0 <= p.window.1 && p.seconds > 0);
    if !pauses_run_on
        || pauses.len() > 200
        || master.shift.1 < master.shift.0
        || master.overtime < 0
        || master.rest.is_some_and(|rest| rest.seconds < 0)
        || master.spell.is_some_and(|spell| spell.most <= 0 || spell.rest <= 0)
        || master.speed_factor_permille == 0
    {
        return Err(EventError::MalformedMaster(master.key));
    }
    Ok(())
}
