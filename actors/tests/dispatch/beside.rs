//! The day of who goes beside the master of a visit for two: told, on the way, there, gone, or not at all.

use crate::kit::{
    branch::Branch,
    firm::{self, id},
    job::Job,
    journal::MemoryJournal,
    seats,
};
use domain::{
    refusal::RefusalKind,
    values::id::{ClientKind, Id, MasterId, PointKind, UnitKind},
    visits::{
        beside::HelperState,
        visit::{Visit, VisitState},
    },
    workforce::master::{Duty, Master},
};
use serde_json::{Value, json};
use std::time::Duration;

const TICK: Duration = Duration::from_secs(30);

/// 41 leads, 42 goes beside; it was offered to both, and 45 is free when the house has them.
async fn offered(branch: &Branch) -> Job<'_> {
    let job = for_two(branch).await;
    branch.sees("the offer", || job.row().state == VisitState::Dispatched).await;
    job
}
async fn for_two(branch: &Branch) -> Job<'_> {
    let (client, point, unit): (Id<ClientKind>, Id<PointKind>, Id<UnitKind>) = (id(1), id(11), id(21));
    let args =
        json!({"client": client, "point": point, "unit": unit, "symptom": "перенести витрину", "masters": 2});
    let answer = branch.says(&seats::dispatcher(), "request.register", args).await.expect("registered");
    let job = Job::from_answer(branch, answer);
    job.assigned(41, 3600).await;
    branch.sees("both go", || job.row().masters().count() == 2).await;
    job
}
fn three(kept: &MemoryJournal) {
    kept.put(&firm::master(45, "Павел"));
}
fn beside(job: &Job<'_>) -> Vec<(MasterId, HelperState)> {
    job.row().helpers().iter().map(|helper| (helper.master, helper.state)).collect()
}
fn first(job: &Job<'_>) -> MasterId {
    job.row().helpers()[0].master
}
fn number(master: MasterId) -> u128 {
    [41, 42, 45].into_iter().find(|number| id(*number) == master).expect("of the firm")
}
fn duty(branch: &Branch, master: MasterId) -> Duty {
    branch.journal.get::<Master>(master).expect("works here").duty
}
fn on_phone(branch: &Branch, master: MasterId, job: &Job<'_>) -> Option<Value> {
    branch.news.row(&format!("my-jobs:{master}"), job.visit)
}
fn notice(branch: &Branch, job: &Job<'_>) -> Option<Value> {
    branch.news.row("board", format!("notice_{}", job.visit))
}
async fn decline(branch: &Branch, job: &Job<'_>, master: MasterId) {
    let args = json!({"visit": job.visit, "reason": "спина"});
    branch.says(&seats::master(number(master)), "visit.decline", args).await.expect("heard");
}

#[actix::test]
async fn the_phone_of_who_goes_beside_is_rung_until_they_look() {
    let branch = Branch::open(|_| ()).await;
    let phone = json!({
        "endpoint": "https://push.example.com/send/42", "p256dh": "B".repeat(87), "auth": "a".repeat(22), "lang": "ru",
    });
    branch.says(&seats::master(42), "push.subscribe", phone).await.expect("a phone");
    let job = offered(&branch).await;
    branch.sees("a push", || !branch.phones.rung().is_empty()).await;
    assert!(branch.phones.rung().iter().all(|(address, _)| address.ends_with("/42")));
    job.steps(41, &["visit.seen"]).await;
    branch.settles().await;
    assert_eq!(notice(&branch, &job).expect("one has not looked")["master"], json!(id::<Kind>(42)));
    job.steps(42, &["visit.seen"]).await;
    branch.sees("nothing to tell", || notice(&branch, &job).is_none()).await;
    let shown = branch.news.row("board", job.visit).expect("on the board");
    assert_eq!(shown["helpers"][0]["seen"], json!(true));
}
type Kind = domain::values::id::MasterKind;

#[actix::test]
async fn after_minutes_without_a_look_the_dispatcher_is_told_whom_to_call() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.seen", "visit.accept"]).await;
    branch.pass(Duration::from_secs(260)).await;
    let row = notice(&branch, &job).expect("told");
    assert_eq!((&row["call"], &row["master"]), (&json!(true), &json!(id::<Kind>(42))));
}

