//! A diary of what the server said yes to; a crash test reads it after the restart.

use serde_json::Value;
use tokio::sync::mpsc;

/// A command the server has acknowledged.
#[derive(Debug, Clone, PartialEq)]
pub struct Ack {
    /// Whose.
    pub login: String,
    /// Its idempotency key.
    pub id: String,
    /// `visit.accept`.
    pub name: String,
    /// Arguments.
    pub args: Value,
    /// What the server returned.
    pub ok: Value,
    /// The server had carried it out before.
    pub dup: bool,
}

/// Somebody who writes acknowledged commands down.
pub trait AckLog: Send + Sync + 'static {
    /// The server said yes.
    fn acknowledged(&self, ack: Ack);
}

/// Writes nothing down.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLog;

impl AckLog for NoLog {
    fn acknowledged(&self, _: Ack) {}
}

impl AckLog for mpsc::UnboundedSender<Ack> {
    fn acknowledged(&self, ack: Ack) {
        if self.send(ack).is_err() {
            tracing::debug!("nobody reads the diary of acknowledged commands any more");
        }
    }
}
