//! Cities, chance, and the folder of real extracts.

use roads::{CityShape, RoadGraph, city};
use std::{io::Write as _, path::PathBuf};

/// A source of chance.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (mixed >> 33) % bound
    }
    pub fn node(&mut self, graph: &RoadGraph) -> u32 {
        self.below(graph.nodes().len() as u64) as u32
    }
}

/// A small made-up city.
pub fn town(seed: u64) -> RoadGraph {
    city(CityShape { radius: 6000.0, ..CityShape::demo((58.01, 56.25)) }, seed)
}

/// A real extract, if the folder of data is there; a loud line otherwise.
pub fn extract(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let told = std::env::var_os("CALLOUT_DATA").or_else(|| std::env::var_os("CALLOUT_TEST_DATA"));
    let file = told.map_or_else(|| PathBuf::from(beside), PathBuf::from).join("osm").join(name);
    if file.is_file() {
        return Some(file);
    }
    let line = format!("SKIPPED: no `{}`; set CALLOUT_DATA to the folder that holds `osm`\n", file.display());
    std::io::stderr().write_all(line.as_bytes()).expect("somebody reads the tests");
    None
}
