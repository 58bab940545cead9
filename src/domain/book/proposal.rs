//! A better plan that waits for a dispatcher's yes: what it moves, what it saves, and what became of it (F-071).

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{Id, MasterId, ProposalId, ProposalKind, VisitId},
        money::Money,
    },
    visits::visit::{Assignment, Helper},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A place in the plan: with whom and from when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// With whom.
    pub master: MasterId,
    /// When the work starts.
    pub start: Timestamp,
    /// The way to it, in seconds.
    pub travel_seconds: i64,
    /// Who goes beside the master.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<Helper>,
}

impl From<&Assignment> for Spot {
    fn from(work: &Assignment) -> Self {
        let helpers = work.helpers.iter().map(|h| Helper::going(h.master, h.travel_seconds)).collect();
        Self { master: work.master, start: work.start, travel_seconds: work.travel_seconds, helpers }
    }
}

impl Spot {
    /// All who go, the leading one first.
    pub fn masters(&self) -> impl Iterator<Item = MasterId> + '_ {
        std::iter::once(self.master).chain(self.helpers.iter().map(|helper| helper.master))
    }
    /// Does the master go, first or beside?
    pub fn takes(&self, master: MasterId) -> bool {
        self.masters().any(|goes| goes == master)
    }
    /// Do the same go, and the same one first?
    pub fn has_same_masters(&self, other: &Self) -> bool {
        self.master == other.master
            && self.helpers.len() == other.helpers.len()
            && self.masters().all(|master| other.takes(master))
    }
}

/// One visit that goes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedMove {
    /// Which visit.
    pub visit: VisitId,
    /// Where it stands in the book; nothing when nobody goes yet.
    pub from: Option<Spot>,
    /// Where it would stand.
    pub to: Spot,
}

impl ProposedMove {
    /// Do others go, first or beside, not merely at another time?
    pub fn changes_master(&self) -> bool {
        self.from.as_ref().is_none_or(|from| !from.has_same_masters(&self.to))
    }
    /// Is it taken from somebody who has it? An empty seat beside them that is filled takes nothing from anybody.
    pub fn takes_away(&self) -> bool {
        self.from.as_ref().is_some_and(|from| {
            from.master != self.to.master || from.masters().any(|master| !self.to.takes(master))
        })
    }
    /// By how many seconds the start moves; nothing when nobody goes yet.
    pub fn shift_seconds(&self) -> i64 {
        self.from.as_ref().map_or(0, |spot| self.to.start.duration_since(spot.start).as_secs())
    }
}

/// What a plan saves against the one that stands; less than nothing where it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Saving {
    /// All rules together, in seconds of travel: what plans are compared by.
    pub seconds: i64,
    /// Seconds on the road.
    pub travel_seconds: i64,
    /// Seconds behind promised reactions, weighted as the planner weighs them.
    pub lateness_seconds: i64,
    /// Seconds past the end of shifts.
    pub overtime_seconds: i64,
    /// Visits that nobody went to and somebody would.
    pub placed: u32,
    /// What the seconds on the road cost.
    pub money: Money,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// It waits.
    Open,
    /// A person said yes, and it is the plan.
    Accepted,
    /// A person said no.
    Rejected,
    /// A person said yes and took it back.
    Undone,
    /// The day went on without it.
    Expired,
}

/// Why a proposal does not stand any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A visit stands elsewhere than it did, or is over.
    Moved,
    /// A person pinned a visit.
    Pinned,
    /// A visit begins so soon that nothing is moved any more.
    Frozen,
    /// A master is not to be had.
    MasterGone,
    /// It saves too little by now.
    GainGone,
    /// A better one took its place.
    Replaced,
}

/// A better plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Identity.
    pub id: ProposalId,
    /// Version.
    pub ver: u64,
    /// What became of it.
    pub state: ProposalState,
    /// What it moves.
    pub moves: Vec<ProposedMove>,
    /// What it saves.
    pub saving: Saving,
    /// When it was made.
    pub made: Timestamp,
    /// When it was decided or ended.
    pub ended: Option<Timestamp>,
    /// Who decided.
    pub by: Option<String>,
    /// Why it ended, when nobody decided.
    pub ending: Option<Ending>,
}

/// What has happened to a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ProposalEvent {
    /// It was offered.
    Made {
        /// What it moves.
        moves: Vec<ProposedMove>,
        /// What it saves.
        saving: Saving,
    },
    /// The day moved under it; it still stands at another price or other times.
    Rebased {
        /// What it moves by now.
        moves: Vec<ProposedMove>,
        /// What it saves by now.
        saving: Saving,
    },
    /// A person said yes.
    Accepted,
    /// A person said no.
    Rejected,
    /// A person takes the no back: it waits again.
    Reopened,
    /// A person takes the yes back: the visits stand where they stood.
    Undone,
    /// It does not stand any longer.
    Expired {
        /// Why.
        ending: Ending,
    },
}

