//! Filling a month choice by choice, then taking parts of it out and putting them back as long as that pays.

use super::choices::{Choice, Dense, Pair};
use super::{Day, LeftOut, Month, MonthBudget, MonthPlan, MonthVisit, month_cost, program};
use crate::pool::LpError;
use crate::random::Random;
use crate::travel::TravelTimes;
use std::collections::BTreeSet;

/// Tasks taken out at once, at most.
const RUIN: usize = 12;
/// What may be lost at the beginning of the search, in seconds of travel; it falls to nothing by the end.
const HEAT: f64 = 900.0;

/// Who does what when, and what follows from it.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    /// The choice of each task.
    pub chosen: Vec<Option<Choice>>,
    /// First day, days, and zones of the tables below.
    shape: (Day, usize, usize),
    /// Seconds by master and day, ways to zones included.
    load: Vec<i64>,
    /// Visits by master, day and zone.
    visits: Vec<u32>,
    /// Seconds of the whole month by master.
    months: Vec<i64>,
    /// Cost by rule without the spread.
    cost: f64,
}

impl Filled {
    /// Nobody does anything yet.
    pub fn new(dense: &Dense<'_>) -> Self {
        let days = || dense.tasks.iter().flat_map(|task| task.choices.iter().map(|choice| choice.day));
        let first = days().min().unwrap_or(0);
        let count = days().max().map_or(0, |last| (last - first + 1) as usize);
        let zones = dense.tasks.iter().map(|task| task.zone + 1).max().unwrap_or(0);
        let masters = dense.trips.len();
        Self {
            chosen: vec![None; dense.tasks.len()],
            shape: (first, count, zones),
            load: vec![0; masters * count],
            visits: vec![0; masters * count * zones],
            months: vec![0; masters],
            cost: dense.tasks.iter().map(|task| task.priority).sum(),
        }
    }
    fn at(&self, master: usize, day: Day) -> usize {
        master * self.shape.1 + (day - self.shape.0) as usize
    }
    /// Seconds of a master's day.
    pub fn load(&self, master: usize, day: Day) -> i64 {
        self.load[self.at(master, day)]
    }
    /// Seconds of a master's month.
    pub fn month(&self, master: usize) -> i64 {
        self.months[master]
    }
    /// Whether a master goes to a zone on a day.
    pub fn goes(&self, master: usize, day: Day, zone: usize) -> bool {
        self.visits[self.at(master, day) * self.shape.2 + zone] > 0
    }
    /// Adds seconds to a day and what they cost beyond its hours.
    fn add(&mut self, dense: &Dense<'_>, (master, day): (usize, Day), seconds: i64) {
        let at = self.at(master, day);
        let (hours, _) = dense.hours(master, day);
        let (before, after) = (self.load[at], self.load[at] + seconds);
        let over = (after - hours).max(0) - (before - hours).max(0);
        self.cost += (over * dense.month.weights.overtime_permille) as f64 / 1000.0;
        self.load[at] = after;
        self.months[master] += seconds;
    }
    /// Takes a choice in.
    pub fn put(&mut self, dense: &Dense<'_>, task: usize, choice: Choice) {
        let Some(known) = dense.tasks.get(task) else { return };
        for m in choice.masters() {
            let at = self.at(m, choice.day) * self.shape.2 + known.zone;
            self.visits[at] += 1;
            let trip = if self.visits[at] == 1 { dense.trips[m][known.zone] } else { 0 };
            self.add(dense, (m, choice.day), choice.seconds + trip);
            self.cost += trip as f64;
        }
        self.cost += choice.cost - known.priority;
        self.chosen[task] = Some(choice);
    }
    /// Takes a task's choice out.
    fn take(&mut self, dense: &Dense<'_>, task: usize) -> Option<Choice> {
        let choice = self.chosen[task].take()?;
        let known = &dense.tasks[task];
        for m in choice.masters() {
            let at = self.at(m, choice.day) * self.shape.2 + known.zone;
            self.visits[at] -= 1;
            let trip = if self.visits[at] == 0 { dense.trips[m][known.zone] } else { 0 };
            self.add(dense, (m, choice.day), -choice.seconds - trip);
            self.cost -= trip as f64;
        }
        self.cost += known.priority - choice.cost;
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
    /// Cost of the difference between the fullest and the emptiest month, with so many seconds more for some masters.
    fn spread(&self, dense: &Dense<'_>, more: &[(usize, i64)]) -> f64 {
        let (mut most, mut least) = (f64::MIN, f64::MAX);
        for (m, &whole) in dense.whole.iter().enumerate().filter(|(_, whole)| **whole > 0) {
            let more = more.iter().filter(|more| more.0 == m).map(|more| more.1);
            let seconds = self.months[m] + more.sum::<i64>();
            let fullness = seconds as f64 / whole as f64;
            (most, least) = (most.max(fullness), least.min(fullness));
        }
        if most < least { 0.0 } else { (most - least) * dense.month.weights.spread as f64 }
    }
    fn total(&self, dense: &Dense<'_>) -> f64 {
        self.cost + self.spread(dense, &[])
    }
    /// Cost of one more visit; nothing where the day is full or the rhythm forbids it.
    fn price(&self, dense: &Dense<'_>, task: usize, choice: &Choice) -> Option<f64> {
        let zone = dense.tasks[task].zone;
        let mut price = choice.cost;
        let mut added = [(usize::MAX, 0); 2];
        for (m, added) in choice.masters().zip(&mut added) {
            let there = self.goes(m, choice.day, zone);
            let trip = if there { 0 } else { dense.trips[m][zone] };
            let (hours, overtime) = dense.hours(m, choice.day);
            let load = self.load(m, choice.day);
            let more = choice.seconds + trip;
            if load + more > hours + overtime {
                return None;
            }
            let over = (load + more - hours).max(0) - (load - hours).max(0);
            price += trip as f64 + (over * dense.month.weights.overtime_permille) as f64 / 1000.0;
            *added = (m, more);
        }
        if !self.in_rhythm(dense, task, choice.day) {
            return None;
        }
        Some(price + self.spread(dense, &added))
    }
    fn visits(&self, month: &Month) -> Vec<MonthVisit> {
        let visit = |(k, choice): (usize, &Option<Choice>)| {
            choice.map(|c| MonthVisit {
                occurrence: month.occurrences[k].key,
                day: c.day,
                master: month.masters[c.master].key,
                second: c.second.map(|m| month.masters[m].key),
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
    random: Random,
    /// Tasks that may be moved.
    loose: Vec<usize>,
}

impl<'a> Spreading<'a> {
    pub fn new(month: &'a Month, travel: &'a dyn TravelTimes, budget: MonthBudget) -> Self {
        let dense = Dense::new(month, travel);
        let filled = Filled::new(&dense);
        let fixed = |k: usize| month.occurrences[k].promised.is_some_and(|promise| promise.fixed);
        let loose = (0..dense.tasks.len()).filter(|&k| !fixed(k) && !dense.tasks[k].choices.is_empty());
        let loose = loose.collect();
        Self { dense, travel, budget, filled, random: Random::new(1), loose }
    }

    pub fn plan(mut self) -> Result<MonthPlan, LpError> {
        self.fill();
        let choices: usize = self.loose.iter().map(|&k| self.dense.tasks[k].choices.len()).sum();
        let optimal = choices <= self.budget.whole;
        if optimal {
            self.solve_whole()?;
        } else {
            self.search();
        }
        let bound = match self.budget.bound {
            true => Some(program::bound(&self.dense)?),
            false => None,
        };
        let left_out = (0..self.dense.tasks.len()).filter(|&k| self.filled.chosen[k].is_none());
        let left_out = left_out.map(|k| (self.month().occurrences[k].key, self.why(k))).collect();
        let visits = self.filled.visits(self.month());
        let cost = month_cost(self.month(), &visits, self.travel);
        Ok(MonthPlan { visits, left_out, cost, bound, optimal })
    }

    fn month(&self) -> &'a Month {
        self.dense.month
    }

    /// The cheapest choice of a task at the moment, if that is cheaper than leaving it out.
    fn cheapest(&self, k: usize) -> Option<Choice> {
        let task = &self.dense.tasks[k];
        let spread = self.filled.spread(&self.dense, &[]);
        let priced = task.choices.iter().filter_map(|choice| {
            let price = self.filled.price(&self.dense, k, choice)?;
            Some((price - spread, *choice))
        });
        let best = priced.min_by(|a, b| a.0.total_cmp(&b.0));
        best.filter(|(price, _)| *price < task.priority).map(|(_, choice)| choice)
    }

    /// First what is fixed, then what was promised, then whoever has the fewest choices.
    fn fill(&mut self) {
        let mut order: Vec<usize> = (0..self.dense.tasks.len()).collect();
        let month = self.month();
        let rank = |k: usize| match month.occurrences[k].promised {
            Some(promise) if promise.fixed => 0,
            Some(promise) => 2 - i32::from(promise.told),
            None => 3,
        };
        order.sort_by_key(|&k| (rank(k), self.dense.tasks[k].choices.len(), k));
        for k in order {
            // What was promised stands if it can; what does not pay is moved later.
            let promised = month.occurrences[k].promised.and_then(|promise| {
                let key = |m: usize| month.masters[m].key;
                let same = |c: &&Choice| {
                    let second = promise.second.is_none() || c.second.map(key) == promise.second;
                    c.day == promise.day && key(c.master) == promise.master && second
                };
                let choice = self.dense.tasks[k].choices.iter().find(same)?;
                let fits = promise.fixed || self.filled.price(&self.dense, k, choice).is_some();
                fits.then_some(*choice)
            });
            let choice = promised.or_else(|| if rank(k) == 0 { None } else { self.cheapest(k) });
            if let Some(choice) = choice {
                self.filled.put(&self.dense, k, choice);
            }
        }
    }

    /// The whole month as one program.
    fn solve_whole(&mut self) -> Result<(), LpError> {
        let before = self.filled.clone();
        for &k in &self.loose {
            self.filled.take(&self.dense, k);
        }
        let found = program::solve(&self.dense, &self.filled, &self.loose, &before.chosen)?;
        for (&k, choice) in self.loose.iter().zip(found) {
            if let Some(choice) = choice {
                self.filled.put(&self.dense, k, choice);
            }
        }
        if self.filled.total(&self.dense) > before.total(&self.dense) {
            self.filled = before;
        }
        Ok(())
    }

    /// Takes a few tasks that lie near each other out and puts each back where it costs least; worse months are accepted
    /// the less often the longer it lasts.
    fn search(&mut self) {
        let mut current = self.filled.total(&self.dense);
        let (mut best, mut least) = (self.filled.chosen.clone(), current);
        for round in 0..self.budget.iterations {
            let left = 1.0 - f64::from(round) / f64::from(self.budget.iterations);
            let mut out = self.near_each_other();
            let before: Vec<(usize, Option<Choice>)> =
                out.iter().map(|&k| (k, self.filled.take(&self.dense, k))).collect();
            self.random.shuffle(&mut out);
            if self.random.one_in(3) {
                out.sort_by_key(|&k| self.dense.tasks[k].choices.len());
            }
            for &k in &out {
                if let Some(choice) = self.cheapest(k) {
                    self.filled.put(&self.dense, k, choice);
                }
            }
            let cost = self.filled.total(&self.dense);
            if cost > current + HEAT * left * left * self.random.exponential() {
                self.put_back(&before);
                continue;
            }
            current = cost;
            if cost < least - 1e-6 {
                least = cost;
                best.clone_from(&self.filled.chosen);
            }
        }
        let best: Vec<(usize, Option<Choice>)> = best.into_iter().enumerate().collect();
        self.put_back(&best);
    }

    fn put_back(&mut self, tasks: &[(usize, Option<Choice>)]) {
        for (k, _) in tasks {
            self.filled.take(&self.dense, *k);
        }
        for (k, choice) in tasks {
            if let Some(choice) = choice {
                self.filled.put(&self.dense, *k, *choice);
            }
        }
    }

    /// A task by chance with its schedule's others, and those of its zone or of its master about the same days.
    fn near_each_other(&mut self) -> Vec<usize> {
        let month = self.month();
        let seed = self.loose[self.random.below(self.loose.len())];
        let day = |filled: &Filled, k: usize| filled.chosen[k].map_or(month.occurrences[k].due, |c| c.day);
        let (here, zone) = (day(&self.filled, seed), self.dense.tasks[seed].zone);
        let master = self.filled.chosen[seed].map(|choice| choice.master);
        let by_zone = self.random.one_in(2);
        let reach = 1 + self.random.below(4) as Day;
        let mut near: Vec<usize> = Vec::new();
        for &k in self.loose.iter().filter(|&&k| k != seed) {
            let close = (day(&self.filled, k) - here).abs() <= reach;
            let theirs = self.filled.chosen[k].map(|choice| choice.master);
            let same =
                if by_zone { self.dense.tasks[k].zone == zone } else { theirs == master || theirs.is_none() };
            if close && same {
                near.push(k);
            }
        }
        self.random.shuffle(&mut near);
        near.truncate(self.random.below(RUIN));
        for &k in &self.dense.pairs_of[seed] {
            let pair = &self.dense.pairs[k];
            let other = if pair.first == seed { pair.second } else { pair.first };
            if pair.most.is_some() && !near.contains(&other) && self.loose.binary_search(&other).is_ok() {
                near.push(other);
            }
        }
        near.push(seed);
        near
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
