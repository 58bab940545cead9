//! Tours remembered from the search, combined anew by a linear program whose duals are prices.

use crate::delta::Delta;
use crate::dive::{Choice, Offer, dive};
use crate::engine::Engine;
use crate::key::{JobKey, MasterKey};
use crate::model::{Model, NONE};
use crate::state::State;
use crate::tour::Tour;
use good_lp::constraint::{eq, leq};
use good_lp::solvers::DualValues;
use good_lp::solvers::highs::HighsSolution;
use good_lp::{Expression, Solution, SolutionWithDual, SolverModel, Variable, highs, variable, variables};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use thiserror::Error;

/// Tours a dive sees at least.
const WIDE: usize = 3000;
/// Pivots of a dive for each node of the budget, divided by the number of jobs.
const PIVOTS: i64 = 100_000;

/// Why a linear program gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LpError {
    /// What HiGHS said.
    #[error("linear program failed: `{0}`")]
    Failed(String),
    /// Ways depend on the hour.
    #[error("ways depend on the hour, expected ways that do not")]
    Clocked,
    /// Too many jobs at once.
    #[error("`{jobs}` jobs are too many for a bound, expected at most `{most}`")]
    TooMany {
        /// Jobs there are.
        jobs: usize,
        /// Jobs there may be.
        most: usize,
    },
}

/// How much work `Engine::polish` may do; nodes, never time, so that a run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolBudget {
    /// Branch-and-bound nodes for a whole combination, and the work of the dive before it; zero for prices only.
    pub nodes: u32,
    /// Tours of smallest reduced cost the branch and bound sees.
    pub columns: usize,
}

impl Default for PoolBudget {
    fn default() -> Self {
        Self { nodes: 20, columns: 800 }
    }
}

/// Prices from the last LP over the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Cost of the best mix of known tours, parts of tours allowed; no bound for tours never met.
    pub mix: i64,
    jobs: Vec<(JobKey, i64)>,
    masters: Vec<(MasterKey, i64)>,
}

impl Prices {
    /// Prices in any order.
    pub(crate) fn new(mix: i64, mut jobs: Vec<(JobKey, i64)>, mut masters: Vec<(MasterKey, i64)>) -> Self {
        jobs.sort_unstable();
        masters.sort_unstable();
        Self { mix, jobs, masters }
    }

    /// What serving a job costs the whole plan.
    pub fn job(&self, key: JobKey) -> Option<i64> {
        self.jobs.binary_search_by_key(&key, |p| p.0).ok().map(|k| self.jobs[k].1)
    }

    /// What one more hour of a master like this would save.
    pub fn master_hour(&self, key: MasterKey) -> Option<i64> {
        self.masters.binary_search_by_key(&key, |p| p.0).ok().map(|k| self.masters[k].1)
    }
}

/// A remembered tour: of all orders of its jobs met so far, the cheapest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Route {
    master: u32,
    jobs: Vec<u32>,
    /// What it cost when it was met.
    cost: i64,
    /// Count of jobs ever added when it was met: younger tenants of its slots make it void.
    stamp: u64,
}

/// Remembered tours, the oldest forgotten first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pool {
    routes: Vec<Route>,
    next: usize,
    #[serde(skip)]
    seen: HashMap<u64, usize>,
}

impl Pool {
    /// Remembers the tours touched by the last step.
    pub(crate) fn collect(&mut self, state: &State) {
        let limit = state.model.params.pool_limit;
        for (m, _) in &state.log {
            let tour = &state.tours[*m as usize];
            // Linked jobs have times that hold only together with other tours.
            if tour.visits.is_empty() || limit == 0 || state.has_linked(*m) {
                continue;
            }
            // Of masters who are alike the first stands for all.
            let master = state.model.class.get(*m as usize).copied().unwrap_or(*m);
            let (hash, cost) = (hash(master, state.model.born, tour.jobs()), tour.cost.total());
            if let Some(&k) = self.seen.get(&hash) {
                if let Some(known) = self.routes.get_mut(k).filter(|known| cost < known.cost) {
                    known.cost = cost;
                    known.jobs.clear();
                    known.jobs.extend(tour.jobs());
                }
                continue;
            }
            let route = Route { master, jobs: tour.jobs().collect(), cost, stamp: state.model.born };
            if self.routes.len() < limit {
                self.seen.insert(hash, self.routes.len());
                self.routes.push(route);
            } else {
                self.next %= limit;
                self.seen.insert(hash, self.next);
                let old = std::mem::replace(&mut self.routes[self.next], route);
                self.seen.remove(&old.hash());
                self.next += 1;
            }
        }
    }

