//! From the client's words to a request, an order and a visit; and calling them off.

use crate::{
    firm::{
        accepted, active, at, attempt, book, carry, id, ids, intake, point, request, rub, unit, window,
        working,
    },
    machine::refused,
};
use domain::{
    book::{Book, intake::usual_minutes},
    clients::agreement::{Agreement, Terms},
    equipment::EquipmentUnit,
    requests::{
        order::{Payer, Phase},
        request::{HoldReason, RequestSort, RequestState},
        sla::{ClockState, Metric},
    },
    values::calendar::{Calendar, OpenHours},
    visits::visit::VisitState,
    workforce::master::Duty,
};
use jiff::civil::time;
use proptest::prelude::*;

proptest! {
    #[test]
    fn numbers_for_people_never_repeat(count in 1u128..8) {
        let book = book(1, count);
        let mut all: Vec<u64> = book.requests.values().map(|r| r.no).collect();
        all.extend(book.orders.values().map(|o| o.no).chain(book.visits.values().map(|v| v.no)));
        let total = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!((all.len(), all.last().copied()), (total, Some(book.last_no)));
    }

    #[test]
    fn the_three_records_name_each_other(number in 1u128..1000) {
        let (mut book, point) = (Book::default(), point());
        carry(&mut book, 0, |draft| draft.register(&intake(number, &point, None, None)));
        let (request, order, visit) = ids(number);
        prop_assert_eq!(book.requests[&request].order, order);
        prop_assert_eq!(book.requests[&request].visit, Some(visit));
        prop_assert_eq!((book.orders[&order].request, book.visits[&visit].order), (request, order));
        prop_assert_eq!(book.visits[&visit].request, request);
        prop_assert!([book.requests[&request].ver, book.orders[&order].ver, book.visits[&visit].ver] == [1, 1, 1]);
    }
}

#[test]
fn without_the_clients_words_nothing_is_opened() {
    let (mut book, point) = (Book::default(), point());
    let mut silent = intake(1, &point, None, None);
    silent.symptom = " \t".into();
    refused(
        attempt(&mut book, 0, |draft| draft.register(&silent)),
        "symptom-missing",
        "expected what the client",
    );
    assert!(book.requests.is_empty() && book.visits.is_empty() && book.last_no == 0);
}

#[test]
fn the_payer_is_the_agreement_then_the_warranty_then_the_client() {
    let (point, covered) = (point(), active());
    let under_warranty = EquipmentUnit { warranty_until: Some(at(100)), ..unit() };
    for (minute, unit, agreement, payer) in [
        (0, &unit(), None, Payer::Client),
        (0, &under_warranty, None, Payer::Warranty),
        (100, &under_warranty, None, Payer::Client),
        (0, &under_warranty, Some(&covered), Payer::Agreement),
    ] {
        let mut book = Book::default();
        carry(&mut book, minute, |draft| draft.register(&intake(1, &point, Some(unit), agreement)));
        assert_eq!(book.orders[&ids(1).1].payer, payer, "at {minute}");
    }
}

#[test]
fn an_agreement_gives_its_promises_its_prices_and_its_terms() {
    let day = Some(OpenHours { from: time(9, 0, 0, 0), to: time(18, 0, 0, 0) });
    let calendar = Calendar::new("Europe/Moscow", [day; 7]).expect("a calendar");
    let terms = Terms {
        calendar: Some(calendar),
        pauses: vec![HoldReason::Client],
        keeps_emergency: false,
        debt_allowed: true,
        act_template: Some("act-2".into()),
        renews_months: 0,
    };
    let (covered, point, unit) = (Agreement { terms, ..active() }, point(), unit());
    let mut book = Book::default();
    carry(&mut book, 0, |draft| draft.register(&intake(1, &point, Some(&unit), Some(&covered))));
    let (request, order) = (&book.requests[&ids(1).0], &book.orders[&ids(1).1]);
    assert_eq!(request.clock(Metric::Reaction).map(|c| c.due), Some(at(120)));
    // Nine hours a day: twenty-four of them end on the third day at three in the afternoon.
    assert_eq!(request.clock(Metric::Restore).map(|c| c.due), Some(at(2 * 24 * 60 + 6 * 60)));
    assert_eq!((request.agreement, request.pauses.as_slice()), (Some(covered.id), &[HoldReason::Client][..]));
    assert_eq!((order.price_list, order.limit, order.debt_allowed), (3, Some(rub(5000)), true));
    assert_eq!(order.act_template.as_deref(), Some("act-2"));
    assert_eq!(book.visits[&ids(1).2].act_template.as_deref(), Some("act-2"));
}

