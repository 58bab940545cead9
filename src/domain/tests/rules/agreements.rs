//! An agreement: its life and what it covers (`domain.md` 3.4.9).

use crate::{
    firm::{active, agreement, at, id},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    clients::{
        agreement::{Agreement, AgreementEvent, AgreementState, SlaSet, Terms},
        agreement_card::{AgreementCard, Covered},
        agreement_rules::WhyNot,
    },
    refusal::Refusal,
    requests::request::{HoldReason, Priority},
    values::{calendar::OpenHours, money::Money},
    workforce::hours::Week,
};
use jiff::{
    civil::{Date, date, time},
    tz::TimeZone,
};
use proptest::prelude::*;

const DAY: i64 = 24 * 60;

impl Machine for Agreement {
    type Event = AgreementEvent;
    const STEP: i64 = 50 * DAY;
    fn decide(&self, event: AgreementEvent, minute: i64) -> Result<AgreementEvent, Refusal> {
        Agreement::decide(self, event, at(minute))
    }
    fn apply(&mut self, event: &AgreementEvent, _: i64) {
        Agreement::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn why(reason: &str) -> String {
    reason.to_owned()
}
fn events() -> Vec<AgreementEvent> {
    vec![
        AgreementEvent::Drafted,
        AgreementEvent::Submitted,
        AgreementEvent::Returned { reason: why("нет подписи") },
        AgreementEvent::Activated,
        AgreementEvent::Suspended { reason: why("долг") },
        AgreementEvent::Suspended { reason: why(" ") },
        AgreementEvent::Resumed,
        AgreementEvent::EndsSoon,
        AgreementEvent::Renewed { until: at(500 * DAY) },
        AgreementEvent::Renewed { until: at(DAY) },
        AgreementEvent::Expired,
        AgreementEvent::Terminated { reason: why("по соглашению") },
    ]
}

const DRAWING: &str = "
    new > draft, draft > on_approval, on_approval > draft, on_approval > active
    active > suspended, expiring > suspended, suspended > active
    active > expiring, expiring > active, expired > active
    active > expired, expiring > expired, suspended > expired
    active > terminated, expiring > terminated, suspended > terminated
";

proptest! {
    #[test]
    fn whatever_comes_an_agreement_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..60)) {
        walk(&agreement(), &events(), &picks)?;
    }

    #[test]
    fn nothing_is_covered_outside_the_time_of_an_agreement(minute in -2000i64..(400 * DAY)) {
        let now = active();
        let within = now.from <= at(minute) && at(minute) < now.until;
        prop_assert_eq!(now.covers(id(20), None, at(minute)), within);
    }
}

#[test]
fn an_agreement_goes_the_drawn_ways_and_no_others() {
    hold(&found(&agreement(), &events()), DRAWING, &["terminated"]);
}

#[test]
fn an_agreement_in_force_covers_points_whole_and_units_one_by_one() {
    let now = active();
    for (point, unit, covered) in [
        (20, None, true),
        (20, Some(30), true),
        (21, None, false),
        (21, Some(30), false),
        (21, Some(31), true),
    ] {
        assert_eq!(now.covers(id(point), unit.map(id), at(0)), covered, "{point} {unit:?}");
    }
    assert!(Agreement { state: AgreementState::Expiring, ..now }.covers(id(20), None, at(0)));
}

#[test]
fn in_every_other_state_nothing_is_covered_and_the_operator_is_told_why() {
    for (state, why, told) in [
        (AgreementState::Draft, WhyNot::Unsigned, false),
        (AgreementState::OnApproval, WhyNot::Unsigned, false),
        (AgreementState::Suspended, WhyNot::Suspended, true),
        (AgreementState::Expired, WhyNot::Expired, true),
        (AgreementState::Terminated, WhyNot::Terminated, true),
    ] {
        let now = Agreement { state, ..active() };
        assert!(!now.covers(id(20), None, at(0)), "{state:?}");
        assert_eq!((now.why_not(at(0)), why.is_past()), (Some(why), told), "{state:?}");
    }
    let now = active();
    assert_eq!(now.why_not(now.until), Some(WhyNot::Expired));
    assert_eq!(now.why_not(at(-2000)), Some(WhyNot::Ahead));
    assert_eq!(now.why_not(at(0)), None, "what it names is covered");
}

#[test]
fn a_suspended_agreement_keeps_its_emergencies_only_when_the_terms_say_so() {
    let mut now = Agreement { state: AgreementState::Suspended, ..active() };
    assert!(!now.covers_at(id(20), None, Priority::Emergency, at(0)));
    now.terms = Terms { keeps_emergency: true, ..Terms::default() };
    assert!(now.covers_at(id(20), None, Priority::Emergency, at(0)));
    assert!(!now.covers_at(id(20), None, Priority::Urgent, at(0)));
    assert!(!now.covers_at(id(21), None, Priority::Emergency, at(0)), "another point");
    assert!(active().covers_at(id(20), None, Priority::Normal, at(0)));
}

