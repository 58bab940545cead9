//! Commands that are being carried out now: the same identity waits for its first answer.
//!
//! A screen whose socket broke sends its command again by the next one. The first may still be on its
//! way to the journal, so the second cannot yet be known there: it waits here instead of running
//! beside the first and losing to it.

use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

type Turns = Mutex<HashMap<String, Arc<Turn<()>>>>;

/// The identities under way; cheap to clone, all clones are one.
#[derive(Clone, Default)]
pub struct InFlight {
    turns: Arc<Turns>,
}

/// The right to carry out the command of one identity, until dropped.
pub struct Under {
    turns: Arc<Turns>,
    id: String,
    turn: Option<OwnedMutexGuard<()>>,
}

impl InFlight {
    /// Waits until nobody else carries out `id`; in the order of asking.
    pub async fn enter(&self, id: &str) -> Under {
        let turn = Arc::clone(self.turns.lock().entry(id.to_owned()).or_default());
        let turn = turn.lock_owned().await;
        Under { turns: Arc::clone(&self.turns), id: id.to_owned(), turn: Some(turn) }
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        let mut turns = self.turns.lock();
        drop(self.turn.take());
        // Ours and the map's: nobody waits, since a waiter holds its own before it can be counted here.
        if turns.get(&self.id).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(&self.id);
        }
    }
}
