//! Ways between jobs, kept for towns small enough: a search asks for the same few thousand millions of times.

use crate::model::{Model, NONE};
use crate::place::Place;
use crate::travel::Leg;
use std::sync::Arc;

/// Jobs up to which all ways between them are kept.
const LIMIT: usize = 1500;

/// Ways by slots of jobs; seconds and metres.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    side: usize,
    ways: Arc<Vec<(i32, i32)>>,
}

/// A place with the slot of the job there, if the grid knows it.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub node: u32,
    pub place: &'a Place,
}

impl<'a> Spot<'a> {
    pub(crate) fn off(place: &'a Place) -> Self {
        Self { node: NONE, place }
    }
}

fn small(leg: Leg) -> Option<(i32, i32)> {
    Some((i32::try_from(leg.seconds).ok()?, i32::try_from(leg.metres).ok()?))
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
            self.grid = Grid { side, ways: Arc::new(vec![(0, 0); side * side]) };
            fresh = (0..count as u32).collect();
        }
        let side = self.grid.side;
        let mut ways = std::mem::take(&mut self.grid.ways);
        let table = Arc::make_mut(&mut ways);
        for j in fresh {
            let here = self.jobs[j as usize].need.place;
            let mut fits = true;
            for n in 0..count {
                let there = &self.jobs[n].need.place;
                let (out, back) =
                    (small(self.travel.leg(&here, there)), small(self.travel.leg(there, &here)));
                fits &= out.is_some() && back.is_some();
                table[j as usize * side + n] = out.unwrap_or_default();
                table[n * side + j as usize] = back.unwrap_or_default();
            }
            self.jobs[j as usize].need.node = if fits { j } else { NONE };
        }
        self.grid.ways = ways;
    }

    /// The way between two places, out of the grid where it knows both.
    #[inline]
    pub(crate) fn hop(&self, m: u32, from: Spot<'_>, to: Spot<'_>) -> Leg {
        if from.node == NONE || to.node == NONE {
            return self.leg(m, from.place, to.place);
        }
        let (seconds, metres) = self.grid.ways[from.node as usize * self.grid.side + to.node as usize];
        let leg = Leg { seconds: seconds.into(), metres: metres.into() };
        self.at_pace(m, leg)
    }
}
