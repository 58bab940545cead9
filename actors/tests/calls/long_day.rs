//! A long random day: thousands of calls, impatient callers, careless operators, a journal that takes its time,
//! sessions that panic. Whatever happens, the rules of the line hold.
//!
//! `CALLOUT_LONG_DAY` sets the number of calls, `CALLOUT_LONG_DAY_SEED` the dice.

use crate::kit::{
    branch::{Branch, calm},
    caller::offered,
    dice::Dice,
    firm::{self, VERA, id},
    seats,
};
use actors::call_centre::{call_session::PanicNow, telephony::FindCall};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState},
        callback::Callback,
        line::LineEvent,
        operator::{Operator, Presence},
    },
    ports::Fact,
    values::id::{CallId, OperatorId},
};
use jiff::Timestamp;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

const OPERATORS: u128 = 6;
/// What a message and a batch may take, in milliseconds of the day.
const SLACK: i64 = 60;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
async fn seconds(dice: &mut Dice, from: u64, to: u64) {
    tokio::time::sleep(Duration::from_millis(dice.between(from * 1000, to * 1000))).await;
}

/// Rings, waits as long as the dice say, and talks as long as the dice say.
async fn caller(branch: Rc<Branch>, number: u64, mut dice: Dice) {
    let leg = branch.line.caller_leg();
    let from = if dice.percent(10) { VERA.to_owned() } else { format!("+7916{:07}", number % 500) };
    branch.hears(offered(leg, &from)).await;
    let patience = Duration::from_millis(dice.between(1_000, 90_000));
    let served = branch.sees("an answer", || branch.line.partner(leg).is_some() || branch.line.is_over(leg));
    if tokio::time::timeout(patience, served).await.is_ok() {
        let talk = Duration::from_millis(dice.between(2_000, 120_000));
        let over = branch.sees("the end", || branch.line.is_over(leg));
        // Whoever is first: the operator, the house, or the caller.
        let ended_there = tokio::time::timeout(talk, over).await.is_ok();
        if ended_there && dice.percent(50) {
            return;
        }
    }
    branch.hears(LineEvent::Ended { leg, by_remote: true }).await;
}

struct Person {
    branch: Rc<Branch>,
    id: OperatorId,
    number: u128,
    dice: Dice,
}

impl Person {
    async fn says(&self, name: &str, args: serde_json::Value) -> bool {
        self.branch.says(&seats::operator(self.number), name, args).await.is_ok()
    }
    fn presence(&self) -> serde_json::Value {
        self.branch.news.field("queue", self.id, "state")
    }
    async fn leaves(&self, state: &str) {
        self.branch.sees(&format!("the end of {state}"), || self.presence() != state).await;
    }
    /// Works until the day is over: takes, ignores, refuses, holds, hangs up, writes down, rests.
    async fn works(mut self) {
        self.branch.hears(LineEvent::Browser { session: self.id.to_string(), online: true }).await;
        loop {
            let state = self.presence().as_str().unwrap_or_default().to_owned();
            let call = json!({"call": self.branch.news.field("queue", self.id, "call")});
            match state.as_str() {
                "ringing" => self.is_rung(call).await,
                "busy" => self.talks(call).await,
                "wrap_up" => {
                    seconds(&mut self.dice, 1, 20).await;
                    let args = json!({"call": call["call"], "disposition": "question"});
                    self.says("call.dispose", args).await;
                    self.leaves("wrap_up").await;
                }
                "ready" => self.leaves("ready").await,
                _ => {
                    seconds(&mut self.dice, 1, 30).await;
                    self.says("operator.ready", json!({})).await;
                }
            }
        }
    }
    async fn is_rung(&mut self, call: serde_json::Value) {
        match self.dice.between(0, 100) {
            0..75 => {
                seconds(&mut self.dice, 0, 8).await;
                if self.says("call.answer", call).await {
                    let leg = self.branch.line.browser_leg(self.id).expect("the browser was dialled");
                    let event = if self.dice.percent(95) {
                        LineEvent::Answered { leg }
                    } else {
                        LineEvent::Failed { leg, reason: "no audio".into() }
                    };
                    self.branch.hears(event).await;
                }
            }
            75..85 => {
                seconds(&mut self.dice, 0, 5).await;
                self.says("call.reject", call).await;
            }
            // Lets it ring.
            _ => {}
        }
        self.leaves("ringing").await;
    }
    async fn talks(&mut self, call: serde_json::Value) {
        if self.dice.percent(20) {
            seconds(&mut self.dice, 1, 10).await;
            self.says("call.hold", call.clone()).await;
            seconds(&mut self.dice, 1, 10).await;
            self.says("call.resume", call.clone()).await;
        }
        if self.dice.percent(40) {
            seconds(&mut self.dice, 2, 60).await;
            self.says("call.hangup", call).await;
        }
        self.leaves("busy").await;
        if self.dice.percent(10) && self.says("operator.pause", json!({"reason": "tea"})).await {
            seconds(&mut self.dice, 5, 60).await;
        }
    }
}

