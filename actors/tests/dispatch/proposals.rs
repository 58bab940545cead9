//! Better plans: what is taken unasked, what a dispatcher is asked about, and what becomes of their word.

use crate::kit::{
    branch::{Branch, calm},
    clock::at,
    firm::{self, id},
    job::Job,
    journal::MemoryJournal,
    seats,
};
use actors::house::Tuning;
use domain::{
    book::proposal::{Ending, Proposal, ProposalState},
    values::id::{MasterId, PointKind, ProposalId, UnitKind},
    visits::visit::VisitState,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Two points in the north, an hour's drive away, beside the two at home.
fn north(journal: &MemoryJournal) {
    let anna = firm::client(1, "Анна Петрова", firm::ANNA);
    for number in [200, 201] {
        let point = firm::point(number, &anna);
        journal.put(&firm::unit(number + 100, &point));
        journal.put(&point);
    }
}
/// A dispatcher who looks often, with a solver that searches.
fn searching() -> Tuning {
    Tuning { slice: 200, tick: Duration::from_secs(5), ..calm() }
}
/// A visit that is promised at a second after the opening, and that a person gives to another master than the planner.
async fn contrary(branch: &Branch, point: u128, unit: u128, second: i64) -> Job<'_> {
    let args = json!({
        "client": id::<domain::values::id::ClientKind>(1), "point": id::<PointKind>(point),
        "unit": id::<UnitKind>(unit), "symptom": "не морозит",
    });
    let answer = branch.says(&seats::dispatcher(), "request.register", args).await.expect("registered");
    let job = Job::from_answer(branch, answer);
    let start = at(second).as_millisecond();
    let args = json!({"visit": job.visit, "from": start, "to": at(second + 7200).as_millisecond()});
    branch.says(&seats::dispatcher(), "request.book", args).await.expect("promised");
    let planned = job.row().master().expect("planned at once");
    let other: MasterId = if planned == id(41) { id(42) } else { id(41) };
    let args = json!({"visit": job.visit, "master": other, "start": start, "pin": false});
    branch.says(&seats::dispatcher(), "visit.assign", args).await.expect("assigned");
    job
}
/// Both masters are sent north by hand, where one could do it.
async fn crossed(branch: &Branch, second: i64) -> [Job<'_>; 2] {
    [contrary(branch, 200, 300, second).await, contrary(branch, 201, 301, second + 7200).await]
}
fn open(branch: &Branch) -> Option<Value> {
    branch.news.rows("board").into_iter().find(|row| row["saving"].is_object())
}
fn named(row: &Value) -> ProposalId {
    row["id"].as_str().expect("an id").parse().expect("of a proposal")
}
fn kept(branch: &Branch, proposal: ProposalId) -> Proposal {
    branch.journal.get(proposal).expect("a proposal is kept before it is shown")
}

#[actix::test]
async fn what_a_person_arranged_is_asked_about_with_its_price() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let jobs = crossed(&branch, 5 * 3600).await;
    let row = branch.until("a proposal", || open(&branch)).await;
    assert!(row["saving"]["travel_min"].as_i64().expect("minutes") > 30, "{row}");
    assert!(!row["saving"]["money"].as_str().expect("money").starts_with('-'), "{row}");
    assert_eq!(row["reasons"][0]["rule"], "by_hand", "{row}");
    let moved = &row["moves"][0];
    assert!(jobs.iter().any(|job| moved["visit"] == json!(job.visit)), "{row}");
    assert_ne!(moved["from"]["master_name"], moved["to"]["master_name"]);
    assert!(jobs.iter().all(|job| job.row().master().is_some()), "nothing moves before the word");
    let before: Vec<_> = jobs.iter().map(|job| job.row().master()).collect();
    branch.pass(Duration::from_secs(60)).await;
    assert_eq!(jobs.iter().map(|job| job.row().master()).collect::<Vec<_>>(), before);
}

