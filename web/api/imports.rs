//! Tables that an administrator brings in: sent in pieces, looked at, and what became of their lines.

use crate::{
    api::{
        House,
        blobs::{named, number},
        body::{Body, from_our_page},
        clients::parsed,
        session::SignedIn,
    },
    problem::Problem,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use domain::{
    access::Role,
    imports::import::Wish,
    ports::{Held, Seat},
    values::id::ImportId,
};
use serde_json::{Value, json};
use std::sync::Arc;

fn at_the_keys(seat: &Seat) -> Result<(), Problem> {
    match seat.role {
        Role::Admin => Ok(()),
        _ => Err(Problem::forbidden("only an administrator brings tables in")),
    }
}

/// How much of a table is here: where to go on.
pub(super) async fn held(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Held>, Problem> {
    at_the_keys(&seat)?;
    Ok(Json(house.tables.held(&named(&name)?).await?))
}

/// One more piece, as of a photograph.
pub(super) async fn append(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    piece: Bytes,
) -> Result<Json<Held>, Problem> {
    from_our_page(&headers)?;
    at_the_keys(&seat)?;
    let (from, total) = (number(&headers, "upload-offset")?, number(&headers, "upload-length")?);
    Ok(Json(house.tables.append(&named(&name)?, from, total, piece.to_vec()).await?))
}

/// What a table begins with, and what would become of its lines.
pub(super) async fn preview(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Body(wish): Body<Wish>,
) -> Result<Json<Value>, Problem> {
    at_the_keys(&seat)?;
    Ok(Json(house.door.preview_import(wish).await?))
}

/// All imports, newest first.
pub(super) async fn all(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    at_the_keys(&seat)?;
    Ok(Json(json!({ "imports": house.door.imports().await? })))
}

/// The lines of an import that were not written, and the cards that stayed after its undo.
pub(super) async fn lines(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    at_the_keys(&seat)?;
    let id: ImportId = parsed(&id)?;
    let facts = house.door.facts(&id.to_string()).await?;
    let listed = |name: &'static str| {
        facts
            .iter()
            .filter_map(move |fact| fact.data.get(name)?.as_array())
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
    };
    Ok(Json(json!({ "bad": listed("bad"), "kept": listed("kept") })))
}
