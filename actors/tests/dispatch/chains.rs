//! Visits that follow each other: planned behind the first one, moved with it, and left to a person when it is called off.

use crate::kit::{branch::Branch, clock::at, firm::id, job::Job, seats};
use domain::{
    ports::Command,
    values::id::{MasterKind, VisitId},
    visits::visit::{Visit, VisitState},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

const TICK: Duration = Duration::from_secs(30);
const HOUR: i64 = 3600;

/// The first visit is with 41 from three hours after the opening, and another follows it.
async fn followed(branch: &Branch, wait: Value) -> (Job<'_>, VisitId) {
    let job = Job::registered(branch).await;
    let args = json!({"visit": job.visit, "master": id::<MasterKind>(41), "start": at(3 * HOUR).as_millisecond(), "pin": false});
    branch.says(&seats::dispatcher(), "visit.assign", args).await.expect("assigned");
    let second = follow(branch, job.visit, wait).await;
    (job, second)
}
async fn follow(branch: &Branch, first: VisitId, mut wait: Value) -> VisitId {
    wait["visit"] = json!(first);
    let answer = branch.says(&seats::dispatcher(), "visit.follow", wait).await.expect("followed");
    answer["visit"].as_str().expect("an id").parse().expect("a visit")
}
fn row(branch: &Branch, visit: VisitId) -> Visit {
    branch.journal.get(visit).expect("it is kept")
}
fn start(branch: &Branch, visit: VisitId) -> Option<Timestamp> {
    row(branch, visit).assignment.map(|work| work.start)
}
fn end(branch: &Branch, visit: VisitId) -> Timestamp {
    row(branch, visit).assignment.expect("planned").end
}
fn shown(branch: &Branch, visit: VisitId) -> Value {
    branch.news.row("board", visit).expect("on the board")
}
async fn why(branch: &Branch, visit: VisitId) -> String {
    let told =
        branch.says(&seats::dispatcher(), "visit.explain", json!({"visit": visit})).await.expect("told");
    told["text"].as_str().expect("words").to_owned()
}

#[actix::test]
async fn a_second_visit_is_planned_behind_the_first_with_its_master_and_says_so() {
    let branch = Branch::open(|_| ()).await;
    let wait = json!({"least_min": 90, "again": "required", "minutes": 45, "part": "компрессор"});
    let (job, second) = followed(&branch, wait).await;
    branch.sees("the second one is planned", || start(&branch, second).is_some()).await;
    let gap = start(&branch, second).expect("planned").duration_since(end(&branch, job.visit));
    assert!(gap >= jiff::SignedDuration::from_mins(90), "{gap}");
    assert_eq!(row(&branch, second).master(), Some(id(41)));
    let follows = &shown(&branch, second)["follows"];
    assert_eq!((&follows["visit"], &follows["no"]), (&json!(job.visit), &json!(job.row().no)));
    assert_eq!((&follows["part"], follows.get("trouble")), (&json!("компрессор"), None));
    let text = why(&branch, second).await;
    assert!(text.contains(&format!("После выезда № {}", job.row().no)), "{text}");
    assert!(text.contains("компрессор") && text.contains("тот же мастер"), "{text}");
}

#[actix::test]
async fn the_second_visit_moves_with_the_first() {
    let branch = Branch::open(|_| ()).await;
    let (job, second) = followed(&branch, json!({"least_min": 30})).await;
    branch.sees("the second one is planned", || start(&branch, second).is_some()).await;
    let before = start(&branch, second).expect("planned");
    job.assigned(41, 6 * HOUR).await;
    branch.sees("it moves", || start(&branch, second).is_some_and(|start| start > before)).await;
    let gap = start(&branch, second).expect("planned").duration_since(end(&branch, job.visit));
    assert!(gap >= jiff::SignedDuration::from_mins(30), "{gap}");
    assert_eq!(shown(&branch, second)["follows"].get("trouble"), None);
    // A person's hand stands, and the board says what is wrong with it.
    let args =
        json!({"visit": second, "master": id::<MasterKind>(42), "start": at(2 * HOUR).as_millisecond()});
    branch.says(&seats::dispatcher(), "visit.assign", args).await.expect("assigned");
    branch.pass(TICK).await;
    assert_eq!(start(&branch, second), Some(at(2 * HOUR)));
    assert_eq!(shown(&branch, second)["follows"]["trouble"], json!("early"));
}

#[actix::test]
async fn a_first_visit_that_nobody_goes_to_holds_the_second_back_and_tells_why() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    let second = follow(&branch, job.visit, json!({})).await;
    branch.pass(TICK).await;
    assert_eq!(start(&branch, second), None, "the client has not said when");
    assert_eq!(shown(&branch, second)["follows"]["trouble"], json!("waits"));
    assert!(why(&branch, second).await.contains("без мастера"));
    job.booked().await;
    branch.sees("both are planned", || start(&branch, second).is_some()).await;
    assert!(start(&branch, second) >= Some(end(&branch, job.visit)));
    assert_eq!(shown(&branch, second)["follows"].get("trouble"), None);
}

