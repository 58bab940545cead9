//! A house that was away for seconds: whose lines still stand goes on where they were.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER},
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::{Call, CallState},
        callback::Callback,
        line::{Leg, LegOwner, LegSide, LineEvent, LineOrder, Survivor},
        operator::Presence,
    },
    values::id::{CallId, OperatorId},
};
use serde_json::json;
use std::time::Duration;

const GRACE: Duration = Duration::from_secs(20);

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::desk_operator(61, "Мария", "desk1"));
        j.put(&firm::operator(62, "Нина"));
        j.put(&firm::desk_operator(63, "Ольга", "desk3"));
    })
    .await
}

/// The caller's line still stands.
fn of_caller(caller: &Caller<'_>, answered: bool) -> Survivor {
    let sip_call_id = format!("leg-{}", caller.leg.0);
    Survivor { leg: caller.leg, owner: None, sip_call_id, answered, unbroken: false }
}

/// An operator's line still stands.
fn of_operator(call: CallId, operator: OperatorId, leg: Leg, browser: bool) -> Survivor {
    let owner = Some(LegOwner { call, side: LegSide::Operator(operator) });
    let sip_call_id = if browser { String::new() } else { format!("leg-{}", leg.0) };
    Survivor { leg, owner, sip_call_id, answered: true, unbroken: false }
}

/// Maria talks with Anna when the house is killed; the lines named by `left` outlive it.
async fn killed_in_talk(left: impl Fn(Survivor, Survivor) -> Vec<Survivor>) -> (Branch, CallId, Leg, Leg) {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let desk = maria.answers(&anna).await;
    let survivors = left(of_caller(&anna, true), of_operator(anna.id, maria.id, desk, false));
    (branch.reopened_with(survivors).await, anna.id, anna.leg, desk)
}

fn state(branch: &Branch, call: CallId) -> CallState {
    branch.journal.get::<Call>(call).expect("the call is kept").state
}

#[actix::test]
async fn a_talk_goes_on_and_ends_as_every_talk() {
    let (branch, call, caller, desk) = killed_in_talk(|caller, desk| vec![caller, desk]).await;
    branch.sees("the two together", || branch.line.was_told(&LineOrder::Bridge(caller, desk))).await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::Busy).await;
    assert_eq!(state(&branch, call), CallState::Talking);
    assert_eq!(maria.pop().expect("the card stands there again")["card"]["name"], "Анна Петрова");
    assert!(!branch.line.was_told(&LineOrder::Answer(caller)), "it was answered before");
    branch.hears(LineEvent::Ended { leg: caller, by_remote: true }).await;
    maria.is(Presence::WrapUp).await;
    let args = json!({"call": call, "disposition": "question", "note": "asked for the hours"});
    maria.says("call.dispose", args).await.expect("it may be written down");
    maria.is(Presence::Ready).await;
    assert_eq!(state(&branch, call), CallState::Closed);
    assert!(branch.journal.all::<Callback>().is_empty());
}

#[actix::test]
async fn a_caller_on_hold_stays_on_hold() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let desk = maria.answers(&anna).await;
    maria.does("call.hold", anna.id).await.expect("a talk may be held");
    let survivors = vec![of_caller(&anna, true), of_operator(anna.id, maria.id, desk, false)];
    let (call, caller) = (anna.id, anna.leg);
    let branch = branch.reopened_with(survivors).await;
    branch.sees("the music", || branch.line.was_told(&LineOrder::Hold(caller))).await;
    assert_eq!(state(&branch, call), CallState::Held);
    let maria = Telephonist::new(&branch, 61);
    maria.does("call.resume", call).await.expect("and may be taken back");
    assert!(branch.line.was_told(&LineOrder::Resume(caller)));
}

#[actix::test]
async fn a_question_to_a_colleague_goes_on() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let here = maria.answers(&anna).await;
    let olga = Telephonist::at_work(&branch, 63).await;
    maria.says("call.consult", json!({"call": anna.id, "operator": olga.id})).await.expect("she is ready");
    olga.is(Presence::Ringing).await;
    let there = branch.line.phone_leg("desk3").expect("the phone was dialled");
    branch.hears(LineEvent::Answered { leg: there }).await;
    olga.is(Presence::Busy).await;
    let survivors = vec![
        of_caller(&anna, true),
        of_operator(anna.id, maria.id, here, false),
        of_operator(anna.id, olga.id, there, false),
    ];
    let (call, caller) = (anna.id, anna.leg);
    let branch = branch.reopened_with(survivors).await;
    branch.sees("the two together", || branch.line.was_told(&LineOrder::Bridge(here, there))).await;
    assert!(branch.line.was_told(&LineOrder::Hold(caller)));
    Telephonist::new(&branch, 63).is(Presence::Busy).await;
    let maria = Telephonist::new(&branch, 61);
    maria.does("call.transfer", call).await.expect("the colleague has answered");
    branch.sees("the hand-over", || branch.line.was_told(&LineOrder::Bridge(caller, there))).await;
}

