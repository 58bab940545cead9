//! After the talk and around it: the minute of writing, the tab that sleeps, recordings, consent, supervisors' seats.

use crate::kit::{
    branch::{Branch, calm},
    caller::Caller,
    firm::{self, ANNA, id},
    journal::MemoryJournal,
    seats,
    telephonist::Telephonist,
};
use actors::{call_centre::callbacks::Promise, house::Tuning};
use domain::{
    calls::{
        call::CallState,
        call_plan::{CallPlan, HeadStart, QueueRule},
        callback::{Callback, CallbackState, KeptPlace},
        line::{LegOwner, LegSide, LineEvent, LineOrder, Survivor},
        menu::Reception,
        operator::{Operator, Presence},
        recording::Tape,
    },
    clients::client::Client,
    lines::line_book::Rules,
    ports::Seat,
    refusal::RefusalKind,
    values::id::{ClientKind, OperatorKind},
};
use serde_json::json;
use std::time::Duration;

fn supervisor(number: u128) -> Operator {
    Operator { supervises: true, ..firm::operator(number, "Ольга") }
}
fn boss() -> Seat {
    Seat { operator: Some(id(70)), ..seats::manager() }
}
/// A minute for writing, recordings kept for a day.
fn tuning() -> Tuning {
    Tuning { wrap_up: Duration::from_secs(60), keep_recordings: Duration::from_secs(86_400), ..calm() }
}
/// A notice before the line.
fn rules() -> Rules {
    let reception = Reception { notice: Some("notice".into()), ..Reception::default() };
    let main = QueueRule { reception, ..QueueRule::open("main") };
    let plan = CallPlan { queues: vec![main], head_start: HeadStart::default() };
    Rules { plan, ..Rules::default() }
}
fn people(j: &MemoryJournal) {
    j.put(&firm::operator(61, "Мария"));
    j.put(&supervisor(70));
}
async fn open(tuning: Tuning) -> Branch {
    Branch::tuned(tuning, 1.0, people).await
}
/// Where callers hear a notice before the line.
async fn noticed(tuning: Tuning) -> Branch {
    Branch::ruled(rules(), tuning, 1.0, people).await
}
/// Somebody who has heard that the call is recorded, and talks.
async fn recorded<'a>(branch: &'a Branch, maria: &Telephonist<'_>) -> Caller<'a> {
    let anna = Caller::is_received(branch, ANNA, "notice").await;
    anna.hears_out().await;
    maria.answers(&anna).await;
    branch.sees("the recording", || anna.call().recording.is_some()).await;
    anna
}

#[actix::test]
async fn a_call_that_is_not_written_down_in_time_is_closed_as_such_and_its_operator_is_ready() {
    let branch = open(Tuning { wrap_up: Duration::from_secs(60), ..calm() }).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    let until = branch.news.field("queue", maria.id, "until").as_i64().expect("a deadline");
    assert_eq!(until - branch.clock_now().as_millisecond(), 60_000);
    branch.pass(Duration::from_secs(59)).await;
    maria.is(Presence::WrapUp).await;
    branch.pass(Duration::from_secs(2)).await;
    maria.is(Presence::Ready).await;
    assert_eq!(anna.call().disposition.as_deref(), Some("unspecified"));
    assert_eq!(anna.state(), CallState::Closed);
    branch.sees("the tile", || branch.news.tile("calls_unspecified") == 1).await;
}

#[actix::test]
async fn more_time_is_had_while_it_runs_and_three_times_at_most() {
    let branch = open(Tuning { wrap_up: Duration::from_secs(60), ..calm() }).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let early = maria.says("operator.more", json!({})).await.expect_err("nothing to write down");
    assert_eq!(early.code, "no-more-time");
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    for left in [2, 1, 0] {
        maria.says("operator.more", json!({})).await.expect("more time");
        assert_eq!(branch.news.field("queue", maria.id, "more"), left);
    }
    assert_eq!(maria.says("operator.more", json!({})).await.expect_err("enough").code, "no-more-time");
    branch.pass(Duration::from_secs(239)).await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
    assert_eq!(anna.call().disposition.as_deref(), Some("question"));
    branch.pass(Duration::from_secs(120)).await;
    assert_eq!(branch.journal.count("call.closed"), 1);
}

