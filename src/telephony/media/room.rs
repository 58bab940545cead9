//! A conversation of more than two, and how each of its members hears the others.

use crate::line::{LegId, Part};
use crate::media::SAMPLES;
use crate::media::jitter::Jitter;

/// One of several.
#[derive(Debug)]
pub struct Member {
    /// Whose leg.
    pub leg: LegId,
    /// What it may.
    pub part: Part,
    /// What it says, waiting for its turn.
    pub jitter: Jitter,
    frame: [i16; SAMPLES],
}

/// A conversation.
#[derive(Debug)]
pub struct Room {
    /// Its number, never used again.
    pub number: u64,
    /// Who takes part.
    pub members: Vec<Member>,
    /// Of the next frame.
    pub sequence: u16,
    /// Of the next frame, in samples.
    pub timestamp: u32,
}

impl Room {
    /// A conversation of these speakers.
    pub fn new(number: u64, speakers: &[LegId]) -> Self {
        let mut room = Self { number, members: Vec::new(), sequence: 0, timestamp: 0 };
        speakers.iter().for_each(|leg| room.set(*leg, Part::Speaker));
        room
    }

    /// A leg comes in, or changes its part.
    pub fn set(&mut self, leg: LegId, part: Part) {
        match self.members.iter_mut().find(|member| member.leg == leg) {
            Some(member) => member.part = part,
            None => {
                self.members.push(Member { leg, part, jitter: Jitter::default(), frame: [0; SAMPLES] });
            }
        }
    }

    /// A leg goes.
    pub fn remove(&mut self, leg: LegId) {
        self.members.retain(|member| member.leg != leg);
    }

    /// The two that are left, if both speak and nobody listens: they need no mixing.
    pub fn pair(&self) -> Option<(LegId, LegId)> {
        match &self.members[..] {
            [a, b] if a.part == Part::Speaker && b.part == Part::Speaker => Some((a.leg, b.leg)),
            _ => None,
        }
    }

    /// The member of a leg.
    pub fn member(&mut self, leg: LegId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.leg == leg)
    }

    /// Takes the next 20 ms of everybody.
    pub fn listen(&mut self) {
        for member in &mut self.members {
            member.jitter.pop(&mut member.frame);
        }
    }

    /// What a member hears of the last 20 ms taken.
    pub fn heard_by(&self, leg: LegId) -> [i16; SAMPLES] {
        let mut sum = [0i32; SAMPLES];
        for member in self.members.iter().filter(|member| member.leg != leg) {
            let audible = match member.part {
                Part::Speaker => true,
                Part::Listener => false,
                Part::Whisperer(to) => to == leg,
            };
            if audible {
                for (total, sample) in sum.iter_mut().zip(member.frame) {
                    *total += i32::from(sample);
                }
            }
        }
        sum.map(|total| total.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(room: &mut Room, leg: LegId, value: i16) {
        let member = room.member(leg).unwrap();
        for n in 0..2 {
            member.jitter.push(1, n * 160, [value; SAMPLES].into_iter());
        }
    }

    #[test]
    fn everyone_hears_what_its_part_allows() {
        let [client, operator, third, chief, ear] = [1, 2, 3, 4, 5].map(LegId);
        let mut room = Room::new(1, &[client, operator, third]);
        room.set(chief, Part::Whisperer(operator));
        room.set(ear, Part::Listener);
        for (leg, value) in [(client, 1), (operator, 10), (third, 100), (chief, 1_000), (ear, 10_000)] {
            say(&mut room, leg, value);
        }
        room.listen();
        let heard = [client, operator, third, chief, ear].map(|leg| room.heard_by(leg)[0]);
        assert_eq!(heard, [110, 1_101, 11, 111, 111]);
        room.set(chief, Part::Speaker);
        assert_eq!(room.heard_by(client)[0], 1_110);
    }

    #[test]
    fn loud_voices_do_not_wrap() {
        let mut room = Room::new(1, &[LegId(1), LegId(2), LegId(3)]);
        say(&mut room, LegId(1), 30_000);
        say(&mut room, LegId(2), 30_000);
        room.listen();
        assert_eq!(room.heard_by(LegId(3))[7], i16::MAX);
    }

    #[test]
    fn two_speakers_are_a_pair_and_a_listener_is_none() {
        let mut room = Room::new(1, &[LegId(1), LegId(2)]);
        assert_eq!(room.pair(), Some((LegId(1), LegId(2))));
        room.set(LegId(2), Part::Listener);
        assert_eq!(room.pair(), None);
        room.remove(LegId(2));
        assert_eq!(room.pair(), None);
    }
}
