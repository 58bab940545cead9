//! What is done at the keys of a desk phone, and what the line tells by itself.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::calls::{
    call::{Call, CallState},
    line::{Leg, LineEvent, LineOrder},
    operator::Presence,
};
use serde_json::json;
use std::time::Duration;

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::desk_operator(61, "Мария", "desk1"));
        j.put(&firm::desk_operator(62, "Нина", "desk2"));
    })
    .await
}

async fn in_talk(branch: &Branch) -> (Telephonist<'_>, Caller<'_>, Leg) {
    let maria = Telephonist::at_work(branch, 61).await;
    let anna = Caller::rings(branch, ANNA).await;
    let leg = maria.answers(&anna).await;
    (maria, anna, leg)
}

fn asked(leg: Leg, to: &str) -> LineEvent {
    LineEvent::TransferAsked { leg, to: to.into(), spoken: false }
}

#[actix::test]
async fn hold_at_the_phone_is_seen_on_the_screen_and_plays_no_second_music() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    branch.hears(LineEvent::Holds { leg, on: true }).await;
    anna.becomes(CallState::Held).await;
    assert!(!branch.line.was_told(&LineOrder::Hold(anna.leg)), "the switchboard plays it already");
    let held = || maria.pop().is_some_and(|pop| pop["call"]["state"] == "held");
    branch.sees("the hold on the screen", held).await;
    branch.hears(LineEvent::Holds { leg, on: false }).await;
    anna.becomes(CallState::Talking).await;
    branch.hears(LineEvent::Holds { leg: anna.leg, on: true }).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Talking, "a caller who holds is not held by us");
}

#[actix::test]
async fn transfer_at_the_phone_gives_the_call_to_the_colleague_at_that_extension() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    branch.hears(asked(leg, "desk2")).await;
    nina.is(Presence::Ringing).await;
    assert_eq!(nina.row().call, Some(anna.id));
    maria.is(Presence::Ready).await;
    assert!(branch.line.was_told(&LineOrder::Transferred(leg, 200)));
    assert!(!branch.line.was_told(&LineOrder::Hangup(leg)), "the phone says good-bye by itself");
    branch.pass(Duration::from_secs(3)).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)), "one that does not is hung up");
    let there = branch.line.phone_leg("desk2").expect("it rings");
    branch.hears(LineEvent::Answered { leg: there }).await;
    nina.is(Presence::Busy).await;
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, there)));
}

#[actix::test]
async fn transfer_at_the_phone_to_a_number_brings_the_two_together() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    branch.hears(asked(leg, ANNA)).await;
    branch.sees("not to herself", || branch.line.was_told(&LineOrder::Transferred(leg, 603))).await;
    branch.hears(asked(leg, "89222100500")).await;
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::Transferred(leg, 200)));
    let there = branch.line.number_leg("+79222100500").expect("it rings there");
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the two", || branch.line.was_told(&LineOrder::Bridge(anna.leg, there))).await;
    assert_eq!(anna.state(), CallState::Away);
}

#[actix::test]
async fn transfer_to_nobody_is_refused_and_the_talk_goes_on() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    branch.hears(asked(leg, "999")).await;
    branch.sees("the refusal", || branch.line.was_told(&LineOrder::Transferred(leg, 404))).await;
    branch.hears(asked(leg, "desk1")).await;
    branch.sees("no", || branch.line.was_told(&LineOrder::Transferred(leg, 603))).await;
    branch.hears(asked(anna.leg, "desk2")).await;
    let refused = LineOrder::Transferred(anna.leg, 603);
    branch.sees("a caller may not", || branch.line.was_told(&refused)).await;
    assert_eq!(anna.state(), CallState::Talking);
    maria.is(Presence::Busy).await;
}

#[actix::test]
async fn an_announcement_of_the_network_is_heard_before_the_answer() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("call.dial", json!({"number": ANNA})).await.expect("she is free");
    let desk = || branch.line.phone_leg("desk1");
    branch.sees("her phone", || desk().is_some()).await;
    let desk = desk().expect("it rings");
    branch.hears(LineEvent::Answered { leg: desk }).await;
    branch.sees("the number", || branch.line.number_leg(ANNA).is_some()).await;
    let number = branch.line.number_leg(ANNA).expect("it is rung");
    branch.hears(LineEvent::EarlyAudio { leg: number }).await;
    branch.sees("the announcement", || branch.line.was_told(&LineOrder::Bridge(number, desk))).await;
    let calls = branch.journal.all::<Call>();
    assert_eq!(calls.first().map(|call| call.state), Some(CallState::Dialing), "nobody has answered");
}

#[actix::test]
async fn trunks_and_phones_are_seen_by_those_who_keep_the_house() {
    let branch = open().await;
    branch.hears(LineEvent::Trunk { name: "town".into(), up: false }).await;
    let phone = |online| LineEvent::PhoneRegistered { account: "desk1".into(), online };
    branch.hears(phone(true)).await;
    assert_eq!(branch.news.row("lines", "town"), Some(json!({"kind": "trunk", "name": "town", "up": false})));
    assert_eq!(
        branch.news.row("lines", "desk1"),
        Some(json!({"kind": "phone", "name": "desk1", "up": true}))
    );
    branch.hears(phone(false)).await;
    assert_eq!(branch.news.row("lines", "desk1"), None);
}
