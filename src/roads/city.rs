//! A made-up city: streets in a grid of blocks, rings and radial roads, a river with bridges; the same seed draws the
//! same city everywhere.

use crate::{
    class::Class,
    draft::Draft,
    graph::{Point, RoadGraph},
};
use solver::Place;

/// Metres in a degree of latitude.
const DEGREE: f64 = 111_195.0;

/// What kind of city.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CityShape {
    /// The middle.
    pub centre: (f64, f64),
    /// Metres from the middle to the edge.
    pub radius: f64,
    /// Metres of a block's side.
    pub block: f64,
    /// Rings.
    pub rings: u32,
    /// Roads from the middle outward.
    pub radials: u32,
    /// Whether a river flows through it, west of the middle.
    pub river: bool,
}

impl CityShape {
    /// The demo town: twenty-eight kilometres across.
    pub fn demo(centre: (f64, f64)) -> Self {
        Self { centre, radius: 14_000.0, block: 220.0, rings: 3, radials: 8, river: true }
    }
    /// A made-up city of Moscow's size: about half a million junctions.
    pub fn large() -> Self {
        Self { centre: (55.75, 37.62), radius: 32_000.0, block: 78.0, rings: 5, radials: 16, river: true }
    }
}

/// Chance with a state of its own.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
    fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }
}

/// A city being drawn.
struct Plan {
    shape: CityShape,
    draft: Draft,
    dice: Dice,
    /// Degrees of longitude for a degree of latitude.
    widen: f64,
    /// Junctions of the grid, row by row.
    grid: Vec<Option<u32>>,
    /// Blocks from the middle to the edge.
    half: i32,
}

/// Draws a city.
pub fn city(shape: CityShape, seed: u64) -> RoadGraph {
    let middle = Place::new(shape.centre.0, shape.centre.1);
    let east = Place::new(shape.centre.0, shape.centre.1 + 0.01);
    let widen = 0.01 * DEGREE / middle.metres(&east);
    let half = (shape.radius / shape.block) as i32;
    let mut plan = Plan { shape, draft: Draft::default(), dice: Dice(seed), widen, grid: Vec::new(), half };
    plan.blocks();
    plan.streets();
    plan.rings();
    plan.radials();
    RoadGraph::new(plan.draft)
}

/// A triangle wave in place of a sine, whose last bit differs between machines.
fn wave(x: f64) -> f64 {
    let turn = x - x.floor();
    if turn < 0.5 { 4.0 * turn - 1.0 } else { 3.0 - 4.0 * turn }
}

/// Direction of a turn from 0 to 1, on the unit circle, by the half-angle formulas; basic arithmetic only.
fn direction(turn: f64) -> (f64, f64) {
    let turn = (turn - turn.floor()) * 8.0;
    let (octant, part) = (turn as u32 / 2, turn - f64::from(turn as u32 / 2 * 2));
    // Along a side of the square, then out to the circle.
    let (x, y) = (1.0, part - 1.0);
    let length = (x * x + y * y).sqrt();
    let (x, y) = (x / length, y / length);
    match octant {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    }
}

impl Plan {
    fn point(&self, east: f64, north: f64) -> Point {
        let (lat, lon) = self.shape.centre;
        Point::of(&Place::new(lat + north / DEGREE, lon + east / DEGREE * self.widen))
    }
    /// Metres east of the river's middle.
    fn from_river(&self, east: f64, north: f64) -> f64 {
        east + 2600.0 - 900.0 * wave(north / 9000.0)
    }
    fn crosses(&self, a: (f64, f64), b: (f64, f64)) -> bool {
        let side = |p: (f64, f64)| self.from_river(p.0, p.1) > 0.0;
        self.shape.river && side(a) != side(b)
    }
    fn place_of(&self, row: i32, column: i32) -> usize {
        ((row + self.half) * (2 * self.half + 1) + column + self.half) as usize
    }
    fn metres(&self, row: i32, column: i32) -> (f64, f64) {
        (f64::from(column) * self.shape.block, f64::from(row) * self.shape.block)
    }

    /// Junctions of the grid, none in the water, each a little beside its place.
    fn blocks(&mut self) {
        for row in -self.half..=self.half {
            for column in -self.half..=self.half {
                let (east, north) = self.metres(row, column);
                let inside = east * east + north * north <= self.shape.radius * self.shape.radius;
                let wet = self.shape.river && self.from_river(east, north).abs() < 150.0;
                let shift = self.shape.block * 0.002;
                let (de, dn) = (self.dice.below(101) as f64 - 50.0, self.dice.below(101) as f64 - 50.0);
                let point = self.point(east + de * shift, north + dn * shift);
                let node = (inside && !wet).then(|| self.draft.node(point));
                self.grid.push(node);
            }
        }
    }

