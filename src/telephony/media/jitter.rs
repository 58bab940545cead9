//! A short memory that turns packets as they come into frames as they are due: only where sounds are mixed.

use std::collections::VecDeque;

use crate::media::SAMPLES;

/// Samples kept before the first is given out: two packets.
const PRIME: usize = 2 * SAMPLES;
/// Samples above which the oldest are thrown away, so that a fast clock does not become a long delay: 200 ms.
const MOST: usize = 10 * SAMPLES;
/// What is kept then.
const KEPT: usize = 3 * SAMPLES;
/// A step of time larger than this is a new beginning: one second.
const LEAP: u32 = 8_000;

/// The samples of one speaker, in order, losses filled with silence.
#[derive(Debug, Default)]
pub struct Jitter {
    samples: VecDeque<i16>,
    source: Option<u32>,
    next: u32,
    primed: bool,
}

impl Jitter {
    /// Takes a packet; late ones are lost, early ones wait behind silence for those before them.
    pub fn push(&mut self, ssrc: u32, timestamp: u32, packet: impl ExactSizeIterator<Item = i16>) {
        let offset = timestamp.wrapping_sub(self.next) as i32;
        if self.source != Some(ssrc) || offset.unsigned_abs() > LEAP || self.is_hungry() {
            self.source = Some(ssrc);
            self.samples.clear();
            self.next = timestamp;
            self.primed = false;
        }
        let Ok(at) = usize::try_from(timestamp.wrapping_sub(self.next) as i32) else { return };
        let end = at + packet.len();
        if self.samples.len() < end {
            self.samples.resize(end, 0);
        }
        for (room, sample) in self.samples.range_mut(at..end).zip(packet) {
            *room = sample;
        }
        if self.samples.len() > MOST {
            let excess = self.samples.len() - KEPT;
            self.samples.drain(..excess);
            self.next = self.next.wrapping_add(excess as u32);
        }
    }

    /// Nothing is left of what was being given out.
    fn is_hungry(&self) -> bool {
        self.samples.is_empty() && !self.primed
    }

    /// The next 20 ms; `false` and silence while there are none.
    pub fn pop(&mut self, out: &mut [i16; SAMPLES]) -> bool {
        out.fill(0);
        self.primed |= self.samples.len() >= PRIME;
        if !self.primed {
            return false;
        }
        let ready = self.samples.len().min(SAMPLES);
        for (room, sample) in out.iter_mut().zip(self.samples.drain(..ready)) {
            *room = sample;
        }
        self.next = self.next.wrapping_add(ready as u32);
        if self.samples.is_empty() {
            self.primed = false;
        }
        ready > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(value: i16) -> std::array::IntoIter<i16, SAMPLES> {
        [value; SAMPLES].into_iter()
    }

    fn popped(jitter: &mut Jitter) -> Option<i16> {
        let mut out = [0; SAMPLES];
        jitter.pop(&mut out).then_some(out[0])
    }

    #[test]
    fn waits_for_two_packets_and_sorts_them() {
        let mut jitter = Jitter::default();
        jitter.push(7, 1_000, packet(1));
        assert_eq!(popped(&mut jitter), None);
        jitter.push(7, 1_320, packet(3));
        jitter.push(7, 1_160, packet(2));
        assert_eq!(
            [popped(&mut jitter), popped(&mut jitter), popped(&mut jitter)],
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!(popped(&mut jitter), None);
    }

    #[test]
    fn a_lost_packet_is_silence_and_a_late_one_is_lost() {
        let mut jitter = Jitter::default();
        jitter.push(7, 0, packet(1));
        jitter.push(7, 320, packet(3));
        assert_eq!([popped(&mut jitter), popped(&mut jitter)], [Some(1), Some(0)]);
        jitter.push(7, 160, packet(2));
        assert_eq!(popped(&mut jitter), Some(3));
    }

    #[test]
    fn another_voice_begins_anew_and_a_fast_clock_is_cut() {
        let mut jitter = Jitter::default();
        jitter.push(7, 0, packet(1));
        jitter.push(8, 900_000, packet(4));
        jitter.push(8, 900_160, packet(5));
        assert_eq!(popped(&mut jitter), Some(4));
        (2..20).for_each(|n| jitter.push(8, 900_000 + n * 160, packet(n as i16)));
        assert!(jitter.samples.len() <= MOST);
        jitter.push(8, u32::MAX, packet(9));
        jitter.push(8, 159, packet(10));
        assert_eq!([popped(&mut jitter), popped(&mut jitter)], [Some(9), Some(10)]);
    }
}
