//! A schedule of an agreement: what is served at a point, how often, by whom; the rules are in `schedule_rules`.

use super::rhythm::Rhythm;
use crate::{
    ports::{Entity, Table},
    values::id::{AgreementId, Id, MasterId, PointId, ScheduleId, ScheduleKind, UnitId},
};
use serde::{Deserialize, Serialize};

/// Life of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleState {
    /// Its days are due.
    Active,
    /// None of its days is, until it is resumed.
    Paused,
    /// It is over.
    Ended,
}

/// How far a visit may be from the day that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Days before.
    pub before: u8,
    /// Days after.
    pub after: u8,
}

/// A skill that the work needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The skill's code.
    pub code: String,
    /// The least level.
    pub level: u8,
}

/// What is written in a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleCard {
    /// What it is called: `ТО кондиционеров`.
    pub title: String,
    /// Where.
    pub point: PointId,
    /// On what, where it is one unit.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// How often.
    pub rhythm: Rhythm,
    /// How far from the day that is due.
    #[serde(default)]
    pub tolerance: Tolerance,
    /// Days of the week on which the client can be visited, Monday first.
    pub weekdays: [bool; 7],
    /// Minutes of work on the spot.
    pub minutes: u16,
    /// Skills, all of them needed.
    #[serde(default)]
    pub skills: Vec<Need>,
    /// How many masters come together.
    pub masters: u8,
    /// Whom the client likes to see.
    #[serde(default)]
    pub preferred: Vec<MasterId>,
    /// If not empty, nobody else may come.
    #[serde(default)]
    pub required: Vec<MasterId>,
    /// What has to be done, line by line.
    #[serde(default)]
    pub checklist: Vec<String>,
}

/// A planned service that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSchedule {
    /// Identity.
    pub id: ScheduleId,
    /// Version.
    pub ver: u64,
    /// Of which agreement.
    pub agreement: AgreementId,
    /// Life.
    pub state: ScheduleState,
    /// What is written in it.
    pub card: ScheduleCard,
}

/// What has happened to a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScheduleEvent {
    /// Was written, or written otherwise.
    Written {
        /// As it is now.
        card: ScheduleCard,
    },
    /// Its days are not due for a while.
    Paused {
        /// Why.
        reason: String,
    },
    /// Its days are due again.
    Resumed,
    /// Is over.
    Ended {
        /// Why.
        reason: String,
    },
}

impl Entity for ServiceSchedule {
    const TABLE: Table = Table::Schedule;
    type Kind = ScheduleKind;
    fn id(&self) -> Id<ScheduleKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
