//! The client's page `/t/:token`: one visit, opened by a signed link, drawn by the server; nothing in it needs a
//! script. It shows the client's own address and the master on the way, and no other place.

mod draw;
pub(crate) mod link;
#[cfg(test)]
mod tests;
mod words;

use crate::{
    api::{House, blobs, from_our_page, session::SignedIn},
    problem::Problem,
};
use axum::{
    Form, Json, Router,
    extract::{ConnectInfo, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use domain::{
    access::Role,
    ports::{Command, Seat},
    values::id::{Id, VisitId},
};
use draw::{Sight, act, closed, page, paying};
use link::Shut;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Instant};
use uuid::Uuid;
use words::Language;

/// A link opens its visit for so long after it was made: two weeks.
const LIFE_SECONDS: i64 = 14 * 24 * 3600;
/// Links that open nothing, from one address in five minutes.
const WRONG: u32 = 20;
/// Looks from one address in five minutes.
const LOOKS: u32 = 400;
/// Steps at one visit in five minutes.
const STEPS: u32 = 30;
/// Characters of a form's key: with the visit's id before them they fill the longest command id.
const KEY: usize = 31;

/// What is below `/t`.
pub(crate) fn routes() -> Router<Arc<House>> {
    Router::new()
        .route("/{token}", get(look).post(step))
        .route("/{token}/act", get(print))
        .route("/{token}/signature", get(signature))
        .layer(map_response(private))
}

/// Nobody keeps the page, and nobody learns its address.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

/// Somebody who came by a link.
struct Visitor {
    visit: VisitId,
    token: String,
    language: Language,
}

impl Visitor {
    /// Opens the link, or says why not on a page of its own.
    fn let_in(
        house: &House,
        token: String,
        asked: Option<&str>,
        headers: &HeaderMap,
        from: SocketAddr,
    ) -> Result<Self, Box<Response>> {
        let language = Language::of(asked, headers);
        let shut =
            |status: StatusCode, why: &str| Box::new((status, Html(closed(language, why))).into_response());
        let (now, ip) = (Instant::now(), from.ip());
        let wrong = [(format!("link {ip}"), WRONG), (format!("look {ip}"), LOOKS)];
        if house.attempts.take(&wrong, now).is_err() {
            return Err(shut(StatusCode::TOO_MANY_REQUESTS, "busy"));
        }
        match link::open(&house.link_key, &token, house.now() / 1000) {
            Ok(visit) => {
                house.attempts.forgive(&wrong[..1]);
                Ok(Self { visit, token, language })
            }
            Err(Shut::Foreign) => Err(shut(StatusCode::NOT_FOUND, "foreign")),
            Err(Shut::Expired) => Err(shut(StatusCode::GONE, "expired")),
        }
    }
    fn seat() -> Seat {
        let user = Id::from_uuid(Uuid::nil());
        Seat {
            user,
            login: "client".into(),
            name: String::new(),
            role: Role::Client,
            master: None,
            operator: None,
        }
    }
    async fn ask(&self, house: &House, id: String, name: &str, mut args: Value) -> Result<Value, Problem> {
        args["visit"] = json!(self.visit);
        let command = Command { id, name: name.into(), args, rev: None };
        crate::api::carry_out(house, Self::seat(), command).await.map(|answer| answer.ok)
    }
    /// Everything that the page may show.
    async fn sight(&self, house: &House, said: Option<String>) -> Result<Sight, Problem> {
        let more = self.ask(house, "look".into(), "link.offer", json!({})).await?;
        let row = house.hub.row("board", &self.visit.to_string()).unwrap_or(Value::Null);
        let on_the_way = row["state"] == "en_route";
        let master = row["master"].as_str().and_then(|id| house.hub.row("board", id));
        let pos =
            master.as_ref().filter(|_| on_the_way).map(|m| m["pos"].clone()).filter(|pos| !pos.is_null());
        let master = master.and_then(|m| m["name"].as_str().map(str::to_owned));
        let zone = jiff::tz::TimeZone::get(&house.clock.zone()).unwrap_or(jiff::tz::TimeZone::UTC);
        let fresh = format!("{:032x}", rand::random::<u128>());
        let (language, token) = (self.language, self.token.clone());
        Ok(Sight { language, token, row, more, master, pos, zone, now: house.now(), said, fresh })
    }
    fn sorry(&self, problem: &Problem) -> Response {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        (status, Html(closed(self.language, "later"))).into_response()
    }
}

/// What the visitor came to see, or why not.
async fn shown(
    house: &House,
    visitor: Result<Visitor, Box<Response>>,
    draw: impl FnOnce(&Sight) -> String,
) -> Response {
    let visitor = match visitor {
        Ok(visitor) => visitor,
        Err(shut) => return *shut,
    };
    match visitor.sight(house, None).await {
        Ok(sight) => Html(draw(&sight)).into_response(),
        Err(problem) => visitor.sorry(&problem),
    }
}

async fn look(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    shown(&house, Visitor::let_in(&house, token, asked.lang.as_deref(), &headers, from), page).await
}

/// A step of the client: the name of the form is the command.
async fn step(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let visitor = match Visitor::let_in(&house, token, asked.lang.as_deref(), &headers, from) {
        Ok(visitor) => visitor,
        Err(shut) => return *shut,
    };
    if let Err(problem) = from_our_page(&headers) {
        return problem.into_response();
    }
    let steps = [(format!("step {}", visitor.visit), STEPS)];
    if house.attempts.take(&steps, Instant::now()).is_err() {
        return (StatusCode::TOO_MANY_REQUESTS, Html(closed(visitor.language, "busy"))).into_response();
    }
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let (name, args) = match field("do") {
        "move" => {
            let (from, to) = field("window").split_once('-').unwrap_or_default();
            ("link.reschedule", json!({"from": number(from), "to": number(to)}))
        }
        "quote" => {
            ("link.approve", json!({"quote": number(field("quote")), "agreed": field("agreed") == "yes"}))
        }
        "pay" => ("link.pay", json!({"sum": field("sum")})),
        _ => ("link.rate", json!({"stars": number(field("stars"))})),
    };
    // The key was drawn with the page: a form that is sent twice is carried out once.
    // It counts within the visit alone, so that a made-up key cannot fetch what another client was told.
    let key: String = field("key").chars().filter(char::is_ascii_alphanumeric).take(KEY).collect();
    let done = visitor.ask(&house, format!("{}-{key}", visitor.visit), name, args).await;
    match done {
        Ok(answer) if name == "link.pay" => {
            Html(paying(visitor.language, &visitor.token, answer["qr"].as_str().unwrap_or_default()))
                .into_response()
        }
        Ok(_) => {
            Redirect::to(&format!("/t/{}?lang={}", visitor.token, visitor.language.code())).into_response()
        }
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            match visitor.sight(&house, Some(visitor.language.say("refused"))).await {
                Ok(sight) => (status, Html(page(&sight))).into_response(),
                Err(problem) => visitor.sorry(&problem),
            }
        }
    }
}

