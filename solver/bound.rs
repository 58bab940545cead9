//! How good any plan could be: a lower bound by column generation, whose duals are the prices of jobs and of hours.

use crate::engine::Engine;
use crate::key::{JobKey, MasterKey};
use crate::label::{Near, Priced, Terms};
use crate::model::{Model, Need};
use crate::pool::{LpError, Prices};
use highs::{ColProblem, HighsModelStatus, Row, Sense};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Jobs a bound can be asked for.
const MOST_JOBS: usize = 512;
/// Jobs a quick pricing goes on to.
const NEXT: usize = 30;

/// How much work a bound may take; labels and rounds, never time, so that a run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundBudget {
    /// Partial days looked at in all. A million take about a second.
    pub labels: u64,
    /// Rounds of pricing.
    pub rounds: u32,
    /// Nearest jobs a day remembers having served: more make the bound higher and the work longer.
    pub remembered: usize,
}

impl Default for BoundBudget {
    fn default() -> Self {
        Self { labels: 20_000_000, rounds: 400, remembered: 12 }
    }
}

/// What no plan can beat, and by how much the present one may be improved at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Cost of the present plan, stability left out.
    pub cost: i64,
    /// No plan costs less.
    pub bound: i64,
    /// Whether pricing came to its end, so that more work would not raise the bound.
    pub settled: bool,
    /// Rounds of pricing it took.
    pub rounds: u32,
    /// Partial days looked at.
    pub labels: u64,
    /// What each job costs the plan, and what an hour of each master is worth.
    pub prices: Prices,
}

impl Bound {
    /// What the present plan may lose against the best one, in parts of its cost.
    pub fn gap(&self) -> f64 {
        (self.cost - self.bound).max(0) as f64 / self.cost.max(1) as f64
    }
}

/// Masters whose days are the same.
struct Class {
    masters: Vec<u32>,
    terms: Terms,
}

/// The linear program and what its columns are.
struct Program {
    model: Option<highs::Model>,
    job_rows: Vec<Row>,
    class_rows: Vec<Row>,
    columns: usize,
    value: f64,
    job_prices: Vec<f64>,
    class_prices: Vec<f64>,
}

impl Engine {
    /// A lower bound on the cost of any plan for the present jobs and masters, with prices that are kept.
    ///
    /// Started jobs stay where they are. Parts, pauses, and stability are left out, which can only lower the bound as
    /// long as no detour is shorter than the straight way. Fails where ways depend on the hour, and for more than 512
    /// jobs.
    ///
    /// Links are left out as well: every seat and every visit of a chain counts as a job of its own with its own windows.
    pub fn bound(&mut self, budget: BoundBudget) -> Result<Bound, LpError> {
        self.state.release_all();
        let bound = self.bound_apart(budget);
        self.state.hold_all();
        bound
    }

    fn bound_apart(&mut self, budget: BoundBudget) -> Result<Bound, LpError> {
        let model = &self.state.model;
        if model.clocked {
            return Err(LpError::Clocked);
        }
        let jobs: Vec<u32> = model.live().filter(|&j| model.jobs[j as usize].job.started.is_none()).collect();
        if jobs.len() > MOST_JOBS {
            return Err(LpError::TooMany { jobs: jobs.len(), most: MOST_JOBS });
        }
        let needs: Vec<&Need> = jobs.iter().map(|&j| &model.jobs[j as usize].need).collect();
        let mut base = 0;
        let mut classes: Vec<Class> = Vec::new();
        for m in 0..model.masters.len() as u32 {
            let (dawn, spent) = self.begun(m);
            base += spent;
            let terms = Terms::new(model, m, &jobs, dawn);
            match classes.iter_mut().find(|class| class.terms.alike(&terms)) {
                Some(class) => class.masters.push(m),
                None => classes.push(Class { masters: vec![m], terms }),
            }
        }
        let mut program = Program::new(model, &jobs, &classes)?;
        self.seed_program(&mut program, &jobs, &needs, &classes)?;
        let near = Near::new(model, &jobs, NEXT, budget.remembered);
        let found = match jobs.len() {
            0..=64 => generate::<1>(&mut program, &needs, &classes, &near, budget),
            65..=128 => generate::<2>(&mut program, &needs, &classes, &near, budget),
            129..=256 => generate::<4>(&mut program, &needs, &classes, &near, budget),
            _ => generate::<8>(&mut program, &needs, &classes, &near, budget),
        }?;
        let prices = self.prices_of(&program, &jobs, &classes, found.value + base as f64);
        let cost = self.state.cost;
        self.prices = Some(prices.clone());
        Ok(Bound {
            cost: cost.total() - cost.stability,
            // Rounding in the program is far below a second.
            bound: base + (found.value - 0.5).ceil() as i64,
            settled: found.settled,
            rounds: found.rounds,
            labels: found.labels,
            prices,
        })
    }

