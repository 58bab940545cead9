//! The price before the work: who is asked, and what the clocks do meanwhile.

use crate::{
    firm::{attempt, book, carry, id, ids, line, part, rub, work, working},
    machine::refused,
};
use domain::{
    book::{Book, work::Completion},
    requests::{
        order::{LineSort, Payer, Phase},
        request::{HoldReason, RequestState},
        sla::{ClockState, Metric},
    },
    visits::visit::Outcome,
};

/// A book whose one order is being diagnosed; the terms stop the clocks while the client thinks.
fn diagnosing(payer: Payer) -> Book {
    let mut book = book(1, 1);
    working(&mut book, 1, id(1), 60);
    let (request, order, _) = ids(1);
    book.requests.get_mut(&request).expect("a request").pauses = vec![HoldReason::Client];
    let order = book.orders.get_mut(&order).expect("an order");
    (order.payer, order.limit) = (payer, Some(rub(2000)));
    book
}
fn restore(book: &Book) -> ClockState {
    book.requests[&ids(1).0].clock(Metric::Restore).expect("a promise").state
}

#[test]
fn the_client_is_asked_and_the_clock_waits_with_them() {
    let mut book = diagnosing(Payer::Client);
    let (request, order, _) = ids(1);
    let due = book.requests[&request].clock(Metric::Restore).expect("a promise").due;
    carry(&mut book, 70, |d| d.quote(order, id(1), vec![work(1000)]));
    assert_eq!(book.orders[&order].phase, Phase::AwaitApproval);
    assert_eq!((book.requests[&request].state, restore(&book)), (RequestState::OnHold, ClockState::Paused));
    carry(&mut book, 80, |d| d.approve_quote(order, 1, "по ссылке"));
    assert_eq!(book.orders[&order].phase, Phase::Approved);
    assert_eq!((book.requests[&request].state, restore(&book)), (RequestState::InWork, ClockState::Running));
    let moved = book.requests[&request].clock(Metric::Restore).expect("a promise").due;
    assert_eq!(moved.duration_since(due).as_secs(), 600, "ten minutes of thinking");
}

#[test]
fn what_others_pay_is_agreed_by_itself() {
    for (payer, lines) in [
        (Payer::Warranty, vec![work(9000), part(500)]),
        (Payer::Agreement, vec![work(2000)]),
        (Payer::Client, vec![]),
    ] {
        let mut book = diagnosing(payer);
        carry(&mut book, 70, |d| d.quote(ids(1).1, id(1), lines));
        assert_eq!(book.orders[&ids(1).1].phase, Phase::Approved, "{payer:?}");
        assert_eq!(
            (book.requests[&ids(1).0].state, restore(&book)),
            (RequestState::InWork, ClockState::Running)
        );
    }
}

#[test]
fn a_declined_quote_leaves_the_search_for_the_fault_to_pay() {
    let mut book = diagnosing(Payer::Client);
    let (request, order, visit) = ids(1);
    let lines = vec![work(5000), part(3000), line("диагностика", 700, LineSort::Diagnosis)];
    carry(&mut book, 70, |d| d.quote(order, id(1), lines));
    carry(&mut book, 75, |d| d.decline_quote(order));
    assert_eq!((book.orders[&order].phase, book.orders[&order].due()), (Phase::Declined, rub(700)));
    assert_eq!(book.requests[&request].state, RequestState::InWork);
    refused(attempt(&mut book, 76, |d| d.decline_quote(order)), "order-phase", "`Declined`");
    let left = Completion {
        lines: vec![line("диагностика", 700, LineSort::Diagnosis)],
        outcome: Outcome::Refused,
        note: String::new(),
        next_visit: id(9001),
        wait: None,
    };
    carry(&mut book, 80, |d| d.complete(visit, id(1), left).map(drop));
    assert_eq!(book.requests[&request].state, RequestState::Cancelled);
    assert_eq!(book.orders[&order].due(), rub(700), "it is still owed");
}

#[test]
fn a_word_for_an_older_quote_does_not_count() {
    let mut book = diagnosing(Payer::Client);
    let order = ids(1).1;
    carry(&mut book, 70, |d| d.quote(order, id(1), vec![work(1000)]));
    for wrong in [0, 2] {
        let stale = attempt(&mut book, 75, |d| d.approve_quote(order, wrong, "по ссылке"));
        refused(stale, "stale-version", &format!("`{wrong}`"));
    }
    refused(attempt(&mut book, 75, |d| d.approve_quote(order, 1, "")), "reason-missing", "expected why");
    assert_eq!(restore(&book), ClockState::Paused, "a refusal changes nothing");
}

#[test]
fn nothing_is_quoted_before_the_fault_is_looked_for() {
    let mut book = book(1, 1);
    refused(
        attempt(&mut book, 5, |d| d.quote(ids(1).1, id(1), vec![work(10)])),
        "order-phase",
        "`QuoteReady` is not the next phase",
    );
    refused(attempt(&mut book, 5, |d| d.approve_quote(ids(1).1, 0, "да")), "order-phase", "quote.approved");
}

#[test]
fn work_that_was_agreed_to_is_finished_without_asking_again() {
    let mut book = diagnosing(Payer::Client);
    let (_, order, visit) = ids(1);
    carry(&mut book, 70, |d| d.quote(order, id(1), vec![work(1000)]));
    carry(&mut book, 80, |d| d.approve_quote(order, 1, "по ссылке"));
    let fixed = Completion {
        lines: vec![work(1000)],
        outcome: Outcome::Fixed,
        note: String::new(),
        next_visit: id(9001),
        wait: None,
    };
    carry(&mut book, 120, |d| d.complete(visit, id(1), fixed).map(drop));
    let now = &book.orders[&order];
    assert_eq!((now.phase, now.quote, now.evidence.as_deref()), (Phase::Done, 1, Some("по ссылке")));
}
