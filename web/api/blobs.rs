//! Files of masters: photographs and signatures, sent in pieces that go on where the line was lost.

use crate::{
    api::{House, body::from_our_page, session::SignedIn},
    problem::{Problem, brief},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    access::Role,
    ports::{BlobError, Held},
    visits::proof::BlobName,
};
use std::{sync::Arc, time::Instant};

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        let said = error.to_string();
        match error {
            BlobError::Unknown(name) => Self::unknown("file", name.as_str()),
            BlobError::Gap { .. } => Self::new(StatusCode::CONFLICT, "gap", said),
            BlobError::TooLong { .. } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", said),
            BlobError::Corrupt(_) => Self::invalid("corrupt", said),
            BlobError::Disk(_) => Self::unavailable(said),
        }
    }
}

/// The type of a picture by its first bytes; nothing else is kept.
pub(crate) fn picture(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A file by its name, the hash of its content.
pub(super) fn named(name: &str) -> Result<BlobName, Problem> {
    name.parse().map_err(|_| Problem::unknown("file", &brief(name)))
}

/// A header that holds a number, of bytes as a rule.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Result<u64, Problem> {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.parse()
        .map_err(|_| Problem::invalid(name, format!("`{name}` is `{}`: expected a number", brief(text))))
}

/// How much of a file is here: where to go on.
pub(super) async fn held(
    State(house): State<Arc<House>>,
    SignedIn { .. }: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Held>, Problem> {
    Ok(Json(house.blobs.held(&named(&name)?).await?))
}

/// One more piece: `upload-offset` says where it begins, `upload-length` how long the whole is.
pub(super) async fn append(
    State(house): State<Arc<House>>,
    SignedIn { seat, session }: SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    piece: Bytes,
) -> Result<Json<Held>, Problem> {
    from_our_page(&headers)?;
    if seat.role != Role::Master {
        return Err(Problem::forbidden("only a master brings photographs"));
    }
    if !session.commands.lock().take(Instant::now()) {
        return Err(Problem::too_many("too many pieces: expected at most 50 a second", 1));
    }
    let (name, from, total) =
        (named(&name)?, number(&headers, "upload-offset")?, number(&headers, "upload-length")?);
    if from == 0 && picture(&piece).is_none() {
        return Err(Problem::invalid("not-a-picture", "the file is no picture: expected JPEG, PNG or WebP"));
    }
    Ok(Json(house.blobs.append(&name, from, total, piece.to_vec()).await?))
}

/// A whole file.
pub(super) async fn read(
    State(house): State<Arc<House>>,
    SignedIn { .. }: SignedIn,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    shown(&house, &named(&name)?).await
}

/// The answer with a picture.
pub(crate) async fn shown(house: &House, name: &BlobName) -> Result<Response, Problem> {
    let bytes = house.blobs.read(name).await?;
    let kind = picture(&bytes).unwrap_or("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}
