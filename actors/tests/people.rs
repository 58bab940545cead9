//! People and zones are edited while the house is open: what was answered is there after the next start, too.

use crate::kit::{branch::Branch, clock::at, firm, firm::id, job::Job, seats};
use domain::{
    access::{Role, User},
    ports::{Command, FrontDoor, Journal, Seat, Table},
    values::{calendar::OpenHours, id::MasterId},
    visits::visit::{Visit, VisitState},
    workforce::{hours::Week, master::Master},
};
use jiff::civil::time;
use serde_json::{Value, json};

fn admin() -> Seat {
    Seat { user: id(71), ..seats::admin() }
}
fn refusal(answer: Result<Value, domain::refusal::Refusal>) -> String {
    answer.expect_err("must be refused").code
}

#[actix::test]
async fn a_new_master_is_there_after_a_restart_and_the_password_is_kept_nowhere() {
    let branch = Branch::open(|_| ()).await;
    let wish = json!({"name": "Новый Мастер", "login": "new", "role": "master", "phone": "89160000099",
        "master": {"skills": [{"code": "fridge", "level": 3}], "vehicle": "в222вв77"}});
    let made = branch.repeats(&admin(), "one", "person.create", wish.clone()).await.expect("made").ok;
    assert_eq!(made["password"], "fresh-password-0");
    let again = branch.repeats(&admin(), "one", "person.create", wish).await.expect("answered again");
    assert!(again.dup && again.ok["password"].is_null() && again.ok["user"] == made["user"]);
    let master: MasterId = serde_json::from_value(made["master"].clone()).expect("an id");
    branch.sees("the board", || branch.news.row("board", master).is_some()).await;
    let row = branch.news.row("board", master).expect("shown");
    assert_eq!((&row["name"], &row["vehicle"]), (&json!("Новый Мастер"), &json!("в222вв77")));
    assert_eq!(branch.door().people("Новый", 5)[0]["phone"], "+79160000099");
    let next = branch.reopened().await;
    let user = next.door().user("new").expect("may come in");
    assert_eq!(
        (user.master, user.once, user.password.as_str()),
        (Some(master), true, "hash of fresh-password-0")
    );
    next.sees("the board", || next.news.row("board", master).is_some()).await;
}

#[actix::test]
async fn who_is_switched_off_may_not_come_in_and_leaves_no_visit_behind() {
    let branch = Branch::open(|journal| {
        journal.put(&User { master: Some(id(41)), ..firm::user(72, "igor", Role::Master) });
    })
    .await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3600).await;
    let user = firm::user(72, "igor", Role::Master).id;
    let off = branch.says(&admin(), "person.off", json!({"user": user})).await.expect("switched off");
    assert_eq!(off["freed"], json!([job.visit]));
    assert!(branch.door().user("igor").is_none());
    assert_ne!(job.row().master(), Some(id(41)));
    branch
        .sees("the board without them", || {
            branch.news.row("board", id::<domain::values::id::MasterKind>(41)).is_none()
        })
        .await;
    let last = branch.says(&admin(), "person.off", json!({"user": admin().user})).await;
    assert_eq!(refusal(last), "last-admin");
    branch.says(&admin(), "person.on", json!({"user": user})).await.expect("switched on");
    assert!(branch.door().user("igor").is_some());
}

#[actix::test]
async fn a_skill_that_goes_takes_the_visit_to_somebody_else() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.booked().await;
    job.assigned(41, 3600).await;
    let card = json!({"master": id::<domain::values::id::MasterKind>(41), "card": {"skills": []}});
    let told = branch.says(&admin(), "master.change", card).await.expect("changed");
    assert_eq!(told["freed"], json!([job.visit]));
    branch.sees("another master", || job.row().master() == Some(id(42))).await;
    let manager = Seat { role: Role::Dispatcher, ..admin() };
    assert_eq!(refusal(branch.says(&manager, "master.change", json!({})).await), "forbidden");
}

