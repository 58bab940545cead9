//! The steps of who goes beside the master of a visit, as their phone tells of them.

use crate::dispatch::{
    dispatcher::{Dispatcher, Order},
    orders::{Decided, OneVisit, VisitWhy, args, changed, own, reason},
};
use domain::{
    book::draft::Draft,
    refusal::Refusal,
    values::id::{MasterId, VisitId},
    visits::beside::HelperStep,
};
use serde_json::json;

/// Decides a step of somebody who goes beside; nothing where they lead, or where the step is not one of theirs.
pub(super) fn decide(desk: &Dispatcher, order: &Order) -> Option<Result<Decided, Refusal>> {
    let (command, master) = (&order.command, order.seat.master?);
    let named = command.args["visit"].as_str().and_then(|id| id.parse().ok());
    let visit = named.and_then(|id| desk.book.visits.get(&id))?;
    if visit.master() == Some(master) || !visit.takes(master) {
        return None;
    }
    let step = match command.name.as_str() {
        "visit.seen" => HelperStep::Seen,
        "visit.depart" => HelperStep::SetOff,
        "visit.arrive" => HelperStep::Arrived,
        "visit.leave" => HelperStep::Left,
        "visit.decline" => HelperStep::Declined { reason: String::new() },
        _ => return None,
    };
    Some(take(desk, order, step))
}

fn take(desk: &Dispatcher, order: &Order, step: HelperStep) -> Result<Decided, Refusal> {
    let master = own(&order.seat)?;
    let (visit, step) = match step {
        HelperStep::Declined { .. } => {
            let given: VisitWhy = args(&order.command)?;
            (given.visit, HelperStep::Declined { reason: reason(&given.reason)?.to_owned() })
        }
        step => (args::<OneVisit>(&order.command)?.visit, step),
    };
    let mut draft = Draft::new(&desk.book, desk.house.now(), order.seat.login.as_str());
    draft.step_beside(visit, master, step)?;
    Ok(changed(draft, json!({})))
}

/// Refuses the end of a part to whoever does not go beside somebody.
pub(super) fn refuse(draft: &Draft<'_>, visit: VisitId, master: MasterId) -> Result<(), Refusal> {
    let no = draft.visit(visit)?.no;
    Err(Refusal::forbidden(format!("`{master}` does not go beside somebody at visit {no}")))
}
