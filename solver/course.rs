//! A whole search for a plan nobody knows of yet: cooled down several times, known tours combined in between.

use crate::engine::Engine;
use crate::pool::{LpError, PoolBudget};
use crate::search::Cooling;

/// The share of the whole kept for combining the tours at the end, at least.
const LEAST_PAUSE: f64 = 0.02;

/// How a whole search goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// What a step may lose at the beginning, in mean ways of the plan.
    pub heat: f64,
    /// The same for later cycles, as a part of the first.
    pub reheat: f64,
    /// The coldest of a cycle, as a part of its beginning.
    pub cold: f64,
    /// Shares of the whole that the cycles take.
    pub cycles: Vec<f64>,
    /// What is tried between cycles to combine known tours.
    pub pool: PoolBudget,
}

impl Course {
    /// The course that suits an engine's weights and the length of its tours.
    pub fn of(engine: &Engine) -> Self {
        let pool = PoolBudget::default();
        if engine.params().late_departure {
            // Waiting costs as much as the road here, so the way alone says too little of what a step may lose. Days
            // differ so much in cost that branching over many of them would take longer than the search.
            let pool = PoolBudget { columns: 400, ..pool };
            return Self { heat: 4.0, reheat: 0.1, cold: 0.01, cycles: vec![0.7, 0.3], pool };
        }
        Self { heat: 1.0, reheat: 0.3, cold: 0.01, cycles: vec![0.5, 0.25, 0.25], pool }
    }

    /// What part of the whole a cycle takes.
    pub fn share(&self, cycle: usize) -> f64 {
        let whole: f64 = self.cycles.iter().sum();
        self.cycles.get(cycle).map_or(0.0, |part| part / whole.max(1e-9))
    }
}

impl Engine {
    /// Searches for as long as `spent` says that less than the whole is spent, and adopts whatever is better: moving a
    /// job costs nothing. Gives the iterations done.
    ///
    /// `spent` is asked after every so many iterations, with their count, and answers from 0 to 1; where its answers
    /// depend on the count alone, the same seed gives the same plan.
    ///
    /// # Errors
    /// A linear program that fails.
    pub fn run(&mut self, course: &Course, mut spent: impl FnMut(u64) -> f64) -> Result<u64, LpError> {
        let (mut done, mut begin, mut pause) = (0, 0.0, 0.0_f64);
        let last = course.cycles.len().saturating_sub(1);
        for k in 0..course.cycles.len() {
            let mut end = begin + course.share(k);
            // What combining the tours took comes off the cycle behind it.
            let start = spent(done).clamp(begin, end);
            if k == last {
                // What it will take at the end, as far as can be known; something even where only steps are counted.
                end -= (1.5 * pause).max(LEAST_PAUSE).min((end - start) / 2.0);
            }
            let before = done;
            done += self.anneal_once(course, k, |k| (spent(before + k) - start) / (end - start).max(1e-9));
            let cooled = spent(done);
            let by = if k == last { 1.0 } else { end + (1.0 - end) * 0.25 };
            self.polish_until(course.pool, &mut || spent(done) >= by)?;
            pause = pause.max(spent(done) - cooled);
            begin = end;
        }
        Ok(done)
    }

    /// One cycle of `run`, as long as `spent` of its own iterations is below 1.
    ///
    /// # Errors
    /// A linear program that fails.
    pub fn cycle(
        &mut self,
        course: &Course,
        number: usize,
        spent: impl FnMut(u64) -> f64,
    ) -> Result<u64, LpError> {
        let done = self.anneal_once(course, number, spent);
        self.polish_unpublished(course.pool)?;
        Ok(done)
    }

    /// The cooling of one cycle, without combining known tours.
    fn anneal_once(&mut self, course: &Course, number: usize, spent: impl FnMut(u64) -> f64) -> u64 {
        let from = course.heat * self.mean_way() * if number == 0 { 1.0 } else { course.reheat };
        self.cool(&Cooling { from, to: from * course.cold, most: u64::MAX }, spent)
    }

    /// What a way of the plan costs on average.
    fn mean_way(&self) -> f64 {
        let tours = self.state.tours.iter().filter(|tour| !tour.visits.is_empty());
        let ways: usize = tours.map(|tour| tour.visits.len() + 1).sum();
        self.state.cost.travel as f64 / ways.max(1) as f64
    }
}
