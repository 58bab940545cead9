//! How the sides of a call sound, told by the line and by the operator's page while people talk; the worst of them
//! stands on the screens, and what it was at its worst is kept when the talk ends.

use crate::call_centre::call_session::CallSession;
use actix::{Context, Handler, Message};
use domain::{
    calls::{
        call::CallEvent,
        line::Leg,
        sounded::{HeardAt, Measured, Sides},
        trace::Sound,
    },
    values::id::OperatorId,
};
use std::collections::BTreeMap;

/// The sides that do not sound well, and all of them at their worst.
#[derive(Debug, Default)]
pub(super) struct Sounding {
    now: BTreeMap<Leg, Sound>,
    worst: Sides,
}

impl Sounding {
    /// What is heard of a leg; true when the worst has changed by it.
    fn hear(&mut self, leg: Leg, sound: Sound) -> bool {
        let before = self.worst();
        match sound {
            Sound::Good => self.now.remove(&leg),
            worse => self.now.insert(leg, worse),
        };
        before != self.worst()
    }
    /// A side was measured.
    fn measure(&mut self, at: HeardAt, measured: Measured) {
        let known = self.worst.get(&at).copied();
        self.worst.insert(at, known.map_or(measured, |known| known.worse(measured)));
    }
    /// The worst of all sides.
    pub(super) fn worst(&self) -> Sound {
        self.now.values().max().copied().unwrap_or_default()
    }
}

/// A leg of the call sounds otherwise than before.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Sounds {
    /// Which.
    pub leg: Leg,
    /// How.
    pub sound: Sound,
    /// As measured.
    pub measured: Measured,
}
impl Handler<Sounds> for CallSession {
    type Result = ();
    fn handle(&mut self, Sounds { leg, sound, measured }: Sounds, _: &mut Context<Self>) {
        if let Some(at) = self.heard_at(leg) {
            self.sounding.measure(at, measured);
        }
        if self.sounding.hear(leg, sound) && self.call.is_talk() {
            self.show_row();
            self.show_talk();
        }
    }
}

/// The operator's page tells how it hears.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct PageHears {
    /// Whose page.
    pub operator: OperatorId,
    /// As measured there.
    pub measured: Measured,
}
impl Handler<PageHears> for CallSession {
    type Result = ();
    fn handle(&mut self, PageHears { operator, measured }: PageHears, _: &mut Context<Self>) {
        let theirs = self.far.as_ref().is_some_and(|far| far.operator == operator && far.leg.is_some());
        if theirs && self.call.is_talk() {
            self.sounding.measure(HeardAt::Page, measured);
        }
    }
}

impl CallSession {
    fn heard_at(&self, leg: Leg) -> Option<HeardAt> {
        if leg == self.caller {
            Some(HeardAt::Caller)
        } else if self.far.as_ref().and_then(|far| far.leg) == Some(leg) {
            Some(HeardAt::Operator)
        } else {
            (self.third() == Some(leg)).then_some(HeardAt::Third)
        }
    }
    /// The end of the talk, with how it sounded.
    pub(super) fn ending(&self, by_caller: bool) -> Vec<CallEvent> {
        let sides = self.sounding.worst.clone();
        let sounded = (!sides.is_empty()).then_some(CallEvent::Sounded { sides });
        sounded.into_iter().chain([CallEvent::Ended { by_caller }]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_side_counts_until_it_is_well_again() {
        let mut sounding = Sounding::default();
        assert!(!sounding.hear(Leg(1), Sound::Good));
        assert!(sounding.hear(Leg(1), Sound::Poor));
        assert!(sounding.hear(Leg(2), Sound::Bad));
        assert!(!sounding.hear(Leg(1), Sound::Good), "the other one is worse");
        assert!(sounding.hear(Leg(2), Sound::Good));
        assert_eq!(sounding.worst(), Sound::Good);
    }
}
