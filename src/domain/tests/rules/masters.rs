//! A master's shift, duty and cash (`domain.md` 3.4.8).

use crate::{
    firm::{at, id, master, rub},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    refusal::Refusal,
    values::money::Money,
    workforce::master::{Duty, Master, MasterEvent, Skill},
};
use proptest::prelude::*;

impl Machine for Master {
    type Event = MasterEvent;
    fn decide(&self, event: MasterEvent, _: i64) -> Result<MasterEvent, Refusal> {
        Master::decide(self, event)
    }
    fn apply(&mut self, event: &MasterEvent, _: i64) {
        Master::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.duty)
    }
}

fn ill() -> MasterEvent {
    MasterEvent::BecameUnavailable { reason: "заболел".into() }
}
fn events() -> Vec<MasterEvent> {
    let mut all = vec![
        MasterEvent::ShiftStarted,
        MasterEvent::ShiftEnded,
        MasterEvent::Freed,
        MasterEvent::BreakStarted,
        MasterEvent::BreakEnded,
        MasterEvent::CameToOffice,
        MasterEvent::LeftOffice,
        ill(),
        MasterEvent::BecameUnavailable { reason: "  ".into() },
        MasterEvent::BecameAvailable,
        MasterEvent::CashTaken { sum: rub(0) },
    ];
    for number in [7, 8] {
        all.push(MasterEvent::SetOff { visit: id(number) });
        all.push(MasterEvent::Arrived { visit: id(number) });
    }
    for sum in [100, 250] {
        all.push(MasterEvent::CashTaken { sum: rub(sum) });
        all.push(MasterEvent::CashHandedIn { sum: rub(sum) });
        all.push(MasterEvent::CashReturned { sum: rub(sum) });
    }
    all
}

const DRAWING: &str = "
    off_shift > available, available > off_shift, break > off_shift, office > off_shift
    available > travelling, break > travelling, office > travelling, travelling > on_site
    travelling > available, on_site > available
    available > break, break > available, available > office, office > available
    off_shift > unavailable, available > unavailable, travelling > unavailable, on_site > unavailable
    break > unavailable, office > unavailable
    unavailable > available, unavailable > on_site
";

fn on(duty: Duty) -> Master {
    let current = matches!(duty, Duty::Travelling | Duty::OnSite).then(|| id(7));
    Master { duty, current, ..master(1) }
}

proptest! {
    #[test]
    fn whatever_comes_a_master_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..90)) {
        walk(&master(1), &events(), &picks)?;
    }

    #[test]
    fn a_master_is_at_one_visit_at_most_and_holds_no_less_than_nothing(
        picks in prop::collection::vec(any::<u16>(), 0..90),
    ) {
        let (mut now, all) = (master(1), events());
        for pick in picks {
            if let Ok(event) = now.decide(all[usize::from(pick) % all.len()].clone()) { now.apply(&event); }
            match now.duty {
                Duty::Travelling | Duty::OnSite => prop_assert!(now.current.is_some()),
                Duty::Unavailable => {}
                _ => prop_assert!(now.current.is_none(), "{:?} with a visit", now.duty),
            }
            prop_assert!(!now.cash.is_negative());
            prop_assert_eq!(now.reason.is_some(), now.duty == Duty::Unavailable);
        }
    }

    #[test]
    fn the_cash_is_what_was_taken_less_what_went(sums in prop::collection::vec((1i64..5_000, 0u8..3), 0..40)) {
        let (mut now, mut expected) = (on(Duty::Available), 0);
        for (sum, what) in sums {
            let (event, change) = match what {
                0 => (MasterEvent::CashTaken { sum: rub(sum) }, sum),
                1 => (MasterEvent::CashHandedIn { sum: rub(sum) }, -sum),
                _ => (MasterEvent::CashReturned { sum: rub(sum) }, -sum),
            };
            let decided = now.decide(event);
            prop_assert_eq!(decided.is_ok(), expected + change >= 0);
            if let Ok(event) = decided { now.apply(&event); expected += change; }
        }
        prop_assert_eq!(now.cash, rub(expected));
    }
}

#[test]
fn a_master_goes_the_drawn_ways_and_no_others() {
    hold(&found(&master(1), &events()), DRAWING, &[]);
}

#[test]
fn a_shift_starts_once_and_ends_outside_a_visit() {
    for duty in [Duty::Available, Duty::Travelling, Duty::Break, Duty::Unavailable] {
        refused(on(duty).start_shift(), "shift-open", &format!("`{duty:?}`"));
    }
    for duty in [Duty::OffShift, Duty::Travelling, Duty::OnSite, Duty::Unavailable] {
        refused(on(duty).end_shift(), "shift-busy", &format!("`{duty:?}`"));
    }
    for duty in [Duty::Available, Duty::Break, Duty::Office] {
        assert_eq!(on(duty).end_shift(), Ok(MasterEvent::ShiftEnded), "{duty:?}");
    }
}

#[test]
fn who_sets_off_is_on_shift_and_has_no_other_visit() {
    refused(on(Duty::OffShift).set_off(id(8)), "shift-closed", "start it first");
    refused(on(Duty::OnSite).set_off(id(8)), "master-busy", "visit_");
    refused(on(Duty::Travelling).set_off(id(7)), "master-busy", "visit_");
    refused(on(Duty::Unavailable).set_off(id(8)), "master-state", "`Unavailable`");
    assert_eq!(on(Duty::Break).set_off(id(8)), Ok(MasterEvent::SetOff { visit: id(8) }));
}

