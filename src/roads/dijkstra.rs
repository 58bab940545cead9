//! Ways found without any preparation: slow, and the measure of those that are prepared.

use crate::{graph::RoadGraph, traffic::Traffic};
use std::{cmp::Reverse, collections::BinaryHeap};

/// Least milliseconds from a junction to every other, in one slot of the traffic.
pub fn distances(graph: &RoadGraph, traffic: &Traffic, slot: usize, from: u32) -> Vec<u32> {
    let mut reached = vec![u32::MAX; graph.nodes().len()];
    let mut heap = BinaryHeap::from([Reverse((0u32, from))]);
    reached[from as usize] = 0;
    while let Some(Reverse((millis, node))) = heap.pop() {
        if millis > reached[node as usize] {
            continue;
        }
        for arc in graph.arcs_of(node) {
            let through = millis.saturating_add(traffic.millis(slot, &graph.roads()[arc.road()], arc.way()));
            if through < reached[arc.head as usize] {
                reached[arc.head as usize] = through;
                heap.push(Reverse((through, arc.head)));
            }
        }
    }
    reached
}
