//! The time machine: the board of a past day.

use crate::{
    api::{House, session::SignedIn},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Instants in milliseconds; without `until` the board at `from` alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: i64,
    until: Option<i64>,
}

/// `{from, until, rows: [[key, row]…], changes: [[at, key, changed fields]…]}`, for who may see the board.
pub(super) async fn board(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    if !seat.role.may_watch("board") {
        return Err(Problem::forbidden("the board's past is for who may see the board"));
    }
    let Query(Asked { from, until }) =
        asked.map_err(|no| Problem::invalid("query", no.body_text().to_lowercase()))?;
    let instant = |ms: i64| {
        Timestamp::from_millisecond(ms).map_err(|_| {
            Problem::invalid("past", format!("`{ms}` is no instant: expected milliseconds since 1970"))
        })
    };
    Ok(Json(house.door.past(instant(from)?, instant(until.unwrap_or(from))?).await?))
}
