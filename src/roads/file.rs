//! Prepared roads in one file: a name, a version, a checksum, then plain arrays.

use crate::{
    class::{CLASSES, Class},
    graph::{Arc, Point, Road, RoadGraph},
    hierarchy::{Hierarchy, Slope, Up},
    network::Network,
    traffic::Traffic,
};
use std::{fs, io, path::Path};
use thiserror::Error;

/// The first bytes of every prepared file.
const NAME: &[u8; 8] = b"CALLROAD";
/// Grows with every change of what follows.
const VERSION: u32 = 1;
/// Name, version, checksum and length.
const HEADER: usize = 24;

/// A prepared file that cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file cannot be read or written.
    #[error("cannot use `{path}`")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is a file of something else.
    #[error("`{0}` is not a file of prepared roads: expected it to begin with `CALLROAD`")]
    Other(String),
    /// It was written by another version.
    #[error("`{path}` has version `{found}`, expected `{VERSION}`: prepare the roads anew")]
    Version {
        /// Which file.
        path: String,
        /// The version it has.
        found: u32,
    },
    /// Its content is not what was written.
    #[error("`{path}` is damaged: {what}")]
    Damaged {
        /// Which file.
        path: String,
        /// What is wrong.
        what: String,
    },
}

impl Network {
    /// Writes everything into a file: beside it first, then in its place, so that no half of a file is ever read.
    ///
    /// # Errors
    /// The disk's.
    pub fn save(&self, path: &Path) -> Result<(), FileError> {
        let body = self.body();
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend_from_slice(NAME);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&body);
        let failed = |source| FileError::Io { path: path.display().to_string(), source };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        fs::write(&beside, &bytes).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)
    }

    /// Reads a file that [`Network::save`] wrote.
    ///
    /// # Errors
    /// The disk's; a file of something else, of another version, or damaged.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let shown = path.display().to_string();
        let bytes = fs::read(path).map_err(|source| FileError::Io { path: shown.clone(), source })?;
        if !bytes.starts_with(NAME) {
            return Err(FileError::Other(shown));
        }
        let damaged = |what: String| FileError::Damaged { path: shown.clone(), what };
        let mut head = Reader(&bytes[NAME.len()..]);
        let mut number = || head.number().ok_or_else(|| damaged("it ends within its header".to_owned()));
        let (version, checksum) = (number()?, number()?);
        let length = u64::from(number()?) | u64::from(number()?) << 32;
        if version != VERSION {
            return Err(FileError::Version { path: shown, found: version });
        }
        let body = &bytes[HEADER..];
        if body.len() as u64 != length {
            return Err(damaged(format!("it has `{}` bytes of content, expected `{length}`", body.len())));
        }
        let found = crc32fast::hash(body);
        if found != checksum {
            return Err(damaged(format!("its checksum is `{found:08x}`, expected `{checksum:08x}`")));
        }
        Self::from_body(body).map_err(|what| damaged(what.to_owned()))
    }

    fn body(&self) -> Vec<u8> {
        let mut w = Writer(Vec::new());
        w.list(&self.graph.nodes, |p| [p.lat as u32, p.lon as u32]);
        w.list(&self.graph.shapes, |p| [p.lat as u32, p.lon as u32]);
        w.list(&self.graph.roads, |r| {
            let [forward, backward] = r.millis;
            [r.class as u32, r.decimetres, forward, backward, r.heads[0], r.heads[1], r.shape, r.points]
        });
        w.list(&self.graph.first, |n| [*n]);
        w.list(&self.graph.arcs, |a| [a.head, a.turned_road]);
        w.list(self.traffic.slots(), |slot| slot.map(u32::from));
        w.list(self.traffic.hours(), |slot| [u32::from(*slot)]);
        for hierarchy in &self.hierarchies {
            w.list(&hierarchy.rank, |n| [*n]);
            for slope in [&hierarchy.forward, &hierarchy.backward] {
                w.list(&slope.first, |n| [*n]);
                w.list(&slope.ups, |up| [up.head, up.millis, up.decimetres]);
            }
            w.list(&[hierarchy.shortcuts], |n| [*n as u32, (*n >> 32) as u32]);
        }
        w.0
    }

    fn from_body(body: &[u8]) -> Result<Self, &'static str> {
        const SHORT: &str = "a list ends too early";
        let mut r = Reader(body);
        let point = |[lat, lon]: [u32; 2]| Point { lat: lat as i32, lon: lon as i32 };
        let mut graph = RoadGraph::default();
        graph.nodes = r.list(point).ok_or(SHORT)?;
        graph.shapes = r.list(point).ok_or(SHORT)?;
        let rows: Vec<[u32; 8]> = r.list(|row| row).ok_or(SHORT)?;
        for [class, decimetres, forward, backward, head, other, shape, points] in rows {
            let class =
                u8::try_from(class).ok().and_then(Class::numbered).ok_or("an unknown kind of road")?;
            let (millis, heads) = ([forward, backward], [head, other]);
            graph.roads.push(Road { class, decimetres, millis, heads, shape, points });
        }
        graph.first = r.list(|[n]| n).ok_or(SHORT)?;
        graph.arcs = r.list(|[head, turned_road]| Arc { head, turned_road }).ok_or(SHORT)?;
        let slots: Vec<[u32; CLASSES]> = r.list(|row| row).ok_or(SHORT)?;
        let hours: Vec<u32> = r.list(|[n]| n).ok_or(SHORT)?;
        let hours: [u32; 24] = hours.try_into().map_err(|_| "not twenty-four hours")?;
        let traffic = Traffic::new(
            slots.into_iter().map(|slot| slot.map(|factor| factor as u16)).collect(),
            hours.map(|slot| slot as u8),
        )
        .map_err(|_| "a traffic that cannot be")?;
        let mut hierarchies = Vec::new();
        for _ in traffic.slots() {
            let rank = r.list(|[n]| n).ok_or(SHORT)?;
            let mut slope = || {
                let first = r.list(|[n]| n)?;
                let ups = r.list(|[head, millis, decimetres]| Up { head, millis, decimetres })?;
                Some(Slope { first, ups })
            };
            let (forward, backward) = (slope().ok_or(SHORT)?, slope().ok_or(SHORT)?);
            let count: Vec<u64> =
                r.list(|[low, high]| u64::from(low) | u64::from(high) << 32).ok_or(SHORT)?;
            let shortcuts = count.first().copied().ok_or(SHORT)?;
            hierarchies.push(Hierarchy { rank, forward, backward, shortcuts });
        }
        if !r.0.is_empty() {
            return Err("there is more in it than was expected");
        }
        check(&graph, &hierarchies)?;
        graph.index();
        Ok(Self::ready(graph, traffic, hierarchies))
    }
}

