//! How a party that speaks G.722 or Opus is understood: its packets in order, what was lost filled in where the codec
//! can.

use crate::media::codec::Codec;
use crate::media::g722;
use crate::media::half::Down;
use crate::media::rtp::RtpHeader;

/// Samples of 16 kHz in a millisecond.
pub const WIDE: u32 = 16;
/// The longest packet of Opus: 120 ms.
const LONGEST: usize = 120 * WIDE as usize;
/// Packets in a row that are filled in; a longer hole is a hole.
const FILLED: u32 = 5;
/// A step of the clock beyond this, in milliseconds, is a new beginning.
const LEAP: u32 = 1_000;

/// The decoder of a codec that is no law; all of them give sound of 16 kHz.
#[derive(Debug)]
pub enum Decoder {
    /// Of G.722.
    G722(Box<g722::Decoder>),
    /// Of Opus.
    Opus(opus::Decoder),
}

impl Decoder {
    /// `None`: a law needs none, or there is no memory for one.
    pub fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Alaw | Codec::Ulaw => None,
            Codec::G722 => Some(Self::G722(Box::default())),
            Codec::Opus => {
                let decoder = opus::Decoder::new(WIDE * 1_000, opus::Channels::Mono);
                decoder
                    .inspect_err(|error| tracing::error!(%error, "no decoder of opus"))
                    .ok()
                    .map(Self::Opus)
            }
        }
    }

    /// Puts the sound of a packet behind that of `out`; `false`: it is none.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> bool {
        match self {
            Self::G722(decoder) => out.extend(payload.iter().flat_map(|byte| decoder.decode(*byte))),
            // to the library a packet of no bytes is a lost one
            Self::Opus(_) if payload.is_empty() => return false,
            Self::Opus(decoder) => return more(out, LONGEST, |room| decoder.decode(payload, room, false)),
        }
        !payload.is_empty()
    }

    /// Puts so many samples in the place of a lost packet; the next one, if it is the very next, may know of it.
    fn fill(&mut self, samples: usize, next: Option<&[u8]>, out: &mut Vec<i16>) -> bool {
        match self {
            Self::G722(_) => false,
            Self::Opus(decoder) => {
                let (known, fec) = (next.unwrap_or_default(), next.is_some());
                more(out, samples, |room| decoder.decode(known, room, fec))
            }
        }
    }
}

fn more(
    out: &mut Vec<i16>,
    most: usize,
    decode: impl FnOnce(&mut [i16]) -> Result<usize, opus::Error>,
) -> bool {
    let before = out.len();
    out.resize(before + most, 0);
    let made = decode(&mut out[before..]);
    out.truncate(before + made.as_ref().map_or(0, |made| *made));
    made.is_ok()
}

/// Where a stream has come to.
#[derive(Clone, Copy, Debug)]
struct Course {
    ssrc: u32,
    sequence: u16,
    /// When the next packet begins if there is no pause, by the party's clock.
    next: u32,
    /// How long the last one was.
    length: u32,
}

/// An ear for one party.
#[derive(Debug)]
pub struct Ear {
    decoder: Decoder,
    clock: u32,
    course: Option<Course>,
    samples: Vec<i16>,
    down: Down,
    narrow: Vec<i16>,
    /// A time by the party's clock, and the same at 8 kHz.
    place: (u32, u32),
}

/// What was understood.
#[derive(Debug)]
pub struct Understood<'a> {
    /// When it began, by the party's clock.
    pub timestamp: u32,
    /// Sound of 16 kHz.
    pub samples: &'a [i16],
}

/// The same for those who hear 8 kHz.
#[derive(Debug)]
pub struct Narrowed<'a> {
    /// When it began, at 8 kHz.
    pub timestamp: u32,
    /// Sound of 8 kHz.
    pub samples: &'a [i16],
}