#[test]
fn who_arrives_was_on_the_way_there() {
    refused(
        on(Duty::Travelling).decide(MasterEvent::Arrived { visit: id(8) }),
        "master-state",
        "master.arrived",
    );
    refused(on(Duty::Available).decide(MasterEvent::Arrived { visit: id(7) }), "master-state", "`Available`");
    assert!(on(Duty::Travelling).decide(MasterEvent::Arrived { visit: id(7) }).is_ok());
}

#[test]
fn nobody_is_ill_twice_or_without_a_word() {
    refused(on(Duty::Available).become_unavailable(" "), "reason-missing", "expected why");
    refused(on(Duty::Unavailable).become_unavailable("опять"), "master-unavailable", "already");
    refused(on(Duty::Available).become_available(), "master-available", "`Available`");
}

#[test]
fn who_falls_ill_at_work_still_has_the_visit_and_cannot_take_another() {
    let mut now = on(Duty::OnSite);
    now.apply(&ill());
    assert_eq!((now.duty, now.current), (Duty::Unavailable, Some(id(7))));
    now.apply(&MasterEvent::BecameAvailable);
    assert_eq!((now.duty, now.reason.clone()), (Duty::OnSite, None));
    refused(now.set_off(id(8)), "master-busy", "visit_");
    now.apply(&MasterEvent::Freed);
    assert!(now.set_off(id(8)).is_ok());
}

#[test]
fn who_is_free_cannot_be_freed_and_a_break_is_not_taken_on_the_way() {
    refused(on(Duty::Available).decide(MasterEvent::Freed), "master-state", "master.freed");
    refused(on(Duty::Travelling).decide(MasterEvent::BreakStarted), "master-state", "master.break_started");
    refused(on(Duty::Available).decide(MasterEvent::BreakEnded), "master-state", "master.break_ended");
    refused(on(Duty::OnSite).decide(MasterEvent::CameToOffice), "master-state", "master.office_entered");
    refused(on(Duty::Break).decide(MasterEvent::LeftOffice), "master-state", "master.office_left");
}

#[test]
fn nobody_hands_in_more_than_they_hold() {
    let rich = Master { cash: rub(300), ..on(Duty::Available) };
    for event in [MasterEvent::CashHandedIn { sum: rub(301) }, MasterEvent::CashReturned { sum: rub(301) }] {
        refused(rich.decide(event), "wrong-sum", "at most `300.00`");
    }
    refused(rich.decide(MasterEvent::CashTaken { sum: Money::ZERO }), "wrong-sum", "more than 0");
    refused(rich.decide(MasterEvent::CashHandedIn { sum: rub(-1) }), "wrong-sum", "`-1.00`");
}

#[test]
fn a_skill_counts_at_its_level_and_while_its_permit_holds() {
    let skilled = Master {
        skills: vec![
            Skill { code: "hvac".into(), level: 2, valid_till: Some(at(100)) },
            Skill { code: "fridge".into(), level: 3, valid_till: None },
        ],
        ..master(1)
    };
    let wants = |code: &str, level: u8| vec![(code.to_owned(), level)];
    assert!(skilled.can(&[], at(0)));
    assert!(skilled.can(&wants("hvac", 2), at(99)) && !skilled.can(&wants("hvac", 2), at(100)));
    assert!(skilled.can(&wants("fridge", 1), at(500)) && !skilled.can(&wants("fridge", 4), at(0)));
    assert!(!skilled.can(&[("fridge".into(), 1), ("boiler".into(), 1)], at(0)), "all of them");
}

#[test]
fn a_tracker_is_believed_at_work_with_consent_in_the_order_of_time() {
    use domain::{
        values::place::Place,
        workforce::fix::{Fix, Untaken},
    };
    let place = Place { lat: 55.75, lon: 37.61 };
    let fix = |minute| Fix { place, at: at(minute), accuracy: Some(10.0) };
    let mut master = on(Duty::Available);
    assert_eq!(fix(10).taken(&master, None, at(10)), Err(Untaken::NoConsent));
    let agreed = master.decide(MasterEvent::TrackingAllowed { given: true }).expect("they may");
    master.apply(&agreed);
    assert_eq!(fix(10).taken(&master, None, at(10)), Ok(()));
    assert_eq!(fix(10).taken(&master, Some(at(10)), at(10)), Err(Untaken::Older), "the same again");
    let half = at(10) + jiff::SignedDuration::from_millis(500);
    let again = Fix { at: half, ..fix(10) };
    assert_eq!(
        again.taken(&master, Some(at(10)), at(11)),
        Err(Untaken::Older),
        "told twice, half a second apart"
    );
    assert_eq!(fix(9).taken(&master, Some(at(10)), at(11)), Err(Untaken::Older), "late on the way");
    assert_eq!(fix(12).taken(&master, Some(at(10)), at(10)), Err(Untaken::Ahead));
    assert_eq!(fix(11).taken(&master, Some(at(10)), at(10)), Ok(()), "clocks are not exact");
    assert_eq!(fix(10).taken(&master, None, at(71)), Err(Untaken::Stale));
    let blurred = Fix { accuracy: Some(2500.0), ..fix(10) };
    assert_eq!(blurred.taken(&master, None, at(10)), Err(Untaken::Blurred));
    let home = domain::workforce::master::Master { duty: Duty::OffShift, ..master.clone() };
    assert_eq!(fix(10).taken(&home, None, at(10)), Err(Untaken::OffShift), "nobody is followed home");
    master.apply(&MasterEvent::TrackingAllowed { given: false });
    assert_eq!(fix(11).taken(&master, None, at(11)), Err(Untaken::NoConsent));
}
