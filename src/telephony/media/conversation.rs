//! Who hears whom: bridges of two, conversations of several, hold.

use std::time::Instant;

use crate::counters::Counted;
use crate::line::{LegId, Part};
use crate::media::SAMPLES;
use crate::media::courier::{Packet, send};
use crate::media::law::Law;
use crate::media::mouth::{Rate, Said};
use crate::media::prompt::Sound;
use crate::media::relay::{DATAGRAM, Relay};
use crate::media::room::Room;
use crate::media::rtp::HEADER;
use crate::media::stream::Source;
use crate::media::wide::speak;

impl Relay {
    /// Two legs hear each other and nobody else.
    pub(super) fn bridge(&mut self, a: LegId, b: LegId) {
        if a == b || !self.parties.contains_key(&a) || !self.parties.contains_key(&b) {
            return self.counters.add(Counted::CommandsStale);
        }
        self.part(a);
        self.part(b);
        for (leg, other) in [(a, b), (b, a)] {
            if let Some(party) = self.parties.get_mut(&leg) {
                party.bridged = Some(other);
                party.quiet();
            }
        }
    }

    /// Ends whatever bridge or conversation the leg is in; the others go on.
    pub(super) fn part(&mut self, leg: LegId) {
        let Some(party) = self.parties.get_mut(&leg) else { return };
        if let Some(other) = party.bridged.take().and_then(|other| self.parties.get_mut(&other)) {
            other.bridged = None;
        }
        let number = self.parties.get_mut(&leg).and_then(|party| party.room.take());
        let Some(room) = number.and_then(|number| self.rooms.get_mut(&number)) else { return };
        room.remove(leg);
        let number = room.number;
        if let Some((a, b)) = room.pair() {
            self.close_room(number);
            for (leg, other) in [(a, b), (b, a)] {
                if let Some(party) = self.parties.get_mut(&leg) {
                    party.bridged = Some(other);
                }
            }
        } else if room.members.len() < 2 {
            self.close_room(number);
        }
    }

    fn close_room(&mut self, number: u64) {
        for member in self.rooms.remove(&number).map(|room| room.members).unwrap_or_default() {
            if let Some(party) = self.parties.get_mut(&member.leg) {
                party.room = None;
            }
        }
    }

    /// A leg joins the conversation of another, or changes its part in it.
    pub(super) fn join(&mut self, leg: LegId, of: LegId, part: Part) {
        let known = self.parties.get(&leg).zip(self.parties.get(&of));
        let Some((joining, host)) = known.filter(|_| leg != of) else {
            return self.counters.add(Counted::CommandsStale);
        };
        let together = host.room.is_some() && joining.room == host.room;
        let alone = host.room.is_none() && host.bridged.is_none_or(|other| other == leg);
        if !together && alone && part == Part::Speaker {
            return self.bridge(leg, of);
        }
        if !together {
            self.part(leg);
            if let Some(party) = self.parties.get_mut(&leg) {
                party.quiet();
            }
        }
        let number = self.room_of(of);
        let Some(room) = self.rooms.get_mut(&number) else { return };
        room.set(leg, part);
        let pair = room.pair();
        if let Some(party) = self.parties.get_mut(&leg) {
            party.room = Some(number);
        }
        if let Some((a, b)) = pair {
            self.close_room(number);
            self.bridge(a, b);
        }
        self.next_tick.get_or_insert_with(Instant::now);
    }

    /// The conversation of a leg; its bridge becomes one.
    fn room_of(&mut self, leg: LegId) -> u64 {
        if let Some(number) = self.parties.get(&leg).and_then(|party| party.room) {
            return number;
        }
        self.rooms_made += 1;
        let number = self.rooms_made;
        let other = self.parties.get(&leg).and_then(|party| party.bridged);
        let speakers: Vec<LegId> = [Some(leg), other].into_iter().flatten().collect();
        for leg in &speakers {
            if let Some(party) = self.parties.get_mut(leg) {
                party.bridged = None;
                party.room = Some(number);
            }
        }
        self.rooms.insert(number, Room::new(number, &speakers));
        number
    }

    /// A leg is on hold and hears this.
    pub(super) fn hold(&mut self, leg: LegId, sound: Sound) {
        self.play(leg, sound, false);
        if let Some(party) = self.parties.get_mut(&leg) {
            party.held = true;
        }
    }

    /// Off hold.
    pub(super) fn resume(&mut self, leg: LegId) {
        if let Some(party) = self.parties.get_mut(&leg).filter(|party| party.held) {
            party.quiet();
        }
    }

    /// The one a leg is bridged to.
    pub(super) fn other(&self, leg: LegId) -> Option<LegId> {
        self.parties.get(&leg).and_then(|party| party.bridged)
    }

    /// The next 20 ms of every conversation.
    pub(super) fn mix(&mut self, now: Instant) {
        let mut datagram = [0u8; DATAGRAM];
        let range = HEADER..HEADER + SAMPLES;
        for room in self.rooms.values_mut() {
            room.listen();
            for member in &room.members {
                let Some(party) = self.parties.get_mut(&member.leg).filter(|party| party.listens()) else {
                    continue;
                };
                let heard = room.heard_by(member.leg);
                let Room { sequence, timestamp, .. } = *room;
                let (source, to) = (Source::Mix(room.number), &mut self.browsers);
                let Some(law) = party.codec.law() else {
                    let said = Said { source, sequence, timestamp, clock: 8 };
                    speak(party, to, &mut self.courier, said, Rate::Narrow, &heard, now);
                    continue;
                };
                for (byte, sample) in datagram[range.clone()].iter_mut().zip(heard) {
                    *byte = encode(law, sample);
                }
                let packet = Packet { source, sequence, timestamp, payload_type: law.payload_type() };
                send(party, to, &mut self.courier, packet, false, &mut datagram, range.clone(), now);
            }
            room.sequence = room.sequence.wrapping_add(1);
            room.timestamp = room.timestamp.wrapping_add(SAMPLES as u32);
        }
    }
}

/// Silence is the byte of silence, not the byte of zero.
fn encode(law: Law, sample: i16) -> u8 {
    if sample == 0 { law.silence() } else { law.encode(sample) }
}
