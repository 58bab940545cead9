//! The prepared roads give the very ways that a search without preparation gives.

use crate::data::{Dice, extract, town};
use proptest::prelude::*;
use roads::{Ban, Class, Draft, Hierarchy, Network, Point, RoadGraph, Traffic, Way, city, dijkstra, import};

/// Compares ways from `sources` junctions to `targets` others each, in every traffic; gives how many were compared.
fn compare(graph: RoadGraph, sources: usize, targets: usize, seed: u64) -> usize {
    let network = Network::prepare(graph, Traffic::default());
    let mut dice = Dice(seed);
    let mut compared = 0;
    for hour in [3, 9, 12] {
        let slot = network.traffic().slot(hour);
        for _ in 0..sources {
            let from = dice.node(network.graph());
            let all = dijkstra::distances(network.graph(), network.traffic(), slot, from);
            for _ in 0..targets {
                let to = dice.node(network.graph());
                let found = network.hierarchy(hour).between(from, to).map(|way| way.0);
                assert_eq!(found, Some(all[to as usize]), "from {from} to {to} at {hour}");
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn a_made_up_city_is_answered_exactly() {
    assert_eq!(compare(town(1), 20, 30, 5), 1800);
}

#[test]
fn a_real_country_is_answered_exactly() {
    let Some(file) = extract("andorra.osm.pbf") else { return };
    let (graph, count) = import(&file).expect("an extract");
    assert!(graph.nodes().len() > 1000 && count.ways > 1000, "{count:?}");
    assert_eq!(compare(graph, 20, 30, 6), 1800);
}

#[test]
fn a_quarter_of_a_real_city_is_answered_exactly() {
    let Some(file) = extract("moscow.osm.gz") else { return };
    let (graph, count) = import(&file).expect("an extract");
    assert!(count.turns > 0, "{count:?}");
    assert_eq!(compare(graph, 20, 30, 7), 1800);
}

#[test]
fn a_table_holds_the_ways_of_its_pairs() {
    let network = Network::prepare(town(2), Traffic::default());
    let mut dice = Dice(3);
    let mut places = || -> Vec<_> {
        (0..40).map(|_| network.graph().nodes()[dice.node(network.graph()) as usize].place()).collect()
    };
    let (from, to) = (places(), places());
    let table = network.table(&from, &to, 12);
    for (i, a) in from.iter().enumerate() {
        for (j, b) in to.iter().enumerate() {
            let alone = network.table(std::slice::from_ref(a), std::slice::from_ref(b), 12);
            assert_eq!(table.leg(i, j), alone.leg(0, 0));
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_city_and_another_one_another() {
    assert_eq!(town(4), town(4));
    assert_ne!(town(4), town(5));
    let wide = city(roads::CityShape::demo((58.01, 56.25)), 2026);
    assert!((5_000..60_000).contains(&wide.nodes().len()), "{}", wide.nodes().len());
}

/// A small tangle of roads with forbidden turns.
fn tangle() -> impl Strategy<Value = RoadGraph> {
    let road =
        (0u32..14, 0u32..14, 0usize..8, prop::array::uniform2(prop::sample::select(vec![0u32, 20, 50])));
    let ban = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>(), any::<[bool; 2]>());
    (prop::collection::vec(road, 10..60), prop::collection::vec(ban, 0..8), any::<u64>()).prop_map(
        |(roads, bans, seed)| {
            let mut dice = Dice(seed);
            let mut draft = Draft::default();
            for _ in 0..14 {
                let point = Point {
                    lat: 550_000_000 + dice.below(100_000) as i32,
                    lon: 370_000_000 + dice.below(100_000) as i32,
                };
                draft.node(point);
            }
            let mut numbers = Vec::new();
            for (from, to, class, kmh) in roads {
                let shape = [draft.point(from), draft.point(to)];
                numbers.extend(draft.road(from, to, Class::ALL[class], &shape, kmh));
            }
            for (from, to, only, ways) in bans {
                if !numbers.is_empty() {
                    let way = |forward: bool| if forward { Way::Forward } else { Way::Backward };
                    let (from, to) = (*from.get(&numbers), *to.get(&numbers));
                    draft.ban(Ban { from: (from, way(ways[0])), to: vec![(to, way(ways[1]))], only });
                }
            }
            RoadGraph::new(draft)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_tangle_is_answered_exactly_in_any_order(graph in tangle()) {
        let traffic = Traffic::default();
        let first = Hierarchy::prepare(&graph, &traffic, 0, None);
        for slot in 0..traffic.slots().len() {
            let given = Hierarchy::prepare(&graph, &traffic, slot, Some(&first));
            for from in 0..graph.nodes().len() as u32 {
                let all = dijkstra::distances(&graph, &traffic, slot, from);
                for to in 0..graph.nodes().len() as u32 {
                    let found = given.between(from, to).map(|way| way.0);
                    prop_assert_eq!(found, Some(all[to as usize]));
                }
            }
        }
    }

    #[test]
    fn from_everywhere_one_gets_everywhere(graph in tangle()) {
        let all = dijkstra::distances(&graph, &Traffic::none(), 0, 0.min(graph.nodes().len() as u32));
        prop_assert!(graph.nodes().len() < 2 || all.iter().all(|millis| *millis != u32::MAX));
    }
}
