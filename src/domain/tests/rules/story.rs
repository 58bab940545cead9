//! The whole story TS-1 (`domain.md` 3.6): from the ring to the mark, and its bad turns.

use crate::firm::{
    active, at, attempt, book, call, carry, id, ids, intake, line, master, part, point, rub, unit, window,
    work,
};
use domain::{
    billing::payment::Tender,
    book::{
        Book,
        planning::Move,
        work::{Completion, PaymentTaken},
    },
    calls::call::{CallEvent, CallState},
    clients::agreement::{Agreement, Terms},
    requests::{
        order::{LineSort, Payer, Phase},
        request::{HoldReason, RequestEvent, RequestState},
        sla::{ClockState, Metric},
    },
    values::{id::VisitId, money::Money},
    visits::visit::{Outcome, VisitEvent, VisitState},
    workforce::master::{Duty, Master},
};

/// The request of the story, registered at minute 10: a unit under agreement A-12, labour up to 5 000.
fn town() -> Book {
    let terms = Terms { pauses: vec![HoldReason::Client], ..Terms::default() };
    let (agreement, point, unit) = (Agreement { terms, ..active() }, point(), unit());
    assert!(agreement.covers(point.id, Some(unit.id), at(10)), "the operator sees the coverage");
    let mut book = book(0, 0);
    for number in [1, 2] {
        let on_shift = Master { duty: Duty::Available, ..master(number) };
        book.masters.insert(on_shift.id, on_shift);
    }
    carry(&mut book, 10, |d| d.register(&intake(1, &point, Some(&unit), Some(&agreement))));
    carry(&mut book, 0, |d| d.register(&intake(2, &point, Some(&unit), None)));
    book
}
fn planned(book: &mut Book, visit: VisitId, master: u128, start: i64) {
    let change = [Move {
        visit,
        ver: book.visits[&visit].ver,
        to: Some((id(master), at(start), 600)),
        helpers: vec![],
    }];
    assert_eq!(carry(book, 12, |d| Ok(d.adopt_plan(&change))), 1);
}
fn offered_and_taken(book: &mut Book, visit: VisitId) {
    for event in [VisitEvent::Dispatched, VisitEvent::Seen, VisitEvent::Accepted] {
        carry(book, 15, |d| d.on_visit(visit, event));
    }
}

#[test]
fn the_call_the_visit_the_quote_the_money_and_the_mark() {
    let mut call = call();
    for (step, event) in [
        CallEvent::Incoming,
        CallEvent::Greeted,
        CallEvent::NoticePlayed,
        CallEvent::Queued,
        CallEvent::Offered { operator: id(1) },
        CallEvent::Answered,
    ]
    .into_iter()
    .enumerate()
    {
        let event = call.decide(event).expect("the call goes its way");
        call.apply(&event, at(step as i64));
    }
    let mut book = town();
    let (request, order, visit) = ids(1);
    assert_eq!(book.requests[&request].clock(Metric::Reaction).map(|c| c.due), Some(at(10 + 120)));
    assert_eq!((book.orders[&order].payer, book.orders[&order].limit), (Payer::Agreement, Some(rub(5000))));

    // The planner makes room: another visit, which nobody pinned, moves by forty minutes.
    planned(&mut book, ids(2).2, 2, 60);
    carry(&mut book, 11, |d| d.promise_window(visit, window(60, 180)));
    planned(&mut book, ids(2).2, 2, 100);
    planned(&mut book, visit, 1, 80);
    assert_eq!(book.requests[&request].state, RequestState::Booked);
    for event in [
        CallEvent::Ended { by_caller: true },
        CallEvent::Closed { disposition: "request".into(), note: String::new(), about: Some(request) },
    ] {
        let event = call.decide(event).expect("the call is written down");
        call.apply(&event, at(14));
    }
    assert_eq!((call.state, call.about), (CallState::Closed, Some(request)));

    offered_and_taken(&mut book, visit);
    carry(&mut book, 70, |d| d.depart(visit, id(1)));
    carry(&mut book, 82, |d| d.arrive(visit, id(1)));
    carry(&mut book, 85, |d| d.begin(visit, id(1)));
    assert_eq!(book.requests[&request].clock(Metric::Reaction).map(|c| c.state), Some(ClockState::Met));

    // A compressor: parts are not covered, so the client is asked, and the clock waits for ten minutes.
    let lines = vec![work(4000), part(9000)];
    carry(&mut book, 91, |d| d.quote(order, id(1), lines.clone()));
    assert_eq!((book.orders[&order].phase, book.orders[&order].due()), (Phase::AwaitApproval, rub(9000)));
    carry(&mut book, 101, |d| d.approve_quote(order, 1, "по ссылке"));
    let done = Completion {
        lines,
        outcome: Outcome::Fixed,
        note: "заменён".into(),
        next_visit: id(9001),
        wait: None,
    };
    let due = carry(&mut book, 300, |d| d.complete(visit, id(1), done));
    assert_eq!(due, (rub(9000), Payer::Agreement), "the agreement pays the labour");
    let take = PaymentTaken { id: id(9100), tender: Tender::Sbp, sum: rub(9000), qr: Some("qr".into()) };
    carry(&mut book, 305, |d| d.take_payment(visit, id(1), take));

    let now = &book.orders[&order];
    assert_eq!((now.phase, now.due(), book.masters[&id(1)].cash), (Phase::Issued, Money::ZERO, Money::ZERO));
    let restore = book.requests[&request].clock(Metric::Restore).expect("a promise");
    assert_eq!(
        (restore.state, restore.used_percent(at(400), None)),
        (ClockState::Met, 19),
        "280 of 1 440 minutes"
    );
    carry(&mut book, 320, |d| d.on_request(request, RequestEvent::Rated { stars: 5 }));
    carry(&mut book, 330, |d| d.on_request(request, RequestEvent::Closed));
    carry(&mut book, 340, |d| d.on_visit(visit, VisitEvent::Verified));
    assert_eq!(
        (book.requests[&request].state, book.requests[&request].rating),
        (RequestState::Closed, Some(5))
    );
}

