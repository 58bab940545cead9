//! Zones on the map: what may be drawn, and in which zone a place lies.

use crate::{
    firm::{id, point, rub},
    machine::refused,
};
use domain::{
    clients::point::ServicePoint,
    values::{id::ZoneId, place::Place},
    zones::{
        chart::Chart,
        shape::{area_km2, crossing, holds, overlap},
        zone::{Zone, ZoneCard, ZoneEvent},
    },
};
use proptest::prelude::*;

fn places(all: &[(f64, f64)]) -> Vec<Place> {
    all.iter().map(|(lat, lon)| Place { lat: *lat, lon: *lon }).collect()
}
/// A square around a middle, with half of its side in degrees.
fn square(lat: f64, lon: f64, half: f64) -> Vec<Place> {
    places(&[
        (lat - half, lon - half),
        (lat - half, lon + half),
        (lat + half, lon + half),
        (lat + half, lon - half),
    ])
}
fn card(name: &str, corners: Vec<Place>) -> ZoneCard {
    ZoneCard { name: name.into(), corners, price: rub(300), masters: vec![], days: [true; 7] }
}
fn zone(number: u128, name: &str, corners: Vec<Place>) -> Zone {
    let mut zone = Zone::new(id(number), card(name, corners));
    zone.apply(&ZoneEvent::Drawn { card: zone.card.clone() });
    zone
}

#[test]
fn what_is_no_area_is_refused_by_name() {
    let own: ZoneId = id(1);
    let draw = |corners: &[(f64, f64)]| card("Центр", places(corners)).checked(own, []);
    refused(draw(&[(58.0, 56.0), (58.1, 56.0)]), "zone-corners", "`2` corners: expected 3");
    let bow = [(58.0, 56.0), (58.1, 56.1), (58.1, 56.0), (58.0, 56.1)];
    refused(draw(&bow), "zone-crosses", "sides `1` and `3` cross");
    refused(draw(&[(58.0, 56.0), (58.0, 56.1), (58.0, 56.05)]), "zone-crosses", "cross");
    refused(draw(&[(58.0, 56.0), (58.00001, 56.0), (58.0, 56.00001)]), "zone-small", "km²");
    refused(draw(&[(158.0, 56.0), (58.1, 56.0), (58.0, 56.1)]), "place", "is not a place");
    let mut idle = card("Центр", square(58.0, 56.0, 0.05));
    idle.days = [false; 7];
    refused(idle.checked(own, []), "zone-days", "no day is served");
    let known = [zone(2, "центр", square(58.0, 56.0, 0.05))];
    refused(
        card(" Центр ", square(58.0, 56.0, 0.05)).checked(own, &known),
        "zone-name-taken",
        "`Центр` already",
    );
    assert!(
        card("Центр", square(58.0, 56.0, 0.05)).checked(id(2), &known).is_ok(),
        "its own name is free for it"
    );
}

#[test]
fn of_zones_that_lie_over_each_other_the_smaller_one_has_the_place() {
    let (town, middle) =
        (zone(1, "Город", square(58.0, 56.0, 0.2)), zone(2, "Центр", square(58.0, 56.0, 0.05)));
    let chart = Chart::new([&town, &middle]);
    let of = |lat, lon| chart.zone_of(Place { lat, lon }).map(|zone| zone.card.name.as_str());
    assert_eq!((of(58.0, 56.0), of(58.15, 56.1), of(59.0, 56.0)), (Some("Центр"), Some("Город"), None));
    assert_eq!(chart.overlapping(&middle), ["Город"]);
    let apart = zone(3, "Север", square(58.5, 56.0, 0.1));
    assert!(chart.overlapping(&apart).is_empty());
    let touching = zone(4, "Восток", square(58.0, 56.4, 0.2));
    assert!(!overlap(&touching.card.corners, &town.card.corners), "those that touch have nothing in common");
}

#[test]
fn a_point_takes_the_name_of_its_zone_and_gives_it_back() {
    let town = zone(1, "Город", square(58.0, 56.0, 0.2));
    let lies = ServicePoint {
        place: Place { lat: 58.01, lon: 56.0 }, zone: "по таблице".into(), ..point()
    };
    let far = ServicePoint { place: Place { lat: 50.0, lon: 56.0 }, ..lies.clone() };
    let chart = Chart::new([&town]);
    let placed = chart.placed(&lies).expect("it lies in the zone");
    assert_eq!((placed.zone.as_str(), placed.drawn), ("Город", Some(town.id)));
    assert_eq!((chart.placed(&placed), chart.placed(&far)), (None, None), "a name given by hand stays");
    let mut gone = town;
    gone.apply(&ZoneEvent::Retired);
    let back = Chart::new([&gone]).placed(&placed).expect("nobody serves there");
    assert_eq!((back.zone.as_str(), back.drawn), ("", None));
}

#[test]
fn masters_of_a_zone_are_at_home_there_and_where_nobody_is() {
    let (mut one, two) = (zone(1, "Север", square(58.3, 56.0, 0.1)), zone(2, "Юг", square(57.7, 56.0, 0.1)));
    assert_eq!(Chart::new([&one, &two]).zones_of(id(7)), None, "nobody has a zone of their own");
    one.card.masters = vec![id(7)];
    let chart = Chart::new([&one, &two]);
    let of = |master| {
        let mut zones = chart.zones_of(id(master)).expect("somebody has a zone of their own");
        zones.sort_unstable();
        zones
    };
    assert_eq!((of(7), of(8)), (vec![one.id, two.id], vec![two.id]));
}

#[test]
fn a_retired_zone_is_not_drawn_again() {
    let mut town = zone(1, "Город", square(58.0, 56.0, 0.2));
    town.apply(&town.decide(ZoneEvent::Retired).expect("served"));
    refused(town.decide(ZoneEvent::Retired), "zone-state", "is `retired`");
    refused(town.decide(ZoneEvent::Changed { card: town.card.clone() }), "zone-state", "is `retired`");
}

proptest! {
    /// Corners around a middle in the order of their direction never cross, and hold the middle.
    #[test]
    fn a_star_never_crosses_itself(far in prop::collection::vec(0.01f64..0.2, 3..12)) {
        let count = far.len() as f64;
        let corners: Vec<Place> = far.iter().enumerate().map(|(i, r)| {
            let turn = i as f64 / count * std::f64::consts::TAU;
            Place { lat: 58.0 + r * turn.sin(), lon: 56.0 + r * turn.cos() }
        }).collect();
        prop_assert_eq!(crossing(&corners), None);
        prop_assert!(area_km2(&corners) > 0.0);
        let (middle, outside) = (Place { lat: 58.0, lon: 56.0 }, Place { lat: 58.3, lon: 56.0 });
        prop_assert!(far.len() == 3 || holds(&corners, middle));
        prop_assert!(!holds(&corners, outside));
        prop_assert!(overlap(&corners, &square(58.0, 56.0, 0.3)));
    }
    /// Where a zone is drawn from does not matter.
    #[test]
    fn the_first_corner_does_not_matter(turn in 0usize..4, lat in 57.9f64..58.1, lon in 55.9f64..56.1) {
        let mut corners = square(58.0, 56.0, 0.05);
        let place = Place { lat, lon };
        let before = (holds(&corners, place), crossing(&corners));
        corners.rotate_left(turn);
        prop_assert_eq!((holds(&corners, place), crossing(&corners)), before);
        corners.reverse();
        prop_assert_eq!(holds(&corners, place), before.0);
    }
}
