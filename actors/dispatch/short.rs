//! Visits that somebody beside has left and nobody can come to instead: who leads keeps them, and the empty seat is
//! tried again as the day goes on. The board shows it as a problem (`short` of the row).

use crate::dispatch::{
    planning::{GRAIN, Planner},
    seats::{key, visit_of},
};
use domain::{
    book::Book,
    clients::point::ServicePoint,
    values::id::{PointId, VisitId},
    visits::visit::{Helper, Visit, VisitState},
};
use jiff::Timestamp;
use solver::{Delta, Engine, JobKey};
use std::collections::{BTreeSet, HashMap};

/// Visits whose empty seats the engine is not told of, so that who leads has the visit without them.
#[derive(Default)]
pub struct Short {
    visits: BTreeSet<VisitId>,
    /// Events that had been told when the seats were tried last.
    tried: u64,
}

impl Short {
    /// Are the empty seats of the visit left out?
    pub(super) fn leaves_out(&self, visit: &Visit) -> bool {
        self.visits.contains(&visit.id)
    }
}

/// Does somebody lead a visit that is not begun, with seats beside them that nobody has?
fn is_short(visit: &Visit) -> bool {
    let waits = visit.assignment.is_some() && !visit.is_started() && !visit.is_over();
    waits && visit.masters().count() < usize::from(visit.masters_needed)
}

/// What the engine knew before something was tried.
type Before = (Engine, BTreeSet<VisitId>, BTreeSet<JobKey>);

impl Planner {
    /// Takes a visit as the book has it, by itself. Gives what moved.
    pub(super) fn sync_whole(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Delta> {
        if !is_short(visit) {
            self.short.visits.remove(&visit.id);
        } else if !self.short.leaves_out(visit) {
            let before = self.before();
            let deltas = self.sync_seated(visit, point, book, now);
            if self.keeps(visit) {
                return deltas;
            }
            self.back_to(before);
            self.short.visits.insert(visit.id);
        }
        self.sync_seated(visit, point, book, now)
    }
    fn before(&self) -> Before {
        (self.engine.clone(), self.jobs.clone(), self.seats.clone())
    }
    fn back_to(&mut self, before: Before) {
        (self.engine, self.jobs, self.seats) = before;
    }
    /// After something moved: whoever leads a visit that the planner has no full crew for any more keeps it, with those
    /// beside them who still come. Gives what that moved.
    pub(crate) fn keep_leaders(
        &mut self,
        deltas: &[Delta],
        book: &Book,
        points: &HashMap<PointId, ServicePoint>,
        now: Timestamp,
    ) -> Vec<Delta> {
        let touched: BTreeSet<VisitId> =
            deltas.iter().flat_map(|delta| &delta.moves).map(|change| visit_of(change.job)).collect();
        let mut moved = Vec::new();
        for id in touched {
            let Some(visit) = book.visits.get(&id).filter(|v| v.masters_needed > 1) else { continue };
            let Some(work) = visit.assignment.as_ref().filter(|_| !visit.is_started()) else { continue };
            let comes = |planner: &Self, master| {
                let shift = planner.shift_at(master, work.start, book);
                shift.is_some_and(|shift| planner.hours.contains_key(&shift))
            };
            if self.engine.slot_of(key(id)).is_some() || !comes(self, work.master) {
                continue;
            }
            let come: Vec<Helper> =
                work.helpers.iter().copied().filter(|helper| comes(self, helper.master)).collect();
            if come.len() == work.helpers.len() {
                continue;
            }
            let mut without = visit.clone();
            if let Some(work) = &mut without.assignment {
                work.helpers = come;
            }
            moved.extend(self.sync_visit(&without, points.get(&visit.point), book, now));
        }
        moved
    }
    /// Tries the empty seats again when something has happened since: whoever is found comes at the hour that stands,
    /// and nobody loses a visit for it. Gives what moved.
    pub(crate) fn fill_short(
        &mut self,
        book: &Book,
        points: &HashMap<PointId, ServicePoint>,
        now: Timestamp,
    ) -> Vec<Delta> {
        if self.short.visits.is_empty() || self.short.tried == self.events {
            return Vec::new();
        }
        let mut moved = Vec::new();
        for id in self.short.visits.clone() {
            let Some(visit) = book.visits.get(&id).filter(|visit| is_short(visit)) else {
                self.short.visits.remove(&id);
                continue;
            };
            let (before, events) = (self.before(), self.events);
            self.short.visits.remove(&id);
            let deltas = self.sync_seated(visit, points.get(&visit.point), book, now);
            let left = |engine: &Engine| engine.plan().unassigned.len();
            if self.stands(visit) && left(&self.engine) <= left(&before.0) {
                moved.extend(deltas);
                continue;
            }
            // Nothing was changed after all: a search that runs meanwhile is still of use.
            self.back_to(before);
            self.events = events;
            self.short.visits.insert(id);
        }
        self.short.tried = self.events;
        moved
    }
    /// Does the full crew that was found suit who leads: the visit stays with them, and what was told or never promised
    /// stays at its hour?
    fn keeps(&self, visit: &Visit) -> bool {
        let told = matches!(visit.state, VisitState::Dispatched | VisitState::Accepted);
        let free = visit.window.is_some() && !told && !self.stands_elsewhere(visit);
        free || self.stands(visit)
    }
    /// Is a visit that is left to who leads it put to another hour?
    pub(super) fn is_off_its_hour(&self, visit: &Visit) -> bool {
        self.short.leaves_out(visit) && !self.stands(visit)
    }
    /// Has the engine a visit with whom the book has leading it, and at the same hour?
    fn stands(&self, visit: &Visit) -> bool {
        let start = self.engine.slot_of(key(visit.id)).map(|slot| slot.start);
        let planned = visit.assignment.as_ref().map(|work| work.start.as_second());
        let near = start.zip(planned).is_some_and(|(here, there)| here.abs_diff(there) < GRAIN);
        near && !self.stands_elsewhere(visit)
    }
}
