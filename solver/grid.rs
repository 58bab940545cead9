//! Ways between jobs, and between jobs and the places masters start from, go home to and take parts at, kept for towns
//! small enough: a search asks for the same few thousand millions of times.

use crate::model::{Model, NONE};
use crate::place::Place;
use crate::travel::Leg;
use std::collections::HashMap;
use std::sync::Arc;

/// Jobs up to which all ways between them are kept.
const LIMIT: usize = 1500;
/// Ways between jobs and posts kept at most.
const POST_LIMIT: usize = 1 << 20;
/// Marks numbers of posts among numbers of jobs.
const POST: u32 = 1 << 31;

/// Ways by slots of jobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    side: usize,
    /// Seconds from the row's job to the column's.
    out: Arc<Vec<i32>>,
    /// Seconds from the column's job to the row's: what leads to one job lies side by side.
    back: Arc<Vec<i32>>,
    /// Metres from the row's job to the column's.
    metres: Arc<Vec<i32>>,
    /// Whether every live job has its row.
    whole: bool,
    /// Whether some way is not as long as the way back.
    skewed: bool,
    posts: Posts,
}

/// Ways between jobs and the places of masters; only good while a search keeps everything where it is.
#[derive(Clone, Debug, Default)]
struct Posts {
    places: Vec<Place>,
    /// Posts of each master: where he starts, where he ends, where he takes parts.
    of: Vec<[u32; 3]>,
    side: usize,
    /// Seconds and metres from a post to a job, and from a job to a post, row by post.
    out: Vec<(i32, i32)>,
    back: Vec<(i32, i32)>,
    /// The same between posts, row by post; empty where there are too many.
    between: Vec<(i32, i32)>,
    open: bool,
}

/// A place with its row in the grid, if the grid knows it.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub node: u32,
    pub place: &'a Place,
}

/// What a search asks of one job's row: seconds to it from any job, and from it to any job.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub inward: &'a [i32],
    pub onward: &'a [i32],
}

fn small(leg: Leg) -> Option<(i32, i32)> {
    Some((i32::try_from(leg.seconds).ok()?, i32::try_from(leg.metres).ok()?))
}

fn wide((seconds, metres): (i32, i32)) -> Leg {
    Leg { seconds: seconds.into(), metres: metres.into() }
}

impl Model {
    /// Brings the grid up to date with jobs that came or moved.
    pub(crate) fn refresh_grid(&mut self, moved: &[u32]) {
        let count = self.jobs.len();
        if count > LIMIT {
            self.grid = Grid::default();
            for slot in &mut self.jobs {
                slot.need.node = NONE;
            }
            return;
        }
        let mut fresh: Vec<u32> = moved.to_vec();
        if count > self.grid.side {
            let side = count + count / 4;
            let empty = || Arc::new(vec![0; side * side]);
            self.grid = Grid { side, out: empty(), back: empty(), metres: empty(), ..Grid::default() };
            fresh = (0..count as u32).collect();
        }
        if !fresh.is_empty() {
            self.fill_grid(&fresh);
        }
        self.refresh_posts(&fresh);
    }

    /// Works out the rows and columns of these jobs. Tables shared with a copy of the engine are copied first.
    fn fill_grid(&mut self, fresh: &[u32]) {
        let (side, count) = (self.grid.side, self.jobs.len());
        let mut grid = std::mem::take(&mut self.grid);
        let (out, back) = (Arc::make_mut(&mut grid.out), Arc::make_mut(&mut grid.back));
        let metres = Arc::make_mut(&mut grid.metres);
        for &j in fresh {
            let here = self.jobs[j as usize].need.place;
            let mut fits = true;
            for n in 0..count {
                let there = &self.jobs[n].need.place;
                let (to, from) = (small(self.travel.leg(&here, there)), small(self.travel.leg(there, &here)));
                fits &= to.is_some() && from.is_some();
                let (to, from) = (to.unwrap_or_default(), from.unwrap_or_default());
                grid.skewed |= to.0 != from.0;
                let (row, column) = (j as usize * side + n, n * side + j as usize);
                (out[row], back[column], metres[row]) = (to.0, to.0, to.1);
                (out[column], back[row], metres[column]) = (from.0, from.0, from.1);
            }
            self.jobs[j as usize].need.node = if fits { j } else { NONE };
        }
        grid.whole = self.jobs.iter().all(|slot| !slot.alive || slot.need.node != NONE);
        self.grid = grid;
    }

