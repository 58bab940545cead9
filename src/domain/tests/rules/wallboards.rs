//! The figures of the day: what counts, what does not, and that folding again gives the same.

use crate::firm::at;
use domain::{
    calls::{
        call::CallEvent,
        callback::CallbackEvent,
        wallboard::{WallRule, Wallboard},
    },
    ports::Fact,
};
use jiff::SignedDuration;
use proptest::prelude::*;

fn told(entity: &str, name: &str, data: &impl serde::Serialize, minute: i64) -> Fact {
    let data = serde_json::to_value(data).expect("an event is data");
    Fact { entity: entity.into(), ver: 1, name: name.into(), at: at(minute), by: "line".into(), data }
}
fn call(number: u8, event: CallEvent, minute: i64) -> Fact {
    told(&format!("call_{number}"), event.name(), &event, minute)
}
fn failed() -> CallEvent {
    CallEvent::Failed { reason: "486".into() }
}
fn closed() -> CallEvent {
    CallEvent::Closed { disposition: "other".into(), note: String::new(), about: None }
}
fn wall(facts: &[Fact], rule: WallRule) -> Wallboard {
    let mut wall = Wallboard::new(rule);
    facts.iter().for_each(|fact| {
        wall.hear(fact);
    });
    wall
}

#[test]
fn a_day_of_calls_gives_the_figures_of_the_wall() {
    let facts = [
        call(1, CallEvent::Incoming, 0),
        call(2, CallEvent::Incoming, 0),
        call(3, CallEvent::Incoming, 1),
        call(1, CallEvent::Answered, 0),
        call(2, CallEvent::Answered, 2),
        call(3, CallEvent::Abandoned, 3),
        call(1, closed(), 5),
        call(2, closed(), 5),
    ];
    let counts = wall(&facts, WallRule::default()).counts();
    assert_eq!((counts.offered, counts.answered, counts.in_time, counts.abandoned), (3, 2, 1, 1));
    assert_eq!((counts.service_level(), counts.abandonment()), (33, 33));
    assert_eq!((counts.mean_wait(), counts.mean_handling()), (60, 240));
    assert_eq!(counts.longest_wait_ms, 120_000);
}

#[test]
fn who_gives_up_at_once_is_not_counted_against_the_service() {
    let facts = [call(1, CallEvent::Incoming, 0), call(1, CallEvent::Abandoned, 0)];
    let counts =
        wall(&facts, WallRule { short: SignedDuration::from_secs(5), ..WallRule::default() }).counts();
    assert_eq!(
        (counts.abandoned, counts.short, counts.service_level(), counts.abandonment()),
        (1, 1, 100, 0)
    );
}

#[test]
fn a_talk_that_breaks_was_answered_and_a_wait_that_breaks_was_not() {
    let facts = [
        call(1, CallEvent::Incoming, 0),
        call(1, CallEvent::Answered, 0),
        call(1, failed(), 1),
        call(2, CallEvent::Incoming, 0),
        call(2, failed(), 1),
    ];
    let counts = wall(&facts, WallRule::default()).counts();
    assert_eq!((counts.answered, counts.abandoned), (1, 1));
}

#[test]
fn a_call_that_was_given_to_another_is_answered_once() {
    let away = CallEvent::Redirected { operator: None, queue: "kkt".into() };
    let facts = [
        call(1, CallEvent::Incoming, 0),
        call(1, CallEvent::Answered, 0),
        call(1, away, 1),
        call(1, CallEvent::Answered, 9),
        call(1, closed(), 10),
    ];
    let counts = wall(&facts, WallRule::default()).counts();
    assert_eq!((counts.answered, counts.waited_ms, counts.transferred), (1, 0, 1));
    assert_eq!(counts.mean_handling(), 600);
}

#[test]
fn a_call_that_we_make_is_no_caller_who_waits() {
    let operator = crate::firm::id(1);
    let facts = [
        call(1, CallEvent::Dialed { operator }, 0),
        call(2, CallEvent::Dialed { operator }, 0),
        call(1, CallEvent::Answered, 1),
        call(2, failed(), 1),
    ];
    let counts = wall(&facts, WallRule::default()).counts();
    assert_eq!((counts.dialed, counts.offered, counts.answered, counts.abandoned), (2, 0, 0, 0));
}

#[test]
fn a_callback_is_kept_when_they_were_reached_or_rang_themselves() {
    let task =
        |number: u8, event: CallbackEvent| told(&format!("callback_{number}"), event.name(), &event, 1);
    let facts = [
        task(1, CallbackEvent::Created),
        task(2, CallbackEvent::Created),
        task(3, CallbackEvent::Created),
        task(1, CallbackEvent::Finished { reached: true }),
        task(2, CallbackEvent::Finished { reached: false }),
        task(3, CallbackEvent::Cancelled),
    ];
    let counts = wall(&facts, WallRule::default()).counts();
    assert_eq!((counts.callbacks, counts.callbacks_kept, counts.callbacks_kept_percent()), (3, 2, 66));
}

#[test]
fn a_fast_city_counts_the_time_of_its_callers() {
    let facts = [call(1, CallEvent::Incoming, 0), call(1, CallEvent::Answered, 10)];
    let counts = wall(&facts, WallRule { lapse: 60.0, ..WallRule::default() }).counts();
    assert_eq!((counts.waited_ms, counts.in_time), (10_000, 1));
}

#[test]
fn at_midnight_the_counts_begin_anew_and_open_calls_go_on() {
    let facts = [
        call(1, CallEvent::Incoming, 0),
        call(2, CallEvent::Incoming, 24 * 60 - 1),
        call(2, CallEvent::Answered, 24 * 60 + 24 * 60),
    ];
    let counts = wall(&facts, WallRule::default()).counts();
    assert_eq!((counts.offered, counts.answered), (0, 1));
}

proptest! {
    #[test]
    fn the_figures_do_not_depend_on_the_order_between_calls(
        picks in prop::collection::vec((0u8..6, 0u8..8), 0..120),
        split in 0usize..120,
    ) {
        let event = |what: u8| match what {
            0 | 1 => CallEvent::Incoming,
            2 => CallEvent::Answered,
            3 => CallEvent::Abandoned,
            4 => failed(),
            5 => closed(),
            6 => CallEvent::Requeued { reason: "no answer".into() },
            _ => CallEvent::Held,
        };
        let facts: Vec<Fact> =
            picks.iter().enumerate().map(|(m, (number, what))| call(*number, event(*what), m as i64)).collect();
        let whole = wall(&facts, WallRule::default());
        let mut by_call = facts.clone();
        by_call.sort_by(|a, b| a.entity.cmp(&b.entity));
        prop_assert_eq!(wall(&by_call, WallRule::default()).counts(), whole.counts());
        let mut resumed = wall(&facts[..split.min(facts.len())], WallRule::default());
        facts[split.min(facts.len())..].iter().for_each(|fact| { resumed.hear(fact); });
        prop_assert_eq!(&resumed, &whole);
        let counts = whole.counts();
        prop_assert!(counts.in_time <= counts.answered && counts.short <= counts.abandoned);
        prop_assert!(counts.service_level() <= 100);
    }
}
