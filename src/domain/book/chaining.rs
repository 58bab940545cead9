//! Visits of one order that follow each other: opened, told what they wait for, and kept in order when the first one
//! ends otherwise than it was meant to.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    requests::request::RequestEvent,
    values::id::{RequestId, VisitId},
    visits::{
        chain::Wait,
        visit::{Outcome, Visit, VisitEvent, VisitState},
    },
};

impl Draft<'_> {
    /// A further visit of the same order, after one that is still to be done or was done last.
    ///
    /// # Errors
    /// The visit was called off, another one follows it already, the request is closed, or the gap means nothing.
    pub fn follow(&mut self, first: VisitId, next: VisitId, minutes: u32, wait: Wait) -> Result<(), Refusal> {
        let wait = wait.checked()?;
        let before = self.visit(first)?.clone();
        if before.state == VisitState::Cancelled || !self.request(before.request)?.is_open() {
            let detail = format!("visit {} or its request is closed: nothing can follow it", before.no);
            return Err(Refusal::state("visit-closed", detail));
        }
        if let Some(known) = self.live_after(first).first() {
            let no = self.visit(*known)?.no;
            let detail = format!("visit {no} follows visit {} already: expected one at most", before.no);
            return Err(Refusal::state("followed-already", detail));
        }
        if !(5..=24 * 60).contains(&minutes) {
            let detail = format!("`{minutes}` minutes of work: expected 5 to 1440");
            return Err(Refusal::invalid("wrong-minutes", detail));
        }
        self.open_after(&Visit { minutes, ..before.clone() }, Outcome::Fixed, next)?;
        self.on_visit(next, VisitEvent::Chained { after: first, wait })?;
        if before.is_over() {
            self.on_request(before.request, RequestEvent::VisitLinked { visit: next })?;
        }
        Ok(())
    }
    /// A visit that follows another one waits otherwise: the part's day has moved, or the gap. `seen` is the version
    /// that was looked at.
    ///
    /// # Errors
    /// It follows none, has begun, changed meanwhile, or the gap means nothing.
    pub fn set_wait(&mut self, id: VisitId, wait: Wait, seen: Option<u64>) -> Result<(), Refusal> {
        let wait = wait.checked()?;
        let visit = self.visit(id)?;
        if let Some(seen) = seen.filter(|seen| *seen != visit.ver) {
            return Err(Refusal::stale("the visit", seen, visit.ver));
        }
        let Some(after) = visit.preceded_by else {
            let detail = format!("visit {} follows no other: expected one that does", visit.no);
            return Err(Refusal::state("follows-nothing", detail));
        };
        self.on_visit(id, VisitEvent::Chained { after, wait })
    }
    /// Live visits that wait for another one, as this command sees them.
    pub(super) fn live_after(&self, first: VisitId) -> Vec<VisitId> {
        self.visits_where(|visit| visit.waits_for(first))
    }
    /// Live visits of a request, as this command sees them.
    pub(super) fn live_of(&self, request: RequestId) -> Vec<VisitId> {
        self.visits_where(|visit| visit.request == request && !visit.is_over())
    }
    /// A visit has ended, and another of its order is already there to follow it: the request goes on to that one.
    pub(super) fn go_on_after(&mut self, done: &Visit) -> Result<bool, Refusal> {
        let Some(next) = self.live_after(done.id).first().copied() else { return Ok(false) };
        self.on_request(done.request, RequestEvent::VisitLinked { visit: next })?;
        Ok(true)
    }
    /// What waited for a visit waits for the one in its stead.
    pub(super) fn chain_anew(&mut self, from: VisitId, to: VisitId) -> Result<(), Refusal> {
        for waiting in self.live_after(from).into_iter().filter(|id| *id != to) {
            let wait = self.visit(waiting)?.wait.clone().unwrap_or_default();
            self.on_visit(waiting, VisitEvent::Chained { after: to, wait })?;
        }
        Ok(())
    }
    /// One visit is called off. Where others of its request are still to come, the request lives on with them; else it
    /// is cancelled too.
    ///
    /// # Errors
    /// The visit has begun or is over.
    pub fn call_off(&mut self, id: VisitId, reason: &str) -> Result<(), Refusal> {
        let request = self.visit(id)?.request;
        let others: Vec<VisitId> = self.live_of(request).into_iter().filter(|other| *other != id).collect();
        let Some(next) = others.first().copied() else { return self.cancel_request(request, reason) };
        self.cancel_visit(id, reason)?;
        for waiting in self.live_after(id) {
            let visit = self.visit(waiting)?;
            if visit.assignment.is_some() && !visit.is_started() && !visit.pinned {
                let reason = "first-cancelled".to_owned();
                self.on_visit(waiting, VisitEvent::Unplanned { reason })?;
            }
        }
        if self.request(request)?.visit == Some(id) {
            self.on_request(request, RequestEvent::VisitLinked { visit: next })?;
        }
        Ok(())
    }
}
