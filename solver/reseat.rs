//! Linked jobs in the search: taken out together, put back together.

use crate::engine::Engine;
use crate::model::NONE;

/// Up to so many tours all of them are looked at for a seat.
const EXHAUSTIVE: usize = 64;
/// Masters near by, and tours of near jobs, that are looked at where there are more.
const NEARBY: usize = 12;

impl Engine {
    /// Takes out whatever hangs on jobs taken out; false if some of it is to stay where it is.
    pub(crate) fn gather(&mut self, jobs: &mut Vec<u32>) -> bool {
        if self.state.model.links.is_empty() {
            return true;
        }
        let mut k = 0;
        while k < jobs.len() {
            let Some(n) = self.state.model.links.of(jobs[k]) else {
                k += 1;
                continue;
            };
            k += 1;
            for n in self.state.model.links.with_followers(n) {
                for seat in self.state.model.links.node(n).seats.clone() {
                    let started = self.state.model.jobs[seat as usize].job.started.is_some();
                    if started || self.state.is_nowhere(seat) {
                        continue;
                    }
                    let (m, position) = self.state.at[seat as usize];
                    if m != NONE && (position as usize) < self.state.tours[m as usize].locked {
                        return false;
                    }
                    self.state.remove(seat);
                    jobs.push(seat);
                }
            }
        }
        true
    }

    /// Puts a visit back, the one before it first, where it costs least; false when a pinned seat finds no place.
    pub(crate) fn seat_again(&mut self, j: u32, blink: usize) -> bool {
        if !self.state.is_nowhere(j) {
            return true;
        }
        let Some(n) = self.state.model.links.of(j) else { return true };
        let node = self.state.model.links.node(n).clone();
        if let Some(follow) = node.after {
            let before = self.state.model.links.node(follow.node).seats[0];
            if !self.seat_again(before, blink) {
                return false;
            }
        }
        let empty: Vec<u32> = node.seats.iter().copied().filter(|&j| self.state.is_nowhere(j)).collect();
        let begun = self.state.begun_at(n);
        let (from, to) = begun.map_or_else(|| self.bounds(n), |at| (at, i64::MAX / 4));
        let served = begun.is_some() || node.after.is_none_or(|follow| self.state.is_served(follow.node));
        let found = served
            && (self.reseat(n, &empty, (from, to), blink)
            // The job before may start later, so that the gap is kept.
            || (to < i64::MAX / 4 && self.reseat(n, &empty, (from, i64::MAX / 4), blink)));
        if found {
            return true;
        }
        let fixed = empty.iter().any(|&j| self.state.model.jobs[j as usize].is_fixed());
        let lost = fixed && !empty.iter().all(|&j| self.state.was_shelved(j));
        for j in empty {
            self.state.model.release(j);
            self.state.shelve(j);
        }
        !lost
    }

    fn reseat(&mut self, n: u32, empty: &[u32], span: (i64, i64), blink: usize) -> bool {
        let near: Option<Vec<Vec<u32>>> = (self.state.tours.len() > EXHAUSTIVE)
            .then(|| empty.iter().map(|&j| self.near_masters(j)).collect());
        let mut random = self.random;
        let open = |j: u32, m: u32| {
            let near = near.as_ref().is_none_or(|near| {
                let seat = empty.iter().position(|&e| e == j);
                seat.is_some_and(|seat| near[seat].contains(&m))
            });
            near && (blink == 0 || !random.one_in(blink))
        };
        let seats = self.seats(n, empty, span, open);
        self.random = random;
        let Some(mut seats) = seats else { return false };
        let fixed = empty.iter().any(|&j| self.state.model.jobs[j as usize].is_fixed());
        let worth: i64 = empty.iter().map(|&j| self.state.model.priority(j)).sum();
        let mut ways = self.state.seatings(&mut seats, if blink == 0 { 1 } else { 4 });
        ways.retain(|way| fixed || way.delta < worth);
        // Blind for the best start, he may still see the next one.
        let seen = (0..ways.len()).find(|_| blink == 0 || !self.random.one_in(blink));
        let Some(way) = ways.get(seen.unwrap_or(0)) else { return false };
        for (&j, &(m, position)) in empty.iter().zip(&way.places) {
            self.state.model.hold(j, way.start);
            self.state.insert(j, m, position);
        }
        true
    }

    /// Masters whose homes or jobs are near a job.
    fn near_masters(&self, j: u32) -> Vec<u32> {
        let slot = &self.state.model.jobs[j as usize];
        let tours = slot.near.iter().map(|&near| self.state.at[near as usize].0).filter(|&m| m != NONE);
        let mut masters: Vec<u32> = Vec::with_capacity(2 * NEARBY);
        for m in tours.take(4 * NEARBY) {
            if masters.len() < NEARBY && !masters.contains(&m) {
                masters.push(m);
            }
        }
        for &m in slot.near_masters.iter().take(NEARBY) {
            if !masters.contains(&m) {
                masters.push(m);
            }
        }
        masters
    }
}
