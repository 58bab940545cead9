//! Promises: the stopwatches at a service point are armed, stopped, and told when they run out.

use crate::kit::{branch::Branch, clock::at, firm::id, job::Job, seats};
use actors::field::{crew::TellPoint, service_point::WatchClocks};
use domain::requests::{
    request::RequestState,
    sla::{ClockState, Metric, SlaClock},
};
use serde_json::json;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// A request under the agreement of 2 and 8 hours.
async fn promised(branch: &Branch) -> Job<'_> {
    Job::of(branch, 2, 12, 22).await
}
fn clock(job: &Job<'_>, metric: Metric) -> SlaClock {
    let clocks = job.asked().clocks;
    *clocks.iter().find(|c| c.metric == metric).expect("the promise is written down")
}

#[actix::test]
async fn a_promise_is_as_long_as_the_agreement_says() {
    let branch = Branch::open(|_| ()).await;
    let covered = promised(&branch).await;
    assert_eq!(clock(&covered, Metric::Reaction).due, at(2 * 3600));
    assert_eq!(clock(&covered, Metric::Restore).due, at(8 * 3600));
    let plain = Job::registered(&branch).await;
    assert_eq!(clock(&plain, Metric::Reaction).due, at(24 * 3600));
}

#[actix::test]
async fn a_promise_breaks_when_its_time_is_over_and_not_before() {
    let branch = Branch::open(|_| ()).await;
    let job = promised(&branch).await;
    branch.pass(2 * HOUR - Duration::from_secs(1)).await;
    assert_eq!(clock(&job, Metric::Reaction).state, ClockState::Running);
    branch.pass(Duration::from_secs(3)).await;
    assert_eq!(clock(&job, Metric::Reaction).state, ClockState::Breached);
    assert_eq!(clock(&job, Metric::Restore).state, ClockState::Running);
    let sla = branch.news.field("requests", job.request, "sla");
    assert_eq!(sla[0]["state"], "breached", "the screens are told");
    branch.pass(6 * HOUR).await;
    assert_eq!(clock(&job, Metric::Restore).state, ClockState::Breached);
    assert_eq!(branch.journal.count("sla.breached"), 2, "each is told once");
}

#[actix::test]
async fn people_are_warned_when_half_and_three_quarters_of_a_promise_are_gone() {
    let branch = Branch::open(|_| ()).await;
    let job = promised(&branch).await;
    branch.pass(HOUR - Duration::from_secs(1)).await;
    assert_eq!(branch.journal.count("sla.warning"), 0);
    branch.pass(Duration::from_secs(30)).await;
    assert_eq!(branch.journal.count("sla.warning"), 1);
    assert_eq!(branch.news.field("requests", job.request, "sla")[0]["warned"], 50, "the screens are told");
    branch.pass(HOUR / 2).await;
    assert_eq!(clock(&job, Metric::Reaction).warned, 75);
    assert_eq!(branch.journal.count("sla.warning"), 2, "each share is told once");
}

#[actix::test]
async fn who_arrives_in_time_keeps_the_promise() {
    let branch = Branch::open(|_| ()).await;
    let job = promised(&branch).await;
    job.assigned(41, 1800).await;
    branch.pass(Duration::from_secs(30)).await;
    job.steps(41, &["visit.accept", "visit.depart", "visit.arrive"]).await;
    branch.pass(3 * HOUR).await;
    assert_eq!(clock(&job, Metric::Reaction).state, ClockState::Met);
    assert_eq!(branch.journal.count("sla.breached"), 0);
}

#[actix::test]
async fn a_request_that_was_called_off_breaks_no_promise() {
    let branch = Branch::open(|_| ()).await;
    let job = promised(&branch).await;
    let args = json!({"request": job.request, "reason": "works again"});
    branch.says(&seats::dispatcher(), "request.cancel", args).await.expect("a request may be called off");
    branch.pass(9 * HOUR).await;
    assert_eq!(branch.journal.count("sla.breached"), 0);
    assert_eq!(job.asked().state, RequestState::Cancelled);
}

#[actix::test]
async fn promises_are_armed_again_after_a_start() {
    let branch = Branch::open(|_| ()).await;
    let job = promised(&branch).await;
    branch.pass(HOUR).await;
    let request = job.request;
    let branch = branch.reopened().await;
    branch.pass(HOUR + Duration::from_secs(2)).await;
    assert_eq!(branch.journal.story(request).last().map(String::as_str), Some("sla.breached"));
}

#[actix::test]
async fn a_promise_that_broke_while_the_house_was_closed_is_told_on_the_start() {
    let branch = Branch::open(|_| ()).await;
    let job = promised(&branch).await;
    let dead = branch.reopened().await;
    tokio::time::advance(3 * HOUR).await;
    let late = dead.reopened().await;
    late.sees("the breach", || late.journal.count("sla.breached") == 1).await;
    assert_eq!(late.journal.story(job.request).last().map(String::as_str), Some("sla.breached"));
}

#[actix::test]
async fn a_point_that_panics_keeps_all_its_promises() {
    let branch = Branch::open(|_| ()).await;
    let jobs = [promised(&branch).await, promised(&branch).await, promised(&branch).await];
    branch.clock.break_once();
    let watch = WatchClocks { request: id(4711), clocks: jobs[0].asked().clocks };
    branch.desk().crew.send(TellPoint { point: id(12), watch }).await.expect("the crew lives");
    branch.pass(2 * HOUR + Duration::from_secs(2)).await;
    for job in &jobs {
        assert_eq!(clock(job, Metric::Reaction).state, ClockState::Breached);
    }
}

#[actix::test]
async fn a_point_that_is_given_up_is_replaced_with_all_its_promises() {
    let branch = Branch::open(|_| ()).await;
    let jobs = [promised(&branch).await, promised(&branch).await];
    for _ in 0..6 {
        branch.clock.break_once();
        let watch = WatchClocks { request: id(4711), clocks: jobs[0].asked().clocks };
        branch.desk().crew.send(TellPoint { point: id(12), watch }).await.expect("the crew lives");
        branch.pass(Duration::from_millis(1200)).await;
    }
    let third = promised(&branch).await;
    branch.pass(2 * HOUR + Duration::from_secs(2)).await;
    for job in jobs.iter().chain([&third]) {
        assert_eq!(clock(job, Metric::Reaction).state, ClockState::Breached);
    }
}
