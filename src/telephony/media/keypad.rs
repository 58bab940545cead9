//! Keys pressed towards a party: events in its audio stream (RFC 4733), in the place of sound.

use std::collections::VecDeque;
use std::time::Instant;

use crate::counters::Counted;
use crate::line::LegId;
use crate::media::SAMPLES;
use crate::media::courier::{Packet, send};
use crate::media::dtmf::event;
use crate::media::relay::{DATAGRAM, Relay};
use crate::media::rtp::HEADER;
use crate::media::stream::Source;

/// Packets that say "still down", 20 ms each; the one after them says "up", at 100 ms.
const DOWN: u8 = 4;
/// "Up" is said three times, for it must not be lost.
const UP: u8 = 3;
/// Packets of one key and the silence after it: 100 ms down and 60 ms up.
const STEPS: u8 = 8;
/// -10 dBm0, as telephones say it.
const VOLUME: u8 = 10;
/// "End of event", beside the volume.
const END: u8 = 0x80;

/// The keys that wait, and how far the first of them is.
#[derive(Debug, Default)]
pub struct Keypad {
    waiting: VecDeque<u8>,
    step: u8,
    number: u64,
}

/// What is said of a key in one packet.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// Which key of this leg's life.
    pub source: Source,
    /// Which packet of it.
    pub sequence: u16,
    /// RFC 4733's four bytes.
    pub payload: [u8; 4],
}

impl Keypad {
    /// More keys; what is none is left out.
    pub fn press(&mut self, keys: &str) {
        self.waiting.extend(keys.chars().filter_map(event));
    }

    /// Forgets the keys that wait.
    pub fn clear(&mut self) {
        (self.waiting, self.step) = (VecDeque::new(), 0);
    }

    /// Is no key down, and none waiting?
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next 20 ms: a packet, or silence between two keys.
    pub fn advance(&mut self) -> Option<Said> {
        let key = *self.waiting.front()?;
        let step = self.step;
        self.step += 1;
        if self.step == STEPS {
            self.waiting.pop_front();
            (self.step, self.number) = (0, self.number + 1);
            return None;
        }
        let over = step >= DOWN;
        let duration = (u16::from(step.min(DOWN)) + 1) * SAMPLES as u16;
        let [high, low] = duration.to_be_bytes();
        let payload = [key, if over { END } else { 0 } | VOLUME, high, low];
        let said = Said { source: Source::Key(self.number), sequence: u16::from(step), payload };
        (step < DOWN + UP).then_some(said)
    }
}

impl Relay {
    /// Keys are pressed towards a leg; what it hears otherwise stops meanwhile.
    pub(super) fn press(&mut self, leg: LegId, keys: &str) {
        let takes = self.parties.get_mut(&leg).filter(|party| party.events.is_some());
        let Some(party) = takes else { return self.counters.add(Counted::CommandsStale) };
        party.keypad.press(keys);
        if !self.pressing.contains(&leg) {
            self.pressing.push(leg);
        }
        self.next_tick.get_or_insert_with(Instant::now);
    }

    /// The next 20 ms of every key that is down.
    pub(super) fn press_on(&mut self, now: Instant) {
        let mut datagram = [0u8; DATAGRAM];
        let mut pressing = std::mem::take(&mut self.pressing);
        pressing.retain(|leg| {
            let Some(party) = self.parties.get_mut(leg) else { return false };
            let Some((payload_type, clock)) = party.events else {
                party.keypad.clear();
                return false;
            };
            if let Some(Said { source, sequence, mut payload }) = party.keypad.advance() {
                let lasted = u16::from_be_bytes([payload[2], payload[3]]) * (clock / 8) as u16;
                [payload[2], payload[3]] = lasted.to_be_bytes();
                let range = HEADER..HEADER + payload.len();
                datagram[range.clone()].copy_from_slice(&payload);
                let packet = Packet { source, sequence, timestamp: 0, payload_type };
                send(party, &mut self.browsers, &mut self.courier, packet, false, &mut datagram, range, now);
            }
            !party.keypad.is_idle()
        });
        self.pressing = pressing;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::media::stream::OutStream;

    #[test]
    fn a_key_grows_ends_three_times_and_leaves_a_gap() {
        let mut keypad = Keypad::default();
        keypad.press("5x#");
        let said: Vec<Option<[u8; 4]>> = (0..8).map(|_| keypad.advance().map(|said| said.payload)).collect();
        let down = |ticks: u16| Some([5, 10, ((ticks * 160) >> 8) as u8, (ticks * 160) as u8]);
        let up = Some([5, 0x8A, 3, 32]);
        assert_eq!(said, [down(1), down(2), down(3), down(4), up, up, up, None]);
        assert!(!keypad.is_idle());
        assert_eq!(keypad.advance().map(|said| (said.payload[0], said.source)), Some((11, Source::Key(1))));
        assert_eq!((0..7).filter_map(|_| keypad.advance()).count(), 6);
        assert!(keypad.is_idle() && keypad.advance().is_none());
    }

    #[test]
    fn all_packets_of_a_key_carry_the_time_it_went_down_and_the_clock_goes_on() {
        let (mut keypad, mut out, start) = (Keypad::default(), OutStream::new(1, 100, 5_000), Instant::now());
        let sound = Source::Live(LegId(1), 7);
        assert_eq!(out.stamp(sound, 10, 0, start).timestamp, 5_000);
        keypad.press("12");
        let mut sent = Vec::new();
        let mut tick = 1;
        while !keypad.is_idle() {
            let now = start + Duration::from_millis(20 * tick);
            if let Some(said) = keypad.advance() {
                let stamp = out.stamp(said.source, said.sequence, 0, now);
                sent.push((stamp.sequence, stamp.timestamp, stamp.marker));
            }
            tick += 1;
        }
        let key = |first: u64, time: u32| (0..7).map(move |n| (first + n, time, n == 0));
        let expected: Vec<_> = key(101, 5_160).chain(key(108, 5_160 + 8 * 160)).collect();
        assert_eq!(sent, expected);
        let after = out.stamp(sound, 27, 17 * 160, start + Duration::from_millis(20 * tick));
        assert_eq!((after.sequence, after.timestamp, after.marker), (115, 5_000 + 17 * 160, true));
    }
}
