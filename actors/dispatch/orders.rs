//! Commands about requests, visits and masters: arguments read, decided on a draft, answered.

use crate::dispatch::{
    beside, by_link, chains,
    dispatcher::{AfterKeeping, Dispatcher, Order},
    proofs, proposals, staff, words,
};
use crate::month::orders as month;
use domain::{
    billing::payment::Tender,
    book::{
        draft::{Draft, Kept},
        intake::Intake,
        work::{Completion, PaymentTaken},
    },
    clients::point::ServicePoint,
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    requests::{
        order::PriceLine,
        request::{Priority, RequestSort},
    },
    values::{
        id::{CallId, ClientId, MasterId, PointId, RequestId, UnitId, VisitId},
        money::Money,
        period::Period,
    },
    visits::{
        visit::{Outcome, Visit, VisitEvent},
        visit_rules::masters_needed,
    },
    workforce::master::MasterEvent,
};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// What came of a command.
pub(crate) enum Decided {
    /// Nothing changes.
    Answer(Value),
    /// To be kept first.
    Change {
        /// For the journal.
        batch: Batch,
        /// For the book.
        kept: Box<Kept>,
        /// For the client.
        answer: Value,
    },
    /// To be kept first; the planner is then put where the draft has the visits.
    Replan {
        /// For the journal.
        batch: Batch,
        /// For the book.
        kept: Box<Kept>,
        /// For the client.
        answer: Value,
        /// For the planner.
        then: AfterKeeping,
    },
}

/// Reads the arguments of a command; a refusal names the field.
pub fn args<T: DeserializeOwned>(command: &Command) -> Result<T, Refusal> {
    let given = if command.args.is_null() { json!({}) } else { command.args.clone() };
    serde_json::from_value(given).map_err(|error| {
        Refusal::invalid("arguments", format!("the arguments of `{}`: {error}", command.name))
    })
}

