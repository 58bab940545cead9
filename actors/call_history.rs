//! Calls that are over, as the screens list them: the newest in memory, filled again when the house opens.

use domain::values::id::{CallId, ClientId};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many are kept: a day of a large house.
const KEPT: usize = 2_000;

/// The newest calls, by id; ids lie in the order of time.
#[derive(Debug, Default)]
pub struct CallHistory {
    rows: BTreeMap<CallId, Value>,
    /// SIP Call-IDs of the lines of a call, the caller's first: by them its messages are found.
    dialogs: BTreeMap<CallId, Vec<String>>,
}

impl CallHistory {
    /// Adds a call, or what has become of it.
    pub fn put(&mut self, call: CallId, row: Value) {
        self.rows.insert(call, row);
        while self.rows.len() > KEPT {
            self.rows.pop_first();
        }
    }
    /// A line of a call is known by this Call-ID.
    pub fn dialled(&mut self, call: CallId, sip_call_id: &str) {
        let known = self.dialogs.entry(call).or_default();
        if !sip_call_id.is_empty() && !known.iter().any(|id| id == sip_call_id) {
            known.push(sip_call_id.to_owned());
        }
        while self.dialogs.len() > KEPT {
            self.dialogs.pop_first();
        }
    }
    /// The Call-IDs of a call's lines.
    pub fn dialogs(&self, call: CallId) -> Vec<String> {
        self.dialogs.get(&call).cloned().unwrap_or_default()
    }
    /// One call.
    pub fn get(&self, call: CallId) -> Option<&Value> {
        self.rows.get(&call)
    }
    /// The newest first, of a client under all their ids or of everybody where none is named; at most `most`.
    pub fn newest(&self, clients: &[ClientId], most: usize) -> Vec<Value> {
        let clients: Vec<String> = clients.iter().map(ToString::to_string).collect();
        let wanted =
            |row: &&Value| clients.is_empty() || clients.iter().any(|id| row["client"] == id.as_str());
        self.rows.values().rev().filter(wanted).take(most).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::values::id::{ClientKind, Id};
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn the_newest_are_kept_and_come_first() {
        let mut history = CallHistory::default();
        fn id<K>(number: u128) -> Id<K> {
            Id::from_uuid(Uuid::from_u128(number))
        }
        for number in 0..KEPT as u128 + 10 {
            history.put(id(number), json!({ "n": number as u64, "client": id::<ClientKind>(number % 2) }));
        }
        assert_eq!(history.rows.len(), KEPT);
        let of = history.newest(&[id(1)], 3);
        assert_eq!(
            of.iter().map(|row| row["n"].as_u64()).collect::<Vec<_>>(),
            [Some(2009), Some(2007), Some(2005)]
        );
        assert!(history.get(id(3)).is_none() && history.get(id(2009)).is_some());
    }
}
