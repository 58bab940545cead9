//! Whom a call is offered to, and what happens when nobody takes it.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER, VERA},
    journal::MemoryJournal,
    telephonist::Telephonist,
};
use domain::calls::{
    call::CallState,
    callback::{Callback, CallbackState},
    line::{LineEvent, LineOrder},
    operator::Presence,
};
use serde_json::json;
use std::time::Duration;

fn two(journal: &MemoryJournal) {
    journal.put(&firm::operator(61, "Мария"));
    journal.put(&firm::operator(62, "Нина"));
}

#[actix::test]
async fn a_call_rings_at_the_operator_who_is_ready_and_is_bridged_when_taken() {
    let branch = Branch::open(two).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    let pop = maria.pop().expect("the card opens with the ring");
    assert_eq!(pop["card"]["name"], "Анна Петрова");
    assert_eq!(pop["call"]["from"], ANNA);
    let leg = maria.answers(&anna).await;
    assert_eq!(anna.state(), CallState::Talking);
    assert!(branch.line.was_told(&LineOrder::Answer(anna.leg)));
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, leg)));
    assert_eq!(branch.news.tile("calls_answered"), 1);
    assert_eq!(branch.news.tile("service_level"), 100);
}

#[actix::test]
async fn a_desk_phone_is_dialled_at_once_and_answers_by_itself() {
    let branch = Branch::open(|j| j.put(&firm::desk_operator(63, "Ольга", "desk1"))).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    let anna = Caller::rings(&branch, ANNA).await;
    olga.is_rung_by(&anna).await;
    let refused = olga.does("call.answer", anna.id).await.expect_err("the phone answers, not the screen");
    assert_eq!(refused.code, "desk-phone");
    let leg = olga.answers(&anna).await;
    assert_eq!(branch.line.partner(anna.leg), Some(leg));
}

#[actix::test]
async fn a_ring_that_nobody_answers_goes_on_to_the_next_operator() {
    let branch = Branch::open(two).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    branch.pass(branch.house.tuning.ring).await;
    nina.is_rung_by(&anna).await;
    maria.is(Presence::NotReady).await;
    assert_eq!(maria.row().reason.as_deref(), Some("no answer"));
    assert_eq!(maria.pop(), None, "the card is taken off the screen of who missed the call");
    assert_eq!(anna.call().missed_by, [maria.id]);
    nina.answers(&anna).await;
    assert_eq!(anna.call().operator, Some(nina.id));
}

#[actix::test]
async fn a_ring_ends_neither_before_its_time_nor_after() {
    let branch = Branch::open(two).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    branch.pass(branch.house.tuning.ring - Duration::from_millis(50)).await;
    assert_eq!(anna.state(), CallState::Offered);
    branch.pass(Duration::from_millis(100)).await;
    assert_eq!(anna.state(), CallState::Queued);
}

#[actix::test]
async fn who_missed_a_call_is_passed_over_while_another_is_ready() {
    let branch = Branch::open(two).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.does("call.reject", anna.id).await.expect("a ringing call may be refused");
    maria.is(Presence::NotReady).await;
    assert_eq!(maria.row().reason.as_deref(), Some("rejected"));
    let nina = Telephonist::at_work(&branch, 62).await;
    nina.is_rung_by(&anna).await;
    maria.says("operator.ready", json!({})).await.expect("ready again");
    nina.does("call.reject", anna.id).await.expect("a ringing call may be refused");
    maria.is_rung_by(&anna).await;
    assert_eq!(
        anna.call().missed_by,
        [maria.id, nina.id],
        "when all have missed it, the first one is asked again"
    );
}

#[actix::test]
async fn the_operator_who_is_idle_longest_is_rung_first() {
    let branch = Branch::open(two).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    branch.pass(Duration::from_secs(5)).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.pass(Duration::from_secs(5)).await;
    let anna = Caller::rings(&branch, ANNA).await;
    nina.is_rung_by(&anna).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    maria.is_rung_by(&stranger).await;
    assert!(anna.call().missed_by.is_empty() && stranger.call().missed_by.is_empty());
}

