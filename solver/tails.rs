//! Exchanging the ends of two days, or two days whole: steps that taking strings out and putting jobs back one by one
//! cannot make.
//!
//! The exchange of tails after Potvin and Rousseau (1995), as one more step of the annealing.

use crate::engine::Engine;
use crate::model::NONE;
use crate::ruin::EXHAUSTIVE;

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

    /// Gives the whole day of `seed`'s master to another one, who may be idle, and that one's to him; false when one of
    /// them may not do it, or not in time.
    ///
    /// Strings are too short for this where masters differ in homes, skills or vans: on the way there each of the
    /// two days would have to be split.
    pub(crate) fn exchange_days(&mut self, seed: u32) -> bool {
        let (a, _) = self.state.at[seed as usize];
        for _ in 0..TRIALS {
            let b = self.other_master(seed);
            let cut = Cut { travel: 0, tours: (a, b), positions: (0, 0) };
            if !self.differ(a, b) || !self.allowed(&cut) {
                continue;
            }
            let jobs = |m: u32| self.state.tours[m as usize].jobs().collect::<Vec<u32>>();
            let (first, second) = (jobs(b), jobs(a));
            if self.state.replace(a, &first) & self.state.replace(b, &second) {
                return true;
            }
            self.state.undo();
            self.state.begin();
        }
        false
    }

    /// A master by chance: in a large house one who lives near a job.
    fn other_master(&mut self, seed: u32) -> u32 {
        let near = &self.state.model.jobs[seed as usize].near_masters;
        if self.state.tours.len() > EXHAUSTIVE && !near.is_empty() {
            near[self.random.below(near.len())]
        } else {
            self.random.below(self.state.tours.len()) as u32
        }
    }

    /// Whether the days of two masters are open to exchange and it would change anything.
    fn differ(&self, a: u32, b: u32) -> bool {
        let class = |m: u32| self.state.model.class.get(m as usize).copied().unwrap_or(m);
        // Linked visits hang on the day of somebody else, which would have to move with them.
        let bound = |m: u32| self.state.tours[m as usize].locked > 0 || self.state.has_linked(m);
        class(a) != class(b) && !bound(a) && !bound(b)
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

#[cfg(test)]
mod tests {
    use crate::{Engine, Event, Job, JobKey, Master, MasterKey, Params, Place, Skill};

    /// Two masters, each with the jobs at the other's door.
    fn crossed(skilled: bool) -> Engine {
        let mut engine = Engine::new(Params::default(), 9);
        let homes = [Place::new(55.70, 37.50), Place::new(55.80, 37.70)];
        for (key, home) in (0..).zip(homes) {
            let mut master = Master::new(MasterKey(key), home, (9 * 3600, 18 * 3600));
            master.skills = if key == 0 { vec![Skill { skill: 4, level: 1 }] } else { Vec::new() };
            engine.apply(Event::MasterAdded(Box::new(master))).expect("new");
        }
        for key in 0..6u32 {
            let home = homes[key as usize % 2];
            let place = Place::new(home.lat() + 0.001 * f64::from(key), home.lon());
            let mut job = Job::new(JobKey(key.into()), place);
            if skilled && key == 1 {
                job.skills = vec![Skill { skill: 4, level: 1 }];
            }
            engine.apply(Event::JobAdded(Box::new(job))).expect("new");
        }
        engine.open(true);
        assert!(engine.state.replace(0, &[1, 3, 5]) & engine.state.replace(1, &[0, 2, 4]));
        engine
    }

    #[test]
    fn two_days_change_hands_whole() {
        let mut engine = crossed(false);
        let before = engine.state.cost.total();
        engine.state.begin();
        assert!((0..50).any(|_| engine.exchange_days(1)));
        let jobs = |m: usize| engine.state.tours[m].jobs().collect::<Vec<_>>();
        assert_eq!((jobs(0), jobs(1)), (vec![0, 2, 4], vec![1, 3, 5]));
        assert_eq!(engine.state.recount(), engine.state.cost);
        assert!(engine.state.cost.total() < before);
        engine.state.undo();
        assert_eq!(engine.state.cost.total(), before);
    }

    #[test]
    fn a_day_stays_where_the_other_may_not_do_it() {
        let mut engine = crossed(true);
        let tours = engine.state.tours.clone();
        engine.state.begin();
        assert!((0..50).all(|_| !engine.exchange_days(1)));
        assert_eq!(engine.state.tours, tours);
    }
}
