//! Somebody outside the house: asked while the caller hears music, talking along, given the call seen or unseen; and
//! the keys that are pressed in a talk.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA},
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::{Call, CallState},
        line::{Leg, LegOwner, LegSide, LineEvent, LineOrder, Part, Survivor},
        operator::Presence,
    },
    values::id::CallId,
};
use serde_json::{Value, json};

const MASTER: &str = "+79222100500";

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::desk_operator(62, "Нина", "desk2"));
        let phone = Some(MASTER.parse().expect("a number"));
        j.put(&domain::workforce::master::Master { phone, ..firm::master(43, "Сергей Иванов") });
    })
    .await
}

/// Maria talks with Anna and rings the master.
async fn rings(branch: &Branch) -> (Telephonist<'_>, Caller<'_>, Leg, Leg) {
    let maria = Telephonist::at_work(branch, 61).await;
    let anna = Caller::rings(branch, ANNA).await;
    let here = maria.answers(&anna).await;
    maria.says("call.consult", json!({"call": anna.id, "number": "8 922 210-05-00"})).await.expect("asked");
    anna.becomes(CallState::Consulting).await;
    let there = branch.line.number_leg(MASTER).expect("the number was rung");
    (maria, anna, here, there)
}
/// And the master answers.
async fn asked(branch: &Branch) -> (Telephonist<'_>, Caller<'_>, Leg, Leg) {
    let (maria, anna, here, there) = rings(branch).await;
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the master", || outside(branch, anna.id)["there"] == true).await;
    (maria, anna, here, there)
}
fn outside(branch: &Branch, call: CallId) -> Value {
    branch.news.field("queue", call, "outside")
}
async fn ends(branch: &Branch, leg: Leg) {
    branch.hears(LineEvent::Ended { leg, by_remote: true }).await;
}

#[actix::test]
async fn a_master_is_asked_while_the_caller_hears_music() {
    let branch = open().await;
    let (maria, anna, here, there) = rings(&branch).await;
    assert!(
        branch.line.was_told(&LineOrder::Hold(anna.leg)) && branch.line.was_told(&LineOrder::RingBack(here))
    );
    let shown = json!({"number": MASTER, "there": false, "name": "Сергей Иванов"});
    assert_eq!(outside(&branch, anna.id), shown);
    let owner = LegOwner { call: anna.id, side: LegSide::Outside };
    let (number, from) = (MASTER.to_owned(), branch.house.own_number());
    assert!(branch.line.was_told(&LineOrder::DialNumber { leg: there, number, from, owner }));
    for command in ["call.transfer", "call.conference"] {
        let refused = maria.does(command, anna.id).await.expect_err("it only rings there");
        assert_eq!(refused.code, "colleague-rings", "{command}");
    }
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("their talk", || branch.line.was_told(&LineOrder::Bridge(here, there))).await;
    maria.does("call.unconsult", anna.id).await.expect("the question may end");
    assert_eq!((anna.state(), anna.call().outside), (CallState::Talking, None));
    assert!(branch.line.was_told(&LineOrder::Hangup(there)));
    assert_eq!(branch.line.times_told(&LineOrder::Bridge(anna.leg, here)), 2, "they talk again");
}

#[actix::test]
async fn who_is_not_reached_leaves_the_caller_with_the_operator() {
    let branch = open().await;
    let (maria, anna, here, there) = rings(&branch).await;
    branch.hears(LineEvent::Failed { leg: there, reason: "486 busy".into() }).await;
    anna.becomes(CallState::Talking).await;
    branch.sees("the talk again", || branch.line.times_told(&LineOrder::Bridge(anna.leg, here)) == 2).await;
    maria.says("call.consult", json!({"call": anna.id, "number": MASTER})).await.expect("asked again");
    branch.pass(branch.house.tuning.ring * 2).await;
    anna.becomes(CallState::Talking).await;
    assert_eq!(maria.presence(), "busy");
}

