//! The news board as readers see it: every topic by name.

use crate::live::topic::Topic;
use domain::ports::NewsBoard;
use parking_lot::RwLock;
use rand::{TryRngCore, rngs::OsRng};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

/// Changes a topic remembers; a reader further behind gets a snapshot.
const RING: usize = 4096;

/// Keeps the rows of live topics and what changed in them last.
///
/// Publishing never waits for readers: a row is put under a short lock, and every reader takes from the topic
/// what it has missed when its own socket is ready for it.
#[derive(Debug)]
pub struct Hub {
    topics: RwLock<HashMap<String, Arc<Topic>>>,
    capacity: usize,
    screens: AtomicU64,
    is_over: watch::Sender<bool>,
}

impl Hub {
    /// A hub without topics; they appear when they are first named.
    pub fn new() -> Self {
        Self::with_ring(RING)
    }

    pub(crate) fn with_ring(capacity: usize) -> Self {
        Self {
            topics: RwLock::default(),
            capacity,
            screens: AtomicU64::new(0),
            is_over: watch::Sender::new(false),
        }
    }

    /// Begins a topic anew, without rows: for an owner that came back from a failure and publishes everything
    /// again. Readers are told why and subscribe again.
    pub fn restart(&self, topic: &str, reason: &str) {
        self.topic(topic).restart(incarnation(), reason);
    }

    /// The house closes: every live connection says goodbye (1012, service restart) and lets the house go.
    pub fn close(&self) {
        self.is_over.send_replace(true);
    }

    /// Waits until the house closes.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + use<> {
        let mut is_over = self.is_over.subscribe();
        async move {
            // A hub that is gone is over as well.
            let _ = is_over.wait_for(|is_over| *is_over).await;
        }
    }

    /// The rows of a topic as they are now.
    pub fn rows(&self, topic: &str) -> BTreeMap<String, Value> {
        let rows = self.topic(topic).rows();
        rows.into_iter().map(|(key, row)| (key, serde_json::from_str(&row).unwrap_or(Value::Null))).collect()
    }

    /// One row of a topic as it is now.
    pub(crate) fn row(&self, topic: &str, key: &str) -> Option<Value> {
        self.topic(topic).row(key).and_then(|row| serde_json::from_str(&row).ok())
    }

    /// How many rows, changes and readers each kind of topic has; personal topics are counted together.
    pub(crate) fn tallies(&self) -> Vec<Value> {
        let mut kinds: BTreeMap<String, [u64; 4]> = BTreeMap::new();
        for topic in self.topics.read().values() {
            let (rows, changes, readers) = topic.tally();
            let sums = kinds.entry(topic.public_name().to_owned()).or_default();
            for (sum, more) in sums.iter_mut().zip([1, rows, changes, readers]) {
                *sum += more;
            }
        }
        let row = |(name, [topics, rows, changes, readers]): (String, [u64; 4])| json!({ "name": name, "topics": topics, "rows": rows, "changes": changes, "readers": readers });
        kinds.into_iter().map(row).collect()
    }

    /// A name for a screen that has just connected.
    pub(crate) fn next_screen(&self) -> String {
        format!("screen_{}", self.screens.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The topic of a full name (`agent:operator_…`).
    pub(crate) fn topic(&self, name: &str) -> Arc<Topic> {
        if let Some(topic) = self.topics.read().get(name) {
            return Arc::clone(topic);
        }
        let mut topics = self.topics.write();
        let fresh = || Arc::new(Topic::new(name, incarnation(), self.capacity));
        Arc::clone(topics.entry(name.to_owned()).or_insert_with(fresh))
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl NewsBoard for Hub {
    fn publish(&self, topic: &str, key: &str, row: Option<Value>) {
        let row = row.filter(|row| !row.is_null()).map(|row| row.to_string());
        self.topic(topic).put(key, row);
    }
    fn is_read(&self, topic: &str) -> bool {
        self.topics.read().get(topic).is_some_and(|topic| topic.tally().2 > 0)
    }
}

/// A name that no earlier incarnation has had.
fn incarnation() -> Arc<str> {
    let mut bytes = [0u8; 8];
    OsRng.try_fill_bytes(&mut bytes).expect("the system gives random bytes");
    format!("{:016x}", u64::from_le_bytes(bytes)).into()
}
