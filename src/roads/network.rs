//! Roads prepared for questions: the graph, the grid that places are put on it by, and a hierarchy for each traffic.

use crate::{
    graph::RoadGraph,
    hierarchy::{Hierarchy, Hub, Label, Search, meet},
    snap::{Grid, Spot},
    table::{Cell, Table, fill},
    traffic::Traffic,
};
use solver::{GreatCircle, Leg, Place, TravelTimes};

/// Metres an hour on foot between a door and the road.
const WALK: i64 = 5000;
/// Seconds of every way for parking and doors.
pub const OVERHEAD: i64 = 60;

/// Roads ready to be asked.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) graph: RoadGraph,
    pub(crate) traffic: Traffic,
    pub(crate) hierarchies: Vec<Hierarchy>,
    grid: Grid,
}

/// The ways up from a spot, and to it.
#[derive(Clone, Debug)]
pub struct Labels {
    /// From the spot.
    pub outward: Label,
    /// To the spot.
    pub inward: Label,
}

impl Network {
    /// Contracts the graph for every slot of the traffic; the order found for the first serves the others.
    pub fn prepare(graph: RoadGraph, traffic: Traffic) -> Self {
        let mut hierarchies: Vec<Hierarchy> = Vec::with_capacity(traffic.slots().len());
        for slot in 0..traffic.slots().len() {
            let next = Hierarchy::prepare(&graph, &traffic, slot, hierarchies.first());
            hierarchies.push(next);
        }
        Self::ready(graph, traffic, hierarchies)
    }
    /// Puts prepared parts together.
    pub(crate) fn ready(graph: RoadGraph, traffic: Traffic, hierarchies: Vec<Hierarchy>) -> Self {
        let grid = Grid::new(&graph);
        Self { graph, traffic, hierarchies, grid }
    }
    /// The graph.
    pub fn graph(&self) -> &RoadGraph {
        &self.graph
    }
    /// The traffic of the day.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }
    /// The hierarchy of an hour of the day.
    pub fn hierarchy(&self, hour: u8) -> &Hierarchy {
        &self.hierarchies[self.traffic.slot(hour)]
    }
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let hierarchies: usize = self.hierarchies.iter().map(Hierarchy::bytes).sum();
        self.graph.bytes() + self.grid.bytes() + hierarchies
    }
    /// Where a place meets the roads; nothing when there is no road within three kilometres.
    pub fn spot(&self, place: &Place) -> Option<Spot> {
        self.grid.nearest(&self.graph, place)
    }

    /// The labels of a spot.
    pub(crate) fn labels(&self, spot: &Spot, hour: u8, search: &mut Search) -> Labels {
        let slot = self.traffic.slot(hour);
        let hierarchy = &self.hierarchies[slot];
        let starts: Vec<Hub> = spot.starts(&self.graph, &self.traffic, slot, hierarchy);
        let ends: Vec<Hub> = spot.ends(&self.graph, &self.traffic, slot, hierarchy);
        Labels { outward: search.outward(hierarchy, &starts), inward: search.inward(hierarchy, &ends) }
    }
    /// The drive between two spots whose labels are known, in milliseconds and decimetres.
    pub(crate) fn drive(
        &self,
        (from, outward): (&Spot, &[Hub]),
        (to, inward): (&Spot, &[Hub]),
        hour: u8,
    ) -> Option<(u32, u32)> {
        let direct = from.along(to, &self.graph, &self.traffic, self.traffic.slot(hour));
        direct.into_iter().chain(meet(outward, inward)).min()
    }

    /// The ways from each place to each, at an hour of the day: one search a place and a scan of buckets.
    /// Pairs with a place off the map are told as the crow flies.
    pub fn table(&self, from: &[Place], to: &[Place], hour: u8) -> Table {
        let slot = self.traffic.slot(hour);
        let hierarchy = &self.hierarchies[slot];
        let mut search = Search::default();
        let spots = |places: &[Place]| places.iter().map(|place| self.spot(place)).collect::<Vec<_>>();
        let (starts, ends) = (spots(from), spots(to));
        let inward: Vec<Label> = ends
            .iter()
            .map(|spot| {
                let hubs = spot.map(|s| s.ends(&self.graph, &self.traffic, slot, hierarchy));
                search.inward(hierarchy, &hubs.unwrap_or_default())
            })
            .collect();
        let outward = starts.iter().map(|spot| {
            let hubs = spot.map(|s| s.starts(&self.graph, &self.traffic, slot, hierarchy));
            search.outward(hierarchy, &hubs.unwrap_or_default())
        });
        let drives = fill(hierarchy.rank.len(), outward, &inward);
        let crow = GreatCircle::default();
        let cells = drives.into_iter().enumerate().map(|(k, drive)| {
            let (i, j) = (k / to.len().max(1), k % to.len().max(1));
            let (Some(start), Some(end)) = (starts[i], ends[j]) else {
                return Cell::of(crow.leg(&from[i], &to[j]));
            };
            let direct = start.along(&end, &self.graph, &self.traffic, slot);
            let drive = direct.into_iter().chain(drive).min();
            Cell::of(drive.map_or_else(|| crow.leg(&from[i], &to[j]), |drive| whole(&start, &end, drive)))
        });
        Table { columns: to.len(), cells: cells.collect() }
    }
}

/// The whole way from door to door.
pub(crate) fn whole(from: &Spot, to: &Spot, (millis, decimetres): (u32, u32)) -> Leg {
    if from == to {
        return Leg::default();
    }
    let aside = i64::from(from.aside) + i64::from(to.aside);
    Leg {
        seconds: OVERHEAD + i64::from(millis).div_euclid(1000) + aside * 3600 / WALK,
        metres: i64::from(decimetres) / 10 + aside,
    }
}
