//! The road nearest to a place, found by a grid.

use crate::{
    class::Class,
    graph::{Point, RoadGraph, Way, offsets},
    hierarchy::{Hierarchy, Hub},
    traffic::Traffic,
};
use solver::Place;

/// Side of a cell in ten-millionths of a degree of latitude, about two hundred metres.
const CELL: i32 = 18_000;
/// Decimetres in a ten-millionth of a degree of latitude.
const DECIMETRES: f64 = 0.111_195;
/// Metres to a road beyond which a place counts as off the map.
const FURTHEST: f64 = 3000.0;

/// Where a place meets the roads; places in one house share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The road's number.
    pub road: u32,
    /// Decimetres along it.
    pub along: u32,
    /// Metres beside it, by tens.
    pub aside: u32,
}

/// Cells of the map with the roads that cross them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    least: (i32, i32),
    rows: i32,
    columns: i32,
    width: i32,
    first: Vec<u32>,
    roads: Vec<u32>,
}

impl Grid {
    /// Lays roads into cells; motorways are left out, for nobody lives on one.
    pub fn new(graph: &RoadGraph) -> Self {
        let mut low = (i32::MAX, i32::MAX);
        let mut high = (i32::MIN, i32::MIN);
        for point in &graph.shapes {
            low = (low.0.min(point.lat), low.1.min(point.lon));
            high = (high.0.max(point.lat), high.1.max(point.lon));
        }
        if graph.shapes.is_empty() {
            return Self::default();
        }
        let middle = (f64::from(low.0) + f64::from(high.0)) * 0.5e-7;
        let narrow = middle.to_radians().cos().max(0.05);
        let width = (f64::from(CELL) / narrow) as i32;
        let mut grid = Self { least: low, width, ..Self::default() };
        grid.rows = (high.0 - low.0) / CELL + 1;
        grid.columns = (high.1 - low.1) / width + 1;
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(graph.roads.len() * 2);
        let slow = (0..).zip(&graph.roads).filter(|(_, road)| road.class != Class::Motorway);
        for (number, road) in slow {
            let before = pairs.len();
            for pair in graph.shape(road).windows(2) {
                let (a, b) = (grid.cell(pair[0]), grid.cell(pair[1]));
                for row in a.0.min(b.0)..=a.0.max(b.0) {
                    for column in a.1.min(b.1)..=a.1.max(b.1) {
                        pairs.push(((row * grid.columns + column) as u32, number));
                    }
                }
            }
            pairs[before..].sort_unstable();
            let mut kept = before;
            for k in before..pairs.len() {
                if k == before || pairs[k] != pairs[kept - 1] {
                    pairs[kept] = pairs[k];
                    kept += 1;
                }
            }
            pairs.truncate(kept);
        }
        pairs.sort_unstable();
        grid.first = offsets((grid.rows * grid.columns) as usize, pairs.iter().map(|(cell, _)| *cell));
        grid.roads = pairs.into_iter().map(|(_, road)| road).collect();
        grid
    }

    fn cell(&self, point: Point) -> (i32, i32) {
        ((point.lat - self.least.0).div_euclid(CELL), (point.lon - self.least.1).div_euclid(self.width))
    }
    pub fn bytes(&self) -> usize {
        (self.first.len() + self.roads.len()) * 4
    }

    /// The nearest road within reach.
    pub fn nearest(&self, graph: &RoadGraph, place: &Place) -> Option<Spot> {
        if self.first.is_empty() {
            return None;
        }
        let point = Point::of(place);
        let narrow = place.lat().to_radians().cos();
        let centre = self.cell(point);
        let mut best: Option<(f64, Spot)> = None;
        let metres_a_ring = f64::from(CELL) * DECIMETRES * 0.1;
        for ring in 0..=(FURTHEST / metres_a_ring) as i32 + 1 {
            // Everything in this ring is at least so far.
            let least = f64::from((ring - 1).max(0)) * metres_a_ring;
            if best.is_some_and(|(far, _)| far * 0.1 <= least) {
                break;
            }
            for (row, column) in border(centre, ring) {
                if !(0..self.rows).contains(&row) || !(0..self.columns).contains(&column) {
                    continue;
                }
                let cell = (row * self.columns + column) as usize;
                for &road in &self.roads[self.first[cell] as usize..self.first[cell + 1] as usize] {
                    let (far, along) = project(graph, road, point, narrow);
                    if best.is_none_or(|(least, spot)| (far, road) < (least, spot.road)) {
                        let aside = (far * 0.01).round() as u32 * 10;
                        best = Some((far, Spot { road, along, aside }));
                    }
                }
            }
        }
        best.filter(|(far, _)| *far <= FURTHEST * 10.0).map(|(_, spot)| spot)
    }
}

