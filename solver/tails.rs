//! Exchanging the ends of two days: the step that taking strings out and putting jobs back one by one cannot make.
//!
//! The exchange of tails after Potvin and Rousseau (1995), as one more step of the annealing.

use crate::engine::Engine;
use crate::model::NONE;

/// Near jobs an end is tried with.
const PARTNERS: usize = 24;
/// Exchanges tried in full before the step is given up.
const TRIALS: usize = 3;

/// Two tours cut in front of these positions; what follows the cuts changes hands.
#[derive(Clone, Copy)]
struct Cut {
    /// Change of travel, all other costs left out.
    travel: i64,
    tours: (u32, u32),
    positions: (usize, usize),
}

impl Engine {
    /// Exchanges the ends of a tour near `seed` and of another, losing no more travel than `slip`; false when no
    /// exchange keeps the rules.
    pub(crate) fn exchange_tails(&mut self, seed: u32, slip: f64) -> bool {
        let mut cuts = self.cuts(seed, slip as i64);
        cuts.sort_by_key(|cut| cut.travel);
        let mut trials = 0;
        for cut in cuts {
            if trials == TRIALS {
                break;
            }
            if self.random.one_in(8) || !self.allowed(&cut) {
                continue;
            }
            trials += 1;
            let ((a, b), (i, k)) = (cut.tours, cut.positions);
            let jobs = |m: u32| self.state.tours[m as usize].jobs();
            let first: Vec<u32> = jobs(a).take(i).chain(jobs(b).skip(k)).collect();
            let second: Vec<u32> = jobs(b).take(k).chain(jobs(a).skip(i)).collect();
            if self.state.replace(a, &first) & self.state.replace(b, &second) {
                return true;
            }
            self.state.undo();
            self.state.begin();
        }
        false
    }

    /// Cuts that put a near job right behind or right before `seed` and keep the times.
    fn cuts(&self, seed: u32, slip: i64) -> Vec<Cut> {
        let (m, position) = self.state.at[seed as usize];
        let mut cuts = Vec::new();
        for &near in self.state.model.jobs[seed as usize].near.iter().take(PARTNERS) {
            let (other, at) = self.state.at[near as usize];
            if other == m || other == NONE {
                continue;
            }
            let (i, k) = (position as usize, at as usize);
            // Behind the seed: its tour goes on with the near job. Before it: the near job's tour goes on with it.
            for positions in [(i + 1, k), (i, k + 1)] {
                cuts.extend(self.cut_at((m, other), positions).filter(|cut| cut.travel <= slip));
            }
        }
        cuts
    }

    /// The exchange at two positions, if times and what is locked allow it.
    fn cut_at(&self, tours: (u32, u32), positions: (usize, usize)) -> Option<Cut> {
        let (a, b) = (&self.state.tours[tours.0 as usize], &self.state.tours[tours.1 as usize]);
        let (i, k) = positions;
        let whole = (i == 0 && k == 0) || (i == a.visits.len() && k == b.visits.len());
        if i < a.locked || k < b.locked || whole {
            return None;
        }
        let old = a.visits.get(i).map_or(a.home.seconds, |v| v.leg.seconds)
            + b.visits.get(k).map_or(b.home.seconds, |v| v.leg.seconds);
        let new = self.joint(tours.0, i, tours.1, k)? + self.joint(tours.1, k, tours.0, i)?;
        let travel = (new - old) * self.state.model.params.travel_permille / 1000;
        Some(Cut { travel, tours, positions })
    }

    /// Seconds of the way from the front of one tour to the end of another, if that end can still be kept.
    fn joint(&self, front: u32, i: usize, back: u32, k: usize) -> Option<i64> {
        let model = &self.state.model;
        let (a, b) = (&self.state.tours[front as usize], &self.state.tours[back as usize]);
        let spot = |job: u32| model.jobs[job as usize].need.spot();
        let (leave, place) = match i.checked_sub(1) {
            None => (model.ready(front), model.start_spot(front)),
            Some(i) => (a.visits[i].leave, spot(a.visits[i].job)),
        };
        match b.visits.get(k) {
            Some(next) => {
                let way = model.hop(front, place, spot(next.job)).seconds;
                (leave + way <= next.latest).then_some(way)
            }
            None if i == 0 => Some(0),
            None => {
                let way = model.home_way(front, place).seconds;
                (leave + way <= model.limit(front)).then_some(way)
            }
        }
    }

    /// Whether each master may do what he would get.
    fn allowed(&self, cut: &Cut) -> bool {
        let may = |m: u32, job: u32| self.state.model.jobs[job as usize].may(m);
        let ((a, b), (i, k)) = (cut.tours, cut.positions);
        let tail = |m: u32, from: usize| self.state.tours[m as usize].jobs().skip(from);
        tail(b, k).all(|job| may(a, job)) && tail(a, i).all(|job| may(b, job))
    }
}
