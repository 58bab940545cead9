//! The guard: what a panic costs, how long an actor stays away, and when it is given up.

use actix::{Actor, Addr, Arbiter, AsyncContext, Context, Handler, Message, Supervised};
use actors::supervision::panic_guard::{Policy, start_guarded};
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// When it was started, and what it has seen.
#[derive(Default)]
struct Diary {
    starts: Vec<Instant>,
    words: Vec<&'static str>,
}

struct Patient(Arc<Mutex<Diary>>);
impl Actor for Patient {
    type Context = Context<Self>;
    fn started(&mut self, _: &mut Context<Self>) {
        self.0.lock().starts.push(Instant::now());
    }
}
impl Supervised for Patient {
    fn restarting(&mut self, _: &mut Context<Self>) {
        self.0.lock().words.push("restarting");
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Word(&'static str);
impl Handler<Word> for Patient {
    type Result = ();
    fn handle(&mut self, Word(word): Word, _: &mut Context<Self>) {
        assert_ne!(word, "poison", "this is what poison does");
        self.0.lock().words.push(word);
    }
}

/// Panics later, outside any handler.
#[derive(Message)]
#[rtype(result = "()")]
struct Later(Duration);
impl Handler<Later> for Patient {
    type Result = ();
    fn handle(&mut self, Later(wait): Later, ctx: &mut Context<Self>) {
        ctx.run_later(wait, |_, _| panic!("a timer that panics"));
        ctx.run_later(wait * 2, |act, _| act.0.lock().words.push("a timer of the life before"));
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Stop;
impl Handler<Stop> for Patient {
    type Result = ();
    fn handle(&mut self, Stop: Stop, ctx: &mut Context<Self>) {
        actix::ActorContext::stop(ctx);
    }
}

fn policy() -> Policy {
    Policy {
        first_wait: Duration::from_millis(100),
        longest_wait: Duration::from_millis(500),
        deaths: 4,
        window: Duration::from_secs(60),
    }
}

fn start() -> (Addr<Patient>, Arc<Mutex<Diary>>) {
    tokio::time::pause();
    another()
}
fn another() -> (Addr<Patient>, Arc<Mutex<Diary>>) {
    let diary = Arc::new(Mutex::new(Diary::default()));
    let mine = Arc::clone(&diary);
    let patient = start_guarded(&Arbiter::current(), "patient", policy(), move |_| Patient(mine));
    (patient, diary)
}

async fn poisoned(patient: &Addr<Patient>) {
    assert!(patient.send(Word("poison")).await.is_err(), "the sender of the poison is told");
}

#[actix::test]
async fn only_the_message_that_panicked_is_lost() {
    let (patient, diary) = start();
    let (one, poison, two) =
        tokio::join!(patient.send(Word("one")), patient.send(Word("poison")), patient.send(Word("two")));
    assert!(one.is_ok() && poison.is_err() && two.is_ok());
    assert_eq!(diary.lock().words, ["one", "restarting", "two"]);
    assert!(patient.connected());
}

#[actix::test]
async fn the_wait_doubles_with_every_death_up_to_the_longest() {
    let (patient, diary) = start();
    let mut waits = Vec::new();
    for _ in 0..4 {
        let died = Instant::now();
        poisoned(&patient).await;
        patient.send(Word("alive")).await.expect("it is back");
        waits.push(died.elapsed().as_millis() / 100);
    }
    assert_eq!(waits, [1, 2, 4, 5], "in tenths of a second");
    assert_eq!(diary.lock().starts.len(), 5);
}

#[actix::test]
async fn an_actor_that_dies_too_often_is_given_up() {
    let (patient, diary) = start();
    for _ in 0..5 {
        poisoned(&patient).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!patient.connected(), "the parent sees a closed address");
    assert!(patient.send(Word("hello")).await.is_err());
    assert!(!diary.lock().words.contains(&"hello"));
}

#[actix::test]
async fn deaths_that_are_long_past_do_not_count() {
    let (patient, _) = start();
    for _ in 0..12 {
        poisoned(&patient).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
    patient.send(Word("alive")).await.expect("three deaths a minute are forgiven");
    let died = Instant::now();
    poisoned(&patient).await;
    patient.send(Word("alive")).await.expect("it is back");
    assert_eq!(died.elapsed().as_millis() / 100, 4, "the third death within a minute");
}

#[actix::test]
async fn a_panic_outside_a_handler_is_survived_too_and_ends_the_timers_of_that_life() {
    let (patient, diary) = start();
    patient.send(Later(Duration::from_secs(1))).await.expect("it lives");
    tokio::time::sleep(Duration::from_secs(5)).await;
    patient.send(Word("alive")).await.expect("it is back");
    assert_eq!(diary.lock().words, ["restarting", "alive"]);
}

#[actix::test]
async fn the_death_of_one_is_not_noticed_by_another() {
    let (patient, _) = start();
    let (other, diary) = another();
    poisoned(&patient).await;
    other.send(Word("well")).await.expect("it has not died");
    assert_eq!(diary.lock().words, ["well"]);
    assert_eq!(diary.lock().starts.len(), 1);
}

#[actix::test]
async fn an_orderly_stop_is_not_a_death() {
    let (patient, diary) = start();
    patient.send(Stop).await.expect("it may stop");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!patient.connected());
    assert!(diary.lock().words.is_empty(), "nobody restarts what has stopped");
}