    /// Brings the ways between jobs and posts up to date.
    fn refresh_posts(&mut self, moved: &[u32]) {
        let mut posts = std::mem::take(&mut self.grid.posts);
        let mut number: HashMap<(u64, u64), u32> = HashMap::new();
        let mut places: Vec<Place> = Vec::new();
        let mut post = |place: &Place| {
            *number.entry((place.lat().to_bits(), place.lon().to_bits())).or_insert_with(|| {
                places.push(*place);
                places.len() as u32 - 1
            })
        };
        posts.of.clear();
        for m in 0..self.masters.len() as u32 {
            let master = &self.masters[m as usize];
            let home = post(&master.home);
            let store = master.store.as_ref().map_or(NONE, &mut post);
            posts.of.push([post(self.origin(m)), home, store]);
        }
        let side = self.grid.side;
        if !self.grid.whole || places.len() * side > POST_LIMIT {
            return;
        }
        let same = posts.places == places && posts.side == side;
        let all: Vec<u32> = (0..self.jobs.len() as u32).collect();
        let fresh = if same { moved } else { &all };
        if !same {
            posts.between = self.between(&places);
            posts.out = vec![(0, 0); places.len() * side];
            posts.back = posts.out.clone();
            (posts.places, posts.side) = (places, side);
        }
        for (row, place) in posts.places.iter().enumerate() {
            for &j in fresh {
                let there = &self.jobs[j as usize].need.place;
                let (to, from) = (small(self.travel.leg(place, there)), small(self.travel.leg(there, place)));
                let (Some(to), Some(from)) = (to, from) else { return };
                posts.out[row * side + j as usize] = to;
                posts.back[row * side + j as usize] = from;
            }
        }
        self.grid.posts = posts;
    }

    /// Seconds and metres between all posts; nothing where there are too many.
    fn between(&self, places: &[Place]) -> Vec<(i32, i32)> {
        if places.len() * places.len() > POST_LIMIT {
            return Vec::new();
        }
        let pairs = places.iter().flat_map(|a| places.iter().map(move |b| self.travel.leg(a, b)));
        pairs.map(small).collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// From now on nothing moves until `unlock_posts`, so ways to and from posts may be taken from the grid.
    pub(crate) fn lock_posts(&mut self) {
        self.grid.posts.open = !self.grid.posts.of.is_empty();
    }

    pub(crate) fn unlock_posts(&mut self) {
        self.grid.posts.open = false;
    }

    fn post(&self, m: u32, kind: usize) -> u32 {
        if self.grid.posts.open { POST | self.grid.posts.of[m as usize][kind] } else { NONE }
    }

    /// Where a master's tour starts, with its row.
    #[inline]
    pub(crate) fn start_spot(&self, m: u32) -> Spot<'_> {
        Spot { node: self.post(m, 0), place: self.origin(m) }
    }

    /// Where a master lives, with its row.
    #[inline]
    pub(crate) fn home_spot(&self, m: u32) -> Spot<'_> {
        Spot { node: self.post(m, 1), place: &self.masters[m as usize].home }
    }

    /// Where a master takes parts, with its row.
    #[inline]
    pub(crate) fn store_spot(&self, m: u32) -> Option<Spot<'_>> {
        let store = self.masters[m as usize].store.as_ref()?;
        Some(Spot { node: self.post(m, 2), place: store })
    }

    /// The rows of a job for a search; nothing where ways have to be asked for one by one.
    #[inline]
    pub(crate) fn rows(&self, node: u32) -> Option<Rows<'_>> {
        if !self.grid.posts.open || node >= POST {
            return None;
        }
        let from = node as usize * self.grid.side;
        let row = from..from + self.grid.side;
        let onward = &self.grid.out[row.clone()];
        // One row for both lies in less of the cache.
        let inward = if self.grid.skewed { &self.grid.back[row] } else { onward };
        Some(Rows { inward, onward })
    }

    /// The way between two places, out of the grid where it knows both.
    #[inline]
    pub(crate) fn hop(&self, m: u32, from: Spot<'_>, to: Spot<'_>) -> Leg {
        let (grid, posts) = (&self.grid, &self.grid.posts);
        let leg = match (from.node, to.node) {
            (a, b) if a < POST && b < POST => {
                let k = a as usize * grid.side + b as usize;
                wide((grid.out[k], grid.metres[k]))
            }
            (a, b) if a != NONE && b < POST => {
                wide(posts.out[(a & !POST) as usize * posts.side + b as usize])
            }
            (a, b) if a < POST && b != NONE => {
                wide(posts.back[(b & !POST) as usize * posts.side + a as usize])
            }
            (a, b) if a != NONE && b != NONE && !posts.between.is_empty() => {
                wide(posts.between[(a & !POST) as usize * posts.places.len() + (b & !POST) as usize])
            }
            _ => self.travel.leg(from.place, to.place),
        };
        self.at_pace(m, leg)
    }
}
