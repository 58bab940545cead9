//! One problem of a benchmark: an engine that knows it, and the best cost known.

use crate::plane::Plane;
use solver::{Engine, Event, Job, Master, Params, Plan};
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
    /// Walks a plan a second time: its cost in units of the benchmark, or what is wrong with it.
    pub prove: fn(&Instance, &Plan) -> Result<f64, String>,
}

impl Instance {
    /// An engine with everything told, each job standing where it cost least when it came.
    pub fn engine(&self, seed: u64) -> Engine {
        let mut engine = Engine::with_travel(self.params.clone(), Arc::new(self.plane), seed);
        for master in &self.masters {
            engine
                .apply(Event::MasterAdded(Box::new(master.clone())))
                .expect("masters have keys of their own");
        }
        for job in &self.jobs {
            engine.apply(Event::JobAdded(Box::new(job.clone()))).expect("jobs have keys of their own");
        }
        engine
    }

    /// Proved cost of the engine's plan in units of the benchmark.
    pub fn cost(&self, engine: &Engine) -> Result<f64, String> {
        let plan = engine.plan();
        let (params, travel, now) = (engine.params(), engine.travel(), engine.now());
        let wrong = solver::check(&plan, &self.masters, &self.jobs, params, travel, now);
        match wrong.first() {
            Some(violation) => Err(violation.to_string()),
            None => (self.prove)(self, &plan),
        }
    }
}

/// Where the benchmarks lie: `CALLOUT_DATA`, or `../shared/data` beside the project.
pub fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    std::env::var_os("CALLOUT_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from)
}

/// The numbers of a line, nothing if it holds anything else.
pub fn numbers(line: &str) -> Option<Vec<i64>> {
    let numbers: Option<Vec<i64>> =
        line.split_whitespace().map(|word| word.parse::<f64>().ok().map(|x| x as i64)).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}
