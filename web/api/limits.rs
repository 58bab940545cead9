//! How often somebody may ask: a bucket for commands, a tally for the door.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Lets `rate` things a second through, as many at once after a quiet second.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: f64,
    left: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(rate: u32, now: Instant) -> Self {
        Self { rate: rate.into(), left: rate.into(), at: now }
    }
    /// Takes one; `false` when there is none left.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.left = (self.left + now.duration_since(self.at).as_secs_f64() * self.rate).min(self.rate);
        self.at = now;
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

/// How long failures at the door are remembered.
const MEMORY: Duration = Duration::from_secs(300);
/// Tallies after which the old ones are thrown away.
const MANY: usize = 4096;

/// Counts attempts at the door by name: a login, an address, both.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    tallies: Mutex<HashMap<String, Tally>>,
}

#[derive(Debug)]
struct Tally {
    since: Instant,
    count: u32,
}

impl Attempts {
    /// Counts an attempt under every name before it is made, so that many at once do not slip through.
    /// Refused with the time to wait when one of them has had its limit.
    pub(crate) fn take(&self, names: &[(String, u32)], now: Instant) -> Result<(), Duration> {
        let mut tallies = self.tallies.lock();
        if tallies.len() > MANY {
            tallies.retain(|_, tally| now - tally.since < MEMORY);
        }
        for (name, limit) in names {
            let Some(tally) = tallies.get(name) else { continue };
            if tally.count >= *limit && now - tally.since < MEMORY {
                return Err(MEMORY - (now - tally.since));
            }
        }
        for (name, _) in names {
            let tally = tallies.entry(name.clone()).or_insert(Tally { since: now, count: 0 });
            if now - tally.since >= MEMORY {
                *tally = Tally { since: now, count: 0 };
            }
            tally.count += 1;
        }
        Ok(())
    }

    /// The attempt was a good one: it does not count.
    pub(crate) fn forgive(&self, names: &[(String, u32)]) {
        let mut tallies = self.tallies.lock();
        for (name, _) in names {
            if let Some(tally) = tallies.get_mut(name) {
                tally.count = tally.count.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_again() {
        let now = Instant::now();
        let mut bucket = Bucket::new(50, now);
        assert_eq!((0..60).filter(|_| bucket.take(now)).count(), 50);
        let later = now + Duration::from_millis(100);
        assert_eq!((0..60).filter(|_| bucket.take(later)).count(), 5);
        let much_later = now + Duration::from_secs(100);
        assert_eq!((0..60).filter(|_| bucket.take(much_later)).count(), 50);
    }

    #[test]
    fn the_door_opens_again_after_a_while() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let names = [("anna".to_owned(), 3)];
        for _ in 0..2 {
            attempts.take(&names, now).expect("let in");
        }
        attempts.forgive(&names);
        for _ in 0..2 {
            attempts.take(&names, now).expect("let in");
        }
        assert_eq!(attempts.take(&names, now), Err(MEMORY));
        assert_eq!(attempts.take(&names, now + MEMORY), Ok(()));
    }
}
