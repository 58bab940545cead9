//! Roads out of an OpenStreetMap extract: which ways a car may drive, how fast, and which turns it may not make.

mod extract;
mod pbf;
mod tags;
mod wire;
mod xml;

use crate::{
    draft::{Ban, Draft},
    graph::{Point, RoadGraph, Way},
};
use extract::{Extract, Pass, Thing, TurnBan};
use rustc_hash::FxHashMap;
use std::path::Path;
use tags::{Drivable, blocks};
use thiserror::Error;

/// An extract that cannot be used.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("cannot read `{path}`")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The name does not tell what is inside.
    #[error("`{0}` is not an extract: expected a name ending in `.osm.pbf`, `.osm` or `.osm.gz`")]
    Name(String),
    /// The content is not what the name says.
    #[error("`{path}` cannot be understood: {what}")]
    Content {
        /// Which file.
        path: String,
        /// What was met.
        what: String,
    },
    /// There is nothing to drive on.
    #[error("`{0}` holds no road for cars")]
    Empty(String),
}

/// How much of an extract became roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ImportCount {
    /// Ways that cars may drive.
    pub ways: usize,
    /// Junctions drawn, before the largest connected part was kept.
    pub junctions: usize,
    /// Turns forbidden.
    pub turns: usize,
    /// Turns forbidden in a form that is passed over: by way of a way, or at a way that is not split.
    pub turns_passed_over: usize,
    /// Points that ways name and the extract has not: its edge.
    pub points_missing: usize,
}

/// A way that cars may drive.
struct DriveWay {
    id: i64,
    refs: Vec<i64>,
    how: Drivable,
}

/// What is known of a point that ways name.
#[derive(Clone, Copy)]
struct Met {
    point: Option<Point>,
    /// Ways through it; an end counts twice.
    uses: u8,
    blocked: bool,
    node: u32,
}

/// Reads the extract twice: ways and forbidden turns first, then the points they name.
///
/// # Errors
/// The disk's; a name or a content that is no extract; no road for cars in it.
pub fn import(path: &Path) -> Result<(RoadGraph, ImportCount), ImportError> {
    let extract = Extract::open(path)?;
    let mut ways: Vec<DriveWay> = Vec::new();
    let mut bans: Vec<TurnBan> = Vec::new();
    extract.each(Pass::Ways, &mut |thing| match thing {
        Thing::Way { id, refs, tags } => {
            let how = if refs.len() < 2 { None } else { Drivable::of(tags) };
            ways.extend(how.map(|how| DriveWay { id, refs: refs.to_vec(), how }));
        }
        Thing::Turn(ban) => bans.push(ban),
        Thing::Node { .. } => {}
    })?;
    let mut points = Points::new(&ways, &bans);
    extract.each(Pass::Nodes, &mut |thing| {
        if let Thing::Node { id, point, tags } = thing {
            points.met(id, point, tags);
        }
    })?;
    let mut count = ImportCount { ways: ways.len(), ..ImportCount::default() };
    let mut draft = Draft::default();
    let pieces = draw(&mut draft, &ways, &mut points, &mut count);
    forbid(&mut draft, &bans, &pieces, &points, &mut count);
    count.junctions = draft.len();
    let graph = RoadGraph::new(draft);
    if graph.roads().is_empty() {
        return Err(ImportError::Empty(path.display().to_string()));
    }
    Ok((graph, count))
}

/// The points that ways name, in order of id.
struct Points {
    ids: Vec<i64>,
    met: Vec<Met>,
    /// Where the last one was: extracts are in order of id as well.
    last: usize,
}

