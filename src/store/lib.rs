//! The durable truth of the service centre, on SurrealDB.
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

pub use connect::{Engine, Store, standing};
pub use export::Counts;
pub use failure::StoreError;
pub use graph::Coverage;
pub use search::Hit;
pub use schema::{Applied, Standing};
