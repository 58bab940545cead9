//! A journal in memory: transactions, versions and idempotency as the store has them, and troubles by script.

use crate::kit::{bell::Bell, dice::Dice};
use domain::{
    ports::{Batch, Entity, Fact, Journal, JournalError, Later, Page, Row, Table},
    values::id::Id,
};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;
use uuid::Uuid;

/// What is in the store.
#[derive(Debug, Clone, Default)]
struct Kept {
    rows: BTreeMap<(&'static str, Uuid), Row>,
    facts: Vec<Fact>,
    answers: HashMap<String, Value>,
}

/// What the next batch with a given fact meets.
#[derive(Debug)]
enum Trouble {
    /// The store does not take it.
    Refused,
    /// It waits until the test lets it go.
    Held(oneshot::Receiver<()>),
}

#[derive(Debug, Default)]
struct Shared {
    bell: Arc<Bell>,
    kept: Mutex<Kept>,
    troubles: Mutex<Vec<(String, Trouble)>>,
    pace: Mutex<Option<Dice>>,
    slow: Mutex<Duration>,
}

/// The journal; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal(Arc<Shared>);

impl MemoryJournal {
    /// An empty one.
    pub fn new(bell: Arc<Bell>) -> Self {
        Self(Arc::new(Shared { bell, ..Shared::default() }))
    }
    /// Another journal with the same content: what a process that has died leaves behind.
    pub fn copied(&self, bell: Arc<Bell>) -> Self {
        let kept = Mutex::new(self.0.kept.lock().clone());
        Self(Arc::new(Shared { bell, kept, ..Shared::default() }))
    }
    /// Puts an aggregate into the store before the house opens.
    pub fn put<E: Entity>(&self, entity: &E) {
        let mut batch = Batch::default();
        batch.keep(entity, 0);
        for row in batch.rows {
            self.0.kept.lock().rows.insert((row.table.name(), row.key), row);
        }
    }
    /// An aggregate as it is kept.
    pub fn get<E: Entity + DeserializeOwned>(&self, id: Id<E::Kind>) -> Option<E> {
        let doc = self.0.kept.lock().rows.get(&(E::TABLE.name(), id.uuid())).map(|r| r.doc.clone())?;
        Some(serde_json::from_value(doc).expect("a row is what was kept"))
    }
    /// All aggregates of a kind.
    pub fn all<E: Entity + DeserializeOwned>(&self) -> Vec<E> {
        let docs = self.0.docs(E::TABLE);
        docs.into_iter().map(|doc| serde_json::from_value(doc).expect("a row is what was kept")).collect()
    }
    /// Everything that has happened, oldest first.
    pub fn facts(&self) -> Vec<Fact> {
        self.0.kept.lock().facts.clone()
    }
    /// The names of what has happened to one entity, oldest first.
    pub fn story(&self, entity: impl ToString) -> Vec<String> {
        let entity = entity.to_string();
        let kept = self.0.kept.lock();
        kept.facts.iter().filter(|f| f.entity == entity).map(|f| f.name.clone()).collect()
    }
    /// How many facts have this name.
    pub fn count(&self, name: &str) -> usize {
        self.0.kept.lock().facts.iter().filter(|f| f.name == name).count()
    }
    /// The next batch with a fact of this name, or a row of this table, is refused; asked twice, the next two are.
    pub fn refuse(&self, fact: &str) {
        self.0.troubles.lock().push((fact.to_owned(), Trouble::Refused));
    }
    /// The next batch with a fact of this name waits until the answer of this is used or dropped.
    pub fn hold(&self, fact: &str) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        self.0.troubles.lock().push((fact.to_owned(), Trouble::Held(held)));
        release
    }
    /// From now on every batch takes up to five milliseconds, by dice.
    pub fn pace(&self, seed: u64) {
        *self.0.pace.lock() = Some(Dice::new(seed));
    }
    /// From now on a page of facts takes so long to read.
    pub fn reads_slowly(&self, each: Duration) {
        *self.0.slow.lock() = each;
    }
}

