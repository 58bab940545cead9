//! What the dispatcher refuses, what it repeats, and what a stumbling store costs it.

use crate::kit::{branch::Branch, firm::id, job::Job, seats};
use domain::{
    refusal::RefusalKind,
    requests::request::Request,
    values::id::{ClientKind, Id, MasterId, PointKind},
    visits::visit::{Visit, VisitState},
};
use serde_json::{Value, json};
use std::time::Duration;

fn words() -> Value {
    let (client, point): (Id<ClientKind>, Id<PointKind>) = (id(1), id(11));
    json!({"client": client, "point": point, "symptom": "шумит"})
}

#[actix::test]
async fn an_assignment_from_an_old_picture_is_refused_with_the_current_version() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    let seen = job.row().ver;
    job.assigned(41, 2 * 3600).await;
    let refused = job.assign(42, 3 * 3600, Some(seen)).await.expect_err("somebody was faster");
    assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Stale, "stale-version"));
    assert!(refused.detail.contains(&format!("`{}`", job.row().ver)), "{}", refused.detail);
    let shown = refused.current.expect("the row as it is now");
    assert_eq!((&shown["id"], &shown["rev"]), (&json!(job.visit), &json!(job.row().ver)));
    assert_eq!(shown, Box::new(branch.news.row("board", job.visit).expect("on the board")));
    job.assign(42, 3 * 3600, Some(job.row().ver)).await.expect("from the current picture it may be");
    let oleg: MasterId = id(42);
    assert_eq!(job.row().master(), Some(oleg));
}

#[actix::test]
async fn the_same_command_sent_twice_is_carried_out_once_and_answered_twice() {
    let branch = Branch::open(|_| ()).await;
    let seat = seats::dispatcher();
    let first = branch.repeats(&seat, "same", "request.register", words()).await.expect("registered");
    let second = branch.repeats(&seat, "same", "request.register", words()).await.expect("answered again");
    assert!(!first.dup && second.dup);
    assert_eq!(first.ok, second.ok);
    assert_eq!(branch.journal.all::<Request>().len(), 1);
    let house = branch.reopened().await;
    let third = house.repeats(&seat, "same", "request.register", words()).await.expect("after a start too");
    assert_eq!((third.ok, third.dup), (first.ok, true));
}

#[actix::test]
async fn a_command_that_was_not_kept_changes_nothing_and_may_be_sent_again() {
    let branch = Branch::open(|_| ()).await;
    let seat = seats::dispatcher();
    branch.journal.refuse("request.created");
    let refused = branch.repeats(&seat, "same", "request.register", words()).await;
    assert_eq!(refused.expect_err("the store did not take it").kind, RefusalKind::Unavailable);
    assert!(branch.journal.all::<Visit>().is_empty() && branch.news.rows("requests").is_empty());
    let again = branch.repeats(&seat, "same", "request.register", words()).await.expect("now it is taken");
    assert!(!again.dup);
    assert_eq!(branch.news.rows("requests").len(), 1);
}

#[actix::test]
async fn nothing_is_answered_before_it_is_kept() {
    let branch = Branch::open(|_| ()).await;
    let held = branch.journal.hold("request.created");
    let seat = seats::dispatcher();
    let mut answer = Box::pin(branch.says(&seat, "request.register", words()));
    let early = tokio::time::timeout(Duration::from_secs(1), &mut answer).await;
    assert!(early.is_err(), "answered before it was kept: {early:?}");
    assert!(branch.news.rows("requests").is_empty(), "and no screen was told");
    drop(held);
    answer.await.expect("registered");
}

#[actix::test]
async fn another_master_takes_no_step_of_a_visit() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3600).await;
    branch.pass(Duration::from_secs(30)).await;
    for name in ["visit.accept", "visit.seen", "visit.depart", "visit.arrive", "visit.begin"] {
        let refused = job.step(&seats::master(42), name).await.expect_err("it is Igor's");
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{name}");
    }
    assert_eq!(job.row().state, VisitState::Dispatched);
}

#[actix::test]
async fn a_refused_step_shows_what_the_visit_is_now_but_to_nobody_who_has_it_not() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3600).await;
    branch.pass(Duration::from_secs(30)).await;
    let own = job.step(&seats::master(41), "visit.begin").await.expect_err("he is not there yet");
    assert_eq!(own.current.expect("his own visit")["state"], "dispatched");
    let foreign = job.step(&seats::master(42), "visit.begin").await.expect_err("it is Igor's");
    assert_eq!(foreign.current, None);
}

