//! Masters and vans: where they are, whether they are heard of, and what a panic costs them.

use crate::kit::{branch::Branch, clock::at, firm::id, job::Job, seats};
use actix::Addr;
use actors::field::{
    crew::FindMaster,
    master::{MasterActor, PanicNow},
};
use domain::{
    values::{
        id::{MasterId, VehicleId},
        place::Place,
    },
    workforce::{master::Master, vehicle::Vehicle},
};
use serde_json::{Value, json};
use std::time::Duration;

fn igor() -> MasterId {
    id(41)
}
async fn actor(branch: &Branch) -> Addr<MasterActor> {
    let found = branch.desk().crew.send(FindMaster(igor())).await.expect("the crew lives");
    found.expect("Igor is known")
}
async fn is_at(branch: &Branch, lat: f64, lon: f64) {
    let args = json!({"lat": lat, "lon": lon});
    branch.says(&seats::master(41), "position", args).await.expect("a phone may say where it is");
}
fn shown(branch: &Branch, field: &str) -> Value {
    branch.news.field("board", igor(), field)
}
fn van(branch: &Branch) -> Vehicle {
    let id: VehicleId = id(51);
    branch.journal.get(id).expect("the van is kept")
}

#[actix::test]
async fn a_master_is_offline_until_heard_of() {
    let branch = Branch::open(|_| ()).await;
    branch.settles().await;
    assert_eq!(shown(&branch, "presence"), "offline");
    assert_eq!(shown(&branch, "vehicle"), "а111аа77");
    is_at(&branch, 55.71, 37.61).await;
    assert_eq!(shown(&branch, "presence"), "online");
    assert_eq!(shown(&branch, "pos")["lat"], 55.71);
    assert_eq!(branch.news.field(&format!("my-jobs:{}", igor()), "me", "presence"), "online");
}

#[actix::test]
async fn a_phone_that_falls_silent_goes_stale_and_then_offline() {
    let branch = Branch::open(|_| ()).await;
    is_at(&branch, 55.71, 37.61).await;
    branch.pass(Duration::from_secs(59)).await;
    assert_eq!(shown(&branch, "presence"), "online");
    branch.pass(Duration::from_secs(35)).await;
    assert_eq!(shown(&branch, "presence"), "stale");
    branch.pass(Duration::from_secs(60)).await;
    assert_eq!(shown(&branch, "presence"), "offline");
    assert_eq!(shown(&branch, "pos")["lat"], 55.71, "where it was last is still worth knowing");
}

#[actix::test]
async fn any_step_of_the_master_is_a_sign_of_life() {
    let branch = Branch::open(|_| ()).await;
    branch.says(&seats::master(41), "shift.end", json!({})).await.expect("a free master may go home");
    branch.pass(Duration::from_secs(30)).await;
    assert_eq!(shown(&branch, "presence"), "online");
    assert_eq!(shown(&branch, "state"), "off_shift");
}

#[actix::test]
async fn what_is_no_place_on_earth_is_refused() {
    let branch = Branch::open(|_| ()).await;
    for (lat, lon) in [(91.0, 0.0), (0.0, 181.0)] {
        let args = json!({"lat": lat, "lon": lon});
        let refused = branch.says(&seats::master(41), "position", args).await.expect_err("nowhere");
        assert_eq!(refused.code, "place");
    }
    let nobody = branch.says(&seats::master(49), "position", json!({"lat": 55.7, "lon": 37.6})).await;
    assert_eq!(nobody.expect_err("there is no such master").code, "unknown-master");
}

#[actix::test]
async fn the_van_is_written_down_now_and_then_and_not_at_every_fix() {
    let branch = Branch::open(|_| ()).await;
    is_at(&branch, 55.71, 37.61).await;
    branch.sees("the first fix", || van(&branch).seen.is_some()).await;
    is_at(&branch, 55.72, 37.62).await;
    branch.pass(Duration::from_secs(590)).await;
    assert_eq!(van(&branch).seen.map(|(place, _)| place), Some(Place { lat: 55.71, lon: 37.61 }));
    branch.pass(Duration::from_secs(15)).await;
    is_at(&branch, 55.73, 37.63).await;
    branch.sees("the later fix", || van(&branch).ver == 3).await;
    assert_eq!(van(&branch).seen.map(|(place, _)| place), Some(Place { lat: 55.73, lon: 37.63 }));
}

