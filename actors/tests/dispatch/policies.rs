//! What the plan is weighed by: chosen by people, kept over a restart, and an emergency that ends by itself.

use crate::kit::{
    branch::Branch,
    firm::{self, id},
    job::Job,
    journal::MemoryJournal,
    seats,
};
use domain::{
    book::plan_policy::{PlanPolicy, Weights},
    refusal::RefusalKind,
    values::place::Place,
    workforce::master::Master,
};
use serde_json::{Value, json};
use std::time::Duration;

/// The client's own master lives across the town, another next door.
fn apart(journal: &MemoryJournal) {
    let at = |lon: f64| Place { lat: 55.711, lon };
    journal.put(&Master { home: at(37.68), vehicle: Some(id(51)), ..firm::master(41, "Игорь") });
    journal.put(&Master { home: at(37.60), ..firm::master(42, "Олег") });
}
async fn planned(branch: &Branch) -> domain::values::id::MasterId {
    let job = Job::registered(branch).await;
    job.booked().await;
    branch.until("somebody who goes", || job.row().assignment.map(|it| it.master)).await
}
fn shown(branch: &Branch) -> (Value, Value) {
    let field = |name: &str| branch.news.field("policy", "policy", name);
    (field("usual"), field("emergency_until"))
}

#[actix::test]
async fn the_next_visit_goes_to_whom_the_chosen_policy_asks_for() {
    let branch = Branch::open(apart).await;
    let (own, near) = (id(41), id(42));
    let bound = json!({"point": id::<domain::values::id::PointKind>(11), "bindings": [{"master": own, "how": "preferred"}]});
    branch.says(&seats::dispatcher(), "point.bind", bound).await.expect("bound");
    assert_eq!(shown(&branch), (json!("balanced"), Value::Null));
    assert_eq!(planned(&branch).await, near, "the way is longer than the wish is worth");
    let choose = json!({"weights": "customer_first"});
    branch.says(&seats::manager(), "policy.choose", choose).await.expect("chosen");
    branch.settles().await;
    assert_eq!(shown(&branch).0, "customer_first");
    branch.pass(Duration::from_secs(20)).await;
    assert_eq!(planned(&branch).await, own);
    let again = branch.reopened().await;
    branch.settles().await;
    assert_eq!(shown(&again).0, "customer_first");
    assert_eq!(planned(&again).await, own);
}

#[actix::test]
async fn an_emergency_is_called_by_a_dispatcher_and_ends_by_itself() {
    let branch = Branch::open(|_| ()).await;
    let storm = |hours: i64| json!({"hours": hours, "reason": "мороз, встали котлы"});
    let refused =
        branch.says(&seats::dispatcher(), "policy.emergency", storm(25)).await.expect_err("too long");
    assert_eq!(refused.code, "policy-hours");
    let refused = branch.says(&seats::dispatcher(), "policy.choose", json!({"weights": "balanced"})).await;
    assert_eq!(refused.map_err(|no| no.kind), Err(RefusalKind::Forbidden));
    branch.says(&seats::dispatcher(), "policy.emergency", storm(1)).await.expect("begun");
    branch.settles().await;
    assert_ne!(shown(&branch).1, Value::Null);
    let kept = branch.journal.all::<PlanPolicy>().pop().expect("kept");
    assert_eq!(kept.in_force(branch.clock_now()), Weights::Emergency);
    branch.pass(Duration::from_secs(3700)).await;
    branch.sees("the end on the screens", || shown(&branch).1 == Value::Null).await;
    assert_eq!(kept.in_force(branch.clock_now()), Weights::Balanced);
    let refused = branch.says(&seats::manager(), "policy.calm", json!({})).await.expect_err("over");
    assert_eq!(refused.code, "policy-calm");
    let story = branch.journal.story(kept.id);
    assert_eq!(story, ["policy.emergency_began"]);
}