#[test]
fn an_agreement_in_force_covers_something_at_a_price_and_with_a_promise() {
    let signed = Agreement { ver: 2, state: AgreementState::OnApproval, ..agreement() };
    for (incomplete, missing) in [
        (Agreement { points: vec![], units: vec![], ..signed.clone() }, "a point or a unit"),
        (Agreement { price_list: 0, ..signed.clone() }, "a price list"),
        (
            Agreement { sla: SlaSet { reaction_hours: 0, restore_hours: 4 }, ..signed.clone() },
            "hours of reaction",
        ),
        (Agreement { until: signed.from, ..signed.clone() }, "an end after the start"),
    ] {
        refused(incomplete.decide(AgreementEvent::Activated, at(0)), "agreement-incomplete", missing);
    }
    let units_alone = Agreement { points: vec![], ..signed };
    assert!(units_alone.decide(AgreementEvent::Activated, at(0)).is_ok());
}

#[test]
fn an_agreement_ends_when_its_time_has_come_and_not_before() {
    let now = active();
    refused(now.decide(AgreementEvent::EndsSoon, at(300 * DAY)), "agreement-not-due", "expected the instant");
    assert!(now.decide(AgreementEvent::EndsSoon, at(336 * DAY)).is_ok());
    refused(now.decide(AgreementEvent::Expired, at(364 * DAY)), "agreement-not-due", "expected the instant");
    assert!(now.decide(AgreementEvent::Expired, now.until).is_ok());
}

#[test]
fn a_renewal_goes_forward() {
    let mut now = Agreement { state: AgreementState::Expired, ..active() };
    refused(
        now.decide(AgreementEvent::Renewed { until: now.until }, at(0)),
        "renewed-backwards",
        "is not after",
    );
    now.apply(&AgreementEvent::Renewed { until: at(700 * DAY) });
    assert_eq!((now.state, now.until), (AgreementState::Active, at(700 * DAY)));
}

#[test]
fn nobody_stops_or_ends_an_agreement_without_a_reason() {
    for event in
        [AgreementEvent::Suspended { reason: why("") }, AgreementEvent::Terminated { reason: why("  ") }]
    {
        refused(active().decide(event, at(0)), "reason-missing", "expected why");
    }
    let ended = Agreement { state: AgreementState::Terminated, ..active() };
    refused(ended.decide(AgreementEvent::Resumed, at(0)), "agreement-state", "`Terminated`");
}

fn moscow() -> TimeZone {
    TimeZone::get("Europe/Moscow").expect("a zone")
}
fn card(from: Date, until: Date) -> AgreementCard {
    AgreementCard {
        no: "  ТО   7 ".into(),
        from,
        until,
        covered: Covered { points: vec![id(20)], units: vec![] },
        sla: SlaSet { reaction_hours: 4, restore_hours: 24 },
        limit: Money::roubles(8000),
        hours: Some(Week::usual()),
        pauses: vec![HoldReason::Parts],
        keeps_emergency: true,
        debt_allowed: false,
        renews_months: 12,
    }
}
fn year() -> AgreementCard {
    card(date(2027, 1, 1), date(2027, 12, 31))
}

#[test]
fn what_is_written_in_a_draft_is_read_back_and_holds_on_its_last_day() {
    let after = year().onto(&agreement(), &moscow()).expect("written");
    assert_eq!((after.ver, after.no.as_str()), (1, "ТО 7"));
    assert_eq!(after.from.to_string(), "2026-12-31T21:00:00Z", "midnight in Moscow");
    let evening = date(2027, 12, 31).at(23, 59, 59, 0).to_zoned(moscow()).expect("a moment").timestamp();
    assert!(evening < after.until && after.last_day(&moscow()) == date(2027, 12, 31));
    assert_eq!(after.card(&moscow()), AgreementCard { no: "ТО 7".into(), ..year() });
    let same = AgreementCard { no: " ".into(), ..year() }.onto(&agreement(), &moscow()).expect("written");
    assert_eq!(same.no, "A-12", "without a number it keeps the one it has");
}

