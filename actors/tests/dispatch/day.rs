//! A visit's day: from the client's words to the money.

use crate::kit::{branch::Branch, clock::at, firm::id, job::Job, seats};
use domain::{
    billing::payment::{Payment, PaymentState, Tender},
    requests::{
        order::{Payer, Phase},
        request::RequestState,
    },
    values::{id::MasterId, money::Money},
    visits::visit::{AssignmentState, Outcome, VisitState},
    workforce::master::{Duty, Master},
};
use serde_json::json;
use std::time::Duration;

const TICK: Duration = Duration::from_secs(30);

fn igor(branch: &Branch) -> Master {
    let id: MasterId = id(41);
    branch.journal.get(id).expect("Igor is kept")
}
async fn at_work(branch: &Branch, client: (u128, u128, u128)) -> Job<'_> {
    let job = Job::of(branch, client.0, client.1, client.2).await;
    job.assigned(41, 3600).await;
    branch.pass(TICK).await;
    job.steps(41, &["visit.accept", "visit.depart", "visit.arrive", "visit.begin"]).await;
    job
}
async fn completed(branch: &Branch, job: &Job<'_>, roubles: u32) -> serde_json::Value {
    let works = json!([{"name": "компрессор", "price": roubles.to_string()}]);
    let args = json!({"visit": job.visit, "works": works, "note": "заменён", "outcome": "fixed"});
    branch.says(&seats::master(41), "visit.complete", args).await.expect("work may end")
}

#[actix::test]
async fn a_registered_request_has_an_order_a_visit_and_windows_to_offer() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    let offers = job.answer["offers"].as_array().expect("windows");
    assert!(!offers.is_empty(), "two masters are free: something can be offered");
    for offer in offers {
        assert!(offer["from"].as_i64() >= Some(at(3600).as_millisecond()), "{offer}");
        assert!(offer["from"].as_i64() < offer["to"].as_i64(), "{offer}");
        assert!(["Игорь", "Олег"].contains(&offer["master_name"].as_str().expect("a name")), "{offer}");
    }
    assert_eq!(job.row().state, VisitState::Unplanned);
    assert_eq!(job.asked().state, RequestState::Registered);
    assert_eq!((job.order().phase, job.order().payer), (Phase::Intake, Payer::Client));
    assert_eq!(branch.news.field("requests", job.request, "symptom"), "не морозит");
    assert_eq!(branch.news.field("board", job.visit, "client"), "Анна Петрова");
    assert_eq!(branch.news.tile("visits_waiting"), 1);
}

#[actix::test]
async fn a_promised_window_is_planned_by_the_solver_within_it() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    let (from, to) = job.booked().await;
    branch.sees("a plan", || job.row().assignment.is_some()).await;
    let visit = job.row();
    let start = visit.assignment.expect("somebody goes").start.as_millisecond();
    assert!((from..=to).contains(&start), "{start} is not within {from}…{to}");
    assert_eq!(visit.state, VisitState::Confirmed);
    assert_eq!(job.asked().state, RequestState::Booked);
    assert_eq!(branch.news.field("board", job.visit, "state"), "confirmed");
    assert_eq!(branch.news.tile("visits_planned"), 1);
}

#[actix::test]
async fn a_visit_is_offered_to_its_master_when_its_time_comes_near() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 4 * 3600).await;
    branch.pass(Duration::from_secs(3600)).await;
    assert_eq!(job.row().state, VisitState::Planned, "three hours ahead nobody is troubled");
    let jobs = format!("my-jobs:{}", igor(&branch).id);
    assert_eq!(branch.news.row(&jobs, job.visit), None);
    branch.pass(Duration::from_secs(3600) + TICK).await;
    assert_eq!(job.row().state, VisitState::Dispatched);
    assert_eq!(branch.news.field(&jobs, job.visit, "state"), "dispatched");
}

#[actix::test]
async fn a_visit_goes_from_the_offer_to_the_money() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    assert_eq!((igor(&branch).duty, igor(&branch).current), (Duty::OnSite, Some(job.visit)));
    assert_eq!(job.asked().state, RequestState::InWork);
    assert_eq!(job.order().phase, Phase::Diagnosing);
    let answer = completed(&branch, &job, 2500).await;
    assert_eq!((&answer["total"], &answer["payer"]), (&json!("2500"), &json!("client")));
    assert_eq!(igor(&branch).duty, Duty::Available);
    assert_eq!(job.order().phase, Phase::Done, "not issued before it is paid");
    let args = json!({"visit": job.visit, "tender": "cash", "sum": "2500"});
    branch.says(&seats::master(41), "visit.pay", args).await.expect("the client pays");
    assert_eq!(job.order().phase, Phase::Issued);
    assert_eq!(job.order().due(), Money::ZERO);
    assert_eq!(igor(&branch).cash, Money::roubles(2500));
    let payment = branch.journal.all::<Payment>().remove(0);
    assert_eq!((payment.tender, payment.state), (Tender::Cash, PaymentState::Succeeded));
    assert_eq!(payment.custodian, Some(igor(&branch).id));
    assert_eq!(job.asked().state, RequestState::Resolved);
    assert_eq!(branch.news.row("requests", job.request), None, "what is done leaves the list");
    assert_eq!(branch.news.tile("revenue"), json!("2500"));
    assert_eq!(branch.news.tile("visits_done"), 1);
}

