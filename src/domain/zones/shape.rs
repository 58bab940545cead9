//! A closed line on the map: what is inside, how large it is, whether it crosses itself or another.

use crate::values::place::Place;

/// Kilometres in a degree of latitude.
const KM_PER_DEGREE: f64 = 111.32;

/// The side of a line that a place lies on: positive to the left.
fn side(from: Place, to: Place, place: Place) -> f64 {
    (to.lon - from.lon) * (place.lat - from.lat) - (to.lat - from.lat) * (place.lon - from.lon)
}

/// Is a place that lies on the same line between the two ends?
fn between(from: Place, to: Place, place: Place) -> bool {
    let inside = |a: f64, b: f64, x: f64| a.min(b) <= x && x <= a.max(b);
    inside(from.lat, to.lat, place.lat) && inside(from.lon, to.lon, place.lon)
}

/// Do two pieces of line share a place?
fn meet(a: (Place, Place), b: (Place, Place)) -> bool {
    let (one, two) = (side(a.0, a.1, b.0), side(a.0, a.1, b.1));
    let (three, four) = (side(b.0, b.1, a.0), side(b.0, b.1, a.1));
    if one * two < 0.0 && three * four < 0.0 {
        return true;
    }
    let touches =
        |side: f64, line: (Place, Place), place: Place| side == 0.0 && between(line.0, line.1, place);
    touches(one, a, b.0) || touches(two, a, b.1) || touches(three, b, a.0) || touches(four, b, a.1)
}

/// Do two pieces of line cross in the midst of both?
fn cross(a: (Place, Place), b: (Place, Place)) -> bool {
    side(a.0, a.1, b.0) * side(a.0, a.1, b.1) < 0.0 && side(b.0, b.1, a.0) * side(b.0, b.1, a.1) < 0.0
}

/// The sides of a closed line.
fn sides(corners: &[Place]) -> impl Iterator<Item = (Place, Place)> + '_ {
    (0..corners.len()).map(|i| (corners[i], corners[(i + 1) % corners.len()]))
}

/// The first two sides of a closed line that meet where they should not, counted from one.
pub fn crossing(corners: &[Place]) -> Option<(usize, usize)> {
    let all: Vec<_> = sides(corners).collect();
    for first in 0..all.len() {
        for second in first + 1..all.len() {
            let neighbours = second == first + 1 || (first == 0 && second == all.len() - 1);
            let wrong =
                if neighbours { back(all[first], all[second]) } else { meet(all[first], all[second]) };
            if wrong {
                return Some((first + 1, second + 1));
            }
        }
    }
    None
}

/// Do two neighbouring sides lie one upon the other?
fn back(a: (Place, Place), b: (Place, Place)) -> bool {
    let (corner, one, other) = if a.1 == b.0 { (a.1, a.0, b.1) } else { (a.0, a.1, b.0) };
    let same_way =
        (one.lat - corner.lat) * (other.lat - corner.lat) + (one.lon - corner.lon) * (other.lon - corner.lon);
    side(corner, one, other) == 0.0 && same_way > 0.0
}

/// Is a place inside? What lies on the line itself is inside.
pub fn holds(corners: &[Place], place: Place) -> bool {
    let mut inside = false;
    for (a, b) in sides(corners) {
        if side(a, b, place) == 0.0 && between(a, b, place) {
            return true;
        }
        let straddles = (a.lat > place.lat) != (b.lat > place.lat);
        if straddles && place.lon < (b.lon - a.lon) * (place.lat - a.lat) / (b.lat - a.lat) + a.lon {
            inside = !inside;
        }
    }
    inside
}

/// Square kilometres, as on a flat map around the first corner.
pub fn area_km2(corners: &[Place]) -> f64 {
    let Some(first) = corners.first() else { return 0.0 };
    let squeeze = first.lat.to_radians().cos();
    let doubled: f64 = sides(corners)
        .map(|(a, b)| (a.lon - first.lon) * (b.lat - first.lat) - (b.lon - first.lon) * (a.lat - first.lat))
        .sum();
    (doubled / 2.0).abs() * squeeze * KM_PER_DEGREE * KM_PER_DEGREE
}

/// Have two areas ground in common? Those that only touch have none.
pub fn overlap(one: &[Place], other: &[Place]) -> bool {
    let crosses = sides(one).any(|a| sides(other).any(|b| cross(a, b)));
    let within = |inner: &[Place], outer: &[Place]| {
        let strictly = |place: Place| {
            holds(outer, place)
                && !sides(outer).any(|(a, b)| side(a, b, place) == 0.0 && between(a, b, place))
        };
        inner.iter().copied().any(strictly) || strictly(middle(inner))
    };
    crosses || within(one, other) || within(other, one)
}

/// The mean of the corners.
pub fn middle(corners: &[Place]) -> Place {
    let count = corners.len().max(1) as f64;
    let (lat, lon) = corners.iter().fold((0.0, 0.0), |(a, b), p| (a + p.lat / count, b + p.lon / count));
    Place { lat, lon }
}
