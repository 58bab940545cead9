//! A point on the globe, kept ready for fast and machine-independent distances.

use serde::{Deserialize, Serialize};

/// Mean radius of the Earth in metres.
const EARTH: f64 = 6_371_008.8;

/// A point by latitude and longitude, with its unit vector computed once.
///
/// Sine and cosine are summed here by series, because those of the platform differ in the last bit
/// from machine to machine and the same seed has to give the same plan everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64)", into = "(f64, f64)")]
pub struct Place {
    lat: f64,
    lon: f64,
    unit: [f64; 3],
}

impl Place {
    /// A point by degrees of latitude and longitude, taken to a centimetre, so that a number that went through a text
    /// and lost its last bit is the same place.
    pub fn new(lat: f64, lon: f64) -> Self {
        let (lat, lon) = ((lat * 1e7).round() / 1e7, (lon * 1e7).round() / 1e7);
        let (lat_sin, lat_cos) = sin_cos(lat.to_radians());
        let (lon_sin, lon_cos) = sin_cos(lon.to_radians());
        Self { lat, lon, unit: [lat_cos * lon_cos, lat_cos * lon_sin, lat_sin] }
    }

    /// Degrees of latitude.
    pub fn lat(&self) -> f64 {
        self.lat
    }

    /// Degrees of longitude.
    pub fn lon(&self) -> f64 {
        self.lon
    }

    /// Squared chord between two points of the unit sphere: orders points by distance without a root.
    pub fn chord2(&self, other: &Self) -> f64 {
        let [a, b, c] = self.unit;
        let [x, y, z] = other.unit;
        (a - x) * (a - x) + (b - y) * (b - y) + (c - z) * (c - z)
    }

    /// Great-circle metres between two points.
    pub fn metres(&self, other: &Self) -> f64 {
        let half2 = (self.chord2(other) * 0.25).min(1.0);
        let half = half2.sqrt();
        // The series of the arcsine is exact to a metre within a thousand kilometres; beyond that the platform's
        // function is used, as no tour goes there.
        let angle = if half2 < 0.01 {
            half * (1.0 + half2 * (1.0 / 6.0 + half2 * (0.075 + half2 * (15.0 / 336.0))))
        } else {
            half.asin()
        };
        2.0 * EARTH * angle
    }
}

impl From<(f64, f64)> for Place {
    fn from((lat, lon): (f64, f64)) -> Self {
        Self::new(lat, lon)
    }
}

impl From<Place> for (f64, f64) {
    fn from(place: Place) -> Self {
        (place.lat, place.lon)
    }
}

/// Sine and cosine by Taylor series after folding to the first quadrant; basic arithmetic only.
fn sin_cos(angle: f64) -> (f64, f64) {
    use std::f64::consts::{FRAC_PI_2, TAU};
    let turned = angle - (angle / TAU).floor() * TAU;
    let quarter = (turned / FRAC_PI_2).floor();
    let x = turned - quarter * FRAC_PI_2;
    let x2 = x * x;
    let (mut sin, mut cos) = (0.0, 0.0);
    let (mut sin_term, mut cos_term) = (x, 1.0);
    for k in 0..12 {
        sin += sin_term;
        cos += cos_term;
        let n = f64::from(2 * k);
        sin_term *= -x2 / ((n + 2.0) * (n + 3.0));
        cos_term *= -x2 / ((n + 1.0) * (n + 2.0));
    }
    match quarter as u32 % 4 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_agree_with_the_platform() {
        for degree in -360..=360 {
            let angle = f64::from(degree).to_radians();
            let (sin, cos) = sin_cos(angle);
            assert!((sin - angle.sin()).abs() < 1e-12 && (cos - angle.cos()).abs() < 1e-12, "{degree}");
        }
    }

    #[test]
    fn one_degree_of_latitude_is_111_kilometres() {
        let metres = Place::new(55.0, 37.0).metres(&Place::new(56.0, 37.0));
        assert!((metres - 111_195.0).abs() < 5.0, "{metres}");
    }
}
