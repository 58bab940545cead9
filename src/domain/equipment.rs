//! What is repaired: kinds, brands, models, and units with serial numbers.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{AgreementId, ClientId, Id, PointId, UnitId, UnitKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who has the thing in hand now (I-01: exactly one).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", content = "id", rename_all = "snake_case")]
pub enum Custodian {
    /// The client, at the point.
    Point(PointId),
    /// A reception cell.
    Cell(String),
    /// A master or a van.
    Master(String),
    /// A vehicle's stock place.
    Vehicle(String),
    /// A driver who delivers it.
    Driver(String),
    /// Somebody else's centre.
    ThirdParty(String),
    /// Its manufacturer.
    Manufacturer(String),
    /// Nobody any more: written off by this act.
    Scrap(String),
}

impl Custodian {
    /// Who has a thing whose place is written otherwise: only what stood at the old point stands at the new one.
    pub fn carried(&self, from: PointId, to: PointId) -> Self {
        if *self == Self::Point(from) { Self::Point(to) } else { self.clone() }
    }
}

/// One serial-numbered device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquipmentUnit {
    /// Identity.
    pub id: UnitId,
    /// Version.
    pub ver: u64,
    /// Whose it is.
    pub client: ClientId,
    /// Where it stands.
    pub point: PointId,
    /// Kind: «кондиционер», «холодильник».
    pub kind: String,
    /// Trade mark.
    pub brand: String,
    /// Model.
    pub model: String,
    /// Serial number; empty while unknown.
    pub serial: String,
    /// The skill that its repair asks for.
    pub skill: String,
    /// The level of the skill.
    pub level: u8,
    /// Warranty till.
    pub warranty_until: Option<Timestamp>,
    /// The agreement that covers it.
    pub agreement: Option<AgreementId>,
    /// Who has it in hand.
    pub custodian: Custodian,
}

/// The thing went from one hand to another (`unit.custody_moved`): one event with both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyMoved {
    /// Who gave it.
    pub from: Custodian,
    /// Who took it.
    pub to: Custodian,
}

impl EquipmentUnit {
    /// Decides on another custodian.
    ///
    /// # Errors
    /// The giver does not have it, gives it to themselves, or it is scrap.
    pub fn hand_over(&self, from: Custodian, to: Custodian) -> Result<CustodyMoved, Refusal> {
        if self.custodian != from {
            let detail = format!("the unit is with `{:?}`, not with `{from:?}`", self.custodian);
            return Err(Refusal::state("other-custodian", detail));
        }
        if from == to || matches!(from, Custodian::Scrap(_)) {
            let detail = format!("the unit cannot go from `{from:?}` to `{to:?}`: expected another hand");
            return Err(Refusal::state("custody-unmoved", detail));
        }
        Ok(CustodyMoved { from, to })
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &CustodyMoved) {
        self.ver += 1;
        self.custodian = event.to.clone();
    }
    /// Is it written off?
    pub const fn is_scrap(&self) -> bool {
        matches!(self.custodian, Custodian::Scrap(_))
    }
    /// Refuses scrap: nothing is written of it and nobody comes to repair it.
    ///
    /// # Errors
    /// It is written off.
    pub fn in_use(&self) -> Result<(), Refusal> {
        if !self.is_scrap() {
            return Ok(());
        }
        let detail = format!("the unit `{}` is written off: expected one in use", self.id);
        Err(Refusal::state("unit-scrap", detail))
    }
    /// Decides on writing it off, by an act.
    ///
    /// # Errors
    /// It is scrap already, or nobody said why.
    pub fn retire(&self, reason: &str) -> Result<CustodyMoved, Refusal> {
        Refusal::unless_said(reason)?;
        self.hand_over(self.custodian.clone(), Custodian::Scrap(reason.trim().to_owned()))
    }
    /// How people call it: «Кондиционер Daikin FTXB35C».
    pub fn title(&self) -> String {
        format!("{} {} {}", self.kind, self.brand, self.model)
    }
}

impl Entity for EquipmentUnit {
    const TABLE: Table = Table::Unit;
    type Kind = UnitKind;
    fn id(&self) -> Id<UnitKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
