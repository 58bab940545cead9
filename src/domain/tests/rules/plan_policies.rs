//! What is planned by: the usual weights and emergencies that end.

use crate::{
    firm::{at, id},
    machine::refused,
};
use domain::book::plan_policy::{PlanPolicy, PlanPolicyEvent, Weights};
use proptest::prelude::*;

fn emergency(minutes: i64) -> PlanPolicyEvent {
    PlanPolicyEvent::EmergencyBegan {
        until: at(minutes), reason: "мороз, встали котлы".into()
    }
}
/// One step at a minute, kept when it is allowed.
fn step(policy: &mut PlanPolicy, event: PlanPolicyEvent, minute: i64) -> bool {
    let decided = policy.decide(event, at(minute));
    decided.inspect(|event| policy.apply(event)).is_ok()
}

#[test]
fn an_emergency_ends_by_itself_and_the_usual_weights_are_back() {
    let mut policy = PlanPolicy::new(id(1));
    assert_eq!(policy.in_force(at(0)), Weights::Balanced);
    assert!(step(&mut policy, PlanPolicyEvent::Chosen { weights: Weights::CustomerFirst }, 0));
    assert!(step(&mut policy, emergency(120), 0));
    assert_eq!((policy.in_force(at(119)), policy.ver), (Weights::Emergency, 2));
    assert_eq!(policy.in_force(at(120)), Weights::CustomerFirst);
    assert!(step(&mut policy, emergency(240), 60), "it may last longer");
    assert!(step(&mut policy, PlanPolicyEvent::EmergencyEnded, 100));
    assert_eq!(policy.in_force(at(101)), Weights::CustomerFirst);
}

#[test]
fn a_wrong_step_is_refused_and_says_why() {
    let policy = PlanPolicy::new(id(1));
    refused(policy.decide(emergency(0), at(0)), "policy-hours", "within 24 hours");
    refused(policy.decide(emergency(24 * 60 + 1), at(0)), "policy-hours", "within 24 hours");
    let silent = PlanPolicyEvent::EmergencyBegan { until: at(60), reason: " ".into() };
    refused(policy.decide(silent, at(0)), "reason-missing", "");
    refused(policy.decide(PlanPolicyEvent::EmergencyEnded, at(0)), "policy-calm", "no emergency");
    let storm = PlanPolicyEvent::Chosen { weights: Weights::Emergency };
    refused(policy.decide(storm, at(0)), "policy-usual", "has an end");
}

proptest! {
    /// Whatever is said, an emergency lasts no longer than a day after the last word of it, and every step is a version.
    #[test]
    fn nobody_is_left_in_an_emergency(steps in prop::collection::vec((0u8..3, -100i64..3000), 0..40)) {
        let mut policy = PlanPolicy::new(id(1));
        let (mut minute, mut said, mut taken) = (0, 0, 0);
        for (kind, number) in steps {
            minute += number.abs() % 600;
            let event = match kind {
                0 => PlanPolicyEvent::Chosen { weights: Weights::LeastTravel },
                1 => emergency(minute + number),
                _ => PlanPolicyEvent::EmergencyEnded,
            };
            if step(&mut policy, event.clone(), minute) {
                taken += 1;
                said = if kind == 1 { minute } else { said };
            }
            prop_assert_eq!(policy.ver, taken);
            prop_assert!(!policy.is_emergency(at(said + 24 * 60)));
            prop_assert_ne!(policy.usual, Weights::Emergency);
        }
    }
}
