//! One command on the book: the plan, the master's steps and the money, step by step.

use crate::{
    firm::{accepted, at, attempt, book, carry, id, ids, part, rub, window, work, working},
    machine::refused,
};
use domain::{
    billing::payment::{PaymentState, Tender},
    book::{
        Book,
        draft::Draft,
        planning::Move,
        work::{Completion, PaymentTaken},
    },
    refusal::{Refusal, RefusalKind},
    requests::{
        order::{Payer, Phase},
        request::{HoldReason, RequestEvent, RequestState},
        sla::{ClockState, Metric},
    },
    values::{id::VisitId, money::Money},
    visits::visit::{AssignmentState, Outcome, Source, Visit, VisitEvent, VisitState},
    workforce::master::{Duty, Master, MasterEvent, Skill},
};

fn done(outcome: Outcome, roubles: i64) -> Completion {
    let lines = if roubles == 0 { vec![] } else { vec![work(roubles)] };
    Completion { lines, outcome, note: "готово".into(), next_visit: id(9001), wait: None }
}
fn taken(tender: Tender, roubles: i64) -> PaymentTaken {
    PaymentTaken { id: id(9100), tender, sum: rub(roubles), qr: None }
}
fn complete(
    book: &mut Book,
    visit: VisitId,
    outcome: Outcome,
    roubles: i64,
) -> Result<(Money, Payer), Refusal> {
    attempt(book, 120, |draft| draft.complete(visit, id(1), done(outcome, roubles)))
}

#[test]
fn a_person_gives_a_visit_to_a_master_who_can_do_it() {
    let mut book = book(2, 1);
    let visit = ids(1).2;
    let learner = Skill { code: "hvac".into(), level: 1, valid_till: None };
    book.masters.insert(id(2), Master { skills: vec![learner], ..book.masters[&id(2)].clone() });
    refused(
        attempt(&mut book, 0, |d| d.assign(visit, id(2), at(60), 600, false, None)),
        "skill-missing",
        "`hvac 2`",
    );
    carry(&mut book, 0, |d| d.assign(visit, id(1), at(60), 600, true, None));
    let now = &book.visits[&visit];
    let given = now.assignment.as_ref().expect("somebody goes");
    assert_eq!((now.state, now.pinned, given.master), (VisitState::Planned, true, id(1)));
    assert_eq!((given.start, given.end, given.source), (at(60), at(135), Source::Human));
}

#[test]
fn a_master_who_cannot_work_gets_nothing() {
    let mut book = book(1, 1);
    carry(&mut book, 0, |d| d.lose_master(id(1), "заболел"));
    let given = attempt(&mut book, 5, |d| d.assign(ids(1).2, id(1), at(60), 0, false, None));
    refused(given, "master-unavailable", "is unavailable");
}

#[test]
fn a_version_that_is_not_the_current_one_is_refused_with_both() {
    let mut book = book(2, 1);
    let visit = ids(1).2;
    carry(&mut book, 0, |d| d.assign(visit, id(1), at(60), 0, false, Some(1)));
    let stale = attempt(&mut book, 0, |d| d.assign(visit, id(2), at(60), 0, false, Some(1)));
    assert_eq!(stale.as_ref().map_err(|r| r.kind), Err(RefusalKind::Stale));
    refused(stale, "stale-version", "`1` was given, the current one is `2`");
    assert_eq!(book.visits[&visit].master(), Some(id(1)));
    carry(&mut book, 0, |d| d.assign(visit, id(2), at(60), 0, false, Some(2)));
}

#[test]
fn work_put_over_other_work_is_marked_as_forced() {
    let mut book = book(1, 3);
    carry(&mut book, 0, |d| d.assign(ids(1).2, id(1), at(60), 0, false, None));
    carry(&mut book, 0, |d| d.assign(ids(2).2, id(1), at(134), 0, false, None));
    carry(&mut book, 0, |d| d.assign(ids(3).2, id(1), at(300), 0, false, None));
    let forced = |number| book.visits[&ids(number).2].assignment.as_ref().map(|a| a.forced);
    assert_eq!([forced(1), forced(2), forced(3)], [Some(false), Some(true), Some(false)]);
}

#[test]
fn the_same_master_at_another_hour_keeps_the_offer() {
    let mut book = book(1, 1);
    let visit = accepted(&mut book, 1, id(1), 60);
    carry(&mut book, 5, |d| d.assign(visit, id(1), at(90), 300, false, None));
    let now = &book.visits[&visit];
    let given = now.assignment.as_ref().expect("somebody goes");
    assert_eq!((now.state, given.state), (VisitState::Accepted, AssignmentState::Accepted));
    assert_eq!((given.start, given.travel_seconds), (at(90), 300));
}

