//! Points on the Earth.

use serde::{Deserialize, Serialize};

/// WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// The coordinates are not on the Earth.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{lat}, {lon}` is not a place: expected latitude -90…90 and longitude -180…180")]
pub struct InvalidPlace {
    /// The given latitude.
    pub lat: f64,
    /// The given longitude.
    pub lon: f64,
}

impl Place {
    /// Refuses what is not on the Earth.
    pub fn new(lat: f64, lon: f64) -> Result<Self, InvalidPlace> {
        let fine = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        if fine { Ok(Self { lat, lon }) } else { Err(InvalidPlace { lat, lon }) }
    }
    /// Great-circle distance in metres (haversine, sphere of 6,371,008.8 m, IUGG mean radius).
    pub fn metres_to(&self, other: &Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlon) = (b - a, (other.lon - self.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + a.cos() * b.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * 6_371_008.8 * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moscow_to_petersburg_is_about_634_km() {
        let (moscow, petersburg) =
            (Place { lat: 55.7558, lon: 37.6173 }, Place { lat: 59.9343, lon: 30.3351 });
        assert!((moscow.metres_to(&petersburg) - 634_000.0).abs() < 2_000.0);
        assert!(Place::new(f64::NAN, 0.0).is_err() && Place::new(91.0, 0.0).is_err());
    }
}
