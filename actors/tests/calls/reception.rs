//! What callers hear before the line, and those who hang up and keep their place.

use crate::kit::{
    branch::{Branch, calm},
    caller::Caller,
    firm::{self, ANNA, STRANGER, VERA},
    job::Job,
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::{Call, CallState, Direction},
        call_plan::{CallPlan, HeadStart, QueueRule},
        callback::{Callback, CallbackState},
        line::{Leg, LineEvent, LineOrder},
        menu::{Choice, Menu, Menus, Reception},
        operator::Presence,
    },
    lines::line_book::Rules,
    values::calendar::{Calendar, OpenHours},
};
use jiff::civil::time;
use std::time::Duration;

fn menus() -> Menus {
    let menu = |name: &str, keys: &[(char, Choice)], otherwise| Menu {
        name: name.into(),
        prompts: vec![name.into()],
        keys: keys.iter().cloned().collect(),
        otherwise,
        times: 2,
    };
    let home = || Choice::Queue(String::new());
    let main = menu("main", &[('1', home()), ('2', Choice::Status), ('9', Choice::CallBack)], home());
    let closed = menu("closed", &[('1', Choice::Voicemail)], Choice::Goodbye);
    Menus::new(vec![main, closed], &["main"]).expect("nobody is lost in it")
}
/// Open from six to seven in the morning: the branch opens at six.
fn rules(notice: bool) -> Rules {
    let hour = Some(OpenHours { from: time(6, 0, 0, 0), to: time(7, 0, 0, 0) });
    let reception = Reception {
        notice: notice.then(|| "notice".into()),
        menu: Some("main".into()),
        closed: Some("closed".into()),
    };
    let main = QueueRule {
        hours: Some(Calendar::new("UTC", [hour; 7]).expect("a week")),
        reception,
        offer_callback_seconds: Some(100),
        ..QueueRule::open("main")
    };
    let plan = CallPlan { queues: vec![main], head_start: HeadStart::default() };
    Rules { plan, menus: menus() }
}
async fn open(notice: bool) -> Branch {
    Branch::ruled(rules(notice), calm(), 1.0, |j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::operator(62, "Нина"));
    })
    .await
}
/// A caller who has chosen the line.
async fn in_line<'a>(branch: &'a Branch, from: &str) -> Caller<'a> {
    let caller = Caller::is_received(branch, from, "main").await;
    caller.presses('1').await;
    branch.sees("the line", || branch.journal.story(caller.id).contains(&"call.queued".to_owned())).await;
    caller
}
fn ours(branch: &Branch) -> Vec<Call> {
    let mut all = branch.journal.all::<Call>();
    all.retain(|call| call.direction == Direction::Out);
    all
}

#[actix::test]
async fn the_notice_comes_first_and_only_then_is_a_talk_recorded() {
    let branch = open(true).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::is_received(&branch, ANNA, "notice").await;
    assert_eq!((anna.state(), anna.call().noticed), (CallState::Greeting, false));
    anna.presses('1').await;
    assert_eq!(anna.state(), CallState::Greeting, "nobody talks the notice away");
    anna.hears_out().await;
    assert_eq!((anna.call().noticed, anna.heard("main")), (true, 1));
    anna.presses('1').await;
    maria.answers(&anna).await;
    let record = LineOrder::Record { leg: anna.leg, name: anna.id.to_string() };
    branch.sees("the recording", || branch.line.was_told(&record)).await;
    assert_eq!(branch.line.times_told(&LineOrder::Answer(anna.leg)), 1);
    assert_eq!(
        branch.journal.story(anna.id)[..5],
        ["call.incoming", "call.greeted", "call.notice_played", "call.queued", "call.offered"]
    );
}

#[actix::test]
async fn without_a_notice_nothing_is_recorded() {
    let branch = open(false).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = in_line(&branch, ANNA).await;
    maria.answers(&anna).await;
    branch.pass(Duration::from_secs(1)).await;
    assert_eq!(branch.journal.count("call.recording_begun"), 0);
}

#[actix::test]
async fn who_presses_nothing_hears_it_twice_and_then_stands_in_the_line() {
    let branch = open(false).await;
    let anna = Caller::is_received(&branch, ANNA, "main").await;
    anna.hears_out().await;
    branch.pass(Duration::from_secs(5)).await;
    assert_eq!(anna.heard("main"), 2);
    anna.hears_out().await;
    branch.pass(Duration::from_secs(5)).await;
    anna.becomes(CallState::Queued).await;
    assert!(branch.line.was_told(&LineOrder::Hold(anna.leg)), "who waits hears music");
}

#[actix::test]
async fn where_is_my_master_is_answered_from_the_live_plan() {
    let branch = open(false).await;
    let stranger = Caller::is_received(&branch, STRANGER, "main").await;
    stranger.presses('2').await;
    assert_eq!(stranger.heard("status.none"), 1);
    let job = Job::registered(&branch).await;
    job.booked().await;
    job.assigned(41, 4 * 3600).await;
    let anna = Caller::is_received(&branch, ANNA, "main").await;
    anna.presses('2').await;
    let state = serde_json::to_value(job.row().state).expect("a word");
    let state = format!("status.{}", state.as_str().expect("a word"));
    for prompt in [state.as_str(), "status.at", "hour.10", "minute.0", "main"] {
        branch.sees(prompt, || anna.heard(prompt) >= 1).await;
        anna.hears_out().await;
    }
    assert_eq!(anna.state(), CallState::Greeting, "the menu is heard again");
    anna.presses('1').await;
    anna.becomes(CallState::Queued).await;
}

