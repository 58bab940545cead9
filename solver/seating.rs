//! Places for all seats of a visit at once: masters, positions, and a start that suits them all.
//!
//! The start of a visit is the earliest one its masters have in common, so it is the earliest of one of them: those
//! starts are tried one by one, with those to which pauses then push somebody, and at each of them every seat is an ordinary job with a window of one moment.

use crate::model::{Model, Need};
use crate::state::State;

/// Common starts tried at most; of more, those at which some seat costs least.
const STARTS: usize = 64;
/// How often pauses may push a common start on.
const PUSHES: usize = 3;
/// Masters looked at for each seat at most.
const MASTERS: usize = 24;

/// A seat to be filled: what it asks for, and who may take it at which bond.
pub(crate) struct Seat {
    pub need: Need,
    pub masters: Vec<(u32, i64)>,
}

/// What a master would cost in a seat at least, who he is with his bond, and his starts with what each costs.
type Alone = (i64, (u32, i64), Vec<(i64, i64)>);

/// A way to fill all seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seating {
    /// What it costs, bonds included.
    pub delta: i64,
    pub start: i64,
    /// Master and position of each seat.
    pub places: Vec<(u32, usize)>,
}

impl State {
    /// The cheapest ways to fill seats together, one for each start, `most` of them.
    pub(crate) fn seatings(&self, seats: &mut [Seat], most: usize) -> Vec<Seating> {
        self.seatings_each(seats, most, 1)
    }

    /// The same with so many for each start.
    pub(crate) fn seatings_each(&self, seats: &mut [Seat], most: usize, each: usize) -> Vec<Seating> {
        if !share_windows(seats) {
            return Vec::new();
        }
        let mut found: Vec<Seating> = Vec::new();
        if let [seat] = seats {
            for &(m, bond) in &seat.masters {
                let tour = &self.tours[m as usize];
                for at in self.floor(m)..=tour.visits.len() {
                    if let Some((cost, start)) = self.model.fit(m, tour, at, &seat.need) {
                        let delta = cost.total() + bond;
                        found.push(Seating { delta, start, places: vec![(m, at)] });
                    }
                }
            }
        } else {
            for start in self.starts(seats) {
                for seat in seats.iter_mut() {
                    seat.need.hold(start);
                }
                found.extend(self.seated_at(seats, start, each));
            }
        }
        found.sort_by(|a, b| (a.delta, a.start, &a.places).cmp(&(b.delta, b.start, &b.places)));
        found.truncate(most);
        found
    }

    /// Earliest starts of single seats, in order. Leaves each seat the masters who would be cheapest if it were alone.
    fn starts(&self, seats: &mut [Seat]) -> Vec<i64> {
        let mut starts: Vec<(i64, i64)> = Vec::new();
        for seat in seats.iter_mut() {
            let mut alone: Vec<Alone> = Vec::new();
            for &(m, bond) in &seat.masters {
                let tour = &self.tours[m as usize];
                let fits = (self.floor(m)..=tour.visits.len())
                    .filter_map(|at| self.model.fit(m, tour, at, &seat.need))
                    .map(|(cost, start)| (start, cost.total() + bond));
                let own: Vec<(i64, i64)> = fits.collect();
                if let Some(least) = own.iter().map(|&(_, cost)| cost).min() {
                    alone.push((least, (m, bond), own));
                }
            }
            if alone.len() > MASTERS {
                alone.sort_unstable();
                alone.truncate(MASTERS);
            }
            seat.masters = alone.iter().map(|&(_, master, _)| master).collect();
            starts.extend(alone.into_iter().flat_map(|(.., own)| own));
        }
        starts.sort_unstable();
        starts.dedup_by_key(|start| start.0);
        starts.sort_unstable_by_key(|&(start, cost)| (cost, start));
        starts.truncate(STARTS);
        let mut starts: Vec<i64> = starts.into_iter().map(|start| start.0).collect();
        for _ in 0..PUSHES {
            let pushed = self.pushed(seats, &starts);
            if pushed.is_empty() {
                break;
            }
            starts.extend(pushed);
        }
        starts.sort_unstable();
        starts
    }

