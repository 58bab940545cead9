//! The book as it was: what is known now is taken back to its birth, and what the journal keeps of it is lived
//! through again. Skills, addresses and the hours of shifts are those of now, and a request that was cancelled has no
//! open deadlines any more: of them no past is kept.

use super::Book;
use crate::{
    ports::Fact,
    requests::{
        order::{OrderEvent, Phase, RepairOrder},
        request::{Request, RequestEvent, RequestState},
        sla::{ClockState, SlaClock},
    },
    values::{
        id::{MasterId, OrderId, RequestId, VisitId},
        money::Money,
    },
    visits::{
        proof::Proof,
        visit::{Visit, VisitEvent, VisitState},
    },
    workforce::master::{Duty, Master, MasterEvent},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Something that happened to one of the book.
#[derive(Debug, Clone)]
enum Step {
    Visit(VisitId, VisitEvent),
    Request(RequestId, RequestEvent),
    Order(OrderId, OrderEvent),
    Master(MasterId, MasterEvent),
}

/// Whose rows look different after some steps.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Visits, also those whose request or order has changed.
    pub visits: BTreeSet<VisitId>,
    /// Masters.
    pub masters: BTreeSet<MasterId>,
}

/// A book that goes from its beginning to now, step by step.
#[derive(Debug)]
pub struct Past {
    book: Book,
    unborn: Book,
    ahead: VecDeque<(Timestamp, Step)>,
}

impl Past {
    /// The past of a book, from all that has happened to what is in it. Facts that are none of the four kinds, or
    /// that this version does not understand, are passed over.
    pub fn new(now: &Book, facts: &[Fact]) -> Self {
        let mut steps: Vec<(Timestamp, Step)> = facts.iter().filter_map(step).collect();
        steps.sort_by_key(|(at, _)| *at);
        let mut windows = BTreeMap::new();
        for (_, step) in &steps {
            if let Step::Visit(id, VisitEvent::Rescheduled { was, .. }) = step {
                windows.entry(*id).or_insert(Some(*was));
            } else if let Step::Visit(id, VisitEvent::WindowPromised { .. }) = step {
                windows.entry(*id).or_insert(None);
            }
        }
        let mut unborn = Book::default();
        for visit in now.visits.values() {
            let window = windows.get(&visit.id).copied().unwrap_or(visit.window);
            unborn.visits.insert(visit.id, Visit { window, ..newborn_visit(visit) });
        }
        // A request begins with its first visit, whichever it has come to since.
        let firsts = now.visits.values().filter(|v| v.preceded_by.is_none());
        let first: BTreeMap<RequestId, VisitId> = firsts.map(|v| (v.request, v.id)).collect();
        let begun = |r: &Request| first.get(&r.id).copied().or(r.visit);
        let newborn = |r: &Request| Request { visit: begun(r), ..newborn_request(r) };
        unborn.requests = now.requests.values().map(|r| (r.id, newborn(r))).collect();
        unborn.orders = now.orders.values().map(|o| (o.id, newborn_order(o))).collect();
        let mut book = Book::default();
        for master in now.masters.values() {
            let events = steps.iter().filter_map(|(_, step)| match step {
                Step::Master(id, event) if *id == master.id => Some(event),
                _ => None,
            });
            book.masters.insert(master.id, earliest(master, events));
        }
        Self { book, unborn, ahead: steps.into() }
    }

    /// The book at the instant it has come to: only what had been born by then.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The instant of the next step.
    pub fn next(&self) -> Option<Timestamp> {
        self.ahead.front().map(|(at, _)| *at)
    }

    /// Lives on until an instant, with what happened at it.
    pub fn forward(&mut self, until: Timestamp) -> Touched {
        let mut touched = Touched::default();
        while self.next().is_some_and(|at| at <= until) {
            let Some((at, step)) = self.ahead.pop_front() else { break };
            self.take(&step, at, &mut touched);
        }
        touched
    }

    fn take(&mut self, step: &Step, at: Timestamp, touched: &mut Touched) {
        match step {
            Step::Visit(id, event) => {
                if let Some(visit) = born(&mut self.book.visits, &mut self.unborn.visits, *id) {
                    touched.masters.extend(visit.masters());
                    visit.apply(event, at);
                    touched.visits.insert(*id);
                    touched.masters.extend(visit.masters());
                }
            }
            Step::Request(id, event) => {
                if let Some(request) = born(&mut self.book.requests, &mut self.unborn.requests, *id) {
                    request.apply(event, at);
                    let (order, linked) = (request.order, request.visit);
                    touched.visits.extend(linked);
                    self.touch_order(order, touched);
                }
            }
            Step::Order(id, event) => {
                if let Some(order) = born(&mut self.book.orders, &mut self.unborn.orders, *id) {
                    order.apply(event, at);
                    self.touch_order(*id, touched);
                }
            }
            Step::Master(id, event) => {
                if let Some(master) = self.book.masters.get_mut(id) {
                    relive(master, event);
                    touched.masters.insert(*id);
                }
            }
        }
    }

