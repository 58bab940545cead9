//! Cost by rule, in seconds of travel.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// Parts of a cost, each by its rule; differences of costs use the same parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Cost {
    /// Travel.
    pub travel: i64,
    /// Waiting between jobs.
    pub wait: i64,
    /// Work past the end of the shift.
    pub overtime: i64,
    /// Starts after the due moment.
    pub lateness: i64,
    /// Jobs with a master other than a preferred one.
    pub preference: i64,
    /// Jobs with a master of other territories.
    #[serde(default)]
    pub zone: i64,
    /// Jobs moved from the master people already know of.
    pub stability: i64,
    /// Jobs left without a master, or given to somebody outside.
    pub unassigned: i64,
}

impl Cost {
    /// The sum of the parts.
    pub fn total(&self) -> i64 {
        self.travel
            + self.wait
            + self.overtime
            + self.lateness
            + self.preference
            + self.zone
            + self.stability
            + self.unassigned
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            travel: self.travel + other.travel,
            wait: self.wait + other.wait,
            overtime: self.overtime + other.overtime,
            lateness: self.lateness + other.lateness,
            preference: self.preference + other.preference,
            zone: self.zone + other.zone,
            stability: self.stability + other.stability,
            unassigned: self.unassigned + other.unassigned,
        }
    }
}

impl Sub for Cost {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            travel: self.travel - other.travel,
            wait: self.wait - other.wait,
            overtime: self.overtime - other.overtime,
            lateness: self.lateness - other.lateness,
            preference: self.preference - other.preference,
            zone: self.zone - other.zone,
            stability: self.stability - other.stability,
            unassigned: self.unassigned - other.unassigned,
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Cost {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
