//! Supervisors: they listen, whisper, talk along and take over; operators are muted; the screens follow.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, id},
    seats,
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::CallState,
        line::{Leg, LegOwner, LegSide, LineEvent, LineOrder, Part},
        operator::Presence,
    },
    ports::Seat,
    refusal::RefusalKind,
};
use serde_json::json;

async fn in_talk(branch: &Branch) -> (Telephonist<'_>, Caller<'_>, Leg) {
    let maria = Telephonist::at_work(branch, 61).await;
    let anna = Caller::rings(branch, ANNA).await;
    let leg = maria.answers(&anna).await;
    (maria, anna, leg)
}
async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::operator(62, "Нина"));
    })
    .await
}
/// The supervisor's browser is dialled, and connects.
async fn listens(branch: &Branch, boss: &Seat, anna: &Caller<'_>, session: &str) -> Leg {
    branch.says(boss, "call.listen", json!({"call": anna.id})).await.expect("a talk may be heard");
    let leg = branch.line.session_leg(session).expect("the browser was dialled");
    branch.hears(LineEvent::Answered { leg }).await;
    leg
}

#[actix::test]
async fn a_supervisor_listens_whispers_and_talks_along_and_each_is_written_down() {
    let branch = open().await;
    let (_, anna, operator) = in_talk(&branch).await;
    let boss = seats::manager();
    let leg = listens(&branch, &boss, &anna, &boss.user.to_string()).await;
    let joined = |part| LineOrder::Join { leg, of: operator, part };
    branch.sees("the listener", || branch.line.was_told(&joined(Part::Listener))).await;
    branch.says(&boss, "call.whisper", json!({"call": anna.id})).await.expect("may whisper");
    branch.sees("the whisper", || branch.line.was_told(&joined(Part::Whisperer(operator)))).await;
    branch.says(&boss, "call.barge", json!({"call": anna.id})).await.expect("may talk along");
    branch.sees("the third voice", || branch.line.was_told(&joined(Part::Speaker))).await;
    branch.says(&boss, "call.leave", json!({"call": anna.id})).await.expect("may leave");
    branch.sees("the leaving", || branch.line.was_told(&LineOrder::Leave(leg))).await;
    assert_eq!((branch.journal.count("call.watched"), branch.journal.count("call.unwatched")), (3, 1));
    assert_eq!(anna.state(), CallState::Talking);
}

#[actix::test]
async fn a_supervisor_is_let_go_with_the_end_of_the_talk() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    let boss = seats::manager();
    let leg = listens(&branch, &boss, &anna, &boss.user.to_string()).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::Hangup(leg)));
    let refused = branch.says(&boss, "call.listen", json!({"call": anna.id})).await;
    assert_eq!(refused.expect_err("nobody talks").code, "call-state");
}

#[actix::test]
async fn operators_do_not_listen_to_each_other() {
    let branch = open().await;
    let (_, anna, _) = in_talk(&branch).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    for command in ["call.listen", "call.whisper", "call.barge", "call.takeover"] {
        let refused = nina.does(command, anna.id).await.expect_err("not an operator's");
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{command}");
    }
}

#[actix::test]
async fn a_supervisor_who_listens_takes_the_call_over() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    let boss = Seat { operator: Some(id(62)), ..seats::manager() };
    let nina = Telephonist::at_work(&branch, 62).await;
    let early = branch.says(&boss, "call.takeover", json!({"call": anna.id})).await;
    assert_eq!(early.expect_err("must listen first").code, "not-listening");
    nina.is(Presence::Ready).await;
    let leg = listens(&branch, &boss, &anna, &nina.id.to_string()).await;
    branch.says(&boss, "call.takeover", json!({"call": anna.id})).await.expect("may take over");
    maria.is(Presence::Ready).await;
    nina.is(Presence::Busy).await;
    assert_eq!(anna.call().operator, Some(nina.id));
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, leg)));
    anna.hangs_up().await;
    nina.is(Presence::WrapUp).await;
}

#[actix::test]
async fn an_operator_is_muted_and_heard_again_and_the_screen_says_so() {
    let branch = open().await;
    let (maria, anna, leg) = in_talk(&branch).await;
    maria.does("call.mute", anna.id).await.expect("may be muted");
    branch.sees("the silence", || branch.line.was_told(&LineOrder::Mute(leg, true))).await;
    assert_eq!(maria.pop().expect("the call")["call"]["muted"], true);
    let twice = maria.does("call.mute", anna.id).await.expect_err("she is muted already");
    assert_eq!(twice.code, "call-muted");
    maria.does("call.unmute", anna.id).await.expect("may be heard again");
    branch.sees("the voice", || branch.line.was_told(&LineOrder::Mute(leg, false))).await;
}

#[actix::test]
async fn the_card_on_the_screen_follows_hold_and_resume() {
    let branch = open().await;
    let (maria, anna, _) = in_talk(&branch).await;
    maria.does("call.hold", anna.id).await.expect("may be held");
    assert_eq!(maria.pop().expect("the call")["call"]["state"], "held");
    maria.does("call.resume", anna.id).await.expect("may go on");
    assert_eq!(maria.pop().expect("the call")["call"]["state"], "talking");
}

#[actix::test]
async fn an_answer_and_a_presence_that_are_sent_twice_are_carried_out_once() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    for expected in [false, true] {
        let said = branch.repeats(&maria.seat, "once", "operator.pause", json!({"reason": "lunch"})).await;
        assert_eq!(said.expect("free to go").dup, expected);
    }
    maria.says("operator.ready", json!({})).await.expect("back");
    let again = branch.repeats(&maria.seat, "once", "operator.pause", json!({"reason": "lunch"})).await;
    assert!(again.expect("answered again").dup);
    assert_eq!(maria.presence(), "ready", "an old command has no effect");
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    for expected in [false, true] {
        let said = branch.repeats(&maria.seat, "take", "call.answer", json!({"call": anna.id})).await;
        assert_eq!(said.expect("it rings").dup, expected);
    }
    let leg = branch.line.browser_leg(maria.id).expect("dialled");
    let owner = LegOwner { call: anna.id, side: LegSide::Operator(maria.id) };
    let dialled = LineOrder::DialBrowser { leg, session: maria.id.to_string(), owner };
    assert_eq!(branch.line.times_told(&dialled), 1);
}
