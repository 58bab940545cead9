//! The rows of topics as a screen keeps them: a snapshot, and what has changed since.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Rows by key.
pub type Rows = BTreeMap<String, Value>;

/// One topic.
#[derive(Debug, Default)]
struct Topic {
    seq: u64,
    live: bool,
    rows: Rows,
}

/// All watched topics.
#[derive(Debug, Default)]
pub struct Topics {
    all: HashMap<String, Topic>,
    nothing: Rows,
}

/// What a frame did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Rows are other now.
    Changed,
    /// The topic must be subscribed again.
    Again(String),
    /// Nothing.
    None,
}

impl Topics {
    /// The rows of a topic.
    pub fn rows(&self, topic: &str) -> &Rows {
        self.all.get(topic).map_or(&self.nothing, |t| &t.rows)
    }
    /// Has a snapshot come since the line was opened?
    pub fn is_live(&self, topic: &str) -> bool {
        self.all.get(topic).is_some_and(|t| t.live)
    }
    /// The line is broken: rows stay to look at, but are old.
    pub fn break_off(&mut self) {
        self.all.values_mut().for_each(|t| t.live = false);
    }
    /// Takes a frame `snap`, `d` or `reset`.
    pub fn take(&mut self, frame: &Value) -> Effect {
        let Some(name) = frame["topic"].as_str() else { return Effect::None };
        let seq = frame["seq"].as_u64().unwrap_or(0);
        match frame["t"].as_str() {
            Some("snap") => {
                let rows = pairs(&frame["rows"]).map(|(key, row)| (key.to_owned(), row.clone())).collect();
                self.all.insert(name.to_owned(), Topic { seq, live: true, rows });
                Effect::Changed
            }
            Some("d") => {
                let Some(topic) = self.all.get_mut(name) else { return Effect::Again(name.to_owned()) };
                if frame["from"].as_u64() != Some(topic.seq) {
                    topic.live = false;
                    return Effect::Again(name.to_owned());
                }
                topic.seq = seq;
                for (key, row) in pairs(&frame["ops"]) {
                    match row {
                        Value::Null => topic.rows.remove(key),
                        row => topic.rows.insert(key.to_owned(), row.clone()),
                    };
                }
                Effect::Changed
            }
            Some("reset") => {
                if let Some(topic) = self.all.get_mut(name) {
                    topic.live = false;
                }
                Effect::Again(name.to_owned())
            }
            _ => Effect::None,
        }
    }
}

/// `[[key, row]…]`.
fn pairs(list: &Value) -> impl Iterator<Item = (&str, &Value)> {
    list.as_array().into_iter().flatten().filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_snapshot_and_its_changes_make_the_rows() {
        let mut topics = Topics::default();
        topics.take(&json!({"t": "snap", "topic": "q", "epoch": 1, "seq": 4, "rows": [["a", 1], ["b", 2]]}));
        let changed = topics
            .take(&json!({"t": "d", "topic": "q", "from": 4, "seq": 6, "ops": [["a", null], ["c", 3]]}));
        assert_eq!(changed, Effect::Changed);
        assert_eq!(
            topics.rows("q").iter().map(|(k, v)| (k.as_str(), v.as_i64())).collect::<Vec<_>>(),
            [("b", Some(2)), ("c", Some(3))]
        );
        let gap = topics.take(&json!({"t": "d", "topic": "q", "from": 7, "seq": 8, "ops": [["b", null]]}));
        assert_eq!(gap, Effect::Again("q".into()));
        assert!(topics.rows("q").contains_key("b") && !topics.is_live("q"));
        assert!(topics.rows("nothing").is_empty());
    }
}
