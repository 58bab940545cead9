//! A master: skills, shift, presence, and the cash in their custody (`domain.md` 3.4.8).

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{Id, MasterId, MasterKind, VehicleId, VisitId},
        money::Money,
        period::Period,
        place::Place,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a master knows, how well, and until when the permit holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// `hvac`, `fridge`, `washer`, `kkt`.
    pub code: String,
    /// 1 learner … 3 expert.
    pub level: u8,
    /// The permit's last instant.
    pub valid_till: Option<Timestamp>,
}

/// What the master is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Not at work.
    OffShift,
    /// Free.
    Available,
    /// Driving.
    Travelling,
    /// At a point.
    OnSite,
    /// Resting.
    Break,
    /// Ill, or the van is broken.
    Unavailable,
}

/// A technician.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Master {
    /// Identity.
    pub id: MasterId,
    /// Version.
    pub ver: u64,
    /// The name colleagues see.
    pub name: String,
    /// What they know.
    pub skills: Vec<Skill>,
    /// Today's hours.
    pub shift: Period,
    /// Where the day begins and ends.
    pub home: Place,
    /// What they drive.
    pub vehicle: Option<VehicleId>,
    /// What they are doing.
    pub duty: Duty,
    /// Why they are unavailable.
    pub reason: Option<String>,
    /// The visit they are at or on the way to.
    pub current: Option<VisitId>,
    /// Cash taken from clients and not handed in.
    pub cash: Money,
    /// Works by itself in a demo city.
    pub robot: bool,
}

/// What has happened to a master.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MasterEvent {
    /// Came to work.
    ShiftStarted,
    /// Went home.
    ShiftEnded,
    /// Set off to a visit.
    SetOff {
        /// Where to.
        visit: VisitId,
    },
    /// Is at the point.
    Arrived {
        /// Of which visit.
        visit: VisitId,
    },
    /// Is free again.
    Freed,
    /// Cannot work.
    BecameUnavailable {
        /// Why.
        reason: String,
    },
    /// Can work again.
    BecameAvailable,
    /// Took cash.
    CashTaken {
        /// How much.
        sum: Money,
    },
    /// Gave the cash to the desk.
    CashHandedIn {
        /// How much.
        sum: Money,
    },
}

impl MasterEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ShiftStarted => "master.shift_started",
            Self::ShiftEnded => "master.shift_ended",
            Self::SetOff { .. } => "master.set_off",
            Self::Arrived { .. } => "master.arrived",
            Self::Freed => "master.freed",
            Self::BecameUnavailable { .. } => "master.unavailable",
            Self::BecameAvailable => "master.available",
            Self::CashTaken { .. } => "master.cash_taken",
            Self::CashHandedIn { .. } => "master.cash_handed_in",
        }
    }
}

impl Master {
    /// Comes to work.
    pub fn start_shift(&self) -> Result<MasterEvent, Refusal> {
        match self.duty {
            Duty::OffShift => Ok(MasterEvent::ShiftStarted),
            other => Err(Refusal::state(
                "shift-open",
                format!("the shift cannot start from `{other:?}`: expected OffShift"),
            )),
        }
    }
    /// Goes home; not from the middle of a visit.
    pub fn end_shift(&self) -> Result<MasterEvent, Refusal> {
        match self.duty {
            Duty::Available | Duty::Break => Ok(MasterEvent::ShiftEnded),
            other => Err(Refusal::state(
                "shift-busy",
                format!("the shift cannot end from `{other:?}`: expected Available or Break"),
            )),
        }
    }
    /// Sets off; one visit at a time.
    pub fn set_off(&self, visit: VisitId) -> Result<MasterEvent, Refusal> {
        match (self.duty, self.current) {
            (Duty::Available | Duty::Break, None) => Ok(MasterEvent::SetOff { visit }),
            (Duty::OffShift, _) => {
                Err(Refusal::state("shift-closed", "the shift is not open: start it first"))
            }
            (_, Some(at)) => Err(Refusal::state("master-busy", format!("visit `{at}` is not finished"))),
            (other, None) => {
                Err(Refusal::state("master-state", format!("a master who is `{other:?}` cannot set off")))
            }
        }
    }
    /// Cannot work; what is started stays with them.
    pub fn become_unavailable(&self, reason: &str) -> Result<MasterEvent, Refusal> {
        if self.duty == Duty::Unavailable {
            return Err(Refusal::state(
                "master-unavailable",
                format!("{} is unavailable already", self.name),
            ));
        }
        Ok(MasterEvent::BecameUnavailable { reason: reason.into() })
    }
    /// Can work again.
    pub fn become_available(&self) -> Result<MasterEvent, Refusal> {
        match self.duty {
            Duty::Unavailable => Ok(MasterEvent::BecameAvailable),
            other => Err(Refusal::state(
                "master-available",
                format!("a master who is `{other:?}` is not unavailable"),
            )),
        }
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &MasterEvent) {
        self.ver += 1;
        match event {
            MasterEvent::ShiftStarted | MasterEvent::BecameAvailable => {
                (self.duty, self.reason) = (Duty::Available, None)
            }
            MasterEvent::ShiftEnded => (self.duty, self.current) = (Duty::OffShift, None),
            MasterEvent::SetOff { visit } => (self.duty, self.current) = (Duty::Travelling, Some(*visit)),
            MasterEvent::Arrived { visit } => (self.duty, self.current) = (Duty::OnSite, Some(*visit)),
            MasterEvent::Freed => {
                self.current = None;
                if matches!(self.duty, Duty::Travelling | Duty::OnSite) {
                    self.duty = Duty::Available;
                }
            }
            MasterEvent::BecameUnavailable { reason } => {
                (self.duty, self.reason, self.current) = (Duty::Unavailable, Some(reason.clone()), None);
            }
            MasterEvent::CashTaken { sum } => self.cash = self.cash + *sum,
            MasterEvent::CashHandedIn { sum } => {
                self.cash = Money::rounded(self.cash.amount() - sum.amount())
            }
        }
    }
    /// Has every wanted skill at its level, with a permit valid at the instant?
    pub fn can(&self, wanted: &[(String, u8)], at: Timestamp) -> bool {
        wanted.iter().all(|(code, level)| {
            self.skills
                .iter()
                .any(|s| s.code == *code && s.level >= *level && s.valid_till.is_none_or(|till| at < till))
        })
    }
}

impl Entity for Master {
    const TABLE: Table = Table::Master;
    type Kind = MasterKind;
    fn id(&self) -> Id<MasterKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
