//! The call plan: where a number leads, what is asked, when it is open, and plans that are refused.

use crate::firm::at;
use domain::{
    calls::call_plan::{CallPlan, CallerRank, HeadStart, InvalidCallPlan, Need, QueueRule},
    values::calendar::{Calendar, OpenHours},
};
use jiff::{SignedDuration, civil::time};

fn plan(queues: Vec<QueueRule>) -> CallPlan {
    CallPlan { queues, head_start: HeadStart::default() }
}
fn queue(name: &str, dids: &[&str]) -> QueueRule {
    QueueRule { dids: dids.iter().map(|did| (*did).to_owned()).collect(), ..QueueRule::open(name) }
}

#[test]
fn a_number_leads_to_its_own_queue_and_any_other_to_the_one_that_takes_all() {
    let plan = plan(vec![queue("kkt", &["+71"]), queue("all", &[]), queue("vip", &["+72"])]);
    assert_eq!((plan.queue_of("+71"), plan.queue_of("+72"), plan.queue_of("+73")), (0, 2, 1));
    assert_eq!((plan.queue_named("vip"), plan.queue_named("none")), (Some(2), None));
}

#[test]
fn a_plan_by_which_a_call_could_be_lost_is_refused() {
    assert_eq!(plan(vec![]).checked(), Err(InvalidCallPlan::NoQueue));
    let twice = plan(vec![queue("a", &["+71"]), queue("a", &["+72"])]).checked();
    assert_eq!(
        twice.expect_err("one name").to_string(),
        "the queue `a` stands twice in the call plan: expected a name of its own"
    );
    let both = plan(vec![queue("a", &["+71", "+72"]), queue("b", &["+72"])]).checked();
    assert_eq!(
        both.expect_err("one number").to_string(),
        "the number `+72` leads to `a` and to `b`: expected one queue"
    );
    let idle = QueueRule { strategy: vec![], ..queue("a", &[]) };
    assert_eq!(plan(vec![idle]).checked(), Err(InvalidCallPlan::NoStrategy { name: "a".into() }));
    assert!(CallPlan::default().checked().is_ok());
}

#[test]
fn a_plan_is_written_as_data_and_a_wrong_word_in_it_is_refused() {
    let text = r#"{"queues": [{"name": "kkt", "needs": [{"skill": "kkt", "level": 2, "relax_seconds": 60}],
        "strategy": ["owner", "last_operator", "just_enough", "longest_idle"]}], "head_start": {"vip_seconds": 600,
        "agreement_seconds": 60, "promise_seconds": 120}}"#;
    let plan: CallPlan = serde_json::from_str(text).expect("a plan");
    assert_eq!(plan.queues[0].strategy.len(), 4);
    let wrong = serde_json::from_str::<CallPlan>(r#"{"queues": [{"name": "a", "strategy": ["nearest"]}]}"#);
    assert!(wrong.expect_err("not a wish").to_string().contains("`nearest`"));
}

#[test]
fn what_is_asked_lapses_with_the_waiting() {
    let need = |relax_seconds| Need { skill: "kkt".into(), level: 2, relax_seconds };
    let rule = QueueRule { needs: vec![need(Some(60)), need(None)], ..QueueRule::open("a") };
    let left = |seconds| rule.needs_after(SignedDuration::from_secs(seconds)).count();
    assert_eq!((left(0), left(59), left(60), left(3600)), (2, 2, 1, 1));
}

#[test]
fn a_queue_is_open_in_its_hours_and_not_on_a_day_off() {
    let day = Some(OpenHours { from: time(9, 0, 0, 0), to: time(18, 0, 0, 0) });
    let hours = Calendar::new("UTC", [day, day, day, day, day, None, None]).expect("a week");
    let monday: jiff::Timestamp = "2026-03-02T09:00:00Z".parse().expect("an instant");
    let off = hours.clone().with_day_off(jiff::civil::date(2026, 3, 2));
    let rule = QueueRule { hours: Some(hours), ..QueueRule::open("a") };
    let after = |seconds| monday + SignedDuration::from_secs(seconds);
    assert!(rule.is_open(monday) && rule.is_open(after(9 * 3600 - 1)));
    assert!(!rule.is_open(after(-1)) && !rule.is_open(after(9 * 3600)), "half-open");
    assert!(!rule.is_open(after(5 * 86_400)), "a Saturday");
    assert!(!QueueRule { hours: Some(off), ..QueueRule::open("a") }.is_open(after(60)), "a day off");
    assert!(QueueRule::open("a").is_open(monday), "without hours it is always open");
}

#[test]
fn a_promise_counts_more_the_nearer_it_is_to_be_broken() {
    let start = HeadStart { vip_seconds: 600, agreement_seconds: 60, promise_seconds: 120 };
    let of = |rank| start.of(rank, at(0));
    assert_eq!(of(CallerRank::default()), 0);
    assert_eq!(of(CallerRank { vip: true, agreement: true, due: None }), 660);
    let due = |minutes| of(CallerRank { due: Some(at(minutes)), ..CallerRank::default() });
    assert_eq!((due(120), due(60), due(30), due(0), due(-600)), (0, 0, 60, 120, 120));
}
