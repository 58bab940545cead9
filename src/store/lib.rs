//! The durable truth of the service centre, on SurrealDB; the only crate that speaks SurrealQL.
//!
//! A tour: [`Store::open`] connects by address (`mem://`, `surrealkv://DIR`, `ws://HOST`) and brings
//! schema and data up to date. `Store` is the domain's [`Journal`](domain::ports::Journal): batches of
//! facts and rows go to one committer, which keeps what is waiting in one transaction and only then
//! answers. A batch made from an older picture, or a command that came before, is refused alone; its
//! neighbours are kept.
//!
//! Every aggregate is a row: its document as the domain writes it, its version, and the typed columns
//! that are asked for, derived in `tables/`. Edges of the graph are written with the rows that name
//! them and walked by [`Store::coverage`]; [`Store::search`] serves the search page;
//! [`Store::export`] and [`Store::import`] carry everything through one file.
//!
//! Queries need 10 MiB of stack on the threads that run them:
//!
//! ```
//! use domain::ports::{Batch, Journal, Row, Table};
//! use serde_json::json;
//! let mut runtime = tokio::runtime::Builder::new_multi_thread();
//! let runtime = runtime.thread_stack_size(10 << 20).enable_all().build().expect("a runtime");
//! let work = runtime.spawn(async {
//!     let store = store::Store::open("mem://").await.expect("opens");
//!     let row = Row { table: Table::Vehicle, key: uuid::Uuid::from_u128(1), ver: 1, was: 0, doc: json!({"plate": "а001аа"}) };
//!     let batch = Batch { rows: vec![row], ..Batch::default() };
//!     store.commit(batch.clone()).await.expect("kept");
//!     store.commit(batch).await.expect_err("made from an older picture");
//!     store.rows(Table::Vehicle).await.expect("reads").len()
//! });
//! assert_eq!(runtime.block_on(work).expect("no panic"), 1);
//! ```

mod blobs;
mod committer;
mod connect;
mod convert;
mod edges;
mod export;
mod failure;
mod graph;
mod journal;
mod load;
mod plan;
mod schema;
mod search;
mod snapshot;
mod tables;
mod transaction;

pub use blobs::{LONGEST_BLOB, Shelf};
pub use connect::{Engine, Store, standing};
pub use export::Counts;
pub use failure::StoreError;
pub use graph::Coverage;
pub use schema::{Applied, Standing};
pub use search::Hit;
