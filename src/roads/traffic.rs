//! The traffic of the day: how much longer each kind of road takes at which hour.

use crate::{
    class::CLASSES,
    graph::{CLOSED, Road, Way},
};
use thiserror::Error;

/// A traffic profile that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrafficError {
    /// An hour names a slot that is not there.
    #[error("hour `{hour}` has the traffic `{slot}`, expected one of the first `{slots}`")]
    NoSuchSlot {
        /// Which hour.
        hour: usize,
        /// Which slot it names.
        slot: u8,
        /// How many there are.
        slots: usize,
    },
    /// A factor is out of bounds.
    #[error("a factor of traffic is `{0}` thousandths, expected from `200` to `20000`")]
    Factor(u16),
}

/// Factors of the day. Every slot has a hierarchy of its own; within an hour the traffic stands still, and a way is
/// driven in the traffic of the hour it was asked for, whenever it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Thousandths of the empty road's time, by slot and kind of road.
    slots: Vec<[u16; CLASSES]>,
    /// The slot of each hour.
    hours: [u8; 24],
}

impl Default for Traffic {
    /// A large town: night, working day, and the peaks from 8 to 10 and from 17 to 20. The factors are a rule of thumb,
    /// not a measurement; whoever has driven times of their own should set them.
    fn default() -> Self {
        let (night, day, peak) = (0, 1, 2);
        let mut hours = [day; 24];
        for hour in [22, 23, 0, 1, 2, 3, 4, 5, 6] {
            hours[hour] = night;
        }
        for hour in [8, 9, 17, 18, 19] {
            hours[hour] = peak;
        }
        let slots = vec![
            [1000; CLASSES],
            [1150, 1250, 1300, 1250, 1200, 1100, 1000, 1000],
            [1500, 1800, 1800, 1650, 1450, 1200, 1000, 1000],
        ];
        Self { slots, hours }
    }
}

impl Traffic {
    /// The same roads at every hour.
    pub fn none() -> Self {
        Self { slots: vec![[1000; CLASSES]], hours: [0; 24] }
    }
    /// Factors by slot and kind of road, and the slot of each hour.
    ///
    /// # Errors
    /// A slot that is not there, a factor out of bounds.
    pub fn new(slots: Vec<[u16; CLASSES]>, hours: [u8; 24]) -> Result<Self, TrafficError> {
        if let Some(hour) = hours.iter().position(|slot| usize::from(*slot) >= slots.len()) {
            return Err(TrafficError::NoSuchSlot { hour, slot: hours[hour], slots: slots.len() });
        }
        match slots.iter().flatten().find(|factor| !(200..=20_000).contains(*factor)) {
            Some(factor) => Err(TrafficError::Factor(*factor)),
            None => Ok(Self { slots, hours }),
        }
    }
    /// The slot of an hour of the day; an hour past 23 is one of the next day.
    pub fn slot(&self, hour: u8) -> usize {
        usize::from(self.hours[usize::from(hour) % 24])
    }
    /// Factors by slot.
    pub fn slots(&self) -> &[[u16; CLASSES]] {
        &self.slots
    }
    /// The slot of each hour.
    pub fn hours(&self) -> &[u8; 24] {
        &self.hours
    }
    /// Milliseconds along a whole road.
    pub fn millis(&self, slot: usize, road: &Road, way: Way) -> u32 {
        let empty = road.millis[way as usize];
        if empty == CLOSED {
            return CLOSED;
        }
        let factor = u64::from(self.slots[slot][road.class as usize]);
        (u64::from(empty) * factor / 1000).clamp(1, 1 << 31) as u32
    }
}
