//! The city's clock bound to the runtime's, which stands still until nobody has anything to do.

use domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// Monday, 2 March 2026, 06:00 UTC: when every branch opens.
pub const MORNING: i64 = 1_772_431_200;

/// The instant so many seconds after the opening.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(MORNING + seconds).expect("within the calendar")
}

/// A clock that shows what the runtime's clock shows, so many times as fast.
#[derive(Debug)]
pub struct PausedClock {
    opened: Instant,
    lapse: f64,
    broken: AtomicBool,
}

impl PausedClock {
    /// A clock that starts at [`MORNING`] and shows `lapse` seconds for each second of the runtime.
    pub fn new(lapse: f64) -> Self {
        Self { opened: Instant::now(), lapse, broken: AtomicBool::new(false) }
    }
    /// The clock of another house in the same city.
    pub fn same(&self) -> Self {
        Self { opened: self.opened, lapse: self.lapse, broken: AtomicBool::new(false) }
    }
    /// The next one who asks for the time panics.
    pub fn break_once(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.swap(false, Ordering::SeqCst), "the clock was broken by a test");
        let passed = self.opened.elapsed().as_secs_f64() * self.lapse;
        at(0) + SignedDuration::from_micros((passed * 1e6) as i64)
    }
    fn lapse(&self) -> f64 {
        self.lapse
    }
}
