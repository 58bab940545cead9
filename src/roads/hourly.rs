//! Ways in the traffic of the hours in which they are driven.

use crate::{network::Network, travel::RoadTravel};
use solver::{Leg, Place, TravelTimes};
use std::sync::Arc;

const HOUR: i64 = 3600;
/// Cells of remembered ways in all, eight bytes each.
const CELLS: usize = 16 << 20;
/// A whole way, in the parts that are counted under way.
const WHOLE: i64 = 1 << 32;

/// [`TravelTimes`] by road, in the traffic of each hour that a way is driven in; a moment is a second of the town's own
/// clock, of which midnights are multiples of a day.
///
/// A way has a time in each traffic. Whoever is under way when the traffic changes has covered a part of it and covers
/// the rest in the traffic that follows, so nobody who leaves later arrives sooner, whatever the roads are (Ichoua,
/// Gendreau, Potvin: Vehicle dispatching with time-dependent travel times, 2003).
#[derive(Debug)]
pub struct HourlyTravel {
    /// Ways by traffic.
    slots: Vec<RoadTravel>,
    /// The traffic of each hour.
    hours: [u8; 24],
    /// The traffic of the usual hour.
    usual: usize,
}

impl HourlyTravel {
    /// Ways over a network; where no moment is named, in the traffic of the usual hour.
    pub fn new(network: Arc<Network>, usual: u8) -> Self {
        let (count, hours) = (network.traffic().slots().len(), *network.traffic().hours());
        let usual = network.traffic().slot(usual);
        let slot = |slot: usize| {
            // A traffic that no hour has is never asked for.
            let hour = hours.iter().position(|s| usize::from(*s) == slot).unwrap_or_default();
            RoadTravel::with_limit(Arc::clone(&network), hour as u8, CELLS / count.max(1))
        };
        Self { slots: (0..count).map(slot).collect(), hours, usual }
    }

    /// The traffic at a moment, and when another one begins; never more than a day ahead.
    fn traffic(&self, moment: i64) -> (usize, i64) {
        let (hour, since) = (moment.rem_euclid(24 * HOUR) / HOUR, moment.rem_euclid(HOUR));
        let slot = |hour: i64| usize::from(self.hours[(hour % 24) as usize]);
        let same = (1..24).take_while(|k| slot(hour + k) == slot(hour)).count() as i64;
        (slot(hour), moment - since + (same + 1) * HOUR)
    }
}

impl TravelTimes for HourlyTravel {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        self.slots[self.usual].leg(from, to)
    }

    fn leg_at(&self, from: &Place, to: &Place, moment: i64) -> Leg {
        let (slot, mut ends) = self.traffic(moment);
        let first = self.slots[slot].leg(from, to);
        if moment + first.seconds <= ends {
            return first;
        }
        let (mut left, mut at, mut seconds) = (WHOLE, moment, first.seconds);
        loop {
            let needed = (left * seconds + WHOLE - 1) / WHOLE;
            if at + needed <= ends || needed == 0 {
                return Leg { seconds: at + needed - moment, metres: first.metres };
            }
            left -= (ends - at) * WHOLE / seconds;
            at = ends;
            let (slot, until) = self.traffic(at);
            (seconds, ends) = (self.slots[slot].leg(from, to).seconds, until);
        }
    }

    fn is_clocked(&self) -> bool {
        self.hours.iter().any(|slot| *slot != self.hours[0])
    }
}
