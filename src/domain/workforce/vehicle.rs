//! A vehicle and where it was last seen.

use crate::{
    ports::{Entity, Table},
    values::{
        id::{Id, VehicleId, VehicleKind},
        place::Place,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Is the vehicle fit to go?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleState {
    /// It goes.
    Fit,
    /// It does not.
    Broken,
}

/// What a master drives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Identity.
    pub id: VehicleId,
    /// Version.
    pub ver: u64,
    /// Number plate.
    pub plate: String,
    /// Fit or broken.
    pub state: VehicleState,
    /// Last fix and its instant; kept in memory, written now and then.
    pub seen: Option<(Place, Timestamp)>,
}

impl Entity for Vehicle {
    const TABLE: Table = Table::Vehicle;
    type Kind = VehicleKind;
    fn id(&self) -> Id<VehicleKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
