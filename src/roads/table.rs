//! Tables of ways from many places to many, and how buckets fill them.

use crate::hierarchy::{Hub, Label};
use solver::Leg;

/// A way in a table, small enough for millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Cell {
    /// Seconds under way.
    pub seconds: u32,
    /// Metres under way.
    pub metres: u32,
}

impl Cell {
    /// A way as a cell; what does not fit is as long as a cell can tell.
    pub fn of(leg: Leg) -> Self {
        let fit = |x: i64| u32::try_from(x.max(0)).unwrap_or(u32::MAX);
        Self { seconds: fit(leg.seconds), metres: fit(leg.metres) }
    }
    /// The way.
    pub fn leg(self) -> Leg {
        Leg { seconds: self.seconds.into(), metres: self.metres.into() }
    }
}

/// Ways from many places to many, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Table {
    /// Places to go to.
    pub columns: usize,
    /// Row by row.
    pub cells: Vec<Cell>,
}

impl Table {
    /// The way from the place of a row to that of a column.
    pub fn leg(&self, row: usize, column: usize) -> Leg {
        self.cells[row * self.columns + column].leg()
    }
    /// All ways of a row.
    pub fn row(&self, row: usize) -> &[Cell] {
        &self.cells[row * self.columns..(row + 1) * self.columns]
    }
}

/// What waits at a junction: which column, and how far from here.
#[derive(Clone, Copy, Default)]
struct Waiting {
    column: u32,
    millis: u32,
    decimetres: u32,
}

/// Milliseconds and decimetres from each label to each, row by row; nothing where there is no way.
pub(crate) fn fill(
    junctions: usize,
    outward: impl Iterator<Item = Label>,
    inward: &[Label],
) -> Vec<Option<(u32, u32)>> {
    let mut first = vec![0u32; junctions + 1];
    for hub in inward.iter().flatten() {
        first[hub.node as usize + 1] += 1;
    }
    for k in 0..junctions {
        first[k + 1] += first[k];
    }
    let mut buckets = vec![Waiting::default(); first[junctions] as usize];
    let mut next = first.clone();
    for (column, label) in (0..).zip(inward) {
        for Hub { node, millis, decimetres } in label {
            let place = &mut next[*node as usize];
            buckets[*place as usize] = Waiting { column, millis: *millis, decimetres: *decimetres };
            *place += 1;
        }
    }
    let mut cells = Vec::new();
    let mut row = vec![(u32::MAX, u32::MAX); inward.len()];
    for label in outward {
        row.fill((u32::MAX, u32::MAX));
        for hub in label.iter() {
            let bucket = first[hub.node as usize] as usize..first[hub.node as usize + 1] as usize;
            for waiting in &buckets[bucket] {
                let millis = hub.millis.saturating_add(waiting.millis);
                let best = &mut row[waiting.column as usize];
                if millis <= best.0 {
                    *best = (*best).min((millis, hub.decimetres.saturating_add(waiting.decimetres)));
                }
            }
        }
        cells.extend(row.iter().map(|&way| (way.0 != u32::MAX).then_some(way)));
    }
    cells
}
