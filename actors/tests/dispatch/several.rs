//! A visit for several masters: offered, planned, moved and called off as one.

use crate::kit::{branch::Branch, firm, firm::id, job::Job, seats};
use domain::{
    refusal::RefusalKind,
    values::id::{ClientKind, Id, MasterId, PointKind, UnitKind},
    visits::visit::{Visit, VisitState},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const TICK: Duration = Duration::from_secs(30);

fn words(masters: i64) -> Value {
    let (client, point, unit): (Id<ClientKind>, Id<PointKind>, Id<UnitKind>) = (id(1), id(11), id(21));
    json!({"client": client, "point": point, "unit": unit, "symptom": "перенести витрину", "masters": masters})
}
async fn registered(branch: &Branch, masters: i64) -> Job<'_> {
    let answer =
        branch.says(&seats::dispatcher(), "request.register", words(masters)).await.expect("registered");
    Job::from_answer(branch, answer)
}
fn all(job: &Job<'_>) -> BTreeSet<MasterId> {
    job.row().masters().collect()
}
fn both() -> BTreeSet<MasterId> {
    BTreeSet::from([id(41), id(42)])
}
/// Booked, with both masters of the firm on their way to it at one moment.
async fn planned(branch: &Branch) -> Job<'_> {
    let job = registered(branch, 2).await;
    job.booked().await;
    branch.sees("both go", || all(&job) == both()).await;
    job
}
fn start(visit: &Visit) -> (jiff::Timestamp, jiff::Timestamp) {
    let assignment = visit.assignment.as_ref().expect("somebody goes");
    (assignment.start, assignment.end)
}

#[actix::test]
async fn a_visit_for_two_is_offered_with_both_and_given_to_both_at_one_start() {
    let branch = Branch::open(|_| ()).await;
    let job = registered(&branch, 2).await;
    let offers = job.answer["offers"].as_array().expect("offers").clone();
    assert!(!offers.is_empty());
    for offer in &offers {
        let names = BTreeSet::from([offer["master_name"].as_str(), offer["beside"][0].as_str()]);
        assert_eq!(names, BTreeSet::from([Some("Игорь"), Some("Олег")]), "{offer}");
    }
    let (from, to) = job.booked().await;
    branch.sees("both go", || all(&job) == both()).await;
    let row = job.row();
    let window = from..=to;
    assert!(window.contains(&start(&row).0.as_millisecond()));
    assert_eq!((row.masters_needed, row.helpers().len(), row.state), (2, 1, VisitState::Confirmed));
    let shown = branch.news.row("board", job.visit).expect("on the board");
    assert_eq!(
        (&shown["masters_needed"], &shown["helpers"][0]["master"]),
        (&json!(2), &json!(row.helpers()[0].master))
    );
}

#[actix::test]
async fn the_day_of_the_second_master_is_taken_as_well() {
    let branch = Branch::open(|_| ()).await;
    let job = planned(&branch).await;
    let (from, to) = start(&job.row());
    // Nobody is free in that hour: another client is offered none that begins in it.
    let other = Job::of(&branch, 2, 12, 22).await;
    let (from, to) = (from.as_millisecond(), to.as_millisecond());
    let starts = other.answer["offers"].as_array().expect("offers").clone();
    assert!(!starts.is_empty());
    for offer in starts {
        let at = offer["start"].as_i64().expect("a start");
        assert!(!(from..to).contains(&at), "{offer}");
    }
    let args = json!({"visit": other.visit, "from": from, "to": to});
    branch.says(&seats::dispatcher(), "request.book", args).await.expect("promised all the same");
    branch.pass(TICK).await;
    if let Some(second) = other.row().assignment {
        let (a, b) = start(&job.row());
        assert!(second.end <= a || second.start >= b, "{second:?} beside {a}…{b}");
    }
    assert_eq!(all(&job), both());
}

#[actix::test]
async fn more_masters_than_there_are_is_not_offered_and_a_wrong_number_is_named() {
    let branch = Branch::open(|_| ()).await;
    assert_eq!(registered(&branch, 3).await.answer["offers"], json!([]), "the firm has two");
    for masters in [0, 5, -1, 300] {
        let refused = branch.says(&seats::dispatcher(), "request.register", words(masters)).await;
        let refused = refused.expect_err("nobody sends so many");
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, "wrong-masters"));
        assert!(refused.detail.contains(&format!("`{masters}`")), "{}", refused.detail);
    }
}

