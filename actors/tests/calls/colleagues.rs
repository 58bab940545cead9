//! Colleagues: asked while the caller hears music, given the call seen or unseen, talking along.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::calls::{
    call::CallState,
    line::{Leg, LineEvent, LineOrder, Part},
    operator::Presence,
};
use serde_json::json;
use std::time::Duration;

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::desk_operator(62, "Нина", "desk2"));
        j.put(&firm::operator(63, "Ольга"));
    })
    .await
}

/// Maria talks with Anna, and asks Nina at her desk phone, who answers.
async fn asked(branch: &Branch) -> (Telephonist<'_>, Telephonist<'_>, Caller<'_>, Leg, Leg) {
    let maria = Telephonist::at_work(branch, 61).await;
    let anna = Caller::rings(branch, ANNA).await;
    let here = maria.answers(&anna).await;
    let nina = Telephonist::at_work(branch, 62).await;
    maria.says("call.consult", json!({"call": anna.id, "operator": nina.id})).await.expect("she is ready");
    anna.becomes(CallState::Consulting).await;
    nina.is(Presence::Ringing).await;
    let there = branch.line.phone_leg("desk2").expect("the phone was dialled");
    branch.hears(LineEvent::Answered { leg: there }).await;
    nina.is(Presence::Busy).await;
    (maria, nina, anna, here, there)
}

#[actix::test]
async fn a_colleague_is_asked_while_the_caller_hears_music() {
    let branch = open().await;
    let (maria, nina, anna, here, there) = asked(&branch).await;
    assert!(branch.line.was_told(&LineOrder::Hold(anna.leg)));
    assert!(branch.line.was_told(&LineOrder::RingBack(here)), "the asker hears the ringing");
    assert!(branch.line.was_told(&LineOrder::Bridge(here, there)));
    assert_eq!(nina.pop().expect("the card comes along")["card"]["name"], "Анна Петрова");
    maria.does("call.unconsult", anna.id).await.expect("the question may end");
    anna.becomes(CallState::Talking).await;
    nina.is(Presence::Ready).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(there)));
    assert!(branch.line.was_told(&LineOrder::Resume(anna.leg)));
    assert_eq!(branch.line.times_told(&LineOrder::Bridge(anna.leg, here)), 2, "they talk again");
    assert_eq!(maria.presence(), "busy");
}

#[actix::test]
async fn a_colleague_who_was_asked_is_given_the_call() {
    let branch = open().await;
    let (maria, nina, anna, here, there) = asked(&branch).await;
    maria.does("call.transfer", anna.id).await.expect("she was asked and answered");
    maria.is(Presence::Ready).await;
    assert_eq!((anna.state(), anna.call().operator), (CallState::Talking, Some(nina.id)));
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, there)));
    assert!(branch.line.was_told(&LineOrder::Hangup(here)));
    assert_eq!((maria.pop(), nina.presence()), (None, json!("busy")));
    let refused = maria.does("call.hold", anna.id).await.expect_err("it is not hers any more");
    assert_eq!(refused.kind, domain::refusal::RefusalKind::Forbidden);
    anna.hangs_up().await;
    nina.is(Presence::WrapUp).await;
    nina.writes_down(&anna).await;
    assert_eq!(branch.news.tile("calls_answered"), 1, "one caller is one answer");
    assert_eq!(branch.news.tile("calls_transferred"), 1);
}

#[actix::test]
async fn who_asked_and_hangs_up_gives_the_call_to_who_was_asked() {
    let branch = open().await;
    let (maria, nina, anna, here, there) = asked(&branch).await;
    branch.hears(LineEvent::Ended { leg: here, by_remote: true }).await;
    maria.is(Presence::Ready).await;
    assert_eq!(anna.call().operator, Some(nina.id));
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, there)));
}

#[actix::test]
async fn a_call_is_not_given_to_a_colleague_who_has_not_answered_yet() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let here = maria.answers(&anna).await;
    let refused = maria.does("call.transfer", anna.id).await.expect_err("nobody was asked");
    assert_eq!(refused.code, "call-state");
    let olga = Telephonist::at_work(&branch, 63).await;
    maria.says("call.consult", json!({"call": anna.id, "operator": olga.id})).await.expect("she is ready");
    for command in ["call.transfer", "call.conference"] {
        let refused = maria.does(command, anna.id).await.expect_err("it only rings there");
        assert_eq!(refused.code, "colleague-rings", "{command}");
    }
    branch.pass(branch.house.tuning.ring).await;
    anna.becomes(CallState::Talking).await;
    olga.is(Presence::NotReady).await;
    assert_eq!(olga.row().reason.as_deref(), Some("no answer"));
    assert_eq!(branch.line.times_told(&LineOrder::Bridge(anna.leg, here)), 2, "back to the caller");
}

