//! One direction of one leg: the numbering of what is sent, the account of what is received.

use std::time::Instant;

use crate::line::LegId;
use crate::media::rtp::RtpHeader;

/// Ticks in a millisecond of the clock of all telephones, and of what is neither speech nor music.
pub const TELEPHONES: u32 = 8;

/// Where the sound sent to a leg comes from at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Another leg, with the SSRC it uses now.
    Live(LegId, u32),
    /// The n-th sound played to this leg.
    Sound(u64),
    /// The conversation of this number.
    Mix(u64),
    /// The n-th key pressed towards this leg.
    Key(u64),
    /// Another leg in the words of this one, with the SSRC it uses now: numbered anew.
    Turned(LegId, u32),
}

/// What one sent packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Extended sequence number; its low 16 bits go on the wire.
    pub sequence: u64,
    /// RTP time.
    pub timestamp: u32,
    /// First packet of a new source.
    pub marker: bool,
}

/// Keeps one SSRC, one sequence and one clock towards a phone, whoever speaks: it never hears a jump.
#[derive(Debug)]
pub struct OutStream {
    /// Our SSRC towards this leg, for its whole life.
    pub ssrc: u32,
    /// Packets sent.
    pub sent: u64,
    /// Ticks of its clock in a millisecond.
    pub clock: u32,
    highest: u64,
    timestamp: u32,
    last: Option<Instant>,
    mapping: Option<Mapping>,
}

#[derive(Debug)]
struct Mapping {
    source: Source,
    sequence_in: u16,
    sequence_out: u64,
    time_shift: u32,
}

impl OutStream {
    /// A stream with these first numbers.
    pub fn new(ssrc: u32, first_sequence: u16, first_timestamp: u32) -> Self {
        Self {
            ssrc,
            sent: 0,
            clock: TELEPHONES,
            highest: u64::from(first_sequence & 0x7FFF),
            timestamp: first_timestamp,
            last: None,
            mapping: None,
        }
    }

    /// The numbers for a packet that came from `source` with these of its own.
    /// Losses and reordering of one source are passed on; a change of source continues without a gap.
    pub fn stamp(&mut self, source: Source, sequence: u16, timestamp: u32, now: Instant) -> Stamp {
        let same = match &mut self.mapping {
            Some(map) if map.source == source => {
                let step = i64::from(sequence.wrapping_sub(map.sequence_in) as i16);
                let out = map.sequence_out.checked_add_signed(step);
                out.filter(|_| step.abs() < 3_000).map(|out| {
                    if step > 0 {
                        map.sequence_in = sequence;
                        map.sequence_out = out;
                    }
                    Stamp { sequence: out, timestamp: timestamp.wrapping_add(map.time_shift), marker: false }
                })
            }
            _ => None,
        };
        let stamp = same.unwrap_or_else(|| self.change(source, sequence, timestamp, now));
        if stamp.sequence > self.highest || self.sent == 0 {
            self.highest = stamp.sequence;
            // the packets of one key all carry the time it went down: they do not move the clock
            if stamp.timestamp != self.timestamp || self.sent == 0 {
                (self.timestamp, self.last) = (stamp.timestamp, Some(now));
            }
        }
        self.sent += 1;
        stamp
    }

    /// What its clock shows now; `None` before the first packet.
    pub fn moment(&self, now: Instant) -> Option<u32> {
        self.last.map(|last| self.timestamp.wrapping_add(ticks(now, last, self.clock) as u32))
    }

    fn change(&mut self, source: Source, sequence: u16, timestamp: u32, now: Instant) -> Stamp {
        let passed = self.last.map_or(0, |last| (ticks(now, last, self.clock) as u32).max(20 * self.clock));
        let out = self.timestamp.wrapping_add(passed);
        let sequence_out = self.highest + u64::from(self.sent > 0);
        let time_shift = out.wrapping_sub(timestamp);
        self.mapping = Some(Mapping { source, sequence_in: sequence, sequence_out, time_shift });
        Stamp { sequence: sequence_out, timestamp: out, marker: true }
    }
}

fn ticks(now: Instant, since: Instant, clock: u32) -> u64 {
    now.duration_since(since).as_micros() as u64 * u64::from(clock) / 1_000
}

/// RFC 3550's account of a received stream.
#[derive(Debug)]
pub struct Reception {
    /// Packets received.
    pub received: u64,
    /// Ticks of the party's clock in a millisecond.
    clock: u32,
    ssrc: Option<u32>,
    first: u64,
    highest: u64,
    expected_before: u64,
    jitter: f64,
    transit: Option<i64>,
    epoch: Option<Instant>,
}

impl Default for Reception {
    fn default() -> Self {
        Self {
            received: 0,
            clock: TELEPHONES,
            ssrc: None,
            first: 0,
            highest: 0,
            expected_before: 0,
            jitter: 0.0,
            transit: None,
            epoch: None,
        }
    }
}

