//! Finding a home for jobs that lost theirs: insertion, then ejection, then the bank.

use crate::engine::Engine;
use crate::insertion::Spot;
use crate::model::{Model, NONE, Need};
use crate::tour::Tour;

/// Exchanges tried in full when a job fits nowhere.
const EXCHANGES: usize = 8;
/// Unassigned jobs tried when a tour gains room.
const WAITING: usize = 64;

/// In houses with more tours a job first looks for one whose very place it can take; only if none of those finds another
/// home are all places of all shortened tours tried, as that would make the answer to an event wait.
const THOROUGH: usize = 64;

/// Taking one job out of a tour so that another fits in.
struct Exchange {
    /// Change of cost so far, without a new place for the job taken out.
    delta: i64,
    master: u32,
    out: u32,
    position: usize,
}

/// What the best exchange of some comes to: its cost, the exchange, and where the job taken out goes.
type Chosen = (i64, Exchange, Option<Spot>);

impl Engine {
    /// Gives a job that is nowhere the cheapest place there is.
    pub(crate) fn place(&mut self, j: u32) {
        if self.state.model.jobs[j as usize].linked {
            if !self.state.is_placed(j) {
                self.place_linked(j);
            }
            return;
        }
        let fixed = self.state.model.jobs[j as usize].is_fixed();
        let priority = self.state.model.priority(j);
        match self.state.best_place(j, None) {
            Some(spot) if fixed || spot.delta < priority => {
                self.state.insert(j, spot.master, spot.position);
            }
            Some(_) => self.state.shelve(j),
            None if fixed => self.make_room(j),
            None => self.exchange(j),
        }
    }

