//! The wall: what it shows is what the journal has, to the last unit, at once and after a restart.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER, VERA},
    telephonist::Telephonist,
};
use domain::calls::{
    operator::Presence,
    wallboard::{DayCounts, Wallboard},
};
use serde_json::json;
use std::time::Duration;

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::operator(62, "Нина"));
    })
    .await
}
/// The figures of the day, counted anew from everything that was kept.
fn recounted(branch: &Branch) -> DayCounts {
    let mut wallboard = Wallboard::new(branch.house.wall_rule());
    branch.journal.facts().iter().for_each(|fact| {
        wallboard.hear(fact);
    });
    wallboard.counts()
}
fn shown(branch: &Branch) -> [(&'static str, serde_json::Value); 9] {
    let tiles = [
        "calls_offered",
        "calls_answered",
        "calls_abandoned",
        "service_level",
        "calls_mean_wait",
        "calls_mean_handling",
        "calls_abandonment",
        "calls_missed_rings",
        "callbacks_made",
    ];
    tiles.map(|tile| (tile, branch.news.tile(tile)))
}
fn expected(counts: DayCounts) -> [(&'static str, serde_json::Value); 9] {
    [
        ("calls_offered", json!(counts.offered)),
        ("calls_answered", json!(counts.answered)),
        ("calls_abandoned", json!(counts.abandoned)),
        ("service_level", json!(counts.service_level())),
        ("calls_mean_wait", json!(counts.mean_wait())),
        ("calls_mean_handling", json!(counts.mean_handling())),
        ("calls_abandonment", json!(counts.abandonment())),
        ("calls_missed_rings", json!(counts.missed_rings)),
        ("callbacks_made", json!(counts.callbacks)),
    ]
}

#[actix::test]
async fn the_wall_shows_at_every_moment_what_the_journal_has() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.pass(Duration::from_secs(7)).await;
    maria.answers(&anna).await;
    assert_eq!(shown(&branch), expected(recounted(&branch)));
    let vera = Caller::rings(&branch, VERA).await;
    branch.pass(Duration::from_secs(40)).await;
    assert_eq!(branch.news.tile("line_oldest_wait"), 40);
    let stranger = Caller::rings(&branch, STRANGER).await;
    stranger.hangs_up().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    branch.settles().await;
    assert_eq!(shown(&branch), expected(recounted(&branch)));
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    branch.pass(Duration::from_secs(20)).await;
    maria.writes_down(&anna).await;
    maria.is_rung_by(&vera).await;
    branch.pass(branch.house.tuning.ring).await;
    maria.is(Presence::NotReady).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    nina.answers(&vera).await;
    branch.settles().await;
    let counts = recounted(&branch);
    assert_eq!((counts.offered, counts.answered, counts.in_time, counts.abandoned), (3, 2, 1, 1));
    assert_eq!((counts.missed_rings, counts.mean_handling()), (1, 60));
    assert_eq!(shown(&branch), expected(counts));
}

#[actix::test]
async fn after_a_restart_the_wall_shows_the_same_day() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    branch.pass(Duration::from_secs(10)).await;
    maria.answers(&anna).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
    let before = shown(&branch);
    let branch = branch.reopened().await;
    branch.settles().await;
    assert_eq!(shown(&branch), before);
    assert_eq!(shown(&branch), expected(recounted(&branch)));
}

#[actix::test]
async fn a_figure_is_on_the_wall_in_the_moment_in_which_it_changes() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    branch.sees("the answer on the wall", || branch.news.tile("calls_answered") == 1).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    let written = branch.clock_now();
    maria.writes_down(&anna).await;
    branch.sees("the handling on the wall", || branch.news.tile("calls_handled") == 1).await;
    let late = branch.clock_now().duration_since(written).as_millis();
    assert!(late <= 100, "{late} ms");
}

#[actix::test]
async fn a_tile_that_has_not_changed_is_not_told_again() {
    let branch = open().await;
    branch.pass(Duration::from_secs(60)).await;
    assert_eq!(branch.news.past("kpi", "calls_offered").len(), 1);
}