impl ProposalEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Made { .. } => "proposal.made",
            Self::Rebased { .. } => "proposal.rebased",
            Self::Accepted => "proposal.accepted",
            Self::Rejected => "proposal.rejected",
            Self::Reopened => "proposal.reopened",
            Self::Undone => "proposal.undone",
            Self::Expired { .. } => "proposal.expired",
        }
    }
}

impl Proposal {
    /// One that is about to be made.
    pub fn new(id: ProposalId, moves: Vec<ProposedMove>, saving: Saving, at: Timestamp) -> Self {
        Self {
            id,
            ver: 0,
            state: ProposalState::Open,
            moves,
            saving,
            made: at,
            ended: None,
            by: None,
            ending: None,
        }
    }
    /// Does it wait for a word?
    pub fn is_open(&self) -> bool {
        self.state == ProposalState::Open
    }
    /// Did a person say no to it, at once or afterwards?
    pub fn was_refused(&self) -> bool {
        matches!(self.state, ProposalState::Rejected | ProposalState::Undone)
    }
    /// Who goes to which visit anew: what makes two proposals the same idea.
    pub fn changes(&self) -> impl Iterator<Item = (VisitId, MasterId)> + '_ {
        changes(&self.moves)
    }
    /// Whose days it touches.
    pub fn masters(&self) -> impl Iterator<Item = MasterId> + '_ {
        masters(&self.moves)
    }
    /// Decides whether the event may happen; changes nothing.
    ///
    /// # Errors
    /// The proposal's state says no, or it moves nothing.
    pub fn decide(&self, event: ProposalEvent) -> Result<ProposalEvent, Refusal> {
        use ProposalState::{Accepted, Open, Rejected};
        let fits = match &event {
            ProposalEvent::Made { .. } => self.ver == 0,
            _ if self.ver == 0 => false,
            ProposalEvent::Rebased { .. }
            | ProposalEvent::Accepted
            | ProposalEvent::Rejected
            | ProposalEvent::Expired { .. } => self.state == Open,
            ProposalEvent::Reopened => self.state == Rejected,
            ProposalEvent::Undone => self.state == Accepted,
        };
        if !fits {
            let detail =
                format!("proposal `{}` is `{:?}`: `{}` is not possible", self.id, self.state, event.name());
            return Err(Refusal::state("proposal-state", detail));
        }
        match &event {
            ProposalEvent::Made { moves, .. } | ProposalEvent::Rebased { moves, .. } if moves.is_empty() => {
                Err(Refusal::invalid("proposal-empty", "the proposal moves no visit: expected at least one"))
            }
            _ => Ok(event),
        }
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &ProposalEvent, at: Timestamp, by: &str) {
        self.ver += 1;
        match event {
            ProposalEvent::Made { moves, saving } | ProposalEvent::Rebased { moves, saving } => {
                (self.moves, self.saving) = (moves.clone(), *saving);
            }
            ProposalEvent::Accepted => self.end(ProposalState::Accepted, at, by),
            ProposalEvent::Rejected => self.end(ProposalState::Rejected, at, by),
            ProposalEvent::Undone => self.end(ProposalState::Undone, at, by),
            ProposalEvent::Reopened => {
                (self.state, self.ended, self.by) = (ProposalState::Open, None, None);
            }
            ProposalEvent::Expired { ending } => {
                self.end(ProposalState::Expired, at, by);
                self.ending = Some(*ending);
            }
        }
    }
    fn end(&mut self, state: ProposalState, at: Timestamp, by: &str) {
        (self.state, self.ended, self.by) = (state, Some(at), Some(by.to_owned()));
    }
}

/// Who goes to which visit anew, or first instead of beside.
pub fn changes(moves: &[ProposedMove]) -> impl Iterator<Item = (VisitId, MasterId)> + '_ {
    moves.iter().flat_map(|m| {
        let leads = m.from.as_ref().map(|from| from.master);
        let stays = move |master: MasterId| {
            m.from
                .as_ref()
                .is_some_and(|from| from.takes(master) && (master == m.to.master) == (leads == Some(master)))
        };
        m.to.masters().filter(move |master| !stays(*master)).map(|master| (m.visit, master))
    })
}

/// Whose days moves touch; a master may come more than once.
pub fn masters(moves: &[ProposedMove]) -> impl Iterator<Item = MasterId> + '_ {
    moves.iter().flat_map(|m| m.from.iter().flat_map(Spot::masters).chain(m.to.masters()))
}

impl Entity for Proposal {
    const TABLE: Table = Table::Proposal;
    type Kind = ProposalKind;
    fn id(&self) -> Id<ProposalKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