#[test]
fn a_card_with_other_hours_keeps_the_days_off_of_its_calendar() {
    let mut known = year().onto(&agreement(), &moscow()).expect("written");
    known.terms.calendar = known.terms.calendar.map(|calendar| calendar.with_day_off(date(2027, 3, 8)));
    let day = Some(OpenHours { from: time(8, 0, 0, 0), to: time(20, 0, 0, 0) });
    let after =
        AgreementCard { hours: Some(Week([day; 7])), ..year() }.onto(&known, &moscow()).expect("written");
    let calendar = after.terms.calendar.expect("a calendar");
    let noon = |day: Date| day.at(12, 0, 0, 0).to_zoned(moscow()).expect("a moment").timestamp();
    assert!(!calendar.is_open(noon(date(2027, 3, 8))) && calendar.is_open(noon(date(2027, 3, 7))));
    let round = AgreementCard { hours: None, ..year() }.onto(&known, &moscow()).expect("written");
    assert_eq!(round.terms.calendar, None, "round the clock");
}

#[test]
fn a_wrong_card_is_refused_and_says_why() {
    let hours = |from, to| Some(OpenHours { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) });
    for (wrong, code, words) in [
        (AgreementCard { no: "х".repeat(41), ..year() }, "agreement-number", "`41` characters"),
        (card(date(2027, 2, 1), date(2027, 1, 31)), "agreement-days", "`2027-01-31` is before"),
        (
            AgreementCard { sla: SlaSet { reaction_hours: 9000, restore_hours: 1 }, ..year() },
            "agreement-hours",
            "`9000` hours",
        ),
        (AgreementCard { limit: Money::roubles(-1), ..year() }, "agreement-limit", "`-1.00` is negative"),
        (AgreementCard { renews_months: 61, ..year() }, "agreement-renewal", "`61` months"),
        (
            AgreementCard { covered: Covered { points: vec![id(20), id(20)], units: vec![] }, ..year() },
            "covered-twice",
            "expected each once",
        ),
        (AgreementCard { hours: Some(Week([None; 7])), ..year() }, "never-open", "one day at least"),
        (AgreementCard { hours: Some(Week([hours(18, 9); 7])), ..year() }, "hours-empty", "are empty"),
    ] {
        refused(wrong.onto(&agreement(), &moscow()), code, words);
    }
    refused(year().onto(&active(), &moscow()), "agreement-state", "expected a draft");
}

#[test]
fn what_is_covered_may_change_until_the_end_but_something_always_is() {
    let more = Covered { points: vec![id(20), id(21)], units: vec![id(31)] };
    for state in
        [AgreementState::Draft, AgreementState::Active, AgreementState::Expiring, AgreementState::Suspended]
    {
        let after = more.onto(&Agreement { state, ..active() }).expect("covered");
        assert_eq!((after.ver, after.points.len(), after.units.len()), (4, 2, 1));
    }
    for state in [AgreementState::OnApproval, AgreementState::Expired, AgreementState::Terminated] {
        refused(more.onto(&Agreement { state, ..active() }), "agreement-state", "or one in force");
    }
    refused(Covered::default().onto(&active()), "agreement-incomplete", "would cover nothing");
    assert!(Covered::default().onto(&agreement()).is_ok(), "a draft may yet cover nothing");
}

#[test]
fn time_ends_an_agreement_or_prolongs_it_by_its_own_months() {
    let zone = moscow();
    let mut now =
        Agreement { state: AgreementState::Active, ..year().onto(&agreement(), &zone).expect("written") };
    let day = |day: Date| day.at(0, 0, 0, 0).to_zoned(zone.clone()).expect("a moment").timestamp();
    assert_eq!(now.due(day(date(2027, 6, 1)), &zone), None);
    let soon = now.due(day(date(2027, 12, 2)), &zone);
    assert_eq!(soon, Some(AgreementEvent::EndsSoon));
    now.apply(&soon.expect("soon"));
    assert_eq!(now.due(day(date(2027, 12, 20)), &zone), None, "said once");
    let longer = AgreementEvent::Renewed { until: day(date(2029, 1, 1)) };
    assert_eq!(now.due(day(date(2028, 1, 1)), &zone), Some(longer));
    let late = AgreementEvent::Renewed { until: day(date(2031, 1, 1)) };
    assert_eq!(now.due(day(date(2030, 5, 1)), &zone), Some(late), "a house that was shut for long");
    let stopped = Agreement { state: AgreementState::Suspended, ..now.clone() };
    assert_eq!(stopped.due(day(date(2028, 1, 1)), &zone), Some(AgreementEvent::Expired));
    now.terms.renews_months = 0;
    assert_eq!(now.due(day(date(2028, 1, 1)), &zone), Some(AgreementEvent::Expired));
    now.apply(&AgreementEvent::Expired);
    assert_eq!(now.due(day(date(2028, 2, 1)), &zone), None);
}

#[test]
fn a_signature_under_what_is_over_changes_nothing() {
    let signed = Agreement { ver: 2, state: AgreementState::OnApproval, ..agreement() };
    refused(signed.decide(AgreementEvent::Activated, signed.until), "agreement-over", "expected a later end");
}
