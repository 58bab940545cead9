//! Improvement between events: ruin and recreate under simulated annealing, then only what is worth the disturbance.

use crate::delta::Delta;
use crate::engine::Engine;
use crate::memory::Memory;
use crate::model::NONE;
use crate::params::Budget;
use crate::random::{exp, ln};
use crate::tour::Tour;

/// Neighbours of a disturbed job the search pays attention to.
const FOCUS: usize = 25;

/// Tours of plans dearer than the best by less than one part in so many are remembered.
const NEARLY: i64 = 20;

/// Iterations after which the heat is set anew.
const STEP: u64 = 64;

/// How an annealing cools down.
pub(crate) struct Cooling {
    /// Loss accepted at the start, in seconds of travel.
    pub from: f64,
    /// The same at the end.
    pub to: f64,
    /// Iterations it takes at most.
    pub most: u64,
}

impl Cooling {
    /// What `Engine::improve` does with a budget.
    fn of(budget: Budget) -> Self {
        let from = budget.heat.max(0) as f64;
        Self { from, to: from / 100.0, most: budget.iterations }
    }

    /// The heat when so much of the whole is spent.
    fn at(&self, share: f64) -> f64 {
        if self.from <= 0.0 || self.to <= 0.0 {
            0.0
        } else {
            self.from * exp(-ln(self.from / self.to) * share)
        }
    }
}

/// The best plan met so far, kept as the tours in which the current one differs from it.
#[derive(Default)]
struct Best {
    cost: i64,
    tours: Vec<(u32, Tour)>,
    saved: Vec<bool>,
    bank: Vec<u32>,
}

impl Engine {
    /// Searches for a better plan and adopts what is worth it.
    ///
    /// Started jobs, and those to start within `Params::freeze`, stay as they are; pinned jobs stay with their
    /// masters. Exchanges that are independent of each other are judged apart: each has to gain
    /// `Params::threshold` for every job that goes to another master, on top of the cost of stability. The search is
    /// the same for the same state, seed and budget. Nothing is returned when nothing was adopted.
    pub fn improve(&mut self, budget: Budget) -> Option<Delta> {
        let cooling = Cooling::of(budget);
        self.search(&cooling, false, |k| k as f64 / cooling.most as f64).1
    }

    /// The same for a plan nobody knows of yet: moving a job costs nothing and any gain will do.
    pub fn improve_unpublished(&mut self, budget: Budget) -> Option<Delta> {
        let cooling = Cooling::of(budget);
        self.search(&cooling, true, |k| k as f64 / cooling.most as f64).1
    }

    /// One cycle of a search for a plan nobody knows of yet; gives its iterations.
    pub(crate) fn cool(&mut self, cooling: &Cooling, share: impl FnMut(u64) -> f64) -> u64 {
        self.search(cooling, true, share).0
    }

    fn search(
        &mut self,
        cooling: &Cooling,
        unsettled: bool,
        share: impl FnMut(u64) -> f64,
    ) -> (u64, Option<Delta>) {
        self.open(unsettled);
        let tours = self.state.tours.clone();
        let bank = self.state.bank.clone();
        let done = self.anneal(cooling, share);
        self.disturbed.clear();
        (done, self.adopt(tours, bank))
    }

    /// Makes the state ready for a search.
    pub(crate) fn open(&mut self, unsettled: bool) {
        self.state.model.refresh_nearby();
        self.state.model.lock_posts();
        self.state.model.unsettled = unsettled;
        self.state.searching = true;
        self.state.slips = !self.state.model.links.is_empty() && self.random.one_in(2);
        self.state.forget();
        self.seen = vec![0; self.state.tours.len()];
        self.idle = vec![0; self.state.tours.len()];
        self.asked = 0;
        let horizon = self.state.model.now + self.state.model.params.freeze;
        for tour in &mut self.state.tours {
            let near =
                |k: usize| k < tour.head || tour.visits[k].start - tour.visits[k].leg.seconds < horizon;
            tour.locked = (0..tour.visits.len()).take_while(|&k| near(k)).count();
        }
        self.state.retime_everything();
    }

