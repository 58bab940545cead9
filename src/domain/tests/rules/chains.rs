//! Visits of one order that follow each other: when the second one may start, and what becomes of it with the first.

use crate::firm::{at, attempt, book, carry, id, ids, window, work, working};
use crate::machine::refused;
use domain::{
    book::{Book, work::Completion},
    refusal::Refusal,
    requests::{order::Phase, request::RequestState},
    values::id::VisitId,
    visits::{
        chain::{Again, Behind, Wait},
        visit::{Outcome, Visit, VisitEvent, VisitState},
    },
};
use proptest::prelude::*;

const SECOND: u128 = 9001;

fn part(from: i64) -> Wait {
    Wait { from: Some(at(from)), part: "компрессор".into(), ..Wait::default() }
}
fn second(book: &Book) -> &Visit {
    &book.visits[&id(SECOND)]
}
/// One master at work on the first visit, and a second one that is to follow it.
fn followed() -> (Book, VisitId) {
    let mut book = book(2, 1);
    let first = working(&mut book, 1, id(1), 60);
    carry(&mut book, 90, |d| d.follow(first, id(SECOND), 45, Wait { least: 120, ..Wait::default() }));
    (book, first)
}
fn ends(book: &mut Book, visit: VisitId, outcome: Outcome, wait: Option<Wait>) -> Result<(), Refusal> {
    let done =
        Completion { lines: vec![work(900)], outcome, note: "так".into(), next_visit: id(9002), wait };
    attempt(book, 120, |d| d.complete(visit, id(1), done)).map(drop)
}

proptest! {
    #[test]
    fn a_gap_has_its_least_before_its_most_and_is_no_longer_than_a_quarter(
        least in 0u32..200_000, most in prop::option::of(0u32..200_000), letters in 0usize..120
    ) {
        let said = Wait { least, most, part: "я".repeat(letters), ..Wait::default() };
        let right = least.max(most.unwrap_or(0)) <= 132_480 && most.is_none_or(|most| least <= most) && letters <= 80;
        match said.checked() {
            Ok(wait) => {
                prop_assert!(right);
                let earliest = wait.earliest(at(0));
                prop_assert_eq!(earliest, at(i64::from(least)));
                prop_assert!(wait.latest(at(0)).is_none_or(|latest| earliest <= latest));
            }
            Err(refused) => {
                prop_assert!(!right);
                prop_assert!(["wrong-gap", "long-part"].contains(&refused.code.as_str()), "{refused}");
            }
        }
    }

    #[test]
    fn a_visit_starts_after_its_part_and_after_its_gap(least in 0u32..5000, from in 0i64..5000, ended in 0i64..5000) {
        let earliest = Wait { least, ..part(from) }.earliest(at(ended));
        prop_assert_eq!(earliest, at(from.max(ended + i64::from(least))));
    }
}

#[test]
fn a_further_visit_is_of_the_same_order_and_knows_what_it_follows() {
    let (book, first) = followed();
    let next = second(&book);
    let before = &book.visits[&first];
    assert_eq!((next.order, next.request, next.point), (before.order, before.request, before.point));
    assert_eq!((next.preceded_by, next.minutes, next.behind(&book)), (Some(first), 45, Behind::Live(first)));
    assert_eq!(next.preferred, Some(id(1)), "who was there knows it");
    assert!(next.no > before.no && next.assignment.is_none());
    assert_eq!(book.requests[&ids(1).0].visit, Some(first), "the first one is still the next to come");
}

#[test]
fn one_visit_at_most_follows_another_that_is_not_called_off() {
    let (mut book, first) = followed();
    let again = attempt(&mut book, 91, |d| d.follow(first, id(9003), 45, Wait::default()));
    refused(again, "followed-already", "expected one at most");
    for minutes in [0, 4, 1441] {
        let odd = attempt(&mut book, 91, |d| d.follow(id(SECOND), id(9003), minutes, Wait::default()));
        refused(odd, "wrong-minutes", "expected 5 to 1440");
    }
    carry(&mut book, 92, |d| d.follow(id(SECOND), id(9003), 30, Wait::default()));
    carry(&mut book, 93, |d| d.call_off(id(9003), "не нужен"));
    let closed = attempt(&mut book, 94, |d| d.follow(id(9003), id(9004), 30, Wait::default()));
    refused(closed, "visit-closed", "nothing can follow it");
}

#[test]
fn the_order_is_done_with_its_last_visit() {
    let (mut book, first) = followed();
    ends(&mut book, first, Outcome::Fixed, None).expect("the diagnosis is done");
    assert_eq!(book.visits[&first].state, VisitState::Completed);
    assert_eq!(book.requests[&ids(1).0].visit, Some(id(SECOND)));
    assert_eq!(book.requests[&ids(1).0].state, RequestState::InWork);
    assert!(!matches!(book.orders[&ids(1).1].phase, Phase::Done | Phase::Issued));
    assert_eq!(second(&book).behind(&book), Behind::Done(at(120), Some(id(1))));
    assert!(!book.visits.contains_key(&id(9002)));
    carry(&mut book, 300, |d| d.assign(id(SECOND), id(1), at(310), 0, false, None));
    for event in [VisitEvent::Dispatched, VisitEvent::Accepted] {
        carry(&mut book, 301, |d| d.on_visit(id(SECOND), event));
    }
    carry(&mut book, 302, |d| d.depart(id(SECOND), id(1)));
    carry(&mut book, 310, |d| d.arrive(id(SECOND), id(1)));
    carry(&mut book, 311, |d| d.begin(id(SECOND), id(1)));
    ends(&mut book, id(SECOND), Outcome::Fixed, None).expect("the repair is done");
    assert_eq!(book.requests[&ids(1).0].state, RequestState::Resolved);
    assert!(matches!(book.orders[&ids(1).1].phase, Phase::Done | Phase::Issued));
}