#[actix::test]
async fn after_hours_a_message_is_left_and_somebody_calls_back() {
    let branch = open(true).await;
    branch.pass(Duration::from_secs(3600)).await;
    let anna = Caller::is_received(&branch, ANNA, "notice").await;
    anna.hears_out().await;
    assert_eq!(anna.heard("closed"), 1);
    anna.presses('1').await;
    let record = LineOrder::Record { leg: anna.leg, name: format!("{}-message", anna.id) };
    assert_eq!(
        (anna.heard("voicemail"), branch.line.was_told(&record)),
        (1, false),
        "first how, then the message"
    );
    anna.hears_out().await;
    branch.sees("the recording", || branch.line.was_told(&record)).await;
    anna.hangs_up().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    assert_eq!(anna.call().recording, Some(format!("{}-message", anna.id)));
    assert_eq!(branch.news.tile("calls_abandoned"), 0, "who left a message has not given up");
}

#[actix::test]
async fn after_hours_who_says_nothing_hears_a_farewell_and_is_called_back() {
    let branch = open(false).await;
    branch.pass(Duration::from_secs(3600)).await;
    let anna = Caller::is_received(&branch, ANNA, "closed").await;
    for _ in 0..2 {
        anna.hears_out().await;
        branch.pass(Duration::from_secs(5)).await;
    }
    assert_eq!(anna.heard("goodbye"), 1);
    anna.hears_out().await;
    branch.sees("the end", || branch.line.is_over(anna.leg)).await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    assert_eq!(anna.state(), CallState::Abandoned);
}

#[actix::test]
async fn a_caller_who_gives_up_in_the_menu_becomes_a_task() {
    let branch = open(false).await;
    let anna = Caller::is_received(&branch, ANNA, "main").await;
    anna.hangs_up().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    assert_eq!(anna.state(), CallState::Abandoned);
}

/// Anna waits behind nobody, is offered to be called back, and takes it; Vera waits behind her.
async fn promised(branch: &Branch) -> (Caller<'_>, Caller<'_>, Callback) {
    let maria = Telephonist::at_work(branch, 61).await;
    let busy = in_line(branch, VERA).await;
    maria.answers(&busy).await;
    let anna = in_line(branch, ANNA).await;
    branch.sees("the offer", || anna.heard("offer_callback") == 1).await;
    let stranger = in_line(branch, STRANGER).await;
    anna.presses('1').await;
    anna.becomes(CallState::Promised).await;
    branch.sees("the promise", || branch.journal.count("callback.created") == 1).await;
    anna.hears_out().await;
    branch.sees("the end", || branch.line.is_over(anna.leg)).await;
    let task = branch.journal.all::<Callback>().remove(0);
    assert_eq!(task.place.as_ref().map(|place| place.since), Some(anna.call().started));
    (anna, stranger, task)
}
/// The operator's line, then theirs.
async fn calls_back(branch: &Branch, nina: &Telephonist<'_>) -> (Leg, Leg) {
    nina.is(Presence::Ringing).await;
    let here = branch.until("the operator's line", || branch.line.browser_leg(nina.id)).await;
    branch.hears(LineEvent::Answered { leg: here }).await;
    let there = branch.until("the number", || branch.line.number_leg(ANNA)).await;
    (here, there)
}
fn state(branch: &Branch, task: &Callback) -> CallbackState {
    branch.journal.get::<Callback>(task.id).expect("a task is kept").state
}

#[actix::test]
async fn who_hangs_up_on_a_promise_keeps_the_place_and_overtakes_nobody() {
    let branch = open(false).await;
    let (_, stranger, task) = promised(&branch).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let (here, there) = calls_back(&branch, &nina).await;
    assert_eq!(stranger.state(), CallState::Queued, "who came later still waits");
    assert_eq!(state(&branch, &task), CallbackState::Taken);
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the talk", || branch.line.was_told(&LineOrder::Bridge(there, here))).await;
    branch.sees("the end of the task", || state(&branch, &task) == CallbackState::Done).await;
    branch.sees("the kept promise on the wall", || branch.news.tile("callbacks_kept") == 100).await;
    assert_eq!(ours(&branch).len(), 1, "one attempt and no more");
}

#[actix::test]
async fn a_promise_whose_operator_does_not_come_goes_to_the_next_one_and_rings_nobody_twice() {
    let branch = open(false).await;
    let (_, stranger, task) = promised(&branch).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    nina.is(Presence::Ringing).await;
    branch.pass(branch.house.tuning.ring).await;
    branch.sees("the way back", || branch.journal.count("callback.returned") == 1).await;
    assert_eq!(branch.line.number_leg(ANNA), None, "nobody was rung in the town");
    nina.is(Presence::NotReady).await;
    nina.says("operator.ready", serde_json::json!({})).await.expect("she is back");
    branch.sees("the second attempt", || branch.journal.count("callback.taken") == 2).await;
    assert_eq!((stranger.state(), state(&branch, &task)), (CallState::Queued, CallbackState::Taken));
}

#[actix::test]
async fn a_promise_outlives_the_house_and_keeps_its_place() {
    let branch = open(false).await;
    let (_, _, task) = promised(&branch).await;
    let branch = branch.reopened().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let (_, there) = calls_back(&branch, &nina).await;
    branch.hears(LineEvent::Failed { leg: there, reason: "480".into() }).await;
    branch.sees("the end of the attempt", || state(&branch, &task) == CallbackState::NoAnswer).await;
    nina.is(Presence::Ready).await;
}
