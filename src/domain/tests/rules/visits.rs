//! A visit and its assignment (`domain.md` 3.4.6 and 3.4.7).

use crate::{
    firm::{at, id, proposal, visit, window},
    machine::{Machine, found, hold, refused, walk, word},
    proofs::{photo, signature},
};
use domain::{
    refusal::{Refusal, RefusalKind},
    values::place::Place,
    visits::{
        beside::HelperStep,
        visit::{AssignmentState, Helper, Outcome, Visit, VisitEvent, VisitState},
    },
};
use proptest::prelude::*;

impl Machine for Visit {
    type Event = VisitEvent;
    fn decide(&self, event: VisitEvent, _: i64) -> Result<VisitEvent, Refusal> {
        Visit::decide(self, event)
    }
    fn apply(&mut self, event: &VisitEvent, minute: i64) {
        Visit::apply(self, event, at(minute));
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn why() -> String {
    "причина".to_owned()
}
fn helpers(numbers: &[u128]) -> Vec<Helper> {
    numbers.iter().map(|number| Helper::going(id(*number), 300)).collect()
}
fn events() -> Vec<VisitEvent> {
    let mut all = vec![
        VisitEvent::Created,
        VisitEvent::WindowPromised { window: window(60, 180) },
        VisitEvent::Rescheduled { window: window(300, 420), was: window(60, 180) },
        VisitEvent::Rescheduled { window: window(60, 180), was: window(300, 420) },
        VisitEvent::Relocated { place: Place { lat: 55.8, lon: 37.7 } },
        VisitEvent::Planned { assignment: proposal(1, 60, 120) },
        VisitEvent::Planned { assignment: proposal(2, 70, 130) },
        VisitEvent::Planned { assignment: proposal(2, 70, 70) },
        VisitEvent::Retimed { start: at(90), end: at(150), travel_seconds: 60 },
        VisitEvent::Accompanied { helpers: helpers(&[2]) },
        VisitEvent::Accompanied { helpers: helpers(&[3, 4]) },
        VisitEvent::Accompanied { helpers: vec![] },
        VisitEvent::Beside { master: id(2), step: HelperStep::Seen },
        VisitEvent::Beside { master: id(2), step: HelperStep::SetOff },
        VisitEvent::Beside { master: id(2), step: HelperStep::Arrived },
        VisitEvent::Beside { master: id(2), step: HelperStep::Left },
        VisitEvent::Beside { master: id(3), step: HelperStep::Declined { reason: why() } },
        VisitEvent::Beside { master: id(3), step: HelperStep::Declined { reason: " ".into() } },
        VisitEvent::SeatsSet { masters: 2 },
        VisitEvent::SeatsSet { masters: 5 },
        VisitEvent::Unplanned { reason: why() },
        VisitEvent::Dispatched,
        VisitEvent::Seen,
        VisitEvent::Accepted,
        VisitEvent::Declined { reason: why() },
        VisitEvent::Declined { reason: " ".into() },
        VisitEvent::Expired,
        VisitEvent::SetOff,
        VisitEvent::Arrived,
        VisitEvent::Begun,
        VisitEvent::Paused { reason: why() },
        VisitEvent::TripBroken { reason: why() },
        VisitEvent::NoShow { calls: 2, waited_minutes: 10 },
        VisitEvent::NoShow { calls: 1, waited_minutes: 30 },
        VisitEvent::Completed { note: "готово".into() },
        VisitEvent::Cancelled { reason: why() },
        VisitEvent::Verified,
        VisitEvent::Disputed { reason: why() },
        VisitEvent::Pinned { pinned: true },
        VisitEvent::Pinned { pinned: false },
        VisitEvent::Checked { item: "safe".into(), answer: "yes".into() },
        VisitEvent::Photographed { photo: photo(1) },
        VisitEvent::Signed { signature: signature("Анна") },
        VisitEvent::Signed { signature: signature(" ") },
    ];
    for outcome in [Outcome::Fixed, Outcome::NeedPart, Outcome::NeedSkill, Outcome::Unsafe] {
        all.push(VisitEvent::LeftIncomplete { outcome, note: String::new() });
    }
    all
}

const DRAWING: &str = "
    new > unplanned
    unplanned > planned, unplanned > confirmed
    planned > confirmed
    planned > dispatched, confirmed > dispatched
    dispatched > accepted, accepted > en_route, en_route > on_site, on_site > working
    working > paused, paused > working
    working > completed, working > incomplete, on_site > incomplete, on_site > no_show
    completed > verified, completed > disputed, verified > disputed
    planned > unplanned, confirmed > unplanned, dispatched > unplanned, accepted > unplanned
    en_route > unplanned, on_site > unplanned
    dispatched > planned, accepted > planned, dispatched > confirmed, accepted > confirmed
    unplanned > cancelled, planned > cancelled, confirmed > cancelled, dispatched > cancelled
    accepted > cancelled, en_route > cancelled, on_site > cancelled
";

/// The visit after these events, a minute apart.
fn after(events: &[VisitEvent]) -> Visit {
    let mut visit = visit();
    for (step, event) in events.iter().enumerate() {
        let event = visit.decide(event.clone()).unwrap_or_else(|refusal| panic!("{refusal}"));
        visit.apply(&event, at(step as i64));
    }
    visit
}
/// From the opening to the work, one step after another.
fn steps() -> Vec<VisitEvent> {
    vec![
        VisitEvent::Created,
        VisitEvent::Planned { assignment: proposal(1, 60, 120) },
        VisitEvent::WindowPromised { window: window(60, 180) },
        VisitEvent::Dispatched,
        VisitEvent::Accepted,
        VisitEvent::SetOff,
        VisitEvent::Arrived,
        VisitEvent::Begun,
    ]
}
fn in_state(state: VisitState) -> Visit {
    let all = steps();
    let visits = (1..=all.len()).map(|count| after(&all[..count]));
    visits.rev().find(|v| v.state == state).expect("a state on the way")
}

proptest! {
    #[test]
    fn whatever_comes_a_visit_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..90)) {
        for needed in [1, 3] {
            walk(&Visit { masters_needed: needed, ..visit() }, &events(), &picks)?;
        }
    }

