//! A visit and its assignment (`domain.md` 3.4.6 and 3.4.7): what they are and what happens to them.

use super::{
    beside::{HelperState, HelperStep},
    chain::Wait,
    checklist::Checklist,
    proof::{Photo, Proof, Signature},
};
use crate::{
    ports::{Entity, Table},
    requests::request::Priority,
    values::{
        id::{ClientId, Id, MasterId, OrderId, PointId, RequestId, UnitId, VisitId, VisitKind},
        period::Period,
        place::Place,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Life of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Nobody goes yet.
    Unplanned,
    /// Somebody is meant to go.
    Planned,
    /// The window is agreed with the client.
    Confirmed,
    /// Offered to the master.
    Dispatched,
    /// The master will go.
    Accepted,
    /// On the way.
    EnRoute,
    /// At the door.
    OnSite,
    /// At work.
    Working,
    /// Work is interrupted.
    Paused,
    /// Done.
    Completed,
    /// Ended without the result.
    Incomplete,
    /// Nobody was at home.
    NoShow,
    /// Called off.
    Cancelled,
    /// Checked by the office.
    Verified,
    /// The client objects to what was done.
    Disputed,
}

/// Life of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    /// Thought of.
    Proposed,
    /// Shown to the master.
    Offered,
    /// The master agreed.
    Accepted,
    /// Under way.
    Active,
    /// Over.
    Finished,
    /// The master did not agree.
    Declined,
    /// The master did not answer.
    Expired,
    /// Taken back by a human or the solver.
    Revoked,
}

/// Who made an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The solver.
    Solver,
    /// A person.
    Human,
}

/// One master's part in a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub master: MasterId,
    /// Life.
    pub state: AssignmentState,
    /// Planned beginning of the work.
    pub start: Timestamp,
    /// Planned end of the work.
    pub end: Timestamp,
    /// Planned way to it, in seconds.
    pub travel_seconds: i64,
    /// Who made it.
    pub source: Source,
    /// Has the master looked at it?
    pub seen: bool,
    /// When it was offered.
    pub offered: Option<Timestamp>,
    /// A person put it over other work of the same master (I-03).
    #[serde(default)]
    pub forced: bool,
    /// Who goes beside the master and starts at the same moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<Helper>,
}

/// A further master of a visit for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helper {
    /// Who.
    pub master: MasterId,
    /// Their planned way to it, in seconds.
    pub travel_seconds: i64,
    /// How far they are.
    #[serde(default, skip_serializing_if = "HelperState::is_due")]
    pub state: HelperState,
    /// Have they looked at it?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seen: bool,
    /// When it was offered to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Timestamp>,
}

/// One master: what a visit needs unless something else was said.
const fn alone() -> u8 {
    1
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It works.
    Fixed,
    /// A part is missing.
    NeedPart,
    /// Somebody with another skill must come.
    NeedSkill,
    /// Could not get in.
    NoAccess,
    /// The client changed their mind.
    Refused,
    /// It is not safe to work there.
    Unsafe,
    /// The unit goes to the workshop.
    ToWorkshop,
}

/// One trip to one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Identity.
    pub id: VisitId,
    /// Version.
    pub ver: u64,
    /// Number for people.
    pub no: u64,
    /// Life.
    pub state: VisitState,
    /// What the client wants.
    pub request: RequestId,
    /// Work and money.
    pub order: OrderId,
    /// Who.
    pub client: ClientId,
    /// Where.
    pub point: PointId,
    /// Where on the Earth.
    pub place: Place,
    /// On what.
    pub unit: Option<UnitId>,
    /// The promised arrival window.
    pub window: Option<Period>,
    /// Expected minutes of work.
    pub minutes: u32,
    /// Wanted skills with levels.
    pub skills: Vec<(String, u8)>,
    /// How soon.
    pub priority: Priority,
    /// How many masters it needs at the same moment, the leading one among them.
    #[serde(default = "alone")]
    pub masters_needed: u8,
    /// Who goes.
    pub assignment: Option<Assignment>,
    /// Masters who declined or let the offer expire; not asked again.
    pub refused_by: Vec<MasterId>,
    /// A human fixed the master: the solver keeps off.
    pub pinned: bool,
    /// When work began.
    pub begun: Option<Timestamp>,
    /// When work ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The master's note, or why it was called off.
    pub note: String,
    /// Parts that must be in the van.
    pub part_needs: Vec<String>,
    /// The visit this one follows.
    pub preceded_by: Option<VisitId>,
    /// What it waits for besides its window, where it follows another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Who was there before and should come again.
    #[serde(default)]
    pub preferred: Option<MasterId>,
    /// Windows that were promised and moved, oldest first.
    #[serde(default)]
    pub earlier_windows: Vec<Period>,
    /// The template that the act is printed from.
    #[serde(default)]
    pub act_template: Option<String>,
    /// Answers, photographs and signature.
    #[serde(default, skip_serializing_if = "Proof::is_empty")]
    pub proof: Proof,
    /// What a maintenance schedule wants done besides, line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_lines: Vec<String>,
    /// The checklist it was sent out with; none where the house had written none by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklist: Option<Checklist>,
}

