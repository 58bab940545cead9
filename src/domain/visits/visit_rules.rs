//! What may happen to a visit, and what follows (`domain.md` 3.4.6 and 3.4.7).

use super::visit::{Assignment, AssignmentState, Outcome, Source, Visit, VisitEvent, VisitState};
use crate::{refusal::Refusal, values::id::MasterId};
use jiff::Timestamp;

impl Visit {
    /// Decides whether the event may happen; changes nothing.
    pub fn decide(&self, event: VisitEvent) -> Result<VisitEvent, Refusal> {
        use VisitState::{
            Accepted, Confirmed, Dispatched, EnRoute, OnSite, Paused, Planned, Unplanned, Working,
        };
        let before_travel = matches!(self.state, Unplanned | Planned | Confirmed | Dispatched | Accepted);
        let fits = match &event {
            VisitEvent::Created => self.ver == 0,
            VisitEvent::WindowPromised { .. } | VisitEvent::Planned { .. } | VisitEvent::Pinned { .. } => {
                before_travel
            }
            VisitEvent::Retimed { .. } => before_travel && self.assignment.is_some(),
            VisitEvent::Unplanned { .. } => before_travel && self.assignment.is_some(),
            VisitEvent::Dispatched => matches!(self.state, Planned | Confirmed) && self.assignment.is_some(),
            VisitEvent::Seen => self.assignment.is_some(),
            VisitEvent::Accepted | VisitEvent::Expired => self.state == Dispatched,
            VisitEvent::Declined { .. } => matches!(self.state, Dispatched | Accepted),
            VisitEvent::SetOff => self.state == Accepted,
            VisitEvent::Arrived => self.state == EnRoute,
            VisitEvent::Begun => matches!(self.state, OnSite | Paused),
            VisitEvent::Completed { .. } => self.state == Working,
            VisitEvent::LeftIncomplete { .. } => matches!(self.state, Working | OnSite),
            VisitEvent::Cancelled { .. } => before_travel || matches!(self.state, EnRoute | OnSite),
        };
        if fits {
            return Ok(event);
        }
        let detail = format!("visit {} is `{:?}`: `{}` is not possible", self.no, self.state, event.name());
        Err(Refusal::state("visit-state", detail))
    }

    /// Refuses a master who is not the one who goes (I-02).
    pub fn owned_by(&self, master: MasterId) -> Result<(), Refusal> {
        match self.master() {
            Some(assigned) if assigned == master => Ok(()),
            _ => Err(Refusal::forbidden(format!("visit {} is not assigned to `{master}`", self.no))),
        }
    }

    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &VisitEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            VisitEvent::Created
            | VisitEvent::Seen
            | VisitEvent::Pinned { .. }
            | VisitEvent::Retimed { .. } => {}
            VisitEvent::WindowPromised { window } => {
                self.window = Some(*window);
                if self.state == VisitState::Planned {
                    self.state = VisitState::Confirmed;
                }
            }
            VisitEvent::Planned { assignment } => {
                self.assignment = Some(assignment.clone());
                self.state = if self.window.is_some() { VisitState::Confirmed } else { VisitState::Planned };
            }
            VisitEvent::Unplanned { .. } => self.lose_master(None),
            VisitEvent::Declined { .. } | VisitEvent::Expired => self.lose_master(self.master()),
            VisitEvent::Dispatched => self.enter(VisitState::Dispatched, AssignmentState::Offered),
            VisitEvent::Accepted => self.enter(VisitState::Accepted, AssignmentState::Accepted),
            VisitEvent::SetOff => self.enter(VisitState::EnRoute, AssignmentState::Active),
            VisitEvent::Arrived => self.enter(VisitState::OnSite, AssignmentState::Active),
            VisitEvent::Begun => self.enter(VisitState::Working, AssignmentState::Active),
            VisitEvent::Completed { note } => self.end(VisitState::Completed, Some(Outcome::Fixed), note),
            VisitEvent::LeftIncomplete { outcome, note } => {
                self.end(VisitState::Incomplete, Some(*outcome), note)
            }
            VisitEvent::Cancelled { reason } => self.end(VisitState::Cancelled, None, reason),
        }
        self.stamp(event, at);
    }

    fn enter(&mut self, state: VisitState, assignment: AssignmentState) {
        self.state = state;
        if let Some(a) = &mut self.assignment {
            a.state = assignment;
        }
    }
    fn end(&mut self, state: VisitState, outcome: Option<Outcome>, note: &str) {
        self.enter(state, AssignmentState::Finished);
        self.outcome = outcome;
        self.note = note.to_owned();
    }
    fn lose_master(&mut self, refused_by: Option<MasterId>) {
        self.refused_by.extend(refused_by);
        (self.assignment, self.state, self.pinned) = (None, VisitState::Unplanned, false);
    }
    fn stamp(&mut self, event: &VisitEvent, at: Timestamp) {
        match (event, &mut self.assignment) {
            (VisitEvent::Begun, _) => self.begun = self.begun.or(Some(at)),
            (
                VisitEvent::Completed { .. }
                | VisitEvent::LeftIncomplete { .. }
                | VisitEvent::Cancelled { .. },
                _,
            ) => self.ended = Some(at),
            (VisitEvent::Pinned { pinned }, _) => self.pinned = *pinned,
            (VisitEvent::Dispatched, Some(a)) => a.offered = Some(at),
            (VisitEvent::Seen, Some(a)) => a.seen = true,
            (VisitEvent::Retimed { start, end, travel_seconds }, Some(a)) => {
                (a.start, a.end, a.travel_seconds) = (*start, *end, *travel_seconds);
            }
            _ => {}
        }
    }
}

impl Assignment {
    /// A fresh proposal.
    pub fn proposed(
        master: MasterId,
        start: Timestamp,
        end: Timestamp,
        travel_seconds: i64,
        source: Source,
    ) -> Self {
        Self {
            master,
            state: AssignmentState::Proposed,
            start,
            end,
            travel_seconds,
            source,
            seen: false,
            offered: None,
        }
    }
}
