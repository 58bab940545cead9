//! What a master brings from a visit besides the work: answers, photographs, the signature, and the price before the
//! work. What has happened is taken in whatever state the visit is in by now.

use crate::dispatch::{
    dispatcher::{Dispatcher, Order},
    orders::{Decided, args, changed, own},
};
use domain::{
    book::draft::Draft,
    refusal::Refusal,
    requests::order::PriceLine,
    values::id::VisitId,
    visits::{
        proof::{BlobName, Photo, Proof, Signature},
        visit::VisitEvent,
    },
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    visit: VisitId,
    item: String,
    answer: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Picture {
    visit: VisitId,
    about: String,
    blob: BlobName,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    visit: VisitId,
    name: String,
    blob: BlobName,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    visit: VisitId,
    works: Vec<PriceLine>,
}

/// Is it a command of this file?
pub fn knows(command: &str) -> bool {
    matches!(command, "visit.check" | "visit.photo" | "visit.sign" | "visit.quote")
}

/// Decides it on the dispatcher's book.
pub(crate) fn decide(desk: &Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let (command, master) = (&order.command, own(&order.seat)?);
    let mut draft = Draft::new(&desk.book, desk.house.now(), order.seat.login.as_str());
    let (visit, event) = match command.name.as_str() {
        "visit.check" => {
            let given: Check = args(command)?;
            let visit = draft.visit(given.visit)?;
            let list = visit.asks(draft.request(visit.request)?.kind);
            Proof::fits(&list, &given.item, &given.answer)?;
            (given.visit, VisitEvent::Checked { item: given.item, answer: given.answer })
        }
        "visit.photo" => {
            let given: Picture = args(command)?;
            let photo = Photo { about: given.about.chars().take(40).collect(), blob: given.blob };
            (given.visit, VisitEvent::Photographed { photo })
        }
        "visit.sign" => {
            let given: Sign = args(command)?;
            let signature = Signature { name: given.name.trim().to_owned(), blob: given.blob };
            (given.visit, VisitEvent::Signed { signature })
        }
        _ => {
            let given: Quote = args(command)?;
            let visit = draft.visit(given.visit)?;
            visit.owned_by(master)?;
            let order = visit.order;
            draft.quote(order, master, given.works)?;
            let due = draft.order(order)?.client_part();
            return Ok(changed(draft, json!({ "due": due })));
        }
    };
    draft.visit(visit)?.owned_by(master)?;
    draft.on_visit(visit, event)?;
    Ok(changed(draft, json!({})))
}
