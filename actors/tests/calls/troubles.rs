//! Troubles: a journal that refuses, and actors that panic. No call is lost, no operator is stuck.

use crate::kit::{
    branch::Branch,
    caller::{Caller, offered},
    firm::{self, ANNA, STRANGER},
    telephonist::Telephonist,
};
use actors::call_centre::call_session::PanicNow;
use domain::calls::{
    call::CallState,
    callback::Callback,
    line::{LineEvent, LineOrder},
    operator::Presence,
};
use serde_json::json;
use std::time::Duration;

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::operator(62, "Нина"));
    })
    .await
}

/// The call is gone everywhere, and somebody will call back.
async fn is_ended_and_called_back(branch: &Branch, caller: &Caller<'_>) {
    branch.sees("the end of the call", || branch.line.is_over(caller.leg)).await;
    branch.sees("the task", || !branch.journal.all::<Callback>().is_empty()).await;
    branch.settles().await;
    assert!(caller.session().await.is_none(), "a call that was broken off has no session");
    assert_eq!(branch.news.row("queue", caller.id), None, "and leaves the screens");
    assert_eq!(branch.news.tile("calls_waiting"), 0, "and the line");
    assert_eq!(caller.state(), CallState::Failed);
    assert_eq!(branch.journal.all::<Callback>()[0].call, Some(caller.id));
}

#[actix::test]
async fn a_call_whose_beginning_is_not_kept_is_ended_and_called_back() {
    let branch = open().await;
    branch.journal.refuse("call.incoming");
    let leg = branch.line.caller_leg();
    branch.hears(offered(leg, ANNA)).await;
    branch.sees("the end of the call", || branch.line.is_over(leg)).await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    let task = branch.journal.all::<Callback>().remove(0);
    assert_eq!((task.phone.as_str(), branch.journal.count("call.failed")), (ANNA, 1));
}

#[actix::test]
async fn a_call_whose_offer_is_not_kept_lets_the_operator_go() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.journal.refuse("call.offered");
    let anna = Caller::rings(&branch, ANNA).await;
    is_ended_and_called_back(&branch, &anna).await;
    maria.is(Presence::Ready).await;
    let again = Caller::rings(&branch, ANNA).await;
    maria.answers(&again).await;
}

#[actix::test]
async fn a_call_whose_answer_is_not_kept_lets_both_sides_go() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.does("call.answer", anna.id).await.expect("it rings");
    let leg = branch.line.browser_leg(maria.id).expect("the browser was dialled");
    branch.journal.refuse("call.answered");
    branch.hears(LineEvent::Answered { leg }).await;
    is_ended_and_called_back(&branch, &anna).await;
    maria.is(Presence::Ready).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
    assert!(!branch.line.was_told(&LineOrder::Answer(anna.leg)));
}

#[actix::test]
async fn a_call_whose_way_back_into_the_line_is_not_kept_is_called_back() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    branch.journal.refuse("call.requeued");
    branch.pass(branch.house.tuning.ring).await;
    is_ended_and_called_back(&branch, &anna).await;
    maria.is(Presence::Ready).await;
}

#[actix::test]
async fn a_giving_up_that_is_not_kept_is_called_back_all_the_same() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    branch.journal.refuse("call.abandoned");
    anna.hangs_up().await;
    is_ended_and_called_back(&branch, &anna).await;
    maria.is(Presence::Ready).await;
}

#[actix::test]
async fn a_talk_whose_end_is_not_kept_lets_the_operator_go() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let leg = maria.answers(&anna).await;
    branch.journal.refuse("call.ended");
    anna.hangs_up().await;
    maria.is(Presence::NotReady).await;
    assert_eq!(maria.row().reason.as_deref(), Some("call lost"));
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
    assert_eq!(anna.state(), CallState::Failed);
    assert!(branch.journal.all::<Callback>().is_empty(), "who was answered is not called back");
}

#[actix::test]
async fn a_store_that_is_gone_for_longer_leaves_the_call_to_the_next_start() {
    let branch = open().await;
    let anna = Caller::rings(&branch, ANNA).await;
    for fact in ["call.abandoned", "call.failed", "callback.created"] {
        branch.journal.refuse(fact);
    }
    anna.hangs_up().await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Queued, "nothing of it was kept");
    let branch = branch.reopened().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
}

#[actix::test]
async fn a_task_that_was_not_kept_is_tried_again_until_it_is() {
    let branch = open().await;
    branch.journal.refuse("callback.created");
    branch.journal.refuse("callback.created");
    let anna = Caller::rings(&branch, ANNA).await;
    anna.hangs_up().await;
    anna.becomes(CallState::Abandoned).await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    branch.pass(Duration::from_secs(60)).await;
    assert_eq!(branch.journal.all::<Callback>().len(), 1);
    assert_eq!(branch.news.tile("calls_abandoned"), 1, "a caller is counted once");
}