#[actix::test]
async fn who_could_take_a_visit_is_told_within_the_promised_window_cheapest_first() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    let (from, to) = job.booked().await;
    let asked = json!({"visit": job.visit});
    let told = branch.says(&seats::dispatcher(), "visit.candidates", asked).await.expect("told");
    let told = told["candidates"].as_array().expect("a list").clone();
    let masters: std::collections::BTreeSet<&str> =
        told.iter().map(|c| c["master_name"].as_str().expect("a name")).collect();
    assert_eq!(masters.len(), told.len(), "a master is told once: {told:?}");
    assert_eq!(masters.len(), 2, "Igor and Oleg: {told:?}");
    for candidate in &told {
        assert_eq!((candidate["from"].as_i64(), candidate["to"].as_i64()), (Some(from), Some(to)));
        assert!((from..=to).contains(&candidate["start"].as_i64().expect("a time")), "{candidate}");
    }
}

#[actix::test]
async fn steps_out_of_order_are_refused() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3600).await;
    branch.pass(Duration::from_secs(30)).await;
    for name in ["visit.depart", "visit.arrive", "visit.begin"] {
        let refused = job.step(&seats::master(41), name).await.expect_err("not yet");
        assert_eq!(refused.kind, RefusalKind::State, "{name}");
    }
    let pay = json!({"visit": job.visit, "tender": "cash", "sum": "100"});
    let refused = branch.says(&seats::master(41), "visit.pay", pay).await.expect_err("before the work");
    assert_eq!(refused.code, "visit-state");
}

#[actix::test]
async fn a_master_without_the_skill_is_not_given_the_visit() {
    let branch = Branch::open(|j| {
        let mut learner = crate::kit::firm::master(43, "Павел");
        learner.skills[0].level = 1;
        j.put(&learner);
    })
    .await;
    let job = Job::registered(&branch).await;
    let refused = job.assign(43, 3600, None).await.expect_err("a learner");
    assert_eq!(refused.code, "skill-missing");
    assert!(refused.detail.contains("fridge 2"), "{}", refused.detail);
}

#[actix::test]
async fn a_point_of_another_client_is_refused() {
    let branch = Branch::open(|_| ()).await;
    let (client, point): (Id<ClientKind>, Id<PointKind>) = (id(1), id(12));
    let args = json!({"client": client, "point": point, "symptom": "шумит"});
    let refused = branch.says(&seats::operator(61), "request.register", args).await.expect_err("not hers");
    assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, "foreign-point"));
}

#[actix::test]
async fn a_request_without_words_and_a_window_in_the_past_are_refused() {
    let branch = Branch::open(|_| ()).await;
    let mut silent = words();
    silent["symptom"] = json!("  ");
    let refused = branch.says(&seats::dispatcher(), "request.register", silent).await.expect_err("silence");
    assert_eq!(refused.code, "symptom-missing");
    let job = Job::registered(&branch).await;
    let args = json!({"visit": job.visit, "from": 0, "to": 3_600_000});
    let refused = branch.says(&seats::dispatcher(), "request.book", args).await.expect_err("long past");
    assert_eq!(refused.code, "window-past");
}

#[actix::test]
async fn arguments_that_cannot_be_read_are_named() {
    let branch = Branch::open(|_| ()).await;
    for args in [json!({}), json!({"visit": 7}), json!({"visit": "client_1"}), json!({"vizit": "x"})] {
        let refused = branch.says(&seats::dispatcher(), "visit.unassign", args.clone()).await;
        let refused = refused.expect_err("it cannot be read");
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, "arguments"), "{args}");
        assert!(refused.detail.contains("`visit.unassign`"), "{}", refused.detail);
    }
}

#[actix::test]
async fn the_planner_explains_itself_and_previews_a_move() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    let why = job.step(&seats::dispatcher(), "visit.explain").await.expect("a planned visit is explained");
    assert_eq!(why["master"], json!(job.row().master()));
    assert!(why["text"].as_str().is_some_and(|text| !text.is_empty()));
    let oleg: MasterId = id(42);
    let args = json!({"visit": job.visit, "master": oleg});
    let preview = branch.says(&seats::dispatcher(), "visit.preview", args).await.expect("a move is tried");
    assert_eq!(preview["ok"], true);
    let before = job.row().ver;
    branch.settles().await;
    assert_eq!(job.row().ver, before, "asking changes nothing");
}
