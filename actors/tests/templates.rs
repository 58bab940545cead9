//! Templates of work: the administrator writes and publishes, visits are sent out with what is in force and keep it.

use crate::kit::{
    branch::Branch,
    firm::{self, id},
    job::Job,
    seats,
};
use domain::{
    ports::{Answer, Command, FrontDoor},
    refusal::{Refusal, RefusalKind},
    values::id::{MasterId, TemplateId},
    visits::{visit::VisitState, work_template::WorkTemplate},
};
use serde_json::{Value, json};
use std::time::Duration;

const TICK: Duration = Duration::from_secs(30);
const STEPS: [&str; 4] = ["visit.accept", "visit.depart", "visit.arrive", "visit.begin"];

async fn open() -> Branch {
    Branch::open(|journal| journal.put(&firm::operator(61, "Мария"))).await
}
fn card(items: Value) -> Value {
    json!({"name": "Ремонт холодильника", "items": items})
}
fn pressure() -> Value {
    json!({"code": "pressure", "ru": "Давление", "en": "Pressure", "kind": "reading", "must": true, "unit": "бар", "low": 0.5, "high": 6})
}
fn said() -> Value {
    json!({"code": "said", "ru": "Что сделано", "kind": "text", "must": false})
}
async fn does(branch: &Branch, name: &str, args: Value, rev: Option<u64>) -> Result<Answer, Refusal> {
    let id = format!("{name}-{}", branch.journal.facts().len());
    branch.sends(&seats::admin(), Command { id, name: name.into(), args, rev }).await
}
/// Writes and publishes; gives which template it is.
async fn published(branch: &Branch, items: Value, minutes: Option<u16>) -> TemplateId {
    let mut card = card(items);
    card["minutes"] = json!(minutes);
    let written = does(branch, "template.write", json!({"kind": "repair", "card": card}), None).await;
    let template = written.expect("written").ok["template"].clone();
    does(branch, "template.publish", json!({"template": template}), None).await.expect("published");
    serde_json::from_value(template).expect("an id")
}
async fn sent_out<'a>(branch: &'a Branch, job: Job<'a>) -> Job<'a> {
    job.assigned(41, 3600).await;
    branch.pass(TICK).await;
    assert_eq!(job.row().state, VisitState::Dispatched);
    job
}
async fn completes(branch: &Branch, job: &Job<'_>) -> Result<Value, Refusal> {
    let args = json!({"visit": job.visit, "works": [], "note": "", "outcome": "fixed"});
    branch.says(&seats::master(41), "visit.complete", args).await
}
fn on_the_phone(branch: &Branch, job: &Job<'_>) -> Value {
    let master: MasterId = id(41);
    branch.news.row(&format!("my-jobs:{master}"), job.visit).expect("a row on the phone")
}

#[actix::test]
async fn what_is_published_goes_out_with_the_offer_and_is_asked_for_before_the_end() {
    let branch = open().await;
    published(&branch, json!([pressure(), said()]), None).await;
    let job = sent_out(&branch, Job::registered(&branch).await).await;
    let row = on_the_phone(&branch, &job);
    assert_eq!(
        (&row["checklist"][0], &row["strict"]),
        (&pressure_as_kept(), &json!(true)),
        "before any answer: {row}"
    );
    assert!(branch.news.row("board", job.visit).is_some_and(|row| row["checklist"].is_null()));
    job.steps(41, &STEPS).await;
    let refusal = completes(&branch, &job).await.expect_err("nothing was measured");
    assert_eq!((refusal.code.as_str(), refusal.kind), ("checklist-short", RefusalKind::State));
    assert!(refusal.detail.contains("`Давление`"), "{refusal}");
    assert_eq!(refusal.current.map(|row| row["strict"].clone()), Some(json!(true)));
    let reads = |answer: &str| json!({"visit": job.visit, "item": "pressure", "answer": answer});
    let wrong = branch.says(&seats::master(41), "visit.check", reads("60")).await.expect_err("out of limits");
    assert_eq!(wrong.code, "out-of-limits");
    assert!(wrong.detail.contains("from 0.5 to 6 бар"), "{wrong}");
    branch.says(&seats::master(41), "visit.check", reads("2.5")).await.expect("within");
    completes(&branch, &job).await.expect("whole");
    assert_eq!(branch.news.field("board", job.visit, "missing"), json!([]));
}
/// As it stands in a row: limits are numbers with a fraction.
fn pressure_as_kept() -> Value {
    let mut item = pressure();
    item["high"] = json!(6.0);
    item
}

