//! The talk itself: hold, the end from either side, and writing it down.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::CallState,
        line::{Leg, LineEvent, LineOrder},
        operator::Presence,
        sounded::Measured,
        trace::Sound,
    },
    refusal::RefusalKind,
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

async fn in_talk(branch: &Branch) -> (Telephonist<'_>, Caller<'_>, Leg) {
    let maria = Telephonist::at_work(branch, 61).await;
    let anna = Caller::rings(branch, ANNA).await;
    let leg = maria.answers(&anna).await;
    (maria, anna, leg)
}

#[actix::test]
async fn a_caller_on_hold_hears_music_until_the_operator_comes_back() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    maria.does("call.hold", anna.id).await.expect("a talk may be held");
    anna.becomes(CallState::Held).await;
    branch.sees("the music", || branch.line.was_told(&LineOrder::Hold(anna.leg))).await;
    let twice = maria.does("call.hold", anna.id).await.expect_err("it is held already");
    assert_eq!(twice.code, "call-state");
    maria.does("call.resume", anna.id).await.expect("a held talk may go on");
    branch.sees("the voice", || branch.line.was_told(&LineOrder::Resume(anna.leg))).await;
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn how_it_sounded_at_its_worst_is_kept_when_the_talk_ends() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    let sounds = |leg, mos: u16| {
        let measured = Measured { lost: 500 - mos, jitter_ms: 4, trip_ms: None, mos: Some(mos), codec: None };
        LineEvent::Sounds { leg, sound: Sound::Good, measured }
    };
    branch.hears(sounds(anna.leg, 430)).await;
    branch.hears(sounds(anna.leg, 410)).await;
    branch.hears(sounds(leg, 440)).await;
    let hears = |lost: u16, jitter: u32| json!({"lost": lost, "jitter": jitter, "trip": 30});
    maria.says("leg.alive", hears(5, 20)).await.expect("heard");
    maria.says("leg.alive", hears(2, 35)).await.expect("heard");
    maria.says("leg.alive", json!({})).await.expect("nothing to tell");
    let refused = maria.says("leg.alive", json!({"lost": -1, "jitter": 2})).await.expect_err("no measure");
    assert_eq!(refused.kind, RefusalKind::Invalid);
    branch.settles().await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    let fact = branch.journal.facts().into_iter().find(|fact| fact.name == "call.sounded").expect("kept");
    let sides = json!({
        "caller": {"lost": 90, "jitter_ms": 4, "trip_ms": null, "mos": 410},
        "operator": {"lost": 60, "jitter_ms": 4, "trip_ms": null, "mos": 440},
        "page": {"lost": 5, "jitter_ms": 35, "trip_ms": 30, "mos": null},
    });
    assert_eq!(fact.data["sides"], sides);
}

#[actix::test]
async fn a_caller_may_hang_up_while_on_hold() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    maria.does("call.hold", anna.id).await.expect("a talk may be held");
    anna.becomes(CallState::Held).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
}

#[actix::test]
async fn when_the_caller_hangs_up_the_operator_writes_the_call_down() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    branch.pass(Duration::from_secs(90)).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)), "the operator's side is let go");
    assert_eq!(maria.pop().expect("the card stays for writing")["call"]["state"], "wrap_up");
    maria.writes_down(&anna).await;
    let call = anna.call();
    assert_eq!(call.state, CallState::Closed);
    assert_eq!((call.disposition.as_deref(), call.note.as_str()), (Some("question"), "asked for the hours"));
    let lasted = call.ended.zip(call.answered).map(|(end, begin)| end.duration_since(begin).as_secs());
    assert_eq!(lasted, Some(90));
    assert_eq!(maria.pop(), None);
    branch.settles().await;
    assert!(anna.session().await.is_none());
    assert_eq!(
        branch.journal.story(anna.id),
        ["call.incoming", "call.queued", "call.offered", "call.answered", "call.ended", "call.closed"]
    );
}

