//! The port to whoever knows whole tables of ways, and the planner's travel times out of such tables.

use crate::{
    graph::Point,
    remote::RemoteError,
    rows::Rows,
    table::{Cell, Table},
    travel::RoadTravel,
};
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;
use solver::{GreatCircle, Leg, Place, TravelTimes};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Cells of remembered ways, eight bytes each.
const CELLS: usize = 16 << 20;
/// Places known at once; when there are more, all are forgotten and met anew.
const PLACES: usize = 4000;
/// How long a source that failed is left alone.
const PAUSE: Duration = Duration::from_secs(30);

/// Whoever can tell the ways from many places to many at once.
pub trait Tables: fmt::Debug + Send + Sync {
    /// The ways from each place to each. A pair without a way is told as the crow flies.
    ///
    /// # Errors
    /// A source elsewhere that cannot be reached, refuses or cannot be understood.
    fn table(&self, from: &[Place], to: &[Place]) -> Result<Table, RemoteError>;
}

/// A table of what answers pair by pair.
fn pairs(travel: &dyn TravelTimes, from: &[Place], to: &[Place]) -> Table {
    let cells = from.iter().flat_map(|a| to.iter().map(move |b| Cell::of(travel.leg(a, b))));
    Table { columns: to.len(), cells: cells.collect() }
}

impl Tables for GreatCircle {
    fn table(&self, from: &[Place], to: &[Place]) -> Result<Table, RemoteError> {
        Ok(pairs(self, from, to))
    }
}

impl Tables for RoadTravel {
    fn table(&self, from: &[Place], to: &[Place]) -> Result<Table, RemoteError> {
        Ok(self.network().table(from, to, self.hour()))
    }
}

#[derive(Debug)]
struct Known {
    numbers: FxHashMap<Point, u32>,
    places: Vec<Place>,
    /// Places met while the source was away: they are told as the crow flies as long as they are known, so that the same
    /// question never has two answers.
    by_crow: Vec<bool>,
    rows: Rows,
}

impl Known {
    fn new() -> Self {
        let rows = Rows::new(CELLS);
        Self { numbers: FxHashMap::default(), places: Vec::new(), by_crow: Vec::new(), rows }
    }
    fn pair(&self, from: Point, to: Point) -> Option<(u32, u32)> {
        Some((*self.numbers.get(&from)?, *self.numbers.get(&to)?))
    }
    fn flies(&self, (a, b): (u32, u32)) -> bool {
        self.by_crow[a as usize] || self.by_crow[b as usize]
    }
}

/// [`TravelTimes`] out of a source of tables: a new place costs one row and one column, each asked for once.
#[derive(Debug)]
pub struct TableTravel<T> {
    source: T,
    crow: GreatCircle,
    known: RwLock<Known>,
    /// Held by whoever asks the source; until when it is left alone.
    asking: Mutex<Option<Instant>>,
}

impl<T: Tables> TableTravel<T> {
    /// Ways as the source tells them.
    pub fn new(source: T) -> Self {
        let known = RwLock::new(Known::new());
        Self { source, crow: GreatCircle::default(), known, asking: Mutex::new(None) }
    }
    /// The source.
    pub fn source(&self) -> &T {
        &self.source
    }

    fn ask(&self, from: &[Place], to: &[Place], rest: &mut Option<Instant>) -> Option<Table> {
        if rest.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        match self.source.table(from, to) {
            Ok(table) => {
                *rest = None;
                Some(table)
            }
            Err(error) => {
                tracing::warn!(%error, "no travel times: new places are told as the crow flies");
                *rest = Some(Instant::now() + PAUSE);
                None
            }
        }
    }

    /// Asks for the row and the column of a new place.
    fn meet(&self, place: &Place) {
        let point = Point::of(place);
        let mut rest = self.asking.lock();
        let known = self.known.read();
        if known.numbers.contains_key(&point) {
            return;
        }
        let full = known.places.len() >= PLACES;
        let others = if full { Vec::new() } else { known.places.clone() };
        drop(known);
        let one = std::slice::from_ref(place);
        let row = if others.is_empty() { Some(Table::default()) } else { self.ask(one, &others, &mut rest) };
        let column = match &row {
            Some(_) if !others.is_empty() => self.ask(&others, one, &mut rest),
            Some(_) => Some(Table::default()),
            None => None,
        };
        let mut known = self.known.write();
        if full {
            *known = Known::new();
        }
        let number = known.places.len() as u32;
        known.numbers.insert(point, number);
        known.places.push(*place);
        let tables = row.zip(column);
        known.by_crow.push(tables.is_none());
        let count = known.places.len();
        known.rows.open(number, count);
        let Some((row, column)) = tables else { return };
        for (other, cell) in (0..).zip(&row.cells) {
            known.rows.put(number, other, *cell);
        }
        for (other, cell) in (0..).zip(&column.cells) {
            if !known.rows.put(other, number, *cell) {
                known.rows.open(other, count);
                known.rows.put(other, number, *cell);
            }
        }
    }

    /// Asks again for a row that was forgotten.
    fn again(&self, from: u32, to: u32) -> Option<Cell> {
        let mut rest = self.asking.lock();
        let places = self.known.read().places.clone();
        let place = places.get(from as usize)?;
        let table = self.ask(std::slice::from_ref(place), &places, &mut rest);
        let mut known = self.known.write();
        let Some(table) = table else {
            known.by_crow[from as usize] = true;
            return None;
        };
        let count = known.places.len();
        known.rows.open(from, count);
        for (other, cell) in (0..).zip(&table.cells) {
            known.rows.put(from, other, *cell);
        }
        table.cells.get(to as usize).copied()
    }
}

impl<T: Tables> TravelTimes for TableTravel<T> {
    fn leg(&self, from: &Place, to: &Place) -> Leg {
        let points = (Point::of(from), Point::of(to));
        if points.0 == points.1 {
            return Leg::default();
        }
        // A place may be forgotten while the other one is met; twice it is not.
        for _ in 0..3 {
            let known = self.known.read();
            let Some(pair) = known.pair(points.0, points.1) else {
                let missing: Vec<&Place> = [(points.0, from), (points.1, to)]
                    .into_iter()
                    .filter(|(point, _)| !known.numbers.contains_key(point))
                    .map(|(_, place)| place)
                    .collect();
                drop(known);
                for place in missing {
                    self.meet(place);
                }
                continue;
            };
            if known.flies(pair) {
                break;
            }
            if let Some(cell) = known.rows.get(pair.0, pair.1) {
                return cell.leg();
            }
            drop(known);
            if let Some(cell) = self.again(pair.0, pair.1) {
                return cell.leg();
            }
        }
        self.crow.leg(from, to)
    }
}