/// Now and then a session panics.
async fn bad_luck(branch: Rc<Branch>, mut dice: Dice) {
    loop {
        seconds(&mut dice, 20, 60).await;
        let rows = branch.news.rows("queue");
        let calls: Vec<CallId> =
            rows.iter().filter_map(|row| row["id"].as_str()).filter_map(|id| id.parse().ok()).collect();
        let Some(unlucky) = calls.get(dice.between(0, calls.len().max(1) as u64) as usize) else { continue };
        if let Ok(Some(session)) = branch.desk().telephony.send(FindCall(*unlucky)).await {
            assert!(session.send(PanicNow).await.is_err(), "a panic is told to the sender");
        }
    }
}

/// The life of a call, read from the facts.
struct Life {
    first: bool,
    since: Timestamp,
    waits: Vec<(i64, i64)>,
    rings: Vec<i64>,
}

fn event(fact: &Fact) -> Option<(CallId, CallEvent)> {
    Some((fact.entity.parse().ok()?, serde_json::from_value(fact.data.clone()).ok()?))
}

/// No operator has two calls at once; gives the lives of the calls.
fn lives(branch: &Branch) -> BTreeMap<CallId, Life> {
    let calls: BTreeMap<CallId, Call> =
        branch.journal.all::<Call>().into_iter().map(|call| (call.id, call)).collect();
    let mut in_hand: BTreeMap<OperatorId, CallId> = BTreeMap::new();
    let mut lives: BTreeMap<CallId, Life> = BTreeMap::new();
    for fact in branch.journal.facts() {
        let Some((call, event)) = event(&fact) else { continue };
        let at = fact.at.as_millisecond();
        let row = &calls[&call];
        let life = lives.entry(call).or_insert_with(|| Life {
            first: row.client == Some(id(2)),
            since: row.started,
            waits: vec![],
            rings: vec![],
        });
        match event {
            CallEvent::Queued => life.waits.push((at, i64::MAX)),
            CallEvent::Offered { operator } => {
                let before = in_hand.insert(operator, call);
                assert_eq!(before, None, "{operator} is rung by {call} with another call in hand");
                life.rings.push(at);
            }
            CallEvent::Requeued { .. }
            | CallEvent::Closed { .. }
            | CallEvent::Abandoned
            | CallEvent::Failed { .. } => {
                in_hand.retain(|_, held| *held != call);
            }
            _ => {}
        }
        match fact.name.as_str() {
            "call.offered" | "call.abandoned" | "call.failed" => {
                if let Some(wait) = life.waits.last_mut().filter(|wait| wait.1 == i64::MAX) {
                    wait.1 = at;
                }
            }
            "call.requeued" => life.waits.push((at, i64::MAX)),
            _ => {}
        }
    }
    assert!(in_hand.is_empty(), "operators with a call in hand at the end: {in_hand:?}");
    lives
}

/// When the operators were ready, as kept.
fn idle(branch: &Branch) -> Vec<(OperatorId, i64, i64)> {
    let (mut open, mut found) = (BTreeMap::<OperatorId, i64>::new(), Vec::new());
    for fact in branch.journal.facts().iter().filter(|fact| fact.name == "presence.changed") {
        let Ok(operator) = fact.entity.parse::<OperatorId>() else { continue };
        let at = fact.at.as_millisecond();
        if let Some(since) = open.remove(&operator) {
            found.push((operator, since, at));
        }
        if fact.data == json!(Presence::Ready) {
            open.insert(operator, at);
        }
    }
    found
}

/// Nobody was rung for a later caller while an earlier one of the same rank, or one of a higher rank, waited.
fn nobody_was_overtaken(lives: &BTreeMap<CallId, Life>) {
    for (call, life) in lives {
        for ring in &life.rings {
            for (other, theirs) in lives.iter().filter(|(other, _)| *other != call) {
                let waited =
                    theirs.waits.iter().any(|(from, to)| from + SLACK < *ring && *ring + SLACK < *to);
                let before = (!theirs.first, theirs.since) < (!life.first, life.since);
                assert!(!(waited && before), "{other} waited at {ring} when {call} was served");
            }
        }
    }
}

