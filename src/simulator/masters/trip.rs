//! A drive along a straight line.

use crate::scene::VisitRow;
use domain::values::place::Place;

/// One drive.
#[derive(Debug, Clone, PartialEq)]
pub struct Trip {
    /// Where to: the visit.
    pub visit: String,
    /// Where from.
    pub from: Place,
    /// Where to: the place.
    pub to: Place,
    /// City millisecond of setting off.
    pub leaves: i64,
    /// City millisecond of arrival.
    pub arrives: i64,
}

/// Metres a minute of straight line: 26 km/h on roads 1.35 times as long.
const METRES_A_MINUTE: f64 = 26_000.0 / 60.0 / 1.35;

impl Trip {
    /// A drive that begins now; `way` stretches what was planned. After a break of memory, the way that is
    /// left is told by the distance.
    pub fn new(visit: &VisitRow, from: Place, way: f64, now: i64) -> Self {
        let to = visit.place();
        let left = from.metres_to(&to) / METRES_A_MINUTE + 2.0;
        let planned = visit.travel_min.filter(|m| *m > 0.0).unwrap_or(left);
        let minutes = (planned.min(1.5 * left) * way).clamp(1.0, 90.0);
        Self { visit: visit.id.clone(), from, to, leaves: now, arrives: now + (minutes * 60_000.0) as i64 }
    }
    /// Where the van is.
    pub fn at(&self, now: i64) -> Place {
        let whole = (self.arrives - self.leaves).max(1) as f64;
        let share = ((now - self.leaves) as f64 / whole).clamp(0.0, 1.0);
        let along = |a: f64, b: f64| ((a + (b - a) * share) * 1e6).round() / 1e6;
        Place { lat: along(self.from.lat, self.to.lat), lon: along(self.from.lon, self.to.lon) }
    }
}