#[test]
fn nobody_opens_and_the_promise_still_stands() {
    let mut book = town();
    let (request, _, visit) = ids(1);
    carry(&mut book, 11, |d| d.promise_window(visit, window(60, 180)));
    planned(&mut book, visit, 1, 80);
    offered_and_taken(&mut book, visit);
    carry(&mut book, 70, |d| d.depart(visit, id(1)));
    carry(&mut book, 82, |d| d.arrive(visit, id(1)));
    carry(&mut book, 95, |d| d.no_show(visit, id(1), (2, 13), id(9001)));
    assert_eq!(book.visits[&visit].state, VisitState::NoShow);
    assert!(book.requests[&request].is_open());
    assert_eq!(book.requests[&request].clock(Metric::Restore).map(|c| c.state), Some(ClockState::Running));
    carry(&mut book, 100, |d| d.promise_window(id(9001), window(600, 720)));
    assert_eq!(book.visits[&id(9001)].window, Some(window(600, 720)));
}

#[test]
fn the_master_declines_and_another_one_goes() {
    let mut book = town();
    let visit = ids(1).2;
    planned(&mut book, visit, 1, 80);
    carry(&mut book, 15, |d| d.on_visit(visit, VisitEvent::Dispatched));
    carry(&mut book, 16, |d| d.on_visit(visit, VisitEvent::Declined { reason: "далеко".into() }));
    assert_eq!(book.visits[&visit].refused_by, [id(1)]);
    planned(&mut book, visit, 2, 90);
    offered_and_taken(&mut book, visit);
    assert_eq!(book.visits[&visit].master(), Some(id(2)));
}

#[test]
fn the_van_breaks_on_the_way_and_another_one_goes() {
    let mut book = town();
    let (request, _, visit) = ids(1);
    carry(&mut book, 11, |d| d.promise_window(visit, window(60, 180)));
    planned(&mut book, visit, 1, 80);
    offered_and_taken(&mut book, visit);
    carry(&mut book, 70, |d| d.depart(visit, id(1)));
    assert_eq!(carry(&mut book, 75, |d| d.lose_master(id(1), "сломалась машина")), [visit]);
    planned(&mut book, visit, 2, 120);
    let now = &book.visits[&visit];
    assert_eq!((now.state, now.window), (VisitState::Confirmed, Some(window(60, 180))));
    assert_eq!(book.requests[&request].state, RequestState::Booked, "the client is still waited for");
}

#[test]
fn the_trunk_drops_in_the_middle_of_a_talk() {
    let mut call = call();
    for event in [
        CallEvent::Incoming,
        CallEvent::Queued,
        CallEvent::Offered { operator: id(1) },
        CallEvent::Answered,
        CallEvent::Failed { reason: "no media".into() },
    ] {
        let event = call.decide(event).expect("the call goes its way");
        call.apply(&event, at(3));
    }
    assert!(call.is_over() && call.ended == Some(at(3)));
    assert!(call.decide(CallEvent::Ended { by_caller: true }).is_err());
}

#[test]
fn the_client_says_no_to_the_price() {
    let mut book = town();
    let (_, order, visit) = ids(2);
    planned(&mut book, visit, 2, 60);
    offered_and_taken(&mut book, visit);
    carry(&mut book, 50, |d| d.depart(visit, id(2)));
    carry(&mut book, 60, |d| d.arrive(visit, id(2)));
    carry(&mut book, 62, |d| d.begin(visit, id(2)));
    let search = line("диагностика", 700, LineSort::Diagnosis);
    carry(&mut book, 70, |d| d.quote(order, id(2), vec![work(8000), search.clone()]));
    carry(&mut book, 80, |d| d.decline_quote(order));
    let take = PaymentTaken { id: id(9100), tender: Tender::Cash, sum: rub(700), qr: None };
    carry(&mut book, 85, |d| d.take_payment(visit, id(2), take));
    assert_eq!((book.orders[&order].phase, book.masters[&id(2)].cash), (Phase::Issued, rub(700)));
    let too_much = PaymentTaken { id: id(9101), tender: Tender::Cash, sum: rub(1), qr: None };
    assert!(attempt(&mut book, 86, |d| d.take_payment(visit, id(2), too_much)).is_err(), "nothing is owed");
}