    fn touch_order(&self, order: OrderId, touched: &mut Touched) {
        let request = self.book.orders.get(&order).map(|o| o.request);
        touched.visits.extend(request.and_then(|id| self.book.requests.get(&id)).and_then(|r| r.visit));
    }
}

/// One of the book; it comes into it with the first that is known to have happened to it.
fn born<'a, K: Ord + Copy, T>(
    book: &'a mut BTreeMap<K, T>,
    unborn: &mut BTreeMap<K, T>,
    id: K,
) -> Option<&'a mut T> {
    if let Some(new) = unborn.remove(&id) {
        book.insert(id, new);
    }
    book.get_mut(&id)
}

fn step(fact: &Fact) -> Option<(Timestamp, Step)> {
    let data = || fact.data.clone();
    let kind = fact.entity.split('_').next()?;
    let step = match kind {
        "visit" => Step::Visit(fact.entity.parse().ok()?, serde_json::from_value(data()).ok()?),
        "request" => Step::Request(fact.entity.parse().ok()?, serde_json::from_value(data()).ok()?),
        "order" => Step::Order(fact.entity.parse().ok()?, serde_json::from_value(data()).ok()?),
        "master" => Step::Master(fact.entity.parse().ok()?, serde_json::from_value(data()).ok()?),
        _ => return None,
    };
    Some((fact.at, step))
}

fn newborn_visit(visit: &Visit) -> Visit {
    Visit {
        ver: 0,
        state: VisitState::Unplanned,
        assignment: None,
        refused_by: vec![],
        pinned: false,
        begun: None,
        ended: None,
        outcome: None,
        note: String::new(),
        earlier_windows: vec![],
        proof: Proof::default(),
        checklist: None,
        wait: None,
        ..visit.clone()
    }
}

fn newborn_request(request: &Request) -> Request {
    let idle = |clock: &SlaClock| SlaClock {
        state: ClockState::Idle,
        started: request.created,
        due: request.created,
        paused_at: None,
        ended: None,
        warned: 0,
        original: None,
        ..*clock
    };
    Request {
        ver: 0,
        state: RequestState::Registered,
        held_from: None,
        clocks: request.clocks.iter().map(idle).collect(),
        reason: None,
        resolved: None,
        repeats: 0,
        merged_into: None,
        rating: None,
        ..request.clone()
    }
}

fn newborn_order(order: &RepairOrder) -> RepairOrder {
    RepairOrder {
        ver: 0,
        phase: Phase::Intake,
        lines: vec![],
        paid: Money::ZERO,
        custodian: order.point.to_string(),
        part_needs: vec![],
        master: None,
        quote: 0,
        approved: None,
        evidence: None,
        act: None,
        internal_repeats: 0,
        notices: 0,
        warranty_until: None,
        ..order.clone()
    }
}

/// What a master must have been doing for this to happen to them; nothing is told by money.
const fn before(event: &MasterEvent) -> Option<Duty> {
    Some(match event {
        MasterEvent::ShiftStarted => Duty::OffShift,
        MasterEvent::SetOff { .. }
        | MasterEvent::BreakStarted
        | MasterEvent::CameToOffice
        | MasterEvent::ShiftEnded
        | MasterEvent::BecameUnavailable { .. } => Duty::Available,
        MasterEvent::Arrived { .. } => Duty::Travelling,
        MasterEvent::Freed => Duty::OnSite,
        MasterEvent::BreakEnded => Duty::Break,
        MasterEvent::LeftOffice => Duty::Office,
        MasterEvent::BecameAvailable => Duty::Unavailable,
        MasterEvent::TrackingAllowed { .. }
        | MasterEvent::CashTaken { .. }
        | MasterEvent::CashHandedIn { .. }
        | MasterEvent::CashReturned { .. }
        | MasterEvent::Joined { .. }
        | MasterEvent::CardChanged { .. }
        | MasterEvent::HoursSet { .. }
        | MasterEvent::AbsenceSet { .. }
        | MasterEvent::AbsenceLifted { .. }
        | MasterEvent::Left
        | MasterEvent::CameBack => return None,
    })
}

/// What the office wrote about a master stays as it is now.
fn relive(master: &mut Master, event: &MasterEvent) {
    if event.is_of_the_office() || matches!(event, MasterEvent::Joined { .. }) {
        master.ver += 1;
    } else {
        master.apply(event);
    }
}

/// A master before the first that is known of them. Somebody of whom nothing is known was as they are now.
fn earliest<'a>(now: &Master, events: impl Iterator<Item = &'a MasterEvent>) -> Master {
    let mut lived = Master { cash: Money::ZERO, ..now.clone() };
    let mut duty = None;
    let first = lived.ver;
    for event in events {
        duty = duty.or(before(event));
        relive(&mut lived, event);
    }
    let start = Master { ver: now.ver.saturating_sub(lived.ver - first), ..now.clone() };
    let cash = Money::rounded(now.cash.amount() - lived.cash.amount());
    match duty {
        Some(duty) => Master { cash, duty, reason: None, current: None, ..start },
        None => Master { cash, ..start },
    }
}
