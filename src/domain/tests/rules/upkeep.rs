//! Planned service: rhythms, schedules, and what becomes of each day that is due.

use crate::{
    firm::{active, id},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    refusal::Refusal,
    upkeep::{
        calendar_month::CalendarMonth,
        due::Stretch,
        holidays::holidays,
        occurrence::{Booking, Days, Occurrence, OccurrenceEvent, OccurrenceState},
        rhythm::{Every, Otherwise, Rhythm},
        schedule::{Need, ScheduleCard, ScheduleEvent, ScheduleState, ServiceSchedule, Tolerance},
    },
    values::id::{MasterId, OccurrenceId},
};
use jiff::{
    Span,
    civil::{Date, date},
};
use proptest::{prelude::*, test_runner::TestCaseError};
use std::collections::BTreeSet;

const WORKING: [bool; 7] = [true, true, true, true, true, false, false];

fn day(month: i8, day: i8) -> Date {
    date(2026, month, day)
}
fn card() -> ScheduleCard {
    ScheduleCard {
        title: "ТО кондиционеров".into(),
        point: id(20),
        unit: None,
        rhythm: Rhythm { every: Every::Months(1), from: day(1, 31), otherwise: Otherwise::After },
        tolerance: Tolerance { before: 2, after: 3 },
        weekdays: WORKING,
        minutes: 90,
        skills: vec![Need { code: "hvac".into(), level: 2 }],
        masters: 1,
        preferred: vec![],
        required: vec![],
        checklist: vec!["Промыть фильтры".into()],
    }
}
fn schedule(number: u128, card: ScheduleCard) -> ServiceSchedule {
    let mut fresh = ServiceSchedule::new(id(number), id(40), card.clone());
    fresh.apply(&ScheduleEvent::Written { card });
    fresh
}
fn stretch<'a>(first: Date, last: Date, holidays: &'a BTreeSet<Date>) -> Stretch<'a> {
    Stretch { first, last, end: date(2027, 1, 1), holidays }
}
fn days() -> Days {
    Days { due: day(1, 12), first: day(1, 10), last: day(1, 15) }
}
fn due() -> Occurrence {
    let mut fresh = Occurrence::new(id(60), day(1, 12), days());
    fresh.apply(&OccurrenceEvent::Due { days: days() });
    fresh
}
fn named(day: Date, masters: &[u128]) -> (Date, Vec<MasterId>) {
    (day, masters.iter().map(|it| id(*it)).collect())
}
fn proposed(on: Date, masters: &[u128]) -> OccurrenceEvent {
    let (day, masters) = named(on, masters);
    OccurrenceEvent::Proposed { day, masters }
}
fn pinned(on: Date, masters: &[u128]) -> OccurrenceEvent {
    let (day, masters) = named(on, masters);
    OccurrenceEvent::Pinned { day, masters }
}
fn why(reason: &str) -> String {
    reason.to_owned()
}

impl Machine for ServiceSchedule {
    type Event = ScheduleEvent;
    fn decide(&self, event: ScheduleEvent, _: i64) -> Result<ScheduleEvent, Refusal> {
        ServiceSchedule::decide(self, event)
    }
    fn apply(&mut self, event: &ScheduleEvent, _: i64) {
        ServiceSchedule::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}
impl Machine for Occurrence {
    type Event = OccurrenceEvent;
    fn decide(&self, event: OccurrenceEvent, minute: i64) -> Result<OccurrenceEvent, Refusal> {
        let today = day(1, 5).saturating_add(Span::new().days(3 * minute / Self::STEP));
        Occurrence::decide(self, event, today)
    }
    fn apply(&mut self, event: &OccurrenceEvent, _: i64) {
        Occurrence::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn of_schedules() -> Vec<ScheduleEvent> {
    vec![
        ScheduleEvent::Written { card: card() },
        ScheduleEvent::Paused { reason: why("ремонт здания") },
        ScheduleEvent::Paused { reason: why(" ") },
        ScheduleEvent::Resumed,
        ScheduleEvent::Ended { reason: why("оборудование снято") },
    ]
}
fn of_occurrences() -> Vec<OccurrenceEvent> {
    vec![
        OccurrenceEvent::Due { days: days() },
        OccurrenceEvent::Due { days: Days { due: day(1, 19), first: day(1, 17), last: day(1, 22) } },
        proposed(day(1, 12), &[1]),
        proposed(day(1, 20), &[1, 2]),
        pinned(day(1, 30), &[2]),
        OccurrenceEvent::LeftOut { why: why("full") },
        OccurrenceEvent::Released,
        OccurrenceEvent::Booked { booking: Booking { order: id(51), visit: id(52) } },
        OccurrenceEvent::Unbooked { reason: why("клиент просит другой день") },
        OccurrenceEvent::Done,
        OccurrenceEvent::Skipped { reason: why("объект закрыт") },
        OccurrenceEvent::Missed,
        OccurrenceEvent::Withdrawn,
    ]
}

const SCHEDULE: &str = "new > active, active > paused, paused > active, active > ended, paused > ended";
const OCCURRENCE: &str = "
    new > planned, planned > proposed, proposed > planned, proposed > booked
    booked > planned, booked > done
    planned > skipped, proposed > skipped, planned > missed, proposed > missed
    planned > withdrawn, proposed > withdrawn, withdrawn > planned
";

proptest! {
    #[test]
    fn whatever_comes_a_schedule_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..60)) {
        let fresh = ServiceSchedule::new(id(60), id(40), card());
        walk(&fresh, &of_schedules(), &picks)?;
    }