    #[test]
    fn a_visit_under_way_has_exactly_one_master(picks in prop::collection::vec(any::<u16>(), 0..90)) {
        let (mut now, all) = (visit(), events());
        for (step, pick) in picks.into_iter().enumerate() {
            let event = all[usize::from(pick) % all.len()].clone();
            if let Ok(event) = now.decide(event) { now.apply(&event, at(step as i64)); }
            let given = now.assignment.is_some();
            match now.state {
                VisitState::Unplanned => prop_assert!(!given && !now.pinned),
                VisitState::Cancelled => {}
                _ => prop_assert!(given, "{:?}", now.state),
            }
            prop_assert!(!now.pinned || given, "a pin without a master");
            prop_assert_eq!(now.ended.is_some(), now.is_over());
        }
    }

    #[test]
    fn the_assignment_goes_with_its_visit(count in 1usize..=8) {
        let now = after(&steps()[..count]);
        let expected = match now.state {
            VisitState::Unplanned => None,
            VisitState::Planned | VisitState::Confirmed => Some(AssignmentState::Proposed),
            VisitState::Dispatched => Some(AssignmentState::Offered),
            VisitState::Accepted => Some(AssignmentState::Accepted),
            _ => Some(AssignmentState::Active),
        };
        prop_assert_eq!(now.assignment.map(|a| a.state), expected);
    }
}

#[test]
fn a_visit_goes_the_drawn_ways_and_no_others() {
    let finals = ["incomplete", "no_show", "cancelled", "disputed"];
    hold(&found(&visit(), &events()), DRAWING, &finals);
}