#[test]
fn a_window_is_promised_in_the_future_and_books_the_request() {
    let mut book = book(1, 1);
    let visit = ids(1).2;
    refused(
        attempt(&mut book, 200, |d| d.promise_window(visit, window(60, 200))),
        "window-past",
        "has passed",
    );
    carry(&mut book, 199, |d| d.promise_window(visit, window(60, 200)));
    assert_eq!(book.requests[&ids(1).0].state, RequestState::Booked);
    assert_eq!(book.visits[&visit].window, Some(window(60, 200)));
}

#[test]
fn another_window_is_a_move_that_everybody_hears_of() {
    let mut book = book(1, 1);
    let visit = ids(1).2;
    carry(&mut book, 0, |d| d.promise_window(visit, window(60, 180)));
    accepted(&mut book, 1, id(1), 60);
    let mut draft = Draft::new(&book, at(10), "operator1");
    draft.promise_window(visit, window(300, 420)).expect("before the way");
    let (batch, kept) = draft.finish();
    assert!(batch.facts.iter().any(|f| f.name == "visit.rescheduled"));
    book.adopt(kept);
    let now = &book.visits[&visit];
    assert_eq!((now.state, now.earlier_windows.as_slice()), (VisitState::Confirmed, &[window(60, 180)][..]));
    carry(&mut book, 11, |d| d.promise_window(visit, window(300, 420)));
    assert_eq!(book.visits[&visit].earlier_windows.len(), 1, "the same window is not a move");
}

#[test]
fn a_plan_moves_what_nobody_has_touched() {
    let mut book = book(2, 3);
    let visit = |number| ids(number).2;
    carry(&mut book, 0, |d| d.assign(visit(2), id(1), at(60), 0, false, None));
    carry(&mut book, 0, |d| d.assign(visit(3), id(1), at(200), 0, true, None));
    let vers: Vec<u64> = (1..=3).map(|n| book.visits[&visit(n)].ver).collect();
    let plan = [
        Move { visit: visit(1), ver: vers[0], to: Some((id(1), at(60), 600)), helpers: vec![] },
        Move { visit: visit(2), ver: vers[1] - 1, to: Some((id(2), at(60), 600)), helpers: vec![] },
        Move { visit: visit(3), ver: vers[2], to: Some((id(2), at(200), 600)), helpers: vec![] },
        Move { visit: id(77), ver: 1, to: None, helpers: vec![] },
    ];
    let taken = carry(&mut book, 1, |d| Ok(d.adopt_plan(&plan)));
    assert_eq!(taken, 1, "a stale move, a pinned visit and an unknown one stay as they are");
    assert_eq!(book.visits[&visit(1)].master(), Some(id(1)));
    assert_eq!(book.visits[&visit(2)].master(), Some(id(1)));
    assert_eq!(book.visits[&visit(3)].master(), Some(id(1)));
}

#[test]
fn a_plan_moves_a_pinned_visit_neither_away_nor_in_time() {
    let mut book = book(2, 1);
    let visit = ids(1).2;
    carry(&mut book, 0, |d| d.assign(visit, id(1), at(60), 0, true, None));
    let pinned = book.visits[&visit].clone();
    for to in [None, Some((id(1), at(90), 0)), Some((id(2), at(60), 0))] {
        let change = [Move { visit, ver: pinned.ver, to, helpers: vec![] }];
        assert_eq!(carry(&mut book, 1, |d| Ok(d.adopt_plan(&change))), 0, "{to:?}");
        assert_eq!(book.visits[&visit], pinned);
    }
    let same = [Move { visit, ver: pinned.ver, to: Some((id(1), at(60), 0)), helpers: vec![] }];
    assert_eq!(carry(&mut book, 1, |d| Ok(d.adopt_plan(&same))), 1, "what stays is agreed to");
    assert_eq!(book.visits[&visit], pinned);
}