/// What has happened to a visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum VisitEvent {
    /// Was opened.
    Created,
    /// The window is agreed with the client.
    WindowPromised {
        /// Which.
        window: Period,
    },
    /// The client and the house agreed on another window; the master is asked anew.
    Rescheduled {
        /// The new one.
        window: Period,
        /// The one before.
        was: Period,
    },
    /// The point turned out to lie elsewhere.
    Relocated {
        /// Where it is.
        place: Place,
    },
    /// Its client's card was merged into another one, or parted from it.
    ClientChanged {
        /// Whose it is now.
        client: ClientId,
    },
    /// Somebody is meant to go; replaces whoever was.
    Planned {
        /// The assignment, `Proposed`.
        assignment: Assignment,
    },
    /// The same master at another time.
    Retimed {
        /// New beginning.
        start: Timestamp,
        /// New end.
        end: Timestamp,
        /// New way.
        travel_seconds: i64,
    },
    /// Who goes beside the master from now on; whoever did before and is not named does not.
    Accompanied {
        /// The further masters.
        helpers: Vec<Helper>,
    },
    /// Somebody who goes beside the master takes a step of their own.
    Beside {
        /// Who.
        master: MasterId,
        /// Which.
        step: HelperStep,
    },
    /// It needs another number of masters.
    SeatsSet {
        /// How many, the leading one among them.
        masters: u8,
    },
    /// It follows another visit, and waits for what is told.
    Chained {
        /// Which one.
        after: VisitId,
        /// For what.
        wait: Wait,
    },
    /// Nobody goes any more.
    Unplanned {
        /// Why.
        reason: String,
    },
    /// The checklist it is sent out with; none where the house has written none.
    ChecklistGiven {
        /// Which.
        checklist: Option<Box<Checklist>>,
    },
    /// Offered to the master.
    Dispatched,
    /// The master looked at it.
    Seen,
    /// The master will go.
    Accepted,
    /// The master will not.
    Declined {
        /// Why.
        reason: String,
    },
    /// The master did not answer in time.
    Expired,
    /// On the way.
    SetOff,
    /// At the door.
    Arrived,
    /// At work.
    Begun,
    /// Work is interrupted; `Begun` goes on with it.
    Paused {
        /// Why.
        reason: String,
    },
    /// The trip cannot go on: somebody else must come.
    TripBroken {
        /// Why.
        reason: String,
    },
    /// Nobody opened.
    NoShow {
        /// How many times the client was called.
        calls: u32,
        /// How long the master waited, in minutes.
        waited_minutes: u32,
    },
    /// Done.
    Completed {
        /// The master's note.
        note: String,
    },
    /// Ended without the result.
    LeftIncomplete {
        /// How.
        outcome: Outcome,
        /// The master's note.
        note: String,
    },
    /// Called off.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// Checked by the office.
    Verified,
    /// The client objects to what was done.
    Disputed {
        /// In the client's words.
        reason: String,
    },
    /// A human fixed or freed the master.
    Pinned {
        /// Fixed?
        pinned: bool,
    },
    /// An item of the checklist was answered; the last answer counts.
    Checked {
        /// Which.
        item: String,
        /// How.
        answer: String,
    },
    /// A photograph was taken.
    Photographed {
        /// Which.
        photo: Photo,
    },
    /// The client signed.
    Signed {
        /// Who, and what was drawn.
        signature: Signature,
    },
}

