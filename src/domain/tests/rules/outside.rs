//! Somebody outside the house in a call, and the keys pressed towards one.

use crate::{
    firm::{at, call, id},
    machine::refused,
};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState},
        keys::{Keys, KeysTo},
        outside::OutsideEvent,
    },
    values::phone::PhoneNumber,
};

fn number(text: &str) -> PhoneNumber {
    text.parse().expect("a number")
}
fn master() -> PhoneNumber {
    number("+79222100500")
}
fn outside(event: OutsideEvent) -> CallEvent {
    CallEvent::Outside(event)
}
fn written(disposition: &str) -> CallEvent {
    outside(OutsideEvent::WrittenDown {
        disposition: disposition.into(),
        note: "мастеру".into(),
        about: None,
    })
}
fn after(more: Vec<CallEvent>) -> Call {
    let mut call = call();
    let talk = vec![
        CallEvent::Incoming,
        CallEvent::Queued,
        CallEvent::Offered { operator: id(1) },
        CallEvent::Answered,
    ];
    for (step, event) in talk.into_iter().chain(more).enumerate() {
        let event = call.decide(event).unwrap_or_else(|refusal| panic!("{refusal}"));
        call.apply(&event, at(step as i64 * 5));
    }
    call
}
fn asked() -> Vec<CallEvent> {
    vec![outside(OutsideEvent::Asked { number: master() }), outside(OutsideEvent::Answered)]
}
fn given() -> CallEvent {
    outside(OutsideEvent::Given { number: master() })
}

#[test]
fn who_was_asked_outside_and_answered_is_given_the_call() {
    let rings = after(asked()[..1].to_vec());
    refused(rings.decide(given()), "call-state", "`Consulting`");
    let talks = after(asked());
    let other = outside(OutsideEvent::Given { number: number("+79222100501") });
    refused(talks.decide(other), "not-asked", "expected the number that was");
    let away = after([asked(), vec![given()]].concat());
    assert_eq!((away.state, away.operator, away.ended), (CallState::Away, Some(id(1)), None));
    assert!(away.is_talk() && away.outside.is_some_and(|outside| outside.there));
}

#[test]
fn a_call_given_outside_is_written_down_before_or_after_its_end() {
    let away = || [asked(), vec![given()]].concat();
    let ended = CallEvent::Ended { by_caller: true };
    let first = after([away(), vec![written("status"), ended.clone()]].concat());
    assert_eq!((first.state, first.note.as_str(), first.ended), (CallState::Closed, "мастеру", Some(at(40))));
    refused(after(away()).decide(written(" ")), "disposition-missing", "expected what the call was about");
    refused(after([away(), vec![written("status")]].concat()).decide(written("other")), "call-state", "Away");
    let last = after([away(), vec![ended]].concat());
    assert_eq!((last.state, last.outside), (CallState::WrapUp, None));
}

#[test]
fn a_call_given_outside_unseen_comes_back_when_nobody_answers() {
    let back = after(vec![given(), written("status"), outside(OutsideEvent::NotReached)]);
    assert_eq!((back.state, back.operator, back.disposition.as_deref()), (CallState::Queued, None, None));
    assert_eq!(back.missed_by, vec![id(1)]);
    let reached = after(vec![given(), outside(OutsideEvent::Answered)]);
    refused(reached.decide(outside(OutsideEvent::NotReached)), "call-state", "call.outside_not_reached");
}

#[test]
fn nobody_is_brought_together_with_themselves() {
    let own = number(&call().from);
    for event in [OutsideEvent::Asked { number: own.clone() }, OutsideEvent::Given { number: own.clone() }] {
        refused(after(vec![]).decide(outside(event)), "same-number", "the caller's own number");
    }
}

#[test]
fn the_operator_does_not_leave_a_conference_with_somebody_outside_but_gives_the_call() {
    let three = after([asked(), vec![CallEvent::Conferenced]].concat());
    refused(three.decide(CallEvent::PartyLeft { operator: id(1) }), "call-state", "call.party_left");
    assert!(three.decide(given()).is_ok());
    let two = after([asked(), vec![CallEvent::Conferenced, outside(OutsideEvent::Left)]].concat());
    assert_eq!((two.state, two.operator, two.outside), (CallState::Talking, Some(id(1)), None));
}

#[test]
fn keys_are_read_as_they_are_typed_and_never_printed() {
    let keys: Keys = "12*#abCD".parse().expect("keys");
    assert_eq!((keys.as_str(), format!("{keys:?}").as_str()), ("12*#ABCD", "Keys(8)"));
    refused("12a5x".parse::<Keys>(), "keys", "`X` is no key");
    refused("".parse::<Keys>(), "keys", "`0` keys at once");
    refused("1".repeat(33).parse::<Keys>(), "keys", "`33` keys at once: expected 1 to 32");
    assert!("1".repeat(32).parse::<Keys>().is_ok());
}

#[test]
fn keys_are_heard_by_whoever_the_operator_talks_to() {
    let held = after(vec![CallEvent::Held]);
    refused(held.keys_go_to(), "call-state", "nobody would hear the keys");
    refused(after(asked()[..1].to_vec()).keys_go_to(), "call-state", "nobody would hear");
    refused(after(vec![CallEvent::Consulted { operator: id(2) }]).keys_go_to(), "call-state", "nobody would");
    assert_eq!(after(vec![]).keys_go_to(), Ok(KeysTo::Caller));
    assert_eq!(after(asked()).keys_go_to(), Ok(KeysTo::Outside));
    let three = [asked(), vec![CallEvent::Conferenced]].concat();
    assert_eq!(after(three).keys_go_to(), Ok(KeysTo::Outside));
}