#[test]
fn a_plan_takes_a_visit_away_and_moves_it_in_time() {
    let mut book = book(1, 1);
    let visit = ids(1).2;
    let ver = |book: &Book| book.visits[&visit].ver;
    for (to, state, start) in [
        (Some((id(1), at(60), 600)), VisitState::Planned, Some(at(60))),
        (Some((id(1), at(90), 300)), VisitState::Planned, Some(at(90))),
        (None, VisitState::Unplanned, None),
    ] {
        let change = [Move { visit, ver: ver(&book), to, helpers: vec![] }];
        assert_eq!(carry(&mut book, 1, |d| Ok(d.adopt_plan(&change))), 1);
        let now = &book.visits[&visit];
        assert_eq!((now.state, now.assignment.as_ref().map(|a| a.start)), (state, start));
    }
}

#[test]
fn a_master_is_on_the_way_to_one_visit_at_a_time() {
    let mut book = book(1, 2);
    let (first, second) = (accepted(&mut book, 1, id(1), 60), accepted(&mut book, 2, id(1), 200));
    carry(&mut book, 50, |d| d.depart(first, id(1)));
    refused(attempt(&mut book, 55, |d| d.depart(second, id(1))), "master-busy", "is not finished");
    refused(attempt(&mut book, 55, |d| d.depart(first, id(2))), "forbidden", "is not assigned");
    carry(&mut book, 60, |d| d.arrive(first, id(1)));
    let reaction = book.requests[&ids(1).0].clock(Metric::Reaction).expect("a promise");
    assert_eq!((reaction.state, reaction.ended), (ClockState::Met, Some(at(60))));
}

#[test]
fn work_begins_with_the_order_and_the_request() {
    let mut book = book(1, 1);
    working(&mut book, 1, id(1), 60);
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Diagnosing);
    assert_eq!(book.requests[&ids(1).0].state, RequestState::InWork);
    let master = &book.masters[&id(1)];
    assert_eq!((master.duty, master.current), (Duty::OnSite, Some(ids(1).2)));
}

#[test]
fn who_works_on_a_held_request_takes_it_up() {
    let mut book = book(1, 1);
    let visit = accepted(&mut book, 1, id(1), 60);
    let held = RequestEvent::Held { reason: HoldReason::Access };
    carry(&mut book, 20, |d| d.on_request(ids(1).0, held));
    carry(&mut book, 50, |d| d.depart(visit, id(1)));
    carry(&mut book, 60, |d| d.arrive(visit, id(1)));
    carry(&mut book, 61, |d| d.begin(visit, id(1)));
    let request = &book.requests[&ids(1).0];
    assert_eq!((request.state, request.held_from), (RequestState::InWork, None));
}

#[test]
fn work_that_is_done_waits_for_its_money() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    assert_eq!(complete(&mut book, visit, Outcome::Fixed, 1000), Ok((rub(1000), Payer::Client)));
    let order = &book.orders[&ids(1).1];
    assert_eq!((order.phase, order.approved, order.evidence.is_some()), (Phase::Done, Some(1), true));
    assert_eq!(book.requests[&ids(1).0].state, RequestState::Resolved);
    assert_eq!(book.masters[&id(1)].duty, Duty::Available);
    carry(&mut book, 125, |d| d.take_payment(visit, id(1), taken(Tender::Card, 400)));
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Done, "600 are still owed");
    carry(&mut book, 126, |d| d.take_payment(visit, id(1), taken(Tender::Cash, 600)));
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Issued);
    assert_eq!(book.masters[&id(1)].cash, rub(600), "a card is not in anybody's hand");
}

#[test]
fn what_nobody_owes_is_issued_at_once() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    assert_eq!(complete(&mut book, visit, Outcome::Fixed, 0), Ok((Money::ZERO, Payer::Client)));
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Issued);
}

#[test]
fn a_price_less_than_nothing_changes_nothing() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    let before = format!("{book:?}");
    refused(complete(&mut book, visit, Outcome::Fixed, -5), "negative-price", "`-5.00`");
    refused(complete(&mut book, visit, Outcome::NeedPart, -5), "negative-price", "`-5.00`");
    assert_eq!(format!("{book:?}"), before);
}

#[test]
fn money_is_taken_after_the_work_and_never_too_much() {
    let mut book = book(1, 1);
    let visit = accepted(&mut book, 1, id(1), 60);
    refused(
        attempt(&mut book, 10, |d| d.take_payment(visit, id(1), taken(Tender::Cash, 5))),
        "visit-state",
        "`Accepted`",
    );
    carry(&mut book, 50, |d| d.depart(visit, id(1)));
    carry(&mut book, 60, |d| d.arrive(visit, id(1)));
    carry(&mut book, 61, |d| d.begin(visit, id(1)));
    complete(&mut book, visit, Outcome::Fixed, 1000).expect("done");
    for sum in [0, -10, 1001] {
        let paid = attempt(&mut book, 130, |d| d.take_payment(visit, id(1), taken(Tender::Cash, sum)));
        refused(paid, "wrong-sum", &format!("`{sum}.00`"));
    }
    refused(
        attempt(&mut book, 130, |d| d.take_payment(visit, id(2), taken(Tender::Cash, 5))),
        "forbidden",
        "master_",
    );
}

