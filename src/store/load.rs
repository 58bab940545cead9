//! The bulk path for seeding: new rows without facts, in transactions of the engine's best size.

use crate::{connect::Store, failure::StoreError, journal::first_cause, transaction::Transaction};
use domain::ports::Row;
use surrealdb::types::Variables;

impl Store {
    /// Loads new rows; each chunk is one transaction, a row that exists refuses its chunk.
    pub async fn load_many(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        for chunk in rows.chunks(self.engine.chunk()) {
            let transaction = Transaction::load(chunk);
            let bound = Variables::from_iter(transaction.bound);
            let mut answer = self.db.query(transaction.text).bind(bound).await?;
            if let Some(error) = first_cause(answer.take_errors()) {
                return Err(error.into());
            }
        }
        Ok(())
    }
}
