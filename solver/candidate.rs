//! The slot finder: who could come, and when, while the client is on the line.

use crate::cost::Cost;
use crate::engine::Engine;
use crate::job::{Job, JobDraft};
use crate::key::JobKey;
use crate::model::{Model, Need};
use crate::verdict::Placement;
use serde::{Deserialize, Serialize};

/// A window that can be offered, with a master who could keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The window, as given.
    pub window: (i64, i64),
    /// Who would come, when, at which cost by rule.
    pub placement: Placement,
}

impl Engine {
    /// The `k` cheapest masters for each window, windows in the order given; windows nobody can keep are left out.
    pub fn candidates(&self, draft: &JobDraft, windows: &[(i64, i64)], k: usize) -> Vec<Candidate> {
        let model = &self.state.model;
        let job: Job = draft.clone().into_job(JobKey(0), Vec::new());
        let eligible: Vec<u32> = (0..model.masters.len() as u32)
            .filter(|&m| Model::barred(&job, &model.masters[m as usize]).is_none())
            .collect();
        let mut need = Need::new(&job);
        let mut candidates = Vec::new();
        for &window in windows {
            let opens = window.0.max(job.release.unwrap_or(window.0));
            if opens > window.1 {
                continue;
            }
            need.set_windows(vec![(opens, window.1)]);
            let mut best: Vec<(i64, u32, usize, Cost, i64)> = Vec::new();
            for &m in &eligible {
                let tour = &self.state.tours[m as usize];
                let fits = (tour.head..=tour.visits.len())
                    .filter_map(|at| model.fit(m, tour, at, &need).map(|(cost, start)| (at, cost, start)));
                if let Some((at, mut cost, start)) = fits.min_by_key(|(at, cost, _)| (cost.total(), *at)) {
                    cost += model.wishes(&job, m);
                    best.push((cost.total(), m, at, cost, start));
                }
            }
            best.sort_unstable_by_key(|b| (b.0, b.1));
            candidates.extend(best.iter().take(k).map(|&(_, m, at, cost, start)| Candidate {
                window,
                placement: self.placement(m, &self.state.tours[m as usize], at, &need, (cost, start)),
            }));
        }
        candidates
    }
}
