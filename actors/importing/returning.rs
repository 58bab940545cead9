//! An import is taken back: what nobody has changed and nothing speaks of leaves the store, what was changed by it is as
//! it was before; the rest stays, with the reason.

use crate::house::House;
use domain::{
    imports::{
        import::{Import, ImportEvent, Kept, Stays, Written},
        register::Card,
        undoing::{Brought, brought, named, staying},
    },
    ports::{Batch, JournalError, Table},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Cards that are taken back in one transaction.
const CHUNK: usize = 200;
/// Where work and calls speak of cards.
const SPEAKERS: [Table; 6] =
    [Table::Request, Table::Order, Table::Visit, Table::Call, Table::Callback, Table::Payment];
/// Who names whom: the one that names goes first.
const ORDER: [Table; 4] = [Table::Unit, Table::Agreement, Table::Point, Table::Client];

type Cards = BTreeMap<(&'static str, Uuid), Brought>;

/// The cards of an import as they are now, and what the others name.
#[derive(Default)]
struct Present {
    cards: HashMap<Uuid, Card>,
    names: HashMap<Uuid, HashSet<Uuid>>,
    used: HashSet<Uuid>,
}

fn names_of(card: &Card) -> HashSet<Uuid> {
    let mut names = HashSet::new();
    named(&serde_json::to_value(card).unwrap_or_default(), &mut names);
    names.remove(&card.place().1);
    names
}

impl Present {
    fn of(house: &House, cards: &Cards) -> Self {
        let (directory, mut present) = (house.directory.read(), Self::default());
        let mut take = |card: Card| {
            let (table, key, _) = card.place();
            match cards.get(&(table.name(), key)) {
                Some(ours) => {
                    if ours.first.before.is_none() {
                        present.names.insert(key, names_of(&card));
                    } else {
                        present.used.extend(names_of(&card));
                    }
                    present.cards.insert(key, card);
                }
                None => present.used.extend(names_of(&card)),
            }
        };
        directory.clients.values().for_each(|card| take(Card::Client(card.clone())));
        directory.stones.all().for_each(|card| take(Card::Client(card.clone())));
        directory.points.values().for_each(|card| take(Card::Point(card.clone())));
        directory.units.values().for_each(|card| take(Card::Unit(card.clone())));
        directory.agreements.values().for_each(|card| take(Card::Agreement(card.clone())));
        present
    }
    /// Which of them stay. What was as before already, after a stop in the middle, is no card of the import any more.
    fn staying(&self, cards: &Cards) -> HashMap<Uuid, Stays> {
        let open = |(_, card): &(&Uuid, &Card)| {
            let (table, key, ver) = card.place();
            cards.get(&(table.name(), key)).is_none_or(|ours| {
                ours.first.before.clone().is_none_or(|mut before| {
                    before.at_version(ver);
                    before != **card
                })
            })
        };
        let now = self.cards.iter().filter(open).map(|(key, card)| (*key, card.place().2)).collect();
        staying(cards, &now, &self.used, &self.names)
    }
}

impl House {
    async fn spoken_of(&self) -> Result<HashSet<Uuid>, JournalError> {
        let mut used = HashSet::new();
        for table in SPEAKERS {
            self.journal.rows(table).await?.iter().for_each(|row: &Value| named(row, &mut used));
        }
        Ok(used)
    }
    /// Takes back what may be, and says what stays.
    pub(crate) async fn take_back(&self, mut import: Import) {
        if let Err(error) = self.return_cards(&mut import).await {
            tracing::error!(%error, import = %import.id, "an import could not be taken back; it goes on after a restart");
        }
    }
    async fn return_cards(&self, import: &mut Import) -> Result<(), JournalError> {
        let written = self.journal.facts(&import.id.to_string()).await?.into_iter().filter_map(|fact| {
            match serde_json::from_value(fact.data) {
                Ok(ImportEvent::Taken { written, .. }) => Some(written),
                _ => None,
            }
        });
        let cards = brought(written.flatten().collect::<Vec<Written>>());
        let mut present = Present::of(self, &cards);
        present.used.extend(self.spoken_of().await?);
        let mut stay = present.staying(&cards);
        // nobody finds the others from now on; what was begun with one of them a moment ago is seen by a second look
        self.hide(&present, &cards, &stay);
        present.used.extend(self.spoken_of().await?);
        stay = present.staying(&cards);
        self.show(&present, &stay);
        for table in ORDER {
            let going: Vec<&Brought> = cards
                .values()
                .filter(|c| c.first.table == table && !stay.contains_key(&c.first.key))
                .filter(|c| present.cards.get(&c.first.key).is_some_and(|now| now.place().2 == c.ver))
                .collect();
            for some in going.chunks(CHUNK) {
                self.return_chunk(import, &present, some, &mut stay).await?;
            }
        }
        self.show(&present, &stay);
        let kept = cards.values().filter_map(|card| {
            let (why, now) = (stay.get(&card.first.key)?, present.cards.get(&card.first.key)?);
            Some(Kept { line: card.first.line, card: now.id(), name: title(now), why: *why })
        });
        let event = ImportEvent::UndoFinished { kept: kept.collect() };
        let by = import.by.clone();
        self.keep_import(import, event, &by, Batch::default()).await
    }
    fn hide(&self, present: &Present, cards: &Cards, stay: &HashMap<Uuid, Stays>) {
        let mut directory = self.directory.write();
        for card in present.cards.values() {
            let (table, key, _) = card.place();
            let new = cards.get(&(table.name(), key)).is_some_and(|ours| ours.first.before.is_none());
            if new && !stay.contains_key(&key) {
                directory.forget(card);
            }
        }
    }
    fn show(&self, present: &Present, stay: &HashMap<Uuid, Stays>) {
        let mut directory = self.directory.write();
        for card in stay.keys().filter_map(|key| present.cards.get(key)) {
            directory.put_if_hidden(card);
        }
    }
    /// Takes some cards back in one transaction; when somebody changed one of them this moment, one by one.
    async fn return_chunk(
        &self,
        import: &mut Import,
        present: &Present,
        some: &[&Brought],
        stay: &mut HashMap<Uuid, Stays>,
    ) -> Result<(), JournalError> {
        match self.return_some(import, present, some).await {
            Ok(()) => Ok(()),
            Err(JournalError::Stale { .. }) if some.len() > 1 => {
                for one in some {
                    match self.return_some(import, present, &[one]).await {
                        Err(JournalError::Stale { .. }) => {
                            stay.insert(one.first.key, Stays::Edited);
                        }
                        other => other?,
                    }
                }
                Ok(())
            }
            Err(JournalError::Stale { .. }) => {
                stay.extend(some.iter().map(|one| (one.first.key, Stays::Edited)));
                Ok(())
            }
            Err(other) => Err(other),
        }
    }
    async fn return_some(
        &self,
        import: &mut Import,
        present: &Present,
        some: &[&Brought],
    ) -> Result<(), JournalError> {
        let (mut batch, mut restored, by) = (Batch::default(), Vec::new(), import.by.clone());
        for one in some {
            let Some(now) = present.cards.get(&one.first.key) else { continue };
            let name = format!("{}.import_undone", one.first.table.name());
            batch.tell(now.id(), one.ver + 1, &name, self.now(), &by, &json!({ "import": import.id }));
            match one.first.before.clone() {
                None => batch.take_out(one.first.table, one.first.key, one.ver),
                Some(mut before) => {
                    before.at_version(one.ver + 1);
                    before.keep(&mut batch, one.ver);
                    restored.push(before);
                }
            }
        }
        let event = ImportEvent::Returned { undone: some.len() as u64 };
        self.keep_import(import, event, &by, batch).await?;
        let mut directory = self.directory.write();
        for card in restored {
            // what the import had added is not found any more
            if let Some(now) = present.cards.get(&card.place().1) {
                directory.forget(now);
            }
            directory.put_card(card);
        }
        Ok(())
    }
}

/// How people call a card.
fn title(card: &Card) -> String {
    match card {
        Card::Client(client) => client.name.clone(),
        Card::Point(point) => point.address.clone(),
        Card::Unit(unit) => unit.title(),
        Card::Agreement(agreement) => agreement.no.clone(),
    }
}