    /// Ends what `open` began.
    pub(crate) fn close(&mut self) {
        self.state.searching = false;
        self.state.slips = false;
        self.state.model.unlock_posts();
        self.state.model.unsettled = false;
        self.state.retime_everything();
        self.state.tours.iter_mut().for_each(|tour| tour.locked = 0);
    }

    /// Anneals until `share` of the iterations done is 1; gives their count.
    fn anneal(&mut self, cooling: &Cooling, mut share: impl FnMut(u64) -> f64) -> u64 {
        let focus = self.focus();
        let mut current = self.state.cost.total();
        let mut best = Best { cost: current, bank: self.state.bank.clone(), ..Best::default() };
        best.saved.resize(self.state.tours.len(), false);
        let (mut heat, mut done) = (cooling.from, 0);
        let mut memory = Memory::new(self.state.model.jobs.len(), self.state.tours.len());
        let tails = self.state.model.params.tails_one_in;
        let days = if self.state.model.is_mixed() { self.state.model.params.days_one_in } else { 0 };
        let stores = if self.state.model.has_errands() { self.state.model.params.stores_one_in } else { 0 };
        while done < cooling.most {
            if done % STEP == 0 {
                let spent = share(done);
                if spent >= 1.0 {
                    break;
                }
                heat = cooling.at(spent);
                self.state.count_busy();
            }
            done += 1;
            self.state.begin();
            let Some(seed) = self.seed(&focus) else { break };
            let slip = heat * self.random.exponential();
            let whole = if days > 0 && self.random.one_in(days) && self.movable(seed) {
                self.exchange_days(seed)
            } else if tails > 0 && self.random.one_in(tails) && self.movable(seed) {
                self.exchange_tails(seed, slip)
            } else if stores > 0 && self.random.one_in(stores) && self.movable(seed) {
                self.change_errand(seed, &mut memory, (current as f64 + slip) as i64)
            } else {
                let removed = self.ruin(seed);
                self.recreate(removed, &mut memory, (current as f64 + slip) as i64)
            };
            let whole = whole && self.state.relink();
            let cost = self.state.cost.total();
            if !whole || cost as f64 > current as f64 + slip {
                self.state.undo();
                continue;
            }
            current = cost;
            if cost - best.cost < best.cost / NEARLY {
                self.pool.collect(&self.state);
            }
            if cost < best.cost {
                best.cost = cost;
                best.bank.clone_from(&self.state.bank);
                for (m, _) in best.tours.drain(..) {
                    best.saved[m as usize] = false;
                }
                continue;
            }
            for (m, tour) in self.state.log.drain(..) {
                if !std::mem::replace(&mut best.saved[m as usize], true) {
                    best.tours.push((m, tour));
                }
            }
        }
        if current != best.cost {
            self.state.back_to(best.tours, best.bank);
        }
        done
    }

    /// Jobs around which something happened.
    fn focus(&self) -> Vec<u32> {
        let mut focus = Vec::new();
        for &j in self.disturbed.iter().filter(|&&j| self.state.model.jobs[j as usize].alive) {
            focus.push(j);
            focus.extend(self.state.model.jobs[j as usize].near.iter().take(FOCUS));
        }
        focus.sort_unstable();
        focus.dedup();
        focus
    }

    /// Keeps the independent parts of a search that pay, takes the others back, and tells what is left.
    pub(crate) fn adopt(&mut self, tours: Vec<Tour>, bank: Vec<u32>) -> Option<Delta> {
        let before = {
            let mut cost = tours.iter().fold(crate::cost::Cost::default(), |sum, tour| sum + tour.cost);
            cost.unassigned = bank.iter().map(|&j| self.state.model.priority(j)).sum();
            cost
        };
        let rejected = self.rejected(&tours, &bank);
        let back = rejected.iter().map(|&m| (m, tours[m as usize].clone())).collect();
        self.state.back_to(back, bank.clone());
        self.state.tighten();
        self.state.begin();
        for (m, tour) in (0..).zip(tours) {
            if !self.state.is_alike(m, &tour) {
                self.state.log.push((m, tour));
            }
        }
        self.state.bank_log = bank;
        if self.state.log.is_empty() {
            self.close();
            return None;
        }
        let after = self.state.cost;
        self.version += 1;
        let moves = self.tell();
        self.close();
        Some(Delta { version: self.version, moves, before, after })
    }

