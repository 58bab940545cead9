//! The bulk path for seeding: new rows without facts, in transactions of the engine's best size.

use crate::{connect::Store, failure::StoreError, journal::first_cause, transaction::Transaction};
use domain::ports::Row;
use futures_util::{StreamExt, TryStreamExt, stream};
use surrealdb::{
    Surreal,
    engine::any::Any,
    types::{QueryError, Variables},
};

/// How many chunks are under way at once: deriving columns, indexing and syncing overlap.
const UNDER_WAY: usize = 2;
/// How often a chunk is sent again when another one has touched the same words of an index.
const TRIES: usize = 16;

impl Store {
    /// Loads new rows; each chunk is one transaction, a row that exists refuses its chunk.
    pub async fn load_many(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        let chunks: Vec<Vec<Row>> = rows.chunks(self.engine.chunk()).map(<[Row]>::to_vec).collect();
        let work = stream::iter(chunks).map(|chunk| {
            let db = self.db.clone();
            async move {
                let task = tokio::spawn(async move { load(&db, &chunk).await });
                task.await
                    .unwrap_or_else(|_| Err(StoreError::Form { what: "a chunk", found: "a panic".into() }))
            }
        });
        work.buffer_unordered(UNDER_WAY).try_collect().await
    }
}

async fn load(db: &Surreal<Any>, chunk: &[Row]) -> Result<(), StoreError> {
    let mut tries = TRIES;
    loop {
        let transaction = Transaction::load(chunk);
        let mut answer = db.query(transaction.text).bind(Variables::from_iter(transaction.bound)).await?;
        let Some(error) = first_cause(answer.take_errors()) else { return Ok(()) };
        tries -= 1;
        if tries == 0 || !matches!(error.query_details(), Some(QueryError::TransactionConflict)) {
            return Err(error.into());
        }
    }
}