#[test]
fn a_missing_part_makes_the_visit_that_is_there_wait_or_opens_one_that_does() {
    let (mut book, first) = followed();
    ends(&mut book, first, Outcome::NeedPart, Some(part(3000))).expect("left");
    assert_eq!(second(&book).wait, Some(part(3000)));
    assert!(!book.visits.contains_key(&id(9002)), "one follow-up is enough");
    let mut book = crate::firm::book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    ends(&mut book, visit, Outcome::NeedPart, Some(part(3000))).expect("left");
    let next = &book.visits[&id(9002)];
    assert_eq!((next.wait.as_ref(), next.preceded_by), (Some(&part(3000)), Some(visit)));
    assert_eq!(next.behind(&book), Behind::Done(at(120), Some(id(1))));
    let mut book = crate::firm::book(1, 1);
    let visit = working(&mut book, 1, id(1), 60);
    ends(&mut book, visit, Outcome::NeedPart, None).expect("left");
    assert_eq!(book.visits[&id(9002)].wait, None, "nothing was said of it");
}

#[test]
fn what_waits_for_a_visit_waits_for_the_one_in_its_stead() {
    let (mut book, first) = followed();
    ends(&mut book, first, Outcome::NoAccess, None).expect("nobody was in");
    assert_eq!(book.visits[&id(9002)].preceded_by, Some(first));
    assert_eq!(second(&book).behind(&book), Behind::Live(id(9002)));
    assert_eq!(second(&book).wait.as_ref().map(|wait| wait.least), Some(120));
    assert_eq!(book.requests[&ids(1).0].visit, Some(id(9002)));
}

/// The first visit is planned, and so is the one that follows it.
fn both_planned() -> (Book, VisitId) {
    let mut book = book(2, 1);
    let first = ids(1).2;
    carry(&mut book, 0, |d| d.assign(first, id(1), at(60), 0, false, None));
    carry(&mut book, 1, |d| d.follow(first, id(SECOND), 45, Wait::default()));
    carry(&mut book, 2, |d| d.assign(id(SECOND), id(1), at(300), 0, false, None));
    (book, first)
}

#[test]
fn a_first_visit_that_is_called_off_leaves_the_second_to_a_person() {
    let (mut book, first) = both_planned();
    carry(&mut book, 5, |d| d.call_off(first, "передумали"));
    assert_eq!(
        (book.visits[&first].state, second(&book).state),
        (VisitState::Cancelled, VisitState::Unplanned)
    );
    assert!(second(&book).is_stranded(&book));
    assert_eq!(second(&book).behind(&book), Behind::Lost(first));
    let request = &book.requests[&ids(1).0];
    assert_eq!((request.visit, request.is_open()), (Some(id(SECOND)), true), "the request lives on");
    carry(&mut book, 6, |d| d.promise_window(id(SECOND), window(300, 420)));
    assert!(!second(&book).is_stranded(&book), "a promise plans it again");
    carry(&mut book, 7, |d| d.call_off(id(SECOND), "и этот не нужен"));
    assert!(!book.requests[&ids(1).0].is_open(), "the last one takes the request along");
}

#[test]
fn a_pin_holds_the_second_visit_when_the_first_one_is_called_off() {
    let (mut book, first) = both_planned();
    carry(&mut book, 3, |d| d.on_visit(id(SECOND), VisitEvent::Pinned { pinned: true }));
    carry(&mut book, 5, |d| d.call_off(first, "передумали"));
    assert_eq!(second(&book).master(), Some(id(1)));
}

#[test]
fn a_request_that_is_called_off_takes_all_its_visits_along() {
    let (mut book, first) = both_planned();
    carry(&mut book, 5, |d| d.cancel_request(ids(1).0, "передумали"));
    assert!([first, id(SECOND)].iter().all(|id| book.visits[id].state == VisitState::Cancelled));
}

#[test]
fn what_a_visit_waits_for_is_changed_on_the_picture_that_was_seen() {
    let (mut book, first) = both_planned();
    let ver = second(&book).ver;
    let wait = Wait { again: Again::Required, most: Some(600), ..part(900) };
    let stale = attempt(&mut book, 5, |d| d.set_wait(id(SECOND), wait.clone(), Some(ver - 1)));
    refused(stale, "stale-version", "the current one is");
    carry(&mut book, 5, |d| d.set_wait(id(SECOND), wait.clone(), Some(ver)));
    assert_eq!(second(&book).wait, Some(wait));
    let alone = attempt(&mut book, 5, |d| d.set_wait(first, Wait::default(), None));
    refused(alone, "follows-nothing", "expected one that does");
    let odd = Wait { least: 10, most: Some(5), ..Wait::default() };
    refused(attempt(&mut book, 5, |d| d.set_wait(id(SECOND), odd, None)), "wrong-gap", "expected more");
}

#[test]
fn a_visit_row_from_before_chains_is_read() {
    let (book, _) = followed();
    let mut row = serde_json::to_value(second(&book)).expect("a row");
    assert_eq!(row["wait"]["least"], serde_json::json!(120));
    row.as_object_mut().expect("a row").remove("wait");
    let read: Visit = serde_json::from_value(row).expect("read");
    assert_eq!((read.wait.clone(), read.behind(&book)), (None, Behind::Nothing), "it is planned as before");
}
