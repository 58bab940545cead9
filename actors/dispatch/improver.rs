//! The search's own thread: works on a copy of the engine, so that no command ever waits for it.
//!
//! The copy is taken back only if nothing but time happened to the original meanwhile; a search that was overtaken
//! by an event is forgotten, never merged by guesswork.

use solver::{Balance, BalanceWeights, Budget, Delta, Engine, PoolBudget};
use std::sync::mpsc::{SyncSender, sync_channel};
use tokio::sync::oneshot;

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

struct Task {
    engine: Engine,
    search: Search,
    reply: oneshot::Sender<Found>,
}

/// The thread's door; the thread ends when the door is dropped.
pub struct Improver {
    tasks: SyncSender<Task>,
}

impl Improver {
    /// Starts the thread.
    pub fn start() -> std::io::Result<Self> {
        let (tasks, waiting) = sync_channel::<Task>(1);
        std::thread::Builder::new().name("solver".into()).spawn(move || {
            for Task { engine, search, reply } in waiting {
                // The dispatcher may have been restarted meanwhile: then nobody wants the answer.
                let _unwanted = reply.send(run(engine, search));
            }
        })?;
        Ok(Self { tasks })
    }
    /// Hands a copy over; the answer fails when the thread is busy or has died.
    pub fn search(&self, engine: Engine, search: Search) -> oneshot::Receiver<Found> {
        let (reply, answer) = oneshot::channel();
        if self.tasks.try_send(Task { engine, search, reply }).is_err() {
            tracing::warn!(?search, "the solver's thread took no search");
        }
        answer
    }
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
