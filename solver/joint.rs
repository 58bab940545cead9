//! Placing linked jobs: whole visits at once, one seat beside those that stay, and what follows behind.

use crate::chain::Ended;
use crate::engine::Engine;
use crate::event::EventError;
use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use crate::links::MOST_SEATS;
use crate::model::NONE;
use crate::seating::Seat;
use std::collections::BTreeSet;

/// Ways to fill the seats of a visit that are tried in full.
const TRIALS: usize = 6;
/// Unassigned visits tried when a tour gains room.
const WAITING: usize = 16;

impl Engine {
    /// Refuses links that lead nowhere or in a circle.
    pub(crate) fn check_links(&self, job: &Job) -> Result<(), EventError> {
        let model = &self.state.model;
        let of = |key: JobKey| {
            let slot = model.job_of.get(&key).map(|&j| &model.jobs[j as usize].job);
            slot.ok_or(EventError::LooseLink { job: job.key, to: key })
        };
        if let Some(after) = job.after {
            if after.least < 0 || after.most.is_some_and(|most| most < after.least) {
                return Err(EventError::Malformed(job.key));
            }
            if after.ended.is_none() {
                let mut before = of(after.job)?;
                if job.beside.is_some() || before.beside.is_some() {
                    return Err(EventError::Knotted(job.key));
                }
                for _ in 0..=model.jobs.len() {
                    if before.key == job.key {
                        return Err(EventError::Knotted(job.key));
                    }
                    let Some(next) = before.after.filter(|after| after.ended.is_none()) else { break };
                    before = of(next.job)?;
                }
            }
        }
        let Some(lead) = job.beside else { return Ok(()) };
        let seats = model.live().filter(|&j| model.jobs[j as usize].job.beside == Some(lead));
        let others = seats.filter(|&j| model.jobs[j as usize].job.key != job.key).count();
        let led = model.live().any(|j| {
            let other = &model.jobs[j as usize].job;
            other.beside == Some(job.key) || other.after.is_some_and(|after| after.job == job.key)
        });
        if of(lead)?.beside.is_some() || lead == job.key || led || others + 2 > MOST_SEATS {
            return Err(EventError::Knotted(job.key));
        }
        Ok(())
    }

    /// Takes note of links a job has, had or is concerned by; nothing where there are none.
    pub(crate) fn wire(&mut self, j: u32) {
        let job = &self.state.model.jobs[j as usize].job;
        if self.state.model.links.of(j).is_some() || job.beside.is_some() || job.after.is_some() {
            self.rewire(j);
        }
    }

    /// Lets go of what hangs on a job that is done: seats beside it stand alone, what follows it knows when it ended.
    pub(crate) fn end_links(&mut self, j: u32, worker: u32, at: i64) {
        if self.state.model.links.is_empty() {
            return;
        }
        let key = self.state.model.jobs[j as usize].job.key;
        let master = if worker == NONE { MasterKey(0) } else { self.state.model.person(worker) };
        for other in self.state.model.live().collect::<Vec<u32>>() {
            let job = &mut self.state.model.jobs[other as usize].job;
            let seat = job.beside == Some(key);
            if seat {
                job.beside = None;
            }
            let follows = job.after.as_mut().filter(|after| after.job == key && after.ended.is_none());
            if let Some(after) = follows {
                after.ended = Some(Ended { at, master });
            } else if !seat {
                continue;
            }
            self.state.model.refresh_job(other);
        }
    }

    /// Whether all linked jobs of a tour find common starts.
    pub(crate) fn retime_all(&mut self, m: u32) -> bool {
        let jobs: Vec<u32> = self.state.tours[m as usize].jobs().collect();
        self.state.model.links.is_empty() || self.state.retime(&jobs)
    }

    /// Works out again what hangs together, and the times of what no longer does.
    fn rewire(&mut self, j: u32) {
        let mut near = self.state.model.links.around(j);
        self.state.model.relist_links();
        near.extend(self.state.model.links.around(j));
        self.state.hold_all();
        let mut loose: BTreeSet<u32> = BTreeSet::new();
        for j in near {
            let (m, _) = self.state.at[j as usize];
            if m == NONE {
                continue;
            }
            // Whatever hangs on it is timed anew at the end of the event.
            self.state.touch(m);
            if !self.state.model.jobs[j as usize].linked {
                loose.insert(m);
            }
        }
        loose.into_iter().for_each(|m| self.settle(m));
    }

