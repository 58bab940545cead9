//! One problem of a benchmark: an engine that knows it, and the best cost known.

use crate::plane::Plane;
use solver::{Engine, Event, Job, Master, Params};
use std::{path::PathBuf, sync::Arc};

/// A problem as read, in ticks.
pub struct Instance {
    /// Its name in the literature.
    pub name: String,
    /// Masters or vehicles.
    pub masters: Vec<Master>,
    /// Jobs or customers.
    pub jobs: Vec<Job>,
    /// Weights that make the engine's cost the benchmark's.
    pub params: Params,
    /// Travel times of the benchmark.
    pub plane: Plane,
    /// Best known cost, in units of the benchmark.
    pub best: f64,
}

impl Instance {
    /// An engine with everything told, each job standing where it cost least when it came.
    pub fn engine(&self, seed: u64) -> Engine {
        let mut engine = Engine::with_travel(self.params.clone(), Arc::new(self.plane), seed);
        for master in &self.masters {
            engine.apply(Event::MasterAdded(Box::new(master.clone()))).expect("masters have keys of their own");
        }
        for job in &self.jobs {
            engine.apply(Event::JobAdded(Box::new(job.clone()))).expect("jobs have keys of their own");
        }
        engine
    }

    /// Cost of the engine's plan in units of the benchmark.
    pub fn cost(&self, engine: &Engine) -> f64 {
        let ticks = engine.duration().unwrap_or(engine.score().travel);
        ticks as f64 / self.plane.ticks
    }
}

/// Where the benchmarks lie, if they are there.
pub fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var_os("CALLOUT_TEST_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    folder.join("vrptw").is_dir().then_some(folder)
}

/// The numbers of a line, nothing if it holds anything else.
pub fn numbers(line: &str) -> Option<Vec<i64>> {
    let numbers: Option<Vec<i64>> =
        line.split_whitespace().map(|word| word.parse::<f64>().ok().map(|x| x as i64)).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}
