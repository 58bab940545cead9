//! Points of a plane as places, and travel times by the convention of a benchmark.

use solver::{Leg, Place, TravelTimes};

/// A degree for so many units of the plane.
const UNITS: f64 = 100.0;

/// Straight lines in a plane, so many ticks for a unit, taken down or up to whole ticks.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    /// Ticks for one unit of the plane.
    pub ticks: f64,
    /// Whether a part of a tick counts as a whole one.
    pub up: bool,
}

/// A point of the plane as a place.
pub fn place(x: i32, y: i32) -> Place {
    Place::new(f64::from(y) / UNITS, f64::from(x) / UNITS)
}

fn units(degrees: f64) -> f64 {
    (degrees * UNITS + 0.5) as i64 as f64
}

impl TravelTimes for Plane {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        let x = units(from.lon()) - units(to.lon());
        let y = units(from.lat()) - units(to.lat());
        let exact = (x * x + y * y).sqrt() * self.ticks;
        let whole = exact as i64;
        let seconds = whole + i64::from(self.up && exact > whole as f64);
        Leg { seconds, metres: seconds }
    }
}
