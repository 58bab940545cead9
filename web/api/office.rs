//! What an administrator reads: who may come in and who is here, and how the house itself is.

use crate::{
    api::{House, session::SignedIn},
    problem::Problem,
};
use axum::{Json, extract::State};
use domain::{access::Role, ports::Seat};
use serde_json::{Value, json};
use std::sync::Arc;

fn for_roles(seat: &Seat, roles: &[Role], what: &str) -> Result<(), Problem> {
    if roles.contains(&seat.role) {
        return Ok(());
    }
    let role = json!(seat.role);
    Err(Problem::forbidden(format!("the role `{}` may not read {what}", role.as_str().unwrap_or_default())))
}

/// Everybody who may come in, by login, with the windows they have open; never a password.
pub(super) async fn users(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin], "users")?;
    let windows = house.sessions.windows();
    let mut users = house.door.users();
    users.sort_by(|a, b| a.login.cmp(&b.login));
    let rows: Vec<Value> = users
        .iter()
        .map(|user| {
            json!({
                "id": user.id, "login": user.login, "name": user.name, "role": user.role, "master": user.master,
                "operator": user.operator, "robot": user.robot, "phone": user.phone, "once": user.once,
                "off": user.off.map(jiff::Timestamp::as_millisecond), "rev": user.ver, "windows": windows.get(&user.login).copied().unwrap_or(0),
            })
        })
        .collect();
    Ok(Json(json!({ "users": rows })))
}

/// Masters' cards, hours and absences, operators' skills: for who may write them.
pub(super) async fn roster(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin, Role::Manager], "the roster")?;
    Ok(Json(house.door.roster().await?))
}

/// Zones on the map, with the points that lie in them.
pub(super) async fn zones(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin, Role::Manager, Role::Dispatcher, Role::Operator], "zones")?;
    Ok(Json(house.door.zones()))
}

/// Branches: screens name them by it.
pub(super) async fn branches(State(house): State<Arc<House>>, _: SignedIn) -> Json<Value> {
    Json(json!({ "branches": house.door.branches() }))
}

/// The dictionary of skills: every screen names them by it.
pub(super) async fn skills(State(house): State<Arc<House>>, _: SignedIn) -> Json<Value> {
    Json(json!({ "skills": house.door.skills() }))
}

/// Templates of work, to be written by `template.write`.
pub(super) async fn templates(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin], "templates of work")?;
    Ok(Json(house.door.templates()))
}

/// The process and its live topics.
pub(super) async fn system(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin, Role::Manager], "the state of the house")?;
    let windows = house.sessions.windows();
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"), "now": house.now(), "lapse": house.clock.lapse(), "zone": house.clock.zone(),
        "up_s": house.opened.elapsed().as_secs(), "memory_kib": resident_kib(), "signed_in": windows.len(),
        "windows": windows.values().sum::<usize>(), "topics": house.hub.tallies(),
    })))
}

/// The firm, to be written anew by `company.change`.
pub(super) async fn company(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin], "the firm's card")?;
    Ok(Json(house.door.company()))
}

/// The lines in force, to be written anew by `lines.save`; never a password.
pub(super) async fn lines(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin], "the book of lines")?;
    Ok(Json(house.door.lines()))
}

/// What is set up so that work will not get done.
pub(super) async fn checkup(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
) -> Result<Json<Value>, Problem> {
    for_roles(&seat, &[Role::Admin, Role::Manager], "the check of the settings")?;
    Ok(Json(house.door.checkup().await?))
}

/// Resident memory of this process, where the system tells it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