    /// When and behind which job the open part of a day begins, and what the begun part costs, the way home included.
    fn begun(&self, m: u32) -> ((i64, Option<u32>), i64) {
        let (model, tour) = (&self.state.model, &self.state.tours[m as usize]);
        let Some(last) = tour.head.checked_sub(1).map(|k| tour.visits[k]) else {
            return ((model.ready(m), None), 0);
        };
        let mut begun = crate::tour::Tour::of(tour.jobs().take(tour.head));
        begun.schedule(model, m);
        let cost = begun.cost.total() - begun.cost.stability;
        ((last.leave, Some(last.job)), cost)
    }

    /// Tours of the plan and of the pool as first columns.
    fn seed_program(
        &self,
        program: &mut Program,
        jobs: &[u32],
        needs: &[&Need],
        classes: &[Class],
    ) -> Result<(), LpError> {
        let number: BTreeMap<u32, u16> = jobs.iter().copied().zip(0..).collect();
        let class_of: BTreeMap<u32, usize> = classes
            .iter()
            .enumerate()
            .flat_map(|(c, class)| class.masters.iter().map(move |&m| (m, c)))
            .collect();
        let tours = (0..).zip(&self.state.tours).map(|(m, tour)| (m, tour.jobs().skip(tour.head).collect()));
        let known: Vec<(u32, Vec<u32>)> = tours.chain(self.pool.known(&self.state.model)).collect();
        for (m, day) in known {
            let day: Option<Vec<u16>> = day.iter().map(|j| number.get(j).copied()).collect();
            let (Some(day), Some(&class)) = (day, class_of.get(&m)) else { continue };
            if let Some(cost) = classes[class].terms.cost(needs, &day) {
                program.add(class, &day, cost)?;
            }
        }
        Ok(())
    }

    fn prices_of(&self, program: &Program, jobs: &[u32], classes: &[Class], mix: f64) -> Prices {
        let model = &self.state.model;
        let key = |j: u32| model.jobs[j as usize].job.key;
        let priced = jobs.iter().zip(&program.job_prices);
        let by_job: Vec<(JobKey, i64)> = priced.map(|(&j, price)| (key(j), price.round() as i64)).collect();
        let mut by_master: Vec<(MasterKey, i64)> = Vec::new();
        for (class, price) in classes.iter().zip(&program.class_prices) {
            for &m in &class.masters {
                let master = &model.masters[m as usize];
                let seconds = (master.shift.1 - master.shift.0).max(1);
                let hour = (-price).max(0.0) * 3600.0 / seconds as f64;
                by_master.push((master.key, hour.round() as i64));
            }
        }
        Prices::new(mix.round() as i64, by_job, by_master)
    }
}

/// What column generation came to.
struct Generated {
    value: f64,
    settled: bool,
    rounds: u32,
    labels: u64,
}