impl Ear {
    /// An ear for this codec; `None` as with [`Decoder::of`].
    pub fn of(codec: Codec) -> Option<Self> {
        Some(Self {
            decoder: Decoder::of(codec)?,
            clock: codec.clock(),
            course: None,
            samples: Vec::new(),
            down: Down::default(),
            narrow: Vec::new(),
            place: (0, 0),
        })
    }

    /// Takes a packet; `None`: it is late or no sound.
    pub fn hear(&mut self, header: &RtpHeader, payload: &[u8]) -> Option<Understood<'_>> {
        self.samples.clear();
        let mut timestamp = header.timestamp;
        if let Some(course) = self.course.filter(|course| course.ssrc == header.ssrc) {
            let offset = timestamp.wrapping_sub(course.next) as i32;
            if offset.unsigned_abs() < LEAP * self.clock {
                if offset < 0 {
                    return None;
                }
                if header.sequence.wrapping_sub(course.sequence) > 1 {
                    timestamp = timestamp.wrapping_sub(self.fill(offset as u32, course.length, payload));
                }
            }
        }
        let filled = self.samples.len();
        if !self.decoder.decode(payload, &mut self.samples) {
            return None;
        }
        let length = (self.samples.len() - filled) as u32 * self.clock / WIDE;
        let next = header.timestamp.wrapping_add(length);
        self.course = Some(Course { ssrc: header.ssrc, sequence: header.sequence, next, length });
        Some(Understood { timestamp, samples: &self.samples })
    }

    /// Takes a packet for those who hear 8 kHz.
    pub fn hear_narrow(&mut self, header: &RtpHeader, payload: &[u8]) -> Option<Narrowed<'_>> {
        let began = self.hear(header, payload)?.timestamp;
        self.narrow.clear();
        self.down.turn(&self.samples, &mut self.narrow);
        let passed = began.wrapping_sub(self.place.0) as i32 / (self.clock / 8) as i32;
        self.place = (began, self.place.1.wrapping_add_signed(passed));
        Some(Narrowed { timestamp: self.place.1, samples: &self.narrow })
    }

    /// Fills a hole in with what the codec makes of it; how much of the party's time that is.
    fn fill(&mut self, hole: u32, length: u32, next: &[u8]) -> u32 {
        let packets = hole.checked_div(length).unwrap_or(0);
        if packets == 0 || packets > FILLED || next.is_empty() {
            return 0;
        }
        let samples = (length * WIDE / self.clock) as usize;
        for left in (0..packets).rev() {
            if !self.decoder.fill(samples, (left == 0).then_some(next), &mut self.samples) {
                self.samples.clear();
                return 0;
            }
        }
        packets * length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::mouth::{Mouth, Rate, Said};
    use crate::media::stream::Source;

    /// 600 ms of 1 kHz at 24 kbit/s by opusenc of libopus 1.3, each packet behind its length (`vectors/README.md`).
    const PACKETS: &[u8] = include_bytes!("vectors/tone.opus");

    fn packets() -> Vec<&'static [u8]> {
        let (mut rest, mut packets) = (PACKETS, Vec::new());
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (packet, after) = after.split_at(usize::from(u16::from_le_bytes(*length)));
            packets.push(packet);
            rest = after;
        }
        packets
    }

    fn header(n: u16, clock: u32) -> RtpHeader {
        let timestamp = 4_294_960_000u32.wrapping_add(u32::from(n) * 20 * clock);
        RtpHeader { marker: false, payload_type: 111, sequence: n.wrapping_add(65_530), timestamp, ssrc: 7 }
    }

    /// Share of 1 kHz, and its level in decibels against a peak of 8 000.
    fn tone(samples: &[i16], rate: f64) -> (f64, f64) {
        let turn = std::f64::consts::TAU * 1_000.0 / rate;
        let part = |f: fn(f64) -> f64| {
            samples.iter().enumerate().map(|(n, s)| f64::from(*s) * f(turn * n as f64)).sum::<f64>()
        };
        let count = samples.len() as f64;
        let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / count;
        let own = 2.0 * (part(f64::sin).powi(2) + part(f64::cos).powi(2)) / count / count;
        (own / power, 10.0 * (power / 3.2e7).log10())
    }

    #[test]
    fn opus_of_another_make_is_understood() {
        let mut ear = Ear::of(Codec::Opus).unwrap();
        let mut heard = Vec::new();
        for (n, packet) in packets().iter().enumerate() {
            let understood = ear.hear(&header(n as u16, 48), packet).unwrap();
            assert_eq!(understood.samples.len(), 320);
            heard.extend_from_slice(understood.samples);
        }
        let (share, level) = tone(&heard[3_200..8_000], 16_000.0);
        assert!(share > 0.99 && level.abs() < 1.0, "share {share}, {level} dB");
    }

    #[test]
    fn lost_packets_of_opus_are_filled_in_and_late_ones_come_too_late() {
        let mut ear = Ear::of(Codec::Opus).unwrap();
        let mut heard = Vec::new();
        let mut clock = None;
        for (n, packet) in packets().iter().enumerate().filter(|(n, _)| ![10, 15, 16].contains(n)) {
            let understood = ear.hear(&header(n as u16, 48), packet).unwrap();
            let began = understood.timestamp;
            assert!(clock.is_none_or(|clock| clock == began), "no hole before packet {n}");
            clock = Some(began.wrapping_add(understood.samples.len() as u32 * 3));
            heard.extend_from_slice(understood.samples);
        }
        assert_eq!(heard.len(), packets().len() * 320);
        // these packets know nothing of those before them: what is filled in is a guess, and no silence
        for lost in [10, 15, 16] {
            let (_, level) = tone(&heard[lost * 320..][..320], 16_000.0);
            assert!(level > -20.0, "packet {lost}: {level} dB");
        }
        let (share, level) = tone(&heard[6_400..], 16_000.0);
        assert!(share > 0.9 && level.abs() < 2.0, "afterwards: share {share}, {level} dB");
        assert!(ear.hear(&header(15, 48), packets()[15]).is_none(), "late");
        assert!(ear.hear(&header(31, 48), &[]).is_none() && ear.hear(&header(31, 48), &[0xFF; 3]).is_none());
    }

    #[test]
    fn every_codec_brings_a_tone_over_at_its_level() {
        let sound: Vec<i16> = (0..16_000)
            .map(|n| (8_000.0 * (std::f64::consts::TAU * f64::from(n) / 16.0).sin()) as i16)
            .collect();
        for codec in [Codec::G722, Codec::Opus] {
            let (mut mouth, mut ear) = (Mouth::of(codec).unwrap(), Ear::of(codec).unwrap());
            let (mut wide, mut narrow, mut sent) = (Vec::new(), Vec::new(), 0);
            let mut other = Ear::of(codec).unwrap();
            for (n, packet) in sound.chunks(320).enumerate() {
                let (sequence, timestamp) = (n as u16, n as u32 * 160);
                mouth.hear(
                    Said { source: Source::Sound(1), sequence, timestamp, clock: 8 },
                    Rate::Wide,
                    packet,
                );
                let mut payload = [0; 400];
                while let Some(told) = mouth.packet(&mut payload) {
                    let header = header(sent, codec.clock());
                    let payload = &payload[..told.length];
                    wide.extend_from_slice(ear.hear(&header, payload).unwrap().samples);
                    narrow.extend_from_slice(other.hear_narrow(&header, payload).unwrap().samples);
                    sent += 1;
                }
            }
            assert_eq!((sent, wide.len(), narrow.len()), (50, 16_000, 8_000), "{codec:?}");
            for (share, level) in [tone(&wide[8_000..], 16_000.0), tone(&narrow[4_000..], 8_000.0)] {
                assert!(share > 0.99 && level.abs() < 0.5, "{codec:?}: share {share}, {level} dB");
            }
        }
    }
}