#[actix::test]
async fn a_visit_that_is_out_keeps_its_checklist_and_the_next_one_has_the_new() {
    let branch = open().await;
    published(&branch, json!([pressure()]), None).await;
    let first = sent_out(&branch, Job::registered(&branch).await).await;
    first.steps(41, &STEPS).await;
    let template = published(&branch, json!([said()]), Some(95)).await;
    assert_eq!(first.row().checklist.map(|it| it.version), Some(1));
    let check = json!({"visit": first.visit, "item": "pressure", "answer": "2"});
    branch.says(&seats::master(41), "visit.check", check).await.expect("asked for by the former version");
    completes(&branch, &first).await.expect("whole");
    let second = Job::of(&branch, 2, 12, 22).await;
    assert_eq!(second.row().minutes, 95, "the usual minutes of the house");
    let second = sent_out(&branch, second).await;
    assert_eq!(on_the_phone(&branch, &second)["checklist"][0]["code"], "said");
    assert_eq!(second.row().checklist.map(|it| (it.template, it.version)), Some((template, 2)));
}

#[actix::test]
async fn a_house_that_has_written_none_sends_the_built_in_list_and_holds_nobody() {
    let branch = open().await;
    let job = sent_out(&branch, Job::registered(&branch).await).await;
    let row = on_the_phone(&branch, &job);
    let codes: Vec<&str> =
        row["checklist"].as_array().into_iter().flatten().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!((codes, &row["strict"]), (vec!["safe", "before", "after", "shown"], &Value::Null));
    assert!(!branch.journal.story(job.visit).contains(&"visit.checklist_given".to_owned()));
    job.steps(41, &STEPS).await;
    completes(&branch, &job).await.expect("as ever");
    assert_eq!(branch.news.field("board", job.visit, "missing"), json!(["safe", "after", "shown"]));
}

#[actix::test]
async fn a_template_outlives_the_house_and_what_was_looked_at_too_long_is_refused() {
    let mut branch = open().await;
    let template = published(&branch, json!([pressure()]), None).await;
    let again = json!({"kind": "repair", "card": card(json!([said()]))});
    let stale = does(&branch, "template.write", again.clone(), Some(1)).await.expect_err("two versions on");
    assert_eq!((stale.kind, stale.current.is_some()), (RefusalKind::Stale, true));
    does(&branch, "template.write", again, Some(2)).await.expect("written");
    let wrong = json!({"kind": "repair", "skill": "Алхимия", "card": card(json!([said()]))});
    let refusal = does(&branch, "template.write", wrong, None).await.expect_err("no code");
    assert_eq!(refusal.code, "skill-code");
    branch = branch.reopened().await;
    let kept: WorkTemplate = branch.journal.get(template).expect("kept");
    assert_eq!((kept.ver, kept.in_force().map(|it| it.version), kept.draft.is_some()), (3, Some(1), true));
    let told = branch.door().templates();
    assert_eq!(
        (&told["templates"][0]["rev"], told["built_in"].as_array().map(Vec::len)),
        (&json!(3), Some(6))
    );
    let back = json!({"template": template, "version": 1});
    let same = does(&branch, "template.restore", back, None).await.expect_err("in force");
    assert_eq!(same.code, "template-same");
    does(&branch, "template.retire", json!({"template": template}), Some(3)).await.expect("retired");
    let job = sent_out(&branch, Job::registered(&branch).await).await;
    assert_eq!(job.row().checklist, None);
    let story = branch.journal.story(template);
    assert_eq!(story, ["template.written", "template.published", "template.written", "template.retired"]);
}
