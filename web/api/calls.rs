//! Calls that are over: the history, and what happened to one of them, among it who heard its recording.

use crate::{
    api::{House, clients::parsed, session::SignedIn},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use domain::{
    access::Role,
    calls::trace::Traced,
    ports::{Fact, Seat},
    values::id::{CallId, ClientId},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    /// Of this client alone.
    client: Option<String>,
}

/// The newest first. Operators see those of a client, supervisors all.
pub(super) async fn history(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    asked: Result<Query<Of>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(of) = asked.map_err(|no| Problem::invalid("query", no.body_text().to_lowercase()))?;
    let client = of.client.as_deref().map(parsed::<ClientId>).transpose()?;
    match (seat.role, client) {
        (Role::Manager | Role::Admin, _) | (Role::Operator | Role::Dispatcher, Some(_)) => {}
        _ => return Err(Problem::forbidden("all calls are for supervisors: expected `client`")),
    }
    Ok(Json(json!({ "calls": house.door.calls(&seat, client) })))
}

/// What happened to a call, oldest first.
pub(super) async fn events(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    supervisor(&seat)?;
    let id: CallId = parsed(&id)?;
    let facts = house.door.facts(&id.to_string()).await?;
    let row = |fact: Fact| json!({ "at": fact.at.as_millisecond(), "by": fact.by, "name": fact.name, "data": fact.data });
    Ok(Json(facts.into_iter().map(row).collect()))
}

/// The messages of all lines of a call; `dialog` numbers the lines, the caller's is 0.
pub(super) async fn trace(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    supervisor(&seat)?;
    let id: CallId = parsed(&id)?;
    let dialogs = house.door.dialogs(id);
    let messages = dialogs.iter().enumerate().flat_map(|(dialog, sip)| {
        let all = house.traces.of(sip).into_iter();
        all.map(move |message| row_of(dialog, message))
    });
    Ok(Json(json!({ "messages": messages.collect::<Vec<Value>>() })))
}

fn row_of(dialog: usize, message: Traced) -> Value {
    let Traced { at, outgoing, carrier, peer, title, cseq, audio, codecs, plain, text, left_out } = message;
    // Milliseconds with their fraction: messages of one call lie closer than that.
    let at = at.as_microsecond() as f64 / 1000.0;
    json!({
        "dialog": dialog, "at": at, "flow": if outgoing { "out" } else { "in" }, "carrier": carrier, "peer": peer, "title": title,
        "cseq": cseq, "audio": audio, "codecs": codecs, "plain": plain, "text": text, "left_out": left_out,
    })
}

fn supervisor(seat: &Seat) -> Result<(), Problem> {
    match seat.role {
        Role::Manager | Role::Admin => Ok(()),
        _ => Err(Problem::forbidden("what happened to calls is for supervisors")),
    }
}