/// The act, to be printed or shown.
async fn print(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    shown(&house, Visitor::let_in(&house, token, asked.lang.as_deref(), &headers, from), act).await
}

async fn signature(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let visitor = match Visitor::let_in(&house, token, None, &headers, from) {
        Ok(visitor) => visitor,
        Err(shut) => return *shut,
    };
    let row = house.hub.row("board", &visitor.visit.to_string()).unwrap_or(Value::Null);
    let name = row["proof"]["signature"]["blob"].as_str().and_then(|name| name.parse().ok());
    match name {
        Some(name) => blobs::shown(&house, &name).await.unwrap_or_else(IntoResponse::into_response),
        None => Problem::unknown("file", "signature").into_response(),
    }
}

/// The link of a visit, for whoever may hand it to the client.
pub(crate) async fn link_of(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let visit: VisitId = id.parse().map_err(|_| Problem::unknown("visit", &id))?;
    let row = house.hub.row("board", &id).ok_or_else(|| Problem::unknown("visit", &id))?;
    let own = seat.master.is_some_and(|master| row["master"] == master.to_string());
    if seat.role == Role::Master && !own {
        return Err(Problem::forbidden("a master hands out links of their own visits"));
    }
    let until = house.now() / 1000 + LIFE_SECONDS;
    let token = link::make(&house.link_key, visit, u32::try_from(until).unwrap_or(u32::MAX));
    Ok(Json(json!({ "path": format!("/t/{token}"), "until": until * 1000 })))
}
