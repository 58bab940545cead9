//! Who is near whom: the lists that keep the search local, brought up to date between events.

use crate::master::Master;
use crate::model::{Model, NONE};
use crate::place::Place;
use std::collections::HashMap;

/// Homes kept for each job.
const HOMES: usize = 12;

impl Model {
    /// Brings the lists up to date. They depend on the jobs and masters of this moment only, not on how these
    /// came about, so that a restored engine goes on exactly like the one it was saved from.
    pub(crate) fn refresh_nearby(&mut self) {
        let mut moved = std::mem::take(&mut self.moved);
        moved.sort_unstable();
        moved.dedup();
        self.refresh_grid(&moved);
        if moved.len() * 8 > self.jobs.len() {
            for j in 0..self.jobs.len() as u32 {
                self.relist(j);
            }
        } else if !moved.is_empty() {
            self.patch(&moved);
        }
        let masters_moved = std::mem::take(&mut self.masters_moved);
        if masters_moved {
            self.classify();
        }
        for j in 0..self.jobs.len() as u32 {
            if masters_moved || moved.binary_search(&j).is_ok() {
                self.relist_masters(j);
            }
        }
    }

    /// Numbers the classes of masters.
    fn classify(&mut self) {
        let mut first: HashMap<(u64, u64, i64), Vec<u32>> = HashMap::new();
        self.class.clear();
        for m in 0..self.masters.len() as u32 {
            let master = &self.masters[m as usize];
            let rough = (master.home.lat().to_bits(), master.home.lon().to_bits(), master.shift.0);
            let firsts = first.entry(rough).or_default();
            let alike = |&f: &u32| {
                let other = &self.masters[f as usize];
                Master { key: master.key, ..other.clone() } == *master
            };
            match firsts.iter().copied().find(alike) {
                Some(f) => self.class.push(f),
                None => {
                    firsts.push(m);
                    self.class.push(m);
                }
            }
        }
    }

    /// Whether anybody may have to go by the store for anything.
    pub(crate) fn has_errands(&self) -> bool {
        self.masters.iter().any(|master| master.store.is_some())
            && self.live().any(|j| self.jobs[j as usize].need.asks)
    }

    /// Whether some masters differ in more than their keys.
    pub(crate) fn is_mixed(&self) -> bool {
        self.class.windows(2).any(|pair| pair[0] != pair[1])
    }

    fn patch(&mut self, moved: &[u32]) {
        let limit = self.params.neighbours;
        let mut is_moved = vec![false; self.jobs.len()];
        for &j in moved {
            is_moved[j as usize] = true;
        }
        for j in 0..self.jobs.len() as u32 {
            let slot = &self.jobs[j as usize];
            if is_moved[j as usize] || slot.near.iter().any(|&n| is_moved[n as usize]) {
                self.relist(j);
                continue;
            }
            if !slot.alive {
                continue;
            }
            let place = slot.need.place;
            let mut near = std::mem::take(&mut self.jobs[j as usize].near);
            for &new in moved.iter().filter(|&&n| self.jobs[n as usize].alive) {
                let rank = self.rank(&place, new);
                let position = near.partition_point(|&n| self.rank(&place, n) < rank);
                if position < limit {
                    near.insert(position, new);
                    near.truncate(limit);
                }
            }
            self.jobs[j as usize].near = near;
        }
    }

    /// Orders jobs by distance from a place; squared chords of non-negative numbers order as their bits.
    fn rank(&self, place: &Place, j: u32) -> (u64, u32) {
        (place.chord2(&self.jobs[j as usize].need.place).to_bits(), j)
    }

    fn relist(&mut self, j: u32) {
        let slot = &self.jobs[j as usize];
        let mut near = Vec::new();
        if slot.alive {
            let place = slot.need.place;
            let others = self.live().filter(|&n| n != j).map(|n| self.rank(&place, n));
            near = nearest(others.collect(), self.params.neighbours);
        }
        self.jobs[j as usize].near = near;
    }

    fn relist_masters(&mut self, j: u32) {
        let slot = &self.jobs[j as usize];
        let mut near = Vec::new();
        if slot.alive {
            let first = |m: u32| !slot.is_open() || self.class.get(m as usize) == Some(&m);
            let homes = self.masters.iter().zip(0..NONE).filter(|(_, m)| slot.may(*m) && first(*m));
            let ranks = homes.map(|(master, m)| (slot.need.place.chord2(&master.home).to_bits(), m));
            near = nearest(ranks.collect(), HOMES);
        }
        let home = near.first().map(|&m| self.masters[m as usize].home);
        let slot = &mut self.jobs[j as usize];
        slot.far = home.map_or(0, |home| slot.need.place.chord2(&home).to_bits());
        slot.near_masters = near;
    }
}

fn nearest(mut ranks: Vec<(u64, u32)>, limit: usize) -> Vec<u32> {
    if ranks.len() > limit && limit > 0 {
        ranks.select_nth_unstable(limit - 1);
    }
    ranks.truncate(limit);
    ranks.sort_unstable();
    ranks.into_iter().map(|(_, n)| n).collect()
}