impl VisitEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "visit.created",
            Self::WindowPromised { .. } => "visit.confirmed",
            Self::Rescheduled { .. } => "visit.rescheduled",
            Self::Relocated { .. } => "visit.relocated",
            Self::ClientChanged { .. } => "visit.client_changed",
            Self::Planned { .. } => "visit.planned",
            Self::Retimed { .. } => "visit.retimed",
            Self::Accompanied { .. } => "visit.accompanied",
            Self::Beside { .. } => "visit.beside",
            Self::SeatsSet { .. } => "visit.masters_set",
            Self::Chained { .. } => "visit.chained",
            Self::Unplanned { .. } => "visit.unplanned",
            Self::ChecklistGiven { .. } => "visit.checklist_given",
            Self::Dispatched => "visit.dispatched",
            Self::Seen => "visit.seen",
            Self::Accepted => "visit.accepted",
            Self::Declined { .. } => "assignment.declined",
            Self::Expired => "assignment.expired",
            Self::SetOff => "visit.enroute",
            Self::Arrived => "visit.onsite",
            Self::Begun => "visit.working",
            Self::Paused { .. } => "visit.paused",
            Self::TripBroken { .. } => "visit.trip_broken",
            Self::NoShow { .. } => "visit.noshow",
            Self::Completed { .. } => "visit.completed",
            Self::LeftIncomplete { .. } => "visit.incomplete",
            Self::Cancelled { .. } => "visit.cancelled",
            Self::Verified => "visit.verified",
            Self::Disputed { .. } => "visit.disputed",
            Self::Pinned { .. } => "visit.pinned",
            Self::Checked { .. } => "visit.checked",
            Self::Photographed { .. } => "visit.photographed",
            Self::Signed { .. } => "visit.signed",
        }
    }
}

impl Visit {
    /// The master who is to go.
    pub fn master(&self) -> Option<MasterId> {
        self.assignment.as_ref().map(|a| a.master)
    }
    /// Who goes beside the master.
    pub fn helpers(&self) -> &[Helper] {
        self.assignment.as_ref().map_or(&[], |a| &a.helpers)
    }
    /// All who are to go, the leading one first.
    pub fn masters(&self) -> impl Iterator<Item = MasterId> + '_ {
        self.master().into_iter().chain(self.helpers().iter().map(|helper| helper.master))
    }
    /// Is the master to go, first or beside?
    pub fn takes(&self, master: MasterId) -> bool {
        self.masters().any(|goes| goes == master)
    }
    /// What who goes beside must be able to do: the same work, at the first level.
    pub fn helper_skills(&self) -> Vec<(String, u8)> {
        self.skills.iter().map(|(code, level)| (code.clone(), (*level).min(1))).collect()
    }
    /// Minutes that it takes of a master's day: the work and the way to it; nothing of the day of who does not go.
    pub fn load_minutes(&self, master: MasterId) -> i64 {
        let leads = self.assignment.as_ref().filter(|a| a.master == master).map(|a| a.travel_seconds);
        let beside = self.helpers().iter().find(|h| h.master == master).map(|h| h.travel_seconds);
        leads.or(beside).map_or(0, |way| i64::from(self.minutes) + way / 60)
    }
    /// On the way or further, and not over.
    pub fn is_started(&self) -> bool {
        use VisitState::{EnRoute, OnSite, Paused, Working};
        matches!(self.state, EnRoute | OnSite | Working | Paused)
    }
    /// Nothing more will happen to it.
    pub fn is_over(&self) -> bool {
        use VisitState::{Cancelled, Completed, Disputed, Incomplete, NoShow, Verified};
        matches!(self.state, Completed | Incomplete | NoShow | Cancelled | Verified | Disputed)
    }
}

impl Entity for Visit {
    const TABLE: Table = Table::Visit;
    type Kind = VisitKind;
    fn id(&self) -> Id<VisitKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
