//! Tasks to call back: made once for a number, taken by one operator, and finished.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER, id},
    seats,
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::CallState,
        callback::{Callback, CallbackState},
    },
    refusal::RefusalKind,
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

async fn missed(branch: &Branch, from: &str) -> Callback {
    let before = branch.journal.count("callback.created") + branch.journal.count("callback.repeated");
    let caller = Caller::rings(branch, from).await;
    caller.hangs_up().await;
    caller.becomes(CallState::Abandoned).await;
    let written = || branch.journal.count("callback.created") + branch.journal.count("callback.repeated");
    branch.sees("the task", || written() > before).await;
    branch.settles().await;
    let number = caller.call().from;
    let tasks = branch.journal.all::<Callback>().into_iter();
    tasks.filter(|task| task.phone == number).max_by_key(|task| task.since).expect("a task of this number")
}

#[actix::test]
async fn a_second_call_of_the_same_number_joins_the_first_task() {
    let branch = open().await;
    let first = missed(&branch, ANNA).await;
    branch.pass(Duration::from_secs(29 * 60)).await;
    let second = missed(&branch, "8 (916) 111-00-01").await;
    assert_eq!((second.id, second.attempts), (first.id, 2));
    assert_eq!(branch.journal.all::<Callback>().len(), 1);
    assert_eq!(branch.news.field("queue", first.id, "attempts"), 2);
}

#[actix::test]
async fn a_call_after_half_an_hour_is_another_task() {
    let branch = open().await;
    let first = missed(&branch, ANNA).await;
    branch.pass(Duration::from_secs(31 * 60)).await;
    let second = missed(&branch, ANNA).await;
    assert_ne!(second.id, first.id);
    assert_eq!((second.attempts, branch.journal.all::<Callback>().len()), (1, 2));
}

#[actix::test]
async fn two_numbers_are_two_tasks() {
    let branch = open().await;
    let (anna, stranger) = (missed(&branch, ANNA).await, missed(&branch, STRANGER).await);
    assert_ne!(anna.id, stranger.id);
    assert_eq!(anna.client, Some(id(1)));
    assert_eq!(stranger.client, None);
}

#[actix::test]
async fn a_task_is_taken_by_one_operator_and_leaves_the_screens_when_the_client_is_reached() {
    let branch = open().await;
    let task = missed(&branch, ANNA).await;
    let (maria, nina) = (seats::operator(61), seats::operator(62));
    let args = json!({"callback": task.id});
    branch.says(&maria, "callback.take", args.clone()).await.expect("nobody has it");
    assert_eq!(branch.news.field("queue", task.id, "state"), "taken");
    let refused = branch.says(&nina, "callback.take", args).await.expect_err("somebody has it");
    assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::State, "callback-state"));
    let done = json!({"callback": task.id, "result": "reached"});
    branch.says(&maria, "callback.done", done).await.expect("she has it");
    assert_eq!(branch.news.row("queue", task.id), None);
    let kept: Callback = branch.journal.get(task.id).expect("the task is kept");
    assert_eq!((kept.state, kept.operator), (CallbackState::Done, maria.operator));
}

#[actix::test]
async fn a_client_who_does_not_answer_is_called_three_times() {
    let branch = open().await;
    let task = missed(&branch, ANNA).await;
    let maria = seats::operator(61);
    for tries in 1..=3 {
        branch.says(&maria, "callback.take", json!({"callback": task.id})).await.expect("it may be tried");
        let done = json!({"callback": task.id, "result": "no_answer"});
        branch.says(&maria, "callback.done", done).await.expect("she has it");
        let kept: Callback = branch.journal.get(task.id).expect("the task is kept");
        assert_eq!((kept.state, kept.tries), (CallbackState::NoAnswer, tries));
        assert_eq!(branch.news.row("queue", task.id).is_some(), tries < 3, "after {tries}");
    }
    let again = missed(&branch, ANNA).await;
    assert_ne!(again.id, task.id, "a finished task is not joined");
}