/// Nobody waited for longer than a moment while somebody was ready.
fn nobody_waited_in_vain(lives: &BTreeMap<CallId, Life>, idle: &[(OperatorId, i64, i64)]) {
    for (call, life) in lives {
        for (from, to) in &life.waits {
            for (operator, since, until) in idle {
                let both = (*to).min(*until) - (*from).max(*since);
                assert!(both <= SLACK, "{call} waited for {both} ms while {operator} was ready");
            }
        }
    }
}

async fn day(calls: u64, seed: u64, panics: bool) -> Rc<Branch> {
    let tuning = actors::house::Tuning { tick: Duration::from_secs(3600), ..calm() };
    let opened = Branch::tuned(tuning, 1.0, |j| {
        (0..OPERATORS).for_each(|n| j.put(&firm::operator(100 + n, "Оператор")));
    });
    let branch = Rc::new(opened.await);
    branch.journal.pace(seed);
    let mut dice = Dice::new(seed);
    for n in 0..OPERATORS {
        let dice = Dice::new(dice.between(0, u64::MAX));
        let person = Person { branch: Rc::clone(&branch), id: id(100 + n), number: 100 + n, dice };
        actix::spawn(person.works());
    }
    if panics {
        actix::spawn(bad_luck(Rc::clone(&branch), Dice::new(seed + 1)));
    }
    let mut ringing = Vec::new();
    for number in 0..calls {
        let dice = Dice::new(dice.between(0, u64::MAX));
        ringing.push(actix::spawn(caller(Rc::clone(&branch), number, dice)));
        branch.pass(Duration::from_millis(Dice::new(seed ^ number).between(0, 14_000))).await;
    }
    for one in ringing {
        one.await.expect("callers do not panic");
    }
    branch.pass(Duration::from_secs(600)).await;
    branch
}

/// Every call has come to an end, everybody who was not answered will be called back, nobody is stuck.
fn nothing_is_left(branch: &Branch, calls: u64) {
    let rows = branch.journal.all::<Call>();
    assert_eq!(rows.len() as u64, calls, "a call was not kept");
    let promised: BTreeSet<String> =
        branch.journal.all::<Callback>().into_iter().map(|task| task.phone).collect();
    for call in &rows {
        let ended = matches!(call.state, CallState::Closed | CallState::Abandoned);
        assert!(ended, "{} is {:?} at the end of the day", call.id, call.state);
        if call.state == CallState::Abandoned {
            assert!(promised.contains(&call.from), "nobody will call {} back", call.id);
        }
    }
    let abandoned = rows.iter().filter(|call| call.state == CallState::Abandoned).count();
    let written = branch.journal.count("callback.created") + branch.journal.count("callback.repeated");
    assert_eq!(written, abandoned, "each missed call is written down once");
    for operator in branch.journal.all::<Operator>() {
        assert_eq!(operator.call, None, "{} is stuck", operator.id);
        assert_eq!(branch.news.field("queue", operator.id, "state"), json!(operator.presence));
    }
    let on_screen = branch.news.rows("queue").into_iter().filter(|row| row["from"].is_string()).count();
    assert_eq!(on_screen, 0, "calls that are over stand on the screens");
    assert_eq!(branch.news.tile("calls_waiting"), 0);
    assert_eq!(branch.news.tile("calls_offered"), calls);
    assert_eq!(branch.news.tile("calls_abandoned"), abandoned);
    assert_eq!(branch.news.tile("calls_answered"), calls - abandoned as u64);
    println!("{calls} calls: {abandoned} gave up, {} rings", branch.journal.count("call.offered"));
}

#[actix::test]
async fn a_day_of_thousands_of_calls_keeps_the_rules_of_the_line() {
    let calls = setting("CALLOUT_LONG_DAY", 2_000);
    let branch = day(calls, setting("CALLOUT_LONG_DAY_SEED", 20_260), false).await;
    nothing_is_left(&branch, calls);
    let lives = lives(&branch);
    nobody_was_overtaken(&lives);
    nobody_waited_in_vain(&lives, &idle(&branch));
}

#[actix::test]
async fn a_day_on_which_sessions_panic_loses_no_call_and_leaves_nobody_stuck() {
    let calls = setting("CALLOUT_LONG_DAY", 2_000) / 2;
    let branch = day(calls, setting("CALLOUT_LONG_DAY_SEED", 20_260) + 7, true).await;
    nothing_is_left(&branch, calls);
    lives(&branch);
}