#[test]
fn each_step_is_possible_from_its_own_state_only() {
    let all = steps();
    for (place, event) in all.iter().enumerate().skip(3) {
        for count in 1..=all.len() {
            let now = after(&all[..count]);
            let again = matches!((event, now.state), (VisitEvent::Dispatched, VisitState::Planned));
            let fits = count == place || again;
            assert_eq!(now.decide(event.clone()).is_ok(), fits, "{event:?} from {:?}", now.state);
        }
    }
}

#[test]
fn an_offer_without_a_master_is_not_made() {
    let mut visit = in_state(VisitState::Confirmed);
    visit.assignment = None;
    refused(visit.decide(VisitEvent::Dispatched), "visit-state", "visit.dispatched");
    refused(in_state(VisitState::Unplanned).decide(VisitEvent::Seen), "visit-state", "visit.seen");
}

#[test]
fn nothing_is_pinned_to_nobody() {
    let visit = in_state(VisitState::Unplanned);
    refused(visit.decide(VisitEvent::Pinned { pinned: true }), "visit-state", "visit.pinned");
    assert!(visit.decide(VisitEvent::Pinned { pinned: false }).is_ok());
}

#[test]
fn a_step_that_needs_a_reason_is_refused_without_one() {
    let blank = || String::from(" ");
    for (state, event) in [
        (VisitState::Confirmed, VisitEvent::Unplanned { reason: blank() }),
        (VisitState::Dispatched, VisitEvent::Declined { reason: blank() }),
        (VisitState::EnRoute, VisitEvent::TripBroken { reason: blank() }),
        (VisitState::OnSite, VisitEvent::Cancelled { reason: blank() }),
        (VisitState::Working, VisitEvent::Paused { reason: blank() }),
    ] {
        refused(in_state(state).decide(event), "reason-missing", "expected why");
    }
}

#[test]
fn nobody_at_home_is_two_calls_and_ten_minutes() {
    let door = in_state(VisitState::OnSite);
    for (calls, waited_minutes) in [(0, 30), (1, 10), (2, 9)] {
        let event = VisitEvent::NoShow { calls, waited_minutes };
        refused(door.decide(event), "no-show-too-soon", &format!("`{waited_minutes}` minutes"));
    }
    let mut gone = door;
    gone.apply(&VisitEvent::NoShow { calls: 2, waited_minutes: 10 }, at(20));
    assert_eq!(
        (gone.state, gone.outcome, gone.ended),
        (VisitState::NoShow, Some(Outcome::NoAccess), Some(at(20)))
    );
    let early = in_state(VisitState::EnRoute).decide(VisitEvent::NoShow { calls: 2, waited_minutes: 10 });
    refused(early, "visit-state", "`EnRoute`");
}

#[test]
fn an_incomplete_visit_is_not_fixed() {
    let event = VisitEvent::LeftIncomplete { outcome: Outcome::Fixed, note: String::new() };
    refused(in_state(VisitState::Working).decide(event), "wrong-outcome", "`Fixed`");
}

#[test]
fn work_takes_time() {
    let visit = in_state(VisitState::Unplanned);
    refused(
        visit.decide(VisitEvent::Planned { assignment: proposal(1, 60, 60) }),
        "empty-work",
        "expected an end after the start",
    );
    let event = VisitEvent::Retimed { start: at(60), end: at(50), travel_seconds: 0 };
    refused(in_state(VisitState::Confirmed).decide(event), "empty-work", "expected an end after the start");
}

#[test]
fn work_that_has_begun_is_not_called_off() {
    let cancelled = VisitEvent::Cancelled { reason: why() };
    refused(in_state(VisitState::Working).decide(cancelled.clone()), "visit-state", "`Working`");
    for state in [VisitState::Unplanned, VisitState::Accepted, VisitState::EnRoute, VisitState::OnSite] {
        assert!(in_state(state).decide(cancelled.clone()).is_ok(), "{state:?}");
    }
}