    /// Remembered tours whose jobs are all still there, with their masters.
    pub(crate) fn known<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = (u32, Vec<u32>)> + 'a {
        let alive = |j: &u32, stamp: u64| {
            let slot = &model.jobs[*j as usize];
            slot.alive && slot.born <= stamp && !slot.linked
        };
        let routes = self.routes.iter().filter(move |route| route.jobs.iter().all(|j| alive(j, route.stamp)));
        routes.map(|route| (route.master, route.jobs.clone()))
    }

    /// The pool without what can be worked out.
    pub(crate) fn plain(&self) -> Self {
        Self { routes: self.routes.clone(), next: self.next, seen: HashMap::new() }
    }

    /// Works out what is not stored.
    pub(crate) fn index(&mut self) {
        self.seen = self.routes.iter().enumerate().map(|(k, route)| (route.hash(), k)).collect();
    }
}

impl Route {
    fn hash(&self) -> u64 {
        hash(self.master, self.stamp, self.jobs.iter().copied())
    }
}

/// The same for all orders of the same jobs.
fn hash(master: u32, stamp: u64, jobs: impl Iterator<Item = u32>) -> u64 {
    let start = mix(u64::from(master) << 32 | 1).wrapping_add(mix(stamp.rotate_left(40)));
    jobs.fold(start, |sum, j| sum.wrapping_add(mix(u64::from(j).wrapping_add(0x5bd1_e995))))
}

/// Spreads a number over all bits, after SplitMix64.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A tour as a column of the linear program.
struct Column {
    master: u32,
    jobs: Vec<u32>,
    cost: i64,
    current: bool,
}

/// An answer of the linear program.
struct Answer {
    solution: HighsSolution,
    picks: Vec<Variable>,
    /// Dual of each job slot and each master.
    job_duals: Vec<f64>,
    master_duals: Vec<f64>,
    value: f64,
}

impl Engine {
    /// Prices jobs and masters by a linear program over remembered tours, and adopts a better combination of whole
    /// tours if there is one. The rules of `Engine::improve` hold for what is adopted.
    pub fn polish(&mut self, budget: PoolBudget) -> Result<Option<Delta>, LpError> {
        self.recombine(budget, false, &mut || false)
    }

    /// The same for a plan nobody knows of yet, as `Engine::improve_unpublished` is to `Engine::improve`.
    pub fn polish_unpublished(&mut self, budget: PoolBudget) -> Result<Option<Delta>, LpError> {
        self.recombine(budget, true, &mut || false)
    }

