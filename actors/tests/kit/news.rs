//! A news board that keeps every row, and every row that ever stood on it.

use crate::kit::bell::Bell;
use domain::ports::NewsBoard;
use parking_lot::Mutex;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One putting up of a row, or its taking down.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The topic.
    pub topic: String,
    /// The key in the topic.
    pub key: String,
    /// The row; `None` took it down.
    pub row: Option<Value>,
}

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    bell: Arc<Bell>,
    rows: Mutex<BTreeMap<(String, String), Value>>,
    past: Mutex<Vec<Notice>>,
    traps: Mutex<BTreeSet<String>>,
    readers: Mutex<BTreeSet<String>>,
}

impl Board {
    /// An empty board.
    pub fn new(bell: Arc<Bell>) -> Self {
        Self { bell, ..Self::default() }
    }
    /// The row under a key now.
    pub fn row(&self, topic: &str, key: impl ToString) -> Option<Value> {
        self.rows.lock().get(&(topic.to_owned(), key.to_string())).cloned()
    }
    /// A field of the row under a key; `Null` when there is none.
    pub fn field(&self, topic: &str, key: impl ToString, field: &str) -> Value {
        self.row(topic, key).map_or(Value::Null, |row| row[field].clone())
    }
    /// All rows of a topic now, by key.
    pub fn rows(&self, topic: &str) -> Vec<Value> {
        self.rows.lock().iter().filter(|((t, _), _)| t == topic).map(|(_, row)| row.clone()).collect()
    }
    /// The number on a tile of the wall.
    pub fn tile(&self, tile: &str) -> Value {
        self.field("kpi", tile, "value")
    }
    /// Everything that was put up or taken down under a key, oldest first.
    pub fn past(&self, topic: &str, key: impl ToString) -> Vec<Option<Value>> {
        let key = key.to_string();
        let past = self.past.lock();
        past.iter().filter(|n| n.topic == topic && n.key == key).map(|n| n.row.clone()).collect()
    }
    /// The states that a row went through, without repetitions.
    pub fn states(&self, topic: &str, key: impl ToString) -> Vec<String> {
        let rows = self.past(topic, key);
        let mut states: Vec<String> =
            rows.iter().flatten().filter_map(|row| row["state"].as_str()).map(str::to_owned).collect();
        states.dedup();
        states
    }
    /// A screen that shows the topic is opened, or closed.
    pub fn reads(&self, topic: &str, yes: bool) {
        let mut readers = self.readers.lock();
        if yes {
            readers.insert(topic.to_owned());
        } else {
            readers.remove(topic);
        }
    }
    /// The next one who puts something up under the topic panics.
    pub fn trap(&self, topic: &str) {
        self.traps.lock().insert(topic.to_owned());
    }
}

impl NewsBoard for Board {
    fn publish(&self, topic: &str, key: &str, row: Option<Value>) {
        let trapped = self.traps.lock().remove(topic);
        assert!(!trapped, "the board was trapped by a test");
        let place = (topic.to_owned(), key.to_owned());
        self.past.lock().push(Notice { topic: place.0.clone(), key: place.1.clone(), row: row.clone() });
        match row {
            Some(row) => self.rows.lock().insert(place, row),
            None => self.rows.lock().remove(&place),
        };
        self.bell.ring();
    }
    fn is_read(&self, topic: &str) -> bool {
        self.readers.lock().contains(topic)
    }
}