#[actix::test]
async fn a_tab_that_has_fallen_asleep_gets_no_calls() {
    let branch = open(calm()).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.pass(Duration::from_secs(60)).await;
    maria.is(Presence::Ready).await;
    for _ in 0..6 {
        maria.says("leg.alive", json!({})).await.expect("heard");
        branch.pass(Duration::from_secs(5)).await;
    }
    maria.is(Presence::Ready).await;
    branch.pass(Duration::from_secs(26)).await;
    maria.is(Presence::NotReady).await;
    assert_eq!(branch.news.field("queue", maria.id, "reason"), "asleep");
    maria.says("leg.alive", json!({})).await.expect("heard");
    maria.says("operator.ready", json!({})).await.expect("awake again");
    maria.is(Presence::Ready).await;
}

#[actix::test]
async fn card_data_are_not_on_the_recording() {
    let branch = noticed(tuning()).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = recorded(&branch, &maria).await;
    branch.sees("the mark", || branch.news.field("queue", anna.id, "recording") == "on").await;
    maria.does("call.pause_recording", anna.id).await.expect("may be paused");
    branch.sees("the silence", || branch.line.was_told(&LineOrder::PauseRecord(anna.leg, true))).await;
    assert_eq!(maria.pop().expect("the call")["call"]["recording"], "paused");
    assert_eq!(
        maria.does("call.pause_recording", anna.id).await.expect_err("it is paused").code,
        "call-state"
    );
    maria.does("call.resume_recording", anna.id).await.expect("may go on");
    branch.sees("the sound", || branch.line.was_told(&LineOrder::PauseRecord(anna.leg, false))).await;
    assert_eq!(anna.call().tape, Tape::Rolling);
}

#[actix::test]
async fn card_data_are_not_on_the_recording_after_a_kill_of_the_server_either() {
    let branch = noticed(tuning()).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = recorded(&branch, &maria).await;
    maria.does("call.pause_recording", anna.id).await.expect("may be paused");
    let leg = branch.line.browser_leg(maria.id).expect("they talk");
    let owner = Some(LegOwner { call: anna.id, side: LegSide::Operator(maria.id) });
    let sip_call_id = format!("leg-{}", anna.leg.0);
    let survivors = vec![
        Survivor { leg: anna.leg, owner: None, sip_call_id, answered: true, unbroken: false },
        Survivor { leg, owner, sip_call_id: String::new(), answered: true, unbroken: false },
    ];
    let caller = anna.leg;
    let branch = branch.reopened_with(survivors).await;
    branch.sees("the silence", || branch.line.was_told(&LineOrder::PauseRecord(caller, true))).await;
}

#[actix::test]
async fn who_hears_a_recording_is_written_down_and_only_those_who_may_hear_it() {
    let branch = noticed(tuning()).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = recorded(&branch, &maria).await;
    let args = json!({"call": anna.id});
    let early = branch.says(&boss(), "recording.hear", args.clone()).await.expect_err("it is being made");
    assert_eq!(early.code, "call-state");
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
    let told = branch.says(&boss(), "recording.hear", args.clone()).await.expect("a supervisor may");
    assert_eq!(told["recording"], anna.id.to_string());
    maria.says("recording.hear", args.clone()).await.expect("who talked may");
    let nina = seats::operator(62);
    let refused = branch.says(&nina, "recording.hear", args.clone()).await.expect_err("another's call");
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    let refused =
        branch.says(&seats::dispatcher(), "recording.hear", args).await.expect_err("not their trade");
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    let heard = branch.journal.count("call.recording_heard");
    assert_eq!(heard, 2);
    let card = branch.house.card(id(1)).expect("the client's card");
    assert_eq!(card["timeline"][0]["recording"], "kept");
}

#[actix::test]
async fn a_recording_whose_time_is_over_is_removed_and_the_journal_says_so() {
    let branch = noticed(tuning()).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = recorded(&branch, &maria).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
    branch.pass(Duration::from_secs(23 * 3600)).await;
    assert!(branch.tapes.removed().is_empty());
    branch.pass(Duration::from_secs(8 * 3600)).await;
    branch.sees("the end of it", || branch.journal.count("call.recording_removed") == 1).await;
    assert_eq!(branch.tapes.removed(), [anna.id.to_string()]);
    assert_eq!(anna.call().tape, Tape::Removed);
    let gone = branch.says(&boss(), "recording.hear", json!({"call": anna.id})).await;
    assert_eq!(gone.expect_err("nothing to hear").code, "call-state");
    branch.pass(Duration::from_secs(24 * 3600)).await;
    assert_eq!(branch.tapes.removed().len(), 1);
}