#[test]
fn a_fast_payment_is_asked_for_and_then_there() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    complete(&mut book, visit, Outcome::Fixed, 1000).expect("done");
    let mut draft = Draft::new(&book, at(130), "master1");
    draft.take_payment(visit, id(1), taken(Tender::Sbp, 1000)).expect("paid");
    let (batch, kept) = draft.finish();
    let names: Vec<&str> = batch.facts.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names[..2], ["payment.created", "payment.succeeded"]);
    let payment = &kept.payments[0];
    assert_eq!((payment.state, payment.ver, payment.custodian), (PaymentState::Succeeded, 2, None));
    let row = batch.rows.iter().find(|r| r.table == domain::ports::Table::Payment).expect("a row");
    assert_eq!((row.was, row.ver), (0, 2));
}

#[test]
fn money_goes_back_out_of_the_hand_that_has_it() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    complete(&mut book, visit, Outcome::Fixed, 1000).expect("done");
    let mut draft = Draft::new(&book, at(130), "master1");
    draft.take_payment(visit, id(1), taken(Tender::Cash, 1000)).expect("paid");
    let (_, kept) = draft.finish();
    let payment = kept.payments[0].clone();
    book.adopt(kept);
    refused(attempt(&mut book, 140, |d| d.refund(&payment, rub(1001))), "wrong-sum", "at most `1000.00`");
    let mut draft = Draft::new(&book, at(140), "manager1");
    draft.refund(&payment, rub(300)).expect("back");
    let (batch, kept) = draft.finish();
    let row = batch.rows.iter().find(|r| r.table == domain::ports::Table::Payment).expect("a row");
    assert_eq!((row.was, row.ver), (payment.ver, payment.ver + 1));
    book.adopt(kept);
    assert_eq!((book.masters[&id(1)].cash, book.orders[&ids(1).1].paid), (rub(700), rub(700)));
}

#[test]
fn what_is_not_finished_goes_on_in_a_follow_up_visit() {
    for outcome in
        [Outcome::NeedPart, Outcome::NoAccess, Outcome::NeedSkill, Outcome::Unsafe, Outcome::ToWorkshop]
    {
        let mut book = book(1, 1);
        let visit = working(&mut book, 1, id(1), 60);
        complete(&mut book, visit, outcome, 0).expect("left");
        assert_eq!(book.visits[&visit].state, VisitState::Incomplete);
        let next: &Visit = &book.visits[&id(9001)];
        assert_eq!((next.state, next.ver, next.preceded_by), (VisitState::Unplanned, 1, Some(visit)));
        let expected = (outcome != Outcome::NeedSkill).then(|| id(1));
        assert_eq!(next.preferred, expected, "who was there knows it: {outcome:?}");
        assert!(next.window.is_none() && next.assignment.is_none() && next.begun.is_none());
        assert_eq!(book.requests[&ids(1).0].visit, Some(id(9001)));
        assert_eq!(book.masters[&id(1)].current, None);
    }
}

#[test]
fn who_changes_their_mind_at_the_door_calls_the_request_off() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    complete(&mut book, visit, Outcome::Refused, 0).expect("left");
    assert_eq!(book.requests[&ids(1).0].state, RequestState::Cancelled);
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Cancelled);
    assert!(!book.visits.contains_key(&id(9001)), "nobody comes again");
}

#[test]
fn nobody_at_home_frees_the_master_and_opens_another_visit() {
    let mut book = book(1, 1);
    let visit = accepted(&mut book, 1, id(1), 60);
    carry(&mut book, 50, |d| d.depart(visit, id(1)));
    carry(&mut book, 60, |d| d.arrive(visit, id(1)));
    let soon = attempt(&mut book, 65, |d| d.no_show(visit, id(1), (2, 5), id(9001)));
    refused(soon, "no-show-too-soon", "`5` minutes");
    carry(&mut book, 71, |d| d.no_show(visit, id(1), (2, 11), id(9001)));
    assert_eq!(book.visits[&visit].state, VisitState::NoShow);
    assert_eq!(book.visits[&id(9001)].preceded_by, Some(visit));
    assert_eq!((book.masters[&id(1)].duty, book.masters[&id(1)].current), (Duty::Available, None));
}

