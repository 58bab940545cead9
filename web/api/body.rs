//! Bodies of requests: JSON, read strictly, from our own pages only.

use crate::{
    api::House,
    problem::{Problem, brief},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A JSON body. Unknown fields are refused by the types that are read.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<House>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Problem> {
        from_our_page(request.headers())?;
        is_json(request.headers())?;
        let bytes = Bytes::from_request(request, house).await.map_err(|rejection| {
            let status = rejection.status();
            Problem::new(
                status,
                "body",
                format!("the body cannot be read: {}", rejection.body_text().to_lowercase()),
            )
        })?;
        serde_json::from_slice(&bytes).map(Body).map_err(|error| Problem::json("the body", &error))
    }
}

/// A page of another site may not act with the cookies of ours. Browsers say where a request is from.
pub(crate) fn from_our_page(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or("?")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(site) => Err(Problem::forbidden(format!("a `{site}` request may not change anything here"))),
    }
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap_or("?"));
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format!("a body of type `{}` was sent: expected `application/json`", brief(kind));
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", detail))
}
