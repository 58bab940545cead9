//! The best places of jobs in tours that have not changed since: most of a search asks the same again.

use crate::insertion::Spot;

/// Places remembered at most.
const LIMIT: usize = 1 << 18;

/// What is remembered; a version of zero is that of no tour.
#[derive(Clone, Copy, Default)]
struct Entry {
    version: u32,
    job: u32,
    position: u32,
    delta: i32,
}

/// Places by job and tour; of two that share a slot the later one stays.
pub(crate) struct Memory {
    entries: Vec<Entry>,
    masters: usize,
}

/// No place at all, as a position.
const NOWHERE: u32 = u32::MAX;

impl Memory {
    pub(crate) fn new(jobs: usize, masters: usize) -> Self {
        let size = (jobs * masters).clamp(1, LIMIT).next_power_of_two();
        Self { entries: vec![Entry::default(); size], masters }
    }

    #[inline]
    fn slot(&self, j: u32, m: u32) -> usize {
        (j as usize * self.masters + m as usize) & (self.entries.len() - 1)
    }

    /// What is known of a job in this state of a tour: nothing, or the best place or that there is none.
    #[inline]
    pub(crate) fn get(&self, j: u32, m: u32, version: u32) -> Option<Option<Spot>> {
        let entry = &self.entries[self.slot(j, m)];
        if entry.version != version || entry.job != j {
            return None;
        }
        let spot = Spot { delta: entry.delta.into(), master: m, position: entry.position as usize };
        Some((entry.position != NOWHERE).then_some(spot))
    }

    #[inline]
    pub(crate) fn set(&mut self, j: u32, m: u32, version: u32, spot: Option<Spot>) {
        let slot = self.slot(j, m);
        let (position, delta) = spot.map_or((NOWHERE, 0), |spot| (spot.position as u32, spot.delta));
        // What does not fit is not remembered.
        if let Ok(delta) = i32::try_from(delta) {
            self.entries[slot] = Entry { version, job: j, position, delta };
        }
    }
}