#[test]
fn a_master_who_is_lost_loses_what_is_not_begun_and_nothing_of_others() {
    let mut book = book(2, 4);
    let begun = working(&mut book, 1, id(1), 60);
    let next = accepted(&mut book, 2, id(1), 200);
    let others = accepted(&mut book, 3, id(2), 60);
    let freed = carry(&mut book, 70, |d| d.lose_master(id(1), "сломалась машина"));
    assert_eq!(freed, [next]);
    assert_eq!(book.visits[&next].state, VisitState::Unplanned);
    assert_eq!(book.visits[&begun].state, VisitState::Working);
    assert_eq!(
        (book.visits[&others].state, book.visits[&others].master()),
        (VisitState::Accepted, Some(id(2)))
    );
    assert_eq!((book.masters[&id(1)].duty, book.masters[&id(1)].current), (Duty::Unavailable, Some(begun)));
    carry(&mut book, 80, |d| d.complete(begun, id(1), done(Outcome::Fixed, 100)).map(drop));
    assert_eq!((book.masters[&id(1)].duty, book.masters[&id(1)].current), (Duty::Unavailable, None));
    let back = book.masters[&id(1)].become_available().expect("well again");
    carry(&mut book, 90, |d| d.shift(id(1), back));
    assert_eq!(book.masters[&id(1)].duty, Duty::Available);
}

#[test]
fn a_trip_that_is_broken_off_goes_to_another_master() {
    for arrived in [false, true] {
        let mut book = book(2, 1);
        let visit = accepted(&mut book, 1, id(1), 60);
        carry(&mut book, 50, |d| d.depart(visit, id(1)));
        if arrived {
            carry(&mut book, 60, |d| d.arrive(visit, id(1)));
        }
        let freed = carry(&mut book, 65, |d| d.lose_master(id(1), "авария"));
        assert_eq!(freed, [visit], "the client still waits");
        assert_eq!(book.visits[&visit].state, VisitState::Unplanned);
        assert_eq!(book.masters[&id(1)].current, None);
        assert!(book.requests[&ids(1).0].is_open());
        carry(&mut book, 66, |d| d.assign(visit, id(2), at(120), 0, false, None));
        assert_eq!(book.visits[&visit].master(), Some(id(2)));
    }
}

#[test]
fn cash_is_handed_in_only_as_far_as_it_is_there() {
    let mut book = book(1, 1);
    let handed = |sum| MasterEvent::CashHandedIn { sum: rub(sum) };
    refused(attempt(&mut book, 0, |d| d.on_master(id(1), handed(5))), "wrong-sum", "at most `0.00`");
    carry(&mut book, 0, |d| d.on_master(id(1), MasterEvent::CashTaken { sum: rub(50) }));
    carry(&mut book, 0, |d| d.on_master(id(1), handed(50)));
    assert_eq!(book.masters[&id(1)].cash, Money::ZERO);
}

#[test]
fn a_draft_sees_its_own_changes_and_the_book_does_not() {
    let book = book(1, 1);
    let visit = ids(1).2;
    let mut draft = Draft::new(&book, at(0), "test");
    draft.on_visit(visit, VisitEvent::Cancelled { reason: "проба".into() }).expect("possible");
    assert_eq!(draft.visit(visit).map(|v| v.state), Ok(VisitState::Cancelled));
    drop(draft);
    assert_eq!(book.visits[&visit].state, VisitState::Unplanned);
}

#[test]
fn an_agreement_pays_the_labour_and_the_client_the_part() {
    let mut book = book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    let order = book.orders.get_mut(&ids(1).1).expect("an order");
    (order.payer, order.limit) = (Payer::Agreement, Some(rub(5000)));
    let lines = vec![work(2000), part(3500)];
    let completion =
        Completion { lines, outcome: Outcome::Fixed, note: String::new(), next_visit: id(9001), wait: None };
    let due = carry(&mut book, 120, |d| d.complete(visit, id(1), completion));
    assert_eq!(due, (rub(3500), Payer::Agreement));
    carry(&mut book, 121, |d| d.take_payment(visit, id(1), taken(Tender::Sbp, 3500)));
    assert_eq!(book.orders[&ids(1).1].phase, Phase::Issued);
}
