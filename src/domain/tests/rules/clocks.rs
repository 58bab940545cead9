//! Stopwatches of promises (`domain.md` 3.4.10) and the calendars they count by.

use crate::firm::at;
use domain::{
    requests::sla::{ClockState, Metric, SlaClock},
    values::calendar::{Calendar, InvalidCalendar, OpenHours},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date, time},
};
use proptest::prelude::*;

fn open(from: i8, to: i8) -> Option<OpenHours> {
    Some(OpenHours { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) })
}
/// Nine to six on working days, Moscow time.
fn office() -> Calendar {
    let day = open(9, 18);
    Calendar::new("Europe/Moscow", [day, day, day, day, day, None, None]).expect("a calendar")
}
fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}
fn moscow(day: Date, hour: i8) -> Timestamp {
    let zone = jiff::tz::TimeZone::get("Europe/Moscow").expect("a zone");
    zone.to_timestamp(day.at(hour, 0, 0, 0)).expect("an instant")
}
fn clock(hours: u32) -> SlaClock {
    SlaClock::start(Metric::Restore, hours, at(0), None)
}

proptest! {
    /// I-11: the stopwatch equals its recomputation from what has happened.
    #[test]
    fn time_in_pauses_never_counts(steps in prop::collection::vec((1i64..60, any::<bool>()), 1..40)) {
        let mut watch = clock(4);
        let (mut now, mut counted, mut running) = (0, 0, true);
        for (wait, pause) in steps {
            if running { counted += wait; }
            now += wait;
            if pause { watch.pause(at(now)); } else { watch.resume(at(now), None); }
            running = !pause;
        }
        let used = watch.used_percent(at(now), None);
        // Past the deadline nothing is given back, so that a pause there only makes it later.
        if counted <= 240 { prop_assert_eq!(used, counted * 100 / 240); } else { prop_assert!(used >= counted * 100 / 240); }
        watch.stop(at(now), None);
        let expected = if counted <= 240 { ClockState::Met } else { ClockState::Breached };
        prop_assert_eq!(watch.state, expected);
    }

    #[test]
    fn time_in_pauses_and_outside_hours_never_counts(steps in prop::collection::vec((1i64..900, any::<bool>()), 1..25)) {
        let calendar = office();
        let mut watch = SlaClock::start(Metric::Restore, 16, at(0), Some(&calendar));
        let (mut now, mut counted, mut running) = (0, SignedDuration::ZERO, true);
        for (wait, pause) in steps {
            if running { counted += calendar.counted(at(now), at(now + wait)); }
            now += wait;
            if pause { watch.pause(at(now)); } else { watch.resume(at(now), Some(&calendar)); }
            running = !pause;
        }
        watch.stop(at(now), Some(&calendar));
        // All of it is used at a closing hour: what ends later that evening is late, though no more has been counted.
        let met = if counted == hours(16) { at(now) <= watch.due } else { counted < hours(16) };
        let expected = if met { ClockState::Met } else { ClockState::Breached };
        prop_assert_eq!(watch.state, expected);
    }

    #[test]
    fn what_has_ended_stays_ended(steps in prop::collection::vec((0u8..6, 1i64..400), 0..40)) {
        let (mut watch, mut now) = (clock(4), 0);
        for (what, wait) in steps {
            now += wait;
            let before = watch;
            match what {
                0 => watch.pause(at(now)),
                1 => watch.resume(at(now), None),
                2 => watch.stop(at(now), None),
                3 => watch.expire(at(now)),
                4 => watch.begin(at(now), None),
                _ => watch.rule(ClockState::Running),
            }
            if before.is_ended() { prop_assert_eq!(watch, before); }
            prop_assert_eq!(watch.paused_at.is_some(), watch.state == ClockState::Paused);
            prop_assert_eq!(watch.ended.is_some(), watch.is_ended());
            prop_assert!(watch.due >= before.due, "a deadline never comes nearer");
        }
    }

    #[test]
    fn a_calendar_counts_back_what_it_counted(minute in 0i64..200_000, amount in 1i64..6_000) {
        let calendar = office();
        let amount = SignedDuration::from_mins(amount);
        let end = calendar.after(at(minute), amount);
        prop_assert_eq!(calendar.counted(at(minute), end), amount);
    }

    #[test]
    fn a_stretch_counts_as_much_as_its_parts(from in 0i64..50_000, first in 0i64..9_000, second in 0i64..9_000) {
        let calendar = office().with_day_off(date(2026, 1, 7)).with_moved_day(date(2026, 1, 10));
        let (middle, end) = (from + first, from + first + second);
        let parts = calendar.counted(at(from), at(middle)) + calendar.counted(at(middle), at(end));
        prop_assert_eq!(calendar.counted(at(from), at(end)), parts);
        prop_assert!(parts <= SignedDuration::from_mins(first + second));
    }
}

