//! How short a stretch of a tour can be, whenever it starts: lets waiting be counted as if he left as late as he may.
//!
//! After the concatenation of time-window segments by Vidal, Crainic, Gendreau and Prins (2013).

/// A stretch of a tour: its least duration, and the earliest and the latest start at which it takes no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub duration: i64,
    early: i64,
    late: i64,
}

impl Span {
    /// Work that may start within a window.
    #[inline]
    pub(crate) fn new(duration: i64, window: (i64, i64)) -> Self {
        Self { duration, early: window.0, late: window.1 }
    }

    /// Whether the other stretch can still be started in time after this one and a way.
    #[inline]
    pub(crate) fn reaches(&self, way: i64, next: &Self) -> bool {
        self.early + self.duration + way <= next.late
    }

    /// This stretch, then a way, then another stretch. Both have to be in time together.
    #[inline]
    pub(crate) fn then(self, way: i64, next: Self) -> Self {
        let shift = self.duration + way;
        let wait = (next.early - shift - self.late).max(0);
        Self {
            duration: shift + next.duration + wait,
            early: (next.early - shift).max(self.early) - wait,
            late: (next.late - shift).min(self.late),
        }
    }
}
