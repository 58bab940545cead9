//! What matters most in planning, as data: sets of weights a dispatcher can choose between.

use crate::params::Params;
use serde::{Deserialize, Serialize};

/// A choice of weights. Every number of it can be set apart as well: [`Params`] reads from any format of serde.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Between the others: what [`Params::default`] says.
    #[default]
    Balanced,
    /// The client's own master and the promised hour stand above the road.
    CustomerFirst,
    /// As little road and overtime as can be; who comes matters less.
    LeastTravel,
    /// A storm of urgent jobs: tours may change at any moment, overtime is cheap, little is frozen.
    Emergency,
}

impl Policy {
    /// All choices.
    pub const ALL: [Self; 4] = [Self::Balanced, Self::CustomerFirst, Self::LeastTravel, Self::Emergency];

    /// The weights of this choice.
    pub fn params(self) -> Params {
        let usual = Params::default();
        match self {
            Self::Balanced => usual,
            Self::CustomerFirst => Params {
                wait_permille: 20,
                preference: 3600,
                zone: 600,
                stability: 5400,
                stability_near: 10_800,
                threshold: 900,
                ..usual
            },
            Self::LeastTravel => Params {
                wait_permille: 50,
                overtime_permille: 2000,
                preference: 120,
                zone: 300,
                stability: 900,
                stability_near: 2700,
                threshold: 120,
                ..usual
            },
            Self::Emergency => Params {
                overtime_permille: 200,
                preference: 60,
                zone: 60,
                stability: 120,
                stability_near: 600,
                near: 1800,
                freeze: 600,
                threshold: 0,
                ..usual
            },
        }
    }
}
