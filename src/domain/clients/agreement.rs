//! An agreement: what is covered, at which points and units, and what is promised.

use crate::{
    ports::{Entity, Table},
    values::{
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
    /// In force.
    Active,
    /// Stopped for debt or by the client.
    Suspended,
    /// Over.
    Expired,
}

/// What is promised; hours by the clock (24×7) until calendars are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaSet {
    /// Hours until somebody is there.
    pub reaction_hours: u32,
    /// Hours until it works again.
    pub restore_hours: u32,
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
}

impl Agreement {
    /// Is the unit at the point covered at the instant?
    pub fn covers(&self, point: PointId, unit: Option<UnitId>, at: Timestamp) -> bool {
        let in_force = self.state == AgreementState::Active && self.from <= at && at < self.until;
        in_force && (self.points.contains(&point) || unit.is_some_and(|u| self.units.contains(&u)))
    }
    /// Why it does not cover, in words for the operator.
    pub fn why_not(&self, at: Timestamp) -> &'static str {
        match self.state {
            AgreementState::Draft => "соглашение ещё не подписано",
            AgreementState::Suspended => "соглашение приостановлено",
            AgreementState::Expired => "соглашение закончилось",
            AgreementState::Active if at >= self.until => "срок соглашения истёк",
            AgreementState::Active if at < self.from => "соглашение ещё не вступило в силу",
            AgreementState::Active => "эта техника в соглашение не входит",
        }
    }
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
