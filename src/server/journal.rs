//! The store behind the port of the actors: queries run on the store's runtime, whose threads have the
//! stack that SurrealDB needs; an actor's thread only waits.

use domain::ports::{Batch, Fact, Journal, JournalError, Later, Page, Table};
use serde_json::Value;
use std::future::Future;
use store::Store;
use tokio::runtime::Handle;
use uuid::Uuid;

/// The store and the runtime it lives on.
#[derive(Clone)]
pub struct StoreJournal {
    store: Store,
    runtime: Handle,
}

impl StoreJournal {
    /// A store that was opened on the runtime.
    pub fn new(store: Store, runtime: Handle) -> Self {
        Self { store, runtime }
    }
    fn there<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, JournalError>> + Send + 'static,
    ) -> Later<Result<T, JournalError>> {
        let task = self.runtime.spawn(work);
        Box::pin(async move {
            task.await.unwrap_or_else(|error| Err(JournalError::Store { reason: error.to_string() }))
        })
    }
}

impl Journal for StoreJournal {
    fn commit(&self, batch: Batch) -> Later<Result<(), JournalError>> {
        self.store.commit(batch)
    }
    fn answer_of(&self, command: &str) -> Later<Result<Option<Value>, JournalError>> {
        self.there(self.store.answer_of(command))
    }
    fn rows(&self, table: Table) -> Later<Result<Vec<Value>, JournalError>> {
        self.there(self.store.rows(table))
    }
    fn row(&self, table: Table, key: Uuid) -> Later<Result<Option<Value>, JournalError>> {
        self.there(self.store.row(table, key))
    }
    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, JournalError>> {
        self.there(self.store.facts(entity))
    }
    fn facts_of(&self, entities: Vec<String>) -> Later<Result<Vec<Fact>, JournalError>> {
        self.there(self.store.facts_of(entities))
    }
    fn facts_after(&self, after: u64, most: u64) -> Later<Result<Page, JournalError>> {
        self.there(self.store.facts_after(after, most))
    }
}