#[actix::test]
async fn who_says_ready_twice_keeps_the_place_among_the_idle() {
    let branch = Branch::open(two).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    branch.pass(Duration::from_secs(5)).await;
    let _maria = Telephonist::at_work(&branch, 61).await;
    branch.pass(Duration::from_secs(5)).await;
    nina.says("operator.ready", json!({})).await.expect("who is ready may say so again");
    let anna = Caller::rings(&branch, ANNA).await;
    nina.is_rung_by(&anna).await;
    assert!(anna.call().missed_by.is_empty(), "nobody else was rung before her");
}

#[actix::test]
async fn callers_are_served_in_the_order_they_came() {
    let branch = Branch::open(two).await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.pass(Duration::from_secs(1)).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    assert_eq!(branch.news.tile("calls_waiting"), 2);
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.answers(&anna).await;
    assert_eq!(stranger.state(), CallState::Queued);
    assert_eq!(branch.news.tile("calls_waiting"), 1);
}

#[actix::test]
async fn a_client_who_is_to_be_treated_first_is_served_before_those_who_came_earlier() {
    let branch = Branch::open(two).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    branch.pass(Duration::from_secs(30)).await;
    let vera = Caller::rings(&branch, VERA).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.is_rung_by(&vera).await;
    assert!(stranger.call().missed_by.is_empty());
    assert_eq!(stranger.state(), CallState::Queued);
}

#[actix::test]
async fn a_call_that_was_put_back_keeps_its_place_in_the_line() {
    let branch = Branch::open(two).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    maria.does("call.reject", anna.id).await.expect("a ringing call may be refused");
    anna.becomes(CallState::Queued).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    nina.is_rung_by(&anna).await;
    assert_eq!(stranger.state(), CallState::Queued);
}

#[actix::test]
async fn an_operator_whose_phone_cannot_be_reached_is_not_rung_again() {
    let branch = Branch::open(|j| j.put(&firm::desk_operator(63, "Ольга", "desk1"))).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    let anna = Caller::rings(&branch, ANNA).await;
    olga.is_rung_by(&anna).await;
    let leg = branch.until("the desk phone", || branch.line.phone_leg("desk1")).await;
    branch.hears(LineEvent::Failed { leg, reason: "not registered".into() }).await;
    olga.is(Presence::NotReady).await;
    assert_eq!(olga.row().reason.as_deref(), Some("phone unreachable"));
    anna.becomes(CallState::Queued).await;
}

#[actix::test]
async fn a_caller_who_waits_for_the_longest_time_is_promised_a_call_back() {
    let branch = Branch::open(two).await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.pass(branch.house.tuning.longest_wait - Duration::from_millis(50)).await;
    assert_eq!(anna.state(), CallState::Queued);
    branch.pass(Duration::from_millis(100)).await;
    assert_eq!(anna.state(), CallState::Abandoned);
    assert!(branch.line.was_told(&LineOrder::Reject(anna.leg, 480)));
    let task: Callback = branch.journal.all().pop().expect("somebody must call back");
    assert_eq!((task.phone.as_str(), task.call, task.state), (ANNA, Some(anna.id), CallbackState::New));
    assert_eq!(branch.news.field("queue", task.id, "name"), "Анна Петрова");
    assert_eq!(branch.news.row("queue", anna.id), None, "a call that is over leaves the screens");
}

#[actix::test]
async fn who_has_been_answered_is_not_cut_off_when_the_longest_wait_is_over() {
    let branch = Branch::open(two).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    branch.pass(branch.house.tuning.longest_wait * 2).await;
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn a_desk_phone_that_answers_in_the_very_moment_is_heard() {
    let branch = Branch::open(|j| j.put(&firm::desk_operator(61, "Мария", "desk1"))).await;
    branch.line.answers_at_once(branch.desk().telephony.clone());
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is(Presence::Busy).await;
    anna.becomes(CallState::Talking).await;
}