#[actix::test]
async fn calling_it_off_frees_both() {
    let branch = Branch::open(|_| ()).await;
    let job = planned(&branch).await;
    let args = json!({"visit": job.visit, "reason": "передумали"});
    branch.says(&seats::dispatcher(), "visit.cancel", args).await.expect("called off");
    assert_eq!(job.row().state, VisitState::Cancelled);
    let again = planned(&branch).await;
    branch.settles().await;
    for number in [41, 42] {
        let load =
            branch.news.row("board", id::<domain::values::id::MasterKind>(number)).expect("on the board");
        assert_eq!(load["load_min"], json!(again.row().load_minutes(id(number))), "only the new one counts");
    }
}

/// One of the two falls ill, the one who leads or the other; gives the visit before it and after it.
async fn replaced(leads: bool) -> (Visit, Visit) {
    // Masters of neighbouring numbers would be one to the planner on neighbouring days.
    let branch = Branch::open(|j| j.put(&firm::master(45, "Павел"))).await;
    let job = registered(&branch, 2).await;
    job.booked().await;
    branch.sees("two go", || all(&job).len() == 2).await;
    let row = job.row();
    let ill = if leads { row.master() } else { row.helpers().first().map(|h| h.master) };
    let ill = ill.expect("somebody was to go");
    let args = json!({"master": ill, "reason": "температура"});
    branch.says(&seats::dispatcher(), "master.unavailable", args).await.expect("people fall ill");
    branch.sees("two others", || all(&job).len() == 2 && !all(&job).contains(&ill)).await;
    let now = job.row();
    assert_eq!(start(&now).0, start(&row).0, "at the same hour");
    (row, now)
}
#[actix::test]
async fn who_leads_and_falls_ill_is_replaced_and_the_visit_stays_for_two() {
    let (before, after) = replaced(true).await;
    assert_ne!(after.master(), before.master());
}
#[actix::test]
async fn who_goes_beside_and_falls_ill_is_replaced_and_who_leads_is_not_troubled() {
    let (before, after) = replaced(false).await;
    assert_eq!(after.master(), before.master());
    assert_ne!(after.helpers()[0].master, before.helpers()[0].master);
}

#[actix::test]
async fn a_pin_holds_who_leads_and_somebody_else_is_found_beside() {
    let branch = Branch::open(|_| ()).await;
    let job = registered(&branch, 2).await;
    job.assigned(42, 2 * 3600).await;
    branch.sees("both go", || all(&job) == both()).await;
    let row = job.row();
    assert_eq!((row.master(), row.pinned), (Some(id(42)), true));
    assert_eq!(start(&row).0, crate::kit::clock::at(2 * 3600));
    // Whoever goes beside is put first: the other one goes beside then.
    job.assigned(41, 3 * 3600).await;
    branch.sees("the other way round", || job.row().master() == Some(id(41)) && all(&job) == both()).await;
    assert_eq!(start(&job.row()).0, crate::kit::clock::at(3 * 3600));
}

#[actix::test]
async fn a_process_that_starts_again_has_both_where_they_were() {
    let branch = Branch::open(|j| j.put(&firm::master(45, "Павел"))).await;
    let job = registered(&branch, 2).await;
    job.booked().await;
    branch.sees("two go", || all(&job).len() == 2).await;
    let row = job.row();
    let house = branch.reopened().await;
    house.pass(TICK).await;
    let kept: Visit = house.journal.get(job.visit).expect("kept");
    assert_eq!((kept.masters().collect::<Vec<_>>(), start(&kept)), (row.masters().collect(), start(&row)));
}

#[actix::test]
async fn the_work_is_done_by_who_leads_and_both_are_free_after_it() {
    let branch = Branch::open(|_| ()).await;
    let job = registered(&branch, 2).await;
    job.assigned(41, 3600).await;
    branch.sees("both go", || all(&job) == both()).await;
    branch.pass(TICK).await;
    for (number, beside) in [(41, Value::Null), (42, json!(true))] {
        let phone = format!("my-jobs:{}", id::<domain::values::id::MasterKind>(number));
        let shown = branch.news.row(&phone, job.visit).expect("on the phone of each");
        assert_eq!((&shown["beside"], &shown["master_name"]), (&beside, &json!("Игорь")));
    }
    let refused = job.step(&seats::master(42), "visit.accept").await.expect_err("Igor leads");
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    job.steps(41, &["visit.accept", "visit.depart", "visit.arrive", "visit.begin"]).await;
    branch.pass(TICK).await;
    assert_eq!((all(&job), job.row().state), (both(), VisitState::Working));
    let done = json!({"visit": job.visit, "outcome": "fixed", "works": [{"name": "работа", "price": "0"}]});
    branch.says(&seats::master(41), "visit.complete", done).await.expect("done");
    let next = registered(&branch, 2).await;
    assert!(!next.answer["offers"].as_array().expect("offers").is_empty());
}
