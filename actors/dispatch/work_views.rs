//! Rows of the live topics of work: visits and requests, as screens show them.

use crate::{directory::Directory, dispatch::chains};
use domain::{
    book::Book,
    requests::{order::Payer, request::Request},
    visits::{
        beside::HelperState,
        visit::{Helper, Visit, VisitState},
    },
    workforce::master::Master,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A visit is late when its planned start leaves the promised window.
fn late(visit: &Visit, now: Timestamp) -> bool {
    let Some(window) = visit.window else { return false };
    let planned = visit.assignment.as_ref().is_some_and(|a| a.start > window.to);
    let not_there = !matches!(visit.state, VisitState::OnSite | VisitState::Working | VisitState::Paused)
        && !visit.is_over();
    not_there && (planned || now > window.to)
}

/// The row `Visit`.
pub fn visit_row(visit: &Visit, book: &Book, directory: &Directory, now: Timestamp) -> Value {
    let (request, order) = (book.requests.get(&visit.request), book.orders.get(&visit.order));
    let point = directory.points.get(&visit.point);
    let unit = visit.unit.and_then(|u| directory.units.get(&u));
    let client = directory.known_client(visit.client);
    let clock = request.and_then(Request::next_clock);
    let assignment = visit.assignment.as_ref();
    let skills: Vec<Value> =
        visit.skills.iter().map(|(code, level)| json!({"code": code, "level": level})).collect();
    let coverage = order.map_or("client", |o| match o.payer {
        Payer::Client => "client",
        Payer::Agreement => "agreement",
        Payer::Warranty => "warranty",
    });
    let agreement =
        order.and_then(|o| o.agreement).and_then(|a| directory.agreements.get(&a)).map(|a| a.no.clone());
    let mut row = json!({
        "id": visit.id, "no": visit.no, "rev": visit.ver, "kind": request.map(|r| r.kind), "state": visit.state,
        "client": client.map(|c| c.name.as_str()), "client_id": visit.client,
        "phone": client.and_then(|c| c.phones().next()).map(|p| p.as_str()),
        "address": point.map(|p| p.address.as_str()), "lat": visit.place.lat, "lon": visit.place.lon,
        "zone": point.map(|p| p.zone.as_str()), "unit": unit.map(|u| u.title()), "symptom": request.map(|r| r.symptom.as_str()),
        "skills": skills, "window": visit.window.map(|w| json!({"from": w.from.as_millisecond(), "to": w.to.as_millisecond()})),
        "minutes": visit.minutes, "master": assignment.map(|a| a.master), "start": assignment.map(|a| a.start.as_millisecond()),
        "end": visit.ended.or(assignment.map(|a| a.end)).map(Timestamp::as_millisecond),
        "travel_min": assignment.map_or(0, |a| a.travel_seconds / 60), "pinned": visit.pinned,
        "seen": assignment.is_some_and(|a| a.seen), "priority": visit.priority,
        "sla": clock.map(|c| json!({"metric": c.metric, "due": c.due.as_millisecond(), "state": c.state, "warned": c.warned})),
        "late": late(visit, now), "request": visit.request, "order": visit.order, "order_no": order.map(|o| o.no),
        "phase": order.map(|o| o.phase), "price": order.map(|o| o.total()), "paid": order.map(|o| o.paid), "due": order.map(|o| o.due()),
        "tender": Value::Null, "reason": if visit.note.is_empty() { None } else { Some(visit.note.as_str()) },
        "coverage": coverage, "agreement": agreement,
    });
    if visit.masters_needed > 1 {
        row["masters_needed"] = json!(visit.masters_needed);
        let name = |helper: &Helper| book.masters.get(&helper.master).map(|m| m.name.as_str());
        let beside = |h: &Helper| {
            json!({
                "master": h.master, "name": name(h), "travel_min": h.travel_seconds / 60, "state": h.state,
                "seen": h.seen,
            })
        };
        let empty = usize::from(visit.masters_needed).saturating_sub(visit.masters().count());
        if empty > 0 && visit.assignment.is_some() && !visit.is_over() {
            row["short"] = json!(empty);
        }
        row["helpers"] = visit.helpers().iter().map(beside).collect();
        row["master_name"] =
            json!(visit.master().and_then(|id| book.masters.get(&id)).map(|m| m.name.as_str()));
    }
    if let Some(follows) = chains::follows(visit, book) {
        row["follows"] = follows;
    }
    show_proof(visit, request, &mut row);
    row
}

/// The row on the phone of who goes beside: the state is how far they are themselves.
pub fn beside_row(visit: &Visit, helper: &Helper, mut row: Value) -> Value {
    let own = match helper.state {
        _ if visit.is_over() => json!(visit.state),
        HelperState::EnRoute => json!(VisitState::EnRoute),
        HelperState::OnSite => json!(VisitState::OnSite),
        HelperState::Left => json!(VisitState::Completed),
        HelperState::Due if visit.is_started() => json!(VisitState::Accepted),
        HelperState::Due => json!(visit.state),
    };
    (row["beside"], row["seen"], row["state"]) = (json!(true), json!(helper.seen), own);
    row["travel_min"] = json!(helper.travel_seconds / 60);
    row
}

/// What the master brought, and what of the checklist is missing when the visit is done.
fn show_proof(visit: &Visit, request: Option<&Request>, row: &mut Value) {
    if !visit.proof.is_empty() {
        row["proof"] = json!(visit.proof);
    }
    if visit.state == VisitState::Completed {
        let list = request.map(|request| visit.asks(request.kind)).unwrap_or_default();
        row["missing"] = json!(visit.proof.missing(&list));
    }
}

/// The row on the phone of who leads: with the checklist from the offer on, so that it can be filled without a network.
/// `strict`: the work does not end while something with a star is missing.
pub fn leading_row(visit: &Visit, book: &Book, mut row: Value) -> Value {
    use VisitState::{Accepted, Dispatched};
    let Some(request) = book.requests.get(&visit.request) else { return row };
    if visit.is_started() || matches!(visit.state, Dispatched | Accepted) {
        row["checklist"] = json!(visit.asks(request.kind));
        if visit.checklist.is_some() {
            row["strict"] = json!(true);
        }
    }
    row
}

/// The row `Master` as far as the book knows it: presence, position and vehicle are put in by who knows them.
pub fn master_row(master: &Master, load_minutes: i64) -> Value {
    let skills: Vec<Value> =
        master.skills.iter().map(|s| json!({"code": s.code, "level": s.level})).collect();
    json!({
        "id": master.id, "rev": master.ver, "name": master.name, "skills": skills,
        "shift": {"from": master.shift.from.as_millisecond(), "to": master.shift.to.as_millisecond()},
        "home": {"lat": master.home.lat, "lon": master.home.lon}, "state": master.duty, "presence": "offline",
        "pos": null, "vehicle": null, "load_min": load_minutes, "cash": master.cash, "robot": master.robot, "tracked": master.tracked,
        "reason": master.reason, "branch": master.branch,
    })
}

/// The row `Request`.
pub fn request_row(request: &Request, directory: &Directory) -> Value {
    let client = directory.known_client(request.client).map(|c| c.name.as_str());
    let address = directory.points.get(&request.point).map(|p| p.address.as_str());
    let sla: Vec<Value> = request
        .clocks
        .iter()
        .map(|c| json!({"metric": c.metric, "due": c.due.as_millisecond(), "state": c.state, "warned": c.warned}))
        .collect();
    json!({
        "id": request.id, "no": request.no, "rev": request.ver, "state": request.state, "kind": request.kind, "priority": request.priority,
        "client": client, "client_id": request.client, "address": address, "symptom": request.symptom,
        "created": request.created.as_millisecond(), "visit": request.visit, "sla": sla,
    })
}

/// The line of an open request on the client's card.
pub fn open_line(request: &Request, book: &Book) -> Value {
    let visit = request.visit.and_then(|v| book.visits.get(&v));
    let assignment = visit.and_then(|v| v.assignment.as_ref());
    let master = assignment.and_then(|a| book.masters.get(&a.master)).map(|m| m.name.as_str());
    let due = request.next_clock().map(|clock| clock.due.as_millisecond());
    json!({
        "due": due,
        "request": request.id, "no": request.no, "state": visit.map_or(json!(request.state), |v| json!(v.state)), "symptom": request.symptom,
        "visit": request.visit, "master_name": master, "eta": assignment.map(|a| a.start.as_millisecond()),
        "window": visit.and_then(|v| v.window).map(|w| json!({"from": w.from.as_millisecond(), "to": w.to.as_millisecond()})),
    })
}