#[test]
fn a_promise_is_kept_up_to_its_last_instant() {
    for (minute, state) in [(239, ClockState::Met), (240, ClockState::Met), (241, ClockState::Breached)] {
        let mut watch = clock(4);
        watch.stop(at(minute), None);
        assert_eq!((watch.state, watch.ended), (state, Some(at(minute))), "at {minute}");
    }
}

#[test]
fn a_clock_is_breached_after_its_deadline_and_not_on_it() {
    let mut watch = clock(4);
    watch.expire(at(240));
    assert_eq!(watch.state, ClockState::Running);
    watch.expire(at(241));
    assert_eq!(watch.state, ClockState::Breached);
}

#[test]
fn a_paused_clock_is_never_breached() {
    let mut watch = clock(4);
    watch.pause(at(100));
    watch.expire(at(9_000));
    assert_eq!(watch.state, ClockState::Paused);
    watch.resume(at(1_000), None);
    assert_eq!(watch.due, at(240 + 900));
}

#[test]
fn a_pause_after_the_deadline_gives_no_time_back() {
    let mut watch = clock(4);
    watch.pause(at(300));
    watch.resume(at(900), None);
    assert_eq!(watch.due, at(240));
    watch.stop(at(900), None);
    assert_eq!(watch.state, ClockState::Breached);
}

#[test]
fn pausing_twice_or_resuming_what_runs_changes_nothing() {
    let mut watch = clock(4);
    watch.resume(at(10), None);
    assert_eq!(watch, clock(4));
    watch.pause(at(20));
    let paused = watch;
    watch.pause(at(30));
    assert_eq!(watch, paused);
}

#[test]
fn an_idle_clock_counts_from_its_beginning() {
    let mut watch = SlaClock::idle(Metric::Reaction, 2, at(0));
    watch.pause(at(5));
    watch.expire(at(5_000));
    watch.stop(at(5_000), None);
    assert_eq!((watch.state, watch.used_percent(at(5_000), None)), (ClockState::Idle, 0));
    watch.begin(at(60), None);
    assert_eq!((watch.state, watch.due), (ClockState::Running, at(180)));
    watch.begin(at(90), None);
    assert_eq!(watch.due, at(180), "it begins once");
}

#[test]
fn warnings_come_at_half_and_at_three_quarters() {
    let mut watch = clock(4);
    let warned: Vec<_> = [0, 119, 120, 179, 180, 240].map(|m| watch.warning(at(m), None)).into();
    assert_eq!(warned, [None, None, Some(50), Some(50), Some(75), Some(75)]);
    watch.warned = 50;
    assert_eq!(watch.warning(at(130), None), None);
    assert_eq!(watch.warning(at(180), None), Some(75));
    watch.pause(at(180));
    assert_eq!(watch.warning(at(180), None), None, "nobody is warned of what stands still");
}

#[test]
fn a_used_share_is_frozen_by_a_pause_and_by_the_end() {
    let mut watch = clock(4);
    watch.pause(at(60));
    assert_eq!(watch.used_percent(at(9_000), None), 25);
    watch.resume(at(600), None);
    watch.stop(at(660), None);
    assert_eq!(watch.used_percent(at(9_000), None), 50);
    let mut late = clock(4);
    late.stop(at(480), None);
    assert_eq!(late.used_percent(at(0), None), 200);
}

#[test]
fn a_row_without_a_goal_still_tells_its_share() {
    let old = SlaClock { goal_seconds: 0, ..clock(4) };
    assert_eq!(old.used_percent(at(60), None), 25);
}

#[test]
fn a_verdict_needs_a_result_and_is_one() {
    let mut watch = clock(4);
    watch.rule(ClockState::Met);
    assert_eq!(watch.state, ClockState::Running, "nothing to overrule yet");
    watch.stop(at(300), None);
    watch.rule(ClockState::Paused);
    assert_eq!((watch.state, watch.original), (ClockState::Breached, None));
    watch.rule(ClockState::Met);
    assert_eq!((watch.state, watch.original), (ClockState::Met, Some(ClockState::Breached)));
}