#[actix::test]
async fn a_waiting_call_whose_actor_panics_keeps_its_place() {
    let branch = open().await;
    let anna = Caller::rings(&branch, ANNA).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    let session = anna.session().await.expect("a call has a session");
    assert!(session.send(PanicNow).await.is_err(), "the sender of the message is told");
    branch.pass(Duration::from_millis(100)).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.is_rung_by(&anna).await;
    assert_eq!(stranger.state(), CallState::Queued);
    maria.answers(&anna).await;
}

#[actix::test]
async fn a_ringing_call_whose_actor_panics_goes_to_another_operator() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let session = anna.session().await.expect("a call has a session");
    assert!(session.send(PanicNow).await.is_err());
    nina.answers(&anna).await;
    maria.is(Presence::NotReady).await;
    branch.pass(branch.house.tuning.longest_wait * 2).await;
    assert_eq!(anna.state(), CallState::Talking, "no timer of the life before goes off");
}

#[actix::test]
async fn a_talk_whose_actor_panics_goes_on() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let session = anna.session().await.expect("a call has a session");
    assert!(session.send(PanicNow).await.is_err());
    branch.pass(Duration::from_secs(1)).await;
    assert_eq!(anna.state(), CallState::Talking);
    assert!(!branch.line.is_over(anna.leg));
    assert_eq!(branch.line.times_told(&LineOrder::Answer(anna.leg)), 1);
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
}

#[actix::test]
async fn an_answer_whose_actor_panics_before_the_bridge_is_bridged_after_it() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.does("call.answer", anna.id).await.expect("it rings");
    let leg = branch.line.browser_leg(maria.id).expect("the browser was dialled");
    branch.news.trap("queue");
    branch.hears(LineEvent::Answered { leg }).await;
    branch.sees("the bridge", || branch.line.partner(anna.leg) == Some(leg)).await;
    maria.is(Presence::Busy).await;
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn a_giving_up_whose_actor_panics_is_called_back_all_the_same() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    branch.news.trap("queue");
    anna.hangs_up().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    maria.is(Presence::Ready).await;
    branch.settles().await;
    assert!(anna.session().await.is_none());
}

#[actix::test]
async fn an_operator_whose_actor_panics_is_rung_again_when_it_is_back() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.news.trap(&format!("agent:{}", maria.id));
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    maria.answers(&anna).await;
    maria.microphone(true).await;
    assert_eq!(maria.presence(), "busy");
}

#[actix::test]
async fn an_operator_whose_actor_panics_in_a_talk_is_still_in_it() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    branch.news.trap("queue");
    branch.hears(LineEvent::Browser { session: maria.id.to_string(), online: true }).await;
    branch.pass(Duration::from_secs(1)).await;
    assert_eq!(maria.presence(), "busy");
    maria.says("operator.ready", json!({})).await.expect_err("they talk");
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
}

#[actix::test]
async fn a_queue_that_panics_forgets_neither_callers_nor_operators() {
    let branch = open().await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.news.trap("kpi");
    let stranger = Caller::rings(&branch, STRANGER).await;
    branch.pass(Duration::from_millis(100)).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    maria.answers(&anna).await;
    nina.answers(&stranger).await;
}

#[actix::test]
async fn a_queue_that_panics_in_the_middle_of_a_ring_leaves_nobody_ringing_for_ever() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.news.trap("kpi");
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
}

#[actix::test]
async fn a_session_that_dies_too_often_is_ended_in_order() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let leg = maria.answers(&anna).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    for caller in [&anna, &stranger] {
        let session = caller.session().await.expect("a call has a session");
        while session.connected() {
            assert!(session.send(PanicNow).await.is_err());
            branch.settles().await;
        }
        branch.sees("the end of the call", || caller.state() == CallState::Failed).await;
        assert!(branch.line.was_told(&LineOrder::Hangup(caller.leg)));
        assert_eq!(branch.news.row("queue", caller.id), None, "it leaves the screens");
    }
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)), "the operator's side is let go");
    maria.is(Presence::NotReady).await;
    assert_eq!(maria.row().reason.as_deref(), Some("call lost"));
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    branch.settles().await;
    assert_eq!(
        branch.journal.all::<Callback>()[0].call,
        Some(stranger.id),
        "only who was not answered is called back"
    );
    assert_eq!(branch.news.tile("calls_waiting"), 0);
}
