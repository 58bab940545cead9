//! Queues by plan: skills, head starts, owners, and a call that is sent into another queue.

use crate::kit::{
    branch::{Branch, calm},
    caller::Caller,
    firm::{self, ANNA, STRANGER, VERA},
    job::Job,
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::CallState,
        call_plan::{CallPlan, CallSkill, HeadStart, Need, QueueRule, Wish},
        operator::{Operator, Presence},
    },
    lines::line_book::Rules,
};
use serde_json::json;
use std::time::Duration;

fn plan() -> CallPlan {
    let need = Need { skill: "kkt".into(), level: 2, relax_seconds: Some(60) };
    let kkt = QueueRule { needs: vec![need], ..QueueRule::open("kkt") };
    let strategy = vec![Wish::Owner, Wish::LastOperator, Wish::LongestIdle];
    let main = QueueRule { strategy, ..QueueRule::open("main") };
    let head_start = HeadStart { agreement_seconds: 30, vip_seconds: 0, promise_seconds: 0 };
    CallPlan { queues: vec![main, QueueRule { dids: vec!["+74950000001".into()], ..kkt }], head_start }
}
async fn open() -> Branch {
    let rules = Rules { plan: plan(), ..Rules::default() };
    let skills = vec![CallSkill { code: "kkt".into(), level: 2 }];
    Branch::ruled(rules, calm(), 1.0, |j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&Operator { skills, ..firm::operator(62, "Нина") });
    })
    .await
}

#[actix::test]
async fn a_caller_of_a_number_meets_who_knows_its_matter() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.pass(Duration::from_secs(5)).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings_at(&branch, ANNA, "+74950000001").await;
    nina.is_rung_by(&anna).await;
    assert_eq!((anna.call().queue.as_str(), maria.presence()), ("kkt", json!("ready")));
    let other = Caller::rings_at(&branch, STRANGER, "+74950000001").await;
    branch.pass(Duration::from_secs(10)).await;
    assert_eq!(other.state(), CallState::Queued, "who does not know it is not rung yet");
    nina.answers(&anna).await;
    branch.pass(Duration::from_secs(60)).await;
    maria.is_rung_by(&other).await;
}

#[actix::test]
async fn a_client_under_an_agreement_has_waited_half_a_minute_beforehand() {
    let branch = open().await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.pass(Duration::from_secs(20)).await;
    let vera = Caller::rings(&branch, VERA).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.is_rung_by(&vera).await;
    assert_eq!(anna.state(), CallState::Queued);
}

#[actix::test]
async fn who_took_the_open_order_is_rung_again_also_after_a_restart() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let job = Job::registered(&branch).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    branch.pass(Duration::from_secs(5)).await;
    let args = json!({"call": anna.id, "disposition": "request", "request": job.request});
    maria.says("call.dispose", args).await.expect("written down");
    maria.is(Presence::Ready).await;
    let again = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&again).await;
    assert_eq!(nina.presence(), "ready", "who has been idle longer does not know the order");
    let branch = branch.reopened().await;
    let _nina = Telephonist::at_work(&branch, 62).await;
    branch.pass(Duration::from_secs(5)).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let later = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&later).await;
}

#[actix::test]
async fn a_call_is_sent_into_another_queue_and_not_back_to_who_sent_it() {
    let branch = open().await;
    let nina = Telephonist::at_work(&branch, 62).await;
    let anna = Caller::rings(&branch, ANNA).await;
    nina.answers(&anna).await;
    let refused = nina.says("call.transfer", json!({"call": anna.id, "queue": "kassa"})).await;
    let refused = refused.expect_err("no such queue");
    assert_eq!(refused.detail, "`kassa` is not a queue: expected one of `main`, `kkt`");
    let maria = Telephonist::at_work(&branch, 61).await;
    nina.says("call.transfer", json!({"call": anna.id, "queue": "main"})).await.expect("given away");
    maria.answers(&anna).await;
    maria.says("call.transfer", json!({"call": anna.id, "queue": "kkt"})).await.expect("given away");
    nina.is_rung_by(&anna).await;
    assert_eq!(anna.call().queue, "kkt");
}
