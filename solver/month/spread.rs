//! Filling a month choice by choice, then putting parts of it in order by programs.

use super::choices::{Choice, Dense, Pair};
use super::{LeftOut, Month, MonthBudget, MonthCost, MonthPlan, MonthVisit, month_cost, program};
use crate::month::Day;
use crate::pool::LpError;
use crate::travel::TravelTimes;
use std::collections::{BTreeMap, BTreeSet};

/// Days of a week.
const WEEK: Day = 7;

/// Who does what when, and what follows from it.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    /// The choice of each task.
    pub chosen: Vec<Option<Choice>>,
    /// Seconds by master and day, ways to zones included.
    pub load: BTreeMap<(usize, Day), i64>,
    /// Visits by master, day and zone.
    pub visits: BTreeMap<(usize, Day, usize), u32>,
}

impl Filled {
    /// Takes a choice in.
    pub fn put(&mut self, dense: &Dense<'_>, task: usize, choice: Choice) {
        let zone = dense.tasks[task].zone;
        let visits = self.visits.entry((choice.master, choice.day, zone)).or_default();
        *visits += 1;
        let trip = if *visits == 1 { dense.trips[choice.master][zone] } else { 0 };
        *self.load.entry((choice.master, choice.day)).or_default() += choice.seconds + trip;
        self.chosen[task] = Some(choice);
    }
    /// Takes a task's choice out.
    pub fn take(&mut self, dense: &Dense<'_>, task: usize) -> Option<Choice> {
        let choice = self.chosen[task].take()?;
        let zone = dense.tasks[task].zone;
        let visits = self.visits.entry((choice.master, choice.day, zone)).or_default();
        *visits -= 1;
        let trip = if *visits == 0 { dense.trips[choice.master][zone] } else { 0 };
        *self.load.entry((choice.master, choice.day)).or_default() -= choice.seconds + trip;
        Some(choice)
    }
    /// Whether the visits of the same schedule allow the day.
    pub fn in_rhythm(&self, dense: &Dense<'_>, task: usize, day: Day) -> bool {
        dense.pairs_of[task].iter().all(|&k| {
            let pair: &Pair = &dense.pairs[k];
            let other = if pair.first == task { pair.second } else { pair.first };
            match self.chosen[other] {
                None => true,
                Some(there) if pair.first == task => pair.allows(day, there.day),
                Some(there) => pair.allows(there.day, day),
            }
        })
    }
    /// Cost of one more visit; nothing where the day is full or the rhythm forbids it.
    fn price(&self, dense: &Dense<'_>, task: usize, choice: &Choice) -> Option<f64> {
        let (zone, key) = (dense.tasks[task].zone, (choice.master, choice.day));
        let there = self.visits.get(&(choice.master, choice.day, zone)).is_some_and(|n| *n > 0);
        let trip = if there { 0 } else { dense.trips[choice.master][zone] };
        let (hours, overtime) = dense.hours(choice.master, choice.day);
        let load = self.load.get(&key).copied().unwrap_or(0);
        let after = load + choice.seconds + trip;
        if after > hours + overtime || !self.in_rhythm(dense, task, choice.day) {
            return None;
        }
        let over = (after - hours).max(0) - (load - hours).max(0);
        let price = over * dense.month.weights.overtime_permille;
        Some(choice.cost + trip as f64 + price as f64 / 1000.0)
    }
    fn visits(&self, month: &Month) -> Vec<MonthVisit> {
        let visit = |(k, choice): (usize, &Option<Choice>)| {
            choice.map(|c| MonthVisit {
                occurrence: month.occurrences[k].key,
                day: c.day,
                master: month.masters[c.master].key,
            })
        };
        self.chosen.iter().enumerate().filter_map(visit).collect()
    }
}

/// The planning of a month.
pub(super) struct Spreading<'a> {
    dense: Dense<'a>,
    travel: &'a dyn TravelTimes,
    budget: MonthBudget,
    filled: Filled,
    programs: u32,
}

impl<'a> Spreading<'a> {
    pub fn new(month: &'a Month, travel: &'a dyn TravelTimes, budget: MonthBudget) -> Self {
        let dense = Dense::new(month, travel);
        let filled = Filled { chosen: vec![None; dense.tasks.len()], ..Filled::default() };
        Self { dense, travel, budget, filled, programs: 0 }
    }

    pub fn plan(mut self) -> Result<MonthPlan, LpError> {
        self.fill();
        let all: Vec<usize> = (0..self.dense.tasks.len()).collect();
        let optimal = self.choices(&all) <= self.budget.whole;
        if optimal {
            self.reorder(&all, true)?;
        } else {
            for _ in 0..self.budget.rounds {
                let before = self.cost();
                for part in self.parts() {
                    self.reorder(&part, false)?;
                }
                if self.cost() > before - 1.0 {
                    break;
                }
            }
        }
        let bound = match self.budget.bound {
            true => Some(program::bound(&self.dense)?),
            false => None,
        };
        let left_out = all.iter().filter(|&&k| self.filled.chosen[k].is_none());
        let left_out = left_out.map(|&k| (self.month().occurrences[k].key, self.why(k))).collect();
        let visits = self.filled.visits(self.month());
        let cost = month_cost(self.month(), &visits, self.travel);
        Ok(MonthPlan { visits, left_out, cost, bound, optimal, programs: self.programs })
    }

