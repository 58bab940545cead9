//! A search beside the dispatcher: works on a copy of the engine, so that no command ever waits for it.
//!
//! A search that was overtaken by an event is forgotten, never merged by guesswork. What a search found is weighed
//! (`proposals.rs`): the copy is taken back when all of it may be done unasked; else each independent part is tried on
//! the plan of the moment, and taken, proposed or left by itself.

use solver::{Balance, BalanceWeights, Budget, Delta, Engine, PoolBudget};
use tokio::task::JoinHandle;

/// Branch-and-bound nodes of one combination of known tours.
const NODES: u32 = 40;

/// What is to be done with a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// So many ruins and recreations.
    Slice(u64),
    /// The linear program over remembered tours: prices, and a better combination if there is one.
    Combine,
    /// The linear program of fairness: how even the days could be. The plan is not changed.
    Balance,
}

/// What came of it.
pub struct Found {
    /// The copy after the search.
    pub engine: Engine,
    /// What was adopted on the copy.
    pub delta: Option<Delta>,
    /// How even the days could be, when that was asked.
    pub balance: Option<Balance>,
}

/// Starts a search on a thread beside the dispatcher's. Time that stands still in a test stands as long as it lasts.
pub fn search(engine: Engine, search: Search) -> JoinHandle<Found> {
    tokio::task::spawn_blocking(move || run(engine, search))
}

fn run(mut engine: Engine, search: Search) -> Found {
    let (mut delta, mut balance) = (None, None);
    match search {
        Search::Slice(iterations) => delta = engine.improve(Budget::slice(iterations)),
        Search::Combine => match engine.polish(PoolBudget { nodes: NODES, ..PoolBudget::default() }) {
            Ok(found) => delta = found,
            Err(error) => tracing::warn!(%error, "known tours could not be combined"),
        },
        Search::Balance => match engine.balance(&BalanceWeights::default()) {
            Ok(found) => balance = Some(found),
            Err(error) => tracing::warn!(%error, "the days could not be balanced"),
        },
    }
    Found { engine, delta, balance }
}
