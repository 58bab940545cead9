//! An operator's presence (`domain.md` 3.4.1).

use crate::{
    firm::{at, id, operator},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    calls::operator::{Operator, Presence, PresenceChanged},
    refusal::Refusal,
    values::id::CallId,
};
use proptest::prelude::*;

impl Machine for Operator {
    type Event = PresenceChanged;
    fn decide(&self, event: PresenceChanged, _: i64) -> Result<PresenceChanged, Refusal> {
        self.become_(event.to, event.reason, event.call)
    }
    fn apply(&mut self, event: &PresenceChanged, minute: i64) {
        Operator::apply(self, event, at(minute));
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.presence)
    }
}

const ALL: [Presence; 7] = [
    Presence::Offline,
    Presence::Ready,
    Presence::Ringing,
    Presence::Busy,
    Presence::WrapUp,
    Presence::NotReady,
    Presence::Break,
];

fn events() -> Vec<PresenceChanged> {
    let calls: [Option<CallId>; 3] = [None, Some(id(1)), Some(id(2))];
    let all = ALL.into_iter().flat_map(|to| calls.map(|call| PresenceChanged { to, reason: None, call }));
    all.collect()
}

const DRAWING: &str = "
    offline > ready, offline > not_ready, offline > break
    ready > offline, ready > not_ready, ready > break, ready > ringing
    ringing > busy, ringing > ready, ringing > not_ready
    busy > wrap_up, busy > ready, busy > not_ready
    wrap_up > ready, wrap_up > not_ready
    not_ready > offline, not_ready > ready, not_ready > break
    break > offline, break > ready, break > not_ready
";

proptest! {
    #[test]
    fn whatever_comes_a_presence_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        walk(&operator(), &events(), &picks)?;
    }

    #[test]
    fn a_call_is_in_hand_exactly_while_it_rings_is_talked_or_written_down(
        picks in prop::collection::vec(any::<u16>(), 0..80),
    ) {
        let (mut now, all) = (operator(), events());
        for pick in picks {
            let event = all[usize::from(pick) % all.len()].clone();
            if let Ok(event) = now.become_(event.to, event.reason, event.call) { now.apply(&event, at(1)); }
            prop_assert_eq!(now.call.is_some(), now.presence.has_call());
        }
    }
}

#[test]
fn a_presence_goes_the_drawn_ways_and_no_others() {
    let found = found(&operator(), &events());
    hold(&found, DRAWING, &[]);
}

#[test]
fn who_has_a_call_cannot_go_on_a_break_or_away() {
    for presence in [Presence::Ringing, Presence::Busy, Presence::WrapUp] {
        let busy = Operator { presence, call: Some(id(1)), ..operator() };
        for to in [Presence::Break, Presence::Offline] {
            refused(busy.become_(to, None, None), "operator-busy", &format!("`{to:?}`"));
        }
    }
}

#[test]
fn nobody_is_rung_on_a_break_or_by_two_calls() {
    for presence in [Presence::Offline, Presence::NotReady, Presence::Break] {
        let away = Operator { presence, ..operator() };
        refused(away.become_(Presence::Ringing, None, Some(id(1))), "operator-busy", "`Ringing`");
    }
    let rung = Operator { presence: Presence::Ringing, call: Some(id(1)), ..operator() };
    refused(rung.become_(Presence::Busy, None, Some(id(2))), "operator-busy", "`Busy`");
    refused(rung.become_(Presence::Busy, None, None), "operator-call", "expected a call in hand");
    let ready = Operator { presence: Presence::Ready, ..operator() };
    refused(ready.become_(Presence::NotReady, None, Some(id(1))), "operator-call", "expected a call in hand");
}

#[test]
fn a_presence_keeps_its_reason_and_its_hour() {
    let mut now = operator();
    let event = now.become_(Presence::Break, Some("обед".into()), None).expect("free to go");
    now.apply(&event, at(30));
    assert_eq!((now.reason.as_deref(), now.since), (Some("обед"), at(30)));
}
