//! How long it takes to get from one place to another.

use crate::place::Place;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way between two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leg {
    /// Seconds under way.
    pub seconds: i64,
    /// Metres under way.
    pub metres: i64,
}

/// A source of travel times.
///
/// The engine asks tens of thousands of times for one event and keeps no cache, so an implementation answers from
/// memory (a matrix by place, a hierarchy of roads) and must give the same answer to the same question.
pub trait TravelTimes: fmt::Debug + Send + Sync {
    /// The way from one place to another.
    fn leg(&self, from: &Place, to: &Place) -> Leg;

    /// The way when left at a moment; whoever leaves later must not arrive sooner.
    fn leg_at(&self, from: &Place, to: &Place, _moment: i64) -> Leg {
        self.leg(from, to)
    }

    /// Whether `leg_at` depends on the moment; `leg` then stands for a usual hour.
    fn is_clocked(&self) -> bool {
        false
    }
}

/// Great-circle distance with a detour factor, one speed, and a fixed overhead for parking and doors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GreatCircle {
    /// Metres of road for a thousand metres of straight line.
    pub detour_permille: u32,
    /// Speed in metres per hour.
    pub metres_per_hour: u32,
    /// Seconds added to every way that is not of zero length.
    pub overhead_seconds: i64,
}

impl Default for GreatCircle {
    fn default() -> Self {
        Self { detour_permille: 1350, metres_per_hour: 28_800, overhead_seconds: 60 }
    }
}

impl TravelTimes for GreatCircle {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        let straight = from.metres(to);
        if straight < 1.0 {
            return Leg::default();
        }
        let metres = straight * f64::from(self.detour_permille) * 1e-3;
        let seconds = metres * 3600.0 / f64::from(self.metres_per_hour.max(1));
        Leg { seconds: self.overhead_seconds + seconds as i64, metres: metres as i64 }
    }
}