/// Adds days of negative reduced cost until there are none, or the budget is spent.
fn generate<const W: usize>(
    program: &mut Program,
    needs: &[&Need],
    classes: &[Class],
    near: &Near,
    budget: BoundBudget,
) -> Result<Generated, LpError> {
    // Before anything is proved: all that is certain is that nobody saves more than his way home.
    let homeward = |class: &Class| class.masters.len() as f64 * class.terms.straight_home() as f64;
    let certain = -classes.iter().map(homeward).sum::<f64>();
    let mut found = Generated { value: certain, settled: false, rounds: 0, labels: 0 };
    let mut quick = true;
    while found.rounds < budget.rounds && found.labels < budget.labels {
        found.rounds += 1;
        program.solve()?;
        let (mut added, mut below, mut whole) = (0, 0.0, true);
        for (c, class) in classes.iter().enumerate() {
            let prices = (program.job_prices.as_slice(), program.class_prices[c]);
            let left = budget.labels.saturating_sub(found.labels);
            let Priced { days, least, labels, whole: all } =
                class.terms.price::<W>(needs, prices, near, quick, left);
            found.labels += labels;
            below += least * class.masters.len() as f64;
            whole &= all;
            for day in days.iter().filter(|day| day.cost.is_finite()) {
                program.add(c, &day.jobs, day.cost)?;
                added += 1;
            }
        }
        if quick {
            // The exact pricing costs much more, so the quick one first does what it can.
            quick = added > classes.len() / 8;
            continue;
        }
        if whole {
            found.value = found.value.max(program.value + below);
            found.settled = added == 0 || program.value - found.value < 0.5;
        }
        if found.settled || !whole {
            break;
        }
        // The days just found change the prices; what follows from that the quick pricing finds for less.
        quick = true;
    }
    Ok(found)
}

impl Program {
    /// A program in which every job is left undone at its price.
    fn new(model: &Model, jobs: &[u32], classes: &[Class]) -> Result<Self, LpError> {
        let mut problem = ColProblem::new();
        let job_rows: Vec<Row> = jobs.iter().map(|_| problem.add_row(1.0..)).collect();
        let class_rows: Vec<Row> =
            classes.iter().map(|class| problem.add_row(..=class.masters.len() as f64)).collect();
        for (&j, &row) in jobs.iter().zip(&job_rows) {
            problem.add_column(model.priority(j) as f64, 0.0.., [(row, 1.0)]);
        }
        let failed = |status: highs::HighsStatus| LpError::Failed(format!("{status:?}"));
        let mut lp = problem.try_optimise(Sense::Minimise).map_err(failed)?;
        let options = [
            lp.try_set_option("threads", 1).is_ok(),
            lp.try_set_option("parallel", "off").is_ok(),
            lp.try_set_option("presolve", "off").is_ok(),
            lp.try_set_option("solver", "simplex").is_ok(),
            // New days leave the last answer feasible, so the primal method goes on from it.
            lp.try_set_option("simplex_strategy", 4).is_ok(),
        ];
        if options.contains(&false) {
            return Err(LpError::Failed("an option was refused".to_owned()));
        }
        Ok(Self {
            model: Some(lp),
            job_rows,
            class_rows,
            columns: jobs.len(),
            value: 0.0,
            job_prices: Vec::new(),
            class_prices: Vec::new(),
        })
    }

    /// One more day somebody of a class could have.
    fn add(&mut self, class: usize, day: &[u16], cost: f64) -> Result<(), LpError> {
        let mut times: BTreeMap<u16, f64> = BTreeMap::new();
        for &job in day {
            *times.entry(job).or_default() += 1.0;
        }
        let rows = times.into_iter().map(|(job, count)| (self.job_rows[job as usize], count));
        let factors: Vec<(Row, f64)> = rows.chain([(self.class_rows[class], 1.0)]).collect();
        let model = self.model.as_mut().ok_or_else(lost)?;
        model
            .try_add_column(cost, 0.0.., factors)
            .map_err(|status| LpError::Failed(format!("{status:?}")))?;
        self.columns += 1;
        Ok(())
    }

    fn solve(&mut self) -> Result<(), LpError> {
        let model = self.model.take().ok_or_else(lost)?;
        let solved = model.try_solve().map_err(|status| LpError::Failed(format!("{status:?}")))?;
        if solved.status() != HighsModelStatus::Optimal {
            return Err(LpError::Failed(format!("{:?}", solved.status())));
        }
        let solution = solved.get_solution();
        let duals = solution.dual_rows();
        self.value = solved.objective_value();
        self.job_prices = duals[..self.job_rows.len()].to_vec();
        self.class_prices = duals[self.job_rows.len()..].to_vec();
        self.model = Some(solved.into());
        Ok(())
    }
}

fn lost() -> LpError {
    LpError::Failed("the program was given away by a failed run".to_owned())
}