    /// Jobs that go when this one goes: further seats of its visit, and what follows it.
    pub(crate) fn hanging(&self, j: u32) -> Vec<u32> {
        let links = &self.state.model.links;
        let Some(n) = links.of(j).filter(|&n| links.node(n).seats[0] == j) else { return Vec::new() };
        let mut jobs: Vec<u32> =
            links.with_followers(n).into_iter().flat_map(|n| links.node(n).seats.iter().copied()).collect();
        jobs.retain(|&k| k != j);
        jobs.reverse();
        jobs
    }

    /// Gives a linked job that is nowhere a place: beside its other seats as they stand, or with all of them anew.
    pub(crate) fn place_linked(&mut self, j: u32) {
        let Some(n) = self.state.model.links.of(j) else { return };
        let node = self.state.model.links.node(n).clone();
        let unserved = node.after.is_some_and(|follow| !self.state.is_served(follow.node));
        let stands = node.seats.iter().any(|&seat| self.state.is_placed(seat));
        if unserved && self.state.begun_at(n).is_none() {
            self.lift(n);
            self.bench(n);
            return;
        }
        if stands && !node.seats.iter().all(|&seat| self.state.is_placed(seat)) && self.join(n) {
            return;
        }
        if self.state.begun_at(n).is_some() {
            // What is started stays; a seat nobody can take stays empty.
            self.bench_rest(n);
            return;
        }
        self.lift(n);
        if !self.seat(n) && !self.seat_with_room(n) {
            self.bench(n);
            return;
        }
        for f in node.followers {
            self.place_linked(self.state.model.links.node(f).seats[0]);
        }
    }

    /// Fills the empty seats of a visit at the start of the others, who stay where they are.
    fn join(&mut self, n: u32) -> bool {
        let seats = self.state.model.links.node(n).seats.clone();
        let empty: Vec<u32> = seats.iter().copied().filter(|&j| !self.state.is_placed(j)).collect();
        let begun = self.state.begun_at(n);
        let start = begun.unwrap_or_else(|| self.state.start_of(n));
        let latest = if begun.is_some() { i64::MAX / 4 } else { start };
        for &j in &empty {
            self.state.remove(j);
        }
        self.try_seats(n, &empty, (start, latest))
    }

    /// Gives all seats of a visit that are nowhere a place.
    fn seat(&mut self, n: u32) -> bool {
        let seats = self.state.model.links.node(n).seats.clone();
        let (from, to) = self.bounds(n);
        if self.try_seats(n, &seats, (from, to)) {
            return true;
        }
        // The job before may start later, so that the gap is kept.
        let follow = self.state.model.links.node(n).after;
        let moves = follow.is_some_and(|follow| self.state.begun_at(follow.node).is_none());
        moves && to < i64::MAX / 4 && self.try_seats(n, &seats, (from, i64::MAX / 4))
    }

    /// The earliest and the latest start that the visit before leaves.
    pub(crate) fn bounds(&self, n: u32) -> (i64, i64) {
        let follow = self.state.model.links.node(n).after;
        follow.map_or((i64::MIN / 4, i64::MAX / 4), |follow| {
            let end = self.state.end_of(follow.node);
            let latest = follow.most.map_or(i64::MAX / 4, |most| end.saturating_add(most));
            (end.saturating_add(follow.least), latest)
        })
    }

    /// Tries the cheapest ways to fill some seats of a visit until one works; all of them are nowhere before, and
    /// afterwards too if none does.
    fn try_seats(&mut self, n: u32, empty: &[u32], (from, to): (i64, i64)) -> bool {
        let Some(mut seats) = self.seats(n, empty, (from, to), |_, _| true) else { return false };
        let fixed = empty.iter().any(|&j| self.state.model.jobs[j as usize].is_fixed());
        let all = &self.state.model.links.node(n).seats;
        let worth: i64 = all.iter().map(|&j| self.state.model.priority(j)).sum();
        for seating in self.state.seatings(&mut seats, TRIALS) {
            if !fixed && seating.delta >= worth {
                break;
            }
            for (&j, &(m, position)) in empty.iter().zip(&seating.places) {
                self.state.model.hold(j, seating.start);
                self.state.insert(j, m, position);
            }
            if self.state.is_whole(n) && self.state.retime(empty) {
                self.disturbed.extend_from_slice(empty);
                return true;
            }
            for &j in empty {
                self.state.remove(j);
            }
        }
        false
    }

