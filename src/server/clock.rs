//! The only places that read the system's clock and make identifiers.

use anyhow::Context;
use domain::{
    company::Company,
    ports::{Clock, Ids},
};
use jiff::{SignedDuration, Timestamp};
use parking_lot::RwLock;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use uuid::Uuid;

/// The real time.
#[derive(Debug, Clone, Copy)]
pub struct WallClock;

/// The zone of the demo town.
pub const TOWN_ZONE: &str = "Asia/Yekaterinburg";

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    fn zone(&self) -> String {
        jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").into()
    }
}

/// A clock in the zone that the firm has chosen.
pub struct HouseClock {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The firm, once it is founded.
    pub company: Arc<RwLock<Option<Company>>>,
}

impl Clock for HouseClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    fn lapse(&self) -> f64 {
        self.clock.lapse()
    }
    fn zone(&self) -> String {
        let chosen = self.company.read().as_ref().map(|company| company.card.zone.clone());
        chosen.unwrap_or_else(|| self.clock.zone())
    }
}

/// A demo city's time: runs faster, stands still while the server is off.
#[derive(Debug)]
pub struct CityClock {
    began: Timestamp,
    since: Instant,
    lapse: f64,
    file: PathBuf,
}

/// The city never goes back: it skips what may have passed between two writes of the file.
const SKIP_SECONDS: f64 = 6.0;

impl CityClock {
    /// Goes on where the city stopped, or begins on the morning of the given day.
    pub fn open(folder: &Path, lapse: f64, morning: Timestamp) -> anyhow::Result<Self> {
        let file = folder.join("city.clock");
        let began = match std::fs::read_to_string(&file) {
            Ok(text) => {
                let stopped: Timestamp =
                    text.trim().parse().with_context(|| format!("`{}` holds no time", file.display()))?;
                stopped + SignedDuration::from_secs_f64(SKIP_SECONDS * lapse)
            }
            Err(_) => morning,
        };
        Ok(Self { began, since: Instant::now(), lapse, file })
    }
    /// Writes the time down; to be called every few seconds.
    pub fn save(&self) -> std::io::Result<()> {
        let fresh = self.file.with_extension("new");
        std::fs::write(&fresh, self.now().to_string())?;
        std::fs::rename(fresh, &self.file)
    }
}
impl Clock for CityClock {
    fn now(&self) -> Timestamp {
        self.began + SignedDuration::from_secs_f64(self.since.elapsed().as_secs_f64() * self.lapse)
    }
    fn lapse(&self) -> f64 {
        self.lapse
    }
    fn zone(&self) -> String {
        TOWN_ZONE.into()
    }
}

/// UUIDv7 by the system's clock and randomness.
#[derive(Debug, Clone, Copy)]
pub struct FreshIds;

impl Ids for FreshIds {
    #[expect(clippy::disallowed_methods, reason = "this is where ids are made")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