#[test]
fn an_evening_and_a_weekend_do_not_count() {
    let calendar = office();
    let friday = moscow(date(2026, 1, 9), 17);
    assert_eq!(calendar.after(friday, hours(2)), moscow(date(2026, 1, 12), 10));
    assert_eq!(calendar.counted(friday, moscow(date(2026, 1, 12), 10)), hours(2));
    let saturday = moscow(date(2026, 1, 10), 12);
    assert_eq!(calendar.after(saturday, hours(1)), moscow(date(2026, 1, 12), 10));
    assert_eq!(calendar.counted(saturday, moscow(date(2026, 1, 11), 12)), SignedDuration::ZERO);
    assert_eq!(calendar.counted(friday, friday), SignedDuration::ZERO);
    assert_eq!(calendar.counted(friday, saturday), hours(1));
    assert_eq!(calendar.counted(saturday, friday), SignedDuration::ZERO, "backwards is nothing");
}

#[test]
fn a_holiday_does_not_count_and_a_moved_day_does() {
    let calendar = office().with_day_off(date(2026, 1, 9)).with_moved_day(date(2026, 1, 10));
    let thursday = moscow(date(2026, 1, 8), 17);
    assert_eq!(calendar.after(thursday, hours(2)), moscow(date(2026, 1, 10), 10));
    let plain = calendar.with_day_off(date(2026, 1, 10));
    assert_eq!(plain.after(thursday, hours(2)), moscow(date(2026, 1, 12), 10));
}

#[test]
fn the_hours_are_those_of_the_points_zone() {
    let day = open(9, 18);
    let far = Calendar::new("Asia/Vladivostok", [day; 7]).expect("a calendar");
    // Nine in the morning in Moscow is four in the afternoon in Vladivostok.
    assert_eq!(far.counted(at(0), at(24 * 60)), hours(9));
    assert_eq!(far.after(at(0), hours(3)), "2026-01-06T00:00:00Z".parse().expect("a timestamp"));
}

#[test]
fn a_clock_by_a_calendar_sleeps_at_night() {
    let calendar = office();
    let evening = moscow(date(2026, 1, 5), 16);
    let mut watch = SlaClock::start(Metric::Reaction, 4, evening, Some(&calendar));
    assert_eq!(watch.due, moscow(date(2026, 1, 6), 11));
    assert_eq!(watch.used_percent(moscow(date(2026, 1, 6), 3), Some(&calendar)), 50);
    watch.pause(moscow(date(2026, 1, 5), 17));
    watch.resume(moscow(date(2026, 1, 6), 15), Some(&calendar));
    assert_eq!(watch.due, moscow(date(2026, 1, 6), 18), "three hours were left");
}

#[test]
fn a_deadline_at_the_closing_hour_is_missed_in_the_evening() {
    let calendar = office();
    for (hour, state) in [(18, ClockState::Met), (19, ClockState::Breached)] {
        let mut watch = SlaClock::start(Metric::Restore, 9, at(0), Some(&calendar));
        watch.stop(moscow(date(2026, 1, 5), hour), Some(&calendar));
        assert_eq!(watch.state, state, "at {hour}");
    }
}

#[test]
fn a_calendar_that_can_never_count_is_refused_by_name() {
    let day = open(9, 18);
    let zone = Calendar::new("Mars/Olympus", [day; 7]).expect_err("no such zone");
    assert!(zone.to_string().contains("`Mars/Olympus`"), "{zone}");
    let backwards = Calendar::new("UTC", [open(18, 9); 7]).expect_err("backwards");
    assert!(matches!(backwards, InvalidCalendar::EmptyHours { .. }), "{backwards}");
    assert_eq!(Calendar::new("UTC", [None; 7]), Err(InvalidCalendar::NeverOpen));
}

#[test]
fn a_calendar_is_kept_and_read_back() {
    let calendar = office().with_day_off(date(2026, 1, 9)).with_moved_day(date(2026, 1, 10));
    let text = serde_json::to_string(&calendar).expect("it can be kept");
    assert_eq!(serde_json::from_str::<Calendar>(&text).expect("it can be read"), calendar);
}
