//! What a client does with the link of a visit: another window, a word to the price, money, how it was.
//!
//! Which visit it is comes from the link, never from the client.

use crate::dispatch::{
    dispatcher::{Dispatcher, Order},
    orders::{Decided, args, changed, instant, offers},
};
use domain::{
    billing::payment::Tender,
    book::{draft::Draft, work::PaymentTaken},
    refusal::Refusal,
    requests::request::RequestEvent,
    values::{id::VisitId, period::Period},
    visits::visit::{Visit, VisitState},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    from: i64,
    to: i64,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    quote: u32,
    agreed: bool,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    stars: u8,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    #[serde(default)]
    qr: Option<String>,
}

/// Windows that a client may move to: what could be promised, without the one they have.
fn windows(desk: &mut Dispatcher, visit: &Visit) -> Vec<Value> {
    let free = matches!(
        visit.state,
        VisitState::Unplanned
            | VisitState::Planned
            | VisitState::Confirmed
            | VisitState::Dispatched
            | VisitState::Accepted
    );
    if !free {
        return Vec::new();
    }
    let has = visit.window.map(|w| w.from.as_millisecond());
    let other = |o: &Value| o["from"].as_i64() != has;
    let bare = |o: Value| json!({"from": o["from"], "to": o["to"]});
    offers(desk, visit).into_iter().filter(other).map(bare).collect()
}

/// Decides a client's command on the dispatcher's book.
pub(crate) fn decide(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let (now, mut command) = (desk.house.now(), order.command.clone());
    let of = command.args.as_object_mut().and_then(|args| args.remove("visit")).unwrap_or_default();
    let of = of.as_str().unwrap_or_default();
    let id: VisitId = of.parse().map_err(|_| Refusal::unknown("visit", of))?;
    let command = &command;
    let visit = desk.book.visits.get(&id).cloned().ok_or_else(|| Refusal::unknown("visit", of))?;
    if command.name == "link.offer" {
        args::<Of>(command)?;
        let repair =
            desk.book.orders.get(&visit.order).ok_or_else(|| Refusal::unknown("order", visit.order))?;
        let lines: Vec<Value> =
            repair.lines.iter().map(|l| json!({"name": l.name, "price": l.price})).collect();
        let (quote, part, phase) = (repair.quote, repair.client_part(), repair.phase);
        let asked = json!({"offers": windows(desk, &visit), "lines": lines, "quote": quote, "part": part, "phase": phase,
            "rating": desk.book.requests.get(&visit.request).and_then(|r| r.rating), "signed": visit.proof.signature.is_some()});
        return Ok(Decided::Answer(asked));
    }
    let moved = (command.name == "link.reschedule").then(|| args::<Window>(command)).transpose()?;
    if let Some(Window { from, to, .. }) = moved
        && !windows(desk, &visit).iter().any(|o| o["from"] == from && o["to"] == to)
    {
        return Err(Refusal::state(
            "window-taken",
            "the window is no longer free: expected one of those offered now",
        ));
    }
    let payment = desk.house.fresh();
    let mut draft = Draft::new(&desk.book, now, "client");
    match (command.name.as_str(), moved) {
        (_, Some(Window { from, to, .. })) => {
            let window = Period::new(instant(from)?, instant(to)?)
                .map_err(|e| Refusal::invalid("window", e.to_string()))?;
            draft.promise_window(id, window)?;
        }
        ("link.approve", _) => {
            let given: Word = args(command)?;
            if given.agreed {
                draft.approve_quote(visit.order, given.quote, "link")?;
            } else {
                draft.decline_quote(visit.order)?;
            }
        }
        ("link.pay", _) => {
            let given: Of = args(command)?;
            let master =
                visit.master().ok_or_else(|| Refusal::state("visit-state", "nobody was there yet"))?;
            let sum = draft.order(visit.order)?.due();
            draft.take_payment(
                id,
                master,
                PaymentTaken { id: payment, tender: Tender::Sbp, sum, qr: given.qr },
            )?;
            return Ok(changed(draft, json!({"payment": payment})));
        }
        ("link.rate", _) => {
            let given: Rate = args(command)?;
            draft.on_request(visit.request, RequestEvent::Rated { stars: given.stars })?;
        }
        (other, _) => return Err(Refusal::unknown("command", other)),
    }
    Ok(changed(draft, json!({})))
}
