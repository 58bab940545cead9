//! The mixed-integer program of a month, or of a part of it with the rest standing still.

use super::choices::{Choice, Dense};
use super::spread::Filled;
use crate::month::Day;
use crate::pool::LpError;
use good_lp::constraint::{eq, geq, leq};
use good_lp::{
    Constraint, Expression, ProblemVariables, Solution, SolverModel, Variable, highs, variable, variables,
};
use std::collections::BTreeMap;

/// A program being written.
struct Writing<'a> {
    dense: &'a Dense<'a>,
    rest: &'a Filled,
    whole: bool,
    vars: ProblemVariables,
    objective: Expression,
    rows: Vec<Constraint>,
    /// Variables of each task's choices.
    picks: Vec<Vec<(Choice, Variable)>>,
    /// Whether a master goes to a zone on a day, where nobody of the rest makes him.
    trips: BTreeMap<(usize, Day, usize), Variable>,
    /// The visits a trip could be for.
    goers: BTreeMap<(usize, Day, usize), Expression>,
    /// Seconds by master and day.
    loads: BTreeMap<(usize, Day), Expression>,
}

/// The best choice of each of the tasks, `None` for leaving it out.
pub(super) fn solve(
    dense: &Dense<'_>,
    rest: &Filled,
    tasks: &[usize],
    known: &[Option<Choice>],
) -> Result<Vec<Option<Choice>>, LpError> {
    let mut writing = Writing::new(dense, rest, true);
    writing.tasks(tasks, Some(known));
    writing.days();
    writing.rhythms(tasks);
    writing.fairness();
    let Writing { vars, objective, rows, picks, .. } = writing;
    let mut problem = vars
        .minimise(objective)
        .using(highs)
        .set_threads(1)
        .set_parallel(good_lp::solvers::highs::HighsParallelType::Off)
        .set_option("mip_rel_gap", 0.0)
        .set_option("mip_abs_gap", 1e-6);
    for row in rows {
        problem = problem.with(row);
    }
    let solution = problem.solve().map_err(|error| LpError::Failed(error.to_string()))?;
    let chosen = picks
        .iter()
        .map(|task| task.iter().find(|(_, pick)| solution.value(*pick) > 0.5).map(|(choice, _)| *choice));
    Ok(chosen.collect())
}

/// What no plan of the whole month can be cheaper than, what is fixed aside: the program without whole numbers.
pub(super) fn bound(dense: &Dense<'_>) -> Result<f64, LpError> {
    let rest = Filled::new(dense);
    let all: Vec<usize> = (0..dense.tasks.len()).collect();
    let mut writing = Writing::new(dense, &rest, false);
    writing.tasks(&all, None);
    writing.days();
    writing.rhythms(&all);
    writing.fairness();
    let Writing { vars, objective, rows, .. } = writing;
    let mut problem = vars
        .minimise(objective.clone())
        .using(highs)
        .set_threads(1)
        .set_parallel(good_lp::solvers::highs::HighsParallelType::Off);
    for row in rows {
        problem = problem.with(row);
    }
    let solution = problem.solve().map_err(|error| LpError::Failed(error.to_string()))?;
    Ok(solution.eval(&objective))
}

impl<'a> Writing<'a> {
    fn new(dense: &'a Dense<'a>, rest: &'a Filled, whole: bool) -> Self {
        Self {
            dense,
            rest,
            whole,
            vars: variables!(),
            objective: Expression::default(),
            rows: Vec::new(),
            picks: Vec::new(),
            trips: BTreeMap::new(),
            goers: BTreeMap::new(),
            loads: BTreeMap::new(),
        }
    }

    /// Each task has one choice or is left out; whoever goes to a zone pays the way there once a day.
    fn tasks(&mut self, tasks: &[usize], known: Option<&[Option<Choice>]>) {
        for &k in tasks {
            let task = &self.dense.tasks[k];
            let before = known.and_then(|known| known[k]);
            let skip = variable().min(0).max(1);
            let skip = self.vars.add(match known {
                Some(_) => skip.initial(if before.is_none() { 1.0 } else { 0.0 }),
                None => skip,
            });
            self.objective.add_mul(task.priority, skip);
            let mut one = Expression::from(skip);
            let mut picks = Vec::with_capacity(task.choices.len());
            for choice in task.choices.iter().filter(|c| self.rest.in_rhythm(self.dense, k, c.day)) {
                let pick = if self.whole { variable().binary() } else { variable().min(0).max(1) };
                let pick = self.vars.add(match known {
                    Some(_) => pick.initial(if before == Some(*choice) { 1.0 } else { 0.0 }),
                    None => pick,
                });
                self.objective.add_mul(choice.cost, pick);
                one.add_mul(1.0, pick);
                for m in choice.masters() {
                    let load = self.loads.entry((m, choice.day)).or_default();
                    load.add_mul(choice.seconds as f64, pick);
                    if let Some(trip) = self.trip(m, choice.day, task.zone) {
                        self.rows.push(leq(pick, trip));
                        let goers = self.goers.entry((m, choice.day, task.zone)).or_default();
                        goers.add_mul(1.0, pick);
                    }
                }
                picks.push((*choice, pick));
            }
            self.rows.push(eq(one, 1.0));
            self.picks.push(picks);
        }
        // Nobody drives about for nothing, which would make an empty month look fuller.
        for (key, goers) in std::mem::take(&mut self.goers) {
            self.rows.push(leq(self.trips[&key] - goers, 0.0));
        }
    }