#[actix::test]
async fn a_call_given_to_a_master_goes_on_and_is_written_down_meanwhile() {
    let branch = open().await;
    let (maria, anna, here, there) = asked(&branch).await;
    maria.does("call.transfer", anna.id).await.expect("he was asked and answered");
    maria.is(Presence::WrapUp).await;
    assert_eq!(anna.state(), CallState::Away);
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, there)));
    assert!(branch.line.was_told(&LineOrder::Hangup(here)));
    let refused = maria.does("call.hold", anna.id).await.expect_err("it goes on without her");
    assert_eq!(refused.code, "call-state");
    maria.writes_down(&anna).await;
    maria.is(Presence::Ready).await;
    assert_eq!(anna.state(), CallState::Away, "they talk");
    assert_eq!(branch.news.tile("calls_transferred"), 1);
    ends(&branch, there).await;
    anna.becomes(CallState::Closed).await;
    branch.sees("the caller let go", || branch.line.is_over(anna.leg)).await;
    assert_eq!(anna.call().disposition.as_deref(), Some("question"));
    branch.sees("nobody's call", || branch.news.row("queue", anna.id).is_none()).await;
    assert!(anna.session().await.is_none(), "nothing is left to do");
    assert_eq!(branch.news.tile("calls_handled"), 1);
}

#[actix::test]
async fn a_talk_without_us_that_ends_first_is_written_down_after_it() {
    let branch = open().await;
    let (maria, anna, _, there) = asked(&branch).await;
    maria.does("call.transfer", anna.id).await.expect("given");
    maria.is(Presence::WrapUp).await;
    let since = maria.row().since;
    anna.hangs_up().await;
    anna.becomes(CallState::WrapUp).await;
    branch.sees("the master let go", || branch.line.is_over(there)).await;
    assert_eq!((maria.presence(), maria.row().since), (json!("wrap_up"), since), "her minute goes on");
    maria.writes_down(&anna).await;
    assert_eq!(anna.state(), CallState::Closed);
}

#[actix::test]
async fn a_call_given_unseen_rings_there_and_comes_back_when_nobody_answers() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let here = maria.answers(&anna).await;
    let give = json!({"call": anna.id, "number": MASTER});
    maria.says("call.transfer", give.clone()).await.expect("given unseen");
    maria.is(Presence::WrapUp).await;
    assert!(branch.line.was_told(&LineOrder::RingBack(anna.leg)), "the caller hears that it rings");
    assert!(branch.line.was_told(&LineOrder::Hangup(here)));
    let there = branch.line.number_leg(MASTER).expect("rung");
    ends(&branch, there).await;
    branch.sees("the operator free", || maria.row().presence != Presence::WrapUp).await;
    // she is the only one, and takes it again
    let again = maria.answers(&anna).await;
    assert_eq!(branch.line.times_told(&LineOrder::Bridge(anna.leg, again)), 1);
    maria.says("call.transfer", give).await.expect("given unseen");
    let there = branch.line.number_leg(MASTER).expect("rung again");
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the two", || branch.line.was_told(&LineOrder::Bridge(anna.leg, there))).await;
    assert_eq!(outside(&branch, anna.id)["there"], true);
    branch.pass(branch.house.tuning.ring * 3).await;
    assert_eq!(anna.state(), CallState::Away, "nobody takes it back");
}

