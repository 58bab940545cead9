//! A planning problem as the solver takes it, with the names and units of its file.

use solver::{Engine, Event, EventError, Job, JobKey, Master, MasterKey, Params, TravelTimes};
use std::{collections::BTreeMap, sync::Arc};

/// What a second of the solver is in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// A second of the day.
    Seconds,
    /// So many of them are one unit of a benchmark.
    Ticks(f64),
}

/// Names of masters and jobs, where the file has any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Of masters.
    pub masters: BTreeMap<MasterKey, String>,
    /// Of jobs.
    pub jobs: BTreeMap<JobKey, String>,
    /// Of skills.
    pub skills: BTreeMap<u16, String>,
}

/// A planning problem.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Its name.
    pub name: String,
    /// Masters or vehicles.
    pub masters: Vec<Master>,
    /// Jobs or customers.
    pub jobs: Vec<Job>,
    /// Weights that make the engine's cost the file's.
    pub params: Params,
    /// Travel times of the file.
    pub travel: Arc<dyn TravelTimes>,
    /// Unit of times.
    pub unit: Unit,
    /// Names.
    pub names: Names,
}

impl Problem {
    /// An engine with everything told, each job standing where it cost least when it came.
    ///
    /// # Errors
    /// Two masters or two jobs of one key.
    pub fn engine(&self, seed: u64) -> Result<Engine, EventError> {
        let mut engine = Engine::with_travel(self.params.clone(), Arc::clone(&self.travel), seed);
        for master in &self.masters {
            engine.apply(Event::MasterAdded(Box::new(master.clone())))?;
        }
        for job in &self.jobs {
            engine.apply(Event::JobAdded(Box::new(job.clone())))?;
        }
        Ok(engine)
    }
    /// Name of a master.
    pub fn master(&self, key: MasterKey) -> String {
        self.names.masters.get(&key).cloned().unwrap_or_else(|| key.to_string())
    }
    /// Name of a job.
    pub fn job(&self, key: JobKey) -> String {
        self.names.jobs.get(&key).cloned().unwrap_or_else(|| key.to_string())
    }
    /// Name of a skill.
    pub fn skill(&self, number: u16) -> String {
        self.names.skills.get(&number).cloned().unwrap_or_else(|| number.to_string())
    }
    /// A length of time in units of the file.
    pub fn units(&self, seconds: i64) -> f64 {
        match self.unit {
            Unit::Seconds => seconds as f64,
            Unit::Ticks(ticks) => seconds as f64 / ticks,
        }
    }
    /// A moment as people read it: `09:30`, or in units of the file.
    pub fn moment(&self, second: i64) -> String {
        match self.unit {
            Unit::Seconds => format!("{:02}:{:02}", second.div_euclid(3600), second.rem_euclid(3600) / 60),
            Unit::Ticks(_) => format!("{:.1}", self.units(second)),
        }
    }
}