#[actix::test]
async fn a_colleague_answers_in_the_browser_or_declines() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let here = maria.answers(&anna).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    let ask = json!({"call": anna.id, "operator": olga.id});
    maria.says("call.consult", ask.clone()).await.expect("she is ready");
    olga.does("call.reject", anna.id).await.expect("who is asked may decline");
    anna.becomes(CallState::Talking).await;
    olga.says("operator.ready", json!({})).await.expect("free");
    maria.says("call.consult", ask).await.expect("she is ready again");
    olga.does("call.answer", anna.id).await.expect("who is asked may answer");
    let there = branch.line.browser_leg(olga.id).expect("the browser was dialled");
    branch.hears(LineEvent::Answered { leg: there }).await;
    olga.is(Presence::Busy).await;
    assert!(branch.line.was_told(&LineOrder::Bridge(here, there)));
}

#[actix::test]
async fn a_colleague_who_is_not_ready_is_not_asked() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let ask =
        |who: u128| json!({"call": anna.id, "operator": firm::id::<domain::values::id::OperatorKind>(who)});
    for (who, code) in [(62, "operator-busy"), (61, "same-operator"), (99, "unknown-operator")] {
        let refused = maria.says("call.consult", ask(who)).await.expect_err("not to be asked");
        assert_eq!(refused.code, code, "{who}");
    }
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn a_stranger_to_the_call_asks_nobody_and_leaves_nobody_ringing() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let (nina, olga) = (Telephonist::at_work(&branch, 62).await, Telephonist::at_work(&branch, 63).await);
    let ask = json!({"call": anna.id, "operator": nina.id});
    let refused = olga.says("call.consult", ask).await.expect_err("it is not her call");
    assert_eq!(refused.kind, domain::refusal::RefusalKind::Forbidden);
    nina.is(Presence::Ready).await;
}

/// Three talk, and one of the two operators leaves.
async fn one_leaves(asker: bool) {
    let branch = open().await;
    let (maria, nina, anna, here, there) = asked(&branch).await;
    maria.does("call.conference", anna.id).await.expect("she has answered");
    anna.becomes(CallState::Conference).await;
    let join = LineOrder::Join { leg: there, of: here, part: Part::Speaker };
    branch.sees("the three", || branch.line.was_told(&join)).await;
    let (leaves, stays) = if asker { (&maria, &nina) } else { (&nina, &maria) };
    leaves.does("call.hangup", anna.id).await.expect("one may leave");
    leaves.is(Presence::Ready).await;
    anna.becomes(CallState::Talking).await;
    assert_eq!(anna.call().operator, Some(stays.id));
    let left = if asker { here } else { there };
    assert!(branch.line.was_told(&LineOrder::Leave(left)));
    assert!(!branch.line.is_over(anna.leg));
    anna.hangs_up().await;
    stays.is(Presence::WrapUp).await;
}

#[actix::test]
async fn who_asked_leaves_the_three_and_the_colleague_has_the_call() {
    one_leaves(true).await;
}

#[actix::test]
async fn the_colleague_leaves_the_three_and_the_call_stays_where_it_was() {
    one_leaves(false).await;
}

#[actix::test]
async fn when_the_caller_hangs_up_on_three_one_writes_it_down_and_the_other_is_free() {
    let branch = open().await;
    let (maria, nina, anna, _, there) = asked(&branch).await;
    maria.does("call.conference", anna.id).await.expect("she has answered");
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    nina.is(Presence::Ready).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(there)));
}

#[actix::test]
async fn a_call_given_to_one_colleague_unseen_rings_there_and_nowhere_else() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    branch.pass(Duration::from_secs(5)).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    maria.says("call.transfer", json!({"call": anna.id, "operator": nina.id})).await.expect("given away");
    nina.is_rung_by(&anna).await;
    maria.is(Presence::Ready).await;
    assert_eq!(olga.presence(), "ready", "who has been idle longer is not meant");
    let leg = nina.answers(&anna).await;
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, leg)));
    assert_eq!(branch.line.times_told(&LineOrder::Answer(anna.leg)), 1, "the caller was answered long ago");
    assert_eq!(branch.news.tile("calls_answered"), 1);
}

#[actix::test]
async fn a_colleague_who_is_not_there_is_not_waited_for_longer_than_two_rings() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    let nina = Telephonist::new(&branch, 62);
    maria.says("call.transfer", json!({"call": anna.id, "operator": nina.id})).await.expect("given away");
    branch.pass(branch.house.tuning.ring).await;
    assert_eq!((anna.state(), olga.presence()), (CallState::Queued, json!("ready")));
    branch.pass(branch.house.tuning.ring).await;
    olga.answers(&anna).await;
}

#[actix::test]
async fn a_command_about_colleagues_that_is_sent_twice_is_carried_out_once() {
    let branch = open().await;
    let (maria, _, anna, ..) = asked(&branch).await;
    let args = json!({"call": anna.id});
    let first = branch.repeats(&maria.seat, "once", "call.transfer", args.clone()).await.expect("given");
    let second = branch.repeats(&maria.seat, "once", "call.transfer", args).await.expect("answered again");
    assert!(!first.dup && second.dup && first.ok == second.ok);
    assert_eq!(branch.journal.count("call.transferred"), 1);
}
