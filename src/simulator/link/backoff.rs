//! How long to wait before knocking again: longer every time, and never all at once.

use crate::chance::Chance;
use std::time::Duration;

/// Waits between attempts.
#[derive(Debug)]
pub struct Backoff {
    attempt: u32,
    chance: Chance,
}

impl Backoff {
    /// From the beginning.
    pub fn new() -> Self {
        Self { attempt: 0, chance: Chance::fresh() }
    }
    /// The next wait: 0.25 s doubling up to 8 s, from half to one and a half of it.
    pub fn wait(&mut self) -> Duration {
        let base = 0.25 * f64::from(1u32 << self.attempt.min(5));
        self.attempt += 1;
        Duration::from_secs_f64(base * self.chance.span(0.5, 1.5))
    }
    /// It worked.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let mut backoff = Backoff::new();
        let first = backoff.wait();
        assert!(first >= Duration::from_millis(125) && first <= Duration::from_millis(375));
        let waits: Vec<Duration> = (0..20).map(|_| backoff.wait()).collect();
        assert!(waits.iter().all(|w| *w <= Duration::from_secs(12)) && waits[19] >= Duration::from_secs(4));
        backoff.reset();
        assert!(backoff.wait() <= Duration::from_millis(375));
    }
}
