//! G.722 at 64 kbit/s (ITU-T G.722, mode 1): sound of 16 kHz in two bands of ADPCM, a byte for every two samples.

use crate::media::band::{Band, HIGH, LOW};

/// The filter that parts the bands and joins them, every second tap.
const MIRROR: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];
/// Levels that part the 30 steps of the low band.
const LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023, 1_121,
    1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];
/// The level that parts the two steps of the high band.
const HIGH_LEVEL: i32 = 564;
/// What a code of six bits stands for in the low band.
const SIX_BITS: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232,
    -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008, -3_576, -3_168, -2_776,
    -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280,
    11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168,
    2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432, 136, -432, -136,
];

/// The last samples of both bands, newest at the end.
type Memory = [i32; 24];

/// Every second sample under the filter, and the others under it turned round.
fn mirrored(memory: &Memory) -> (i32, i32) {
    let (mut even, mut odd) = (0, 0);
    for (n, pair) in memory.as_chunks::<2>().0.iter().enumerate() {
        even += pair[0] * MIRROR[n];
        odd += pair[1] * MIRROR[MIRROR.len() - 1 - n];
    }
    (even, odd)
}

/// Sound to bytes.
#[derive(Debug)]
pub struct Encoder {
    memory: Memory,
    low: Band,
    high: Band,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { memory: [0; 24], low: Band::new(&LOW), high: Band::new(&HIGH) }
    }
}

impl Encoder {
    /// The next two samples.
    pub fn encode(&mut self, pair: [i16; 2]) -> u8 {
        self.memory.copy_within(2.., 0);
        [self.memory[22], self.memory[23]] = pair.map(i32::from);
        let (even, odd) = mirrored(&self.memory);
        let low = low_code(self.low.difference((odd + even) >> 14), self.low.scale());
        let high = high_code(self.high.difference((odd - even) >> 14), self.high.scale());
        self.low.adapt(usize::from(low) >> 2);
        self.high.adapt(usize::from(high));
        high << 6 | low
    }
}

/// Of a difference, six bits: sign and step.
fn low_code(difference: i32, scale: i32) -> u8 {
    let size = if difference >= 0 { difference } else { !difference };
    let step = LEVELS.iter().take_while(|level| size >= (**level * scale) >> 12).count() as u8;
    match (difference < 0, step) {
        (false, step) => 61 - step,
        (true, step @ (0 | 1)) => 63 - step,
        (true, step) => 33 - step,
    }
}

/// Of a difference, two bits: sign and step.
fn high_code(difference: i32, scale: i32) -> u8 {
    let size = if difference >= 0 { difference } else { !difference };
    let far = size >= (HIGH_LEVEL * scale) >> 12;
    match (difference < 0, far) {
        (false, false) => 3,
        (false, true) => 2,
        (true, false) => 1,
        (true, true) => 0,
    }
}

/// Bytes to sound.
#[derive(Debug)]
pub struct Decoder {
    memory: Memory,
    low: Band,
    high: Band,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { memory: [0; 24], low: Band::new(&LOW), high: Band::new(&HIGH) }
    }
}

impl Decoder {
    /// The two samples of a byte.
    pub fn decode(&mut self, byte: u8) -> [i16; 2] {
        let (low, high) = (usize::from(byte & 0x3F), usize::from(byte >> 6));
        let limited = |sample: i32| sample.clamp(-16_384, 16_383);
        let below = limited(self.low.estimate() + ((self.low.scale() * SIX_BITS[low]) >> 15));
        let above = limited(self.high.estimate() + self.high.step(high));
        self.low.adapt(low >> 2);
        self.high.adapt(high);
        self.memory.copy_within(2.., 0);
        [self.memory[22], self.memory[23]] = [below + above, below - above];
        let (even, odd) = mirrored(&self.memory);
        [odd, even].map(|sum| (sum >> 11).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 kHz, 5.2 kHz and noise, 200 ms each; and what FFmpeg 5.1 makes of it (see `vectors/README.md`).
    const SOUND: &[u8] = include_bytes!("vectors/tones.s16");
    const CODED: &[u8] = include_bytes!("vectors/tones.g722");
    const HEARD: &[u8] = include_bytes!("vectors/tones-g722.s16");

    fn samples(bytes: &[u8]) -> Vec<i16> {
        bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
    }

    #[test]
    fn another_encoder_writes_the_same_bytes() {
        let mut encoder = Encoder::default();
        let coded: Vec<u8> =
            samples(SOUND).as_chunks::<2>().0.iter().map(|pair| encoder.encode(*pair)).collect();
        assert_eq!(coded.len(), CODED.len());
        let first = coded.iter().zip(CODED).position(|(ours, theirs)| ours != theirs);
        assert_eq!(first, None);
    }

    #[test]
    fn another_decoder_hears_the_same_samples() {
        let mut decoder = Decoder::default();
        let heard: Vec<i16> = CODED.iter().flat_map(|byte| decoder.decode(*byte)).collect();
        let theirs = samples(HEARD);
        assert_eq!(heard.len(), theirs.len());
        let first = heard.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs);
        assert_eq!(first, None);
    }

    #[test]
    fn silence_stays_silent_and_the_loudest_does_not_wrap() {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for _ in 0..8_000 {
            let heard = decoder.decode(encoder.encode([0, 0]));
            assert!(heard.iter().all(|sample| sample.abs() <= 16), "{heard:?}");
        }
        for n in 0..8_000 {
            let loud = if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN };
            let heard = decoder.decode(encoder.encode([loud; 2]));
            if n % 20 == 15 && n > 200 {
                assert!(heard.iter().all(|sample| sample.signum() == loud.signum()), "{n}: {heard:?}");
            }
        }
    }
}
