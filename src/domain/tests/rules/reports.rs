//! Figures of calls over a period: equal to the wall for its day, whole in their parts.

use crate::firm::at;
use domain::{
    calls::{
        call::CallEvent,
        callback::CallbackEvent,
        operator::Presence,
        report::{By, CallBooks, figures::Figures},
        wallboard::{WallRule, Wallboard},
    },
    ports::Fact,
    values::id::{Id, OperatorId},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;
use uuid::Uuid;

fn told(entity: &str, name: &str, data: &impl serde::Serialize, at: Timestamp) -> Fact {
    let data = serde_json::to_value(data).expect("an event is data");
    Fact { entity: entity.into(), ver: 1, name: name.into(), at, by: "line".into(), data }
}
fn call(number: u8, event: CallEvent, minute: i64) -> Fact {
    let mut fact = told(&format!("call_{number}"), event.name(), &event, at(minute));
    if matches!(event, CallEvent::Incoming | CallEvent::Dialed { .. }) {
        fact.data["queue"] = format!("q{}", number % 2).into();
        fact.data["trunk"] = "mts".into();
    }
    fact
}
fn who(number: u8) -> OperatorId {
    Id::from_uuid(Uuid::from_u128(number.into()))
}
fn closed(disposition: &str) -> CallEvent {
    CallEvent::Closed { disposition: disposition.into(), note: String::new(), about: None }
}
fn books(facts: &[Fact], rule: WallRule) -> CallBooks {
    let mut books = CallBooks::new(rule);
    facts.iter().for_each(|fact| books.hear(fact));
    books
}
fn whole(books: &CallBooks, by: By) -> (Vec<(String, Figures)>, Figures) {
    let report = books.report(at(-10_000), at(10_000), by, at(10_000));
    (report.rows.into_iter().map(|row| (row.key, row.figures)).collect(), report.total)
}

#[test]
fn a_call_is_told_by_its_parts() {
    let facts = [
        call(1, CallEvent::Incoming, 0),
        call(1, CallEvent::Offered { operator: who(1) }, 0),
        call(1, CallEvent::Requeued { reason: "no_answer".into() }, 1),
        call(1, CallEvent::Offered { operator: who(2) }, 1),
        call(1, CallEvent::Answered, 2),
        call(1, CallEvent::Held, 5),
        call(1, CallEvent::Resumed, 7),
        call(1, CallEvent::Ended { by_caller: true }, 12),
        call(1, closed("price"), 15),
    ];
    let books = books(&facts, WallRule::default());
    let (rows, total) = whole(&books, By::Operator);
    assert_eq!((total.mean_talk(), total.mean_hold(), total.mean_wrap()), (480, 120, 180));
    assert_eq!(total.counts.mean_handling(), 780);
    let of = |id: OperatorId| rows.iter().find(|(key, _)| *key == id.to_string()).expect("a row").1;
    assert_eq!((of(who(1)).rung, of(who(1)).counts.missed_rings, of(who(1)).counts.answered), (1, 1, 0));
    assert_eq!((of(who(2)).rung, of(who(2)).counts.missed_rings, of(who(2)).counts.answered), (1, 0, 1));
    let (rows, _) = whole(&books, By::Disposition);
    assert_eq!(rows.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["price"]);
    let (rows, _) = whole(&books, By::Trunk);
    assert_eq!((rows.len(), rows[0].0.as_str(), rows[0].1.counts.offered), (1, "mts", 1));
}

#[test]
fn days_and_hours_are_those_of_the_house() {
    let zone = TimeZone::get("Asia/Kolkata").expect("half an hour off");
    let late: Timestamp = "2026-03-02T18:29:59Z".parse().expect("an instant");
    let next: Timestamp = "2026-03-02T18:30:00Z".parse().expect("an instant");
    let facts = [
        told("call_1", "call.incoming", &CallEvent::Incoming, late),
        told("call_2", "call.incoming", &CallEvent::Incoming, next),
    ];
    let books = books(&facts, WallRule { zone, ..WallRule::default() });
    let keys = |by| {
        let report = books.report(late, next + SignedDuration::from_secs(1), by, next);
        report.rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(By::Day), ["2026-03-02", "2026-03-03"]);
    assert_eq!(keys(By::Hour), ["00", "23"]);
}

#[test]
fn occupancy_is_the_share_of_calls_in_the_time_at_work() {
    let is = |presence: Presence, minute| told("operator_1", "presence.changed", &presence, at(minute));
    let facts = [
        is(Presence::Ready, 0),
        is(Presence::Busy, 30),
        is(Presence::WrapUp, 50),
        is(Presence::Break, 60),
        is(Presence::Ready, 90),
        is(Presence::Offline, 120),
    ];
    let books = books(&facts, WallRule::default());
    let (rows, total) = whole(&books, By::Operator);
    assert_eq!(
        (total.available_ms, total.occupied_ms, total.occupancy()),
        (90 * 60_000, 30 * 60_000, Some(33))
    );
    assert_eq!(rows, [("operator_1".into(), total)]);
    let part = books.report(at(40), at(100), By::Queue, at(95)).total;
    assert_eq!((part.available_ms, part.occupied_ms), (25 * 60_000, 20 * 60_000), "until now, no further");
    assert_eq!(books.report(at(200), at(300), By::Day, at(300)).total.occupancy(), None);
}

fn events() -> impl Strategy<Value = CallEvent> {
    prop_oneof![
        3 => Just(CallEvent::Incoming),
        2 => Just(CallEvent::Answered),
        1 => Just(CallEvent::Abandoned),
        1 => Just(CallEvent::Failed { reason: "503".into() }),
        2 => Just(closed("price")),
        1 => Just(closed("unspecified")),
        1 => Just(CallEvent::Ended { by_caller: true }),
        1 => Just(CallEvent::Held),
        1 => Just(CallEvent::Resumed),
        1 => Just(CallEvent::CallbackPromised),
        1 => Just(CallEvent::VoicemailLeft { recording: "m".into() }),
        1 => (1u8..4).prop_map(|n| CallEvent::Offered { operator: who(n) }),
        1 => Just(CallEvent::Requeued { reason: "no_answer".into() }),
        1 => (1u8..4).prop_map(|n| CallEvent::Transferred { operator: who(n) }),
        1 => (1u8..4).prop_map(|n| CallEvent::Dialed { operator: who(n) }),
        1 => Just(CallEvent::Redirected { operator: None, queue: "kkt".into() }),
    ]
}
fn callbacks() -> impl Strategy<Value = CallbackEvent> {
    prop_oneof![
        Just(CallbackEvent::Created),
        Just(CallbackEvent::Cancelled),
        Just(CallbackEvent::Finished { reached: true }),
        Just(CallbackEvent::Finished { reached: false }),
    ]
}

proptest! {
    /// Whatever happens in whatever order: the day's report is the wall of that day, and every way to divide it is whole.
    #[test]
    fn the_report_of_a_day_is_its_wall(
        happened in prop::collection::vec((0u8..12, events(), 0i64..900, prop::option::weighted(0.1, callbacks())), 0..120),
        short in 0i64..120, lapse in prop_oneof![Just(1.0), Just(60.0)],
    ) {
        let mut happened = happened;
        happened.sort_by_key(|(_, _, second, _)| *second);
        let rule = WallRule { short: SignedDuration::from_secs(short), lapse, ..WallRule::default() };
        let facts: Vec<Fact> = happened.iter().map(|(number, event, minute, callback)| match callback {
            Some(task) => told(&format!("callback_{number}"), task.name(), task, at(*minute)),
            None => call(*number, event.clone(), *minute),
        }).collect();
        let mut wall = Wallboard::new(rule.clone());
        for fact in &facts {
            wall.hear(fact);
        }
        let books = books(&facts, rule);
        let day = facts.last().map(|fact| fact.at.to_zoned(TimeZone::UTC).date());
        if let Some(day) = day {
            let from = day.to_zoned(TimeZone::UTC).expect("a day").timestamp();
            let until = from + SignedDuration::from_hours(24);
            prop_assert_eq!(books.report(from, until, By::Day, until).total.counts, wall.counts());
        }
        for by in [By::Day, By::Hour, By::Queue, By::Operator, By::Trunk, By::Disposition] {
            let (rows, total) = whole(&books, by);
            let sum = |of: fn(&Figures) -> u64| rows.iter().map(|(_, figures)| of(figures)).sum::<u64>();
            prop_assert_eq!(sum(|f| f.counts.offered), total.counts.offered);
            prop_assert_eq!(sum(|f| f.counts.answered), total.counts.answered);
            prop_assert_eq!(sum(|f| f.counts.handled), total.counts.handled);
            prop_assert_eq!(rows.iter().map(|(_, f)| f.counts.handling_ms).sum::<i64>(), total.counts.handling_ms);
            prop_assert!(total.hold_ms + total.wrap_ms <= total.counts.handling_ms);
        }
    }
}
