//! What may happen to a request, and what follows (`domain.md` 3.4.4 and 3.4.10).

use super::{
    request::{Request, RequestEvent, RequestState},
    sla::{ClockState, Metric, SlaClock},
};
use crate::{refusal::Refusal, values::calendar::Calendar};
use jiff::{SignedDuration, Timestamp};

/// Within so many days of its end a request that came back is a repeat; later it is a new one.
pub const REPEAT_DAYS: i64 = 30;

impl Request {
    /// Is there anything still to be done?
    pub fn is_open(&self) -> bool {
        use RequestState::{Booked, Draft, InWork, OnHold, Registered, ToWorkshop};
        matches!(self.state, Draft | Registered | Booked | ToWorkshop | InWork | OnHold)
    }

    /// Decides by the table of transitions and the values of the event; changes nothing.
    ///
    /// # Errors
    /// The state says no, or a value that the event must have is missing.
    pub fn decide(&self, event: RequestEvent) -> Result<RequestEvent, Refusal> {
        if !self.fits(&event) {
            let detail =
                format!("request {} is `{:?}`: `{}` is not possible", self.no, self.state, event.name());
            return Err(Refusal::state("request-state", detail));
        }
        match &event {
            RequestEvent::Created if self.symptom.trim().is_empty() => Err(Refusal::invalid(
                "symptom-missing",
                "the symptom is empty: expected what the client said",
            )),
            RequestEvent::Cancelled { reason }
            | RequestEvent::Rejected { reason }
            | RequestEvent::Overridden { reason, .. } => Refusal::unless_said(reason).map(|()| event),
            RequestEvent::Merged { into } if *into == self.id => Err(Refusal::invalid(
                "merged-into-itself",
                format!("request `{into}` cannot be merged into itself: expected another one"),
            )),
            RequestEvent::Rated { stars } if !(1..=5).contains(stars) => Err(Refusal::invalid(
                "wrong-mark",
                format!("the mark `{stars}` is not known: expected 1 to 5"),
            )),
            _ => Ok(event),
        }
    }

    /// Decides with the instant: a deadline must have passed, a repeat must be near enough.
    ///
    /// # Errors
    /// As [`Request::decide`]; besides, the instant says no.
    pub fn decide_at(&self, event: RequestEvent, at: Timestamp) -> Result<RequestEvent, Refusal> {
        let event = self.decide(event)?;
        match &event {
            RequestEvent::Breached { metric } => match self.clock(*metric) {
                Some(clock) if !clock.is_overdue(at) => {
                    let detail = format!("the clock of `{metric:?}` ends at `{}`, after `{at}`", clock.due);
                    Err(Refusal::state("sla-not-due", detail))
                }
                _ => Ok(event),
            },
            RequestEvent::Warned { metric, percent } => {
                let due = self.clock(*metric).and_then(|c| c.warning(at, self.calendar.as_ref()));
                if due == Some(*percent) {
                    return Ok(event);
                }
                let detail = format!("a warning at `{percent}` percent is not due: expected `{due:?}`");
                Err(Refusal::state("sla-not-due", detail))
            }
            RequestEvent::Reopened => match self.resolved.map(|it| at.duration_since(it)) {
                Some(since) if since > SignedDuration::from_hours(24 * REPEAT_DAYS) => {
                    let detail = format!(
                        "request {} ended more than {REPEAT_DAYS} days ago: expected a new request",
                        self.no
                    );
                    Err(Refusal::state("repeat-too-late", detail))
                }
                _ => Ok(event),
            },
            _ => Ok(event),
        }
    }

