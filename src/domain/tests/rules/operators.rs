//! An operator's presence (`domain.md` 3.4.1) and the match of callers with operators.

use crate::{
    firm::{at, id, operator},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    calls::operator::{Operator, Presence, PresenceChanged, Waiting, match_callers},
    refusal::Refusal,
    values::id::{CallId, OperatorId},
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

    #[test]
    fn a_match_gives_everybody_one_partner_and_the_first_in_line_go_first(
        firsts in prop::collection::vec(any::<bool>(), 0..12),
        missed in prop::collection::vec(0u128..6, 0..12),
        ready in 0u128..6,
    ) {
        let waiting: Vec<Waiting> = firsts.iter().enumerate().map(|(i, first)| Waiting {
            call: id(i as u128),
            since: at(i as i64),
            first: *first,
            missed_by: missed.get(i).map(|m| vec![id(*m)]).unwrap_or_default(),
        }).collect();
        let idle: Vec<(OperatorId, _)> = (0..ready).map(|i| (id(i), at(-(i as i64)))).collect();
        let pairs = match_callers(&waiting, &idle);
        prop_assert_eq!(pairs.len(), waiting.len().min(idle.len()));
        let mut operators: Vec<OperatorId> = pairs.iter().map(|(_, o)| *o).collect();
        operators.sort_unstable();
        operators.dedup();
        prop_assert_eq!(operators.len(), pairs.len(), "nobody is rung by two");
        let served: Vec<CallId> = pairs.iter().map(|(c, _)| *c).collect();
        for left in waiting.iter().filter(|w| !served.contains(&w.call)) {
            for (call, _) in &pairs {
                let taken = waiting.iter().find(|w| w.call == *call).expect("known");
                prop_assert!((!taken.first, taken.since) <= (!left.first, left.since));
            }
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

#[test]
fn who_let_it_ring_is_passed_over_while_somebody_else_is_ready() {
    let waiting = [Waiting { call: id(1), since: at(0), first: false, missed_by: vec![id(1)] }];
    let both: [(OperatorId, _); 2] = [(id(1), at(0)), (id(2), at(5))];
    assert_eq!(match_callers(&waiting, &both), [(id(1), id(2))]);
    assert_eq!(match_callers(&waiting, &both[..1]), [(id(1), id(1))], "better than nobody");
}
