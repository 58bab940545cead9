//! Why this master, who would be next, and who cannot.

use crate::engine::Engine;
use crate::event::EventError;
use crate::key::{JobKey, MasterKey};
use crate::rule::Rule;
use crate::verdict::{Outcome, Placement};
use serde::{Deserialize, Serialize};

/// Another master who could do the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// The placement with him.
    pub placement: Placement,
    /// What it costs more than the chosen one, or than not doing the job.
    pub difference: i64,
}

/// The reasons behind one job's place in the plan; costs are exact for the plan of this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The job.
    pub job: JobKey,
    /// Its place, with what it adds to the plan; nothing if it is unassigned.
    pub chosen: Option<Placement>,
    /// Other masters, cheapest first.
    pub alternatives: Vec<Alternative>,
    /// Other seats of the same visit, with who has them.
    #[serde(default)]
    pub beside: Vec<(JobKey, Option<MasterKey>)>,
    /// Masters who cannot, least relaxation first.
    pub rejected: Vec<(MasterKey, Rule)>,
    /// What serving the job costs the whole plan, by the last LP.
    pub job_price: Option<i64>,
    /// What one more hour of the chosen master is worth, by the last LP.
    pub master_hour_price: Option<i64>,
}

impl Engine {
    /// Explains a job's place. A started job has its place and no alternatives.
    pub fn explain(&self, job: JobKey) -> Result<Explanation, EventError> {
        let j = self.job_slot(job)?;
        let chosen = self.chosen(j);
        let reference = chosen.as_ref().map_or(self.state.model.priority(j), |p| p.cost.total());
        let own = chosen.as_ref().map(|p| p.master);
        let mut alternatives = Vec::new();
        let mut rejected = Vec::new();
        for verdict in self.verdicts(job)? {
            match verdict.outcome {
                _ if Some(verdict.master) == own => {}
                Outcome::Fits(placement) => {
                    let difference = placement.cost.total() - reference;
                    alternatives.push(Alternative { placement, difference });
                }
                Outcome::Breaks(rule) => rejected.push((verdict.master, rule)),
            }
        }
        let prices = self.prices.as_ref();
        Ok(Explanation {
            job,
            chosen,
            alternatives,
            beside: self.beside(j),
            rejected,
            job_price: prices.and_then(|p| p.job(job)),
            master_hour_price: own.and_then(|m| prices?.master_hour(m)),
        })
    }

    /// The job's place with its cost by rule: the tour as it is less the tour without it.
    fn chosen(&self, j: u32) -> Option<Placement> {
        let (m, rest) = self.state.without(j)?;
        let position = self.state.at[j as usize].1 as usize;
        let tour = &self.state.tours[m as usize];
        let need = &self.state.model.jobs[j as usize].need;
        let cost = tour.cost - rest.cost;
        Some(self.placement(m, &rest, position, need, (cost, tour.visits[position].start)))
    }
}
