//! One day of a schedule that is due, and what has become of it; the rules are in `occurrence_rules`.

use crate::{
    ports::{Entity, Table},
    values::id::{Id, MasterId, OccurrenceId, OccurrenceKind, OrderId, ScheduleId, VisitId},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Life of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OccurrenceState {
    /// Is due, and nobody has a day for it yet.
    Planned,
    /// Has a day and masters that nobody was told of.
    Proposed,
    /// Has an order and a visit in the book.
    Booked,
    /// Was served.
    Done,
    /// Is not served, and somebody said why.
    Skipped,
    /// Was not served while it could be.
    Missed,
    /// The schedule does not ask for it any longer.
    Withdrawn,
}

/// The days that a schedule allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The day that is due.
    pub due: Date,
    /// The first possible one.
    pub first: Date,
    /// The last possible one.
    pub last: Date,
}

/// A day and whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Which day.
    pub day: Date,
    /// Whose; the one who leads comes first.
    pub masters: Vec<MasterId>,
    /// A person has said so: a plan leaves it there.
    pub pinned: bool,
}

/// What the book has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The order.
    pub order: OrderId,
    /// Its visit.
    pub visit: VisitId,
}

/// One service that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Identity: of the schedule and the named day, see [`Occurrence::id_of`].
    pub id: OccurrenceId,
    /// Version.
    pub ver: u64,
    /// Of which schedule.
    pub schedule: ScheduleId,
    /// The day that the rule names, before holidays move it.
    pub nominal: Date,
    /// The days that are possible.
    pub days: Days,
    /// Life.
    pub state: OccurrenceState,
    /// When and who, once it is known.
    #[serde(default)]
    pub appointment: Option<Appointment>,
    /// What the book has of it.
    #[serde(default)]
    pub booking: Option<Booking>,
    /// Why it has no day, is not served, or is not asked for.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What has happened to an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum OccurrenceEvent {
    /// Is due; or due on other days than before; or asked for again.
    Due {
        /// The days that are possible.
        days: Days,
    },
    /// A plan gave it a day.
    Proposed {
        /// Which day.
        day: Date,
        /// Whose.
        masters: Vec<MasterId>,
    },
    /// A plan had no day for it.
    LeftOut {
        /// Why: `no_day`, `no_master`, `rhythm`, `full`.
        why: String,
    },
    /// A person gave it a day, which no plan takes.
    Pinned {
        /// Which day.
        day: Date,
        /// Whose.
        masters: Vec<MasterId>,
    },
    /// Plans may move it again.
    Released,
    /// Stands in the book.
    Booked {
        /// As what.
        booking: Booking,
    },
    /// Does not stand in the book any longer: the visit was called off.
    Unbooked {
        /// Why.
        reason: String,
    },
    /// Was served.
    Done,
    /// Will not be served.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Its last day is over.
    Missed,
    /// The schedule does not ask for it any longer.
    Withdrawn,
}

impl Entity for Occurrence {
    const TABLE: Table = Table::Occurrence;
    type Kind = OccurrenceKind;
    fn id(&self) -> Id<OccurrenceKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