    /// Starts not known yet to which pauses push some seat that begins no sooner than one of these.
    fn pushed(&self, seats: &[Seat], starts: &[i64]) -> Vec<i64> {
        let mut pushed = Vec::new();
        for seat in seats {
            let timed = seat.masters.iter().map(|master| master.0).filter(|&m| self.model.is_timed(m));
            for m in timed {
                let tour = &self.tours[m as usize];
                for &from in starts {
                    let mut need = seat.need.clone();
                    if need.clip(from, i64::MAX / 4) {
                        let fits = (self.floor(m)..=tour.visits.len())
                            .filter_map(|at| self.model.fit(m, tour, at, &need));
                        pushed.extend(fits.map(|(_, start)| start).filter(|start| !starts.contains(start)));
                    }
                }
            }
        }
        pushed.sort_unstable();
        pushed.dedup();
        pushed.truncate(STARTS);
        pushed
    }

    /// The cheapest ways to fill seats that all start at one moment.
    fn seated_at(&self, seats: &[Seat], start: i64, each: usize) -> Vec<Seating> {
        let mut choices: Vec<Vec<(i64, u32, usize)>> = Vec::with_capacity(seats.len());
        for seat in seats {
            let mut own: Vec<(i64, u32, usize)> = Vec::new();
            for &(m, bond) in &seat.masters {
                let tour = &self.tours[m as usize];
                if let Some(spot) = self.model.best_in(m, tour, self.floor(m), &seat.need) {
                    own.push((spot.delta + bond, m, spot.position));
                }
            }
            // Others take no more masters away than there are other seats.
            own.sort_unstable();
            own.truncate(seats.len() + each - 1);
            if own.is_empty() {
                return Vec::new();
            }
            choices.push(own);
        }
        let mut ways = Vec::new();
        pick(&choices, start, &mut Vec::new(), 0, &mut ways);
        ways.sort_by(|a, b| (a.delta, &a.places).cmp(&(b.delta, &b.places)));
        ways.truncate(each);
        ways
    }
}

/// Tries all ways to give each seat a master of its own.
fn pick(
    choices: &[Vec<(i64, u32, usize)>],
    start: i64,
    taken: &mut Vec<(u32, usize)>,
    delta: i64,
    ways: &mut Vec<Seating>,
) {
    let Some(own) = choices.get(taken.len()) else {
        ways.push(Seating { delta, start, places: taken.clone() });
        return;
    };
    for &(cost, m, position) in own {
        if taken.iter().all(|&(other, _)| other != m) {
            taken.push((m, position));
            pick(choices, start, taken, delta + cost, ways);
            taken.pop();
        }
    }
}

/// Leaves every seat the windows all of them have; false when there are none.
fn share_windows(seats: &mut [Seat]) -> bool {
    let Some(first) = seats.first() else { return false };
    let mut common: Vec<(i64, i64)> = first.need.windows().to_vec();
    for seat in &seats[1..] {
        let both = |a: &(i64, i64), b: &(i64, i64)| (a.0.max(b.0), a.1.min(b.1));
        let pairs = common.iter().flat_map(|a| seat.need.windows().iter().map(move |b| both(a, b)));
        common = pairs.filter(|w| w.0 <= w.1).collect();
    }
    common.sort_unstable();
    if common.is_empty() {
        return false;
    }
    for seat in seats {
        seat.need.release(&common);
    }
    true
}

impl Model {
    /// A need of its own for a seat, by the job's own windows, as seatings ask for: a seat tried, not one in a tour.
    pub(crate) fn seat_need(&self, j: u32) -> Need {
        let slot = &self.jobs[j as usize];
        let mut need = slot.need.clone();
        need.release(&slot.own);
        need.own = crate::model::NONE;
        need
    }
}