#[actix::test]
async fn a_first_visit_that_is_called_off_makes_the_second_a_problem_with_a_reason() {
    let branch = Branch::open(|_| ()).await;
    let (job, second) = followed(&branch, json!({})).await;
    branch.sees("the second one is planned", || start(&branch, second).is_some()).await;
    let args = json!({"visit": job.visit, "reason": "передумали"});
    branch.says(&seats::dispatcher(), "visit.cancel", args).await.expect("called off");
    branch.pass(TICK).await;
    assert_eq!((job.row().state, row(&branch, second).state), (VisitState::Cancelled, VisitState::Unplanned));
    assert_eq!(shown(&branch, second)["follows"]["trouble"], json!("lost"));
    assert!(why(&branch, second).await.contains("отменён"));
    let house = branch.reopened().await;
    house.pass(TICK).await;
    assert_eq!(start(&house, second), None, "it waits for a person after a start too");
    let offers =
        house.says(&seats::dispatcher(), "slots.offer", json!({"visit": second})).await.expect("offers");
    let first = &offers["offers"][0];
    let args = json!({"visit": second, "from": first["from"], "to": first["to"]});
    house.says(&seats::dispatcher(), "request.book", args).await.expect("a person has decided");
    house.sees("it is planned again", || start(&house, second).is_some()).await;
}

#[actix::test]
async fn a_part_that_comes_later_moves_the_visit_that_waits_for_it() {
    let branch = Branch::open(|_| ()).await;
    let (_job, second) = followed(&branch, json!({})).await;
    branch.sees("the second one is planned", || start(&branch, second).is_some()).await;
    for hour in [7, 9] {
        let from = at(hour * HOUR);
        let args = json!({"visit": second, "part": "плата", "from": from.as_millisecond()});
        let rev = Some(row(&branch, second).ver);
        let command = Command { id: format!("wait-{hour}"), name: "visit.wait".into(), args, rev };
        branch.sends(&seats::dispatcher(), command).await.expect("the day has moved");
        branch.sees("it moves", || start(&branch, second).is_some_and(|start| start >= from)).await;
    }
    let stale = json!({"visit": second});
    let command = Command { id: "stale".into(), name: "visit.wait".into(), args: stale, rev: Some(1) };
    let refused = branch.sends(&seats::dispatcher(), command).await.expect_err("of another picture");
    assert_eq!(refused.code, "stale-version");
}

#[actix::test]
async fn a_master_who_lacks_a_part_says_which_and_when_and_comes_again_after_that() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, HOUR).await;
    branch.sees("the offer", || job.row().state == VisitState::Dispatched).await;
    job.steps(41, &["visit.accept", "visit.depart", "visit.arrive", "visit.begin"]).await;
    let from = at(8 * HOUR);
    let args = json!({"visit": job.visit, "outcome": "need_part", "part": "плата", "part_from": from.as_millisecond()});
    branch.says(&seats::master(41), "visit.complete", args).await.expect("left");
    let next = job.asked().visit.expect("the request goes on");
    branch.sees("the next visit is planned", || start(&branch, next).is_some()).await;
    assert!(start(&branch, next) >= Some(from), "not before the part");
    assert_eq!(row(&branch, next).master(), Some(id(41)), "better the same one");
    assert!(why(&branch, next).await.contains("плата"));
}
