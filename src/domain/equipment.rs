//! What is repaired: kinds, brands, models, and units with serial numbers.

use crate::{
    ports::{Entity, Table},
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
    /// Somebody else's centre.
    ThirdParty(String),
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

impl EquipmentUnit {
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
