//! A screen without a screen: logs in, keeps a WebSocket open, sees rows of its topics, gives commands.
//!
//! A [`Link`] outlives the server: after a restart it comes back by itself, and commands that were not yet
//! acknowledged are sent again under the same key.

pub mod backoff;
pub mod pending;
pub mod topics;
pub mod wire;

use crate::{ack::AckLog, clock::CityClock};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use topics::Topics;

/// The server said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status of the problem; 0 when the link was closed meanwhile.
    pub status: u16,
    /// `/problems/visit-state`.
    pub kind: String,
    /// For a person.
    pub detail: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`: {}", self.status, self.kind, self.detail)
    }
}

impl std::error::Error for Refused {}

/// What a link needs to know to come in.
#[derive(Clone)]
pub struct Plug {
    /// `http://127.0.0.1:8080`.
    pub http: String,
    /// What is typed at the door.
    pub login: String,
    /// The password.
    pub password: String,
    /// What is watched.
    pub topics: Vec<String>,
    /// Set by what the server tells.
    pub clock: CityClock,
    /// Where acknowledged commands are written down.
    pub acks: Arc<dyn AckLog>,
}

/// A command on its way to the wire.
#[derive(Debug)]
pub struct Order {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Value,
    /// The version that was seen.
    pub rev: Option<u64>,
    /// Who waits for the answer; nobody: it is sent once, and lost with the line.
    pub reply: Option<oneshot::Sender<Result<Value, Refused>>>,
}

/// What both ends of a link share.
#[derive(Debug)]
pub(crate) struct Shared {
    topics: Mutex<Topics>,
    changed: watch::Sender<u64>,
    /// How many times the server was reached.
    sessions: watch::Sender<u64>,
    /// What lets this login in by HTTP as well.
    cookie: Mutex<Option<String>>,
}

impl Shared {
    pub(crate) fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn note_change(&self) {
        self.changed.send_modify(|n| *n += 1);
    }
    pub(crate) fn note_cookie(&self, cookie: &str) {
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie.to_owned());
    }
    pub(crate) fn note_session(&self) {
        self.sessions.send_modify(|n| *n += 1);
    }
}

/// One login at work. Dropping it logs nothing out, it only hangs up.
#[derive(Debug)]
pub struct Link {
    http: String,
    login: String,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedSender<Order>,
    seen: watch::Receiver<u64>,
}

impl Link {
    /// Comes in and stays; returns at once.
    pub fn open(plug: Plug) -> Self {
        let shared = Arc::new(Shared {
            topics: Mutex::new(Topics::default()),
            changed: watch::Sender::new(0),
            sessions: watch::Sender::new(0),
            cookie: Mutex::new(None),
        });
        let http = plug.http.clone();
        let (orders, ordered) = mpsc::unbounded_channel();
        let (login, seen) = (plug.login.clone(), shared.changed.subscribe());
        tokio::spawn(wire::Wire::new(plug, shared.clone(), ordered).run());
        Self { http, login, shared, orders, seen }
    }
    /// Whose link it is.
    pub fn login(&self) -> &str {
        &self.login
    }
    /// Looks at the rows of a topic.
    pub fn look<T>(&self, topic: &str, look: impl FnOnce(&topics::Rows) -> T) -> T {
        look(self.shared.topics().rows(topic))
    }
    /// Has the topic been shown since the line was last opened?
    pub fn is_live(&self, topic: &str) -> bool {
        self.shared.topics().is_live(topic)
    }
    /// Grows with every session: another number means that the line was broken meanwhile.
    pub fn sessions(&self) -> u64 {
        *self.shared.sessions.borrow()
    }
    /// Waits until a row has changed since the last wait.
    pub async fn changed(&mut self) {
        if self.seen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
    /// Gives a command and waits for its answer, over restarts of the server if need be.
    pub async fn command(&self, name: &str, args: Value) -> Result<Value, Refused> {
        let (reply, answer) = oneshot::channel();
        self.send(Order { name: name.into(), args, rev: None, reply: Some(reply) });
        let closed = || Refused { status: 0, kind: "closed".into(), detail: "the link is closed".into() };
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
    /// Gives a command that may be lost: a position.
    pub fn tell(&self, name: &str, args: Value) {
        self.send(Order { name: name.into(), args, rev: None, reply: None });
    }
    /// Sends a file in one piece, by the hash of its bytes.
    ///
    /// # Errors
    /// Nobody is signed in, or the server did not take it.
    pub async fn bring(&self, name: &str, bytes: &'static [u8]) -> anyhow::Result<()> {
        let cookie = self.shared.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let door = reqwest::Client::builder().user_agent(wire::AGENT).timeout(wire::DOOR).build()?;
        let sent = door
            .patch(format!("{}/api/blobs/{name}", self.http))
            .header("cookie", cookie.unwrap_or_default())
            .header("origin", &self.http)
            .header("upload-offset", "0")
            .header("upload-length", bytes.len().to_string())
            .body(bytes);
        sent.send().await?.error_for_status()?;
        Ok(())
    }
    fn send(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::debug!(login = %self.login, "the link is closed already");
        }
    }
}

#[cfg(test)]
mod tests;
