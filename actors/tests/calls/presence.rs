//! What operators say of themselves: ready, on a break, gone; and what their microphone says.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::{
    calls::{call::CallState, operator::Presence},
    refusal::RefusalKind,
};
use serde_json::json;

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::desk_operator(63, "Ольга", "desk1"));
    })
    .await
}

#[actix::test]
async fn an_operator_without_a_microphone_is_not_ready() {
    let branch = open().await;
    let maria = Telephonist::new(&branch, 61);
    let refused = maria.says("operator.ready", json!({})).await.expect_err("nobody could hear her");
    assert_eq!(refused.code, "no-line");
    maria.microphone(true).await;
    maria.says("operator.ready", json!({})).await.expect("now she can be heard");
    maria.is(Presence::Ready).await;
    assert_eq!(branch.news.tile("operators_ready"), 1);
}

#[actix::test]
async fn a_desk_phone_needs_no_microphone() {
    let branch = open().await;
    let olga = Telephonist::at_work(&branch, 63).await;
    assert_eq!(olga.presence(), "ready");
    assert_eq!(branch.news.field("queue", olga.id, "device"), "phone");
}

#[actix::test]
async fn a_microphone_that_is_lost_takes_the_operator_out_of_the_line() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.microphone(false).await;
    maria.is(Presence::NotReady).await;
    assert_eq!(maria.row().reason.as_deref(), Some("line lost"));
    let anna = Caller::rings(&branch, ANNA).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Queued);
    assert_eq!(branch.news.tile("operators_ready"), 0);
}

#[actix::test]
async fn a_microphone_that_is_lost_in_a_talk_leaves_the_talk_alone() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    maria.microphone(false).await;
    assert_eq!(maria.presence(), "busy");
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn who_rests_is_not_rung_until_they_are_ready_again() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("operator.pause", json!({"reason": "lunch"})).await.expect("an operator may rest");
    maria.is(Presence::Break).await;
    assert_eq!(branch.news.field("queue", maria.id, "reason"), "lunch");
    let anna = Caller::rings(&branch, ANNA).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Queued);
    maria.says("operator.ready", json!({})).await.expect("back");
    maria.answers(&anna).await;
}

#[actix::test]
async fn who_goes_home_is_not_rung() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("operator.offline", json!({})).await.expect("an operator may go");
    maria.is(Presence::Offline).await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Queued);
}

#[actix::test]
async fn a_call_in_hand_is_finished_first() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    for command in ["operator.pause", "operator.offline", "operator.ready"] {
        let refused = maria.says(command, json!({})).await.expect_err("it rings");
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::State, "operator-busy"), "{command}");
    }
    maria.answers(&anna).await;
    maria.says("operator.offline", json!({})).await.expect_err("they talk");
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.says("operator.ready", json!({})).await.expect_err("it is not written down");
    maria.writes_down(&anna).await;
}

#[actix::test]
async fn who_steps_back_in_the_moment_of_the_ring_is_not_offered_the_call() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let held = branch.journal.hold("presence.changed");
    let (rested, anna) = tokio::join!(maria.says("operator.pause", json!({})), async {
        branch.settles().await;
        let anna = Caller::rings(&branch, ANNA).await;
        branch.settles().await;
        drop(held);
        anna
    });
    rested.expect("an operator may rest");
    maria.is(Presence::Break).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Queued);
    assert_eq!(branch.news.tile("calls_waiting"), 1, "the caller is back in the line");
}

#[actix::test]
async fn what_an_operator_says_is_answered_only_when_it_is_kept() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.journal.refuse("presence.changed");
    let refused = maria.says("operator.pause", json!({})).await.expect_err("the store did not take it");
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert_eq!(maria.presence(), "ready");
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
}

#[actix::test]
async fn a_change_that_was_not_kept_does_not_spoil_the_next_ones() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.journal.refuse("presence.changed");
    let anna = Caller::rings(&branch, ANNA).await;
    branch.sees("the ring", || maria.presence() == "ringing").await;
    maria.answers(&anna).await;
    assert_eq!(maria.row().call, Some(anna.id), "the next change is kept on top of the last one kept");
}
