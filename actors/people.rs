//! Who can be called: masters and clients by name or number.

use crate::directory::{Directory, KnownMaster, words};
use domain::values::phone::PhoneNumber;
use serde_json::{Value, json};

impl Directory {
    /// The name behind a number: a master's or a client's.
    pub fn who_is(&self, number: &PhoneNumber) -> Option<String> {
        let theirs = |known: &&KnownMaster| known.phone.as_ref() == Some(number);
        let master = self.masters.values().find(theirs).map(|known| known.name.clone());
        master.or_else(|| self.who_rings(number).map(|client| client.name.clone()))
    }
    /// Rows `Person`: masters whose name has all that was typed, or whose number it is, then clients.
    pub fn people(&self, typed: &str, limit: usize) -> Vec<Value> {
        let number = typed.parse::<PhoneNumber>().ok();
        let wanted: Vec<String> = words(typed).collect();
        let named = |name: &str| {
            let theirs: Vec<String> = words(name).collect();
            !wanted.is_empty() && wanted.iter().all(|word| theirs.iter().any(|known| known.starts_with(word)))
        };
        let called = |known: &&KnownMaster| {
            known.phone.is_some() && (named(&known.name) || number.is_some() && number == known.phone)
        };
        let mut masters: Vec<&KnownMaster> = self.masters.values().filter(called).collect();
        masters.sort_by(|a, b| a.name.cmp(&b.name));
        let masters = masters.into_iter();
        let masters =
            masters.map(|known| json!({"kind": "master", "name": known.name, "phone": known.phone}));
        let clients = self.search(typed, limit).into_iter().filter(|hit| hit["phone"].is_string());
        let clients = clients.map(
            |hit| json!({"kind": "client", "name": hit["name"], "phone": hit["phone"], "id": hit["id"]}),
        );
        masters.chain(clients).take(limit).collect()
    }
}
