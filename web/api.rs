//! The HTTP side: what is behind `/api`, and the state that handlers share.

pub(crate) mod blobs;
mod body;
mod calls;
mod clients;
mod commands;
mod document;
mod first;
mod hooks;
mod imports;
mod limits;
mod login;
mod office;
mod password;
mod past;
mod recordings;
mod reports;
pub(crate) mod session;
#[cfg(test)]
mod tests;
mod track;

use crate::{assets, live, live::hub::Hub, page, problem, problem::Problem};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, OriginalUri, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::{get, post},
};
use domain::{
    access::Role,
    calls::trace::Traces,
    ports::{Blobs, Clock, FrontDoor, Recordings},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};

pub(crate) use body::from_our_page;
pub(crate) use commands::{admit, carry_out};
pub(crate) use limits::Bucket;
pub use password::hash_password;

/// The longest body and the longest frame that are read.
pub(crate) const LONGEST: usize = 256 * 1024;

/// The longest word of a tracker.
const LONGEST_FIX: usize = 16 * 1024;

/// A login that a demo shows on its door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoLogin {
    /// What is typed at the door.
    pub login: String,
    /// The password, in clear: only a demo has one of these.
    pub password: String,
    /// The name that colleagues see.
    pub name: String,
    /// The workplace.
    pub role: Role,
}

/// What the web is given by the house.
#[derive(Clone)]
pub struct WebState {
    /// Commands, search, cards and users.
    pub door: Arc<dyn FrontDoor>,
    /// Live topics; the actors publish to it.
    pub hub: Arc<Hub>,
    /// The city's clock.
    pub clock: Arc<dyn Clock>,
    /// Photographs and signatures.
    pub blobs: Arc<dyn Blobs>,
    /// Tables that an administrator brings in.
    pub tables: Arc<dyn Blobs>,
    /// Recordings of calls.
    pub recordings: Arc<dyn Recordings>,
    /// Messages of calls.
    pub traces: Arc<dyn Traces>,
    /// Signs the links of clients and the tickets of recordings; who changes it shuts all of them.
    pub link_key: [u8; 32],
    /// What who founds the firm must know; empty: nobody can.
    pub first_key: String,
    /// Logins to show at the door; `None` outside of a demo.
    pub demo: Option<Vec<DemoLogin>>,
}

/// What the house gave, and what the web keeps itself.
pub(crate) struct House {
    pub(crate) door: Arc<dyn FrontDoor>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sessions: session::Sessions,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) tables: Arc<dyn Blobs>,
    pub(crate) recordings: Arc<dyn Recordings>,
    pub(crate) traces: Arc<dyn Traces>,
    pub(crate) link_key: [u8; 32],
    first_key: String,
    demo: Option<Vec<DemoLogin>>,
    pub(crate) attempts: limits::Attempts,
    passwords: password::Passwords,
    opened: Instant,
}

impl House {
    /// The instant by the city's clock, as the wire has it.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

/// Everything a browser asks for: `/api`, `/ws`, and the screens for any other path.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: login attempts are then counted per
/// address too.
pub fn router(state: WebState) -> Router {
    let house = Arc::new(House {
        door: state.door,
        hub: state.hub,
        clock: state.clock,
        sessions: session::Sessions::default(),
        blobs: state.blobs,
        tables: state.tables,
        recordings: state.recordings,
        traces: state.traces,
        link_key: state.link_key,
        first_key: state.first_key,
        demo: state.demo,
        attempts: limits::Attempts::default(),
        passwords: password::Passwords::default(),
        opened: Instant::now(),
    });
    let api = Router::new()
        .route("/login", post(login::login))
        .route("/logout", post(login::logout))
        .route("/first", get(first::is_first).post(first::found))
        .route("/me", get(login::me))
        .route("/demo", get(demo))
        .route("/health", get(health))
        .route("/openapi.json", get(document::json))
        .route("/docs", get(document::page))
        .route("/cmd", post(commands::command))
        .route("/clients", get(clients::search))
        .route("/people", get(clients::people))
        .route("/clients/{id}", get(clients::card))
        .route("/visits/{id}/events", get(clients::events))
        .route("/visits/{id}/link", get(page::link_of))
        .route("/blobs/{name}", get(blobs::read).patch(blobs::append))
        .route("/blobs/{name}/held", get(blobs::held))
        .route("/calls", get(calls::history))
        .route("/calls/{id}/events", get(calls::events))
        .route("/calls/{id}/trace", get(calls::trace))
        .route("/calls/{id}/recording", post(recordings::hear))
        .route("/recordings/{ticket}", get(recordings::read))
        .route("/board/past", get(past::board))
        .route("/masters/{id}/tracker", get(track::set_up))
        .route("/users", get(office::users))
        .route("/company", get(office::company))
        .route("/roster", get(office::roster))
        .route("/skills", get(office::skills))
        .route("/branches", get(office::branches))
        .route("/templates", get(office::templates))
        .route("/zones", get(office::zones))
        .route("/system", get(office::system))
        .route("/imports", get(imports::all))
        .route("/imports/preview", post(imports::preview))
        .route("/imports/files/{name}", get(imports::held).patch(imports::append))
        .route("/imports/{id}/lines", get(imports::lines))
        .route("/checkup", get(office::checkup))
        .route("/lines", get(office::lines))
        .route("/reports/calls", get(reports::calls))
        .route("/hooks", get(hooks::all))
        .route("/events", get(hooks::events))
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(unkept));
    Router::new()
        .nest("/api", api)
        .nest("/t", page::routes())
        .nest("/track", track::routes().layer(DefaultBodyLimit::max(LONGEST_FIX)))
        .route("/ws", get(live::socket::upgrade))
        .fallback(assets::serve)
        .method_not_allowed_fallback(wrong_method)
        .layer(map_response(problem::dress))
        .layer(map_response(assets::guard))
        .with_state(house)
}

/// Answers of the API are never kept by a browser or a proxy.
async fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn health(State(house): State<Arc<House>>) -> Json<Value> {
    Json(json!({ "status": "ok", "now": house.now(), "lapse": house.clock.lapse() }))
}

async fn demo(State(house): State<Arc<House>>) -> Result<Json<Vec<DemoLogin>>, Problem> {
    house.demo.clone().map(Json).ok_or_else(|| Problem::unknown("path", "/api/demo"))
}

pub(crate) async fn no_such_path(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::unknown("path", uri.path())
}

async fn wrong_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format!("`{method}` is not for `{}`", problem::brief(uri.path()));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}
