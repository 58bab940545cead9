//! Travel times of prepared roads for the planner: each place is put on the roads once, each way is found once.

use crate::{
    graph::Point,
    hierarchy::Search,
    network::{Labels, Network, whole},
    rows::Rows,
    snap::Spot,
    table::Cell,
};
use parking_lot::{Mutex, RwLock, RwLockUpgradableReadGuard};
use rustc_hash::FxHashMap;
use solver::{GreatCircle, Leg, Place, TravelTimes};
use std::sync::Arc;

/// Cells of remembered ways, eight bytes each.
const CELLS: usize = 16 << 20;
/// Spots known at once; when there are more, all are forgotten and met anew.
const SPOTS: usize = 20_000;

/// A spot, with its labels if it had none.
type Met = (Spot, Option<Labels>);

/// What is known of the places met so far.
#[derive(Debug)]
struct Known {
    /// Number of the spot of each place.
    places: FxHashMap<Point, u32>,
    /// Number of each spot; nothing for places off the map, each of which has a number of its own.
    numbers: FxHashMap<Spot, u32>,
    spots: Vec<Option<(Spot, Labels)>>,
    rows: Rows,
}

impl Known {
    fn new(cells: usize) -> Self {
        let (places, numbers) = (FxHashMap::default(), FxHashMap::default());
        Self { places, numbers, spots: Vec::new(), rows: Rows::new(cells) }
    }
    fn pair(&self, from: Point, to: Point) -> Option<(u32, u32)> {
        Some((*self.places.get(&from)?, *self.places.get(&to)?))
    }
}

/// [`TravelTimes`] by road, in the traffic of one hour of the day.
///
/// The whole day is driven in it; [`HourlyTravel`](crate::HourlyTravel) goes by the clock. Places off the map, and those
/// no road leads to, are told as the crow flies.
#[derive(Debug)]
pub struct RoadTravel {
    network: Arc<Network>,
    hour: u8,
    crow: GreatCircle,
    cells: usize,
    known: RwLock<Known>,
    search: Mutex<Search>,
}

impl RoadTravel {
    /// Ways over a network in the traffic of an hour.
    pub fn new(network: Arc<Network>, hour: u8) -> Self {
        Self::with_limit(network, hour, CELLS)
    }
    /// The same, remembering at most so many ways.
    pub fn with_limit(network: Arc<Network>, hour: u8, cells: usize) -> Self {
        let known = RwLock::new(Known::new(cells));
        Self { network, hour, crow: GreatCircle::default(), cells, known, search: Mutex::default() }
    }
    /// The roads.
    pub fn network(&self) -> &Network {
        &self.network
    }
    /// The hour of the day whose traffic is driven in.
    pub fn hour(&self) -> u8 {
        self.hour
    }
    /// Ways remembered at the moment, known or only given room.
    pub fn held(&self) -> usize {
        self.known.read().rows.held()
    }

    /// Puts places on the roads and makes room for the ways from the first.
    fn meet(&self, places: [&Place; 2]) {
        let points = places.map(Point::of);
        let known = self.known.upgradable_read();
        let fresh = |known: &Known, k: usize| !known.places.contains_key(&points[k]);
        // Searching is done before anybody is kept waiting.
        let mut met: Vec<(Point, Option<Met>)> = Vec::new();
        for (k, place) in places.into_iter().enumerate().filter(|(k, _)| fresh(&known, *k)) {
            let spot = self.network.spot(place).map(|spot| {
                let unknown = !known.numbers.contains_key(&spot);
                (spot, unknown.then(|| self.network.labels(&spot, self.hour, &mut self.search.lock())))
            });
            met.push((points[k], spot));
        }
        let mut known = RwLockUpgradableReadGuard::upgrade(known);
        if known.spots.len() + met.len() > SPOTS {
            *known = Known::new(self.cells);
            drop(known);
            return self.meet(places);
        }
        for (point, spot) in met {
            let next = known.spots.len() as u32;
            let number = match spot {
                None => {
                    known.spots.push(None);
                    next
                }
                Some((spot, labels)) => match (known.numbers.get(&spot), labels) {
                    (Some(&number), _) => number,
                    (None, Some(labels)) => {
                        known.spots.push(Some((spot, labels)));
                        known.numbers.insert(spot, next);
                        next
                    }
                    // The labels were left out because the spot had a number, and it still has.
                    (None, None) => continue,
                },
            };
            known.places.insert(point, number);
        }
        if let Some(&from) = known.places.get(&points[0]) {
            let spots = known.spots.len();
            known.rows.open(from, spots);
        }
    }

    fn find(&self, known: &Known, (a, b): (u32, u32), from: &Place, to: &Place) -> Cell {
        let (Some(start), Some(end)) = (&known.spots[a as usize], &known.spots[b as usize]) else {
            return Cell::of(self.crow.leg(from, to));
        };
        let drive = self.network.drive((&start.0, &start.1.outward), (&end.0, &end.1.inward), self.hour);
        Cell::of(drive.map_or_else(|| self.crow.leg(from, to), |drive| whole(&start.0, &end.0, drive)))
    }
}

impl TravelTimes for RoadTravel {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        let points = (Point::of(from), Point::of(to));
        if points.0 == points.1 {
            return Leg::default();
        }
        let mut opened = false;
        loop {
            let known = self.known.read();
            if let Some(pair) = known.pair(points.0, points.1) {
                if let Some(cell) = known.rows.get(pair.0, pair.1) {
                    return cell.leg();
                }
                let cell = self.find(&known, pair, from, to);
                // Where the memory is too small for a whole row, the way is found each time.
                if known.rows.put(pair.0, pair.1, cell) || opened {
                    return cell.leg();
                }
            }
            drop(known);
            self.meet([from, to]);
            opened = true;
        }
    }
}