    /// Masters whose changes, together with all they depend on, gain too little.
    fn rejected(&self, tours: &[Tour], bank: &[u32]) -> Vec<u32> {
        let state = &self.state;
        let model = &state.model;
        let differs = |m: usize| !state.is_alike(m as u32, &tours[m]);
        let changed: Vec<u32> = (0..tours.len()).filter(|&m| differs(m)).map(|m| m as u32).collect();
        let mut group: Vec<u32> = (0..tours.len() as u32).collect();
        let mut gain = vec![0i64; tours.len()];
        let mut moved = vec![0i64; tours.len()];
        for &m in &changed {
            gain[m as usize] = tours[m as usize].cost.total() - state.tours[m as usize].cost.total();
            for j in tours[m as usize].jobs() {
                let (now, _) = state.at[j as usize];
                if now == m {
                    continue;
                }
                moved[m as usize] += 1;
                if now == NONE {
                    gain[m as usize] -= model.priority(j);
                } else {
                    let (a, b) = (root(&mut group, m), root(&mut group, now));
                    group[a.max(b) as usize] = a.min(b);
                }
            }
        }
        for (a, b) in state.tied(tours) {
            let (a, b) = (root(&mut group, a), root(&mut group, b));
            group[a.max(b) as usize] = a.min(b);
        }
        for &j in bank {
            let (now, _) = state.at[j as usize];
            if now != NONE {
                gain[now as usize] += model.priority(j);
            }
        }
        let mut sums = vec![(0i64, 0i64); tours.len()];
        for &m in &changed {
            let r = root(&mut group, m) as usize;
            sums[r].0 += gain[m as usize];
            sums[r].1 += moved[m as usize];
        }
        let threshold = if model.unsettled { 0 } else { model.params.threshold };
        let pays = |(gain, moved): (i64, i64)| gain > 0 && gain >= threshold * moved;
        changed.into_iter().filter(|&m| !pays(sums[root(&mut group, m) as usize])).collect()
    }
}

fn root(group: &mut [u32], mut m: u32) -> u32 {
    while group[m as usize] != m {
        group[m as usize] = group[group[m as usize] as usize];
        m = group[m as usize];
    }
    m
}

impl crate::state::State {
    /// Puts some tours back; the bank becomes whatever is then in no tour, of what `bank` or the current one holds.
    pub(crate) fn back_to(&mut self, tours: Vec<(u32, Tour)>, bank: Vec<u32>) {
        let mut loose: Vec<u32> = bank;
        loose.extend_from_slice(&self.bank);
        for (m, tour) in tours {
            loose.extend(self.tours[m as usize].jobs());
            self.cost -= self.tours[m as usize].cost;
            self.cost += tour.cost;
            for (k, visit) in tour.visits.iter().enumerate() {
                self.at[visit.job as usize] = (m, k as u32);
            }
            self.stamps[m as usize] = tour.stamp();
            self.tours[m as usize] = tour;
        }
        loose.sort_unstable();
        loose.dedup();
        loose.retain(|&j| {
            let (m, position) = self.at[j as usize];
            let visit = self.tours.get(m as usize).and_then(|t| t.visits.get(position as usize));
            visit.is_none_or(|v| v.job != j)
        });
        self.cost.unassigned = loose.iter().map(|&j| self.model.priority(j)).sum();
        for (k, &j) in loose.iter().enumerate() {
            self.at[j as usize] = (NONE, k as u32);
        }
        self.bank = loose;
        self.hold_all();
    }
}
