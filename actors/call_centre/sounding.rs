//! How the sides of a call sound, told by the line while people talk; the worst of them stands on the screens.

use crate::call_centre::call_session::CallSession;
use actix::{Context, Handler, Message};
use domain::calls::{line::Leg, trace::Sound};
use std::collections::BTreeMap;

/// The sides that do not sound well.
#[derive(Debug, Default)]
pub(super) struct Sounding(BTreeMap<Leg, Sound>);

impl Sounding {
    /// What is heard of a leg; true when the worst has changed by it.
    fn hear(&mut self, leg: Leg, sound: Sound) -> bool {
        let before = self.worst();
        match sound {
            Sound::Good => self.0.remove(&leg),
            worse => self.0.insert(leg, worse),
        };
        before != self.worst()
    }
    /// The worst of all sides.
    pub(super) fn worst(&self) -> Sound {
        self.0.values().max().copied().unwrap_or_default()
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
}
impl Handler<Sounds> for CallSession {
    type Result = ();
    fn handle(&mut self, Sounds { leg, sound }: Sounds, _: &mut Context<Self>) {
        if self.sounding.hear(leg, sound) && self.call.is_talk() {
            self.show_row();
            self.show_talk();
        }
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
