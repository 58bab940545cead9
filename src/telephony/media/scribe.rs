//! How recordings are written whatever a party speaks: all of it becomes A-law of 8 kHz, at the writer's leisure.

use crate::media::codec::Codec;
use crate::media::ear::Decoder;
use crate::media::half::Down;
use crate::media::law::{Law, transcode};
use crate::media::recorder::Side;

/// What understands one side.
#[derive(Debug)]
struct Reading {
    codec: Codec,
    decoder: Decoder,
    down: Down,
}

/// The scribe of one recording.
#[derive(Debug, Default)]
pub struct Scribe {
    sides: [Option<Reading>; 2],
    wide: Vec<i16>,
    narrow: Vec<i16>,
    law: Vec<u8>,
}

impl Scribe {
    /// A packet of one side in A-law; none of it if it is no sound.
    pub fn write<'a>(&'a mut self, side: Side, codec: Codec, sound: &'a mut [u8]) -> &'a [u8] {
        if let Some(law) = codec.law() {
            transcode(law, Law::Alaw, sound);
            return sound;
        }
        let reading = &mut self.sides[if side == Side::Left { 0 } else { 1 }];
        if reading.as_ref().is_none_or(|reading| reading.codec != codec) {
            let decoder = Decoder::of(codec);
            *reading = decoder.map(|decoder| Reading { codec, decoder, down: Down::default() });
        }
        self.wide.clear();
        self.narrow.clear();
        self.law.clear();
        if let Some(Reading { decoder, down, .. }) = reading
            && decoder.decode(sound, &mut self.wide)
        {
            down.turn(&self.wide, &mut self.narrow);
            self.law.extend(self.narrow.iter().map(|sample| Law::Alaw.encode(*sample)));
        }
        &self.law
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::SAMPLES;
    use crate::media::mouth::{Mouth, Rate, Said};
    use crate::media::stream::Source;
    use crate::media::tone::{Sine, goertzel};

    #[test]
    fn both_sides_are_written_each_from_its_own_codec() {
        let mut scribe = Scribe::default();
        let mut law = [Law::Ulaw.encode(1_000); SAMPLES];
        let expected = [Law::Alaw.encode(Law::Ulaw.decode(law[0])); SAMPLES];
        assert_eq!(scribe.write(Side::Left, Codec::Ulaw, &mut law), expected);
        let tones = [(Side::Left, Codec::G722, 440.0), (Side::Right, Codec::Opus, 880.0)];
        let mut voices = tones.map(|(side, codec, hertz)| {
            (side, codec, Sine::new(hertz, 8_000.0), Mouth::of(codec).unwrap(), Vec::new())
        });
        for n in 0..50u16 {
            for (side, codec, sine, mouth, written) in &mut voices {
                let samples: Vec<i16> = (0..SAMPLES).map(|_| sine.sample()).collect();
                let timestamp = u32::from(n) * SAMPLES as u32;
                let said = Said { source: Source::Sound(1), sequence: n, timestamp, clock: 8 };
                mouth.hear(said, Rate::Narrow, &samples);
                let mut packet = [0; 400];
                let length = mouth.packet(&mut packet).unwrap().length;
                let bytes = scribe.write(*side, *codec, &mut packet[..length]);
                assert_eq!(bytes.len(), SAMPLES);
                written.extend(bytes.iter().map(|byte| Law::Alaw.decode(*byte)));
            }
        }
        for ((_, codec, _, _, written), (_, _, hertz)) in voices.iter().zip(tones) {
            assert!(goertzel(&written[2_000..], hertz) > 0.98, "{codec:?}");
        }
        assert!(scribe.write(Side::Right, Codec::Opus, &mut [0xFF; 3]).is_empty());
    }
}