#[actix::test]
async fn nobody_is_rung_by_the_house_who_has_said_no() {
    let branch = open(calm()).await;
    let operator = seats::operator(61);
    let say = |given: bool, how: &str| json!({"client": id::<ClientKind>(1), "given": given, "how": how});
    let bare = branch.says(&operator, "client.consent", say(true, " ")).await.expect_err("no evidence");
    assert_eq!(bare.code, "consent-evidence");
    branch.says(&operator, "client.consent", say(true, "бланк 17")).await.expect("kept");
    branch.says(&operator, "client.consent", say(false, "")).await.expect("taken back");
    let kept: Client = branch.journal.get(id(1)).expect("the client");
    assert!(kept.consent.is_some_and(|consent| !consent.given && consent.by == "operator61"));
    assert_eq!(
        branch.journal.count("client.consented") + branch.journal.count("client.consent_withdrawn"),
        2
    );

    // Had pressed a key in the line, and was to be called back in turn.
    let since = branch.clock_now();
    let place = KeptPlace { since, head_start: 0, queue: "main".into() };
    let promise = Promise { call: id(500), phone: ANNA.into(), client: Some(id(1)), place };
    branch.desk().queue.send(promise).await.expect("the queue lives");
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.sees("the refusal", || branch.journal.count("callback.auto_dial_refused") == 1).await;
    maria.is(Presence::Ready).await;
    let tasks = branch.journal.all::<Callback>();
    assert!(tasks.iter().any(|task| task.state == CallbackState::New), "a person may ring: {tasks:?}");
    assert!(branch.line.number_leg(ANNA).is_none());
}

#[actix::test]
async fn a_supervisor_has_a_line_and_a_seat_but_no_caller_is_brought_there() {
    let branch = open(calm()).await;
    branch.hears(LineEvent::Browser { session: id::<OperatorKind>(70).to_string(), online: true }).await;
    let seat = boss();
    let shown = |field: &str| branch.news.field("queue", seat.operator.expect("a seat"), field);
    branch.sees("a supervisor", || shown("state") == "ready").await;
    assert_eq!((shown("supervises"), branch.news.tile("operators_ready")), (json!(true), 0.into()));
    let anna = Caller::rings(&branch, ANNA).await;
    branch.settles().await;
    assert_eq!(anna.state(), CallState::Queued, "nobody else is at work");

    let maria = Telephonist::at_work(&branch, 61).await;
    maria.answers(&anna).await;
    branch.says(&seat, "call.listen", json!({"call": anna.id})).await.expect("may listen");
    let topic = format!("agent:{}", seat.operator.expect("a seat"));
    let watch = |field: &str| branch.news.row(&topic, "watch").unwrap_or_default()[field].clone();
    assert_eq!((watch("how"), watch("there")), (json!("listen"), json!(false)));
    let leg = branch.line.session_leg(&seat.operator.expect("a seat").to_string()).expect("dialled");
    branch.hears(LineEvent::Answered { leg }).await;
    branch.sees("the joining", || watch("there") == true).await;
    branch.says(&seat, "call.takeover", json!({"call": anna.id})).await.expect("may take over");
    maria.is(Presence::Ready).await;
    assert_eq!((anna.call().operator, shown("state")), (seat.operator, json!("busy")));
    assert!(branch.news.row(&topic, "watch").is_none());
    anna.hangs_up().await;
    branch.sees("the writing", || shown("state") == "wrap_up").await;
    let args = json!({"call": anna.id, "disposition": "complaint"});
    branch.says(&seat, "call.dispose", args).await.expect("may write it down");
    branch.sees("a supervisor who is free", || shown("state") == "ready").await;
}

#[actix::test]
async fn a_supervisor_says_what_an_operator_is_doing() {
    let branch = open(calm()).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let put = |to: &str| json!({"operator": maria.id, "to": to, "reason": "supervisor"});
    branch.says(&seats::manager(), "operator.set", put("break")).await.expect("may be sent to rest");
    maria.is(Presence::Break).await;
    let told = branch.journal.facts();
    assert!(told.iter().any(|f| f.name == "presence.changed" && f.by == "manager"), "who did it is kept");
    branch.says(&seats::manager(), "operator.set", put("ready")).await.expect("and back");
    assert_eq!(
        branch.says(&seats::manager(), "operator.set", put("busy")).await.expect_err("no").code,
        "presence"
    );
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let refused = branch.says(&seats::manager(), "operator.set", put("break")).await.expect_err("she talks");
    assert_eq!(refused.code, "operator-busy");
    let refused = maria.says("operator.set", put("ready")).await.expect_err("not an operator's");
    assert_eq!(refused.kind, RefusalKind::Forbidden);
}
