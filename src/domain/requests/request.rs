//! A request: what the client wants and was promised (`domain.md` 3.4.4).

use super::sla::{ClockState, Metric, SlaClock};
use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{
        AgreementId, CallId, ClientId, Id, OrderId, PointId, RequestId, RequestKind, UnitId, VisitId,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How soon it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// In the next days.
    #[default]
    Normal,
    /// Today.
    Urgent,
    /// Within four hours.
    Emergency,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestSort {
    /// Something broke.
    #[default]
    Repair,
    /// Planned maintenance.
    Maintenance,
    /// Something new is to be installed.
    Install,
    /// A cash register's case.
    Kkt,
    /// Something was done badly.
    Complaint,
    /// A question.
    Question,
}

/// Life of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Accepted; no window yet.
    Registered,
    /// A window is promised.
    Booked,
    /// Somebody works on it.
    InWork,
    /// Waits for the client, parts, access, money or a third party.
    OnHold,
    /// Done; the client may object.
    Resolved,
    /// Over.
    Closed,
    /// The client does not want it any more.
    Cancelled,
    /// Not ours.
    Rejected,
}

/// What the client wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Identity.
    pub id: RequestId,
    /// Version.
    pub ver: u64,
    /// Number for people.
    pub no: u64,
    /// Life.
    pub state: RequestState,
    /// Where it goes back to from `OnHold`.
    pub held_from: Option<RequestState>,
    /// What is wanted.
    pub kind: RequestSort,
    /// How soon.
    pub priority: Priority,
    /// In the client's words.
    pub symptom: String,
    /// Who.
    pub client: ClientId,
    /// Where.
    pub point: PointId,
    /// On what.
    pub unit: Option<UnitId>,
    /// The agreement that covers it.
    pub agreement: Option<AgreementId>,
    /// The call it was made in.
    pub call: Option<CallId>,
    /// Its order.
    pub order: OrderId,
    /// Its live visit.
    pub visit: Option<VisitId>,
    /// When it was registered.
    pub created: Timestamp,
    /// What was promised.
    pub clocks: Vec<SlaClock>,
    /// Why it was held, cancelled or rejected.
    pub reason: Option<String>,
}

/// What has happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestEvent {
    /// Was registered.
    Created,
    /// A window was promised.
    Booked {
        /// By which visit.
        visit: VisitId,
    },
    /// Another visit takes it on.
    VisitLinked {
        /// Which.
        visit: VisitId,
    },
    /// A master is at the point: the reaction clock stops.
    Reached,
    /// Work began.
    Started,
    /// Waits.
    Held {
        /// For what.
        reason: String,
        /// Does the agreement stop the clock for it?
        pauses: bool,
    },
    /// Goes on.
    Resumed,
    /// It works again.
    Resolved,
    /// Over.
    Closed,
    /// It came back.
    Reopened,
    /// Not wanted any more.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// A deadline passed.
    Breached {
        /// Whose.
        metric: Metric,
    },
}

impl RequestEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "request.created",
            Self::Booked { .. } => "request.booked",
            Self::VisitLinked { .. } => "request.visit_linked",
            Self::Reached => "request.reached",
            Self::Started => "request.started",
            Self::Held { .. } => "request.held",
            Self::Resumed => "request.resumed",
            Self::Resolved => "request.resolved",
            Self::Closed => "request.closed",
            Self::Reopened => "request.reopened",
            Self::Cancelled { .. } => "request.cancelled",
            Self::Breached { .. } => "sla.breached",
        }
    }
}

impl Request {
    /// Is there anything still to be done?
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            RequestState::Registered | RequestState::Booked | RequestState::InWork | RequestState::OnHold
        )
    }
    /// Decides; changes nothing.
    pub fn decide(&self, event: RequestEvent) -> Result<RequestEvent, Refusal> {
        use RequestState::{Booked, Cancelled, Closed, InWork, OnHold, Registered, Rejected, Resolved};
        let fits = match (&event, self.state) {
            (RequestEvent::Booked { .. }, Registered | Booked | InWork)
            | (RequestEvent::VisitLinked { .. }, Registered | Booked | InWork | OnHold)
            | (RequestEvent::Started, Registered | Booked | InWork)
            | (RequestEvent::Resumed, OnHold)
            | (RequestEvent::Resolved, InWork | Booked)
            | (RequestEvent::Closed, Resolved)
            | (RequestEvent::Reopened, Resolved | Closed)
            | (RequestEvent::Breached { .. }, _) => true,
            (
                RequestEvent::Reached | RequestEvent::Held { .. } | RequestEvent::Cancelled { .. },
                Registered | Booked | InWork,
            ) => true,
            (RequestEvent::Cancelled { .. }, OnHold) => true,
            (_, Registered | Booked | InWork | OnHold | Resolved | Closed | Cancelled | Rejected) => false,
        };
        if fits {
            return Ok(event);
        }
        let detail = format!("request {} is `{:?}`: `{}` is not possible", self.no, self.state, event.name());
        Err(Refusal::state("request-state", detail))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &RequestEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            RequestEvent::Created => {}
            RequestEvent::Booked { visit } => {
                self.visit = Some(*visit);
                if self.state == RequestState::Registered {
                    self.state = RequestState::Booked;
                }
            }
            RequestEvent::VisitLinked { visit } => self.visit = Some(*visit),
            RequestEvent::Reached => self.each_clock(Some(Metric::Reaction), |c| c.stop(at)),
            RequestEvent::Started => self.state = RequestState::InWork,
            RequestEvent::Held { reason, pauses } => {
                (self.held_from, self.state) = (Some(self.state), RequestState::OnHold);
                self.reason = Some(reason.clone());
                if *pauses {
                    self.each_clock(None, |c| c.pause(at));
                }
            }
            RequestEvent::Resumed => {
                self.state = self.held_from.take().unwrap_or(RequestState::InWork);
                self.reason = None;
                self.each_clock(None, |c| c.resume(at));
            }
            RequestEvent::Resolved => {
                self.state = RequestState::Resolved;
                self.each_clock(None, |c| c.stop(at));
            }
            RequestEvent::Closed => self.state = RequestState::Closed,
            RequestEvent::Reopened => self.state = RequestState::InWork,
            RequestEvent::Cancelled { reason } => {
                (self.state, self.reason) = (RequestState::Cancelled, Some(reason.clone()));
                self.clocks.retain(|c| !c.is_open());
            }
            RequestEvent::Breached { metric } => self.each_clock(Some(*metric), |c| c.expire(at)),
        }
    }
    /// The clock that a dispatcher watches: the open one that ends first.
    pub fn next_clock(&self) -> Option<&SlaClock> {
        let open = self.clocks.iter().filter(|c| c.state == ClockState::Running).min_by_key(|c| c.due);
        open.or_else(|| self.clocks.iter().max_by_key(|c| c.ended))
    }
    fn each_clock(&mut self, metric: Option<Metric>, act: impl Fn(&mut SlaClock)) {
        self.clocks.iter_mut().filter(|c| metric.is_none_or(|m| c.metric == m)).for_each(act);
    }
}

impl Entity for Request {
    const TABLE: Table = Table::Request;
    type Kind = RequestKind;
    fn id(&self) -> Id<RequestKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
