//! The screens, built into the server: any path that is not the API's opens the application.

use crate::{
    api::no_such_path,
    problem::{Problem, brief},
};
use axum::{
    extract::OriginalUri,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "ui/dist"]
struct Screens;

/// Scripts, styles and connections from here only; inline styles are for positions on the board.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Sent with every answer.
const GUARDS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "microphone=(self), camera=(self), geolocation=(self)"),
];

/// Adds the headers that keep a browser from being used against its user.
pub(crate) async fn guard(mut response: Response) -> Response {
    for (name, value) in GUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A file of the screens, or the application for a path it draws itself.
pub(crate) async fn serve(method: Method, uri: OriginalUri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/').to_owned();
    if path == "api" || path.starts_with("api/") {
        return no_such_path(uri).await.into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let detail = format!("`{method}` is not for `/{}`", brief(&path));
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
        return ([(header::ALLOW, "GET, HEAD")], problem).into_response();
    }
    if let Some(file) = Screens::get(&path) {
        return sent(&path, file, &headers);
    }
    match Screens::get("index.html") {
        Some(page) if !path.starts_with("assets/") => sent("index.html", page, &headers),
        _ => Problem::unknown("file", &path).into_response(),
    }
}

fn sent(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = file.metadata.sha256_hash()[..12]
        .iter()
        .fold(String::from("\""), |tag, byte| tag + &format!("{byte:02x}"));
    let tag = tag + "\"";
    // The build puts a hash of the content into the names under `assets/`; other names stay, so they are asked about.
    let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, keep)])
            .into_response();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let about = [(header::CONTENT_TYPE, kind.as_str()), (header::ETAG, &tag), (header::CACHE_CONTROL, keep)];
    (about, file.data).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(path: &'static str, tag: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, tag.parse().expect("a header"));
        }
        serve(Method::GET, OriginalUri(path.parse().expect("a path")), headers).await
    }

    #[tokio::test]
    async fn the_application_answers_for_its_paths() {
        for path in ["/", "/board", "/m/visits/7", "/index.html"] {
            let answer = asked(path, None).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
        }
        for path in ["/api", "/api/nothing", "/assets/gone.js", "/assets/../../Cargo.toml"] {
            assert_eq!(asked(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn a_page_that_is_known_is_not_sent_again() {
        let first = asked("/", None).await;
        let tag = first.headers()[header::ETAG].to_str().expect("text").to_owned();
        assert_eq!(asked("/", Some(&tag)).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(asked("/", Some("\"other\"")).await.status(), StatusCode::OK);
    }
}