impl Shared {
    fn docs(&self, table: Table) -> Vec<Value> {
        let kept = self.kept.lock();
        kept.rows.iter().filter(|((name, _), _)| *name == table.name()).map(|(_, r)| r.doc.clone()).collect()
    }
    fn trouble(&self, batch: &Batch) -> Option<Trouble> {
        let mut troubles = self.troubles.lock();
        let met = troubles.iter().position(|(name, _)| {
            batch.facts.iter().any(|f| f.name == *name) || batch.rows.iter().any(|r| r.table.name() == name)
        })?;
        Some(troubles.remove(met).1)
    }
    async fn commit(&self, batch: Batch) -> Result<(), JournalError> {
        let pause = self.pace.lock().as_mut().map(|dice| dice.between(0, 5_000));
        if let Some(micros) = pause {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
        match self.trouble(&batch) {
            Some(Trouble::Refused) => {
                return Err(JournalError::Store { reason: "the disk was taken away by a test".into() });
            }
            // Dropped or used: either lets the batch go.
            Some(Trouble::Held(held)) => drop(held.await),
            None => {}
        }
        self.keep(batch)
    }
    /// All or nothing: the command is new and every row is at the version that it was made from.
    fn keep(&self, batch: Batch) -> Result<(), JournalError> {
        let mut kept = self.kept.lock();
        if let Some(command) = &batch.command
            && let Some(answer) = kept.answers.get(command)
        {
            return Err(JournalError::Repeated { command: command.clone(), answer: answer.clone() });
        }
        let version = |row: &Row| kept.rows.get(&(row.table.name(), row.key)).map_or(0, |known| known.ver);
        if let Some(stale) = batch.rows.iter().find(|row| version(row) != row.was) {
            return Err(JournalError::Stale { table: stale.table.name(), key: stale.key, was: stale.was });
        }
        if let Some(command) = batch.command {
            kept.answers.insert(command, batch.answer);
        }
        kept.facts.extend(batch.facts);
        for row in batch.rows {
            kept.rows.insert((row.table.name(), row.key), row);
        }
        Ok(())
    }
}

impl Journal for MemoryJournal {
    /// Kept even when the one who asked has died meanwhile, as by a store of its own.
    fn commit(&self, batch: Batch) -> Later<Result<(), JournalError>> {
        let shared = Arc::clone(&self.0);
        let task = tokio::spawn(async move {
            let kept = shared.commit(batch).await;
            shared.bell.ring();
            kept
        });
        Box::pin(async move { task.await.expect("the journal of the kit does not die") })
    }
    fn answer_of(&self, command: &str) -> Later<Result<Option<Value>, JournalError>> {
        let answer = self.0.kept.lock().answers.get(command).cloned();
        Box::pin(std::future::ready(Ok(answer)))
    }
    fn rows(&self, table: Table) -> Later<Result<Vec<Value>, JournalError>> {
        Box::pin(std::future::ready(Ok(self.0.docs(table))))
    }
    fn row(&self, table: Table, key: Uuid) -> Later<Result<Option<Value>, JournalError>> {
        let doc = self.0.kept.lock().rows.get(&(table.name(), key)).map(|row| row.doc.clone());
        Box::pin(std::future::ready(Ok(doc)))
    }
    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, JournalError>> {
        let kept = self.0.kept.lock();
        let facts = kept.facts.iter().filter(|f| f.entity == entity).cloned().collect();
        Box::pin(std::future::ready(Ok(facts)))
    }
    fn facts_of(&self, entities: Vec<String>) -> Later<Result<Vec<Fact>, JournalError>> {
        let kept = self.0.kept.lock();
        let facts = kept.facts.iter().filter(|f| entities.contains(&f.entity)).cloned().collect();
        Box::pin(std::future::ready(Ok(facts)))
    }
    fn facts_after(&self, after: u64, most: u64) -> Later<Result<Page, JournalError>> {
        let kept = self.0.kept.lock();
        let (head, from) = (kept.facts.len() as u64, usize::try_from(after).unwrap_or(usize::MAX));
        let upto = after.saturating_add(most).min(head).max(after);
        let numbered = kept.facts.iter().enumerate().skip(from).take(most as usize);
        let facts = numbered.map(|(place, fact)| (place as u64 + 1, fact.clone())).collect();
        let slow = *self.0.slow.lock();
        Box::pin(async move {
            tokio::time::sleep(slow).await;
            Ok(Page { facts, upto, head })
        })
    }
}
