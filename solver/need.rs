//! What a placement asks of a job: where, how long, and when it may start.

use crate::grid::Spot;
use crate::job::Job;
use crate::model::NONE;
use crate::part::Part;
use crate::place::Place;

/// What a placement asks of a job: common to jobs and drafts.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub place: Place,
    pub service: i64,
    /// Begin and end of the first window.
    open: i64,
    close: i64,
    /// Whether there are more windows than the first.
    several: bool,
    /// Whether parts or tools are needed at all.
    pub asks: bool,
    /// Whether it matters which of the masters who may does it.
    pub wishful: bool,
    pub due: i64,
    pub lateness_permille: i64,
    /// The slot of the job; none for a draft.
    pub own: u32,
    /// The job's row in the grid of ways, if it has one.
    pub node: u32,
    /// Sorted and disjoint, never empty.
    windows: Vec<(i64, i64)>,
    pub parts: Vec<Part>,
    pub tools: Vec<u16>,
    pub kind: Option<u16>,
}

impl Need {
    pub(crate) fn new(job: &Job) -> Self {
        let mut windows = job.windows.clone();
        windows.sort_unstable();
        if let Some(start) = job.pinned.and_then(|pin| pin.start) {
            windows = vec![(start, start)];
        }
        if let Some(release) = job.release.filter(|_| job.pinned.is_none_or(|pin| pin.start.is_none())) {
            if windows.is_empty() {
                windows.push((release, i64::MAX / 4));
            }
            let last = windows.last().map_or(release, |w| w.1);
            windows.retain(|w| w.1 >= release);
            windows.iter_mut().for_each(|w| w.0 = w.0.max(release));
            if windows.is_empty() {
                // No master is let near it: `Model::barred` says by how much the part comes too late.
                windows.push((last, last));
            }
        }
        if let Some((from, to)) = job.chained() {
            if windows.is_empty() {
                windows.push((i64::MIN / 4, i64::MAX / 4));
            }
            let last = windows.last().map_or(from, |w| w.1);
            windows.retain(|w| w.1 >= from && w.0 <= to);
            windows.iter_mut().for_each(|w| *w = (w.0.max(from), w.1.min(to)));
            if windows.is_empty() {
                // As above: nobody is let near it.
                windows.push((last, last));
            }
        }
        let mut parts: Vec<Part> = Vec::new();
        for part in job.parts.iter().filter(|part| part.count > 0) {
            match parts.iter_mut().find(|p| p.part == part.part) {
                Some(same) => same.count = same.count.saturating_add(part.count),
                None => parts.push(*part),
            }
        }
        let mut need = Self {
            place: job.place,
            service: job.service,
            open: 0,
            close: 0,
            several: false,
            asks: !parts.is_empty() || !job.tools.is_empty(),
            wishful: !job.preferred.is_empty() || job.zone.is_some(),
            due: job.due.unwrap_or(i64::MAX / 4),
            lateness_permille: job.lateness_permille,
            own: NONE,
            node: NONE,
            windows: Vec::new(),
            parts,
            tools: job.tools.clone(),
            kind: job.kind,
        };
        need.set_windows(windows);
        need
    }

    /// Where it is, with its row in the grid.
    #[inline]
    pub(crate) fn spot(&self) -> Spot<'_> {
        Spot { node: self.node, place: &self.place }
    }

    /// Takes these windows, sorted, in place of the present ones; none means at any time.
    pub(crate) fn set_windows(&mut self, mut windows: Vec<(i64, i64)>) {
        if windows.is_empty() {
            windows.push((i64::MIN / 4, i64::MAX / 4));
        }
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(windows.len());
        for window in windows {
            match joined.last_mut() {
                Some(last) if window.0 <= last.1 => last.1 = last.1.max(window.1),
                _ => joined.push(window),
            }
        }
        (self.open, self.close) = joined[0];
        self.several = joined.len() > 1;
        self.windows = joined;
    }

    pub(crate) fn windows(&self) -> &[(i64, i64)] {
        &self.windows
    }

    /// Allows one start only.
    #[inline]
    pub(crate) fn hold(&mut self, start: i64) {
        self.release(&[(start, start)]);
    }

    /// Allows these windows, sorted, disjoint and at least one.
    pub(crate) fn release(&mut self, own: &[(i64, i64)]) {
        self.windows.clear();
        self.windows.extend_from_slice(own);
        (self.open, self.close) = own.first().copied().unwrap_or((self.open, self.close));
        self.several = own.len() > 1;
    }

    /// Leaves only starts between two moments; false, and the windows as they are, when that leaves none.
    pub(crate) fn clip(&mut self, from: i64, to: i64) -> bool {
        let clipped: Vec<(i64, i64)> = self.windows.iter().map(|w| (w.0.max(from), w.1.min(to))).collect();
        let left: Vec<(i64, i64)> = clipped.into_iter().filter(|w| w.0 <= w.1).collect();
        if left.is_empty() {
            return false;
        }
        self.release(&left);
        true
    }

    /// The first moment not before `arrive` at which the work may start.
    #[inline]
    pub(crate) fn earliest(&self, arrive: i64) -> Option<i64> {
        if arrive <= self.close {
            return Some(self.open.max(arrive));
        }
        if !self.several {
            return None;
        }
        self.windows.iter().find(|w| w.1 >= arrive).map(|w| w.0.max(arrive))
    }

    /// The last moment not after `bound` at which the work may start.
    #[inline]
    pub(crate) fn latest(&self, bound: i64) -> Option<i64> {
        if self.several {
            return self.windows.iter().rev().find(|w| w.0 <= bound).map(|w| w.1.min(bound));
        }
        (self.open <= bound).then(|| self.close.min(bound))
    }

    /// The window a start lies in.
    #[inline]
    pub(crate) fn window_of(&self, start: i64) -> (i64, i64) {
        if self.several && start > self.close {
            return self.windows.iter().copied().find(|w| w.1 >= start).unwrap_or((self.open, self.close));
        }
        (self.open, self.close)
    }

    /// Parts of all kinds together: how hard the job is to place in a van.
    pub(crate) fn bulk(&self) -> i64 {
        self.parts.iter().map(|part| i64::from(part.count)).sum()
    }

    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.lateness_permille > 0 && self.due < i64::MAX / 4
    }

    #[inline]
    pub(crate) fn lateness(&self, start: i64) -> i64 {
        if start <= self.due { 0 } else { (start - self.due) * self.lateness_permille / 1000 }
    }
}