    /// The same, ended early when `enough` says so.
    pub(crate) fn polish_until(
        &mut self,
        budget: PoolBudget,
        enough: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Delta>, LpError> {
        self.recombine(budget, true, enough)
    }

    fn recombine(
        &mut self,
        budget: PoolBudget,
        unsettled: bool,
        enough: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Delta>, LpError> {
        self.open(unsettled);
        self.state.begin();
        let columns = self.columns();
        let relaxed = self.solve(&columns, None);
        let relaxed = match relaxed {
            Ok(relaxed) => relaxed,
            Err(error) => {
                self.close();
                return Err(error);
            }
        };
        self.keep_prices(&relaxed);
        let gap = self.state.cost.total() as f64 - relaxed.value;
        if budget.nodes == 0 || gap < 1.0 {
            self.close();
            return Ok(None);
        }
        let tours = self.state.tours.clone();
        let bank = self.state.bank.clone();
        let wide = cheap(columns, &relaxed, gap, budget.columns.max(WIDE));
        if let Some(picks) = self.dive(&wide, budget, enough) {
            self.combine(&wide, &picks);
        } else if !enough() {
            let columns = cheap(wide, &relaxed, gap, budget.columns);
            // Running out of nodes without a plan is no failure: the current plan stays.
            if let Ok(whole) = self.solve(&columns, Some(budget.nodes)) {
                let picked = |pick: &Variable| whole.solution.value(*pick) > 0.5;
                let picks: Vec<bool> = whole.picks.iter().map(picked).collect();
                self.combine(&columns, &picks);
            }
        }
        Ok(self.adopt(tours, bank))
    }

    /// The group of each master in the program: of masters who are alike and free, the first; else each by himself.
    fn groups(&self) -> Vec<u32> {
        let model = &self.state.model;
        let alone = (0..model.masters.len() as u32).collect();
        let open = model.unsettled && model.live().all(|j| model.jobs[j as usize].is_open());
        if open && self.state.tours.iter().all(|tour| tour.locked == 0) { model.class.clone() } else { alone }
    }

    /// Prices of the last `Engine::polish`.
    pub fn prices(&self) -> Option<&Prices> {
        self.prices.as_ref()
    }

    /// Tours of the plan and those of the pool that are still possible.
    fn columns(&self) -> Vec<Column> {
        let model = &self.state.model;
        let mut columns = Vec::new();
        let mut known: HashSet<(u32, Vec<u32>)> = HashSet::new();
        for (m, tour) in (0..).zip(&self.state.tours) {
            let jobs: Vec<u32> = tour.jobs().collect();
            if !jobs.is_empty() {
                known.insert((m, jobs.clone()));
                columns.push(Column { master: m, jobs, cost: tour.cost.total(), current: true });
            }
        }
        for route in &self.pool.routes {
            let m = route.master;
            let Some(current) = self.state.tours.get(m as usize) else { continue };
            let alive = |&j: &u32| {
                let slot = &model.jobs[j as usize];
                slot.alive && slot.born <= route.stamp && slot.may(m) && !slot.linked
            };
            let locked = current.visits[..current.locked].iter().map(|v| v.job);
            let keeps = route.jobs.len() >= current.locked
                && locked.eq(route.jobs[..current.locked].iter().copied())
                && !self.state.has_linked(m)
                && current.jobs().all(|j| !model.jobs[j as usize].is_fixed() || route.jobs.contains(&j));
            if !route.jobs.iter().all(alive) || !keeps {
                continue;
            }
            if self.takes_locked(m, &route.jobs) || !known.insert((m, route.jobs.clone())) {
                continue;
            }
            let mut tour = Tour::of(route.jobs.iter().copied());
            if tour.schedule(model, m) {
                let cost = tour.cost.total();
                columns.push(Column { master: m, jobs: route.jobs.clone(), cost, current: false });
            }
        }
        columns
    }

    /// Whether a tour has a job that another master keeps for good.
    fn takes_locked(&self, m: u32, jobs: &[u32]) -> bool {
        jobs.iter().any(|&j| {
            let (own, position) = self.state.at[j as usize];
            own != NONE && own != m && (position as usize) < self.state.tours[own as usize].locked
        })
    }

    fn solve(&self, columns: &[Column], nodes: Option<u32>) -> Result<Answer, LpError> {
        let model = &self.state.model;
        let groups = self.groups();
        let mut vars = variables!();
        let mut objective = Expression::with_capacity(columns.len() + model.jobs.len());
        let mut covers: Vec<Expression> = vec![Expression::default(); model.jobs.len()];
        let mut masters: Vec<Expression> = vec![Expression::default(); model.masters.len()];
        let mut picks = Vec::with_capacity(columns.len());
        for column in columns {
            let start = if column.current { 1.0 } else { 0.0 };
            let definition = match nodes {
                Some(_) => variable().binary().initial(start),
                None => variable().min(0),
            };
            let pick = vars.add(definition);
            objective.add_mul(column.cost as f64, pick);
            masters[groups[column.master as usize] as usize].add_mul(1.0, pick);
            for &j in &column.jobs {
                covers[j as usize].add_mul(1.0, pick);
            }
            picks.push(pick);
        }
        for j in model.live() {
            let (m, _) = self.state.at[j as usize];
            // No bound above: the row bounds it, and a bound of its own would let the job's price rise past the cost of
            // leaving it out.
            let skip = vars.add(variable().min(0).initial(if m == NONE { 1.0 } else { 0.0 }));
            objective.add_mul(model.priority(j) as f64, skip);
            covers[j as usize].add_mul(1.0, skip);
        }
        let mut problem = vars
            .minimise(objective.clone())
            .using(highs)
            .set_threads(1)
            .set_parallel(good_lp::solvers::highs::HighsParallelType::Off);
        if let Some(nodes) = nodes {
            problem = problem
                .set_option("mip_max_nodes", nodes as i32)
                .set_option("mip_abs_gap", 0.9)
                .set_option("mip_heuristic_effort", 0.02);
        }
        let mut job_rows = Vec::new();
        for j in model.live() {
            let cover = std::mem::take(&mut covers[j as usize]);
            job_rows.push((j, problem.add_constraint(eq(cover, 1.0))));
        }
        let mut master_rows = Vec::new();
        for (m, sum) in masters.into_iter().enumerate() {
            let (least, most) = self.limits(m, &groups);
            let row = if least > 0.0 { eq(sum, most) } else { leq(sum, most) };
            master_rows.push(problem.add_constraint(row));
        }
        let mut solution = problem.solve().map_err(|error| LpError::Failed(error.to_string()))?;
        let value = solution.eval(&objective);
        let mut job_duals = vec![0.0; model.jobs.len()];
        let mut master_duals = Vec::new();
        if nodes.is_none() {
            let duals = solution.compute_dual();
            for (j, row) in job_rows {
                job_duals[j as usize] = duals.dual(row);
            }
            let rows: Vec<f64> = master_rows.into_iter().map(|row| duals.dual(row)).collect();
            master_duals = groups.iter().map(|&g| rows[g as usize]).collect();
        }
        Ok(Answer { solution, picks, job_duals, master_duals, value })
    }

    /// Tours that together cost less than the plan, found by diving.
    fn dive(
        &self,
        columns: &[Column],
        budget: PoolBudget,
        enough: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<bool>> {
        let model = &self.state.model;
        let groups = self.groups();
        let mut row = vec![NONE; model.jobs.len()];
        let mut undone = Vec::new();
        for j in model.live() {
            row[j as usize] = undone.len() as u32;
            undone.push(model.priority(j) as f64);
        }
        let choice = |column: &Column| Choice {
            jobs: column.jobs.iter().map(|&j| row[j as usize]).collect(),
            group: groups[column.master as usize],
            cost: column.cost as f64,
        };
        let limits = (0..self.state.tours.len()).map(|m| self.limits(m, &groups)).collect();
        // The more jobs, the longer each pivot takes.
        let pivots = i64::from(budget.nodes) * PIVOTS / undone.len().max(1) as i64;
        let offer = Offer { choices: columns.iter().map(choice).collect(), undone, groups: limits };
        let picks = dive(&offer, self.state.cost.total() as f64, pivots, enough)?;
        let mut flags = vec![false; columns.len()];
        picks.into_iter().for_each(|k| flags[k] = true);
        Some(flags)
    }

    /// Least and most tours of the group that a master stands for.
    fn limits(&self, m: usize, groups: &[u32]) -> (f64, f64) {
        let tour = &self.state.tours[m];
        let linked = self.state.has_linked(m as u32);
        let fixed = |j: u32| self.state.model.jobs[j as usize].is_fixed();
        let bound = linked || tour.locked > 0 || tour.jobs().any(fixed);
        let size = groups.iter().filter(|&&g| g as usize == m).count() as f64;
        if bound { (size, size) } else { (0.0, size.max(1.0)) }
    }

    fn keep_prices(&mut self, answer: &Answer) {
        let model = &self.state.model;
        let price = |j: u32| (model.jobs[j as usize].job.key, answer.job_duals[j as usize].round() as i64);
        let jobs = model.live().map(price).collect();
        let masters = model
            .masters
            .iter()
            .zip(&answer.master_duals)
            .map(|(master, dual)| {
                let seconds = (master.shift.1 - master.shift.0).max(1);
                (master.key, ((-dual).max(0.0) * 3600.0 / seconds as f64).round() as i64)
            })
            .collect();
        self.prices = Some(Prices::new(answer.value.round() as i64, jobs, masters));
    }

    /// Makes the plan the chosen tours.
    fn combine(&mut self, columns: &[Column], picks: &[bool]) {
        let groups = self.groups();
        let mut chosen: Vec<Option<&[u32]>> = vec![None; self.state.tours.len()];
        let mut picks: Vec<&Column> =
            columns.iter().zip(picks).filter(|(_, pick)| **pick).map(|(c, _)| c).collect();
        // Tours of the present plan keep their masters; the others go to whoever of the group is left.
        picks.sort_by_key(|column| !column.current);
        for column in picks {
            let group = groups[column.master as usize];
            let own = Some(column.master as usize).filter(|&m| chosen[m].is_none());
            let free = |m: &usize| groups[*m] == group && chosen[*m].is_none();
            if let Some(m) = own.or_else(|| (0..groups.len()).find(free)) {
                chosen[m] = Some(&column.jobs);
            }
        }
        for (m, jobs) in (0..).zip(chosen) {
            let jobs = jobs.unwrap_or_default();
            if !self.state.tours[m as usize].jobs().eq(jobs.iter().copied()) {
                self.state.replace(m, jobs);
            }
        }
        let all = self.state.model.live().collect();
        self.state.back_to(Vec::new(), all);
    }
}

/// Columns that can be part of a better plan: reduced cost below the gap; the cheapest of them, in their order.
fn cheap(columns: Vec<Column>, answer: &Answer, gap: f64, limit: usize) -> Vec<Column> {
    let reduced = |c: &Column| {
        let covered: f64 = c.jobs.iter().map(|&j| answer.job_duals[j as usize]).sum();
        c.cost as f64 - covered - answer.master_duals[c.master as usize]
    };
    let mut ranks: Vec<f64> = columns.iter().filter(|c| !c.current).map(reduced).collect();
    ranks.sort_by(f64::total_cmp);
    let bar = ranks.get(limit).copied().unwrap_or(f64::INFINITY).min(gap);
    columns.into_iter().filter(|c| c.current || reduced(c) < bar).collect()
}
