//! The port `Journal`: hands batches to the committer, reads rows, facts and answers back.

use crate::{
    committer::{Ask, head},
    connect::Store,
    convert::{record, to_json, to_time},
    failure::StoreError,
    snapshot::Snapshot,
};
use domain::ports::{Batch, Fact, Journal, JournalError, Later, Page, Table};
use serde_json::Value as Json;
use std::collections::HashMap;
use surrealdb::{
    Surreal,
    engine::any::Any,
    types::{Datetime, QueryError, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Value, Variables},
};
use tokio::sync::{mpsc::error::TrySendError, oneshot};
use uuid::Uuid;

/// Entities whose facts are asked for in one question.
const ASKED_TOGETHER: usize = 500;

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        Self::Store { reason: error.to_string() }
    }
}

impl Journal for Store {
    fn commit(&self, batch: Batch) -> Later<Result<(), JournalError>> {
        if batch.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        let closed = || JournalError::Store { reason: "the committer has ended".into() };
        let (done, kept) = oneshot::channel();
        // handed in now, not at the first poll: calls keep their order
        let waiting = self.queue.try_send(Ask { batch, done });
        let queue = self.queue.clone();
        Box::pin(async move {
            match waiting {
                Ok(()) => {}
                Err(TrySendError::Full(ask)) => queue.send(ask).await.map_err(|_| closed())?,
                Err(TrySendError::Closed(_)) => return Err(closed()),
            }
            drop(queue);
            kept.await.unwrap_or_else(|_| Err(closed()))
        })
    }

    fn answer_of(&self, command: &str) -> Later<Result<Option<Json>, JournalError>> {
        let (db, id) = (self.db.clone(), RecordId::new("command", command));
        Box::pin(async move {
            let found: Option<Value> = one(&db, "SELECT VALUE answer FROM $id", id).await?;
            Ok(found.map(to_json))
        })
    }

    fn rows(&self, table: Table) -> Later<Result<Vec<Json>, JournalError>> {
        let db = self.db.clone();
        Box::pin(async move {
            let mut snapshot = Snapshot::of(&db).await?;
            let mut all = Vec::new();
            while let Some(page) = snapshot.next::<Value>("VALUE doc", table.name()).await? {
                all.extend(page.into_iter().map(to_json));
            }
            snapshot.end().await?;
            Ok(all)
        })
    }

    fn row(&self, table: Table, key: Uuid) -> Later<Result<Option<Json>, JournalError>> {
        let (db, id) = (self.db.clone(), record(table, key));
        Box::pin(async move {
            let found: Option<Value> = one(&db, "SELECT VALUE doc FROM $id", id).await?;
            Ok(found.map(to_json))
        })
    }

    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, JournalError>> {
        let (db, entity) = (self.db.clone(), entity.to_owned());
        Box::pin(async move {
            let bound = Variables::from_iter([("entity".to_owned(), Value::String(entity))]);
            let text = "SELECT * FROM event WHERE entity = $entity ORDER BY id";
            let mut answer = db.query(text).bind(bound).await.map_err(StoreError::from)?;
            let events: Vec<Event> = answer.take(0).map_err(StoreError::from)?;
            Ok(events.into_iter().map(Event::fact).collect::<Result<_, _>>()?)
        })
    }

    fn facts_of(&self, entities: Vec<String>) -> Later<Result<Vec<Fact>, JournalError>> {
        let db = self.db.clone();
        Box::pin(async move {
            let mut found: Vec<(i64, Fact)> = Vec::new();
            for some in entities.chunks(ASKED_TOGETHER) {
                let some = some.iter().cloned().map(Value::String).collect::<Vec<_>>();
                let bound = Variables::from_iter([("entities".to_owned(), Value::Array(some.into()))]);
                let text = "SELECT * FROM event WHERE entity IN $entities";
                let mut answer = db.query(text).bind(bound).await.map_err(StoreError::from)?;
                let events: Vec<Event> = answer.take(0).map_err(StoreError::from)?;
                for event in events {
                    found.push((event.number(), event.fact()?));
                }
            }
            found.sort_by_key(|(number, _)| *number);
            Ok(found.into_iter().map(|(_, fact)| fact).collect())
        })
    }

    fn facts_after(&self, after: u64, most: u64) -> Later<Result<Page, JournalError>> {
        let db = self.db.clone();
        Box::pin(async move {
            // The head first: what is numbered up to it has been kept whole.
            let head = head(&db).await?;
            let upto = after.saturating_add(most).min(head);
            if upto <= after {
                return Ok(Page { facts: Vec::new(), upto: after, head });
            }
            let key = |number: u64| RecordIdKey::Number(i64::try_from(number).unwrap_or(i64::MAX));
            let keys = RecordIdKeyRange::from(key(after + 1)..key(upto + 1));
            let bound =
                Variables::from_iter([("keys".to_owned(), Value::RecordId(RecordId::new("event", keys)))]);
            let mut answer = db.query("SELECT * FROM $keys").bind(bound).await.map_err(StoreError::from)?;
            let events: Vec<Event> = answer.take(0).map_err(StoreError::from)?;
            let mut facts = Vec::with_capacity(events.len());
            for event in events {
                facts.push((u64::try_from(event.number()).unwrap_or(u64::MAX), event.fact()?));
            }
            facts.sort_by_key(|(number, _)| *number);
            Ok(Page { facts, upto, head })
        })
    }
}

/// A fact as it is read back.
#[derive(SurrealValue)]
pub(crate) struct Event {
    /// Its record; the key is its number in the order of commits.
    pub(crate) id: RecordId,
    entity: String,
    ver: i64,
    name: String,
    at: Datetime,
    by: String,
    data: Value,
}

impl Event {
    /// Its number in the order of commits.
    fn number(&self) -> i64 {
        match &self.id.key {
            RecordIdKey::Number(number) => *number,
            _ => i64::MAX,
        }
    }
    /// The domain's fact.
    pub(crate) fn fact(self) -> Result<Fact, StoreError> {
        Ok(Fact {
            entity: self.entity,
            ver: u64::try_from(self.ver).unwrap_or(0),
            name: self.name,
            at: to_time(self.at)?,
            by: self.by,
            data: to_json(self.data),
        })
    }
}

async fn one(db: &Surreal<Any>, text: &'static str, id: RecordId) -> Result<Option<Value>, StoreError> {
    let bound = Variables::from_iter([("id".to_owned(), Value::RecordId(id))]);
    let mut answer = db.query(text).bind(bound).await?;
    let found: Vec<Value> = answer.take(0)?;
    Ok(found.into_iter().next())
}

/// The error that made the others: a typed conflict, else what was thrown, else whatever is not
/// «not executed».
pub(crate) fn first_cause(errors: HashMap<usize, surrealdb::Error>) -> Option<surrealdb::Error> {
    let rank = |error: &surrealdb::Error| match error.query_details() {
        Some(QueryError::TransactionConflict) => 0,
        Some(QueryError::NotExecuted | QueryError::Cancelled) => 3,
        _ if error.is_thrown() => 1,
        _ => 2,
    };
    errors.into_iter().min_by_key(|(place, error)| (rank(error), *place)).map(|(_, error)| error)
}
