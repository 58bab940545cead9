//! How a master learns of an offered visit: the open page, a push to the phone, and in the end a person.

use crate::kit::{branch::Branch, firm::id, job::Job, seats};
use domain::{
    ports::PushError,
    values::id::{DeviceId, MasterId},
    visits::visit::VisitState,
    workforce::device::Device,
};
use serde_json::{Value, json};
use std::time::Duration;

const ADDRESS: &str = "https://push.example.com/send/abc";

fn phone(endpoint: &str) -> Value {
    json!({"endpoint": endpoint, "p256dh": "B".repeat(87), "auth": "a".repeat(22), "lang": "en"})
}
async fn subscribed(branch: &Branch, number: u128, endpoint: &str) -> DeviceId {
    let answer =
        branch.says(&seats::master(number), "push.subscribe", phone(endpoint)).await.expect("a phone");
    answer["device"].as_str().expect("an id").parse().expect("of a device")
}
async fn offered(branch: &Branch) -> Job<'_> {
    let job = Job::registered(branch).await;
    job.assigned(41, 3600).await;
    branch.sees("the offer", || job.row().state == VisitState::Dispatched).await;
    job
}
fn notice(branch: &Branch, job: &Job<'_>) -> Option<Value> {
    branch.news.row("board", format!("notice_{}", job.visit))
}
fn jobs() -> String {
    let master: MasterId = id(41);
    format!("my-jobs:{master}")
}

#[actix::test]
async fn a_closed_phone_is_rung_at_once_and_says_that_it_has_shown_the_visit() {
    let branch = Branch::open(|_| ()).await;
    subscribed(&branch, 41, ADDRESS).await;
    let job = offered(&branch).await;
    branch.sees("a push", || !branch.phones.rung().is_empty()).await;
    let (address, message) = branch.phones.rung()[0].clone();
    assert_eq!((address.as_str(), message.visit, message.lang.as_str()), (ADDRESS, job.visit, "en"));
    assert!(message.address.contains("Ёлочная") && message.symptom == "не морозит");
    branch.sees("it is sent", || notice(&branch, &job).is_some_and(|row| row["push"] == "sent")).await;
    branch.says(&seats::master(41), "push.shown", json!({"visit": job.visit})).await.expect("shown");
    assert_eq!(notice(&branch, &job).map(|row| row["push"].clone()), Some(json!("shown")));
    job.steps(41, &["visit.seen"]).await;
    branch.sees("nothing to tell", || notice(&branch, &job).is_none()).await;
    assert_eq!(branch.phones.rung().len(), 1, "once is enough");
}

#[actix::test]
async fn an_open_page_is_given_time_before_the_phone_is_rung() {
    let branch = Branch::open(|_| ()).await;
    branch.news.reads(&jobs(), true);
    subscribed(&branch, 41, ADDRESS).await;
    let job = offered(&branch).await;
    branch.pass(Duration::from_secs(15)).await;
    assert!(branch.phones.rung().is_empty());
    branch.pass(Duration::from_secs(10)).await;
    assert_eq!(branch.phones.rung().len(), 1);
    drop(job);
}

#[actix::test]
async fn after_minutes_without_a_look_the_dispatcher_is_told_to_call() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    let row = branch.until("nobody", || notice(&branch, &job).filter(|row| row["push"] == "nobody")).await;
    assert_eq!(row["call"], json!(false), "no phone may be rung, and it is too soon for a person");
    branch.pass(Duration::from_secs(235)).await;
    assert_eq!(notice(&branch, &job).expect("told")["call"], json!(false));
    branch.pass(Duration::from_secs(10)).await;
    assert_eq!(notice(&branch, &job).expect("told")["call"], json!(true));
}

#[actix::test]
async fn a_push_service_that_is_busy_is_asked_again_later_and_later() {
    let branch = Branch::open(|_| ()).await;
    subscribed(&branch, 41, ADDRESS).await;
    let busy = |after_seconds| Err(PushError::Later { reason: "429".into(), after_seconds });
    branch.phones.answers([busy(None), busy(Some(40)), Ok(())]);
    let job = offered(&branch).await;
    branch.sees("the first", || branch.phones.rung().len() == 1).await;
    branch.pass(Duration::from_secs(4)).await;
    assert_eq!(branch.phones.rung().len(), 1);
    branch.pass(Duration::from_secs(3)).await;
    assert_eq!(branch.phones.rung().len(), 2, "five seconds after the first");
    branch.pass(Duration::from_secs(36)).await;
    assert_eq!(branch.phones.rung().len(), 2, "it asked for forty");
    branch.pass(Duration::from_secs(8)).await;
    assert_eq!(branch.phones.rung().len(), 3);
    assert_eq!(notice(&branch, &job).expect("told")["push"], json!("sent"));
}

#[actix::test]
async fn a_phone_that_is_gone_is_forgotten_for_good() {
    let branch = Branch::open(|_| ()).await;
    let device = subscribed(&branch, 41, ADDRESS).await;
    branch.phones.answers([Err(PushError::Gone)]);
    let job = offered(&branch).await;
    branch.sees("its end", || branch.journal.get::<Device>(device).is_some_and(|d| d.gone.is_some())).await;
    branch.sees("nobody", || notice(&branch, &job).is_some_and(|row| row["push"] == "nobody")).await;
    assert_eq!(branch.journal.story(device), ["device.added", "device.dropped"]);
    let reopened = branch.reopened().await;
    assert!(reopened.house.directory.read().devices.is_empty(), "the next process does not know it");
}

#[actix::test]
async fn a_phone_rings_for_the_master_who_has_it_last() {
    let branch = Branch::open(|_| ()).await;
    let first = subscribed(&branch, 42, ADDRESS).await;
    let second = subscribed(&branch, 41, ADDRESS).await;
    assert_eq!(subscribed(&branch, 41, ADDRESS).await, second, "told again, it is the same");
    assert!(branch.journal.get::<Device>(first).expect("kept").gone.is_some());
    let args = json!({"endpoint": ADDRESS});
    branch.says(&seats::master(41), "push.unsubscribe", args).await.expect("taken back");
    offered(&branch).await;
    branch.pass(Duration::from_secs(60)).await;
    assert!(branch.phones.rung().is_empty());
}

#[actix::test]
async fn what_is_no_push_service_is_refused_by_name() {
    let branch = Branch::open(|_| ()).await;
    for (endpoint, field) in [
        ("http://push.example.com/x", "endpoint"),
        ("https://127.0.0.1/x", "endpoint"),
        ("https://localhost/x", "endpoint"),
        ("https://user@10.0.0.1/x", "endpoint"),
        ("привет", "endpoint"),
    ] {
        let refused = branch.says(&seats::master(41), "push.subscribe", phone(endpoint)).await;
        assert_eq!(refused.expect_err(endpoint).code, field, "{endpoint}");
    }
    let short = json!({"endpoint": ADDRESS, "p256dh": "AA", "auth": "a".repeat(22)});
    let refused = branch.says(&seats::master(41), "push.subscribe", short).await.expect_err("no key");
    assert!(refused.code == "p256dh" && refused.detail.contains("`AA`"), "{refused}");
    let refused = branch.says(&seats::dispatcher(), "push.key", json!({})).await.expect_err("not hers");
    assert_eq!(refused.code, "forbidden");
}
