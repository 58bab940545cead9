//! Who should do how much: a linear program that spreads jobs over masters fairly and prices their hours.

use crate::engine::Engine;
use crate::key::{JobKey, MasterKey};
use crate::model::Model;
use crate::pool::LpError;
use good_lp::constraint::{eq, geq, leq};
use good_lp::solvers::DualValues;
use good_lp::{Expression, Solution, SolutionWithDual, SolverModel, highs, variable, variables};
use serde::{Deserialize, Serialize};

/// A job to be spread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Which job.
    pub job: JobKey,
    /// Seconds of a master it takes.
    pub seconds: i64,
    /// Cost of leaving it out.
    pub priority: i64,
    /// Masters who may have it, with what it costs with each.
    pub choices: Vec<(MasterKey, i64)>,
}

/// A master's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Whose.
    pub master: MasterKey,
    /// Seconds of the shift.
    pub seconds: i64,
    /// Seconds of overtime allowed beyond them.
    pub overtime: i64,
}

/// How much fairness and overtime matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceWeights {
    /// Cost of the whole difference between the fullest and the emptiest day, full days being one.
    pub spread: i64,
    /// Cost of a thousand seconds of overtime.
    pub overtime_permille: i64,
    /// How many nearest masters each job may choose from.
    pub choices: usize,
}

impl Default for BalanceWeights {
    fn default() -> Self {
        Self { spread: 20_000, overtime_permille: 2000, choices: 15 }
    }
}

/// A part of a job given to a master; most are whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which job.
    pub job: JobKey,
    /// To whom.
    pub master: MasterKey,
    /// How much of it, up to one.
    pub share: f64,
}

/// One master's day in a balance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayLoad {
    /// Whose.
    pub master: MasterKey,
    /// Seconds given to him.
    pub seconds: f64,
    /// What one more hour of him would save.
    pub hour_price: f64,
}

/// Jobs spread over masters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Who gets what.
    pub shares: Vec<Share>,
    /// How full each day is, masters in the order given.
    pub loads: Vec<DayLoad>,
    /// Difference between the fullest and the emptiest day, full days being one.
    pub spread: f64,
    /// Jobs left out, as sum of parts.
    pub left_out: f64,
}

/// Spreads jobs over masters. Choices that name no given master are passed over.
pub fn distribute(
    loads: &[Load],
    masters: &[Capacity],
    weights: &BalanceWeights,
) -> Result<Balance, LpError> {
    let mut order: Vec<usize> = (0..masters.len()).collect();
    order.sort_by_key(|&m| masters[m].master);
    let slot =
        |key: MasterKey| order.binary_search_by_key(&key, |&m| masters[m].master).ok().map(|k| order[k]);
    let mut vars = variables!();
    let mut objective = Expression::default();
    let over: Vec<_> = masters.iter().map(|c| vars.add(variable().min(0).max(c.overtime as f64))).collect();
    let (high, low) = (vars.add(variable().min(0)), vars.add(variable().min(0)));
    objective.add_mul(weights.spread as f64, high);
    objective.add_mul(-weights.spread as f64, low);
    for &over in &over {
        objective.add_mul(weights.overtime_permille as f64 / 1000.0, over);
    }
    let mut sums: Vec<Expression> = vec![Expression::default(); masters.len()];
    let mut wholes = Vec::with_capacity(loads.len());
    let mut parts = Vec::new();
    let mut skips = Vec::with_capacity(loads.len());
    for load in loads {
        let skip = vars.add(variable().min(0).max(1));
        objective.add_mul(load.priority as f64, skip);
        skips.push(skip);
        let mut whole = Expression::from(skip);
        for &(master, cost) in &load.choices {
            let Some(m) = slot(master) else { continue };
            let part = vars.add(variable().min(0).max(1));
            objective.add_mul(cost as f64, part);
            sums[m].add_mul(load.seconds as f64, part);
            whole.add_mul(1.0, part);
            parts.push((load.job, m, part));
        }
        wholes.push(whole);
    }
    let mut problem = vars
        .minimise(objective)
        .using(highs)
        .set_threads(1)
        .set_parallel(good_lp::solvers::highs::HighsParallelType::Off);
    for whole in wholes {
        problem = problem.with(eq(whole, 1.0));
    }
    let mut rows = Vec::with_capacity(masters.len());
    for ((capacity, sum), &over) in masters.iter().zip(&sums).zip(&over) {
        rows.push(problem.add_constraint(leq(sum.clone() - over, capacity.seconds as f64)));
        if capacity.seconds > 0 {
            let fullness = sum.clone() * (1.0 / capacity.seconds as f64);
            problem = problem.with(leq(fullness.clone() - high, 0.0)).with(geq(fullness - low, 0.0));
        }
    }
    let mut solution = problem.solve().map_err(|error| LpError::Failed(error.to_string()))?;
    let seconds: Vec<f64> = sums.iter().map(|sum| solution.eval(sum)).collect();
    let (high, low) = (solution.value(high), solution.value(low));
    let shares = parts.iter().map(|&(job, m, part)| (job, m, solution.value(part))).filter(|p| p.2 > 1e-6);
    let shares = shares.map(|(job, m, share)| Share { job, master: masters[m].master, share }).collect();
    let left_out = skips.iter().map(|&skip| solution.value(skip)).sum();
    let duals = solution.compute_dual();
    let days = masters.iter().zip(seconds).zip(rows).map(|((capacity, seconds), row)| DayLoad {
        master: capacity.master,
        seconds,
        hour_price: (-duals.dual(row)).max(0.0) * 3600.0,
    });
    Ok(Balance { shares, loads: days.collect(), spread: high - low, left_out })
}

impl Engine {
    /// Spreads all jobs of the engine over its masters, by skill and nearness of home; the plan is not changed.
    ///
    /// The way to a job is taken as half the way from home, since the next job is nearer than home.
    pub fn balance(&self, weights: &BalanceWeights) -> Result<Balance, LpError> {
        let model = &self.state.model;
        let masters = model.masters.iter().filter(|m| m.off_from.is_none());
        let masters =
            masters.map(|m| Capacity { master: m.key, seconds: m.shift.1 - m.shift.0, overtime: m.overtime });
        let loads = self.jobs().map(|job| {
            let eligible = (0..).zip(&model.masters);
            let eligible = eligible.filter(|(_, m)| m.off_from.is_none() && Model::barred(job, m).is_none());
            let mut choices: Vec<(MasterKey, i64)> = eligible
                .map(|(m, master)| (master.key, model.leg(m, &master.home, &job.place).seconds))
                .collect();
            choices.sort_unstable_by_key(|c| (c.1, c.0));
            choices.truncate(weights.choices);
            let way = choices.iter().map(|c| c.1).sum::<i64>() / (2 * choices.len() as i64).max(1);
            Load { job: job.key, seconds: job.service + way, priority: job.priority, choices }
        });
        distribute(&loads.collect::<Vec<_>>(), &masters.collect::<Vec<_>>(), weights)
    }
}