    #[test]
    fn whatever_comes_an_occurrence_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..60)) {
        walk(&Occurrence::new(id(60), day(1, 12), days()), &of_occurrences(), &picks)?;
    }

    #[test]
    fn a_stretch_cut_in_two_asks_for_the_same_days(
        months in any::<bool>(), step in 1u8..9, from in 0i64..400, cut in 1i64..300,
    ) {
        let every = if months { Every::Months(step) } else { Every::Weeks(step) };
        let from = day(1, 1).saturating_add(Span::new().days(from));
        let rule = Rhythm { every, from, otherwise: Otherwise::After };
        let (first, last) = (day(6, 1), day(6, 1).saturating_add(Span::new().days(300)));
        let middle = first.saturating_add(Span::new().days(cut));
        let whole: Vec<Date> = rule.between(first, last).collect();
        let begin = middle.saturating_sub(Span::new().days(1));
        let parts: Vec<Date> = rule.between(first, begin).chain(rule.between(middle, last)).collect();
        prop_assert_eq!(&whole, &parts);
        let by_number: Vec<Date> = (0..600).filter_map(|n| rule.nominal(n))
            .filter(|it| first <= *it && *it <= last).collect();
        prop_assert_eq!(whole, by_number);
    }

    #[test]
    fn a_month_caught_up_with_leaves_nothing_to_do(
        step in 1u8..5, from in 0i64..60, before in 0u8..3, after in 0u8..3, off in prop::collection::btree_set(0i64..60, 0..20),
    ) {
        let from = day(1, 1).saturating_add(Span::new().days(from));
        let rhythm = Rhythm { every: Every::Weeks(step), from, otherwise: Otherwise::Before };
        let plan = schedule(60, ScheduleCard { rhythm, tolerance: Tolerance { before, after }, ..card() });
        let holidays = off.iter().map(|it| day(2, 1).saturating_add(Span::new().days(*it))).collect();
        let month = stretch(day(2, 1), day(2, 28), &holidays);
        let mut kept = Vec::new();
        for (mut occurrence, event) in plan.catch_up(&month, &[]) {
            let event = occurrence.decide(event, day(1, 5)).map_err(|no| TestCaseError::fail(no.detail))?;
            occurrence.apply(&event);
            kept.push(occurrence);
        }
        let named = plan.card.rhythm.between(day(2, 1), day(2, 28)).count();
        prop_assert_eq!(kept.len(), named);
        prop_assert!(plan.catch_up(&month, &kept).is_empty());
    }
}

#[test]
fn schedules_and_occurrences_go_the_drawn_ways_and_no_others() {
    let fresh = ServiceSchedule::new(id(60), id(40), card());
    hold(&found(&fresh, &of_schedules()), SCHEDULE, &["ended"]);
    let fresh = Occurrence::new(id(60), day(1, 12), days());
    hold(&found(&fresh, &of_occurrences()), OCCURRENCE, &["done", "skipped", "missed"]);
}

#[test]
fn the_last_day_of_a_month_stays_the_last_one() {
    let named: Vec<Date> = card().rhythm.between(day(1, 1), day(5, 31)).collect();
    assert_eq!(named, [day(1, 31), day(2, 28), day(3, 31), day(4, 30), day(5, 31)]);
}

