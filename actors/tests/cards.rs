//! Cards that are written over: clients, points with visits that are to be made there, equipment.

use crate::kit::{
    branch::Branch,
    clock::at,
    firm::{self, id},
    job::Job,
    seats,
};
use domain::{
    clients::{client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    ports::{Answer, Command, FrontDoor},
    refusal::{Refusal, RefusalKind},
    values::{
        id::{ClientId, MasterId, MasterKind, PointId, UnitId},
        place::Place,
    },
    visits::visit::VisitState,
};
use serde_json::{Value, json};

const HOUR: i64 = 3600;

async fn open() -> Branch {
    Branch::open(|journal| journal.put(&firm::operator(61, "Мария"))).await
}
fn home() -> PointId {
    id(11)
}
/// The first client's point, open at these hours of every day by its own clock.
fn card(place: (f64, f64), hours: Option<(&str, &str)>) -> Value {
    let week = hours.map(|(from, to)| vec![json!({"from": from, "to": to}); 7]);
    json!({"address": "Ёлочная улица, 11", "place": {"lat": place.0, "lon": place.1}, "visiting": {"hours": week}})
}
/// Where the point stands already.
const HERE: (f64, f64) = (55.70 + 11.0 * 0.001, 37.60);

async fn writes(branch: &Branch, card: Value, rev: Option<u64>) -> Result<Answer, Refusal> {
    let id = format!("point-{}", branch.journal.facts().len());
    let args = json!({"point": home(), "card": card});
    branch.sends(&seats::dispatcher(), Command { id, name: "point.change".into(), args, rev }).await
}

#[actix::test]
async fn visits_go_where_the_point_is_now_and_the_promise_stands() {
    let branch = open().await;
    let job = Job::registered(&branch).await;
    let (from, to) = job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    let way = job.row().assignment.map(|a| a.travel_seconds);
    let answer = writes(&branch, card((55.80, 37.75), None), Some(1)).await.expect("written").ok;
    assert_eq!((&answer["moved"], &answer["outside"]), (&json!([job.visit]), &json!([])));
    let there = Place { lat: 55.80, lon: 37.75 };
    assert_eq!(job.row().place, there);
    assert_eq!(branch.journal.get::<ServicePoint>(home()).map(|p| (p.ver, p.place)), Some((2, there)));
    assert!(branch.journal.story(job.visit).contains(&"visit.relocated".to_owned()));
    branch.sees("another way", || job.row().assignment.is_some_and(|a| Some(a.travel_seconds) != way)).await;
    let window = job.row().window.expect("the promise stands");
    assert_eq!((window.from.as_millisecond(), window.to.as_millisecond()), (from, to));
    let start = job.row().assignment.expect("somebody goes").start.as_millisecond();
    assert!(from <= start && start <= to);
    branch.settles().await;
    let row = branch.news.row("board", job.visit).expect("on the board");
    assert_eq!((row["lat"].as_f64(), row["lon"].as_f64()), (Some(55.80), Some(37.75)));
}

#[actix::test]
async fn new_hours_move_the_start_within_the_promised_window() {
    let branch = open().await;
    let job = Job::registered(&branch).await;
    let (from, _) = job.booked().await;
    assert_eq!(from, at(HOUR).as_millisecond(), "ten o'clock in Moscow");
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    assert!(job.row().assignment.expect("a plan").start < at(2 * HOUR));
    let answer = writes(&branch, card(HERE, Some(("11:00:00", "20:00:00"))), None).await.expect("written").ok;
    assert_eq!((&answer["moved"], &answer["outside"]), (&json!([]), &json!([])));
    branch.sees("a later start", || job.row().assignment.is_some_and(|a| a.start >= at(2 * HOUR))).await;
    assert!(job.row().window.is_some_and(|window| window.from.as_millisecond() == from));
}

#[actix::test]
async fn a_promise_outside_of_new_hours_is_kept_and_told() {
    let branch = open().await;
    let job = Job::registered(&branch).await;
    let promised = job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    let answer = writes(&branch, card(HERE, Some(("16:00:00", "19:00:00"))), None).await.expect("written").ok;
    assert_eq!(answer["outside"], json!([{"visit": job.visit, "no": job.row().no}]));
    branch.settles().await;
    let (row, window) = (job.row(), job.row().window.expect("it stands"));
    assert_eq!((window.from.as_millisecond(), window.to.as_millisecond()), promised);
    assert!(row.assignment.is_some_and(|a| window.from <= a.start && a.start <= window.to), "somebody comes");
}

#[actix::test]
async fn windows_are_offered_while_somebody_opens() {
    let branch = open().await;
    writes(&branch, card(HERE, Some(("14:00:00", "19:00:00"))), None).await.expect("written");
    let job = Job::registered(&branch).await;
    let offers = job.answer["offers"].as_array().expect("offers");
    assert!(!offers.is_empty());
    for offer in offers {
        let (from, to) = (offer["from"].as_i64().expect("a time"), offer["to"].as_i64().expect("a time"));
        let day = 24 * HOUR * 1000;
        let since = |at: i64| (at + 3 * HOUR * 1000).rem_euclid(day) / 1000;
        assert!(since(from) >= 14 * HOUR && since(to) <= 19 * HOUR, "{offer}");
    }
}

#[actix::test]
async fn who_is_on_the_way_hears_that_the_place_is_another() {
    let branch = open().await;
    let job = Job::registered(&branch).await;
    job.assigned(41, HOUR).await;
    branch.sees("an offer", || job.row().state == VisitState::Dispatched).await;
    job.steps(41, &["visit.accept", "visit.depart"]).await;
    writes(&branch, card((55.72, 37.61), None), None).await.expect("written");
    assert_eq!((job.row().state, job.row().place.lat), (VisitState::EnRoute, 55.72));
    branch.settles().await;
    let jobs = format!("my-jobs:{}", id::<MasterKind>(41));
    assert_eq!(branch.news.row(&jobs, job.visit).map(|row| row["lat"].as_f64()), Some(Some(55.72)));
}

#[actix::test]
async fn a_point_and_its_visits_are_kept_together_or_not_at_all() {
    let branch = open().await;
    let job = Job::registered(&branch).await;
    let before = job.row();
    branch.journal.refuse("point.changed");
    let refused = writes(&branch, card((55.80, 37.75), None), None).await.expect_err("the store is down");
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert_eq!(job.row(), before);
    writes(&branch, card((55.80, 37.75), None), Some(1)).await.expect("now it is up");
    let again = branch.reopened().await;
    assert_eq!(again.house.directory.read().points[&home()].place, job.row().place);
    assert_eq!(job.row().place.lat, 55.80);
}

#[actix::test]
async fn who_has_looked_at_an_older_card_is_shown_the_new_one() {
    let branch = open().await;
    writes(&branch, card(HERE, None), Some(1)).await.expect("written");
    let late = writes(&branch, card((55.9, 37.6), None), Some(1)).await.expect_err("somebody was faster");
    assert_eq!(late.kind, RefusalKind::Stale);
    let current = late.current.expect("the card");
    assert_eq!(current["points"][0]["rev"], 2);
    assert_eq!(branch.journal.get::<ServicePoint>(home()).map(|p| p.place.lat), Some(HERE.0));
}

#[actix::test]
async fn a_master_who_must_come_to_a_point_is_the_one_who_does() {
    let branch = open().await;
    let job = Job::registered(&branch).await;
    job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    let other: MasterId = if job.row().master() == Some(id(41)) { id(42) } else { id(41) };
    let bind =
        |master: MasterId| json!({"point": home(), "bindings": [{"master": master, "how": "required"}]});
    let refused = branch.says(&seats::operator(61), "point.bind", bind(other)).await.expect_err("not theirs");
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    let unknown = branch.says(&seats::dispatcher(), "point.bind", bind(id(99))).await.expect_err("nobody");
    assert_eq!(unknown.code, "unknown-master");
    branch.says(&seats::dispatcher(), "point.bind", bind(other)).await.expect("bound");
    branch.sees("the bound master", || job.row().master() == Some(other)).await;
}

#[actix::test]
async fn a_client_has_a_second_place_with_equipment_that_is_moved_and_written_off() {
    let branch = open().await;
    let (seat, anna) = (seats::operator(61), id::<domain::values::id::ClientKind>(1));
    let new = json!({"client": anna, "card": {"address": "Дачная, 3", "place": {"lat": 55.6, "lon": 37.5}}});
    let made = branch.says(&seat, "point.create", new).await.expect("a point");
    assert_eq!(branch.door().search("дачная", 5)[0]["id"], json!(anna));
    let unit = json!({"point": made["point"], "kind": "Котёл", "brand": "Bosch", "serial": "B-77", "skill": "boiler", "level": 2});
    let unit = branch.says(&seat, "unit.create", json!({"card": unit})).await.expect("a unit");
    let stands: UnitId = unit["unit"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let moved = json!({"point": home(), "kind": "Котёл", "serial": "B-78", "skill": "boiler", "level": 2});
    let args = json!({"unit": stands, "card": moved});
    branch.says(&seat, "unit.change", args.clone()).await.expect("moved");
    let card = branch.door().card(&anna.to_string()).await.expect("a card");
    assert_eq!(
        (&card["points"][1]["units"], card["points"][0]["units"].as_array().map(Vec::len)),
        (&json!([]), Some(2))
    );
    assert!(branch.door().search("B-77", 5).is_empty(), "the old number finds nobody");
    assert_eq!(branch.door().search("B-78", 5)[0]["id"], json!(anna));
    let foreign = json!({"unit": stands, "card": {"point": id::<domain::values::id::PointKind>(12), "kind": "Котёл", "skill": "boiler", "level": 2}});
    assert_eq!(branch.says(&seat, "unit.change", foreign).await.expect_err("not hers").code, "foreign-point");
    branch
        .says(&seat, "unit.retire", json!({"unit": stands, "reason": "сгорел"}))
        .await
        .expect("written off");
    let want = json!({"client": anna, "point": home(), "unit": stands, "symptom": "не греет"});
    let refused = branch.says(&seats::dispatcher(), "request.register", want).await.expect_err("it is scrap");
    assert_eq!(refused.code, "unit-scrap");
    assert_eq!(branch.says(&seat, "unit.change", args).await.expect_err("it is scrap").code, "unit-scrap");
    assert_eq!(branch.journal.story(stands), ["unit.created", "unit.changed", "unit.custody_moved"]);
    assert_eq!(branch.journal.get::<EquipmentUnit>(stands).map(|unit| unit.ver), Some(3));
}

#[actix::test]
async fn a_client_is_found_by_what_the_card_says_now() {
    let branch = open().await;
    let anna: ClientId = id(1);
    let card = json!({"name": "Анна Сидорова", "kind": "person", "contacts": [{"phones": ["8 916 777-00-01"]}], "note": "собака"});
    let say = |rev| Command {
        id: format!("change-{rev}"),
        name: "client.change".into(),
        args: json!({"client": anna, "card": card}),
        rev: Some(rev),
    };
    branch.sends(&seats::operator(61), say(1)).await.expect("written");
    for typed in ["сидорова", "89167770001"] {
        assert_eq!(branch.door().search(typed, 5)[0]["id"], json!(anna), "{typed}");
    }
    assert!(branch.door().search("петрова", 5).is_empty() && branch.door().search(firm::ANNA, 5).is_empty());
    assert_eq!(branch.door().search("ёлочная 11", 5)[0]["id"], json!(anna), "the address is as it was");
    let late = branch.sends(&seats::operator(61), say(9)).await.expect_err("another version");
    assert_eq!(
        (late.kind, late.current.map(|card| card["note"].clone())),
        (RefusalKind::Stale, Some(json!("собака")))
    );
    assert_eq!(branch.journal.get::<Client>(anna).map(|client| client.ver), Some(2));
}
