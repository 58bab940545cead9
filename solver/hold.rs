//! Where linked visits are held while nobody works out common starts, and when they are let go.

use crate::state::State;

impl State {
    /// Puts every linked job where it stands in its tour, and those without one to their own windows.
    pub(crate) fn hold_all(&mut self) {
        (0..self.model.links.nodes.len() as u32).for_each(|n| self.hold_node(n));
    }

    /// The same for the seats of one visit.
    pub(crate) fn hold_node(&mut self, n: u32) {
        let begun = self.begun_at(n);
        for k in 0..self.model.links.node(n).seats.len() {
            let j = self.model.links.node(n).seats[k];
            match self.slot(j) {
                Some(_) if begun.is_some_and(|begun| self.joins(j, begun)) => {}
                Some((m, start)) => {
                    let visit = self.tours[m as usize].visits[self.at[j as usize].1 as usize];
                    let until = if self.slips { visit.latest.max(start) } else { start };
                    self.model.jobs[j as usize].need.release(&[(start, until)]);
                }
                None => self.model.release(j),
            }
        }
    }

    /// Lets a seat of a visit that has begun without it start as soon as its master can: a break he owes is then one,
    /// and no waiting. False where it has to be held.
    pub(crate) fn joins(&mut self, j: u32, begun: i64) -> bool {
        self.model.jobs[j as usize].job.started.is_none() && self.model.release_from(j, begun)
    }

    /// Gives every linked job its own windows; `hold_all` takes that back.
    pub(crate) fn release_all(&mut self) {
        for n in 0..self.model.links.nodes.len() {
            for k in 0..self.model.links.nodes[n].seats.len() {
                self.model.release(self.model.links.nodes[n].seats[k]);
            }
        }
    }

    /// Lets the linked jobs of a tour start whenever their own windows allow.
    pub(crate) fn loosen(&mut self, m: u32) {
        if self.has_linked(m) {
            let jobs: Vec<u32> = self.linked_in(m).collect();
            jobs.into_iter().for_each(|j| self.model.release(j));
        }
    }
}