#[actix::test]
async fn when_the_operators_line_ends_the_caller_is_let_go() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    branch.hears(LineEvent::Ended { leg, by_remote: true }).await;
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(anna.leg)));
}

#[actix::test]
async fn the_operator_may_end_the_talk_on_the_screen() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    maria.does("call.hangup", anna.id).await.expect("a talk may be ended");
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(anna.leg)));
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
    let twice = maria.does("call.hangup", anna.id).await.expect_err("it has ended");
    assert_eq!(twice.code, "call-state");
}

#[actix::test]
async fn a_hang_up_that_is_sent_twice_is_carried_out_once_and_answered_twice() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    let args = json!({"call": anna.id});
    let first = branch.repeats(&maria.seat, "once", "call.hangup", args.clone()).await.expect("ended");
    let second = branch.repeats(&maria.seat, "once", "call.hangup", args).await.expect("answered again");
    assert!(!first.dup && second.dup);
    assert_eq!(branch.journal.count("call.ended"), 1);
}

#[actix::test]
async fn a_call_is_not_written_down_without_what_it_was_about() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    for blank in [json!({"call": anna.id}), json!({"call": anna.id, "disposition": "  "})] {
        let refused = maria.says("call.dispose", blank).await.expect_err("nothing was said");
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, "disposition-missing"));
    }
    assert_eq!(anna.state(), CallState::WrapUp);
}

#[actix::test]
async fn a_call_is_not_written_down_before_it_is_over() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    let args = json!({"call": anna.id, "disposition": "question"});
    let refused = maria.says("call.dispose", args).await.expect_err("they still talk");
    assert_eq!(refused.code, "call-state");
}

#[actix::test]
async fn nobody_touches_the_call_of_another_operator() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    for command in ["call.hangup", "call.hold", "call.answer", "call.reject"] {
        let refused = nina.does(command, anna.id).await.expect_err("it is not hers");
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{command}");
    }
    assert_eq!(maria.presence(), "busy");
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn what_an_operator_does_with_a_call_is_answered_only_when_it_is_kept() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    let held = branch.journal.hold("call.closed");
    let args = json!({"call": anna.id, "disposition": "question", "note": "long words"});
    let mut answer = Box::pin(maria.says("call.dispose", args));
    let early = tokio::time::timeout(Duration::from_secs(1), &mut answer).await;
    assert!(early.is_err(), "answered before it was kept: {early:?}");
    drop(held);
    answer.await.expect("written down");
    assert_eq!(anna.state(), CallState::Closed);
}

#[actix::test]
async fn what_was_not_kept_of_a_talk_is_refused_and_the_talk_goes_on() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    branch.journal.refuse("call.held");
    let refused = maria.does("call.hold", anna.id).await.expect_err("the store did not take it");
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert_eq!(anna.state(), CallState::Talking);
    assert!(!branch.line.is_over(anna.leg), "a talk is not cut off for a store that stumbles");
    maria.does("call.hold", anna.id).await.expect("the next attempt is kept");
    anna.becomes(CallState::Held).await;
}

#[actix::test]
async fn what_was_not_written_down_may_be_written_down_again() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    branch.journal.refuse("call.closed");
    let args = json!({"call": anna.id, "disposition": "question"});
    let refused = maria.says("call.dispose", args).await.expect_err("the store did not take it");
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    maria.writes_down(&anna).await;
}

#[actix::test]
async fn a_call_about_a_request_names_it() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    let job = crate::kit::job::Job::registered(&branch).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    let args = json!({"call": anna.id, "disposition": "request", "request": job.request});
    maria.says("call.dispose", args).await.expect("written down");
    anna.becomes(CallState::Closed).await;
    assert_eq!(anna.call().about, Some(job.request));
}

#[actix::test]
async fn a_line_that_takes_no_orders_does_not_stop_the_call_from_being_written_down() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    branch.line.cut();
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
}