impl Points {
    fn new(ways: &[DriveWay], bans: &[TurnBan]) -> Self {
        let mut ids: Vec<i64> = ways.iter().flat_map(|way| way.refs.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let fresh = Met { point: None, uses: 0, blocked: false, node: u32::MAX };
        let mut points = Self { met: vec![fresh; ids.len()], ids, last: 0 };
        for way in ways {
            let end = way.refs.len() - 1;
            for (k, id) in way.refs.iter().enumerate() {
                points.used(*id, if k == 0 || k == end { 2 } else { 1 });
            }
        }
        for ban in bans {
            points.used(ban.via, 2);
        }
        points
    }
    fn find(&mut self, id: i64) -> Option<usize> {
        let next = self.last + 1;
        let at = if self.ids.get(next) == Some(&id) { next } else { self.ids.binary_search(&id).ok()? };
        self.last = at;
        Some(at)
    }
    fn used(&mut self, id: i64, times: u8) {
        if let Some(at) = self.find(id) {
            self.met[at].uses = self.met[at].uses.saturating_add(times);
        }
    }
    fn met(&mut self, id: i64, point: Point, tags: &[(&str, &str)]) {
        if let Some(at) = self.find(id) {
            self.met[at].point = Some(point);
            self.met[at].blocked = blocks(tags);
        }
    }
    fn node_of(&self, id: i64) -> Option<u32> {
        let at = self.ids.binary_search(&id).ok()?;
        Some(self.met[at].node).filter(|node| *node != u32::MAX)
    }
}

/// Numbers of the roads each way was cut into.
type Pieces = FxHashMap<i64, Vec<u32>>;

/// Cuts ways at junctions and draws the pieces. A way is cut at a barrier too, with an end of its own on each side.
fn draw(draft: &mut Draft, ways: &[DriveWay], points: &mut Points, count: &mut ImportCount) -> Pieces {
    let mut pieces = Pieces::default();
    for way in ways {
        let numbers = pieces.entry(way.id).or_default();
        let mut shape: Vec<Point> = Vec::new();
        let mut from: Option<u32> = None;
        for id in &way.refs {
            let Some(at) = points.find(*id) else { continue };
            let met = points.met[at];
            let Some(point) = met.point else {
                // Beyond the edge of the extract: the way goes on, if it does, from the next point inside.
                count.points_missing += 1;
                (from, shape) = (None, Vec::new());
                continue;
            };
            shape.push(point);
            let cut = met.uses > 1 || met.blocked || from.is_none();
            if !cut {
                continue;
            }
            let node = if met.blocked { draft.node(point) } else { junction(draft, points, at, point) };
            if let Some(from) = from {
                numbers.extend(draft.road(from, node, way.how.class, &shape, way.how.kmh));
            }
            from = Some(if met.blocked { draft.node(point) } else { node });
            shape = vec![point];
        }
        // A piece that runs out of the extract ends nowhere and is not drawn.
    }
    pieces
}

fn junction(draft: &mut Draft, points: &mut Points, at: usize, point: Point) -> u32 {
    if points.met[at].node == u32::MAX {
        points.met[at].node = draft.node(point);
    }
    points.met[at].node
}

/// Hands forbidden turns over in the words of the draft.
fn forbid(draft: &mut Draft, bans: &[TurnBan], pieces: &Pieces, points: &Points, count: &mut ImportCount) {
    for ban in bans {
        let via = points.node_of(ban.via);
        let arriving = |draft: &Draft, way: &i64| -> Vec<(u32, Way)> {
            let roads = pieces.get(way).into_iter().flatten().copied();
            let ends = roads.map(|road| (road, draft.ends(road)));
            ends.flat_map(|(road, [a, b])| {
                let forward = (Some(b) == via).then_some((road, Way::Forward));
                let backward = (Some(a) == via).then_some((road, Way::Backward));
                forward.into_iter().chain(backward)
            })
            .collect()
        };
        let leaving = |draft: &Draft, way: &i64| -> Vec<(u32, Way)> {
            let turn = |(road, way)| match way {
                Way::Forward => (road, Way::Backward),
                Way::Backward => (road, Way::Forward),
            };
            arriving(draft, way).into_iter().map(turn).collect()
        };
        let (from, to) = (arriving(draft, &ban.from), leaving(draft, &ban.to));
        if via.is_none() || from.len() != 1 || to.len() != 1 {
            count.turns_passed_over += 1;
            continue;
        }
        count.turns += 1;
        draft.ban(Ban { from: from[0], to, only: ban.only });
    }
}
