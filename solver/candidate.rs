//! The slot finder: who could come, and when, while the client is on the line.

use crate::cost::Cost;
use crate::engine::Engine;
use crate::job::{Job, JobDraft};
use crate::key::JobKey;
use crate::model::{Model, Need};
use crate::seating::Seat;
use crate::verdict::Placement;
use serde::{Deserialize, Serialize};

/// A window that can be offered, with a master who could keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The window, as given.
    pub window: (i64, i64),
    /// Who would come, when, at which cost by rule.
    pub placement: Placement,
    /// Who else would come at the same time, for each further seat.
    #[serde(default)]
    pub beside: Vec<Placement>,
}

impl Engine {
    /// The `k` cheapest masters for each window, windows in the order given; windows nobody can keep are left out.
    ///
    /// Where further seats are asked for, the cheapest are those whose masters together cost least, and each set of
    /// masters is told once.
    pub fn candidates(&self, draft: &JobDraft, windows: &[(i64, i64)], k: usize) -> Vec<Candidate> {
        if !draft.seats.is_empty() {
            return self.joint_candidates(draft, windows, k);
        }
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
                beside: Vec::new(),
            }));
        }
        candidates
    }

    fn joint_candidates(&self, draft: &JobDraft, windows: &[(i64, i64)], k: usize) -> Vec<Candidate> {
        let model = &self.state.model;
        let lead: Job = draft.clone().into_job(JobKey(0), Vec::new());
        let keys = (1..=draft.seats.len() as u128).map(JobKey);
        let mut jobs = draft.further_seats(&lead, keys);
        jobs.insert(0, lead);
        let seat = |job: &Job| {
            let may = |m: &u32| Model::barred(job, &model.masters[*m as usize]).is_none();
            let masters = (0..model.masters.len() as u32).filter(may);
            let masters = masters.map(|m| (m, model.wishes(job, m).total())).collect();
            Seat { need: Need::new(job), masters }
        };
        let mut candidates = Vec::new();
        for &window in windows {
            let mut seats: Vec<Seat> = jobs.iter().map(seat).collect();
            if seats.iter_mut().any(|seat| !seat.need.clip(window.0, window.1)) {
                continue;
            }
            let mut met: Vec<Vec<u32>> = Vec::new();
            for seating in self.state.seatings_each(&mut seats, usize::MAX, k.max(1)) {
                let mut masters: Vec<u32> = seating.places.iter().map(|place| place.0).collect();
                masters.sort_unstable();
                if met.len() == k || met.contains(&masters) {
                    continue;
                }
                met.push(masters);
                let mut placed = jobs.iter().zip(&seating.places).map(|(job, &(m, at))| {
                    let mut need = Need::new(job);
                    need.hold(seating.start);
                    let tour = &self.state.tours[m as usize];
                    let cost = model.fit(m, tour, at, &need).map_or(Cost::default(), |(cost, _)| cost);
                    self.placement(m, tour, at, &need, (cost + model.wishes(job, m), seating.start))
                });
                if let Some(placement) = placed.next() {
                    candidates.push(Candidate { window, placement, beside: placed.collect() });
                }
            }
        }
        candidates
    }
}