    fn month(&self) -> &'a Month {
        self.dense.month
    }
    fn cost(&self) -> f64 {
        self.full_cost().total()
    }
    fn full_cost(&self) -> MonthCost {
        month_cost(self.month(), &self.filled.visits(self.month()), self.travel)
    }
    fn choices(&self, tasks: &[usize]) -> usize {
        tasks.iter().map(|&k| self.dense.tasks[k].choices.len()).sum()
    }

    /// First what is fixed, then what was promised, then whoever has the fewest choices.
    fn fill(&mut self) {
        let mut order: Vec<usize> = (0..self.dense.tasks.len()).collect();
        order.sort_by_key(|&k| {
            let promised = self.month().occurrences[k].promised;
            let rank =
                promised.map_or(3, |promise| if promise.fixed { 0 } else { 2 - i32::from(promise.told) });
            (rank, self.dense.tasks[k].choices.len(), k)
        });
        for k in order {
            let priced = self.dense.tasks[k].choices.iter().filter_map(|choice| {
                let fixed = self.month().occurrences[k].promised.is_some_and(|promise| promise.fixed);
                let price = if fixed { Some(0.0) } else { self.filled.price(&self.dense, k, choice) };
                price.map(|price| (price, *choice))
            });
            let best = priced.min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((price, choice)) = best
                && price < self.dense.tasks[k].priority
            {
                self.filled.put(&self.dense, k, choice);
            }
        }
    }

    /// Weeks, then zones, then what is left out with its neighbours; each no larger than one program may be.
    fn parts(&self) -> Vec<Vec<usize>> {
        let day = |k: usize| self.filled.chosen[k].map_or(self.month().occurrences[k].due, |c| c.day);
        let mut weeks: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
        let mut zones: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut masters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (k, task) in self.dense.tasks.iter().enumerate() {
            if task.choices.is_empty() {
                continue;
            }
            weeks.entry((day(k) + 3).div_euclid(WEEK)).or_default().push(k);
            zones.entry(task.zone).or_default().push(k);
            if let Some(choice) = self.filled.chosen[k] {
                masters.entry(choice.master).or_default().push(k);
            }
        }
        let mut parts = Vec::new();
        for mut part in weeks.into_values() {
            part.sort_by_key(|&k| (self.dense.tasks[k].zone, day(k), k));
            parts.extend(self.cut(part));
        }
        for mut part in zones.into_values().chain(masters.into_values()) {
            part.sort_by_key(|&k| (day(k), k));
            parts.extend(self.cut(part));
        }
        parts
    }
    fn cut(&self, part: Vec<usize>) -> Vec<Vec<usize>> {
        let mut pieces: Vec<Vec<usize>> = vec![Vec::new()];
        let mut size = 0;
        for k in part {
            size += self.dense.tasks[k].choices.len();
            if size > self.budget.part && pieces.last().is_some_and(|piece| !piece.is_empty()) {
                pieces.push(Vec::new());
                size = self.dense.tasks[k].choices.len();
            }
            if let Some(piece) = pieces.last_mut() {
                piece.push(k);
            }
        }
        pieces
    }

    /// Takes tasks out and puts them back by a program; keeps that only if it pays.
    fn reorder(&mut self, tasks: &[usize], to_the_end: bool) -> Result<(), LpError> {
        let loose = |k: &usize| !self.month().occurrences[*k].promised.is_some_and(|p| p.fixed);
        let tasks: Vec<usize> = tasks
            .iter()
            .copied()
            .filter(loose)
            .filter(|&k| !self.dense.tasks[k].choices.is_empty())
            .collect();
        if tasks.is_empty() {
            return Ok(());
        }
        let before = self.filled.clone();
        let cost = self.cost();
        for &k in &tasks {
            self.filled.take(&self.dense, k);
        }
        let nodes = (!to_the_end).then_some(self.budget.nodes);
        self.programs += 1;
        let found = program::solve(&self.dense, &self.filled, &tasks, &before.chosen, nodes)?;
        for (&k, choice) in tasks.iter().zip(found) {
            if let Some(choice) = choice {
                self.filled.put(&self.dense, k, choice);
            }
        }
        if self.cost() > cost - 1e-6 {
            self.filled = before;
        }
        Ok(())
    }

    /// Why a task has no choice.
    fn why(&self, k: usize) -> LeftOut {
        let task = &self.dense.tasks[k];
        let days: BTreeSet<Day> = task.choices.iter().map(|choice| choice.day).collect();
        if days.is_empty() {
            return task.hopeless;
        }
        match days.iter().any(|day| self.filled.in_rhythm(&self.dense, k, *day)) {
            true => LeftOut::Full,
            false => LeftOut::Rhythm,
        }
    }
}
