//! An agreement: its life and what it covers (`domain.md` 3.4.9).

use crate::{
    firm::{active, agreement, at, id},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    clients::agreement::{Agreement, AgreementEvent, AgreementState, SlaSet, Terms},
    refusal::Refusal,
    requests::request::Priority,
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
    for (state, words) in [
        (AgreementState::Draft, "ещё не подписано"),
        (AgreementState::OnApproval, "ещё не подписано"),
        (AgreementState::Suspended, "приостановлено"),
        (AgreementState::Expired, "закончилось"),
        (AgreementState::Terminated, "расторгнуто"),
    ] {
        let now = Agreement { state, ..active() };
        assert!(!now.covers(id(20), None, at(0)), "{state:?}");
        assert!(now.why_not(at(0)).contains(words), "{state:?}");
    }
    let now = active();
    assert!(now.why_not(now.until).contains("срок соглашения истёк"));
    assert!(now.why_not(at(-2000)).contains("ещё не вступило"));
    assert!(now.why_not(at(0)).contains("не входит"));
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