    /// Brings a tour back within the rules, letting go of as few and as unimportant jobs as it takes.
    pub(crate) fn settle(&mut self, m: u32) {
        self.state.touch(m);
        self.state.loosen(m);
        let barred = self.state.tours[m as usize].jobs().any(|j| !self.state.model.jobs[j as usize].may(m));
        if self.state.reschedule(m) && !barred {
            self.tie(m).into_iter().for_each(|j| self.place(j));
            return;
        }
        let order: Vec<u32> = self.state.tours[m as usize].jobs().collect();
        let model = &self.state.model;
        let mut rank: Vec<usize> = (0..order.len()).collect();
        // Started jobs first, then pinned, then the dear ones.
        rank.sort_by_key(|&k| {
            let job = &model.jobs[order[k] as usize].job;
            (job.started.is_none(), job.pinned.is_none(), -job.priority, k)
        });
        let mut kept = vec![false; order.len()];
        for k in rank {
            let slot = &model.jobs[order[k] as usize];
            kept[k] = slot.may(m);
            let mut trial = Tour::default();
            let chosen = order.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(&j, _)| j);
            trial.visits.extend(chosen.map(crate::tour::Visit::of));
            kept[k] &= trial.schedule(model, m) || slot.job.started.is_some();
        }
        let keep: Vec<u32> = order.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(&j, _)| j).collect();
        let mut out: Vec<u32> =
            order.iter().zip(&kept).filter(|(_, kept)| !**kept).map(|(&j, _)| j).collect();
        self.state.replace(m, &keep);
        out.extend(self.tie(m));
        self.disturbed.extend(order);
        out.sort_by_key(|&j| -self.state.model.priority(j));
        for j in out {
            self.place(j);
        }
    }

    /// Tries unassigned jobs in tours that gained room, dearest first.
    pub(crate) fn fill(&mut self, masters: &[u32]) {
        let mut waiting = self.state.bank.clone();
        waiting.sort_by_key(|&j| (-self.state.model.priority(j), j));
        waiting.truncate(WAITING);
        for j in waiting {
            let slot = &self.state.model.jobs[j as usize];
            if slot.linked {
                continue;
            }
            let mut best: Option<Spot> = None;
            for &m in masters.iter().filter(|&&m| slot.may(m)) {
                let tour = &self.state.tours[m as usize];
                if let Some(mut spot) = self.state.model.best_in(m, tour, self.state.floor(m), &slot.need) {
                    spot.delta += self.state.model.bond(j, m).total();
                    if best.is_none_or(|b| spot.delta < b.delta) {
                        best = Some(spot);
                    }
                }
            }
            let worth = slot.job.price_undone();
            let fixed = slot.is_fixed();
            if let Some(spot) = best.filter(|spot| fixed || spot.delta < worth) {
                self.state.remove(j);
                self.state.insert(j, spot.master, spot.position);
            }
        }
        self.fill_linked(masters);
    }

    /// A job that fits nowhere may take the place of one other job, if that pays.
    fn exchange(&mut self, j: u32) {
        let mut best = None;
        if self.state.tours.len() > THOROUGH {
            best = self.best_exchange(j, true);
        }
        if best.as_ref().is_none_or(|(_, _, spot)| spot.is_none()) {
            best = self.best_exchange(j, false).or(best);
        }
        let worth = self.state.model.priority(j);
        let Some((_, exchange, spot)) = best.filter(|b| b.0 < worth) else {
            self.state.shelve(j);
            return;
        };
        self.state.remove(exchange.out);
        self.state.insert(j, exchange.master, exchange.position);
        match spot {
            Some(spot) => {
                self.state.insert(exchange.out, spot.master, spot.position);
            }
            None => self.state.shelve(exchange.out),
        }
    }

    /// The exchange that costs least, the new place of the job taken out included.
    fn best_exchange(&self, j: u32, quick: bool) -> Option<Chosen> {
        let mut exchanges = self.exchanges(j, quick);
        exchanges.sort_by_key(|e| (e.delta, e.master, e.out));
        exchanges.truncate(EXCHANGES);
        let mut best: Option<Chosen> = None;
        for exchange in exchanges {
            let Some((m, mut tour)) = self.state.without(exchange.out) else { continue };
            tour.visits.insert(exchange.position, crate::tour::Visit::of(j));
            tour.schedule(&self.state.model, m);
            let priority = self.state.model.priority(exchange.out);
            let spot = self.state.best_place(exchange.out, Some((m, &tour)));
            let spot = spot.filter(|spot| spot.delta < priority);
            let total = exchange.delta + spot.map_or(priority, |spot| spot.delta);
            if best.as_ref().is_none_or(|b| total < b.0) {
                best = Some((total, exchange, spot));
            }
        }
        best
    }

    fn exchanges(&self, j: u32, quick: bool) -> Vec<Exchange> {
        let state = &self.state;
        let slot = &state.model.jobs[j as usize];
        let mut exchanges = Vec::new();
        let mut rest = Tour::default();
        for m in (0..state.tours.len() as u32).filter(|&m| slot.may(m)) {
            let tour = &state.tours[m as usize];
            for k in tour.head..tour.visits.len() {
                let out = tour.visits[k].job;
                if state.model.jobs[out as usize].is_fixed()
                    || state.model.jobs[out as usize].linked
                    || (quick && !state.model.could_replace(m, tour, k, &slot.need))
                {
                    continue;
                }
                rest.copy_from(tour);
                if rest.take_out(&state.model, m, k, 1).is_none() {
                    rest.visits.remove(k);
                    rest.locked = rest.locked.min(rest.visits.len());
                    rest.schedule(&state.model, m);
                }
                if !rest.fits() {
                    continue;
                }
                let Some(spot) = state.model.best_in(m, &rest, tour.head, &slot.need) else { continue };
                let bond = state.model.bond(j, m).total();
                let delta = rest.cost.total() - tour.cost.total() + spot.delta + bond;
                exchanges.push(Exchange { delta, master: m, out, position: spot.position });
            }
        }
        exchanges
    }

    /// A pinned job goes to its master even if others have to leave him.
    fn make_room(&mut self, j: u32) {
        let slot = &self.state.model.jobs[j as usize];
        let owner = slot.job.pinned.and_then(|pin| self.state.model.master_of.get(&pin.master));
        let m = owner.copied().unwrap_or(NONE);
        if m == NONE || !slot.may(m) {
            self.state.shelve(j);
            return;
        }
        let all: Vec<u32> = self.state.tours[m as usize].jobs().collect();
        let (fixed, loose): (Vec<u32>, Vec<u32>) = all.iter().partition(|&&k| {
            let slot = &self.state.model.jobs[k as usize];
            slot.is_fixed() || slot.linked
        });
        self.state.replace(m, &fixed);
        let tour = &self.state.tours[m as usize];
        let spot = self.state.model.best_in(m, tour, tour.head, &self.state.model.jobs[j as usize].need);
        let Some(spot) = spot else {
            self.state.replace(m, &all);
            self.state.shelve(j);
            return;
        };
        self.state.insert(j, m, spot.position);
        let mut loose = loose;
        loose.sort_by_key(|&k| -self.state.model.priority(k));
        for k in loose {
            self.place(k);
        }
    }
}

impl Model {
    /// Whether a job could stand where a visit of a tour stands now; only times are looked at, and where pauses or a stop
    /// at the store have a say, it is taken for possible.
    fn could_replace(&self, m: u32, tour: &Tour, k: usize, need: &Need) -> bool {
        if self.is_timed(m) || tour.store != NONE {
            return true;
        }
        let (leave, place) = match k.checked_sub(1) {
            None => (self.ready(m), self.start_spot(m)),
            Some(before) => {
                let visit = &tour.visits[before];
                (visit.leave, self.jobs[visit.job as usize].need.spot())
            }
        };
        let latest = tour.visits.get(k + 1).map_or_else(|| self.limit(m), |next| next.latest);
        let ends = |arrive: i64| need.earliest(arrive).map_or(i64::MAX, |start| start + self.work(m, need));
        if ends(leave) > latest {
            return false;
        }
        let done = ends(leave + self.hop(m, place, need.spot()).seconds);
        let onward = match tour.visits.get(k + 1) {
            Some(next) => self.hop(m, need.spot(), self.jobs[next.job as usize].need.spot()),
            None => self.home_way(m, need.spot()),
        };
        done.saturating_add(onward.seconds) <= latest
    }
}