#[actix::test]
async fn who_goes_beside_takes_their_own_steps_and_the_phone_and_the_board_show_them() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    let refused = job.step(&seats::master(42), "visit.accept").await.expect_err("41 leads");
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    job.steps(41, &["visit.accept"]).await;
    for (step, state, does) in
        [("visit.depart", "en_route", Duty::Travelling), ("visit.arrive", "on_site", Duty::OnSite)]
    {
        job.steps(42, &[step]).await;
        branch.settles().await;
        assert_eq!(on_phone(&branch, id(42), &job).expect("on the phone")["state"], json!(state));
        let shown = branch.news.row("board", job.visit).expect("on the board");
        assert_eq!((&shown["state"], &shown["helpers"][0]["state"]), (&json!("accepted"), &json!(state)));
        assert_eq!((duty(&branch, id(42)), job.row().state), (does, VisitState::Accepted));
    }
    for owned in ["visit.begin", "visit.leave"] {
        let seat = seats::master(if owned == "visit.leave" { 41 } else { 42 });
        let refused = job.step(&seat, owned).await.expect_err("of the other one");
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{owned}");
    }
    job.steps(41, &["visit.depart", "visit.arrive", "visit.begin"]).await;
    job.steps(42, &["visit.leave"]).await;
    branch.pass(TICK).await;
    assert_eq!(beside(&job), [(id(42), HelperState::Left)]);
    assert_eq!((duty(&branch, id(42)), duty(&branch, id(41))), (Duty::Available, Duty::OnSite));
}

#[actix::test]
async fn who_leads_ends_the_work_and_both_are_free() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.accept", "visit.depart"]).await;
    job.steps(42, &["visit.depart", "visit.arrive"]).await;
    job.steps(41, &["visit.arrive", "visit.begin"]).await;
    let done = json!({"visit": job.visit, "outcome": "fixed", "works": [{"name": "работа", "price": "0"}]});
    branch.says(&seats::master(41), "visit.complete", done).await.expect("done");
    assert_eq!((duty(&branch, id(41)), duty(&branch, id(42))), (Duty::Available, Duty::Available));
}

#[actix::test]
async fn who_says_no_beside_is_replaced_and_who_leads_is_not_troubled() {
    let branch = Branch::open(three).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.accept"]).await;
    let (gone, start) = (first(&job), job.row().assignment.expect("given").start);
    decline(&branch, &job, gone).await;
    branch.sees("another", || job.row().helpers().first().is_some_and(|h| h.master != gone)).await;
    let row = job.row();
    assert_eq!((row.state, row.master()), (VisitState::Accepted, Some(id(41))));
    assert_eq!((row.assignment.expect("given").start, row.refused_by), (start, vec![gone]));
    assert_eq!(on_phone(&branch, gone, &job), None);
}

/// Whoever was to go beside falls out while the leading one is at work: on the way or not, ill or unwilling.
async fn filled_under_way(falls_out: &str, set_off: bool) -> (Visit, MasterId) {
    let branch = Branch::open(three).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.accept", "visit.depart", "visit.arrive", "visit.begin"]).await;
    let gone = first(&job);
    if set_off {
        job.steps(number(gone), &["visit.depart"]).await;
    }
    if falls_out == "decline" {
        decline(&branch, &job, gone).await;
    } else {
        let args = json!({"master": gone, "reason": "температура"});
        branch.says(&seats::dispatcher(), "master.unavailable", args).await.expect("people fall ill");
    }
    branch.sees("another", || job.row().helpers().first().is_some_and(|h| h.master != gone)).await;
    branch.sees("on the phone", || on_phone(&branch, first(&job), &job).is_some()).await;
    (job.row(), gone)
}
async fn is_filled_though_the_work_is_begun(falls_out: &str, set_off: bool) {
    let (row, gone) = filled_under_way(falls_out, set_off).await;
    assert_eq!((row.state, row.master(), row.helpers().len()), (VisitState::Working, Some(id(41)), 1));
    assert!(row.helpers()[0].offered.is_some() && !row.takes(gone), "{falls_out}");
}
#[actix::test]
async fn the_seat_of_who_falls_ill_at_home_is_filled_though_the_work_is_begun() {
    is_filled_though_the_work_is_begun("ill", false).await;
}
#[actix::test]
async fn the_seat_of_who_falls_ill_on_the_way_is_filled_though_the_work_is_begun() {
    is_filled_though_the_work_is_begun("ill", true).await;
}
#[actix::test]
async fn the_seat_of_who_turns_back_is_filled_though_the_work_is_begun() {
    is_filled_though_the_work_is_begun("decline", true).await;
}

#[actix::test]
async fn where_nobody_can_fill_the_seat_the_work_goes_on_and_the_board_says_it() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    job.steps(41, &["visit.accept", "visit.depart", "visit.arrive", "visit.begin"]).await;
    decline(&branch, &job, id(42)).await;
    branch.pass(TICK).await;
    let shown = branch.news.row("board", job.visit).expect("on the board");
    assert_eq!((&shown["state"], &shown["short"]), (&json!("working"), &json!(1)));
}