#[actix::test]
async fn a_yes_moves_the_visits_and_is_taken_back_whole() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let jobs = crossed(&branch, 5 * 3600).await;
    let before: Vec<_> = jobs.iter().map(|job| job.row().master()).collect();
    let id = named(&branch.until("a proposal", || open(&branch)).await);
    let wanted = kept(&branch, id);
    let args = json!({"proposal": id});
    let answer = branch.says(&seats::dispatcher(), "proposal.accept", args.clone()).await.expect("a yes");
    for change in &wanted.moves {
        let job = jobs.iter().find(|job| job.visit == change.visit).expect("one of ours");
        assert_eq!(job.row().master(), Some(change.to.master));
    }
    assert_eq!(kept(&branch, id).state, ProposalState::Accepted);
    assert_eq!(kept(&branch, id).by.as_deref(), Some("dispatcher1"));
    assert_eq!(branch.news.row("board", id), None, "it leaves the board");
    let again = branch.says(&seats::dispatcher(), "proposal.accept", args).await.expect_err("only once");
    assert_eq!(again.code, "proposal-state");
    let undo = &answer["undo"];
    let name = undo["name"].as_str().expect("a command");
    branch.says(&seats::dispatcher(), name, undo["args"].clone()).await.expect("it may be taken back");
    assert_eq!(jobs.iter().map(|job| job.row().master()).collect::<Vec<_>>(), before);
    branch.pass(Duration::from_secs(300)).await;
    assert_eq!(jobs.iter().map(|job| job.row().master()).collect::<Vec<_>>(), before, "and stays so");
    assert_eq!(open(&branch), None, "what was taken back is not offered again");
    let story = branch.journal.story(id);
    assert_eq!(story, ["proposal.made", "proposal.accepted", "proposal.undone"]);
}

#[actix::test]
async fn a_no_is_remembered_over_a_restart() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let _jobs = crossed(&branch, 5 * 3600).await;
    let id = named(&branch.until("a proposal", || open(&branch)).await);
    let args = json!({"proposal": id});
    branch.says(&seats::dispatcher(), "proposal.reject", args.clone()).await.expect("a no");
    branch.pass(Duration::from_secs(300)).await;
    assert_eq!(open(&branch), None);
    let reopened = branch.reopened().await;
    reopened.pass(Duration::from_secs(300)).await;
    assert_eq!(open(&reopened), None, "the next process knows of it");
    reopened.says(&seats::dispatcher(), "proposal.undo", args).await.expect("a no may be taken back");
    assert_eq!(kept(&reopened, id).state, ProposalState::Open);
    assert_eq!(open(&reopened).map(|row| named(&row)), Some(id));
}

#[actix::test]
async fn a_pin_wins_over_a_proposal_that_stands() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let _jobs = crossed(&branch, 5 * 3600).await;
    let id = named(&branch.until("a proposal", || open(&branch)).await);
    let change = kept(&branch, id).moves[0].clone();
    let args = json!({"visit": change.visit, "pinned": true});
    branch.says(&seats::dispatcher(), "visit.pin", args).await.expect("pinned");
    let accept = branch.says(&seats::dispatcher(), "proposal.accept", json!({"proposal": id})).await;
    assert_eq!(accept.expect_err("a pin wins").code, "proposal-moved");
    branch.sees("its end", || kept(&branch, id).state == ProposalState::Expired).await;
    assert_eq!(kept(&branch, id).ending, Some(Ending::Pinned));
    branch.sees("an empty place on the board", || branch.news.row("board", id).is_none()).await;
}

#[actix::test]
async fn a_proposal_ends_when_its_hour_has_come() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let _jobs = crossed(&branch, 5 * 3600).await;
    let id = named(&branch.until("a proposal", || open(&branch)).await);
    branch.pass(Duration::from_secs(8 * 3600)).await;
    assert_ne!(kept(&branch, id).state, ProposalState::Open);
}

#[actix::test]
async fn what_nobody_was_told_of_moves_by_itself() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let args = |client: u128, point: u128, unit: u128| {
        json!({
            "client": id::<domain::values::id::ClientKind>(client), "point": id::<PointKind>(point),
            "unit": id::<UnitKind>(unit), "symptom": "не морозит",
        })
    };
    for (client, point, unit) in [(1, 200, 300), (1, 11, 21), (1, 201, 301), (2, 12, 22)] {
        let answer = branch
            .says(&seats::dispatcher(), "request.register", args(client, point, unit))
            .await
            .expect("registered");
        Job::from_answer(&branch, answer).booked().await;
    }
    branch.pass(Duration::from_secs(120)).await;
    assert_eq!(open(&branch), None, "nobody is asked about what nobody knows");
}

