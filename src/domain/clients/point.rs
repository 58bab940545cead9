//! A service point: a place where a client's equipment stands.

use super::visiting::Visiting;
use crate::{
    ports::{Entity, Table},
    values::{
        id::{ClientId, Id, MasterId, PointId, PointKind, ZoneId},
        place::Place,
    },
};
use serde::{Deserialize, Serialize};

/// How a master is bound to a point or a unit by agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// Nobody else may come.
    Required,
    /// Better than others.
    Preferred,
    /// Must not come.
    Excluded,
}

/// A master's binding to a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterBinding {
    /// The master.
    pub master: MasterId,
    /// How.
    pub how: Binding,
}

/// A place where a client's equipment stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServicePoint {
    /// Identity.
    pub id: PointId,
    /// Version.
    pub ver: u64,
    /// Whose it is.
    pub client: ClientId,
    /// Street, house, flat.
    pub address: String,
    /// Where on the Earth.
    pub place: Place,
    /// The zone it lies in, by name.
    pub zone: String,
    /// The drawn zone that gave it the name.
    #[serde(default)]
    pub drawn: Option<ZoneId>,
    /// IANA time zone; windows are promised in it.
    pub tz: String,
    /// Entrance, intercom, pass, dog.
    pub access: String,
    /// Masters bound to it.
    pub bindings: Vec<MasterBinding>,
    /// When one may come and whom to ask for.
    #[serde(default, skip_serializing_if = "Visiting::is_empty")]
    pub visiting: Visiting,
}

impl Entity for ServicePoint {
    const TABLE: Table = Table::Point;
    type Kind = PointKind;
    fn id(&self) -> Id<PointKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
