//! A master: skills, shift, presence, and the cash in their custody (`domain.md` 3.4.8); the rules are in
//! `master_rules`.

use super::hours::{Absence, Week};
use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{BranchId, Id, MasterId, MasterKind, VehicleId, VisitId},
        money::Money,
        period::Period,
        phone::PhoneNumber,
        place::Place,
    },
};
use jiff::{Timestamp, civil::Date};
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
    /// At the office: takes parts, hands in cash.
    Office,
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
    /// Where they are called.
    #[serde(default)]
    pub phone: Option<PhoneNumber>,
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
    /// Has agreed to be followed by a tracker while at work.
    #[serde(default)]
    pub tracked: bool,
    /// Hours by the day of the week; `None`: those of `shift`, every day.
    #[serde(default)]
    pub week: Option<Week>,
    /// Days on which they do not work, in no order.
    #[serde(default)]
    pub absences: Vec<Absence>,
    /// Where home is, in words.
    #[serde(default)]
    pub address: String,
    /// The office they belong to.
    #[serde(default)]
    pub branch: Option<BranchId>,
    /// They do not work here any longer.
    #[serde(default)]
    pub left: bool,
}

/// What the office writes about a master.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MasterCard {
    /// The name colleagues see.
    pub name: String,
    /// Where they are called.
    pub phone: Option<PhoneNumber>,
    /// What they know.
    pub skills: Vec<Skill>,
    /// Where the day begins and ends.
    pub home: Place,
    /// The same in words.
    pub address: String,
    /// What they drive.
    pub vehicle: Option<VehicleId>,
    /// The office they belong to.
    #[serde(default)]
    pub branch: Option<BranchId>,
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
    /// Rests.
    BreakStarted,
    /// Rests no more.
    BreakEnded,
    /// Came to the office.
    CameToOffice,
    /// Left the office.
    LeftOffice,
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
    /// Agreed to be followed by a tracker while at work, or took it back.
    TrackingAllowed {
        /// Agreed?
        given: bool,
    },
    /// Gave cash back to a client.
    CashReturned {
        /// How much.
        sum: Money,
    },
    /// Works here from now on.
    Joined {
        /// What the office writes about them.
        card: MasterCard,
    },
    /// The office wrote something else about them.
    CardChanged {
        /// As it is now.
        card: MasterCard,
    },
    /// Works other hours.
    HoursSet {
        /// By the day of the week.
        week: Week,
    },
    /// Will be away.
    AbsenceSet {
        /// When and why.
        absence: Absence,
    },
    /// Will not be away after all.
    AbsenceLifted {
        /// The first day of the absence.
        from: Date,
    },
    /// Does not work here any longer.
    Left,
    /// Works here again.
    CameBack,
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
            Self::BreakStarted => "master.break_started",
            Self::BreakEnded => "master.break_ended",
            Self::CameToOffice => "master.office_entered",
            Self::LeftOffice => "master.office_left",
            Self::BecameUnavailable { .. } => "master.unavailable",
            Self::BecameAvailable => "master.available",
            Self::CashTaken { .. } => "master.cash_taken",
            Self::CashHandedIn { .. } => "master.cash_handed_in",
            Self::TrackingAllowed { .. } => "master.tracking_allowed",
            Self::CashReturned { .. } => "master.cash_returned",
            Self::Joined { .. } => "master.joined",
            Self::CardChanged { .. } => "master.card_changed",
            Self::HoursSet { .. } => "master.hours_set",
            Self::AbsenceSet { .. } => "master.absence_set",
            Self::AbsenceLifted { .. } => "master.absence_lifted",
            Self::Left => "master.left",
            Self::CameBack => "master.came_back",
        }
    }
}

impl MasterEvent {
    /// Does it change what the office has written about them? Of that no past is shown.
    pub const fn is_of_the_office(&self) -> bool {
        matches!(
            self,
            Self::CardChanged { .. }
                | Self::HoursSet { .. }
                | Self::AbsenceSet { .. }
                | Self::AbsenceLifted { .. }
        )
    }
}

impl MasterCard {
    /// Refuses a card that cannot be worked by.
    ///
    /// # Errors
    /// The level of a skill is none, or a skill is named twice.
    pub fn checked(self) -> Result<Self, Refusal> {
        let mut codes = std::collections::BTreeSet::new();
        for skill in &self.skills {
            if !(1..=3).contains(&skill.level) {
                let detail =
                    format!("the level `{}` of `{}` is none: expected 1 to 3", skill.level, skill.code);
                return Err(Refusal::invalid("skill-level", detail));
            }
            if skill.code.trim().is_empty() || !codes.insert(skill.code.as_str()) {
                let detail =
                    format!("the skill `{}` is empty or named twice: expected each once", skill.code);
                return Err(Refusal::invalid("skill-twice", detail));
            }
        }
        Ok(self)
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
