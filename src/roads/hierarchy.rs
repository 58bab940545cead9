//! A contraction hierarchy ready for questions: junctions by importance, and the ways that lead up.

use crate::{
    contract::{Contracted, Link, contract},
    graph::{RoadGraph, offsets},
    traffic::Traffic,
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// A way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Up {
    /// The more important junction.
    pub head: u32,
    /// Milliseconds.
    pub millis: u32,
    /// Decimetres.
    pub decimetres: u32,
}

/// The ways up of all junctions, in one direction of travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slope {
    pub first: Vec<u32>,
    pub ups: Vec<Up>,
}

impl Slope {
    fn of(&self, node: u32) -> &[Up] {
        &self.ups[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

/// The hierarchy of one traffic. Its junctions have numbers of their own, the most important first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hierarchy {
    /// Number here of each junction of the graph.
    pub(crate) rank: Vec<u32>,
    pub(crate) forward: Slope,
    pub(crate) backward: Slope,
    pub(crate) shortcuts: u64,
}

/// A junction on the way up from somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hub {
    /// Its number in the hierarchy.
    pub node: u32,
    /// Milliseconds from, or to, where the search began.
    pub millis: u32,
    /// Decimetres.
    pub decimetres: u32,
}

/// All junctions that matter for ways from one spot, or to it, in order of number.
pub type Label = Box<[Hub]>;

impl Hierarchy {
    /// Prepares the graph for one traffic; in the order of another hierarchy of it when there is one, which is faster.
    pub fn prepare(graph: &RoadGraph, traffic: &Traffic, slot: usize, order: Option<&Self>) -> Self {
        let mut out = vec![Vec::new(); graph.nodes.len()];
        for (tail, links) in (0..).zip(&mut out) {
            links.extend(graph.arcs_of(tail).iter().map(|arc| {
                let road = &graph.roads[arc.road()];
                Link::new(arc.head, traffic.millis(slot, road, arc.way()), road.decimetres)
            }));
        }
        let order = order.map(|known| {
            let mut order = vec![0; known.rank.len()];
            for (node, &rank) in (0..).zip(&known.rank) {
                order[known.rank.len() - 1 - rank as usize] = node;
            }
            order
        });
        Self::ranked(contract(out, order.as_deref()))
    }

    fn ranked(contracted: Contracted) -> Self {
        let count = contracted.order.len() as u32;
        let mut rank = vec![0; count as usize];
        for (k, &node) in (0..).zip(&contracted.order) {
            rank[node as usize] = count - 1 - k;
        }
        let slope = |links: &[Vec<Link>]| {
            let mut ups = Vec::with_capacity(links.iter().map(Vec::len).sum());
            let sizes = contracted.order.iter().rev().map(|&node| links[node as usize].len());
            let first =
                offsets(count as usize, (0..).zip(sizes).flat_map(|(k, n)| std::iter::repeat_n(k, n)));
            for &node in contracted.order.iter().rev() {
                let here = ups.len();
                ups.extend(links[node as usize].iter().map(|link| Up {
                    head: rank[link.node as usize],
                    millis: link.millis,
                    decimetres: link.decimetres,
                }));
                ups[here..].sort_unstable_by_key(|up| up.head);
            }
            Slope { first, ups }
        };
        let (forward, backward) = (slope(&contracted.up), slope(&contracted.down));
        Self { rank, forward, backward, shortcuts: contracted.shortcuts }
    }

    /// Shortcuts the contraction added.
    pub fn shortcuts(&self) -> u64 {
        self.shortcuts
    }
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let slope = |s: &Slope| s.first.len() * 4 + s.ups.len() * size_of::<Up>();
        self.rank.len() * 4 + slope(&self.forward) + slope(&self.backward)
    }
    /// The number here of a junction of the graph.
    pub fn rank(&self, node: u32) -> u32 {
        self.rank[node as usize]
    }
    /// The fastest way between two junctions of the graph, in milliseconds and decimetres.
    pub fn between(&self, from: u32, to: u32) -> Option<(u32, u32)> {
        let mut search = Search::default();
        let start = |node| Hub { node: self.rank(node), millis: 0, decimetres: 0 };
        meet(&search.outward(self, &[start(from)]), &search.inward(self, &[start(to)]))
    }
}

/// The fastest way over a junction that both labels have.
pub fn meet(from: &[Hub], to: &[Hub]) -> Option<(u32, u32)> {
    let (mut i, mut j) = (0, 0);
    let mut best: Option<(u32, u32)> = None;
    while i < from.len() && j < to.len() {
        let (a, b) = (from[i], to[j]);
        if a.node == b.node {
            let way = (a.millis.saturating_add(b.millis), a.decimetres.saturating_add(b.decimetres));
            best = Some(best.map_or(way, |best| best.min(way)));
        }
        i += usize::from(a.node <= b.node);
        j += usize::from(b.node <= a.node);
    }
    best
}

/// A search upward; kept between searches so that nothing is allocated anew.
#[derive(Debug, Default)]
pub struct Search {
    reached: Vec<(u32, u32)>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

const NEVER: (u32, u32) = (u32::MAX, u32::MAX);

impl Search {
    /// The label of ways that begin at the given junctions.
    pub fn outward(&mut self, hierarchy: &Hierarchy, starts: &[Hub]) -> Label {
        self.climb(starts, &hierarchy.forward, &hierarchy.backward)
    }
    /// The label of ways that end at the given junctions.
    pub fn inward(&mut self, hierarchy: &Hierarchy, ends: &[Hub]) -> Label {
        self.climb(ends, &hierarchy.backward, &hierarchy.forward)
    }

    fn climb(&mut self, starts: &[Hub], slope: &Slope, against: &Slope) -> Label {
        if self.reached.len() + 1 < slope.first.len() {
            self.reached.resize(slope.first.len() - 1, NEVER);
        }
        for start in starts {
            self.reach(start.node, start.millis, start.decimetres);
        }
        let mut label: Vec<Hub> = Vec::new();
        while let Some(Reverse((millis, node))) = self.heap.pop() {
            let (best, decimetres) = self.reached[node as usize];
            if millis > best {
                continue;
            }
            // Whoever is reached faster from above lies on no fastest way.
            let stalled = against.of(node).iter().any(|up| {
                let above = self.reached[up.head as usize].0;
                above != u32::MAX && above.saturating_add(up.millis) < millis
            });
            if stalled {
                continue;
            }
            label.push(Hub { node, millis, decimetres });
            for up in slope.of(node) {
                self.reach(
                    up.head,
                    millis.saturating_add(up.millis),
                    decimetres.saturating_add(up.decimetres),
                );
            }
        }
        for node in self.touched.drain(..) {
            self.reached[node as usize] = NEVER;
        }
        label.sort_unstable_by_key(|hub| (hub.node, hub.millis, hub.decimetres));
        label.dedup_by_key(|hub| hub.node);
        label.into_boxed_slice()
    }

    fn reach(&mut self, node: u32, millis: u32, decimetres: u32) {
        let reached = &mut self.reached[node as usize];
        if (millis, decimetres) < *reached {
            if *reached == NEVER {
                self.touched.push(node);
            }
            let faster = millis < reached.0;
            *reached = (millis, decimetres);
            if faster {
                self.heap.push(Reverse((millis, node)));
            }
        }
    }
}
