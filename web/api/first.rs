//! The first run: who holds the key that the server has told founds the firm and becomes its administrator.

use crate::{
    api::{House, body::Body, session::cookie},
    live::frame::user,
    problem::Problem,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Instant};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Founding {
    key: String,
    wish: Value,
}

/// Is nobody here yet?
pub(super) async fn is_first(State(house): State<Arc<House>>) -> Json<Value> {
    Json(json!({ "first": house.door.users().is_empty() }))
}

/// Founds the firm; who does it is signed in.
pub(super) async fn found(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Body(given): Body<Founding>,
) -> Result<Response, Problem> {
    let tallies = [("first".to_owned(), 20)];
    house.attempts.take(&tallies, Instant::now()).map_err(|wait| {
        Problem::too_many("too many attempts to found the firm: wait a few minutes", wait.as_secs() + 1)
    })?;
    let digest = |text: &str| Sha256::digest(text.trim());
    if house.first_key.is_empty() || digest(&given.key) != digest(&house.first_key) {
        return Err(Problem::forbidden("the key is not the one that the server told when it started"));
    }
    let login = house.door.found(given.wish).await?;
    let known = house.door.user(&login).ok_or_else(Problem::signed_out)?;
    let seat = super::session::seat_of(known);
    let token = house.sessions.open(&login, Instant::now());
    tracing::info!(user = %seat.user, "the firm is founded");
    Ok(([(header::SET_COOKIE, cookie(&token, &headers))], Json(json!({ "user": user(&seat) })))
        .into_response())
}
