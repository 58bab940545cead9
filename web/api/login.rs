//! The door: in, out, and who am I.

use crate::{
    api::{
        House,
        body::{Body, from_our_page},
        session::{SignedIn, cookie, seat_of},
    },
    live::frame::user,
    problem::Problem,
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{Extensions, HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use std::{net::SocketAddr, sync::Arc, time::Instant};

/// Failures in five minutes: of one login from one address, of one login, of one address.
const LIMITS: (u32, u32, u32) = (10, 100, 300);
/// The longest login, in bytes.
const LONGEST_LOGIN: usize = 128;
/// The longest password, in bytes.
const LONGEST_PASSWORD: usize = 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    login: String,
    password: String,
    /// Chosen in place of a password of one use.
    #[serde(default)]
    chosen: Option<String>,
}

pub(super) async fn login(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    extensions: Extensions,
    Body(given): Body<Credentials>,
) -> Result<Response, Problem> {
    let login = given.login.trim().to_lowercase();
    if login.is_empty() || login.len() > LONGEST_LOGIN {
        return Err(Problem::invalid("login", format!("a login has 1 to {LONGEST_LOGIN} bytes")));
    }
    if given.password.len() > LONGEST_PASSWORD {
        return Err(Problem::invalid("password", format!("a password has at most {LONGEST_PASSWORD} bytes")));
    }
    let address = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_string());
    let tallies = tallies(&login, address.as_deref());
    house.attempts.take(&tallies, Instant::now()).map_err(|wait| {
        Problem::too_many("too many attempts to sign in: wait a few minutes", wait.as_secs() + 1)
    })?;
    let known = house.door.user(&login);
    let hash = known.as_ref().map(|user| user.password.clone());
    let right = house.passwords.verify(given.password.clone(), hash).await?;
    let Some(user_known) = known.filter(|_| right) else {
        tracing::info!(address, "a sign-in was refused");
        let detail = "the login or the password is not right";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "wrong-password", detail));
    };
    house.attempts.forgive(&tallies);
    if user_known.once {
        choose(&house, &login, &given).await?;
    }
    let seat = seat_of(user_known);
    house.sessions.close(&headers);
    let token = house.sessions.open(&login, Instant::now());
    tracing::info!(user = %seat.user, role = ?seat.role, "signed in");
    Ok(([(header::SET_COOKIE, cookie(&token, &headers))], Json(json!({ "user": user(&seat) })))
        .into_response())
}

/// A password of one use opens the door only together with another one.
async fn choose(house: &House, login: &str, given: &Credentials) -> Result<(), Problem> {
    let Some(chosen) = given.chosen.as_deref() else {
        let detail = "the password is good for once: choose one of your own";
        return Err(Problem::new(StatusCode::FORBIDDEN, "password-once", detail));
    };
    if chosen.len() > LONGEST_PASSWORD || chosen == given.password {
        let detail = format!(
            "the chosen password is the old one or too long: expected another of at most {LONGEST_PASSWORD} bytes"
        );
        return Err(Problem::invalid("password-chosen", detail));
    }
    house.door.choose_password(login, chosen.to_owned()).await.map_err(Problem::from)
}

pub(super) async fn logout(State(house): State<Arc<House>>, headers: HeaderMap) -> Result<Response, Problem> {
    from_our_page(&headers)?;
    house.sessions.close(&headers);
    Ok(([(header::SET_COOKIE, cookie("", &headers))], Json(json!({}))).into_response())
}

pub(super) async fn me(SignedIn { seat, .. }: SignedIn) -> Response {
    Json(json!({ "user": user(&seat) })).into_response()
}

fn tallies(login: &str, address: Option<&str>) -> Vec<(String, u32)> {
    let (both, by_login, by_address) = LIMITS;
    let mut tallies = vec![
        (format!("both {} {login}", address.unwrap_or_default()), both),
        (format!("login {login}"), by_login),
    ];
    tallies.extend(address.map(|address| (format!("address {address}"), by_address)));
    tallies
}
