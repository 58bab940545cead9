//! Rows of ways remembered: the least used go first when there are too many.

use crate::table::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A cell nobody has asked for yet.
const UNKNOWN: u64 = u64::MAX;

/// The ways from one spot to the others; filled through a shared reference, a cell at a time.
#[derive(Debug, Default)]
struct Row {
    used: AtomicU64,
    cells: Box<[AtomicU64]>,
}

/// Rows by number of their spot, at most so many cells in all.
#[derive(Debug)]
pub(crate) struct Rows {
    rows: Vec<Option<Row>>,
    clock: AtomicU64,
    held: usize,
    limit: usize,
}

fn pack(cell: Cell) -> u64 {
    u64::from(cell.seconds) << 32 | u64::from(cell.metres)
}

impl Rows {
    /// No rows yet, and never more cells than `limit`.
    pub fn new(limit: usize) -> Self {
        Self { rows: Vec::new(), clock: AtomicU64::new(0), held: 0, limit }
    }

    /// A remembered way.
    pub fn get(&self, from: u32, to: u32) -> Option<Cell> {
        let row = self.rows.get(from as usize)?.as_ref()?;
        let packed = row.cells.get(to as usize)?.load(Relaxed);
        row.used.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        (packed != UNKNOWN).then_some(Cell { seconds: (packed >> 32) as u32, metres: packed as u32 })
    }

    /// Remembers a way if there is a row for it; tells whether there was.
    pub fn put(&self, from: u32, to: u32, cell: Cell) -> bool {
        let row = self.rows.get(from as usize).and_then(Option::as_ref);
        match row.and_then(|row| row.cells.get(to as usize)) {
            Some(place) => {
                place.store(pack(cell), Relaxed);
                true
            }
            None => false,
        }
    }

    /// Makes room for ways from a spot to as many spots as there are, and some more; the rows used longest ago go.
    pub fn open(&mut self, from: u32, spots: usize) {
        let length = (spots + spots / 4 + 16).min(self.limit.max(16));
        if self.rows.len() <= from as usize {
            self.rows.resize_with(from as usize + 1, || None);
        }
        let old = self.rows[from as usize].take().unwrap_or_default();
        self.held -= old.cells.len();
        if self.held + length > self.limit {
            self.drop_oldest(self.limit.saturating_sub(length).min(self.limit / 8 * 7));
        }
        let mut cells: Vec<AtomicU64> = old.cells.into_vec();
        cells.resize_with(length.max(cells.len()), || AtomicU64::new(UNKNOWN));
        self.held += cells.len();
        let used = AtomicU64::new(self.clock.fetch_add(1, Relaxed));
        self.rows[from as usize] = Some(Row { used, cells: cells.into_boxed_slice() });
    }

    /// Forgets rows until no more than `most` cells are held.
    fn drop_oldest(&mut self, most: usize) {
        let age = |(k, row): (usize, &Option<Row>)| row.as_ref().map(|row| (row.used.load(Relaxed), k));
        let mut ages: Vec<(u64, usize)> = self.rows.iter().enumerate().filter_map(age).collect();
        ages.sort_unstable();
        for (_, k) in ages {
            if self.held <= most {
                break;
            }
            if let Some(row) = self.rows[k].take() {
                self.held -= row.cells.len();
            }
        }
    }

    /// Cells held.
    pub fn held(&self) -> usize {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_used_longest_ago_is_forgotten_first() {
        let mut rows = Rows::new(120);
        let cell = Cell { seconds: 7, metres: 70 };
        for from in 0..3 {
            rows.open(from, 16);
            assert!(rows.put(from, 5, cell));
        }
        assert_eq!(rows.held(), 108);
        assert_eq!(rows.get(0, 5), Some(cell), "the first row is used again");
        rows.open(3, 16);
        assert_eq!((rows.get(0, 5), rows.get(1, 5)), (Some(cell), None));
        assert!(rows.held() <= 120);
    }

    #[test]
    fn a_row_that_grows_keeps_what_it_knows() {
        let mut rows = Rows::new(1000);
        rows.open(0, 4);
        assert!(!rows.put(0, 90, Cell::default()), "there is no room so far out");
        assert!(rows.put(0, 3, Cell { seconds: 1, metres: 2 }));
        rows.open(0, 100);
        assert_eq!(rows.get(0, 3), Some(Cell { seconds: 1, metres: 2 }));
        assert_eq!(rows.get(0, 90), None);
    }
}