    fn fits(&self, event: &RequestEvent) -> bool {
        use RequestEvent as Event;
        use RequestState::{Booked, Closed, Draft, InWork, Merged, OnHold, Registered, Resolved, ToWorkshop};
        match event {
            Event::Drafted => self.ver == 0 && self.state == Draft,
            Event::Created => {
                (self.ver == 0 && self.state == Registered) || (self.ver > 0 && self.state == Draft)
            }
            _ if self.ver == 0 => false,
            Event::Booked { .. } => matches!(self.state, Registered | Booked | InWork),
            Event::VisitLinked { .. } => {
                matches!(self.state, Registered | Booked | ToWorkshop | InWork | OnHold)
            }
            Event::ToWorkshop => self.state == Registered,
            Event::Reached => matches!(self.state, Registered | Booked | InWork | OnHold),
            Event::Started => matches!(self.state, Registered | Booked | ToWorkshop),
            Event::Held { .. } => matches!(self.state, Registered | Booked | ToWorkshop | InWork),
            Event::Resumed => self.state == OnHold,
            Event::Resolved => matches!(self.state, InWork | Booked),
            Event::Closed => self.state == Resolved,
            Event::Reopened => matches!(self.state, Resolved | Closed),
            Event::Cancelled { .. } => self.is_open(),
            Event::Rejected { .. } => self.state == Registered,
            Event::Merged { .. } => self.is_open() && self.state != Merged,
            Event::ClientChanged { client } => self.client != *client,
            Event::Rated { .. } => matches!(self.state, Resolved | Closed),
            Event::Warned { metric, percent } => self
                .clock(*metric)
                .is_some_and(|c| c.state == ClockState::Running && *percent > c.warned && *percent < 100),
            Event::Breached { metric } => self.clock(*metric).is_some_and(|c| c.state == ClockState::Running),
            Event::Overridden { metric, verdict, .. } => {
                let known = matches!(verdict, ClockState::Met | ClockState::Breached);
                known && self.clock(*metric).is_some_and(|c| c.is_ended() && c.state != *verdict)
            }
        }
    }

    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &RequestEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            RequestEvent::Drafted => self.state = RequestState::Draft,
            RequestEvent::Created => {
                (self.state, self.created) = (RequestState::Registered, at);
                self.each_clock(None, |c, hours| c.begin(at, hours));
            }
            RequestEvent::Booked { visit } => {
                self.visit = Some(*visit);
                if self.state == RequestState::Registered {
                    self.state = RequestState::Booked;
                }
            }
            RequestEvent::VisitLinked { visit } => self.visit = Some(*visit),
            RequestEvent::ClientChanged { client } => self.client = *client,
            RequestEvent::ToWorkshop => self.state = RequestState::ToWorkshop,
            RequestEvent::Reached => self.each_clock(Some(Metric::Reaction), |c, hours| c.stop(at, hours)),
            RequestEvent::Started => {
                self.state = RequestState::InWork;
                self.each_clock(Some(Metric::Reaction), |c, hours| c.stop(at, hours));
            }
            RequestEvent::Held { reason } => {
                (self.held_from, self.state) = (Some(self.state), RequestState::OnHold);
                self.reason = Some(reason.name().to_owned());
                if self.pauses.contains(reason) {
                    self.each_clock(None, |c, _| c.pause(at));
                }
            }
            RequestEvent::Resumed => {
                self.state = self.held_from.take().unwrap_or(RequestState::InWork);
                self.reason = None;
                self.each_clock(None, |c, hours| c.resume(at, hours));
            }
            RequestEvent::Resolved => {
                (self.state, self.resolved) = (RequestState::Resolved, Some(at));
                self.each_clock(None, |c, hours| c.stop(at, hours));
            }
            RequestEvent::Closed => self.state = RequestState::Closed,
            RequestEvent::Reopened => {
                self.state = RequestState::InWork;
                self.repeats += 1;
            }
            RequestEvent::Cancelled { reason } => self.leave(RequestState::Cancelled, Some(reason)),
            RequestEvent::Rejected { reason } => self.leave(RequestState::Rejected, Some(reason)),
            RequestEvent::Merged { into } => {
                self.leave(RequestState::Merged, None);
                self.merged_into = Some(*into);
            }
            RequestEvent::Rated { stars } => self.rating = Some(*stars),
            RequestEvent::Warned { metric, percent } => {
                self.each_clock(Some(*metric), |c, _| c.warned = *percent);
            }
            RequestEvent::Breached { metric } => self.each_clock(Some(*metric), |c, _| c.expire(at)),
            RequestEvent::Overridden { metric, verdict, .. } => {
                self.each_clock(Some(*metric), |c, _| c.rule(*verdict));
            }
        }
    }

    /// The clock of a promise.
    pub fn clock(&self, metric: Metric) -> Option<&SlaClock> {
        self.clocks.iter().find(|c| c.metric == metric)
    }
    /// The clock that a dispatcher watches: the open one that ends first.
    pub fn next_clock(&self) -> Option<&SlaClock> {
        let open = self.clocks.iter().filter(|c| c.state == ClockState::Running).min_by_key(|c| c.due);
        open.or_else(|| self.clocks.iter().max_by_key(|c| c.ended))
    }
    fn each_clock(&mut self, metric: Option<Metric>, act: impl Fn(&mut SlaClock, Option<&Calendar>)) {
        let hours = self.calendar.as_ref();
        let clocks = self.clocks.iter_mut().filter(|c| metric.is_none_or(|m| c.metric == m));
        clocks.for_each(|clock| act(clock, hours));
    }
    /// Ends without the result: promises that are open are no more.
    fn leave(&mut self, state: RequestState, reason: Option<&String>) {
        (self.state, self.held_from) = (state, None);
        self.reason = reason.cloned();
        self.clocks.retain(SlaClock::is_ended);
    }
}
