//! Ways that take longer at some hours of the day.

use crate::place::Place;
use crate::travel::{Leg, TravelTimes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// From a second of the day on, ways take so much longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// Second of the day it begins at, by the clock the engine is told.
    pub from: i64,
    /// Seconds on the road for a thousand usual ones.
    pub permille: u32,
}

/// Usual ways, slower at some hours. A way that lasts into another hour goes on at that hour's pace, so nobody who
/// leaves later arrives sooner.
#[derive(Clone, Debug)]
pub struct Traffic {
    usual: Arc<dyn TravelTimes>,
    hours: Vec<Hour>,
}

impl Traffic {
    /// Usual ways with hours; those outside the day or of no pace are passed over, before the first one the last holds.
    pub fn new(usual: Arc<dyn TravelTimes>, mut hours: Vec<Hour>) -> Self {
        hours.retain(|hour| (0..DAY).contains(&hour.from) && hour.permille > 0);
        hours.sort_by_key(|hour| hour.from);
        hours.dedup_by_key(|hour| hour.from);
        Self { usual, hours }
    }

    /// The pace at a moment, and when it ends.
    fn pace(&self, moment: i64) -> (i64, i64) {
        let (day, second) = (moment.div_euclid(DAY) * DAY, moment.rem_euclid(DAY));
        let next = self.hours.partition_point(|hour| hour.from <= second);
        let current = next.checked_sub(1).or(self.hours.len().checked_sub(1));
        let permille = current.map_or(1000, |k| i64::from(self.hours[k].permille));
        (permille, day + self.hours.get(next).map_or(DAY, |hour| hour.from))
    }
}

impl TravelTimes for Traffic {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        self.usual.leg(from, to)
    }

    fn leg_at(&self, from: &Place, to: &Place, moment: i64) -> Leg {
        let usual = self.usual.leg(from, to);
        // In millionths of a usual second, of which a second of an hour covers the fewer the slower it is.
        let mut left = usual.seconds * 1_000_000;
        let mut at = moment;
        while left > 0 {
            let (permille, ends) = self.pace(at);
            let covered = (1_000_000_000 / permille).max(1);
            let whole = (ends - at) * covered;
            if left <= whole {
                at += (left + covered - 1) / covered;
                break;
            }
            left -= whole;
            at = ends;
        }
        Leg { seconds: at - moment, metres: usual.metres }
    }

    fn is_clocked(&self) -> bool {
        !self.hours.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::travel::GreatCircle;

    #[test]
    fn nobody_who_leaves_later_arrives_sooner() {
        let rush = [(0, 1000), (8 * 3600, 1800), (10 * 3600, 1100), (17 * 3600, 2000), (19 * 3600, 900)];
        let hours = rush.map(|(from, permille)| Hour { from, permille }).to_vec();
        let usual = Arc::new(GreatCircle::default());
        let traffic = Traffic::new(usual.clone(), hours);
        let (a, b) = (Place::new(55.7, 37.5), Place::new(55.8, 37.8));
        let mut before = i64::MIN;
        for moment in (0..2 * DAY).step_by(7) {
            let arrival = moment + traffic.leg_at(&a, &b, moment).seconds;
            assert!(arrival >= before, "{moment}");
            before = arrival;
        }
        let usual = usual.leg(&a, &b).seconds;
        assert_eq!(traffic.leg_at(&a, &b, 3600).seconds, usual);
        let rush = traffic.leg_at(&a, &b, 8 * 3600).seconds;
        assert!((rush - usual * 1800 / 1000).abs() <= usual / 500, "{rush} against {usual}");
    }
}
