//! Opens the house: reads what was kept, starts everybody, and only then lets work in.

use crate::{
    call_centre::{
        call_queue::CallQueue,
        telephony::{Recover, Telephony},
    },
    directory::Directory,
    dispatch::dispatcher::{Dispatcher, Settle, read_book},
    field::crew::Crew,
    house::{Desk, House},
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::ArbiterHandle;
use domain::ports::{Journal, JournalError, Table};
use serde::de::DeserializeOwned;

/// The threads that actors live on.
#[derive(Clone)]
pub struct Arbiters {
    /// Telephony, sessions, queue, operators.
    pub calls: ArbiterHandle,
    /// Masters, vehicles, points.
    pub field: ArbiterHandle,
    /// The dispatcher.
    pub dispatch: ArbiterHandle,
}

async fn all<E: DeserializeOwned>(journal: &dyn Journal, table: Table) -> Result<Vec<E>, JournalError> {
    let broken =
        |e: serde_json::Error| JournalError::Store { reason: format!("a row of `{}`: {e}", table.name()) };
    journal.rows(table).await?.into_iter().map(|r| serde_json::from_value(r).map_err(broken)).collect()
}

/// Reads and starts; when it returns, commands are answered.
pub async fn open(house: &House, arbiters: &Arbiters) -> Result<(), JournalError> {
    let journal = std::sync::Arc::clone(&house.journal);
    *house.directory.write() = Directory::open(&*journal).await?;
    let (book, revenue) = read_book(&*journal).await?;
    let operators = all(&*journal, Table::Operator).await?;
    let callbacks = all(&*journal, Table::Callback).await?;
    let vehicles = all(&*journal, Table::Vehicle).await?;
    let masters = book.masters.values().cloned().collect();
    let (calls, field) = (arbiters.calls.clone(), arbiters.field.clone());
    let mine = house.clone();
    let crew = start_guarded(&arbiters.field, "crew", Policy::default(), move |_| {
        Crew::new(mine, masters, vehicles, field)
    });
    let mine = house.clone();
    let queue = start_guarded(&arbiters.calls, "call_queue", Policy::default(), move |_| {
        CallQueue::new(mine, operators, callbacks, &calls)
    });
    let mine = house.clone();
    let telephony =
        start_guarded(&arbiters.calls, "telephony", Policy::default(), move |_| Telephony::new(mine));
    let mine = house.clone();
    let dispatcher = start_guarded(&arbiters.dispatch, "dispatcher", Policy::default(), move |_| {
        Dispatcher::new(mine, book, revenue)
    });
    let desk = Desk { dispatcher, queue, telephony, crew };
    let gone = |_| JournalError::Store { reason: "an actor died while the house was opening".into() };
    let (dispatcher, telephony) = (desk.dispatcher.clone(), desk.telephony.clone());
    if house.desk.set(desk).is_err() {
        return Err(JournalError::Store { reason: "the house is open already".into() });
    }
    dispatcher.send(Settle).await.map_err(gone)?;
    telephony.send(Recover).await.map_err(gone)
}
