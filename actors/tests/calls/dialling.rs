//! Calls that we make: the operator's line first, then the number; tasks done by a call.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::{Call, CallState, Direction},
        callback::{Callback, CallbackState},
        line::{Leg, LineEvent, LineOrder},
        operator::Presence,
    },
    refusal::RefusalKind,
};
use serde_json::json;

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::desk_operator(62, "Нина", "desk2"));
    })
    .await
}
fn ours(branch: &Branch) -> Call {
    let mut all = branch.journal.all::<Call>();
    all.retain(|call| call.direction == Direction::Out);
    all.pop().expect("a call that we make is kept")
}
/// The operator's line is there; gives it and the leg of the number.
async fn on_the_line(branch: &Branch, maria: &Telephonist<'_>) -> (Leg, Leg) {
    let here = branch.line.browser_leg(maria.id).expect("the operator's line comes first");
    branch.hears(LineEvent::Answered { leg: here }).await;
    let there = branch.until("the number", || branch.line.number_leg(ANNA)).await;
    (here, there)
}

#[actix::test]
async fn an_operator_calls_a_client_and_they_talk() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("call.dial", json!({"number": "8 916 111-00-01"})).await.expect("she is ready");
    assert_eq!(ours(&branch).state, CallState::Dialing);
    assert_eq!(maria.pop().expect("the card opens")["card"]["name"], "Анна Петрова");
    let (here, there) = on_the_line(&branch, &maria).await;
    maria.is(Presence::Busy).await;
    assert!(branch.line.was_told(&LineOrder::RingBack(here)));
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the talk", || branch.line.was_told(&LineOrder::Bridge(there, here))).await;
    assert!(!branch.line.was_told(&LineOrder::Answer(there)), "who is called answers by themselves");
    branch.hears(LineEvent::Ended { leg: there, by_remote: true }).await;
    maria.is(Presence::WrapUp).await;
    let call = ours(&branch);
    maria
        .says("call.dispose", json!({"call": call.id, "disposition": "status"}))
        .await
        .expect("written down");
    maria.is(Presence::Ready).await;
    assert_eq!(branch.journal.story(call.id), ["call.dialed", "call.answered", "call.ended", "call.closed"]);
    assert_eq!((branch.news.tile("calls_dialed"), branch.news.tile("calls_offered")), (json!(1), json!(0)));
}

/// Whatever the town does, the operator is free again and nobody has missed a call.
async fn ends_without_a_talk(branch: &Branch, maria: &Telephonist<'_>, there: Leg) {
    maria.is(Presence::Ready).await;
    assert_eq!(ours(branch).state, CallState::Failed);
    assert!(branch.line.was_told(&LineOrder::Hangup(there)));
    branch.settles().await;
    assert!(branch.journal.all::<Callback>().is_empty(), "our own call is nobody's missed call");
    assert_eq!(branch.news.tile("calls_abandoned"), 0);
}

#[actix::test]
async fn who_is_busy_leaves_the_operator_free_and_makes_no_task() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("call.dial", json!({"number": ANNA})).await.expect("she is ready");
    let (_, there) = on_the_line(&branch, &maria).await;
    branch.hears(LineEvent::Failed { leg: there, reason: "486 Busy Here".into() }).await;
    ends_without_a_talk(&branch, &maria, there).await;
}

#[actix::test]
async fn an_operator_may_think_better_of_a_call() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("call.dial", json!({"number": ANNA})).await.expect("she is ready");
    let (_, there) = on_the_line(&branch, &maria).await;
    maria.does("call.hangup", ours(&branch).id).await.expect("it only rings");
    ends_without_a_talk(&branch, &maria, there).await;
}

#[actix::test]
async fn who_does_not_answer_is_rung_for_two_rings_and_no_longer() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("call.dial", json!({"number": ANNA})).await.expect("she is ready");
    let (_, there) = on_the_line(&branch, &maria).await;
    branch.pass(branch.house.tuning.ring * 2 - std::time::Duration::from_secs(1)).await;
    assert_eq!(ours(&branch).state, CallState::Dialing);
    branch.pass(std::time::Duration::from_secs(2)).await;
    ends_without_a_talk(&branch, &maria, there).await;
}

#[actix::test]
async fn a_line_of_the_operator_that_does_not_come_ends_the_attempt() {
    let branch = open().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    nina.says("call.dial", json!({"number": ANNA})).await.expect("she is ready");
    nina.is(Presence::Ringing).await;
    branch.pass(branch.house.tuning.ring).await;
    nina.is(Presence::Ready).await;
    assert_eq!(branch.line.number_leg(ANNA), None, "nobody was rung in the town");
}

#[actix::test]
async fn what_is_no_number_and_who_is_not_ready_are_refused() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    for (args, code) in [
        (json!({"number": "Анна"}), "phone"),
        (json!({}), "number"),
        (json!({"number": ANNA, "callback": firm::id::<domain::values::id::CallbackKind>(1)}), "number"),
    ] {
        let refused = maria.says("call.dial", args).await.expect_err("nobody to call");
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, code));
    }
    maria.says("operator.pause", json!({})).await.expect("free");
    let refused = maria.says("call.dial", json!({"number": ANNA})).await.expect_err("on a break");
    assert_eq!(refused.code, "operator-busy");
    assert!(branch.journal.all::<Call>().is_empty());
}

#[actix::test]
async fn a_call_that_is_not_kept_is_not_made() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.journal.refuse("call.dialed");
    let refused = maria.says("call.dial", json!({"number": ANNA})).await.expect_err("not kept");
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    maria.is(Presence::Ready).await;
    assert_eq!(branch.line.browser_leg(maria.id), None);
}

/// Anna gave up; Maria took the task.
async fn task(branch: &Branch, maria: &Telephonist<'_>) -> Callback {
    maria.says("operator.pause", json!({})).await.expect("free");
    let anna = Caller::rings(branch, ANNA).await;
    anna.hangs_up().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    let task = branch.journal.all::<Callback>().remove(0);
    maria.says("operator.ready", json!({})).await.expect("free");
    let early = maria.says("call.dial", json!({"callback": task.id})).await.expect_err("not hers yet");
    assert_eq!(early.kind, RefusalKind::Forbidden);
    maria.says("callback.take", json!({"callback": task.id})).await.expect("free to take");
    task
}

/// Maria calls back, and this comes of it.
async fn called_back(reached: bool, state: CallbackState) {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let task = task(&branch, &maria).await;
    maria.says("call.dial", json!({"callback": task.id})).await.expect("hers");
    let (_, leg) = on_the_line(&branch, &maria).await;
    let event =
        if reached { LineEvent::Answered { leg } } else { LineEvent::Failed { leg, reason: "480".into() } };
    branch.hears(event).await;
    let kept = || branch.journal.get::<Callback>(task.id).expect("a task is kept").state;
    branch.sees("the end of the task", || kept() == state).await;
    assert_eq!(ours(&branch).client, task.client);
}

#[actix::test]
async fn a_task_is_done_when_they_answer() {
    called_back(true, CallbackState::Done).await;
}

#[actix::test]
async fn a_task_is_to_be_tried_again_when_they_do_not_answer() {
    called_back(false, CallbackState::NoAnswer).await;
}
