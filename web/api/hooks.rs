//! Links to other programmes as an administrator reads them, and what has happened for those who rather ask than wait.

use crate::{
    api::{House, session::SignedIn},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use domain::{access::Role, ports::Seat};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Events in one answer, when nobody says how many.
const USUAL: u64 = 100;

fn at_the_keys(seat: &Seat) -> Result<(), Problem> {
    match seat.role {
        Role::Admin => Ok(()),
        _ => Err(Problem::forbidden("links to other programmes are for an administrator")),
    }
}

/// Every link with its last tries; never a secret.
pub(super) async fn all(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    at_the_keys(&seat)?;
    Ok(Json(json!({ "hooks": house.door.hooks().await? })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The event to go on after.
    #[serde(default)]
    after: u64,
    /// Kinds between commas; all when absent.
    kinds: Option<String>,
    limit: Option<u64>,
    /// With what tells of persons?
    #[serde(default)]
    personal: bool,
}

/// `{events, next, head}`: the same rows that are posted, in their order; `next` is where to go on.
pub(super) async fn events(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    at_the_keys(&seat)?;
    let Query(asked) = asked.map_err(|no| Problem::invalid("query", no.body_text().to_lowercase()))?;
    let kinds = asked.kinds.as_deref().unwrap_or("*").split(',').map(|kind| kind.trim().to_owned()).collect();
    let limit = asked.limit.unwrap_or(USUAL);
    Ok(Json(house.door.events(asked.after, kinds, limit, asked.personal).await?))
}
