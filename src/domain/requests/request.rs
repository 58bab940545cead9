//! A request: what the client wants and was promised (`domain.md` 3.4.4); its rules are in `request_rules`.

use super::sla::{ClockState, Metric, SlaClock};
use crate::{
    ports::{Entity, Table},
    values::{
        calendar::Calendar,
        id::{AgreementId, CallId, ClientId, Id, OrderId, PointId, RequestId, RequestKind, UnitId, VisitId},
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
    /// Being written down; nothing is promised.
    Draft,
    /// Accepted; no window yet.
    Registered,
    /// A window is promised.
    Booked,
    /// The unit was brought to the workshop.
    ToWorkshop,
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
    /// Another request goes on with it.
    Merged,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// The client's word.
    Client,
    /// Parts.
    Parts,
    /// A way in.
    Access,
    /// Money.
    Payment,
    /// Somebody else's centre.
    ThirdParty,
}

impl HoldReason {
    /// The word in rows and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Parts => "parts",
            Self::Access => "access",
            Self::Payment => "payment",
            Self::ThirdParty => "third_party",
        }
    }
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
    /// The hours in which the clocks count; `None` is round the clock.
    #[serde(default)]
    pub calendar: Option<Calendar>,
    /// The waits that stop the clocks, by the agreement's terms.
    #[serde(default)]
    pub pauses: Vec<HoldReason>,
    /// When it was resolved last.
    #[serde(default)]
    pub resolved: Option<Timestamp>,
    /// How often it came back.
    #[serde(default)]
    pub repeats: u32,
    /// The request that goes on with it.
    #[serde(default)]
    pub merged_into: Option<RequestId>,
    /// The client's mark, 1 to 5.
    #[serde(default)]
    pub rating: Option<u8>,
}

/// What has happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestEvent {
    /// Is being written down.
    Drafted,
    /// Was registered: the clocks start.
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
    /// The unit was brought to the workshop.
    ToWorkshop,
    /// A master is at the point: the reaction clock stops.
    Reached,
    /// Work began.
    Started,
    /// Waits.
    Held {
        /// For what; the agreement's terms say whether the clocks stop.
        reason: HoldReason,
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
    /// Not ours.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Another request goes on with it.
    Merged {
        /// Which.
        into: RequestId,
    },
    /// Its client's card was merged into another one, or parted from it.
    ClientChanged {
        /// Whose it is now.
        client: ClientId,
    },
    /// The client gave a mark.
    Rated {
        /// 1 to 5.
        stars: u8,
    },
    /// A share of the promised time is used.
    Warned {
        /// Whose.
        metric: Metric,
        /// Which share, in percent.
        percent: u8,
    },
    /// A deadline passed.
    Breached {
        /// Whose.
        metric: Metric,
    },
    /// Somebody with the right said how a clock ended.
    Overridden {
        /// Whose.
        metric: Metric,
        /// `Met` or `Breached`.
        verdict: ClockState,
        /// Why.
        reason: String,
    },
}

impl RequestEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drafted => "request.draft",
            Self::Created => "request.created",
            Self::Booked { .. } => "request.booked",
            Self::VisitLinked { .. } => "request.visit_linked",
            Self::ToWorkshop => "request.to_workshop",
            Self::Reached => "request.reached",
            Self::Started => "request.started",
            Self::Held { .. } => "request.held",
            Self::Resumed => "request.resumed",
            Self::Resolved => "request.resolved",
            Self::Closed => "request.closed",
            Self::Reopened => "request.reopened",
            Self::Cancelled { .. } => "request.cancelled",
            Self::Rejected { .. } => "request.rejected",
            Self::ClientChanged { .. } => "request.client_changed",
            Self::Merged { .. } => "request.merged",
            Self::Rated { .. } => "request.rated",
            Self::Warned { .. } => "sla.warning",
            Self::Breached { .. } => "sla.breached",
            Self::Overridden { .. } => "sla.overridden",
        }
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