#[test]
fn a_holiday_moves_a_day_by_the_rule_and_never_beyond_the_end() {
    let holidays = BTreeSet::from([day(3, 9)]);
    let open = |it: Date| {
        WORKING[usize::from(it.weekday().to_monday_zero_offset().unsigned_abs())] && !holidays.contains(&it)
    };
    let rule = |otherwise| Rhythm { otherwise, ..card().rhythm };
    let end = date(2027, 1, 1);
    // The eighth of March 2026 is a Sunday, the day after it is off.
    assert_eq!(rule(Otherwise::After).moved(day(3, 8), end, open), day(3, 10));
    assert_eq!(rule(Otherwise::Before).moved(day(3, 8), end, open), day(3, 6));
    assert_eq!(rule(Otherwise::After).moved(day(3, 8), day(3, 10), open), day(3, 6), "the end is nearer");
    assert_eq!(rule(Otherwise::After).moved(day(3, 8), end, |_| false), day(3, 8), "no day is open");
}

#[test]
fn forty_schedules_of_a_month_yield_forty_days_and_moving_one_moves_no_other() {
    let holidays = BTreeSet::new();
    let month = stretch(day(4, 1), day(4, 30), &holidays);
    let mut ids: BTreeSet<OccurrenceId> = BTreeSet::new();
    for number in 100..140 {
        let due = schedule(number, card()).catch_up(&month, &[]);
        assert_eq!(due.len(), 1, "schedule {number}");
        let (occurrence, event) = &due[0];
        let days = Days { due: day(4, 30), first: day(4, 28), last: day(5, 3) };
        assert_eq!(event, &OccurrenceEvent::Due { days });
        ids.insert(occurrence.id);
    }
    assert_eq!(ids.len(), 40, "each has a name of its own");
    let one = schedule(100, card());
    let mut moved = one.catch_up(&month, &[])[0].0.clone();
    moved.apply(&OccurrenceEvent::Due { days: moved.days });
    moved.apply(&pinned(day(5, 4), &[1]));
    let may = stretch(day(5, 1), day(5, 31), &holidays);
    assert_eq!(one.catch_up(&may, &[moved])[0].0.days.due, day(6, 1), "the next one stays by the rule");
}

#[test]
fn days_that_a_schedule_no_longer_asks_for_are_withdrawn_and_come_back() {
    let holidays = BTreeSet::new();
    let month = stretch(day(4, 1), day(4, 30), &holidays);
    let mut now = schedule(60, card());
    let (mut kept, event) = now.catch_up(&month, &[])[0].clone();
    kept.apply(&event);
    now.apply(&ScheduleEvent::Paused { reason: why("ремонт") });
    let (_, event) = now.catch_up(&month, &[kept.clone()])[0].clone();
    assert_eq!(event, OccurrenceEvent::Withdrawn);
    kept.apply(&event);
    now.apply(&ScheduleEvent::Resumed);
    let (_, event) = now.catch_up(&month, &[kept.clone()])[0].clone();
    kept.apply(&event);
    assert_eq!((kept.state, kept.ver), (OccurrenceState::Planned, 3));
    kept.apply(&proposed(day(4, 30), &[1]));
    kept.apply(&OccurrenceEvent::Booked { booking: Booking { order: id(51), visit: id(52) } });
    now.apply(&ScheduleEvent::Ended { reason: why("снято") });
    assert!(now.catch_up(&month, &[kept]).is_empty(), "what stands in the book stays");
    assert_eq!(now.state, ScheduleState::Ended);
}

#[test]
fn nothing_is_due_after_the_end_of_the_agreement() {
    let holidays = BTreeSet::new();
    let month = Stretch { end: day(4, 30), ..stretch(day(3, 1), day(4, 30), &holidays) };
    let due = schedule(60, card()).due(&month);
    let march = Days { due: day(3, 31), first: day(3, 29), last: day(4, 3) };
    assert_eq!(due, [(day(3, 31), march)], "the thirtieth of April is not the agreement's");
}

#[test]
fn a_persons_day_wins_over_every_plan_until_it_is_released() {
    let mut now = due();
    now.apply(&pinned(day(1, 20), &[2]));
    refused(now.decide(proposed(day(1, 12), &[1]), day(1, 5)), "occurrence-pinned", "`2026-01-20`");
    let left_out = OccurrenceEvent::LeftOut { why: why("full") };
    refused(now.decide(left_out, day(1, 5)), "occurrence-pinned", "`occurrence.left_out`");
    refused(now.decide(OccurrenceEvent::Missed, day(1, 20)), "occurrence-not-over", "`2026-01-20`");
    now.apply(&OccurrenceEvent::Released);
    assert_eq!((now.state, &now.appointment), (OccurrenceState::Planned, &None), "not a day of the schedule");
    assert!(now.decide(proposed(day(1, 12), &[1]), day(1, 5)).is_ok());
}