#[test]
fn without_an_agreement_a_day_and_three_are_promised() {
    let book = book(1, 1);
    let due: Vec<_> = book.requests[&ids(1).0].clocks.iter().map(|c| c.due).collect();
    assert_eq!(due, [at(24 * 60), at(72 * 60)]);
}

#[test]
fn a_visit_asks_for_the_skill_of_its_unit_and_the_usual_time() {
    let book = book(1, 1);
    let visit = &book.visits[&ids(1).2];
    assert_eq!((visit.minutes, visit.skills.as_slice()), (75, &[("hvac".to_owned(), 2)][..]));
    for (kind, skill, minutes) in [
        (RequestSort::Maintenance, "hvac", 35),
        (RequestSort::Install, "hvac", 80),
        (RequestSort::Kkt, "hvac", 55),
        (RequestSort::Repair, "kkt", 55),
        (RequestSort::Question, "hvac", 40),
        (RequestSort::Complaint, "washer", 40),
        (RequestSort::Repair, "boiler", 75),
        (RequestSort::Repair, "washer", 60),
    ] {
        assert_eq!(usual_minutes(kind, skill), minutes, "{kind:?} {skill}");
    }
}

#[test]
fn calling_a_request_off_takes_its_order_and_its_visit_with_it() {
    let mut book = book(1, 1);
    let visit = accepted(&mut book, 1, id(1), 60);
    carry(&mut book, 20, |draft| draft.cancel_request(ids(1).0, "передумал"));
    assert_eq!(book.visits[&visit].state, VisitState::Cancelled);
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Cancelled);
    let request = &book.requests[&ids(1).0];
    assert_eq!((request.state, request.reason.as_deref()), (RequestState::Cancelled, Some("передумал")));
    assert!(request.clocks.is_empty(), "nothing is promised any more");
}

#[test]
fn a_master_on_the_way_to_a_request_that_is_called_off_is_free_again() {
    let mut book = book(1, 1);
    let visit = accepted(&mut book, 1, id(1), 60);
    carry(&mut book, 50, |draft| draft.depart(visit, id(1)));
    assert_eq!(book.masters[&id(1)].duty, Duty::Travelling);
    carry(&mut book, 55, |draft| draft.cancel_request(ids(1).0, "передумал"));
    let master = &book.masters[&id(1)];
    assert_eq!((master.duty, master.current), (Duty::Available, None));
}

#[test]
fn a_request_is_not_called_off_while_somebody_works_on_it_or_without_a_reason() {
    let mut book = book(1, 2);
    working(&mut book, 1, id(1), 60);
    let before = format!("{:?}", book);
    refused(
        attempt(&mut book, 70, |draft| draft.cancel_request(ids(1).0, "передумал")),
        "visit-state",
        "`Working`",
    );
    refused(
        attempt(&mut book, 70, |draft| draft.cancel_request(ids(2).0, " ")),
        "reason-missing",
        "expected why",
    );
    assert_eq!(format!("{:?}", book), before, "a refusal changes nothing");
}

#[test]
fn what_is_not_there_is_refused_by_its_id() {
    let mut book = book(1, 1);
    refused(attempt(&mut book, 0, |d| d.cancel_request(id(7), "x")), "unknown-request", "request_");
    refused(attempt(&mut book, 0, |d| d.cancel_visit(id(7), "x")), "unknown-visit", "visit_");
    refused(attempt(&mut book, 0, |d| d.depart(id(7), id(1))), "unknown-visit", "visit_");
    refused(attempt(&mut book, 0, |d| d.lose_master(id(77), "x")), "unknown-master", "master_");
    refused(attempt(&mut book, 0, |d| d.approve_quote(id(7), 1, "x")), "unknown-order", "order_");
    refused(attempt(&mut book, 0, |d| d.promise_window(id(7), window(1, 2))), "unknown-visit", "visit_");
    assert_eq!(request().clocks[0].state, ClockState::Idle, "a record that was not opened promises nothing");
}
