//! What an import or a generator draws, before it becomes a graph: roads between points, and forbidden turns.

use crate::{
    class::Class,
    graph::{Arc, CLOSED, Point, Road, Way},
};
use rustc_hash::FxHashMap;

/// One direction of a drawn road: the road's number and the way.
pub type Direction = (u32, Way);

/// A turn that may not be made, or the only ones that may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// How one arrives.
    pub from: Direction,
    /// The roads gone on by.
    pub to: Vec<Direction>,
    /// Whether those are the only ones allowed, rather than the ones forbidden.
    pub only: bool,
}

/// Roads on their way to a graph.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    nodes: Vec<Point>,
    roads: Vec<Road>,
    tails: Vec<[u32; 2]>,
    shapes: Vec<Point>,
    bans: Vec<Ban>,
}

impl Draft {
    /// Draws a junction and gives its number.
    pub fn node(&mut self, point: Point) -> u32 {
        self.nodes.push(point);
        self.nodes.len() as u32 - 1
    }
    /// Where a junction is.
    pub fn point(&self, node: u32) -> Point {
        self.nodes[node as usize]
    }
    /// How many junctions there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }
    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Draws a road from a junction to another through `shape`, whose ends are theirs, with speeds of each direction in
    /// kilometres an hour; zero closes a direction. Gives the road's number; nothing when both directions are closed.
    pub fn road(&mut self, from: u32, to: u32, class: Class, shape: &[Point], kmh: [u32; 2]) -> Option<u32> {
        if kmh == [0, 0] || shape.len() < 2 {
            return None;
        }
        let decimetres: u32 = shape.windows(2).map(|pair| pair[0].decimetres(pair[1])).sum();
        let decimetres = decimetres.max(1);
        let millis = kmh.map(|kmh| match kmh {
            0 => CLOSED,
            kmh => (u64::from(decimetres) * 360 / u64::from(kmh)).clamp(1, 1 << 30) as u32,
        });
        self.roads.push(Road {
            class,
            decimetres,
            millis,
            heads: [to, from],
            shape: self.shapes.len() as u32,
            points: shape.len() as u32,
        });
        self.tails.push([from, to]);
        self.shapes.extend_from_slice(shape);
        Some(self.roads.len() as u32 - 1)
    }

    /// Forbids a turn.
    pub fn ban(&mut self, ban: Ban) {
        self.bans.push(ban);
    }

    /// Arcs with their tails. Whoever arrives where some turn is forbidden arrives at a copy of the junction, from which
    /// only what is allowed goes on.
    #[expect(clippy::type_complexity, reason = "four lists that the graph takes over")]
    pub(crate) fn into_arcs(mut self) -> (Vec<Point>, Vec<Road>, Vec<Point>, Vec<(u32, Arc)>) {
        let mut arcs: Vec<(u32, Arc)> = Vec::with_capacity(self.roads.len() * 2);
        let mut leaving: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let banned: FxHashMap<u32, ()> = self.bans.iter().map(|ban| (self.head(ban.from), ())).collect();
        for (k, road) in self.roads.iter().enumerate() {
            for way in 0..2 {
                if road.millis[way] == CLOSED {
                    continue;
                }
                let tail = self.tails[k][way];
                let turned_road = (k as u32) << 1 | way as u32;
                if banned.contains_key(&tail) {
                    leaving.entry(tail).or_default().push(turned_road);
                }
                arcs.push((tail, Arc { head: road.heads[way], turned_road }));
            }
        }
        let mut bans: FxHashMap<u32, Vec<Ban>> = FxHashMap::default();
        for ban in std::mem::take(&mut self.bans) {
            bans.entry(turned(ban.from)).or_default().push(ban);
        }
        let mut bans: Vec<(u32, Vec<Ban>)> = bans.into_iter().collect();
        bans.sort_by_key(|(from, _)| *from);
        for (from, bans) in bans {
            let (road, way) = ((from >> 1) as usize, (from & 1) as usize);
            let junction = self.roads[road].heads[way];
            let copy = self.nodes.len() as u32;
            self.nodes.push(self.nodes[junction as usize]);
            self.roads[road].heads[way] = copy;
            for &next in leaving.get(&junction).into_iter().flatten() {
                let named = |ban: &Ban| ban.to.iter().any(|to| turned(*to) == next);
                if bans.iter().all(|ban| named(ban) == ban.only) {
                    arcs.push((copy, Arc { head: u32::MAX, turned_road: next }));
                }
            }
        }
        for (_, arc) in &mut arcs {
            arc.head = self.roads[arc.road()].heads[arc.way() as usize];
        }
        (self.nodes, self.roads, self.shapes, arcs)
    }

    fn head(&self, (road, way): Direction) -> u32 {
        self.roads[road as usize].heads[way as usize]
    }
    /// Junctions a drawn road begins and ends at.
    pub fn ends(&self, road: u32) -> [u32; 2] {
        self.tails[road as usize]
    }
}

fn turned((road, way): Direction) -> u32 {
    road << 1 | way as u32
}