impl Reception {
    /// From here on the party's clock has so many ticks in a millisecond.
    pub fn set_clock(&mut self, clock: u32) {
        if self.clock != clock {
            self.jitter = self.jitter * f64::from(clock) / f64::from(self.clock);
            (self.clock, self.transit) = (clock, None);
        }
    }

    /// Counts one packet.
    pub fn count(&mut self, header: &RtpHeader, now: Instant) {
        self.received += 1;
        if self.ssrc != Some(header.ssrc) {
            self.expected_before += self.expected();
            self.ssrc = Some(header.ssrc);
            self.first = u64::from(header.sequence) + 0x1_0000;
            self.highest = self.first;
            self.transit = None;
        } else {
            let step = i64::from(header.sequence.wrapping_sub(self.highest as u16) as i16);
            if step > 0 {
                self.highest += step as u64;
            }
        }
        let epoch = *self.epoch.get_or_insert(now);
        let arrival = ticks(now, epoch, self.clock) as i64;
        let transit = arrival - i64::from(header.timestamp);
        if let Some(before) = self.transit {
            let change = ((transit - before) as i32).unsigned_abs();
            self.jitter += (f64::from(change) - self.jitter) / 16.0;
        }
        self.transit = Some(transit);
    }

    fn expected(&self) -> u64 {
        if self.ssrc.is_some() { self.highest - self.first + 1 } else { 0 }
    }

    /// Packets the party has sent, as its numbers tell.
    pub fn expected_so_far(&self) -> u64 {
        self.expected_before + self.expected()
    }

    /// Who speaks.
    pub fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }

    /// The highest number heard, with its wraps above.
    pub fn highest(&self) -> u32 {
        self.highest.saturating_sub(0x1_0000) as u32
    }

    /// Smoothed jitter in ticks of the party's clock.
    pub fn jitter_samples(&self) -> u32 {
        self.jitter as u32
    }

    /// Packets sent by the party and never seen.
    pub fn lost(&self) -> u64 {
        self.expected_so_far().saturating_sub(self.received)
    }

    /// Smoothed jitter.
    pub fn jitter_ms(&self) -> u32 {
        (self.jitter / f64::from(self.clock)).round() as u32
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_change_of_source_is_not_heard() {
        let start = Instant::now();
        let mut out = OutStream::new(1, 100, 5_000);
        let a = Source::Live(LegId(1), 7);
        let first = out.stamp(a, 65_535, 160, start);
        assert_eq!(first, Stamp { sequence: 100, timestamp: 5_000, marker: true });
        let second = out.stamp(a, 0, 320, start + Duration::from_millis(20));
        assert_eq!((second.sequence, second.timestamp, second.marker), (101, 5_160, false));
        // one lost, then one late
        assert_eq!(out.stamp(a, 2, 640, start + Duration::from_millis(60)).sequence, 103);
        assert_eq!(out.stamp(a, 1, 480, start + Duration::from_millis(61)).sequence, 102);
        let other = out.stamp(Source::Sound(1), 9_000, 77, start + Duration::from_millis(160));
        assert_eq!((other.sequence, other.marker), (104, true));
        assert_eq!(other.timestamp, 5_000 + 480 + 800);
    }

    #[test]
    fn counts_losses_over_wraps_and_new_ssrc() {
        let start = Instant::now();
        let mut reception = Reception::default();
        let mut at = start;
        let mut feed = |sequence: u16, ssrc: u32, timestamp: u32| {
            at += Duration::from_millis(20);
            let header = RtpHeader { marker: false, payload_type: 8, sequence, timestamp, ssrc };
            reception.count(&header, at);
        };
        feed(65_534, 1, 0);
        feed(65_535, 1, 160);
        feed(1, 1, 480);
        feed(500, 2, 0);
        feed(501, 2, 160);
        assert_eq!((reception.received, reception.lost()), (5, 1));
        assert!(reception.jitter_ms() <= 2);
    }

    #[test]
    fn a_clock_of_48_khz_is_no_jitter_and_goes_on_by_its_own_ticks() {
        let start = Instant::now();
        let mut reception = Reception::default();
        reception.set_clock(48);
        for n in 0..100u16 {
            let timestamp = u32::from(n) * 960;
            let header = RtpHeader { marker: false, payload_type: 111, sequence: n, timestamp, ssrc: 1 };
            // every other packet is four milliseconds late
            let late = Duration::from_millis(u64::from(n % 2) * 4);
            reception.count(&header, start + Duration::from_millis(20) * u32::from(n) + late);
        }
        assert!((3..=4).contains(&reception.jitter_ms()), "{}", reception.jitter_ms());
        assert!((150..=192).contains(&reception.jitter_samples()), "{}", reception.jitter_samples());
        let mut out = OutStream::new(1, 0, 0);
        out.clock = 48;
        out.stamp(Source::Sound(1), 0, 0, start);
        let next = out.stamp(Source::Sound(2), 0, 0, start + Duration::from_millis(100));
        assert_eq!(next.timestamp, 4_800);
        assert_eq!(out.moment(start + Duration::from_millis(200)), Some(9_600));
    }
}