    /// What some seats of a visit ask for within a span; nothing where nobody may take one of them. `open` says whom a
    /// seat is offered to.
    pub(crate) fn seats(
        &self,
        n: u32,
        empty: &[u32],
        (from, to): (i64, i64),
        mut open: impl FnMut(u32, u32) -> bool,
    ) -> Option<Vec<Seat>> {
        let model = &self.state.model;
        let node = model.links.node(n);
        let person = node.after.filter(|follow| follow.same_master);
        let person = person.map(|follow| self.state.person_of(follow.node));
        let taken: Vec<u32> = node.seats.iter().map(|&j| self.state.at[j as usize].0).collect();
        let mut seats = Vec::with_capacity(empty.len());
        for &j in empty {
            let mut need = model.seat_need(j);
            if !need.clip(from, to) {
                return None;
            }
            let leads = j == node.seats[0];
            let right = |m: u32| !leads || person.is_none_or(|person| person == Some(model.person(m)));
            let may = |m: &u32| model.jobs[j as usize].may(*m) && !taken.contains(m) && right(*m);
            let masters = (0..self.state.tours.len() as u32).filter(may).filter(|&m| open(j, m));
            let masters: Vec<(u32, i64)> = masters.map(|m| (m, model.bond(j, m).total())).collect();
            if masters.is_empty() {
                return None;
            }
            seats.push(Seat { need, masters });
        }
        Some(seats)
    }

    /// Takes all seats of a visit that are not started out of the plan, and whatever follows it; they are then nowhere.
    pub(crate) fn lift(&mut self, n: u32) {
        for n in self.state.model.links.with_followers(n) {
            for j in self.state.model.links.node(n).seats.clone() {
                if self.state.model.jobs[j as usize].job.started.is_none() {
                    self.state.remove(j);
                }
            }
        }
    }

    /// Leaves all of a visit that is nowhere, and what follows it, without a master.
    pub(crate) fn bench(&mut self, n: u32) {
        for n in self.state.model.links.with_followers(n) {
            self.bench_rest(n);
        }
    }

    fn bench_rest(&mut self, n: u32) {
        for j in self.state.model.links.node(n).seats.clone() {
            if self.state.is_nowhere(j) {
                self.state.model.release(j);
                self.state.shelve(j);
            }
        }
    }

    /// A pinned seat goes to its master even if others have to leave him.
    fn seat_with_room(&mut self, n: u32) -> bool {
        let seats = self.state.model.links.node(n).seats.clone();
        let pins = seats.iter().filter_map(|&j| self.state.model.jobs[j as usize].job.pinned);
        let owners: BTreeSet<u32> =
            pins.filter_map(|pin| self.state.model.master_of.get(&pin.master).copied()).collect();
        let mut old: Vec<(u32, Vec<u32>)> = Vec::new();
        let mut loose: Vec<u32> = Vec::new();
        for m in owners {
            let all: Vec<u32> = self.state.tours[m as usize].jobs().collect();
            let bound = |&&j: &&u32| {
                let slot = &self.state.model.jobs[j as usize];
                slot.is_fixed() || slot.linked
            };
            let (kept, out): (Vec<u32>, Vec<u32>) = all.iter().partition(bound);
            self.state.replace(m, &kept);
            loose.extend(out);
            old.push((m, all));
        }
        let done = !loose.is_empty() && self.seat(n);
        if !done {
            for (m, all) in old {
                self.state.replace(m, &all);
            }
            return false;
        }
        loose.sort_by_key(|&j| -self.state.model.priority(j));
        for j in loose {
            self.place(j);
        }
        true
    }

