//! The city's clock as the server tells it: one instant and a rate, carried on by our own stopwatch.

use jiff::Timestamp;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The instant the server told last, and when we heard it.
#[derive(Debug, Clone, Copy)]
struct Told {
    city_ms: i64,
    heard: Instant,
    lapse: f64,
}

/// The city's clock; clones tell the same time.
#[derive(Debug, Clone)]
pub struct CityClock {
    told: Arc<Mutex<Told>>,
}

impl CityClock {
    /// A clock that nobody has set by the server yet.
    pub fn new(now: Timestamp, lapse: f64) -> Self {
        let told = Told { city_ms: now.as_millisecond(), heard: Instant::now(), lapse: lapse.max(0.001) };
        Self { told: Arc::new(Mutex::new(told)) }
    }
    /// The server told its time.
    pub fn set(&self, city_ms: i64, lapse: Option<f64>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let lapse = lapse.filter(|l| *l > 0.0).unwrap_or(told.lapse);
        *told = Told { city_ms, heard: Instant::now(), lapse };
    }
    fn told(&self) -> Told {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// City seconds a real second.
    pub fn lapse(&self) -> f64 {
        self.told().lapse
    }
    /// Now, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        let told = self.told();
        told.city_ms + (told.heard.elapsed().as_secs_f64() * told.lapse * 1_000.0) as i64
    }
    /// Now.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
    /// How long so many seconds of the city really take.
    pub fn real(&self, city_s: f64) -> Duration {
        Duration::from_secs_f64((city_s / self.lapse()).clamp(0.0, 86_400.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_minute_passes_in_a_second() {
        let clock = CityClock::new(Timestamp::UNIX_EPOCH, 1.0);
        clock.set(1_000, Some(60.0));
        let started = Instant::now();
        std::thread::yield_now();
        let (now, most) = (clock.now_ms(), 1_000 + (started.elapsed().as_secs_f64() * 60_000.0) as i64 + 60);
        assert!((1_000..=most).contains(&now), "{now}");
        assert_eq!(clock.real(90.0), Duration::from_millis(1_500));
        clock.set(5_000, None);
        assert!((clock.lapse() - 60.0).abs() < 1e-9, "a pong tells no rate");
    }
}