/// Whether every number points at something that is there, so that nothing is out of bounds later.
fn check(graph: &RoadGraph, hierarchies: &[Hierarchy]) -> Result<(), &'static str> {
    let nodes = graph.nodes.len();
    let within = |n: u32| (n as usize) < nodes;
    let steps = |first: &[u32], len: usize| {
        first.len() == nodes + 1
            && first.is_sorted()
            && first.first() == Some(&0)
            && first.last().is_some_and(|last| *last as usize == len)
    };
    let arcs = graph.arcs.iter().all(|arc| within(arc.head) && arc.road() < graph.roads.len());
    let roads = graph.roads.iter().all(|road| {
        let heads = road.heads.iter().all(|head| *head == u32::MAX || within(*head));
        heads && road.shape as usize + road.points as usize <= graph.shapes.len()
    });
    if !arcs || !roads || !steps(&graph.first, graph.arcs.len()) {
        return Err("a road leads nowhere");
    }
    for h in hierarchies {
        let sloped = |slope: &Slope| {
            steps(&slope.first, slope.ups.len()) && slope.ups.iter().all(|up| within(up.head))
        };
        let ranked = h.rank.len() == nodes && h.rank.iter().all(|rank| within(*rank));
        if !ranked || !sloped(&h.forward) || !sloped(&h.backward) {
            return Err("a shortcut leads nowhere");
        }
    }
    Ok(())
}

/// Lists of numbers, each with its length before it.
struct Writer(Vec<u8>);

impl Writer {
    fn list<T, const N: usize>(&mut self, items: &[T], numbers: impl Fn(&T) -> [u32; N]) {
        self.0.extend_from_slice(&(items.len() as u32).to_le_bytes());
        self.0.reserve(items.len() * N * 4);
        for item in items {
            for number in numbers(item) {
                self.0.extend_from_slice(&number.to_le_bytes());
            }
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }
    fn list<T, const N: usize>(&mut self, item: impl Fn([u32; N]) -> T) -> Option<Vec<T>> {
        let count = self.number()? as usize;
        let length = count.checked_mul(N * 4)?;
        let bytes = self.0.get(..length)?;
        self.0 = &self.0[length..];
        let row = |bytes: &[u8]| {
            let mut numbers = [0; N];
            for (number, four) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
                *number = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
            }
            numbers
        };
        Some(bytes.chunks_exact(N * 4).map(|bytes| item(row(bytes))).collect())
    }
}
