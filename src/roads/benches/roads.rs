//! What roads cost, in processor seconds of one thread: reading an extract, contracting it, keeping it, tables of ways, one way.
//!
//! `make bench-roads` runs it on a real extract where the folder of data is (`CALLOUT_DATA`), on a city of Moscow's size
//! that is made up, and on the extract named by `CALLOUT_OSM`. `ROADS_TABLE` is the side of the table, 1000 by default;
//! `ROADS_LARGE=0` leaves the made-up city out.

use roads::{CityShape, Network, RoadGraph, RoadTravel, Traffic, city, dijkstra, import};
use solver::{Place, TravelTimes};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// Processor seconds of this thread, which do not depend on what else runs; the clock's where the system tells none.
struct Watch(f64, Instant);

impl Watch {
    fn start() -> Self {
        Self(processor().unwrap_or(-1.0), Instant::now())
    }
    fn seconds(&self) -> f64 {
        match processor() {
            Some(now) if self.0 >= 0.0 => now - self.0,
            _ => self.1.elapsed().as_secs_f64(),
        }
    }
}

fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? * 1e-9)
}

/// Chance for places.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        ((u128::from(mixed) * bound as u128) >> 64) as usize
    }
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = std::env::var_os("CALLOUT_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let andorra = data.join("osm/andorra.osm.pbf");
    if andorra.is_file() {
        extract("Andorra (OpenStreetMap)", &andorra, full);
    } else {
        println!("SKIPPED: no `{}`; set CALLOUT_DATA to the folder that holds `osm`", andorra.display());
    }
    if !full {
        return;
    }
    if std::env::var("ROADS_LARGE").as_deref() != Ok("0") {
        let from = Watch::start();
        let graph = city(CityShape::large(), 2026);
        println!("# a city of Moscow's size, MADE UP, not an extract");
        println!("drawn in {:.1} s", from.seconds());
        measure(graph, true);
    }
    if let Some(given) = std::env::var_os("CALLOUT_OSM").map(PathBuf::from) {
        extract(&given.display().to_string(), &given, true);
    }
}

fn extract(name: &str, file: &Path, full: bool) {
    let from = Watch::start();
    match import(file) {
        Ok((graph, count)) => {
            println!("# {name}");
            println!("imported in {:.2} s: {count:?}", from.seconds());
            measure(graph, full);
        }
        Err(error) => println!("# {name}: {error}"),
    }
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / (1 << 20) as f64
}

fn measure(graph: RoadGraph, full: bool) {
    println!(
        "{} junctions, {} roads, {} arcs, {:.1} MiB",
        graph.nodes().len(),
        graph.roads().len(),
        graph.arcs().len(),
        mib(graph.bytes())
    );
    let from = Watch::start();
    let one = Network::prepare(graph.clone(), Traffic::none());
    println!(
        "contracted in {:.2} s: {} shortcuts, {:.1} MiB with the graph",
        from.seconds(),
        one.hierarchy(12).shortcuts(),
        mib(one.bytes())
    );
    if !full {
        return;
    }
    let from = Watch::start();
    let network = Network::prepare(graph, Traffic::default());
    println!("contracted for three traffics in {:.2} s, {:.1} MiB", from.seconds(), mib(network.bytes()));
    kept(&network);
    tables(&network);
    pairs(network);
}

/// Writing and reading the prepared file.
fn kept(network: &Network) {
    let file = std::env::temp_dir().join(format!("callout-bench-{}.roads", std::process::id()));
    let from = Watch::start();
    network.save(&file).expect("the folder of temporary files can be written to");
    let written = from.seconds();
    let size = file.metadata().expect("just written").len();
    let from = Watch::start();
    let again = Network::load(&file).expect("just written");
    println!(
        "written in {written:.2} s, read in {:.2} s, {:.1} MiB on the disk",
        from.seconds(),
        mib(size as usize)
    );
    assert_eq!(again.graph().nodes().len(), network.graph().nodes().len());
    std::fs::remove_file(&file).expect("just written");
}

fn places(network: &Network, count: usize, seed: u64) -> Vec<Place> {
    let mut dice = Dice(seed);
    let nodes = network.graph().nodes();
    (0..count).map(|_| nodes[dice.below(nodes.len())].place()).collect()
}

fn tables(network: &Network) {
    let side = std::env::var("ROADS_TABLE").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let (from, to) = (places(network, side, 1), places(network, side, 2));
    let mut best = f64::MAX;
    for _ in 0..3 {
        let start = Watch::start();
        std::hint::black_box(network.table(&from, &to, 12));
        best = best.min(start.seconds());
    }
    let start = Watch::start();
    let (mut dice, some) = (Dice(3), 10);
    for _ in 0..some {
        let node = dice.below(network.graph().nodes().len()) as u32;
        std::hint::black_box(dijkstra::distances(network.graph(), network.traffic(), 1, node));
    }
    let plain = start.seconds() / f64::from(some) * side as f64;
    println!(
        "table {side}×{side}: {:.1} ms (best of 3); by plain Dijkstra {plain:.1} s (from {some} rows)",
        best * 1e3
    );
}

fn pairs(network: Network) {
    let places = places(&network, 1000, 5);
    let travel = RoadTravel::new(Arc::new(network), 12);
    let ask = |from: &[Place], to: &[Place]| {
        let start = Watch::start();
        let sum: i64 = from.iter().flat_map(|a| to.iter().map(|b| travel.leg(a, b).seconds)).sum();
        std::hint::black_box(sum);
        start.seconds() * 1e6 / (from.len() * to.len()) as f64
    };
    let met = ask(&places[..1], &places);
    let first = ask(&places[1..201], &places);
    let again = ask(&places[1..201], &places);
    println!(
        "the planner's question: a place met {met:.1} µs, a way found {first:.2} µs, a way remembered {again:.3} µs"
    );
    let start = Watch::start();
    let fresh = Place::new(places[0].lat() + 0.0007, places[0].lon() + 0.0007);
    for other in &places {
        std::hint::black_box((travel.leg(&fresh, other), travel.leg(other, &fresh)));
    }
    println!("row and column of a new place among 1000: {:.2} ms", start.seconds() * 1e3);
}