#[actix::test]
async fn a_night_is_one_shift_on_the_board_and_in_the_plan() {
    let night = OpenHours { from: time(22, 0, 0, 0), to: time(6, 0, 0, 0) };
    let them = Master { week: Some(Week([Some(night); 7])), ..firm::master(41, "Орлов") };
    let branch = Branch::open(|journal| journal.put(&them)).await;
    let shift = them.shown_shift(at(0), &branch.house.zone());
    assert_eq!(shift.to.duration_since(shift.from).as_hours(), 8);
    branch.sees("the board", || branch.news.row("board", them.id).is_some()).await;
    let row = branch.news.row("board", them.id).expect("shown");
    assert_eq!(row["shift"], json!({"from": shift.from.as_millisecond(), "to": shift.to.as_millisecond()}));
    let job = Job::registered(&branch).await;
    let second = |hours: i64| shift.from.as_second() - at(0).as_second() + hours * 3600;
    let tried = async |hours: i64| {
        let start = at(second(hours)).as_millisecond();
        let args = json!({"visit": job.visit, "master": them.id, "start": start});
        branch.says(&seats::dispatcher(), "visit.preview", args).await.expect("tried")["ok"].clone()
    };
    assert_eq!(
        (tried(5).await, tried(9).await),
        (json!(true), json!(false)),
        "after midnight, and after work"
    );
    job.assigned(41, second(5)).await;
    let next = branch.reopened().await;
    let kept: Visit = next.journal.get(job.visit).expect("kept");
    assert_eq!((kept.master(), kept.assignment.map(|a| a.start)), (Some(them.id), Some(at(second(5)))));
}

#[actix::test]
async fn nobody_puts_a_hash_of_their_own_into_the_house() {
    let branch = Branch::open(|_| ()).await;
    let wish = json!({"name": "Вор", "login": "thief", "role": "admin", "hash": "known", "once": false});
    branch.says(&admin(), "person.create", wish).await.expect("made");
    let user = branch.door().user("thief").expect("may come in");
    assert_eq!((user.password.as_str(), user.once), ("hash of fresh-password-0", true));
}

#[actix::test]
async fn a_zone_names_its_points_and_is_there_after_a_restart() {
    let branch = Branch::open(|_| ()).await;
    let corners = json!([{"lat": 55.6, "lon": 37.5}, {"lat": 55.6, "lon": 37.7}, {"lat": 55.8, "lon": 37.7}, {"lat": 55.8, "lon": 37.5}]);
    let zone = json!({"name": "Центр", "corners": corners, "price": "300.00"});
    branch.says(&admin(), "zone.draw", zone).await.expect("drawn");
    let rows = branch.journal.rows(Table::Point).await.expect("read");
    assert!(rows.iter().all(|row| row["zone"] == "Центр"), "{rows:?}");
    let next = branch.reopened().await;
    assert_eq!(next.door().zones()["zones"][0]["points"], 2);
    let job = Job::registered(&next).await;
    let order = next.journal.row(Table::Order, job.row().order.uuid()).await.expect("read").expect("kept");
    assert_eq!((&order["lines"][0]["kind"], &order["lines"][0]["price"]), (&json!("trip"), &json!("300.00")));
    assert_eq!(job.row().state, VisitState::Unplanned);
    let seat = seats::dispatcher();
    assert_eq!(refusal(next.says(&seat, "zone.retire", json!({})).await), "forbidden");
}

#[actix::test]
async fn of_two_who_draw_a_zone_the_second_is_told_what_the_first_has_drawn() {
    let branch = Branch::open(|_| ()).await;
    let corners = json!([{"lat": 55.6, "lon": 37.5}, {"lat": 55.6, "lon": 37.7}, {"lat": 55.8, "lon": 37.7}]);
    let card = |name: &str| json!({"name": name, "corners": corners, "price": "300.00"});
    let made = branch.says(&admin(), "zone.draw", card("Центр")).await.expect("drawn");
    let seen = branch.door().zones()["zones"][0]["rev"].as_u64();
    let write = |name: &str| Command {
        id: name.into(),
        name: "zone.change".into(),
        args: json!({"zone": made["zone"], "card": card(name)}),
        rev: seen,
    };
    branch.sends(&admin(), write("Центр-1")).await.expect("written");
    let late = branch.sends(&admin(), write("Центр-2")).await.expect_err("must be refused");
    assert_eq!(late.code, "stale-version");
    let stands = late.current.expect("what stands now");
    let row = &branch.door().zones()["zones"][0];
    assert_eq!((&stands["name"], &row["name"]), (&json!("Центр-1"), &json!("Центр-1")));
    assert_eq!((&stands["id"], &stands["rev"]), (&row["id"], &row["rev"]));
}