#[actix::test]
async fn a_process_that_starts_again_leaves_a_short_visit_to_who_leads_it() {
    let branch = Branch::open(|_| ()).await;
    let job = offered(&branch).await;
    let args = json!({"visit": job.visit, "pinned": false});
    branch.says(&seats::dispatcher(), "visit.pin", args).await.expect("nothing holds it");
    decline(&branch, &job, id(42)).await;
    branch.pass(TICK).await;
    let house = branch.reopened().await;
    house.pass(TICK).await;
    let kept: Visit = house.journal.get(job.visit).expect("kept");
    assert_eq!(kept.masters().collect::<Vec<_>>(), [id(41)]);
    // Nobody else is given that hour of the one who leads.
    let work = kept.assignment.expect("given");
    let other = Job::of(&house, 2, 12, 22).await;
    for offer in other.answer["offers"].as_array().expect("offers") {
        let taken = work.start.as_millisecond()..work.end.as_millisecond();
        let same = offer["master"] == json!(id::<Kind>(41));
        assert!(!same || !taken.contains(&offer["start"].as_i64().expect("a start")), "{offer}");
    }
}

#[actix::test]
async fn the_number_of_masters_is_changed_later_and_the_plan_follows() {
    let branch = Branch::open(three).await;
    let job = offered(&branch).await;
    for (masters, by) in [(3, seats::dispatcher()), (2, seats::operator(31)), (1, seats::dispatcher())] {
        let args = json!({"visit": job.visit, "masters": masters});
        branch.says(&by, "visit.masters", args).await.expect("changed");
        branch.sees("as many", || job.row().masters().count() == masters).await;
        branch.pass(TICK).await;
        let row = job.row();
        assert_eq!(
            (row.masters().count(), usize::from(row.masters_needed), row.master()),
            (masters, masters, Some(id(41)))
        );
    }
    let args = json!({"visit": job.visit, "masters": 9});
    let refused =
        branch.says(&seats::dispatcher(), "visit.masters", args).await.expect_err("nobody sends nine");
    assert_eq!(refused.code, "wrong-masters");
}

#[actix::test]
async fn an_hour_of_each_master_is_in_the_price_of_an_offer() {
    let branch = Branch::open(|_| ()).await;
    let (client, point, unit): (Id<ClientKind>, Id<PointKind>, Id<UnitKind>) = (id(2), id(12), id(22));
    let mut prices = Vec::new();
    for masters in [1, 2] {
        let args = json!({"client": client, "point": point, "unit": unit, "symptom": "не греет", "masters": masters});
        let answer = branch.says(&seats::dispatcher(), "request.register", args).await.expect("registered");
        let price = answer["offers"][0]["price"].as_str().expect("a price").to_owned();
        prices.push(price.parse::<f64>().expect("money"));
    }
    let trip = 2.0 * prices[0] - prices[1];
    assert!(prices[1] > prices[0] && trip >= 0.0, "{prices:?}");
}
/// Nobody has set off, so the start drifts with the minutes that pass; the hour is the same.
fn is_soon_after(told: jiff::Timestamp, visit: &domain::visits::visit::Visit) -> bool {
    let start = visit.assignment.as_ref().map(|it| it.start);
    start.is_some_and(|start| (0..600).contains(&start.duration_since(told).as_secs()))
}

#[actix::test]
async fn who_leads_keeps_a_visit_that_somebody_beside_has_left_and_the_seat_is_filled_when_somebody_can() {
    let branch = Branch::open(three).await;
    let job = for_two(&branch).await;
    let args = json!({"visit": job.visit, "pinned": false});
    branch.says(&seats::dispatcher(), "visit.pin", args).await.expect("nothing holds it");
    branch.sees("the offer", || job.row().state == VisitState::Dispatched).await;
    job.steps(41, &["visit.accept"]).await;
    let start = job.row().assignment.expect("given").start;
    let gone = first(&job);
    let other = if gone == id(42) { id(45) } else { id(42) };
    for (master, word) in [(other, "master.unavailable"), (gone, "master.unavailable")] {
        let args = json!({"master": master, "reason": "температура"});
        branch.says(&seats::dispatcher(), word, args).await.expect("people fall ill");
    }
    branch.pass(TICK * 4).await;
    let row = job.row();
    assert_eq!((row.state, row.master(), row.helpers().len()), (VisitState::Accepted, Some(id(41)), 0));
    assert!(is_soon_after(start, &row), "at the hour that was told: {row:?}");
    let shown = branch.news.row("board", job.visit).expect("on the board");
    assert_eq!(shown["short"], json!(1), "the empty seat is a problem");
    branch
        .says(&seats::dispatcher(), "master.available", json!({"master": other}))
        .await
        .expect("well again");
    branch.sees("the seat is filled", || job.row().takes(other)).await;
    let row = job.row();
    assert_eq!((row.state, row.master()), (VisitState::Accepted, Some(id(41))));
    assert!(is_soon_after(start, &row), "{row:?}");
}
