//! A task to call back (`domain.md` 3.4.1): three tries, growing waits, over when they ring themselves.

use crate::{
    firm::{at, callback, id},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    calls::callback::{Callback, CallbackEvent, CallbackState, FIRST_WAIT, MOST_TRIES},
    refusal::Refusal,
};
use proptest::prelude::*;

impl Machine for Callback {
    type Event = CallbackEvent;
    fn decide(&self, event: CallbackEvent, _: i64) -> Result<CallbackEvent, Refusal> {
        Callback::decide(self, event)
    }
    fn apply(&mut self, event: &CallbackEvent, _: i64) {
        Callback::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn events() -> Vec<CallbackEvent> {
    vec![
        CallbackEvent::Created,
        CallbackEvent::Repeated,
        CallbackEvent::Taken { operator: id(1) },
        CallbackEvent::Dialed,
        CallbackEvent::Finished { reached: true },
        CallbackEvent::Finished { reached: false },
        CallbackEvent::Returned,
        CallbackEvent::Cancelled,
    ]
}

const DRAWING: &str = "
    new > taken, taken > dialing, taken > new
    taken > done, dialing > done, taken > no_answer, dialing > no_answer
    no_answer > taken
    new > cancelled, taken > cancelled, dialing > cancelled, no_answer > cancelled
";

/// The task after so many tries that nobody answered.
fn tried(times: u32) -> Callback {
    let mut task = callback();
    task.apply(&CallbackEvent::Created);
    for _ in 0..times {
        for event in [
            CallbackEvent::Taken { operator: id(1) },
            CallbackEvent::Dialed,
            CallbackEvent::Finished { reached: false },
        ] {
            let event = task.decide(event).unwrap_or_else(|refusal| panic!("{refusal}"));
            task.apply(&event);
        }
    }
    task
}

proptest! {
    #[test]
    fn whatever_comes_a_task_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        walk(&callback(), &events(), &picks)?;
    }

    #[test]
    fn nobody_is_called_more_than_three_times(picks in prop::collection::vec(any::<u16>(), 0..120)) {
        let (mut task, all) = (callback(), events());
        for pick in picks {
            if let Ok(event) = task.decide(all[usize::from(pick) % all.len()].clone()) { task.apply(&event); }
            prop_assert!(task.tries <= MOST_TRIES);
        }
    }
}

#[test]
fn a_task_goes_the_drawn_ways_and_no_others() {
    hold(&found(&callback(), &events()), DRAWING, &["done", "cancelled"]);
}

#[test]
fn who_did_not_answer_is_called_again_until_three_tries_are_made() {
    for times in 1..MOST_TRIES {
        let task = tried(times);
        assert!(task.is_open(), "after {times}");
        assert!(task.decide(CallbackEvent::Taken { operator: id(2) }).is_ok(), "after {times}");
    }
    let over = tried(MOST_TRIES);
    assert!(!over.is_open());
    refused(over.decide(CallbackEvent::Taken { operator: id(2) }), "callback-state", "`NoAnswer`");
    refused(over.decide(CallbackEvent::Cancelled), "callback-state", "callback.cancelled");
}

#[test]
fn every_wait_is_twice_as_long_as_the_one_before() {
    assert_eq!(tried(0).next_try(at(0)), None, "nobody was called yet");
    assert_eq!(tried(1).next_try(at(0)), Some(at(0) + FIRST_WAIT));
    assert_eq!(tried(2).next_try(at(0)), Some(at(0) + FIRST_WAIT * 2));
    assert_eq!(tried(3).next_try(at(0)), None, "the task is over");
}

#[test]
fn a_task_is_taken_by_one() {
    let mut task = tried(0);
    task.apply(&CallbackEvent::Taken { operator: id(1) });
    refused(task.decide(CallbackEvent::Taken { operator: id(2) }), "callback-state", "`Taken`");
    assert_eq!(task.operator, Some(id(1)));
}

#[test]
fn a_task_is_not_finished_before_somebody_took_it() {
    refused(tried(0).decide(CallbackEvent::Finished { reached: true }), "callback-state", "`New`");
    refused(tried(0).decide(CallbackEvent::Dialed), "callback-state", "callback.dialed");
}

#[test]
fn another_missed_call_is_counted_and_opens_nothing() {
    let mut task = tried(0);
    task.apply(&CallbackEvent::Repeated);
    assert_eq!((task.attempts, task.state), (2, CallbackState::New));
}

#[test]
fn a_task_in_every_open_state_ends_when_they_ring_themselves() {
    let mut task = tried(0);
    for event in [CallbackEvent::Taken { operator: id(1) }, CallbackEvent::Dialed] {
        assert!(task.decide(CallbackEvent::Cancelled).is_ok(), "{:?}", task.state);
        task.apply(&event);
    }
    assert!(
        task.decide(CallbackEvent::Cancelled).is_ok() && tried(1).decide(CallbackEvent::Cancelled).is_ok()
    );
}