#[actix::test]
async fn the_screens_see_every_state_of_a_visit_in_order() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    completed(&branch, &job, 100).await;
    assert_eq!(
        branch.news.states("board", job.visit),
        ["unplanned", "planned", "dispatched", "accepted", "en_route", "on_site", "working", "completed"]
    );
}

#[actix::test]
async fn what_the_agreement_pays_is_not_asked_of_the_client() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (2, 12, 22)).await;
    let answer = completed(&branch, &job, 2500).await;
    assert_eq!((&answer["total"], &answer["payer"]), (&json!("0"), &json!("agreement")));
    assert_eq!(job.order().phase, Phase::Issued, "nobody owes anything");
    let args = json!({"visit": job.visit, "tender": "cash", "sum": "2500"});
    let refused = branch.says(&seats::master(41), "visit.pay", args).await.expect_err("nothing is owed");
    assert_eq!(refused.code, "wrong-sum");
}

#[actix::test]
async fn a_payment_by_qr_shows_what_the_bank_has_registered() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    completed(&branch, &job, 900).await;
    let args = json!({"visit": job.visit, "tender": "sbp", "sum": "900"});
    let answer = branch.says(&seats::master(41), "visit.pay", args).await.expect("the client pays");
    assert!(answer["qr"].as_str().is_some_and(|qr| qr.starts_with("qr:payment_")), "{answer}");
    assert_eq!(branch.bank.asked(), [Money::roubles(900)]);
    assert_eq!(igor(&branch).cash, Money::ZERO);
}

#[actix::test]
async fn a_bank_that_is_closed_takes_no_payment() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    completed(&branch, &job, 900).await;
    branch.bank.close();
    let args = json!({"visit": job.visit, "tender": "sbp", "sum": "900"});
    let refused = branch.says(&seats::master(41), "visit.pay", args).await.expect_err("the bank is closed");
    assert_eq!(refused.code, "unavailable");
    assert!(branch.journal.all::<Payment>().is_empty());
    assert_eq!(job.order().due(), Money::roubles(900));
}

#[actix::test]
async fn more_than_is_owed_is_not_taken() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    completed(&branch, &job, 900).await;
    for sum in ["901", "0", "-1"] {
        let args = json!({"visit": job.visit, "tender": "cash", "sum": sum});
        let refused = branch.says(&seats::master(41), "visit.pay", args).await.expect_err("a wrong sum");
        assert_eq!(refused.code, "wrong-sum", "{sum}");
    }
    let half = json!({"visit": job.visit, "tender": "card", "sum": "400"});
    branch.says(&seats::master(41), "visit.pay", half).await.expect("a part is taken");
    assert_eq!((job.order().due(), job.order().phase), (Money::roubles(500), Phase::Done));
}

#[actix::test]
async fn work_without_the_result_opens_another_visit() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    let args = json!({"visit": job.visit, "note": "нужна плата", "outcome": "need_part"});
    branch.says(&seats::master(41), "visit.complete", args).await.expect("work may end");
    assert_eq!((job.row().state, job.row().outcome), (VisitState::Incomplete, Some(Outcome::NeedPart)));
    let next = job.asked().visit.expect("the request goes on");
    assert_ne!(next, job.visit);
    let next: domain::visits::visit::Visit = branch.journal.get(next).expect("it is kept");
    assert_eq!(next.preceded_by, Some(job.visit));
    assert_eq!(igor(&branch).duty, Duty::Available);
}

#[actix::test]
async fn a_master_is_told_the_load_of_the_day() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3 * 3600).await;
    branch.settles().await;
    let load = branch.news.field("board", igor(&branch).id, "load_min");
    assert!(load.as_i64() >= Some(60), "an hour of work is planned, `{load}` minutes are shown");
    let other = branch.news.field("board", id::<domain::values::id::MasterKind>(42), "load_min");
    assert_eq!(other, 0, "the other master has nothing to do");
}

#[actix::test]
async fn a_visit_that_was_looked_at_says_so() {
    let branch = Branch::open(|_| ()).await;
    let job = Job::registered(&branch).await;
    job.assigned(41, 3600).await;
    branch.pass(TICK).await;
    assert_eq!(branch.news.field("board", job.visit, "seen"), false);
    job.steps(41, &["visit.seen"]).await;
    assert_eq!(branch.news.field("board", job.visit, "seen"), true);
    let assignment = job.row().assignment.expect("Igor goes");
    assert_eq!(assignment.state, AssignmentState::Offered);
}

#[actix::test]
async fn the_book_is_the_same_after_a_start() {
    let branch = Branch::open(|_| ()).await;
    let job = at_work(&branch, (1, 11, 21)).await;
    completed(&branch, &job, 2500).await;
    let (visit, row) = (job.visit, branch.news.row("board", job.visit));
    let planned = Job::of(&branch, 2, 12, 22).await;
    planned.assigned(42, 6 * 3600).await;
    branch.settles().await;
    let (later, later_row) = (planned.visit, branch.news.row("board", planned.visit));
    let branch = branch.reopened().await;
    branch.settles().await;
    assert_eq!(branch.news.row("board", visit), row);
    assert_eq!(branch.news.row("board", later), later_row);
    let next = Job::registered(&branch).await;
    assert!(next.answer["no"].as_u64() > planned.answer["no"].as_u64(), "numbers go on");
}