#[actix::test]
async fn only_who_plans_has_a_word() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let _jobs = crossed(&branch, 5 * 3600).await;
    let args = json!({"proposal": named(&branch.until("a proposal", || open(&branch)).await)});
    for name in ["proposal.accept", "proposal.reject", "proposal.undo"] {
        let refused = branch.says(&seats::operator(61), name, args.clone()).await.expect_err("not hers");
        assert_eq!(refused.code, "forbidden");
    }
    let nobody = json!({"proposal": ProposalId::from_uuid(uuid::Uuid::from_u128(7))});
    let refused = branch.says(&seats::manager(), "proposal.accept", nobody).await.expect_err("no such thing");
    assert_eq!(refused.code, "unknown-proposal");
}

#[actix::test]
async fn a_told_master_is_not_taken_a_visit_from_unasked() {
    let branch = Branch::tuned(searching(), 1.0, north).await;
    let jobs = crossed(&branch, 7_200).await;
    let before: Vec<_> = jobs.iter().map(|job| job.row().master()).collect();
    for job in &jobs {
        branch.sees("an offer", || job.row().state == VisitState::Dispatched).await;
        let number = if job.row().master() == Some(id(41)) { 41 } else { 42 };
        job.steps(number, &["visit.accept"]).await;
    }
    branch.pass(Duration::from_secs(600)).await;
    assert_eq!(jobs.iter().map(|job| job.row().master()).collect::<Vec<_>>(), before);
}

/// Two visits for two in the north, by hand: a pair each, where one pair could do both.
async fn pairs(branch: &Branch) -> [Job<'_>; 2] {
    let mut made: Vec<Job<'_>> = Vec::new();
    for (n, from) in [(0, 5 * 3600), (1, 7 * 3600)] {
        let busy = made.first().map(|job| job.row());
        let idle = |number: &u128| busy.as_ref().is_none_or(|busy| !busy.takes(id(*number)));
        let leads = [41, 42, 45, 50].into_iter().find(idle).expect("there are four");
        let args = json!({
            "client": id::<domain::values::id::ClientKind>(1), "point": id::<PointKind>(200 + n),
            "unit": id::<UnitKind>(300 + n), "symptom": "перенести витрину", "masters": 2,
        });
        let answer = branch.says(&seats::dispatcher(), "request.register", args).await.expect("registered");
        let job = Job::from_answer(branch, answer);
        let args = json!({"visit": job.visit, "from": at(from).as_millisecond(), "to": at(from + 7200).as_millisecond()});
        branch.says(&seats::dispatcher(), "request.book", args).await.expect("promised");
        let args = json!({"visit": job.visit, "master": id::<domain::values::id::MasterKind>(leads), "start": at(from).as_millisecond(), "pin": false});
        branch.says(&seats::dispatcher(), "visit.assign", args).await.expect("assigned");
        branch.sees("two go", || job.row().masters().count() == 2).await;
        made.push(job);
    }
    made.try_into().unwrap_or_else(|_| unreachable!("two were made"))
}
fn crews(jobs: &[Job<'_>]) -> Vec<Vec<MasterId>> {
    jobs.iter().map(|job| job.row().masters().collect()).collect()
}

#[actix::test]
async fn a_pair_takes_over_the_visit_of_another_pair_whole_and_the_way_there_is_told() {
    let four = |journal: &MemoryJournal| {
        north(journal);
        journal.put(&firm::master(45, "Павел"));
        journal.put(&firm::master(50, "Семён"));
    };
    let branch = Branch::tuned(searching(), 1.0, four).await;
    let jobs = pairs(&branch).await;
    let sorted = |mut crew: Vec<MasterId>| {
        crew.sort_unstable();
        crew
    };
    let same = || {
        let [one, other] = jobs.each_ref().map(|job| sorted(job.row().masters().collect()));
        one == other
    };
    assert!(!same(), "{:?}", crews(&jobs));
    branch.sees("one pair for both", same).await;
    assert!(crews(&jobs).iter().all(|crew| crew.len() == 2), "nobody is lost on the way: {:?}", crews(&jobs));
    branch.settles().await;
    let [far, near] = jobs.each_ref().map(|job| job.row().assignment.expect("given"));
    // From home an hour, from the first visit a minute; for those beside as well.
    assert!((3600..5400).contains(&far.travel_seconds), "{far:?}");
    assert!((0..300).contains(&near.travel_seconds), "{near:?}");
    assert!(near.helpers.iter().all(|helper| helper.travel_seconds < 300), "{near:?}");
}