    fn trip(&mut self, master: usize, day: Day, zone: usize) -> Option<Variable> {
        let key = (master, day, zone);
        if self.rest.goes(master, day, zone) {
            return None;
        }
        if let Some(trip) = self.trips.get(&key) {
            return Some(*trip);
        }
        let seconds = self.dense.trips[master][zone] as f64;
        let trip = self.vars.add(variable().min(0).max(1));
        self.objective.add_mul(seconds, trip);
        self.loads.entry((master, day)).or_default().add_mul(seconds, trip);
        self.trips.insert(key, trip);
        Some(trip)
    }

    /// No day is fuller than it can be; what is beyond its hours is paid.
    fn days(&mut self) {
        let price = self.dense.month.weights.overtime_permille as f64 / 1000.0;
        for (&(master, day), load) in &self.loads {
            let (hours, overtime) = self.dense.hours(master, day);
            let rest = self.rest.load(master, day);
            // Overtime of the rest is paid already; only what comes on top counts here.
            let (paid, most) = ((rest - hours).max(0), overtime.max(rest - hours));
            let over = self.vars.add(variable().min(paid as f64).max(most as f64));
            self.objective.add_mul(price, over);
            self.objective += -price * paid as f64;
            self.rows.push(leq(load.clone() - over, (hours - rest) as f64));
        }
    }

    /// Visits of one schedule keep their distance, whichever of them are left out.
    fn rhythms(&mut self, tasks: &[usize]) {
        let place: BTreeMap<usize, usize> = tasks.iter().enumerate().map(|(at, &k)| (k, at)).collect();
        let sum = |at: usize, when: &dyn Fn(Day) -> bool| {
            let mut sum = Expression::default();
            for (choice, pick) in self.picks[at].iter().filter(|(choice, _)| when(choice.day)) {
                let _same_day = choice;
                sum.add_mul(1.0, *pick);
            }
            sum
        };
        let mut rows = Vec::new();
        for pair in &self.dense.pairs {
            let (Some(&first), Some(&second)) = (place.get(&pair.first), place.get(&pair.second)) else {
                continue;
            };
            let mut days: Vec<Day> = self.picks[first].iter().map(|(choice, _)| choice.day).collect();
            days.sort_unstable();
            days.dedup();
            let span = |at: usize| {
                let days = self.picks[at].iter().map(|(choice, _)| choice.day);
                days.clone().min().zip(days.max())
            };
            let Some((earliest, latest)) = span(second) else { continue };
            for day in days {
                // One on this day or later, the other too soon after.
                if earliest < day + pair.least {
                    let both = sum(first, &|d| d >= day) + sum(second, &|d| d < day + pair.least);
                    rows.push(leq(both, 1.0));
                }
                if let Some(most) = pair.most.filter(|most| latest > day + most) {
                    rows.push(leq(sum(first, &|d| d <= day) + sum(second, &|d| d > day + most), 1.0));
                }
            }
        }
        self.rows.extend(rows);
    }

    /// The difference between the fullest and the emptiest month is paid.
    fn fairness(&mut self) {
        let spread = self.dense.month.weights.spread as f64;
        let masters: Vec<usize> = (0..self.dense.whole.len()).filter(|&m| self.dense.whole[m] > 0).collect();
        if masters.is_empty() || spread == 0.0 {
            return;
        }
        let (high, low) = (self.vars.add(variable().min(0)), self.vars.add(variable().min(0)));
        self.objective.add_mul(spread, high);
        self.objective.add_mul(-spread, low);
        let mut months: BTreeMap<usize, Expression> = BTreeMap::new();
        for (&(master, _), load) in &self.loads {
            *months.entry(master).or_default() += load.clone();
        }
        for m in masters {
            let whole = self.dense.whole[m] as f64;
            let known = self.rest.month(m) as f64 / whole;
            let fullness = months.remove(&m).unwrap_or_default() * (1.0 / whole) + known;
            self.rows.push(leq(fullness.clone() - high, 0.0));
            self.rows.push(geq(fullness - low, 0.0));
        }
    }
}
