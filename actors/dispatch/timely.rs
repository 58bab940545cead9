//! What time does by itself: offers whose hour has come, answers that did not, promises that are half gone.

use crate::dispatch::dispatcher::Dispatcher;
use domain::{
    book::draft::{Draft, Kept},
    ports::Batch,
    refusal::Refusal,
    requests::request::RequestEvent,
    visits::visit::{Visit, VisitEvent, VisitState},
    workforce::master::Duty,
};

impl Dispatcher {
    /// Time's own doing: offers whose hour has come, answers that did not.
    pub(super) fn due(&self) -> (Batch, Kept) {
        let now = self.house.now();
        let mut draft = Draft::new(&self.book, now, "clock");
        for visit in self.book.visits.values().filter(|v| !v.is_over() && !v.is_started()) {
            let Some(assignment) = &visit.assignment else { continue };
            let at_work = self
                .book
                .masters
                .get(&assignment.master)
                .is_some_and(|m| !matches!(m.duty, Duty::OffShift | Duty::Unavailable));
            let ahead = assignment.start.duration_since(now).as_secs() - assignment.travel_seconds;
            let waited = assignment.offered.map_or(0, |at| now.duration_since(at).as_secs());
            let done = match visit.state {
                VisitState::Planned | VisitState::Confirmed
                    if at_work && ahead < self.house.tuning.dispatch_ahead_seconds =>
                {
                    self.offer(&mut draft, visit)
                }
                VisitState::Dispatched if waited > self.house.tuning.offer_seconds => {
                    draft.on_visit(visit.id, VisitEvent::Expired)
                }
                _ => continue,
            };
            if let Err(refusal) = done {
                tracing::warn!(%refusal, "time could not do its own");
            }
        }
        self.warn(&mut draft);
        draft.finish()
    }
    /// Promises of which half or three quarters of the time is gone.
    fn warn(&self, draft: &mut Draft<'_>) {
        for request in self.book.requests.values().filter(|r| r.is_open()) {
            for clock in &request.clocks {
                let Some(percent) = clock.warning(draft.at, request.calendar.as_ref()) else { continue };
                let warned = RequestEvent::Warned { metric: clock.metric, percent };
                if let Err(refusal) = draft.on_request(request.id, warned) {
                    tracing::warn!(request.id = %request.id, %refusal, "a warning was refused");
                }
            }
        }
    }
    /// The visit goes to its master with the checklist that is in force this moment.
    fn offer(&self, draft: &mut Draft<'_>, visit: &Visit) -> Result<(), Refusal> {
        let kind = draft.request(visit.request)?.kind;
        let checklist = self.house.directory.read().checklist_for(kind, visit);
        draft.dispatch(visit.id, checklist)
    }
}
