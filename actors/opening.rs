//! Opens the house: reads what was kept, starts everybody, and only then lets work in.

use crate::{
    agreement_terms::AgreementTerms,
    call_centre::{
        call_queue::{CallQueue, Posted},
        recordings::Archive,
        recovery::{Begins, Recovery, open_ones},
        telephony::Telephony,
    },
    directory::Directory,
    dispatch::dispatcher::{Dispatcher, Settle, read_book},
    field::{crew::Crew, herald::Herald},
    hooks::courier::Courier,
    house::{Desk, House},
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::ArbiterHandle;
use domain::{
    calls::{
        call::{Call, CallState},
        callback::Callback,
        operator::Operator,
        wallboard::Wallboard,
    },
    ports::{Journal, JournalError, Table},
};
use jiff::Timestamp;
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

/// What earlier calls tell: who talked with whom, the figures of the day so far, and which of them may go on.
async fn remember_calls(house: &House) -> Result<Recovery, JournalError> {
    let journal = &*house.journal;
    let mut calls: Vec<Call> = all(journal, Table::Call).await?;
    let rule = house.wall_rule();
    let day = |at: Timestamp| at.to_zoned(rule.zone.clone()).date();
    let today = day(house.now());
    calls.sort_by_key(|call| call.started);
    calls.iter().filter(|call| call.is_over()).for_each(|call| house.file_call(call));
    for (call, client) in
        calls.iter().filter(|call| call.is_over()).filter_map(|call| Some((call, call.client?)))
    {
        let text = call.disposition.clone().unwrap_or_default();
        let state = serde_json::to_value(call.state).unwrap_or_default();
        let (id, state) = (call.id.to_string(), state.as_str().unwrap_or_default().to_owned());
        house.directory.write().remember(client, call.started, "call", &id, &state, &text);
    }
    let talked = calls.iter().filter(|call| call.state == CallState::Closed);
    for (call, client, operator) in talked.filter_map(|call| Some((call, call.client?, call.operator?))) {
        house.directory.write().talked(client, operator, call.about);
    }
    let tasks: Vec<Callback> = all(journal, Table::Callback).await?;
    let of_today = calls.iter().filter(|call| day(call.started) == today).map(|call| call.id.to_string());
    let tasks = tasks.iter().filter(|task| day(task.since) == today).map(|task| task.id.to_string());
    let mut wallboard = Wallboard::new(rule.clone());
    for entity in of_today.chain(tasks) {
        for fact in journal.facts(&entity).await? {
            wallboard.hear(&fact);
        }
    }
    *house.wallboard.lock() = wallboard;
    Ok(Recovery::plan(open_ones(&calls), house.line.survivors()))
}

/// Reads and starts; when it returns, commands are answered.
pub async fn open(house: &House, arbiters: &Arbiters) -> Result<(), JournalError> {
    let journal = std::sync::Arc::clone(&house.journal);
    *house.directory.write() = Directory::open(&*journal).await?;
    house.take_up_lines().await?;
    *house.company.write() = all(&*journal, Table::Company).await?.pop();
    *house.policy.write() = all(&*journal, Table::Policy).await?.pop();
    let recovery = remember_calls(house).await?;
    let (book, revenue) = read_book(&*journal).await?;
    let operators: Vec<Operator> = all(&*journal, Table::Operator).await?;
    let devices = operators.iter().map(|operator| (operator.id, operator.device.clone())).collect();
    let posts: Vec<Posted> = operators.iter().filter_map(|operator| recovery.post(operator)).collect();
    let begin = |operator: Operator| {
        let begins = recovery.begins(&operator);
        (operator, begins)
    };
    let operators: Vec<(Operator, Begins)> = operators.into_iter().map(begin).collect();
    let tasks = (all(&*journal, Table::Callback).await?, all(&*journal, Table::Campaign).await?);
    let vehicles = all(&*journal, Table::Vehicle).await?;
    let masters = book.masters.values().cloned().collect();
    let (calls, field) = (arbiters.calls.clone(), arbiters.field.clone());
    let mine = house.clone();
    let crew = start_guarded(&arbiters.field, "crew", Policy::default(), move |_| {
        Crew::new(mine, masters, vehicles, field)
    });
    let mine = house.clone();
    let queue = start_guarded(&arbiters.calls, "call_queue", Policy::default(), move |_| {
        CallQueue::new(mine, operators, tasks, &calls)
    });
    let mine = house.clone();
    let telephony =
        start_guarded(&arbiters.calls, "telephony", Policy::default(), move |_| Telephony::new(mine));
    let mine = house.clone();
    let archive = start_guarded(&arbiters.calls, "archive", Policy::default(), move |_| Archive::new(mine));
    let mine = house.clone();
    let terms = start_guarded(&arbiters.calls, "agreement_terms", Policy::default(), move |_| {
        AgreementTerms::new(mine)
    });
    let mine = house.clone();
    let dispatcher = start_guarded(&arbiters.dispatch, "dispatcher", Policy::default(), move |_| {
        Dispatcher::new(mine, book, revenue)
    });
    let mine = house.clone();
    let herald = start_guarded(&arbiters.field, "herald", Policy::default(), move |_| Herald::new(mine));
    let (mine, hooks) = (house.clone(), all(&*journal, Table::Hook).await?);
    let courier =
        start_guarded(&arbiters.field, "courier", Policy::default(), move |_| Courier::new(mine, hooks));
    let desk = Desk { dispatcher, queue, telephony, archive, terms, crew, herald, courier };
    let gone = |_| JournalError::Store { reason: "an actor died while the house was opening".into() };
    let (dispatcher, queue) = (desk.dispatcher.clone(), desk.queue.clone());
    if house.desk.set(desk).is_err() {
        return Err(JournalError::Store { reason: "the house is open already".into() });
    }
    dispatcher.send(Settle).await.map_err(gone)?;
    for post in posts {
        queue.send(post).await.map_err(gone)?;
    }
    recovery.carry_out(house, &devices).await
}
