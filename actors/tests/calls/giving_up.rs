//! Callers who give up: while they wait, while it rings, and in the very moment of the answer.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::calls::{
    call::CallState,
    callback::Callback,
    line::{LineEvent, LineOrder},
    operator::Presence,
};
use serde_json::json;

async fn with_maria() -> Branch {
    Branch::open(|j| j.put(&firm::operator(61, "Мария"))).await
}

#[actix::test]
async fn a_caller_who_gives_up_in_the_line_becomes_a_task_to_call_back() {
    let branch = with_maria().await;
    let anna = Caller::rings(&branch, ANNA).await;
    anna.hangs_up().await;
    anna.becomes(CallState::Abandoned).await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    branch.settles().await;
    assert_eq!(branch.news.tile("calls_waiting"), 0);
    assert_eq!(branch.news.tile("calls_abandoned"), 1);
    assert_eq!(branch.news.tile("service_level"), 0);
    assert!(anna.session().await.is_none(), "a call that is over has no session");
}

#[actix::test]
async fn an_operator_is_ready_again_when_the_caller_gives_up_while_it_rings() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    anna.hangs_up().await;
    maria.is(Presence::Ready).await;
    assert_eq!(anna.state(), CallState::Abandoned);
    assert_eq!(maria.pop(), None);
    let again = Caller::rings(&branch, ANNA).await;
    maria.answers(&again).await;
}

#[actix::test]
async fn an_operator_is_let_go_only_after_the_giving_up_is_kept() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    let held = branch.journal.hold("call.abandoned");
    anna.hangs_up().await;
    branch.settles().await;
    assert_eq!(maria.presence(), "ringing", "what is not kept has no effect yet");
    drop(held);
    maria.is(Presence::Ready).await;
}

#[actix::test]
async fn a_desk_phone_stops_ringing_when_the_caller_gives_up() {
    let branch = Branch::open(|j| j.put(&firm::desk_operator(63, "Ольга", "desk1"))).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    let anna = Caller::rings(&branch, ANNA).await;
    olga.is_rung_by(&anna).await;
    let leg = branch.until("the desk phone", || branch.line.phone_leg("desk1")).await;
    anna.hangs_up().await;
    olga.is(Presence::Ready).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
}

#[actix::test]
async fn an_answer_that_comes_after_the_giving_up_changes_nothing() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.does("call.answer", anna.id).await.expect("it rings");
    let leg = branch.line.browser_leg(maria.id).expect("the browser was dialled");
    anna.hangs_up().await;
    branch.hears(LineEvent::Answered { leg }).await;
    maria.is(Presence::Ready).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Abandoned);
    assert!(!branch.line.was_told(&LineOrder::Answer(anna.leg)), "nobody was left to be answered");
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
    assert_eq!(branch.journal.all::<Callback>().len(), 1);
}

#[actix::test]
async fn a_giving_up_that_comes_after_the_answer_is_the_end_of_a_talk() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.does("call.answer", anna.id).await.expect("it rings");
    let leg = branch.line.browser_leg(maria.id).expect("the browser was dialled");
    let held = branch.journal.hold("call.answered");
    branch.hears(LineEvent::Answered { leg }).await;
    anna.hangs_up().await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Offered);
    drop(held);
    maria.is(Presence::WrapUp).await;
    assert_eq!(anna.state(), CallState::WrapUp);
    assert!(branch.journal.all::<Callback>().is_empty(), "who was answered is not called back");
    maria.writes_down(&anna).await;
}

#[actix::test]
async fn a_caller_who_gives_up_between_the_ring_and_the_offer_leaves_nobody_ringing() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let held = branch.journal.hold("presence.changed");
    let anna = Caller::rings(&branch, ANNA).await;
    branch.settles().await;
    assert_eq!(maria.presence(), "ringing");
    anna.hangs_up().await;
    anna.becomes(CallState::Abandoned).await;
    drop(held);
    maria.is(Presence::Ready).await;
    assert_eq!(maria.row().call, None);
}

#[actix::test]
async fn a_caller_who_gives_up_while_the_first_step_is_kept_is_not_lost() {
    let branch = with_maria().await;
    let held = branch.journal.hold("call.incoming");
    let leg = branch.line.caller_leg();
    branch.hears(crate::kit::caller::offered(leg, ANNA)).await;
    branch.hears(LineEvent::Ended { leg, by_remote: true }).await;
    branch.settles().await;
    drop(held);
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    assert_eq!(branch.journal.count("call.abandoned"), 1);
}

#[actix::test]
async fn the_ring_ends_and_the_caller_gives_up_in_the_same_instant() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    let held = branch.journal.hold("call.requeued");
    branch.pass(branch.house.tuning.ring).await;
    anna.hangs_up().await;
    branch.settles().await;
    drop(held);
    anna.becomes(CallState::Abandoned).await;
    maria.is(Presence::NotReady).await;
    maria.says("operator.ready", json!({})).await.expect("ready again");
    maria.is(Presence::Ready).await;
    assert_eq!(branch.news.tile("calls_waiting"), 0);
}

#[actix::test]
async fn a_ring_that_ends_while_the_answer_is_kept_does_not_cut_the_talk_off() {
    let branch = with_maria().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.does("call.answer", anna.id).await.expect("it rings");
    let leg = branch.line.browser_leg(maria.id).expect("the browser was dialled");
    let held = branch.journal.hold("call.answered");
    branch.hears(LineEvent::Answered { leg }).await;
    branch.pass(branch.house.tuning.ring * 2).await;
    drop(held);
    maria.is(Presence::Busy).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Talking);
    assert!(!branch.line.was_told(&LineOrder::Hangup(leg)));
}

#[actix::test]
async fn the_switchboard_knows_what_the_journal_has_not_kept() {
    let branch = with_maria().await;
    branch.settles().await;
    assert_eq!(branch.line.unkept(), 0);
    let held = branch.journal.hold("call.incoming");
    branch.hears(crate::kit::caller::offered(branch.line.caller_leg(), ANNA)).await;
    branch.sees("the step that waits", || branch.line.unkept() == 1).await;
    drop(held);
    branch.sees("the step that is kept", || branch.line.unkept() == 0).await;
}
