//! Points of a plane as places, and travel times by the convention of a benchmark.

use solver::{Leg, Place, TravelTimes};

/// Units of the plane in a degree.
const UNITS: f64 = 100.0;
/// Decimal places of a unit that are kept, as a factor.
const FINE: f64 = 1e5;

/// Straight lines in a plane, so many ticks for a unit, taken down or up to whole ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// Ticks for one unit of the plane.
    pub ticks: f64,
    /// Whether a part of a tick counts as a whole one.
    pub up: bool,
}

impl Plane {
    /// A point of the plane as a place; coordinates are kept to five decimals, within nine thousand units of the origin.
    pub fn place(x: f64, y: f64) -> Place {
        Place::new(y / UNITS, x / UNITS)
    }
    /// The point of a place.
    pub fn point(place: &Place) -> (f64, f64) {
        let units = |degrees: f64| (degrees * UNITS * FINE).round() / FINE;
        (units(place.lon()), units(place.lat()))
    }
    /// Furthest coordinate that can be kept.
    pub const FURTHEST: f64 = 9000.0;
}

impl TravelTimes for Plane {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        let ((x, y), (a, b)) = (Self::point(from), Self::point(to));
        let exact = ((x - a) * (x - a) + (y - b) * (y - b)).sqrt() * self.ticks;
        let whole = exact as i64;
        let seconds = whole + i64::from(self.up && exact > whole as f64);
        Leg { seconds, metres: seconds }
    }
}
