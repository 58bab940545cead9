//! When things go otherwise: nobody answers an offer, a master declines, falls ill, or the client changes their mind.

use crate::kit::{branch::Branch, firm::id, job::Job, seats};
use domain::{
    requests::request::RequestState,
    values::id::MasterId,
    visits::visit::VisitState,
    workforce::master::{Duty, Master},
};
use serde_json::json;
use std::time::Duration;

const TICK: Duration = Duration::from_secs(30);

fn master(number: u128) -> MasterId {
    id(number)
}
async fn offered(branch: &Branch) -> Job<'_> {
    let job = Job::registered(branch).await;
    job.assigned(41, 3600).await;
    branch.pass(TICK).await;
    assert_eq!(job.row().state, VisitState::Dispatched);
    job
}

#[actix::test]
async fn an_offer_that_is_not_answered_expires_and_is_not_made_again() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    branch.pass(Duration::from_secs(branch.house.tuning.offer_seconds as u64) - TICK).await;
    assert_eq!(job.row().state, VisitState::Dispatched);
    branch.pass(2 * TICK).await;
    assert!(branch.journal.story(job.visit).contains(&"assignment.expired".to_owned()));
    assert_eq!(job.row().refused_by, [master(41)]);
    assert_ne!(job.row().master(), Some(master(41)));
    let jobs = format!("my-jobs:{}", master(41));
    assert_eq!(branch.news.row(&jobs, job.visit), None, "it leaves the phone");
}

#[actix::test]
async fn an_offer_that_was_accepted_does_not_expire() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.accept"]).await;
    branch.pass(Duration::from_secs(1800)).await;
    assert_eq!((job.row().state, job.row().master()), (VisitState::Accepted, Some(master(41))));
}

#[actix::test]
async fn what_one_master_declines_another_is_given() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    branch.sees("the offer", || job.row().state == VisitState::Dispatched).await;
    let first = job.row().master().expect("somebody was asked");
    let number = if first == master(41) { 41 } else { 42 };
    let args = json!({"visit": job.visit, "reason": "далеко"});
    branch.says(&seats::master(number), "visit.decline", args).await.expect("an offer may be declined");
    branch.sees("another master", || job.row().master().is_some_and(|m| m != first)).await;
    assert_eq!(job.row().refused_by, [first]);
}

#[actix::test]
async fn a_refusal_of_work_says_why() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    let args = json!({"visit": job.visit, "reason": " "});
    let refused = branch.says(&seats::master(41), "visit.decline", args).await.expect_err("why?");
    assert_eq!(refused.code, "reason-missing");
    assert_eq!(job.row().state, VisitState::Dispatched);
}

#[actix::test]
async fn the_visits_of_a_master_who_falls_ill_go_to_another() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    let ill = job.row().master().expect("somebody was to go");
    let args = json!({"master": ill, "reason": "температура"});
    let answer =
        branch.says(&seats::dispatcher(), "master.unavailable", args).await.expect("people fall ill");
    assert_eq!(answer["freed"], json!([job.visit]));
    branch.sees("another master", || job.row().master().is_some_and(|m| m != ill)).await;
    let kept: Master = branch.journal.get(ill).expect("the master is kept");
    assert_eq!((kept.duty, kept.reason.as_deref()), (Duty::Unavailable, Some("температура")));
    branch.settles().await;
    assert_eq!(branch.news.tile("masters_unavailable"), 1);
    let back = json!({"master": ill});
    branch.says(&seats::dispatcher(), "master.available", back).await.expect("and get well");
    assert_eq!(branch.journal.get::<Master>(ill).map(|m| m.duty), Some(Duty::Available));
}

#[actix::test]
async fn a_master_speaks_only_for_themselves() {
    let branch = Branch::open(|_| ()).await;
    let args = json!({"master": master(42), "reason": "ленится"});
    let refused = branch.says(&seats::master(41), "master.unavailable", args).await.expect_err("not he");
    assert_eq!(refused.code, "forbidden");
    let own = json!({"master": master(41), "reason": "спина"});
    branch.says(&seats::master(41), "master.unavailable", own).await.expect("for himself he may");
}

#[actix::test]
async fn a_pinned_visit_stays_with_its_master() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(42, 5 * 3600).await;
    assert!(job.row().pinned);
    let other = Job::of(&branch, 2, 12, 22).await;
    other.assigned(42, 5 * 3600 + 600).await;
    branch.pass(Duration::from_secs(600)).await;
    assert_eq!((job.row().master(), other.row().master()), (Some(master(42)), Some(master(42))));
}

#[actix::test]
async fn a_request_that_is_called_off_frees_a_master_on_the_way() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.accept", "visit.depart"]).await;
    let args = json!({"visit": job.visit, "reason": "заработало"});
    branch.says(&seats::manager(), "visit.cancel", args).await.expect("a visit may be called off");
    assert_eq!((job.row().state, job.asked().state), (VisitState::Cancelled, RequestState::Cancelled));
    let igor: Master = branch.journal.get(master(41)).expect("Igor is kept");
    assert_eq!((igor.duty, igor.current), (Duty::Available, None));
}

#[actix::test]
async fn a_master_who_went_home_is_not_troubled_with_offers() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    branch.says(&seats::master(41), "shift.end", json!({})).await.expect("a free master may go home");
    job.assigned(41, 3600).await;
    branch.pass(Duration::from_secs(600)).await;
    assert_eq!(job.row().state, VisitState::Planned);
    branch.says(&seats::master(41), "shift.start", json!({})).await.expect("and come back");
    branch.pass(TICK).await;
    assert_eq!(job.row().state, VisitState::Dispatched);
}