    /// Tries unassigned visits when some masters gained room, dearest first.
    pub(crate) fn fill_linked(&mut self, masters: &[u32]) {
        if self.state.model.links.is_empty() {
            return;
        }
        let state = &self.state;
        let wanted = |j: &u32| {
            let slot = &state.model.jobs[*j as usize];
            slot.linked && masters.iter().any(|&m| slot.may(m))
        };
        let mut nodes: Vec<u32> =
            state.bank.iter().filter(|j| wanted(j)).filter_map(|&j| state.model.links.of(j)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let worth = |n: &u32| -> i64 {
            state.model.links.node(*n).seats.iter().map(|&j| state.model.priority(j)).sum()
        };
        nodes.sort_by_key(|n| (state.model.links.node(*n).depth, -worth(n), *n));
        nodes.truncate(WAITING);
        for n in nodes {
            let seat = self.state.model.links.node(n).seats.iter().copied();
            if let Some(empty) = seat.into_iter().find(|&j| !self.state.is_placed(j)) {
                self.place_linked(empty);
            }
        }
    }

    /// Brings linked jobs of a tour that was loosened back to common starts; gives what had to leave the plan for that.
    pub(crate) fn tie(&mut self, m: u32) -> Vec<u32> {
        let jobs: Vec<u32> = self.state.tours[m as usize].jobs().collect();
        let linked: Vec<u32> =
            jobs.into_iter().filter(|&j| self.state.model.jobs[j as usize].linked).collect();
        if linked.is_empty() || self.state.retime(&linked) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for j in linked {
            let Some(n) = self.state.model.links.of(j) else { continue };
            let others = self.state.model.links.node(n).seats.iter().any(|&seat| !self.state.is_placed(seat));
            if others && self.state.begun_at(n).is_none() {
                // A seat of it is being looked for already, and the start is to stay.
                continue;
            }
            self.lift(n);
            out.extend(
                self.state.model.links.node(n).seats.iter().copied().filter(|&j| self.state.is_nowhere(j)),
            );
        }
        self.state.hold_all();
        self.state.reschedule(m);
        out
    }

    /// Ends an event: visits in part served, or that cannot be timed any more, are placed anew or left.
    pub(crate) fn mend(&mut self) {
        if self.state.model.links.is_empty() {
            return;
        }
        let mut nodes: Vec<u32> = (0..self.state.model.links.nodes.len() as u32).collect();
        nodes.sort_by_key(|&n| (self.state.model.links.node(n).depth, n));
        for &n in &nodes {
            let seats = self.state.model.links.node(n).seats.clone();
            let lost = seats.iter().any(|&j| self.state.is_nowhere(j));
            if lost || !self.state.is_whole(n) {
                self.heal(n, &seats);
            }
        }
        if self.state.relink() {
            return;
        }
        // Least important first, they make way until the others can be timed.
        nodes.retain(|&n| self.state.begun_at(n).is_none());
        nodes.sort_by_key(|&n| {
            let slots =
                self.state.model.links.node(n).seats.iter().map(|&j| &self.state.model.jobs[j as usize]);
            let fixed = slots.clone().any(|slot| slot.is_fixed());
            (fixed, slots.map(|slot| slot.job.price_undone()).sum::<i64>(), n)
        });
        let mut lifted = Vec::new();
        for n in nodes {
            if !self.state.is_served(n) {
                continue;
            }
            self.lift(n);
            self.bench(n);
            lifted.push(n);
            self.state.hold_all();
            if self.state.relink() {
                break;
            }
        }
        for n in lifted.into_iter().rev() {
            let seat = self.state.model.links.node(n).seats[0];
            if !self.state.is_placed(seat) {
                self.place_linked(seat);
            }
        }
        self.state.relink();
    }

    /// Places the empty seats of a visit, or all of it if the seats that are filled cannot stay.
    fn heal(&mut self, n: u32, seats: &[u32]) {
        let state = &self.state;
        let strange = seats.iter().any(|&j| {
            let (m, _) = state.at[j as usize];
            m != NONE && !state.model.jobs[j as usize].may(m)
        });
        let masters: Vec<u32> =
            seats.iter().map(|&j| state.at[j as usize].0).filter(|&m| m != NONE).collect();
        let twice = (1..masters.len()).any(|k| masters[..k].contains(&masters[k]));
        let whole = seats.iter().all(|&j| state.is_placed(j));
        if (strange || twice || whole) && state.begun_at(n).is_none() {
            self.lift(n);
        }
        if let Some(&empty) = seats.iter().find(|&&j| !self.state.is_placed(j)) {
            self.place_linked(empty);
        }
    }
}
