//! An agreement: what is covered, at which points and units, and what is promised (`domain.md` 3.4.9); the rules
//! are in `agreement_rules`.

use crate::{
    ports::{Entity, Table},
    requests::request::HoldReason,
    values::{
        calendar::Calendar,
        id::{AgreementId, AgreementKind, ClientId, Id, PointId, UnitId},
        money::Money,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Life of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementState {
    /// Being written.
    Draft,
    /// Waits for signatures.
    OnApproval,
    /// In force.
    Active,
    /// In force; ends soon.
    Expiring,
    /// Stopped for debt or by the client.
    Suspended,
    /// Over.
    Expired,
    /// Ended before its time.
    Terminated,
}

/// What is promised; hours of the calendar of the terms, round the clock (24×7) when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaSet {
    /// Hours until somebody is there.
    pub reaction_hours: u32,
    /// Hours until it works again.
    pub restore_hours: u32,
}

/// What else the agreement says; nothing of it in rows written before it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// The hours in which the clocks count.
    pub calendar: Option<Calendar>,
    /// The waits that stop the clocks.
    pub pauses: Vec<HoldReason>,
    /// Are emergencies served while the agreement is suspended?
    pub keeps_emergency: bool,
    /// May orders be given back unpaid?
    pub debt_allowed: bool,
    /// The template that acts are printed from.
    pub act_template: Option<String>,
    /// Months for which it goes on by itself at its end; 0: it ends.
    pub renews_months: u8,
}

/// A contract on given points and units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Identity.
    pub id: AgreementId,
    /// Version.
    pub ver: u64,
    /// Number for people: `A-12`.
    pub no: String,
    /// With whom.
    pub client: ClientId,
    /// Life.
    pub state: AgreementState,
    /// In force from.
    pub from: Timestamp,
    /// In force until.
    pub until: Timestamp,
    /// Points covered whole.
    pub points: Vec<PointId>,
    /// Units covered one by one.
    pub units: Vec<UnitId>,
    /// What is promised.
    pub sla: SlaSet,
    /// Labour is paid by the agreement up to this sum an order.
    pub limit: Money,
    /// Which version of the price list is used.
    pub price_list: u32,
    /// What else it says.
    #[serde(default)]
    pub terms: Terms,
}

/// What has happened to an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgreementEvent {
    /// Was begun.
    Drafted,
    /// Went to be signed.
    Submitted,
    /// Went back to be written.
    Returned {
        /// Why.
        reason: String,
    },
    /// Is in force.
    Activated,
    /// Is stopped.
    Suspended {
        /// Why: a debt, the client's wish.
        reason: String,
    },
    /// Is in force again.
    Resumed,
    /// Ends soon.
    EndsSoon,
    /// Goes on.
    Renewed {
        /// Until when.
        until: Timestamp,
    },
    /// Is over.
    Expired,
    /// Ended before its time.
    Terminated {
        /// Why.
        reason: String,
    },
}

impl Entity for Agreement {
    const TABLE: Table = Table::Agreement;
    type Kind = AgreementKind;
    fn id(&self) -> Id<AgreementKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
