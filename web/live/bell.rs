//! How a topic wakes a connection: at most once per lane until the connection has looked.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

/// How soon a topic's news must be on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Personal: calls of an operator, jobs of a master. At once.
    Personal,
    /// Shared tables: gathered for a moment, so that a burst becomes one frame.
    Shared,
    /// Figures that nobody reads faster than once a second.
    Figures,
}

impl Lane {
    /// Personal news first: a ringing call is never behind a burst on the board.
    pub(crate) const ALL: [Self; 3] = [Self::Personal, Self::Shared, Self::Figures];

    /// The lane of a topic.
    pub(crate) fn of(topic: &str) -> Self {
        match topic {
            "kpi" => Self::Figures,
            "board" | "campaigns" | "month" | "policy" | "queue" | "requests" | "presence" => Self::Shared,
            _ => Self::Personal,
        }
    }
    /// How long news are gathered.
    pub(crate) const fn window(self) -> Duration {
        match self {
            Self::Personal => Duration::ZERO,
            Self::Shared => Duration::from_millis(20),
            Self::Figures => Duration::from_secs(1),
        }
    }
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// One per connection.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: AtomicU8,
    wake: Notify,
}

impl Bell {
    /// Says that a lane has news. Cheap when it has been said already.
    pub(crate) fn ring(&self, lane: Lane) {
        if self.rung.fetch_or(lane.bit(), Ordering::AcqRel) & lane.bit() == 0 {
            self.wake.notify_one();
        }
    }
    /// Has the lane been rung since it was last hushed?
    pub(crate) fn has_rung(&self, lane: Lane) -> bool {
        self.rung.load(Ordering::Acquire) & lane.bit() != 0
    }
    /// Clears a lane; must come before its topics are read, so that later news ring again.
    pub(crate) fn hush(&self, lane: Lane) {
        self.rung.fetch_and(!lane.bit(), Ordering::AcqRel);
    }
    /// Waits for the next ring.
    pub(crate) async fn heard(&self) {
        self.wake.notified().await;
    }
}
