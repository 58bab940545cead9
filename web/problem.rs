//! Every error on the wire: one shape, RFC 9457.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::refusal::{Refusal, RefusalKind};
use serde::Serialize;
use serde_json::Value;

/// What went wrong, for a program (`type`, `status`) and for a person (`title`, `detail`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `/problems/visit-state`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The class of the problem in a few words.
    pub title: &'static str,
    /// The HTTP status, on the socket too.
    pub status: u16,
    /// Names the value and what was expected.
    pub detail: String,
    /// Seconds after which it makes sense to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The row as it is now, when somebody changed it meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<Value>>,
}

impl Problem {
    /// A problem of a status; `code` is kebab-case.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        let title = title_of(status);
        Self {
            kind: format!("/problems/{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            retry_after,
            current: None,
        }
    }
    /// The text could not be read at all (400).
    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", detail)
    }
    /// A value says no (422).
    pub fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }
    /// Nobody is signed in (401).
    pub fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "signed-out",
            "sign in first: the session is missing or has ended",
        )
    }
    /// The role or the origin may not (403).
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }
    /// There is no such thing (404).
    pub fn unknown(what: &str, named: &str) -> Self {
        let code = format!("unknown-{}", what.replace(' ', "-"));
        Self::new(StatusCode::NOT_FOUND, &code, format!("there is no {what} `{}`", brief(named)))
    }
    /// Too much at once (429).
    pub fn too_many(detail: impl Into<String>, retry_after: u64) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", detail);
        Self { retry_after: Some(retry_after.max(1)), ..problem }
    }
    /// The house cannot answer just now (503).
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }
    /// JSON that is torn (400) or does not say what was asked for (422); both name the place.
    pub fn json(what: &str, error: &serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Data => {
                Self::invalid("unexpected-value", format!("{what} is not as expected: {error}"))
            }
            _ => Self::unreadable(format!("{what} is not JSON: {error}")),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Unknown => StatusCode::NOT_FOUND,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::State | RefusalKind::Stale => StatusCode::CONFLICT,
            RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self { current: refusal.current, ..Self::new(status, &refusal.code, refusal.detail) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Gives an error that came from below (a body that is too long, a torn path) the same shape as ours.
pub(crate) async fn dress(response: Response) -> Response {
    let status = response.status();
    // The pages of clients say what is wrong in words of their own.
    let ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/problem+json" || kind == "text/html; charset=utf-8");
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let title = title_of(status);
    let code = title.to_lowercase().replace(' ', "-");
    let mut dressed = Problem::new(status, &code, title.to_lowercase()).into_response();
    // what would have been allowed: methods, or bytes
    for name in [header::ALLOW, header::CONTENT_RANGE] {
        if let Some(allowed) = response.headers().get(&name) {
            dressed.headers_mut().insert(name, allowed.clone());
        }
    }
    dressed
}

/// A name from outside, cut to what fits in an error.
pub(crate) fn brief(named: &str) -> String {
    let mut short: String = named.chars().take(60).collect();
    if short.len() < named.len() {
        short.push('…');
    }
    short
}

fn title_of(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_status() {
        for (refusal, status) in [
            (Refusal::invalid("sum", "`-1` is not a sum"), 422),
            (Refusal::unknown("visit", "visit_x"), 404),
            (Refusal::forbidden("no"), 403),
            (Refusal::state("visit-state", "no"), 409),
            (Refusal::stale("visit", 1, 2), 409),
            (Refusal::unavailable("no"), 503),
        ] {
            let problem = Problem::from(refusal);
            assert_eq!(problem.status, status, "{problem:?}");
            assert_eq!(problem.retry_after.is_some(), status == 503);
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(brief("короткое"), "короткое");
        assert_eq!(brief(&"я".repeat(200)).chars().count(), 61);
    }
}