#[test]
fn who_declines_or_is_silent_is_not_asked_again() {
    for event in [VisitEvent::Declined { reason: why() }, VisitEvent::Expired] {
        let mut visit = in_state(VisitState::Dispatched);
        visit.apply(&event, at(30));
        assert_eq!(
            (visit.state, visit.master(), visit.refused_by),
            (VisitState::Unplanned, None, vec![id(1)])
        );
    }
    let mut visit = in_state(VisitState::Accepted);
    visit.apply(&VisitEvent::Unplanned { reason: why() }, at(30));
    assert!(visit.refused_by.is_empty(), "who is taken off did not refuse");
}

#[test]
fn another_window_keeps_the_old_one_and_asks_the_master_anew() {
    let mut visit = in_state(VisitState::Accepted);
    visit.apply(&VisitEvent::Pinned { pinned: true }, at(5));
    let (was, other) = (window(60, 180), window(300, 420));
    refused(visit.decide(VisitEvent::WindowPromised { window: other }), "visit-state", "visit.confirmed");
    refused(
        visit.decide(VisitEvent::Rescheduled { window: was, was: other }),
        "visit-state",
        "visit.rescheduled",
    );
    let event = visit.decide(VisitEvent::Rescheduled { window: other, was }).expect("before the way");
    visit.apply(&event, at(10));
    assert_eq!((visit.state, visit.window), (VisitState::Confirmed, Some(other)));
    assert_eq!(visit.earlier_windows, [was]);
    assert!(!visit.pinned, "nothing holds it at the old hour");
    assert_eq!(visit.assignment.map(|a| (a.state, a.offered)), Some((AssignmentState::Proposed, None)));
    let moved = VisitEvent::Rescheduled { window: other, was };
    refused(in_state(VisitState::EnRoute).decide(moved), "visit-state", "`EnRoute`");
}

#[test]
fn a_broken_trip_gives_the_visit_back() {
    for state in [VisitState::EnRoute, VisitState::OnSite] {
        let mut visit = in_state(state);
        visit.apply(&VisitEvent::TripBroken { reason: why() }, at(30));
        assert_eq!((visit.state, visit.master(), visit.is_over()), (VisitState::Unplanned, None, false));
        assert_eq!(visit.window, Some(window(60, 180)), "the promise stands");
    }
    let begun = in_state(VisitState::Working).decide(VisitEvent::TripBroken { reason: why() });
    refused(begun, "visit-state", "visit.trip_broken");
}

#[test]
fn an_interrupted_work_goes_on_from_its_first_minute() {
    let mut visit = in_state(VisitState::Working);
    let begun = visit.begun;
    visit.apply(&VisitEvent::Paused { reason: "обед".into() }, at(40));
    refused(visit.decide(VisitEvent::Completed { note: String::new() }), "visit-state", "`Paused`");
    visit.apply(&VisitEvent::Begun, at(70));
    assert_eq!((visit.state, visit.begun), (VisitState::Working, begun));
}

#[test]
fn the_office_checks_and_the_client_may_object() {
    let mut visit = in_state(VisitState::Working);
    refused(visit.decide(VisitEvent::Verified), "visit-state", "visit.verified");
    visit.apply(&VisitEvent::Completed { note: "готово".into() }, at(60));
    assert_eq!((visit.outcome, visit.note.as_str()), (Some(Outcome::Fixed), "готово"));
    visit.apply(&VisitEvent::Verified, at(90));
    visit.apply(&VisitEvent::Disputed { reason: "течёт".into() }, at(95));
    assert_eq!(
        (visit.state, visit.note.as_str(), visit.ended),
        (VisitState::Disputed, "течёт", Some(at(60)))
    );
}

#[test]
fn only_the_master_who_goes_may_speak_for_the_visit() {
    let visit = in_state(VisitState::Accepted);
    assert_eq!(visit.owned_by(id(1)), Ok(()));
    for stranger in [&visit, &in_state(VisitState::Unplanned)] {
        let refusal = stranger.owned_by(id(2)).expect_err("a stranger");
        assert_eq!(refusal.kind, RefusalKind::Forbidden);
        assert!(refusal.detail.contains("master_"), "{refusal}");
    }
}