pub(super) fn instant(ms: i64) -> Result<Timestamp, Refusal> {
    Timestamp::from_millisecond(ms).map_err(|_| {
        Refusal::invalid("time", format!("`{ms}` is not a time: expected milliseconds since the epoch"))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneVisit {
    pub(super) visit: VisitId,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitWhy {
    pub(super) visit: VisitId,
    #[serde(default)]
    pub(super) reason: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    call: Option<CallId>,
    client: ClientId,
    point: PointId,
    unit: Option<UnitId>,
    #[serde(default)]
    kind: RequestSort,
    symptom: String,
    #[serde(default)]
    priority: Priority,
    masters: Option<i64>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BookWindow {
    visit: VisitId,
    from: i64,
    to: i64,
    master: Option<MasterId>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assign {
    visit: VisitId,
    master: MasterId,
    start: Option<i64>,
    pin: Option<bool>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Complete {
    visit: VisitId,
    #[serde(default)]
    works: Vec<PriceLine>,
    #[serde(default)]
    note: String,
    outcome: Outcome,
    part: Option<String>,
    part_from: Option<i64>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    visit: VisitId,
    tender: Tender,
    sum: Money,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinVisit {
    visit: VisitId,
    pinned: bool,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Masters {
    visit: VisitId,
    masters: i64,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MasterWhy {
    master: MasterId,
    #[serde(default)]
    reason: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelRequest {
    request: RequestId,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    given: bool,
}

pub(super) fn reason(given: &str) -> Result<&str, Refusal> {
    let given = given.trim();
    if given.is_empty() {
        Err(Refusal::invalid("reason-missing", "the reason is empty: expected why"))
    } else {
        Ok(given)
    }
}
pub(crate) fn own(seat: &Seat) -> Result<MasterId, Refusal> {
    seat.master.ok_or_else(|| Refusal::forbidden(format!("`{}` is not a master", seat.login)))
}

/// Decides a command on the dispatcher's book.
pub(crate) fn decide(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    match order.command.name.as_str() {
        "slots.offer" | "visit.preview" | "visit.explain" | "visit.candidates" => ask(desk, order),
        name if name.starts_with("request.") => intake(desk, order),
        "visit.assign" | "visit.unassign" | "visit.pin" | "visit.cancel" | "visit.masters"
        | "master.unavailable" | "master.available" => plan(desk, order),
        name if name.starts_with("proposal.") => proposals::decide(desk, order),
        name if staff::knows(name) => staff::decide(desk, order),
        name if month::knows(name) => month::decide(desk, order),
        name if proofs::knows(name) => proofs::decide(desk, order),
        name if chains::knows(name) => chains::decide(desk, order),
        name if name.starts_with("link.") => by_link::decide(desk, order),
        _ => beside::decide(desk, order).unwrap_or_else(|| work(desk, order)),
    }
}

pub(crate) fn changed(draft: Draft<'_>, answer: Value) -> Decided {
    let (batch, kept) = draft.finish();
    Decided::Change { batch, kept: Box::new(kept), answer }
}

pub(super) fn offers(desk: &mut Dispatcher, visit: &Visit) -> Vec<Value> {
    let now = desk.house.now();
    let house = desk.house.clone();
    let directory = house.directory.read();
    let point = directory.points.get(&visit.point);
    let found = desk.planner.slots(visit, point, &desk.book, now);
    let mut best: Vec<_> = found
        .into_iter()
        .map(|c| {
            (placements(&c).map(|p| p.cost.total()).sum::<i64>() + (c.window.0 - now.as_second()) / 20, c)
        })
        .collect();
    best.sort_by_key(|(cost, _)| *cost);
    let mut chosen: Vec<solver::Candidate> = Vec::new();
    for (_, candidate) in best {
        if chosen.iter().all(|c| (c.window.0 - candidate.window.0).abs() >= 7200) {
            chosen.push(candidate);
        }
        if chosen.len() == 5 {
            break;
        }
    }
    chosen.sort_by_key(|c| c.window.0);
    let trip = point.map_or(Money::ZERO, |point| call_out(desk, point));
    chosen.iter().map(|c| slot(desk, visit, trip, c)).collect()
}

/// Who could take a visit within the window its client was promised, cheapest first; without a promise, or when
/// nobody can keep it, the windows that could be promised anew.
fn candidates(desk: &mut Dispatcher, visit: &Visit) -> Vec<Value> {
    let now = desk.house.now();
    let house = desk.house.clone();
    let (found, trip) = {
        let directory = house.directory.read();
        let point = directory.points.get(&visit.point);
        let trip = point.map_or(Money::ZERO, |point| call_out(desk, point));
        (desk.planner.candidates(visit, point, &desk.book, now), trip)
    };
    if found.is_empty() {
        return offers(desk, visit);
    }
    found.iter().map(|c| slot(desk, visit, trip, c)).collect()
}

/// What the way to a point costs by its zone.
pub(crate) fn call_out(desk: &Dispatcher, point: &ServicePoint) -> Money {
    desk.planner.chart.of_point(point).map_or(Money::ZERO, |zone| zone.card.price)
}

/// Who would come, the leading one first.
fn placements(candidate: &solver::Candidate) -> impl Iterator<Item = &solver::Placement> {
    std::iter::once(&candidate.placement).chain(&candidate.beside)
}

/// A candidate as screens show it.
fn slot(desk: &Dispatcher, visit: &Visit, trip: Money, candidate: &solver::Candidate) -> Value {
    let covered =
        desk.book.orders.get(&visit.order).is_some_and(|o| o.payer != domain::requests::order::Payer::Client);
    let price = domain::billing::price::labour_of(visit.masters_needed, visit.minutes, visit.priority) + trip;
    let (window, placement) = (candidate.window, &candidate.placement);
    let master = desk.planner.master_of(placement.master);
    let beside = candidate.beside.iter().map(|p| words::name(&desk.book, desk.planner.master_of(p.master)));
    let extra: i64 = placements(candidate).map(|p| p.extra_seconds).sum();
    let mut slot = json!({
        "from": window.0 * 1000, "to": window.1 * 1000, "master": master, "master_name": words::name(&desk.book, master),
        "start": placement.start * 1000, "price": if covered { Money::ZERO } else { price },
        "extra_min": (extra + 30) / 60, "parts": words::parts(&placement.cost),
    });
    if !candidate.beside.is_empty() {
        slot["beside"] = beside.collect();
    }
    slot
}

fn ask(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Preview {
        visit: VisitId,
        master: Option<MasterId>,
        start: Option<i64>,
    }
    let asked: Preview = args(&order.command)?;
    let visit =
        desk.book.visits.get(&asked.visit).cloned().ok_or_else(|| Refusal::unknown("visit", asked.visit))?;
    Ok(Decided::Answer(match order.command.name.as_str() {
        "slots.offer" => json!({"offers": offers(desk, &visit)}),
        "visit.candidates" => json!({"candidates": candidates(desk, &visit)}),
        "visit.explain" => chains::explained(desk, &visit)?,
        _ => {
            let master = asked
                .master
                .ok_or_else(|| Refusal::invalid("arguments", "`visit.preview` has no `master`"))?;
            let start = asked.start.map(instant).transpose()?;
            let house = desk.house.clone();
            let directory = house.directory.read();
            let verdict = desk.planner.verdict(
                &visit,
                directory.points.get(&visit.point),
                master,
                start,
                &desk.book,
                house.now(),
            )?;
            words::verdict(&verdict.outcome, &desk.planner, &desk.book, visit.minutes)
        }
    }))
}

fn intake(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let (now, by) = (desk.house.now(), order.seat.login.as_str());
    match order.command.name.as_str() {
        "request.register" => {
            let given: Register = args(&order.command)?;
            let ids = (desk.house.fresh(), desk.house.fresh(), desk.house.fresh());
            let house = desk.house.clone();
            let directory = house.directory.read();
            let point =
                directory.points.get(&given.point).ok_or_else(|| Refusal::unknown("point", given.point))?;
            if point.client != given.client {
                return Err(Refusal::invalid(
                    "foreign-point",
                    format!("point `{}` is not of client `{}`", given.point, given.client),
                ));
            }
            let unit = given
                .unit
                .map(|u| directory.units.get(&u).ok_or_else(|| Refusal::unknown("unit", u)))
                .transpose()?;
            unit.map_or(Ok(()), |unit| unit.in_use())?;
            let agreement = directory.coverage(given.client, given.point, given.unit, given.priority, now);
            let intake = Intake {
                point,
                unit,
                agreement,
                kind: given.kind,
                symptom: given.symptom,
                priority: given.priority,
                usual: directory.usual_minutes(given.kind, unit),
                masters: masters_needed(given.masters.unwrap_or(1))?,
                call: given.call,
                call_out: call_out(desk, point),
                ids,
            };
            let mut draft = Draft::new(&desk.book, now, by);
            draft.register(&intake)?;
            let (visit, no) = (draft.visit(ids.2)?.clone(), draft.request(ids.0)?.no);
            let (batch, kept) = draft.finish();
            drop(directory);
            let offers = offers(desk, &visit);
            let answer = json!({"request": ids.0, "no": no, "visit": ids.2, "offers": offers});
            Ok(Decided::Change { batch, kept: Box::new(kept), answer })
        }
        "request.book" => {
            let given: BookWindow = args(&order.command)?;
            let window = Period::new(instant(given.from)?, instant(given.to)?)
                .map_err(|e| Refusal::invalid("window", e.to_string()))?;
            let mut draft = Draft::new(&desk.book, now, by);
            draft.promise_window(given.visit, window)?;
            let answer = json!({"visit": given.visit, "master": given.master, "start": given.from});
            Ok(changed(draft, answer))
        }
        "request.cancel" => {
            let given: CancelRequest = args(&order.command)?;
            let mut draft = Draft::new(&desk.book, now, by);
            draft.cancel_request(given.request, reason(&given.reason)?)?;
            Ok(changed(draft, json!({})))
        }
        other => Err(Refusal::unknown("command", other)),
    }
}

fn plan(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let (now, command) = (desk.house.now(), &order.command);
    if command.name == "visit.assign" {
        return assign(desk, order);
    }
    let mut draft = Draft::new(&desk.book, now, order.seat.login.as_str());
    match command.name.as_str() {
        "visit.unassign" => {
            let given: OneVisit = args(command)?;
            draft.on_visit(given.visit, VisitEvent::Unplanned { reason: "dispatcher".into() })?;
        }
        "visit.pin" => {
            let given: PinVisit = args(command)?;
            draft.on_visit(given.visit, VisitEvent::Pinned { pinned: given.pinned })?;
        }
        "visit.masters" => {
            let given: Masters = args(command)?;
            draft.set_masters(given.visit, masters_needed(given.masters)?, command.rev)?;
        }
        "visit.cancel" => {
            let given: VisitWhy = args(command)?;
            draft.call_off(given.visit, reason(&given.reason)?)?;
        }
        "master.unavailable" => {
            let given: MasterWhy = args(command)?;
            if order.seat.master.is_some_and(|own| own != given.master) {
                return Err(Refusal::forbidden("a master speaks only for themselves"));
            }
            let freed = draft.lose_master(given.master, reason(&given.reason)?)?;
            return Ok(changed(draft, json!({"freed": freed})));
        }
        _ => {
            let given: MasterWhy = args(command)?;
            let event = draft.master(given.master)?.become_available()?;
            draft.on_master(given.master, event)?;
        }
    }
    Ok(changed(draft, json!({})))
}

fn assign(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let given: Assign = args(&order.command)?;
    let now = desk.house.now();
    let visit =
        desk.book.visits.get(&given.visit).cloned().ok_or_else(|| Refusal::unknown("visit", given.visit))?;
    let wanted = given.start.map(instant).transpose()?;
    let house = desk.house.clone();
    let verdict = {
        let directory = house.directory.read();
        desk.planner.verdict(
            &visit,
            directory.points.get(&visit.point),
            given.master,
            wanted,
            &desk.book,
            now,
        )?
    };
    let (start, travel) = match (&verdict.outcome, wanted) {
        (solver::Outcome::Fits(p), _) => {
            (Timestamp::from_second(p.start).unwrap_or(now), p.extra_seconds.max(0))
        }
        (solver::Outcome::Breaks(_), Some(start)) => (start, 0),
        (solver::Outcome::Breaks(rule), None) => {
            let broken = words::rule(rule, &desk.planner, &desk.book);
            return Err(Refusal::state(&format!("rule-{}", broken.code), broken.text));
        }
    };
    let mut draft = Draft::new(&desk.book, now, order.seat.login.as_str());
    draft.assign(given.visit, given.master, start, travel, given.pin.unwrap_or(true), order.command.rev)?;
    Ok(changed(draft, json!({"start": start.as_millisecond()})))
}

fn work(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let (now, command, master) = (desk.house.now(), &order.command, own(&order.seat)?);
    let (next_visit, payment) = (desk.house.fresh(), desk.house.fresh());
    let mut draft = Draft::new(&desk.book, now, order.seat.login.as_str());
    let mine = |draft: &Draft<'_>, visit: VisitId| draft.visit(visit).and_then(|v| v.owned_by(master));
    match command.name.as_str() {
        "shift.start" | "shift.end" => {
            let them = draft.master(master)?;
            let event = if command.name == "shift.end" { them.end_shift()? } else { them.start_shift()? };
            draft.on_master(master, event)?;
        }
        "tracker.allow" => {
            let event = MasterEvent::TrackingAllowed { given: args::<Allow>(command)?.given };
            draft.on_master(master, event)?;
        }
        "visit.accept" | "visit.seen" => {
            let given: OneVisit = args(command)?;
            mine(&draft, given.visit)?;
            let event = if command.name == "visit.seen" { VisitEvent::Seen } else { VisitEvent::Accepted };
            draft.on_visit(given.visit, event)?;
        }
        "visit.decline" => {
            let given: VisitWhy = args(command)?;
            mine(&draft, given.visit)?;
            let event = VisitEvent::Declined { reason: reason(&given.reason)?.to_owned() };
            draft.on_visit(given.visit, event)?;
        }
        "visit.depart" => draft.depart(args::<OneVisit>(command)?.visit, master)?,
        "visit.arrive" => draft.arrive(args::<OneVisit>(command)?.visit, master)?,
        "visit.leave" => beside::refuse(&draft, args::<OneVisit>(command)?.visit, master)?,
        "visit.begin" => draft.begin(args::<OneVisit>(command)?.visit, master)?,
        "visit.complete" => {
            let given: Complete = args(command)?;
            let (lines, wait) = (given.works, chains::part(given.part, given.part_from)?);
            let done = Completion { lines, outcome: given.outcome, note: given.note, next_visit, wait };
            let (total, payer) = draft.complete(given.visit, master, done)?;
            return Ok(changed(draft, json!({"total": total, "payer": payer})));
        }
        "visit.pay" => {
            let given: Pay = args(command)?;
            let qr = || command.args["qr"].as_str().unwrap_or_default().to_owned();
            let qr = (given.tender == Tender::Sbp).then(qr);
            let take = PaymentTaken { id: payment, tender: given.tender, sum: given.sum, qr };
            draft.take_payment(given.visit, master, take)?;
            return Ok(changed(draft, json!({"payment": payment})));
        }
        other => return Err(Refusal::unknown("command", other)),
    }
    Ok(changed(draft, json!({})))
}