#[actix::test]
async fn a_fix_that_was_not_kept_does_not_spoil_the_next_one() {
    let branch = Branch::open(|_| ()).await;
    branch.journal.refuse("vehicle");
    is_at(&branch, 55.71, 37.61).await;
    branch.settles().await;
    assert_eq!(van(&branch).seen, None);
    is_at(&branch, 55.72, 37.62).await;
    branch.sees("the next fix", || van(&branch).seen.is_some()).await;
    assert_eq!(van(&branch).seen.map(|(place, _)| place), Some(Place { lat: 55.72, lon: 37.62 }));
}

#[actix::test]
async fn a_crashed_master_comes_back_with_the_plan_behind_the_same_address() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3600).await;
    is_at(&branch, 55.71, 37.61).await;
    let before = branch.news.row("board", igor()).expect("Igor is on the board");
    let address = actor(&branch).await;
    assert!(address.send(PanicNow).await.is_err(), "the sender of the message is told");
    branch.pass(Duration::from_millis(100)).await;
    assert!(address.connected());
    assert_eq!(branch.news.row("board", igor()), Some(before), "nothing is different");
    is_at(&branch, 55.72, 37.62).await;
    assert_eq!(shown(&branch, "pos")["lat"], 55.72);
    let kept: Master = branch.journal.get(igor()).expect("Igor is kept");
    assert_eq!(shown(&branch, "rev"), kept.ver);
}

#[actix::test]
async fn a_step_taken_while_the_master_is_coming_back_waits_and_is_carried_out() {
    let branch = Branch::open(|_| ()).await;
    let (address, seat) = (actor(&branch).await, seats::master(41));
    let (died, taken) = tokio::join!(address.send(PanicNow), branch.says(&seat, "shift.end", json!({})));
    assert!(died.is_err());
    taken.expect("the mailbox goes on queueing behind the same address");
}

#[actix::test]
async fn a_master_who_dies_too_often_is_started_anew_by_the_crew() {
    let branch = Branch::open(|_| ()).await;
    let address = actor(&branch).await;
    for _ in 0..6 {
        assert!(address.send(PanicNow).await.is_err());
    }
    branch.pass(Duration::from_secs(5)).await;
    assert!(!address.connected(), "it is given up");
    branch.says(&seats::master(41), "shift.end", json!({})).await.expect("another one is there");
    branch.sees("the new one on the board", || shown(&branch, "state") == "off_shift").await;
}

#[actix::test]
async fn a_crashed_point_in_time_does_not_move_the_shift() {
    let branch = Branch::open(|_| ()).await;
    branch.settles().await;
    assert_eq!(shown(&branch, "shift")["from"], at(-3600).as_millisecond());
    assert_eq!(shown(&branch, "shift")["to"], at(11 * 3600).as_millisecond());
}

#[actix::test]
async fn a_tracker_moves_a_master_who_has_agreed_and_not_back_in_time() {
    let branch = Branch::open(|_| ()).await;
    let place = || branch.news.field("board", id::<domain::values::id::MasterKind>(41), "pos");
    let fix = |lat: f64, age: f64| json!({"lat": lat, "lon": 37.61, "age_s": age, "accuracy": 8.0});
    let tracker = seats::master(41);
    let untaken =
        branch.says(&tracker, "tracker.fix", fix(55.75, 0.0)).await.expect("no fault of the tracker's");
    assert_eq!(untaken, json!({"taken": false, "why": "no_consent"}));
    assert!(place().is_null());
    branch.says(&tracker, "tracker.allow", json!({"given": true})).await.expect("agreed");
    branch.settles().await;
    let taken = branch.says(&tracker, "tracker.fix", fix(55.75, 30.0)).await.expect("taken");
    assert_eq!(taken, json!({"taken": true}));
    assert_eq!(place()["lat"], json!(55.75));
    let late = branch.says(&tracker, "tracker.fix", fix(55.70, 90.0)).await.expect("late on the way");
    assert_eq!(late, json!({"taken": false, "why": "older"}));
    let again = branch.says(&tracker, "tracker.fix", fix(55.75, 30.1)).await.expect("twice");
    assert_eq!(again["why"], "older");
    assert_eq!(place()["lat"], json!(55.75));
    branch.says(&tracker, "shift.end", json!({})).await.expect("home");
    branch.settles().await;
    let home = branch.says(&tracker, "tracker.fix", fix(55.80, 0.0)).await.expect("answered");
    assert_eq!(home["why"], "off_shift");
    assert_eq!(place()["lat"], json!(55.75), "nobody is followed home");
    let wrong = branch.says(&tracker, "tracker.fix", fix(95.0, 0.0)).await.expect_err("no such place");
    assert!(wrong.detail.contains("95"), "{wrong}");
}
