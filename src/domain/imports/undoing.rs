//! What of an import may be taken back: a card that nobody has changed and that nothing else speaks of.

use super::import::{Stays, Written};
use crate::ports::Table;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// A card of an import from its first line to its last one.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    /// The first writing of it: its line, and what it was before.
    pub first: Written,
    /// The version after the last writing of it.
    pub ver: u64,
}

/// What was written, card by card.
pub fn brought(written: impl IntoIterator<Item = Written>) -> BTreeMap<(&'static str, Uuid), Brought> {
    let mut cards = BTreeMap::<_, Brought>::new();
    for one in written {
        let ver = one.ver;
        cards.entry((one.table.name(), one.key)).or_insert(Brought { first: one, ver }).ver = ver;
    }
    cards
}

/// The keys that a document names, whatever its fields are called.
pub fn named(doc: &Value, found: &mut HashSet<Uuid>) {
    fn key(text: &str) -> Option<Uuid> {
        use crate::values::id::{AgreementId, ClientId, PointId, UnitId};
        match text.split('_').next()? {
            "client" => text.parse::<ClientId>().ok().map(|id| id.uuid()),
            "point" => text.parse::<PointId>().ok().map(|id| id.uuid()),
            "unit" => text.parse::<UnitId>().ok().map(|id| id.uuid()),
            "agreement" => text.parse::<AgreementId>().ok().map(|id| id.uuid()),
            _ => None,
        }
    }
    match doc {
        Value::String(text) => found.extend(key(text)),
        Value::Array(all) => all.iter().for_each(|one| named(one, found)),
        Value::Object(all) => all.values().for_each(|one| named(one, found)),
        _ => {}
    }
}

/// Which cards stay, and why. `now` has the version of every card that is still there; `used` are keys that work, calls
/// and cards of others name; `names` has, for each new card of the import, the keys that it names itself.
pub fn staying(
    cards: &BTreeMap<(&'static str, Uuid), Brought>,
    now: &HashMap<Uuid, u64>,
    used: &HashSet<Uuid>,
    names: &HashMap<Uuid, HashSet<Uuid>>,
) -> HashMap<Uuid, Stays> {
    let mut stay = HashMap::new();
    for (&(_, key), card) in cards {
        let Some(ver) = now.get(&key) else { continue };
        if *ver != card.ver {
            stay.insert(key, Stays::Edited);
        } else if card.first.before.is_none() && used.contains(&key) {
            stay.insert(key, Stays::Used);
        }
    }
    // what a card that stays names must stay too
    let mut open: Vec<Uuid> = stay.keys().copied().collect();
    while let Some(key) = open.pop() {
        for other in names.get(&key).into_iter().flatten() {
            let is_new =
                |table: Table| cards.get(&(table.name(), *other)).is_some_and(|c| c.first.before.is_none());
            let ours = [Table::Client, Table::Point, Table::Unit, Table::Agreement].into_iter().any(is_new);
            if ours && now.contains_key(other) && *other != key && !stay.contains_key(other) {
                stay.insert(*other, Stays::Used);
                open.push(*other);
            }
        }
    }
    stay
}
