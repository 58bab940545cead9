//! One picture of the store, read page by page.

use crate::failure::StoreError;
use surrealdb::{Surreal, engine::any::Any, method::Transaction, types::SurrealValue};

/// How many records are read at a time: a server's answer stays far below the limit of a message.
const PAGE: usize = 5000;

/// A read transaction; what is written meanwhile is not seen.
pub(crate) struct Snapshot {
    transaction: Transaction<Any>,
    table: String,
    start: usize,
}

impl Snapshot {
    /// Takes the picture.
    pub(crate) async fn of(db: &Surreal<Any>) -> Result<Self, StoreError> {
        Ok(Self { transaction: db.clone().begin().await?, table: String::new(), start: 0 })
    }

    /// The next records of a table in the order of keys; none at its end. A skipped record costs half
    /// a microsecond; a range of keys would be read whole in spite of its limit.
    pub(crate) async fn next<T: SurrealValue>(
        &mut self,
        columns: &str,
        table: &str,
    ) -> Result<Option<Vec<T>>, StoreError> {
        if self.table != table {
            (self.table, self.start) = (table.to_owned(), 0);
        }
        let text = format!("SELECT {columns} FROM {table} LIMIT {PAGE} START {}", self.start);
        let mut answer = self.transaction.query(text).await?.check()?;
        let all: Vec<T> = answer.take(0)?;
        self.start += PAGE;
        Ok(if all.is_empty() { None } else { Some(all) })
    }

    /// Lets the picture go.
    pub(crate) async fn end(self) -> Result<(), StoreError> {
        self.transaction.cancel().await?;
        Ok(())
    }
}
