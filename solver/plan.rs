//! The plan as the outside sees it.

use crate::engine::Engine;
use crate::key::{JobKey, MasterKey};
use serde::{Deserialize, Serialize};

/// One stop of a tour.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stop {
    /// Which job.
    pub job: JobKey,
    /// When the master arrives.
    pub arrival: i64,
    /// When the work starts.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// Seconds of the way to it.
    pub travel_seconds: i64,
    /// Metres of the way to it.
    pub travel_metres: i64,
    /// Seconds the arrival may slip before this or a later stop breaks a rule; nothing once started.
    pub slack: Option<i64>,
    /// Whether the way to it leads by the store.
    #[serde(default)]
    pub by_store: bool,
    /// Seconds of pauses between arrival and start.
    #[serde(default)]
    pub rest: i64,
}

/// One master's tour.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tour {
    /// Whose.
    pub master: MasterKey,
    /// Stops in order.
    pub stops: Vec<Stop>,
    /// Seconds of the way home.
    pub home_seconds: i64,
    /// Metres of the way home.
    pub home_metres: i64,
    /// When he is home, or done where the way home does not count; for an empty tour, when he could leave.
    pub end: i64,
}

/// All tours, and the jobs without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Plan {
    /// Number of the plan.
    pub version: u64,
    /// One tour for each master, empty ones included.
    pub tours: Vec<Tour>,
    /// Jobs without a master, by key.
    pub unassigned: Vec<JobKey>,
    /// Jobs given to somebody outside, by key.
    #[serde(default)]
    pub outside: Vec<JobKey>,
}

impl Engine {
    /// The plan of this moment.
    pub fn plan(&self) -> Plan {
        let model = &self.state.model;
        let key = |j: u32| model.jobs[j as usize].job.key;
        let tours = (0..).zip(model.masters.iter().zip(&self.state.tours)).map(|(m, (master, tour))| Tour {
            master: master.key,
            stops: tour
                .visits
                .iter()
                .enumerate()
                .map(|(k, visit)| Stop {
                    job: key(visit.job),
                    arrival: visit.arrive,
                    start: visit.start,
                    end: visit.leave,
                    travel_seconds: visit.leg.seconds,
                    travel_metres: visit.leg.metres,
                    slack: (k >= tour.head).then(|| model.slack_of(m, tour, k)),
                    by_store: k as u32 == tour.store,
                    rest: visit.rest.into(),
                })
                .collect(),
            home_seconds: tour.home.seconds,
            home_metres: tour.home.metres,
            end: if tour.visits.is_empty() { model.ready(m) } else { tour.end },
        });
        let undone = |outside: bool| {
            let fits = |&&j: &&u32| model.jobs[j as usize].job.goes_outside() == outside;
            let mut keys: Vec<JobKey> = self.state.bank.iter().filter(fits).map(|&j| key(j)).collect();
            keys.sort_unstable();
            keys
        };
        let (unassigned, outside) = (undone(false), undone(true));
        Plan { version: self.version, tours: tours.collect(), unassigned, outside }
    }

    /// Seconds all tours take together if each master leaves as late as he may; nothing unless
    /// `Params::late_departure` asks for it to be known.
    pub fn duration(&self) -> Option<i64> {
        let model = &self.state.model;
        let tours = (0..).zip(&self.state.tours);
        model.params.late_departure.then(|| tours.map(|(m, tour)| tour.duration(model, m)).sum())
    }

    /// Master and start of a job, if it is in a tour.
    pub fn slot_of(&self, job: JobKey) -> Option<crate::delta::Slot> {
        let j = *self.state.model.job_of.get(&job)?;
        self.public_slot(self.state.slot(j))
    }
}
