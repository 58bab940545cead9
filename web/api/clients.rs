//! Reading: clients as they are typed, a client's card, what happened to a visit.

use crate::{
    api::{House, session::SignedIn},
    problem::{Problem, brief},
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use domain::{
    access::Role,
    ports::{Fact, Seat},
    values::id::{ClientId, VisitId},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fmt::Display, str::FromStr, sync::Arc};

/// Rows of a type-ahead.
const SHOWN: usize = 20;
/// The longest thing that is looked for, in characters.
const LONGEST: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    q: String,
}

pub(super) async fn search(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    asked: Result<Query<Search>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let typed = typed(&seat, asked)?;
    let found = if typed.is_empty() { Vec::new() } else { house.door.search(&typed, SHOWN) };
    Ok(Json(json!({ "found": found })))
}

/// Whom a call can be given to besides colleagues.
pub(super) async fn people(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    asked: Result<Query<Search>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let typed = typed(&seat, asked)?;
    Ok(Json(json!({ "found": house.door.people(&typed, SHOWN) })))
}

fn typed(seat: &Seat, asked: Result<Query<Search>, QueryRejection>) -> Result<String, Problem> {
    at_a_desk(seat)?;
    let Query(Search { q }) = asked.map_err(|no| Problem::invalid("query", no.body_text().to_lowercase()))?;
    let typed = q.trim();
    if typed.chars().count() > LONGEST {
        let detail = format!("`{}` is too long: expected at most {LONGEST} characters", brief(typed));
        return Err(Problem::invalid("query", detail));
    }
    Ok(typed.to_owned())
}

pub(super) async fn card(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    at_a_desk(&seat)?;
    let id: ClientId = parsed(&id)?;
    Ok(Json(house.door.card(&id.to_string()).await?))
}

pub(super) async fn events(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    at_a_desk(&seat)?;
    let id: VisitId = parsed(&id)?;
    let facts = house.door.facts(&id.to_string()).await?;
    let row = |fact: Fact| json!({ "at": fact.at.as_millisecond(), "by": fact.by, "name": fact.name, "data": fact.data });
    Ok(Json(facts.into_iter().map(row).collect()))
}

/// Masters see their own jobs only, on their own topic.
fn at_a_desk(seat: &Seat) -> Result<(), Problem> {
    match seat.role {
        Role::Master => Err(Problem::forbidden("the role `master` may not look through clients and visits")),
        _ => Ok(()),
    }
}

pub(super) fn parsed<T: FromStr<Err: Display>>(id: &str) -> Result<T, Problem> {
    id.parse().map_err(|wrong: T::Err| Problem::invalid("id", wrong.to_string()))
}