#[actix::test]
async fn three_talk_and_whoever_leaves_leaves_the_others_together() {
    let branch = open().await;
    let (maria, anna, here, there) = asked(&branch).await;
    maria.does("call.conference", anna.id).await.expect("all three");
    anna.becomes(CallState::Conference).await;
    assert!(branch.line.was_told(&LineOrder::Join { leg: there, of: here, part: Part::Speaker }));
    ends(&branch, there).await;
    anna.becomes(CallState::Talking).await;
    assert_eq!((anna.call().operator, anna.call().outside), (Some(maria.id), None));
    maria.says("call.consult", json!({"call": anna.id, "number": MASTER})).await.expect("asked again");
    let there = branch.line.number_leg(MASTER).expect("rung again");
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the master", || outside(&branch, anna.id)["there"] == true).await;
    maria.does("call.conference", anna.id).await.expect("all three");
    maria.does("call.hangup", anna.id).await.expect("she leaves the two together");
    maria.is(Presence::WrapUp).await;
    assert_eq!(anna.state(), CallState::Away);
    assert!(branch.line.was_told(&LineOrder::Leave(here)) && !branch.line.is_over(there));
}

#[actix::test]
async fn who_asked_and_hangs_up_leaves_the_caller_with_whom_was_asked() {
    let branch = open().await;
    let (maria, anna, here, there) = asked(&branch).await;
    ends(&branch, here).await;
    maria.is(Presence::WrapUp).await;
    assert_eq!(anna.state(), CallState::Away);
    assert!(branch.line.was_told(&LineOrder::Bridge(anna.leg, there)));
}

#[actix::test]
async fn a_number_is_read_and_must_be_somebody_else() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let nina = Telephonist::new(&branch, 62);
    for (more, code) in [
        (json!({"number": "12"}), "phone"),
        (json!({"number": ANNA}), "same-number"),
        (json!({"number": MASTER, "operator": nina.id}), "number"),
        (json!({"number": MASTER, "queue": "main"}), "number"),
    ] {
        for command in ["call.consult", "call.transfer"] {
            let mut args = more.clone();
            args["call"] = json!(anna.id);
            let refused = maria.says(command, args).await.expect_err("not to be rung");
            assert_eq!(refused.code, code, "{more}");
        }
    }
    assert_eq!((anna.state(), branch.line.number_leg(MASTER)), (CallState::Talking, None));
}

#[actix::test]
async fn keys_go_to_whoever_the_operator_talks_to() {
    let branch = open().await;
    let (maria, anna, _, there) = rings(&branch).await;
    let press = |keys: &str| json!({"call": anna.id, "keys": keys});
    let refused = maria.says("call.keys", press("1")).await.expect_err("nobody hears them");
    assert_eq!(refused.code, "call-state");
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the master", || outside(&branch, anna.id)["there"] == true).await;
    maria.says("call.keys", press("2#")).await.expect("a menu of theirs");
    assert!(branch.line.was_told(&LineOrder::Press(there, "2#".parse().expect("keys"))));
    maria.does("call.unconsult", anna.id).await.expect("back");
    maria.says("call.keys", press("0*a")).await.expect("a menu");
    assert!(branch.line.was_told(&LineOrder::Press(anna.leg, "0*A".parse().expect("keys"))));
    for wrong in ["", "1,2", "012345678901234567890123456789012"] {
        let refused = maria.says("call.keys", press(wrong)).await.expect_err("no keys");
        assert_eq!(refused.code, "keys", "{wrong}");
    }
    let kept =
        serde_json::to_string(&branch.journal.facts().iter().map(|f| f.data.clone()).collect::<Vec<_>>());
    assert!(!kept.expect("facts").contains("0*A"), "which keys is nobody's business");
}

#[actix::test]
async fn masters_and_clients_are_found_by_name() {
    let branch = open().await;
    let directory = branch.house.directory.read();
    let found = directory.people("иван", 9);
    assert_eq!(found[0], json!({"kind": "master", "name": "Сергей Иванов", "phone": MASTER}));
    let found = directory.people("анна", 9);
    assert_eq!((found[0]["kind"].clone(), found[0]["phone"].clone()), (json!("client"), json!(ANNA)));
    assert!(directory.people(" ", 9).is_empty());
}

fn stands(leg: Leg, owner: Option<LegOwner>) -> Survivor {
    Survivor { leg, owner, sip_call_id: format!("leg-{}", leg.0), answered: true, unbroken: false }
}