#[test]
fn an_occurrence_refuses_wrong_days_and_masters() {
    let now = due();
    let today = day(1, 11);
    refused(now.decide(proposed(day(1, 16), &[1]), today), "occurrence-day", "`2026-01-16`");
    refused(now.decide(pinned(day(1, 10), &[1]), today), "occurrence-day", "`2026-01-10`");
    refused(now.decide(proposed(day(1, 12), &[]), today), "occurrence-masters", "`0`");
    refused(now.decide(pinned(day(1, 12), &[1, 1]), today), "occurrence-masters", "`2`");
    let skipped = OccurrenceEvent::Skipped { reason: why(" ") };
    refused(now.decide(skipped, today), "reason-missing", "expected why");
    let booked = OccurrenceEvent::Booked { booking: Booking { order: id(51), visit: id(52) } };
    refused(now.decide(booked, today), "occurrence-state", "`Planned`");
}

#[test]
fn a_card_says_what_can_be_served_under_the_agreement() {
    assert_eq!(card().checked(&active()), Ok(card()));
    let rhythm = |every| Rhythm { every, ..card().rhythm };
    let need = |level| vec![Need { code: "hvac".into(), level }];
    for (wrong, code, names) in [
        (ScheduleCard { title: "  ".into(), ..card() }, "schedule-title", "expected 1 to 80"),
        (ScheduleCard { checklist: vec!["я".repeat(201)], ..card() }, "schedule-checklist", "200"),
        (ScheduleCard { rhythm: rhythm(Every::Weeks(0)), ..card() }, "schedule-step", "every `0`"),
        (ScheduleCard { rhythm: rhythm(Every::Months(61)), ..card() }, "schedule-step", "every `61`"),
        (
            ScheduleCard {
                rhythm: rhythm(Every::Weeks(1)),
                tolerance: Tolerance { before: 3, after: 4 },
                ..card()
            },
            "schedule-tolerance",
            "`7` days",
        ),
        (ScheduleCard { weekdays: [false; 7], ..card() }, "schedule-weekdays", "one at least"),
        (ScheduleCard { minutes: 4, ..card() }, "schedule-minutes", "`4`"),
        (ScheduleCard { masters: 3, ..card() }, "schedule-masters", "`3`"),
        (ScheduleCard { masters: 2, required: vec![id(1), id(1)], ..card() }, "schedule-masters", "`1`"),
        (ScheduleCard { skills: need(0), ..card() }, "schedule-skill", "`hvac`"),
        (ScheduleCard { point: id(21), ..card() }, "schedule-uncovered", "`A-12`"),
    ] {
        refused(wrong.checked(&active()), code, names);
    }
    let one_unit = ScheduleCard { point: id(21), unit: Some(id(31)), ..card() };
    assert!(one_unit.checked(&active()).is_ok(), "a unit covered by itself");
}

#[test]
fn schedules_and_occurrences_go_through_json_whole() {
    let plan = schedule(60, card());
    let text = serde_json::to_string(&plan).expect("it can be kept");
    assert_eq!(serde_json::from_str::<ServiceSchedule>(&text).expect("it can be read"), plan);
    let mut now = due();
    now.apply(&pinned(day(1, 14), &[1, 2]));
    let text = serde_json::to_string(&now).expect("it can be kept");
    assert_eq!(serde_json::from_str::<Occurrence>(&text).expect("it can be read"), now);
}

#[test]
fn a_month_is_named_by_year_and_number_and_nothing_else_is_one() {
    let february: CalendarMonth = "2028-02".parse().expect("a month");
    assert_eq!((february.first(), february.last()), (date(2028, 2, 1), date(2028, 2, 29)));
    assert_eq!(
        (february.to_string(), february),
        ("2028-02".to_owned(), CalendarMonth::of(date(2028, 2, 17)))
    );
    assert!(february.has(date(2028, 2, 29)) && !february.has(date(2028, 3, 1)));
    for odd in ["2028-13", "2028-2", "2028-02-01", "", "февраль"] {
        let no = odd.parse::<CalendarMonth>().expect_err(odd);
        assert!(no.code == "month" && no.detail.contains("expected one such as `2026-12`"), "{no}");
    }
}

#[test]
fn holidays_come_back_each_year() {
    let found = holidays(date(2026, 12, 20), date(2027, 1, 10));
    assert_eq!(found.len(), 8);
    assert!(found.contains(&date(2027, 1, 1)) && !found.contains(&date(2026, 12, 31)));
}
