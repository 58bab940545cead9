//! The way back: what a stop of the house cut off, on the next start.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER, id},
    telephonist::Telephonist,
};
use domain::calls::{
    call::{Call, CallState},
    callback::Callback,
    operator::{Operator, Presence},
};

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::operator(62, "Нина"));
    })
    .await
}

#[actix::test]
async fn callers_who_waited_when_the_house_stopped_are_called_back() {
    let branch = open().await;
    let anna = Caller::rings(&branch, ANNA).await;
    let stranger = Caller::rings(&branch, STRANGER).await;
    let branch = branch.reopened().await;
    branch.sees("two tasks", || branch.journal.count("callback.created") == 2).await;
    for caller in [anna.id, stranger.id] {
        let call: Call = branch.journal.get(caller).expect("the call is kept");
        assert_eq!(call.state, CallState::Failed);
        assert_eq!(branch.journal.story(caller), ["call.incoming", "call.queued", "call.failed"]);
    }
    branch.settles().await;
    assert_eq!(branch.news.tile("calls_abandoned"), 2);
}

#[actix::test]
async fn a_call_that_rang_when_the_house_stopped_is_called_back_and_rings_nobody() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.is_rung_by(&anna).await;
    let branch = branch.reopened().await;
    branch.sees("the task", || branch.journal.count("callback.created") == 1).await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::Offline).await;
    assert_eq!(maria.row().call, None);
}

#[actix::test]
async fn a_talk_that_was_cut_off_is_closed_without_a_task() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let call = anna.id;
    let branch = branch.reopened().await;
    branch.sees("the end", || branch.journal.get::<Call>(call).is_some_and(|c| c.is_over())).await;
    branch.settles().await;
    assert!(branch.journal.all::<Callback>().is_empty());
}

#[actix::test]
async fn calls_that_were_over_are_left_as_they_are() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    anna.hangs_up().await;
    maria.is(Presence::WrapUp).await;
    maria.writes_down(&anna).await;
    let (call, before) = (anna.id, anna.call());
    let branch = branch.reopened().await;
    branch.settles().await;
    assert_eq!(branch.journal.get::<Call>(call), Some(before));
}

#[actix::test]
async fn operators_come_back_offline_on_the_screens_and_in_the_journal() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    assert_eq!(maria.row().presence, Presence::Ready);
    let branch = branch.reopened().await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::Offline).await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
}

#[actix::test]
async fn an_operator_who_panics_after_a_start_is_not_taken_for_busy() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let anna = Caller::rings(&branch, ANNA).await;
    maria.answers(&anna).await;
    let branch = branch.reopened().await;
    let maria = Telephonist::new(&branch, 61);
    maria.is(Presence::Offline).await;
    branch.news.trap("queue");
    let told = branch.desk().queue.send(actors::call_centre::call_queue::FindOperator(id(61))).await;
    let actor = told.expect("the queue lives").expect("the operator is known");
    let online = actors::call_centre::call_queue::OperatorIs { online: true };
    assert!(actor.send(online).await.is_err(), "the board was trapped");
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.is(Presence::Ready).await;
    assert_eq!(branch.journal.get::<Operator>(maria.id).and_then(|o| o.call), None);
}

#[actix::test]
async fn a_restart_in_the_middle_of_many_calls_loses_none() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let mut waiting = Vec::new();
    for number in 0..20 {
        waiting.push(Caller::rings(&branch, &format!("+7916200{number:04}")).await.id);
    }
    let talks = Caller::rings(&branch, ANNA).await.id;
    let first = branch.journal.get::<Call>(waiting[0]).expect("the call is kept");
    assert_eq!((first.state, first.operator), (CallState::Offered, Some(maria.id)));
    let branch = branch.reopened().await;
    branch.sees("a task for each", || branch.journal.count("callback.created") == 21).await;
    let promised: Vec<_> = branch.journal.all::<Callback>().into_iter().map(|task| task.call).collect();
    for call in waiting.iter().chain([&talks]) {
        assert!(promised.contains(&Some(*call)), "{call} is lost");
    }
}
