//! How a party is spoken to in a codec that is not the speaker's: packets of 20 ms, whatever the pieces were.

use crate::media::codec::Codec;
use crate::media::ear::WIDE;
use crate::media::g722;
use crate::media::half::{Down, Up};
use crate::media::law::Law;
use crate::media::stream::Source;

/// Milliseconds in a packet.
const PACKET: u32 = 20;
/// A step of the speaker's clock beyond this, in milliseconds, back in time is a new beginning.
const LEAP: u32 = 1_000;
/// Losses in a row that are passed on as losses.
const PASSED_ON: u16 = 50;
/// Bits a second that Opus is written with: wide-band speech.
const BITS: i32 = 24_000;
/// How hard Opus is worked at, between the fastest (0) and the best (10).
const EFFORT: i32 = 5;
/// Losses that Opus is to be prepared for, in hundredths.
const EXPECTED_LOSS: i32 = 10;

/// How many samples there are of a sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// 8 kHz.
    Narrow,
    /// 16 kHz.
    Wide,
}

impl Rate {
    /// Samples in a millisecond.
    pub const fn samples(self) -> u32 {
        match self {
            Rate::Narrow => 8,
            Rate::Wide => WIDE,
        }
    }
}

/// The numbers of a piece at its source.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Who says it.
    pub source: Source,
    /// Number of the packet.
    pub sequence: u16,
    /// When it begins, by the source's clock.
    pub timestamp: u32,
    /// Ticks of that clock in a millisecond.
    pub clock: u32,
}

/// The numbers of a packet made here, by the party's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Bytes of it.
    pub length: usize,
    /// Its number.
    pub sequence: u16,
    /// When it begins.
    pub timestamp: u32,
}

#[derive(Debug)]
enum Encoder {
    Law(Law),
    G722(Box<g722::Encoder>),
    Opus(opus::Encoder),
}

impl Encoder {
    fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Alaw => Some(Self::Law(Law::Alaw)),
            Codec::Ulaw => Some(Self::Law(Law::Ulaw)),
            Codec::G722 => Some(Self::G722(Box::default())),
            Codec::Opus => {
                let made = prepared();
                made.inspect_err(|error| tracing::error!(%error, "no encoder of opus")).ok().map(Self::Opus)
            }
        }
    }

    const fn rate(&self) -> Rate {
        match self {
            Self::Law(_) => Rate::Narrow,
            Self::G722(_) | Self::Opus(_) => Rate::Wide,
        }
    }

    /// Writes 20 ms; how many bytes they are.
    fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        match self {
            Self::Law(law) => {
                out.iter_mut().zip(samples).for_each(|(byte, sample)| *byte = law.encode(*sample));
                samples.len()
            }
            Self::G722(encoder) => {
                let pairs = samples.as_chunks::<2>().0;
                out.iter_mut().zip(pairs).for_each(|(byte, pair)| *byte = encoder.encode(*pair));
                pairs.len()
            }
            Self::Opus(encoder) => encoder.encode(samples, out).unwrap_or_else(|error| {
                tracing::error!(%error, "a packet of opus could not be made");
                0
            }),
        }
    }
}

fn prepared() -> Result<opus::Encoder, opus::Error> {
    let mut encoder = opus::Encoder::new(WIDE * 1_000, opus::Channels::Mono, opus::Application::Voip)?;
    encoder.set_bitrate(opus::Bitrate::Bits(BITS))?;
    encoder.set_complexity(EFFORT)?;
    encoder.set_inband_fec(true)?;
    encoder.set_packet_loss_perc(EXPECTED_LOSS)?;
    Ok(encoder)
}

/// A mouth towards one party.
#[derive(Debug)]
pub struct Mouth {
    encoder: Encoder,
    clock: u32,
    up: Up,
    down: Down,
    source: Option<Source>,
    /// Number of what was heard last, and when the next piece begins if there is no pause; by the source.
    heard: (u16, u32),
    /// A time by the source's clock, and the same by the party's.
    place: (u32, u32),
    /// What is not yet in a packet, the number of that packet, and when it begins.
    pending: Vec<i16>,
    sequence: u16,
    begins: u32,
}

impl Mouth {
    /// A mouth for this codec; `None`: there is no memory for it.
    pub fn of(codec: Codec) -> Option<Self> {
        Some(Self {
            encoder: Encoder::of(codec)?,
            clock: codec.clock(),
            up: Up::default(),
            down: Down::default(),
            source: None,
            heard: (0, 0),
            place: (0, 0),
            pending: Vec::new(),
            sequence: 0,
            begins: 0,
        })
    }

    fn begin(&mut self, said: Said) {
        self.source = Some(said.source);
        self.pending.clear();
        self.heard = (said.sequence.wrapping_sub(1), said.timestamp);
        self.place = (said.timestamp, self.begins);
    }

    /// The same time by the party's clock.
    fn moment(&mut self, said: Said) -> u32 {
        let passed = i64::from(said.timestamp.wrapping_sub(self.place.0) as i32);
        let passed = passed * i64::from(self.clock) / i64::from(said.clock);
        self.place = (said.timestamp, self.place.1.wrapping_add(passed as u32));
        self.place.1
    }

