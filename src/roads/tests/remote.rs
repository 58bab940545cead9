//! Routing servers elsewhere: asked, asked in pieces, and done without when they fail.

use crate::{
    data::Dice,
    peer::{Manner, Peer, truth},
};
use roads::{Address, OVERHEAD, Osrm, RemoteError, TableTravel, Tables, Valhalla};
use solver::{GreatCircle, Leg, Place, TravelTimes};
use std::time::Duration;

fn places(count: usize, seed: u64) -> Vec<Place> {
    let mut dice = Dice(seed);
    let mut degrees = || dice.below(200_000) as f64 * 1e-6;
    (0..count).map(|_| Place::new(55.6 + degrees(), 37.4 + degrees())).collect()
}

fn expected(from: &Place, to: &Place) -> Leg {
    let (seconds, metres) = truth(from, to);
    Leg { seconds: (seconds + OVERHEAD as f64).round() as i64, metres: metres.round() as i64 }
}

fn osrm(peer: &Peer) -> Osrm {
    Osrm::new(Address::new(peer.url())).expect("an address")
}

/// A whole table is what the server would have told pair by pair.
fn agrees(source: &dyn Tables, rows: usize, columns: usize) {
    let (from, to) = (places(rows, 1), places(columns, 2));
    let table = source.table(&from, &to).expect("the server answers");
    assert_eq!(table.cells.len(), rows * columns);
    for (i, a) in from.iter().enumerate() {
        for (j, b) in to.iter().enumerate() {
            let (told, true_one) = (table.leg(i, j), expected(a, b));
            assert!((told.metres - true_one.metres).abs() <= 1, "{told:?} {true_one:?}");
            assert!((told.seconds - true_one.seconds).abs() <= 1, "{told:?} {true_one:?}");
        }
    }
}

#[test]
fn osrm_is_asked_in_pieces_that_it_takes() {
    let peer = Peer::start(Manner::Osrm(100));
    agrees(&osrm(&peer), 1, 250);
    assert_eq!(peer.asked(), 3);
    agrees(&osrm(&peer), 130, 70);
    assert_eq!(peer.asked(), 3 + 3 * 2);
}

#[test]
fn valhalla_is_understood_in_all_its_forms() {
    for manner in [Manner::Valhalla, Manner::ValhallaMiles, Manner::ValhallaBrief] {
        let peer = Peer::start(manner);
        let source = Valhalla::new(Address::new(peer.url())).expect("an address");
        agrees(&source, 60, 55);
    }
}

#[test]
fn where_no_road_leads_the_crow_flies() {
    let peer = Peer::start(Manner::Islands);
    let (from, to) = (places(2, 1), places(2, 2));
    let table = osrm(&peer).table(&from, &to).expect("the server answers");
    assert_eq!(table.leg(1, 0), GreatCircle::default().leg(&from[1], &to[0]));
}

#[test]
fn a_server_that_fails_is_told_in_words() {
    let (from, to) = (places(3, 1), places(3, 2));
    let failed = |manner| {
        let peer = Peer::start(manner);
        let address = Address { patience: Duration::from_millis(200), ..Address::new(peer.url()) };
        Osrm::new(address).expect("an address").table(&from, &to).expect_err("no table")
    };
    let broken = failed(Manner::Broken);
    assert!(matches!(&broken, RemoteError::Refused { status: 500, said, .. } if said == "out of memory"));
    let small = failed(Manner::Osrm(4)).to_string();
    assert!(small.contains("TooBig") && !small.contains("37."), "places are not told: {small}");
    assert!(matches!(failed(Manner::Other), RemoteError::Unreadable { .. }));
    assert!(matches!(failed(Manner::Silent), RemoteError::Unreachable { .. }));
    let nobody = Osrm::new(Address::new("http://127.0.0.1:9")).expect("an address");
    assert!(matches!(nobody.table(&from, &to), Err(RemoteError::Unreachable { .. })));
    for url in ["ftp://here", "routing.example", "https://routing.example"] {
        assert!(matches!(Osrm::new(Address::new(url)), Err(RemoteError::Address(_))), "{url}");
    }
}

#[test]
fn each_place_is_asked_about_once() {
    let peer = Peer::start(Manner::Osrm(100));
    let travel = TableTravel::new(osrm(&peer));
    let places = places(30, 3);
    for _ in 0..3 {
        for a in &places {
            for b in &places {
                let leg = travel.leg(a, b);
                if a != b {
                    assert!((leg.seconds - expected(a, b).seconds).abs() <= 1);
                } else {
                    assert_eq!(leg, Leg::default());
                }
            }
        }
    }
    assert_eq!(peer.asked(), 2 * 29, "a row and a column for each place but the first");
}

#[test]
fn while_the_server_is_away_the_crow_flies_and_goes_on_to() {
    let travel = TableTravel::new(Osrm::new(Address::new("http://127.0.0.1:9")).expect("an address"));
    let places = places(10, 4);
    for _ in 0..2 {
        for pair in places.windows(2) {
            assert_eq!(travel.leg(&pair[0], &pair[1]), GreatCircle::default().leg(&pair[0], &pair[1]));
        }
    }
}

#[test]
fn the_planners_own_thread_may_wait_inside_of_a_runtime() {
    let peer = Peer::start(Manner::Osrm(100));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let leg = runtime.block_on(async {
        let travel = TableTravel::new(osrm(&peer));
        let places = places(2, 5);
        (travel.leg(&places[0], &places[1]), expected(&places[0], &places[1]))
    });
    assert!((leg.0.seconds - leg.1.seconds).abs() <= 1);
}
