//! What a telephone of ours says.

use crate::media::SAMPLES;
use crate::media::law::Law;
use crate::media::tone::{RATE, Sine};

/// A way to make sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Audio {
    /// No packets at all, as from a phone that sends nothing while nobody speaks.
    Nothing,
    /// Packets of silence.
    Silence,
    /// A pure tone of so many hertz, to be found again at the far end.
    Tone(f64),
    /// Babble in the rhythm of speech, the same for the same seed.
    Speech(u64),
    /// A-law bytes in no order, none of them silence and the same for the same seed: to be found again sample by
    /// sample.
    Noise(u64),
}

/// Sound made packet by packet.
#[derive(Clone, Debug)]
pub struct Voice(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Silence,
    Tone(Sine),
    Speech(Speech),
    Noise(u64),
}

impl Voice {
    /// The voice from its beginning.
    pub fn new(audio: Audio) -> Self {
        Self(match audio {
            Audio::Silence | Audio::Nothing => Kind::Silence,
            Audio::Tone(hertz) => Kind::Tone(Sine::new(hertz, 8_000.0)),
            Audio::Speech(seed) => Kind::Speech(Speech::new(seed)),
            Audio::Noise(seed) => Kind::Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        })
    }

    /// The next 20 ms in A-law.
    pub fn frame(&mut self) -> [u8; SAMPLES] {
        std::array::from_fn(|_| {
            let sample = match &mut self.0 {
                Kind::Silence => return Law::Alaw.silence(),
                Kind::Tone(sine) => sine.sample(),
                Kind::Speech(speech) => speech.sample(),
                Kind::Noise(random) => {
                    let byte = (shift(random) >> 40) as u8;
                    return if byte == Law::Alaw.silence() { 0 } else { byte };
                }
            };
            Law::Alaw.encode(sample)
        })
    }
}

/// Syllables: harmonics of a falling pitch under two formants, with breath between words.
#[derive(Clone, Debug)]
struct Speech {
    random: u64,
    left: u32,
    length: u32,
    pitch: f64,
    formants: [f64; 2],
    phase: f64,
    loud: bool,
    since_breath: u32,
}

impl Speech {
    fn new(seed: u64) -> Self {
        let random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Self {
            random,
            left: 0,
            length: 1,
            pitch: 120.0,
            formants: [500.0, 1_500.0],
            phase: 0.0,
            loud: true,
            since_breath: 0,
        }
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (shift(&mut self.random) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn next_part(&mut self) {
        self.since_breath += 1;
        self.loud = !self.loud;
        let ms = if self.loud {
            self.pitch = self.between(95.0, 180.0);
            self.formants = [self.between(300.0, 800.0), self.between(900.0, 2_300.0)];
            self.between(90.0, 240.0)
        } else if self.since_breath > 12 {
            self.since_breath = 0;
            self.between(500.0, 1_500.0)
        } else {
            self.between(20.0, 90.0)
        };
        self.length = (ms * RATE / 1_000.0) as u32;
        self.left = self.length;
    }

    fn sample(&mut self) -> i16 {
        if self.left == 0 {
            self.next_part();
        }
        self.left -= 1;
        if !self.loud {
            return 0;
        }
        let progress = 1.0 - f64::from(self.left) / f64::from(self.length);
        let pitch = self.pitch * (1.1 - 0.2 * progress);
        self.phase = (self.phase + std::f64::consts::TAU * pitch / RATE) % std::f64::consts::TAU;
        let envelope = (std::f64::consts::PI * progress).sin();
        let mut sum = 0.0;
        for formant in self.formants {
            let harmonic = (formant / pitch).round();
            for n in [harmonic - 1.0, harmonic, harmonic + 1.0] {
                let weight = if n == harmonic { 1.0 } else { 0.5 };
                sum += weight * (n * self.phase).sin();
            }
        }
        (2_200.0 * envelope * (sum + self.phase.sin())) as i16
    }
}

/// The next of a row of numbers that look like chance (xorshift).
fn shift(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_the_same_for_its_seed_and_pauses() {
        let say = |seed| {
            let mut voice = Voice::new(Audio::Speech(seed));
            (0..200).map(|_| voice.frame()).collect::<Vec<_>>()
        };
        let words = say(7);
        assert_eq!(words, say(7));
        assert_ne!(words, say(8));
        let silent = words.iter().filter(|f| f.iter().all(|b| *b == Law::Alaw.encode(0))).count();
        assert!((10..150).contains(&silent), "{silent} silent packets of 200");
    }
}