/// Cells so many steps away from the centre.
fn border(centre: (i32, i32), ring: i32) -> impl Iterator<Item = (i32, i32)> {
    (-ring..=ring).flat_map(move |row| {
        let step = if row.abs() == ring { 1 } else { 2 * ring };
        let columns = (-ring..=ring).step_by(step as usize);
        columns.map(move |column| (centre.0 + row, centre.1 + column))
    })
}

/// Decimetres from a point to a road, and along it to the nearest point of it.
fn project(graph: &RoadGraph, road: u32, point: Point, narrow: f64) -> (f64, u32) {
    let piece = &graph.roads[road as usize];
    let flat = |p: Point| {
        let east = f64::from(p.lon - point.lon) * DECIMETRES * narrow;
        (east, f64::from(p.lat - point.lat) * DECIMETRES)
    };
    let (mut best, mut before, mut nearest) = (f64::MAX, 0.0, 0.0);
    for pair in graph.shape(piece).windows(2) {
        let (a, b) = (flat(pair[0]), flat(pair[1]));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length2 = dx * dx + dy * dy;
        let share = if length2 > 0.0 { (-(a.0 * dx + a.1 * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (a.0 + share * dx, a.1 + share * dy);
        let far = (x * x + y * y).sqrt();
        let length = length2.sqrt();
        if far < best {
            (best, nearest) = (far, before + share * length);
        }
        before += length;
    }
    // The flat length differs a little from the one on the globe.
    let scale = if before > 0.0 { f64::from(piece.decimetres) / before } else { 0.0 };
    (best, ((nearest * scale).round() as u32).min(piece.decimetres))
}

/// A part of a whole in proportion to lengths.
fn part(millis: u32, decimetres: u32, of: u32) -> u32 {
    (u64::from(millis) * u64::from(decimetres) / u64::from(of.max(1))) as u32
}

impl Spot {
    /// Junctions reached from the spot, with what it takes.
    pub(crate) fn starts(
        &self,
        graph: &RoadGraph,
        traffic: &Traffic,
        slot: usize,
        h: &Hierarchy,
    ) -> Vec<Hub> {
        let road = &graph.roads[self.road as usize];
        let mut starts = Vec::with_capacity(2);
        for (way, left) in [(Way::Forward, road.decimetres - self.along), (Way::Backward, self.along)] {
            if road.heads[way as usize] != u32::MAX {
                let millis = part(traffic.millis(slot, road, way), left, road.decimetres);
                starts.push(Hub { node: h.rank(road.heads[way as usize]), millis, decimetres: left });
            }
        }
        starts
    }
    /// Junctions from which the spot is reached, with what it takes.
    pub(crate) fn ends(&self, graph: &RoadGraph, traffic: &Traffic, slot: usize, h: &Hierarchy) -> Vec<Hub> {
        let road = &graph.roads[self.road as usize];
        let mut ends = Vec::with_capacity(2);
        for (way, left) in [(Way::Forward, self.along), (Way::Backward, road.decimetres - self.along)] {
            let tails = graph.tails(self.road, way);
            if !tails.is_empty() {
                let millis = part(traffic.millis(slot, road, way), left, road.decimetres);
                ends.extend(tails.iter().map(|&tail| Hub { node: h.rank(tail), millis, decimetres: left }));
            }
        }
        ends
    }
    /// The way along the road itself, if both spots lie on it and it leads there.
    pub(crate) fn along(
        &self,
        to: &Self,
        graph: &RoadGraph,
        traffic: &Traffic,
        slot: usize,
    ) -> Option<(u32, u32)> {
        let road = &graph.roads[self.road as usize];
        let way = if to.along >= self.along { Way::Forward } else { Way::Backward };
        if self.road != to.road || road.heads[way as usize] == u32::MAX {
            return None;
        }
        let between = to.along.abs_diff(self.along);
        Some((part(traffic.millis(slot, road, way), between, road.decimetres), between))
    }
}