/// Anna and the master talk without us when the house is killed; whose lines are left, goes on or is let go.
async fn killed_without_us(caller_left: bool, master_left: bool, becomes: CallState) {
    let branch = open().await;
    let (maria, anna, _, there) = asked(&branch).await;
    maria.does("call.transfer", anna.id).await.expect("given");
    maria.is(Presence::WrapUp).await;
    let owner = LegOwner { call: anna.id, side: LegSide::Outside };
    let caller = caller_left.then(|| stands(anna.leg, None));
    let master = master_left.then(|| stands(there, Some(owner)));
    let (call, caller_leg) = (anna.id, anna.leg);
    let branch = branch.reopened_with(caller.into_iter().chain(master).collect()).await;
    let state = || branch.journal.get::<Call>(call).map(|call| call.state);
    branch.sees("how it goes on", || state() == Some(becomes)).await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::WrapUp).await;
    if becomes == CallState::Away {
        branch.sees("the two", || branch.line.was_told(&LineOrder::Bridge(caller_leg, there))).await;
    } else {
        let left = if caller_left { caller_leg } else { there };
        branch.sees("who is left let go", || branch.line.is_over(left)).await;
    }
    maria.says("call.dispose", json!({"call": call, "disposition": "status"})).await.expect("written");
    maria.is(Presence::Ready).await;
}

#[actix::test]
async fn a_talk_without_us_goes_on_after_a_stop_of_the_house() {
    killed_without_us(true, true, CallState::Away).await;
}

#[actix::test]
async fn a_caller_who_was_left_alone_by_a_stop_of_the_house_is_let_go() {
    killed_without_us(true, false, CallState::WrapUp).await;
}

#[actix::test]
async fn a_master_who_was_left_alone_by_a_stop_of_the_house_is_let_go() {
    killed_without_us(false, true, CallState::WrapUp).await;
}

#[actix::test]
async fn a_question_outside_goes_on_after_a_stop_of_the_house() {
    let branch = open().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let here = nina.answers(&anna).await;
    nina.says("call.consult", json!({"call": anna.id, "number": MASTER})).await.expect("asked");
    let there = branch.line.number_leg(MASTER).expect("rung");
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the master", || outside(&branch, anna.id)["there"] == true).await;
    let of = |side| Some(LegOwner { call: anna.id, side });
    let survivors = vec![
        stands(anna.leg, None),
        stands(here, of(LegSide::Operator(nina.id))),
        stands(there, of(LegSide::Outside)),
    ];
    let (call, caller) = (anna.id, anna.leg);
    let branch = branch.reopened_with(survivors).await;
    branch.sees("the question", || branch.line.was_told(&LineOrder::Bridge(here, there))).await;
    assert!(branch.line.was_told(&LineOrder::Hold(caller)));
    let nina = Telephonist::new(&branch, 62);
    nina.does("call.transfer", call).await.expect("given all the same");
    branch.sees("the two", || branch.line.was_told(&LineOrder::Bridge(caller, there))).await;
}

#[actix::test]
async fn a_question_that_only_rang_is_over_after_a_stop_of_the_house() {
    let branch = open().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings(&branch, ANNA).await;
    let here = nina.answers(&anna).await;
    nina.says("call.consult", json!({"call": anna.id, "number": MASTER})).await.expect("asked");
    let side = LegSide::Operator(nina.id);
    let survivors = vec![stands(anna.leg, None), stands(here, Some(LegOwner { call: anna.id, side }))];
    let (call, caller) = (anna.id, anna.leg);
    let branch = branch.reopened_with(survivors).await;
    branch.sees("back to the caller", || branch.line.times_told(&LineOrder::Bridge(caller, here)) == 1).await;
    let state = || branch.journal.get::<Call>(call).map(|call| call.state);
    branch.sees("the talk", || state() == Some(CallState::Talking)).await;
}