#[actix::test]
async fn a_task_is_not_finished_before_it_is_taken() {
    let branch = open().await;
    let task = missed(&branch, ANNA).await;
    let done = json!({"callback": task.id, "result": "reached"});
    let refused = branch.says(&seats::operator(61), "callback.done", done).await.expect_err("nobody has it");
    assert_eq!(refused.code, "callback-state");
}

#[actix::test]
async fn a_take_that_is_sent_twice_is_answered_twice() {
    let branch = open().await;
    let task = missed(&branch, ANNA).await;
    let (maria, args) = (seats::operator(61), json!({"callback": task.id}));
    let first = branch.repeats(&maria, "take", "callback.take", args.clone()).await.expect("taken");
    let second = branch.repeats(&maria, "take", "callback.take", args).await.expect("answered again");
    assert!(!first.dup && second.dup);
    assert_eq!(branch.journal.count("callback.taken"), 1);
}

#[actix::test]
async fn an_unknown_task_is_named_in_the_refusal() {
    let branch = open().await;
    let unknown = id::<domain::values::id::CallbackKind>(4711);
    let refused = branch.says(&seats::operator(61), "callback.take", json!({"callback": unknown})).await;
    let refused = refused.expect_err("there is no such task");
    assert_eq!(refused.kind, RefusalKind::Unknown);
    assert!(refused.detail.contains(&unknown.to_string()));
}

#[actix::test]
async fn a_task_whose_taking_was_not_kept_may_be_taken_by_another() {
    let branch = open().await;
    let task = missed(&branch, ANNA).await;
    branch.journal.refuse("callback.taken");
    let args = json!({"callback": task.id});
    let refused = branch.says(&seats::operator(61), "callback.take", args.clone()).await;
    assert_eq!(refused.expect_err("the store did not take it").kind, RefusalKind::Unavailable);
    branch.says(&seats::operator(62), "callback.take", args).await.expect("nobody has it");
}

#[actix::test]
async fn open_tasks_are_on_the_screens_after_a_start() {
    let branch = open().await;
    let (anna, stranger) = (missed(&branch, ANNA).await, missed(&branch, STRANGER).await);
    let maria = Telephonist::new(&branch, 61);
    maria.says("callback.take", json!({"callback": anna.id})).await.expect("nobody has it");
    maria.says("callback.done", json!({"callback": anna.id, "result": "reached"})).await.expect("reached");
    let branch = branch.reopened().await;
    branch.sees("the open task", || branch.news.row("queue", stranger.id).is_some()).await;
    assert_eq!(branch.news.row("queue", anna.id), None);
    let joined = missed(&branch, STRANGER).await;
    assert_eq!((joined.id, joined.attempts), (stranger.id, 2));
}

#[actix::test]
async fn who_rings_again_and_is_answered_need_not_be_called_back() {
    let branch = open().await;
    let (task, other) = (missed(&branch, ANNA).await, missed(&branch, STRANGER).await);
    let maria = Telephonist::at_work(&branch, 61).await;
    let again = Caller::rings(&branch, ANNA).await;
    maria.answers(&again).await;
    let state = |task: &Callback| branch.journal.get::<Callback>(task.id).expect("a task is kept").state;
    branch.sees("the end of the task", || state(&task) == CallbackState::Cancelled).await;
    branch.sees("the screens", || branch.news.row("queue", task.id).is_none()).await;
    assert_eq!(state(&other), CallbackState::New, "others still wait");
}

#[actix::test]
async fn a_task_that_somebody_has_begun_is_left_to_them_when_the_client_rings() {
    let branch = open().await;
    let task = missed(&branch, ANNA).await;
    let nina = seats::operator(62);
    branch.says(&nina, "callback.take", json!({"callback": task.id})).await.expect("nobody has it");
    let maria = Telephonist::at_work(&branch, 61).await;
    let again = Caller::rings(&branch, ANNA).await;
    maria.answers(&again).await;
    branch.settles().await;
    let kept: Callback = branch.journal.get(task.id).expect("a task is kept");
    assert_eq!(kept.state, CallbackState::Taken);
}