    /// Kind of the street along a line of the grid.
    fn class(line: i32) -> Class {
        match line {
            _ if line % 24 == 0 => Class::Primary,
            _ if line % 12 == 0 => Class::Secondary,
            _ if line % 4 == 0 => Class::Tertiary,
            _ => Class::Street,
        }
    }

    /// Streets between neighbours: some missing, some of one way; bridges on main streets alone.
    fn streets(&mut self) {
        for row in -self.half..=self.half {
            for column in -self.half..=self.half {
                for (dr, dc) in [(0, 1), (1, 0)] {
                    self.street((row, column), (dr, dc));
                }
            }
        }
    }
    fn street(&mut self, (row, column): (i32, i32), (dr, dc): (i32, i32)) {
        let class = Self::class(if dr == 0 { row } else { column });
        let main = class < Class::Tertiary;
        let mut step = 1;
        // A bridge reaches over the water to the next junction.
        let other = loop {
            let (r, c) = (row + dr * step, column + dc * step);
            if r > self.half || c > self.half {
                return;
            }
            match self.grid[self.place_of(r, c)] {
                Some(node) => break (node, (r, c)),
                None if main && step < 40 => step += 1,
                None => return,
            }
        };
        let Some(node) = self.grid[self.place_of(row, column)] else { return };
        let over = self.crosses(self.metres(row, column), self.metres(other.1.0, other.1.1));
        if (over && !main) || (step > 1 && !over) || (!main && self.dice.percent(9)) {
            return;
        }
        let speed = class.kmh();
        let kmh = match self.dice.below(100) {
            0..8 if class == Class::Street => [speed, 0],
            8..16 if class == Class::Street => [0, speed],
            _ => [speed, speed],
        };
        let ends = [self.draft.point(node), self.draft.point(other.0)];
        self.draft.road(node, other.0, class, &ends, kmh);
    }

    /// The junction of the grid nearest to a point, if it is dry and inside.
    fn nearest(&self, east: f64, north: f64) -> Option<u32> {
        let line = |x: f64| (x / self.shape.block).round() as i32;
        let (row, column) = (line(north), line(east));
        (row.abs() <= self.half && column.abs() <= self.half)
            .then(|| self.grid[self.place_of(row, column)])
            .flatten()
    }

    /// A chain of junctions of its own, joined to the streets at every third.
    fn chain(&mut self, points: &[(f64, f64)], class: Class, one_way: bool) -> Vec<u32> {
        let mut nodes: Vec<u32> = Vec::with_capacity(points.len());
        for (k, &(east, north)) in points.iter().enumerate() {
            let node = self.draft.node(self.point(east, north));
            if k % 3 == 0
                && let Some(street) = self.nearest(east, north)
            {
                let ends = [self.draft.point(node), self.draft.point(street)];
                self.draft.road(node, street, Class::Secondary, &ends, [35, 35]);
            }
            if let Some(&before) = nodes.last() {
                self.link(before, node, class, one_way);
            }
            nodes.push(node);
        }
        nodes
    }
    fn link(&mut self, from: u32, to: u32, class: Class, one_way: bool) {
        let speed = class.kmh();
        let ends = [self.draft.point(from), self.draft.point(to)];
        self.draft.road(from, to, class, &ends, [speed, if one_way { 0 } else { speed }]);
    }

    /// Rings, each of two carriageways a few metres apart.
    fn rings(&mut self) {
        for ring in 1..=self.shape.rings {
            let radius = self.shape.radius * f64::from(ring) / f64::from(self.shape.rings + 1);
            let class = if ring == self.shape.rings { Class::Motorway } else { Class::Trunk };
            let steps = ((radius * 6.28 / 400.0) as u32).max(8);
            for (offset, reversed) in [(0.0, false), (25.0, true)] {
                let mut points: Vec<(f64, f64)> = (0..steps)
                    .map(|k| direction(f64::from(k) / f64::from(steps)))
                    .map(|(x, y)| (x * (radius + offset), y * (radius + offset)))
                    .collect();
                if reversed {
                    points.reverse();
                }
                let nodes = self.chain(&points, class, true);
                if let (Some(&last), Some(&first)) = (nodes.last(), nodes.first()) {
                    self.link(last, first, class, true);
                }
            }
        }
    }

    fn radials(&mut self) {
        for k in 0..self.shape.radials {
            let (x, y) = direction((f64::from(k) + 0.5) / f64::from(self.shape.radials));
            let steps = (self.shape.radius / 350.0) as u32;
            let points: Vec<(f64, f64)> = (2..=steps)
                .map(|s| self.shape.radius * f64::from(s) / f64::from(steps))
                .map(|far| (x * far, y * far))
                .collect();
            self.chain(&points, Class::Trunk, false);
        }
    }
}