#[actix::test]
async fn callers_who_wait_keep_their_place_and_operators_their_seat() {
    let branch = open().await;
    let anna = Caller::rings(&branch, ANNA).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    let survivors = vec![of_caller(&anna, false), of_caller(&stranger, false)];
    let (first, second) = (anna.id, stranger.id);
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.is_rung_by(&anna).await;
    let branch = branch.reopened_with(survivors).await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::Ringing).await;
    let rung = || branch.line.phone_leg("desk1");
    branch.sees("the desk phone that rings again", || rung().is_some()).await;
    assert_eq!(maria.row().call, Some(first));
    branch.hears(LineEvent::Answered { leg: rung().expect("it rings") }).await;
    maria.is(Presence::Busy).await;
    assert!(branch.line.was_told(&LineOrder::Answer(anna.leg)), "the caller still rang");
    assert_eq!(state(&branch, second), CallState::Queued);
    let olga = Telephonist::at_work(&branch, 63).await;
    olga.is(Presence::Ringing).await;
    assert_eq!(olga.row().call, Some(second));
    assert!(branch.journal.all::<Callback>().is_empty(), "nobody is lost");
}

#[actix::test]
async fn a_caller_who_hung_up_meanwhile_is_written_down() {
    let (branch, call, caller, desk) = killed_in_talk(|_, desk| vec![desk]).await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::WrapUp).await;
    assert_eq!(state(&branch, call), CallState::WrapUp);
    assert!(branch.line.was_told(&LineOrder::Hangup(desk)));
    assert!(!branch.line.was_told(&LineOrder::Bridge(caller, desk)));
}

#[actix::test]
async fn a_caller_whose_operator_is_gone_waits_for_another() {
    let (branch, call, caller, _) = killed_in_talk(|caller, _| vec![caller]).await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::NotReady).await;
    assert_eq!(maria.row().reason.as_deref(), Some("line lost"));
    assert_eq!(state(&branch, call), CallState::Queued);
    assert!(branch.line.was_told(&LineOrder::Hold(caller)));
    let olga = Telephonist::at_work(&branch, 63).await;
    olga.is(Presence::Ringing).await;
    assert_eq!(olga.row().call, Some(call));
}

/// Nina talks with Anna in her browser when the house is killed.
async fn killed_in_browser() -> (Branch, CallId, Leg, Leg) {
    let branch = open().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let leg = nina.answers(&anna).await;
    let survivors = vec![of_caller(&anna, true), of_operator(anna.id, nina.id, leg, true)];
    (branch.reopened_with(survivors).await, anna.id, anna.leg, leg)
}

#[actix::test]
async fn a_browser_that_comes_back_goes_on_talking() {
    let (branch, call, caller, leg) = killed_in_browser().await;
    branch.sees("the music", || branch.line.was_told(&LineOrder::Hold(caller))).await;
    assert!(branch.line.was_told(&LineOrder::Bridge(caller, leg)));
    let nina = Telephonist::new(&branch, 62);
    nina.microphone(true).await;
    branch.sees("the talk", || branch.line.was_told(&LineOrder::Resume(caller))).await;
    branch.pass(GRACE * 2).await;
    assert_eq!(state(&branch, call), CallState::Talking);
    nina.is(Presence::Busy).await;
}

#[actix::test]
async fn the_caller_of_a_browser_that_stays_away_is_given_to_another() {
    let (branch, call, _, _) = killed_in_browser().await;
    let olga = Telephonist::at_work(&branch, 63).await;
    branch.pass(GRACE).await;
    olga.is(Presence::Ringing).await;
    assert_eq!(olga.row().call, Some(call));
    Telephonist::new(&branch, 62).is(Presence::NotReady).await;
}

#[actix::test]
async fn a_browser_lost_in_a_talk_is_awaited_and_then_the_caller_goes_to_another() {
    let branch = open().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings(&branch, ANNA).await;
    nina.answers(&anna).await;
    nina.microphone(false).await;
    branch.sees("the music", || branch.line.was_told(&LineOrder::Hold(anna.leg))).await;
    branch.pass(GRACE / 2).await;
    nina.microphone(true).await;
    branch.sees("the talk", || branch.line.was_told(&LineOrder::Resume(anna.leg))).await;
    branch.pass(GRACE * 2).await;
    anna.becomes(CallState::Talking).await;
    nina.microphone(false).await;
    branch.pass(GRACE).await;
    anna.becomes(CallState::Queued).await;
    nina.is(Presence::NotReady).await;
}

#[actix::test]
async fn lines_of_nobodys_are_hung_up() {
    let branch = open().await;
    let stray = Survivor {
        leg: Leg(7),
        owner: None,
        sip_call_id: "stranger".into(),
        answered: true,
        unbroken: false,
    };
    let other = of_operator(firm::id(900), firm::id(61), Leg(8), false);
    let branch = branch.reopened_with(vec![stray, other]).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(Leg(7))));
    assert!(branch.line.was_told(&LineOrder::Hangup(Leg(8))));
}

#[actix::test]
async fn who_was_ready_at_a_desk_phone_is_ready_again_and_at_a_browser_when_it_is_back() {
    let branch = open().await;
    let _maria = Telephonist::at_work(&branch, 61).await;
    let _nina = Telephonist::at_work(&branch, 62).await;
    let stray = Survivor {
        leg: Leg(7),
        owner: None,
        sip_call_id: "stranger".into(),
        answered: true,
        unbroken: false,
    };
    let branch = branch.reopened_with(vec![stray]).await;
    Telephonist::new(&branch, 61).is(Presence::Ready).await;
    let anna = Caller::rings(&branch, ANNA).await;
    Telephonist::new(&branch, 61).is_rung_by(&anna).await;
    let vera = Caller::rings(&branch, STRANGER).await;
    branch.settles().await;
    assert_eq!(vera.state(), CallState::Queued, "the browser is not there yet");
    let nina = Telephonist::new(&branch, 62);
    nina.microphone(true).await;
    nina.is_rung_by(&vera).await;
}
