//! Travel times by the clock of the house: the planner counts seconds of the world, traffic follows the town's hours.

use jiff::{Timestamp, tz::TimeZone};
use solver::{Leg, Place, TravelTimes};
use std::sync::Arc;

/// Changes of the clock that are known ahead: five years of summer and winter time.
const CHANGES: usize = 10;

/// Travel times whose hours are those of a time zone.
#[derive(Debug)]
pub(super) struct LocalHours {
    travel: Arc<dyn TravelTimes>,
    /// Seconds that the town's clock is ahead of the world's.
    first: i64,
    /// The same from a moment of the world on, in order.
    changes: Vec<(i64, i64)>,
}

impl LocalHours {
    /// Ways whose `leg_at` reads its moment, in seconds of the world, off the clock of the zone, as far as its changes are
    /// known at the instant. In the hour that is lived twice when a clock is put back, the traffic repeats.
    pub(super) fn new(travel: Arc<dyn TravelTimes>, zone: &TimeZone, now: Timestamp) -> Self {
        let ahead = |zone: &TimeZone, at: Timestamp| i64::from(zone.to_offset(at).seconds());
        let changes = zone.following(now).take(CHANGES);
        let changes =
            changes.map(|change| (change.timestamp().as_second(), i64::from(change.offset().seconds())));
        Self { travel, first: ahead(zone, now), changes: changes.collect() }
    }
    /// A moment of the world by the clock of the town.
    fn local(&self, moment: i64) -> i64 {
        let before = self.changes.partition_point(|(from, _)| *from <= moment);
        moment + before.checked_sub(1).map_or(self.first, |last| self.changes[last].1)
    }
}

impl TravelTimes for LocalHours {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        self.travel.leg(from, to)
    }
    fn leg_at(&self, from: &Place, to: &Place, moment: i64) -> Leg {
        self.travel.leg_at(from, to, self.local(moment))
    }
    fn is_clocked(&self) -> bool {
        self.travel.is_clocked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solver::{GreatCircle, Hour, Traffic};

    fn rush() -> Arc<dyn TravelTimes> {
        let hours = vec![Hour { from: 8 * 3600, permille: 2000 }, Hour { from: 10 * 3600, permille: 1000 }];
        Arc::new(Traffic::new(Arc::new(GreatCircle::default()), hours))
    }
    fn seconds(travel: &LocalHours, at: &str) -> i64 {
        let at: Timestamp = at.parse().expect("an instant");
        travel.leg_at(&Place::new(58.0, 56.2), &Place::new(58.02, 56.2), at.as_second()).seconds
    }

    #[test]
    fn the_rush_comes_by_the_clock_of_the_town() {
        let now: Timestamp = "2026-11-29T00:00:00Z".parse().expect("an instant");
        let travel = LocalHours::new(rush(), &TimeZone::get("Asia/Yekaterinburg").expect("a zone"), now);
        assert!(travel.is_clocked());
        // Nine in the morning in Perm is four in the morning of the world.
        assert_eq!(seconds(&travel, "2026-11-29T04:00:00Z"), 2 * seconds(&travel, "2026-11-29T09:00:00Z"));
    }

    #[test]
    fn the_rush_moves_with_summer_time() {
        let now: Timestamp = "2027-01-10T00:00:00Z".parse().expect("an instant");
        let travel = LocalHours::new(rush(), &TimeZone::get("Europe/Berlin").expect("a zone"), now);
        let usual = seconds(&travel, "2027-01-11T12:00:00Z");
        assert_eq!(seconds(&travel, "2027-01-11T08:30:00Z"), 2 * usual, "half past nine in winter");
        assert_eq!(seconds(&travel, "2027-07-11T08:30:00Z"), usual, "half past ten in summer");
        assert_eq!(seconds(&travel, "2027-07-11T06:30:00Z"), 2 * usual, "half past eight in summer");
    }
}