    /// Takes a piece of sound; what comes late is left out.
    pub fn hear(&mut self, said: Said, rate: Rate, samples: &[i16]) {
        let offset = said.timestamp.wrapping_sub(self.heard.1) as i32;
        if self.source != Some(said.source) || offset < -((LEAP * said.clock) as i32) {
            self.begin(said);
        } else if offset < 0 {
            return;
        }
        let begins = self.moment(said);
        if said.timestamp != self.heard.1 {
            // a hole, or a pause: what waits for more is cut off
            self.pending.clear();
            let lost = said.sequence.wrapping_sub(self.heard.0).wrapping_sub(1);
            self.sequence = self.sequence.wrapping_add(if lost > PASSED_ON { 0 } else { lost });
        }
        if self.pending.is_empty() {
            self.begins = begins;
        }
        let length = samples.len() as u32 * said.clock / rate.samples();
        self.heard = (said.sequence, said.timestamp.wrapping_add(length));
        match (rate, self.encoder.rate()) {
            (Rate::Narrow, Rate::Wide) => self.up.turn(samples, &mut self.pending),
            (Rate::Wide, Rate::Narrow) => self.down.turn(samples, &mut self.pending),
            _ => self.pending.extend_from_slice(samples),
        }
    }

    /// The next whole packet; its bytes go to `out`.
    pub fn packet(&mut self, out: &mut [u8]) -> Option<Numbers> {
        let whole = (PACKET * self.encoder.rate().samples()) as usize;
        let samples = self.pending.get(..whole)?;
        let length = self.encoder.encode(samples, out);
        self.pending.drain(..whole);
        let numbers = Numbers { length, sequence: self.sequence, timestamp: self.begins };
        self.sequence = self.sequence.wrapping_add(1);
        self.begins = self.begins.wrapping_add(PACKET * self.clock);
        Some(numbers)
    }

    /// The numbers of a key of the same source, which goes between its sound.
    pub fn key(&mut self, said: Said) -> (u16, u32) {
        if self.source != Some(said.source) {
            self.begin(said);
        }
        self.heard.0 = said.sequence;
        let timestamp = self.moment(said);
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        (sequence, timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sequence: u16, timestamp: u32) -> Said {
        Said { source: Source::Sound(3), sequence, timestamp, clock: 8 }
    }

    fn told(mouth: &mut Mouth) -> Vec<(u16, u32, usize)> {
        let mut out = [0; 400];
        std::iter::from_fn(|| mouth.packet(&mut out)).map(|n| (n.sequence, n.timestamp, n.length)).collect()
    }

    #[test]
    fn pieces_of_any_length_become_packets_of_20_ms() {
        let mut mouth = Mouth::of(Codec::G722).unwrap();
        mouth.hear(said(7, 1_000), Rate::Narrow, &[0; 240]);
        assert_eq!(told(&mut mouth), [(0, 0, 160)]);
        mouth.hear(said(8, 1_240), Rate::Narrow, &[0; 240]);
        assert_eq!(told(&mut mouth), [(1, 160, 160), (2, 320, 160)]);
        mouth.hear(said(8, 1_240), Rate::Narrow, &[0; 240]);
        assert_eq!(told(&mut mouth), [], "the same again is late");
    }

    #[test]
    fn a_loss_stays_a_loss_and_a_pause_a_pause_by_the_clock_of_the_other() {
        let mut mouth = Mouth::of(Codec::Opus).unwrap();
        let voice = |source| move |sequence, timestamp| Said { source, ..said(sequence, timestamp) };
        let (one, other) = (voice(Source::Sound(3)), voice(Source::Sound(4)));
        let rows = [
            (one(1, 0), (0, 0), "the first"),
            (one(3, 320), (2, 6 * 320), "after a loss"),
            (one(4, 1_120), (3, 6 * 1_120), "after a pause"),
            (one(6, 1_440), (5, 6 * 1_440), "after another loss"),
            (other(9, 77_000), (6, 6 * 1_600), "another voice goes on where this one stopped"),
        ];
        for (said, expected, what) in rows {
            mouth.hear(said, Rate::Narrow, &[0; 160]);
            let numbers: Vec<(u16, u32)> = told(&mut mouth).iter().map(|told| (told.0, told.1)).collect();
            assert_eq!(numbers, [expected], "{what}");
        }
    }

    #[test]
    fn a_key_is_numbered_with_the_sound_and_keeps_its_time() {
        let mut mouth = Mouth::of(Codec::Opus).unwrap();
        mouth.hear(said(1, 800), Rate::Narrow, &[0; 160]);
        assert_eq!(told(&mut mouth)[0].1, 0);
        assert_eq!([mouth.key(said(2, 960)), mouth.key(said(3, 960))], [(1, 960), (2, 960)]);
        mouth.hear(said(4, 1_280), Rate::Narrow, &[0; 160]);
        let numbers: Vec<(u16, u32)> = told(&mut mouth).iter().map(|told| (told.0, told.1)).collect();
        assert_eq!(numbers, [(3, 2_880)]);
    }
}
