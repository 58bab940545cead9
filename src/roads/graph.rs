//! The road graph: junctions, the roads between them with their shapes, and the arcs a car may drive.

use crate::{class::Class, component, draft::Draft};
use solver::Place;

/// The travel time of a direction that is closed.
pub const CLOSED: u32 = u32::MAX;

/// A point in ten-millionths of a degree, as OpenStreetMap has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point {
    /// Latitude.
    pub lat: i32,
    /// Longitude.
    pub lon: i32,
}

impl Point {
    /// The point of a place.
    pub fn of(place: &Place) -> Self {
        let whole = |degrees: f64| (degrees * 1e7).round() as i32;
        Self { lat: whole(place.lat()), lon: whole(place.lon()) }
    }
    /// The place of the point.
    pub fn place(self) -> Place {
        Place::new(f64::from(self.lat) * 1e-7, f64::from(self.lon) * 1e-7)
    }
    /// Great-circle decimetres to another point.
    pub fn decimetres(self, other: Self) -> u32 {
        (self.place().metres(&other.place()) * 10.0).round() as u32
    }
}

/// Which way along a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From its first point to its last.
    Forward = 0,
    /// Back.
    Backward = 1,
}

/// A piece of road between two junctions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Road {
    /// Kind.
    pub class: Class,
    /// Length.
    pub decimetres: u32,
    /// Milliseconds forward and backward on an empty road; [`CLOSED`] where a car may not go.
    pub millis: [u32; 2],
    /// Junctions at which one arrives forward and backward; past a forbidden turn they are copies of their own.
    pub heads: [u32; 2],
    /// First of its points in [`RoadGraph::shape`].
    pub(crate) shape: u32,
    /// How many points.
    pub(crate) points: u32,
}

/// What a car may drive, from one junction to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    /// Junction of the end.
    pub head: u32,
    /// The road, times two, plus one when it is driven backward.
    pub turned_road: u32,
}

impl Arc {
    /// The road it is a direction of.
    pub fn road(self) -> usize {
        (self.turned_road >> 1) as usize
    }
    /// The direction.
    pub fn way(self) -> Way {
        if self.turned_road & 1 == 0 { Way::Forward } else { Way::Backward }
    }
}

/// A strongly connected road graph: from everywhere one gets everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RoadGraph {
    pub(crate) nodes: Vec<Point>,
    pub(crate) roads: Vec<Road>,
    pub(crate) shapes: Vec<Point>,
    pub(crate) first: Vec<u32>,
    pub(crate) arcs: Vec<Arc>,
    tail_first: Vec<u32>,
    tails: Vec<u32>,
}

impl RoadGraph {
    /// Takes what was drawn, keeps the largest part in which from everywhere one gets everywhere.
    pub fn new(draft: Draft) -> Self {
        let (nodes, mut roads, shapes, mut arcs) = draft.into_arcs();
        let kept = component::largest(nodes.len(), &arcs);
        let mut number = vec![u32::MAX; nodes.len()];
        let mut graph = Self::default();
        for (node, point) in nodes.iter().enumerate().filter(|(node, _)| kept[*node]) {
            number[node] = graph.nodes.len() as u32;
            graph.nodes.push(*point);
        }
        arcs.retain(|(tail, arc)| kept[*tail as usize] && kept[arc.head as usize]);
        let mut used = vec![[false; 2]; roads.len()];
        for (_, arc) in &arcs {
            used[arc.road()][arc.way() as usize] = true;
        }
        let mut road_number = vec![u32::MAX; roads.len()];
        for (k, road) in roads.iter_mut().enumerate().filter(|(k, _)| used[*k] != [false; 2]) {
            for way in 0..2 {
                if used[k][way] {
                    road.heads[way] = number[road.heads[way] as usize];
                } else {
                    (road.millis[way], road.heads[way]) = (CLOSED, u32::MAX);
                }
            }
            road_number[k] = graph.roads.len() as u32;
            let points = &shapes[road.shape as usize..][..road.points as usize];
            graph.roads.push(Road { shape: graph.shapes.len() as u32, ..*road });
            graph.shapes.extend_from_slice(points);
        }
        let renumbered = arcs.iter().map(|(tail, arc)| {
            let turned_road = road_number[arc.road()] << 1 | arc.turned_road & 1;
            (number[*tail as usize], Arc { head: number[arc.head as usize], turned_road })
        });
        let mut renumbered: Vec<(u32, Arc)> = renumbered.collect();
        renumbered.sort_by_key(|(tail, arc)| (*tail, arc.head, arc.turned_road));
        graph.first = offsets(graph.nodes.len(), renumbered.iter().map(|(tail, _)| *tail));
        graph.arcs = renumbered.into_iter().map(|(_, arc)| arc).collect();
        graph.index();
        graph
    }

    /// Makes the way back from roads to the junctions they begin at.
    pub(crate) fn index(&mut self) {
        let mut pairs: Vec<(u32, u32)> = (0..self.nodes.len() as u32)
            .flat_map(|tail| self.arcs_of(tail).iter().map(move |arc| (arc.turned_road, tail)))
            .collect();
        pairs.sort_unstable();
        self.tail_first = offsets(self.roads.len() * 2, pairs.iter().map(|(road, _)| *road));
        self.tails = pairs.into_iter().map(|(_, tail)| tail).collect();
    }

    /// Where the junctions are.
    pub fn nodes(&self) -> &[Point] {
        &self.nodes
    }
    /// All roads.
    pub fn roads(&self) -> &[Road] {
        &self.roads
    }
    /// All arcs, by the junction of their beginning.
    pub fn arcs(&self) -> &[Arc] {
        &self.arcs
    }
    /// Arcs that begin at a junction.
    pub fn arcs_of(&self, node: u32) -> &[Arc] {
        &self.arcs[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
    /// The points of a road, its ends included.
    pub fn shape(&self, road: &Road) -> &[Point] {
        &self.shapes[road.shape as usize..][..road.points as usize]
    }
    /// Junctions from which a road is entered in a direction; several where turns are forbidden.
    pub fn tails(&self, road: u32, way: Way) -> &[u32] {
        let turned = (road as usize) << 1 | way as usize;
        &self.tails[self.tail_first[turned] as usize..self.tail_first[turned + 1] as usize]
    }
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.nodes.len() * 8
            + self.roads.len() * size_of::<Road>()
            + self.shapes.len() * 8
            + self.arcs.len() * 8
            + (self.first.len() + self.tail_first.len() + self.tails.len()) * 4
    }
}

/// Where the items of each number begin, for items in order of number.
pub(crate) fn offsets(count: usize, numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut first = vec![0u32; count + 1];
    for number in numbers {
        first[number as usize + 1] += 1;
    }
    for k in 0..count {
        first[k + 1] += first[k];
    }
    first
}
