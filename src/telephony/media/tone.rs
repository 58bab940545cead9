//! Pure tones: made, and found again in noise.

use crate::line::Tone;
use crate::media::SAMPLES;
use crate::media::law::Law;

/// Samples a second.
pub const RATE: f64 = 8_000.0;

/// A sine that goes on where it stopped.
#[derive(Clone, Debug)]
pub struct Sine {
    step: f64,
    phase: f64,
    amplitude: f64,
}

impl Sine {
    /// A sine of this frequency and peak amplitude.
    pub fn new(hertz: f64, amplitude: f64) -> Self {
        Self { step: std::f64::consts::TAU * hertz / RATE, phase: 0.0, amplitude }
    }

    /// The next sample.
    pub fn sample(&mut self) -> i16 {
        let value = self.amplitude * self.phase.sin();
        self.phase = (self.phase + self.step) % std::f64::consts::TAU;
        value as i16
    }
}

/// Share of the energy of `samples` that lies at `hertz`: near 1 for a pure tone, near 0 without it.
pub fn goertzel(samples: &[i16], hertz: f64) -> f64 {
    let total: f64 = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    if samples.is_empty() || total == 0.0 {
        return 0.0;
    }
    let turn = 2.0 * (std::f64::consts::TAU * hertz / RATE).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        (before, last) = (last, f64::from(*sample) + turn * last - before);
    }
    let power = last * last + before * before - turn * last * before;
    2.0 * power / (samples.len() as f64 * total)
}

/// A signalling tone as a player hears it: sound and pause, packet by packet.
#[derive(Clone, Debug)]
pub struct Cadence {
    tone: Tone,
    sine: Sine,
    sounding: u32,
    period: u32,
    at: u32,
}

impl Cadence {
    /// The tone from its beginning.
    pub fn new(tone: Tone) -> Self {
        let (amplitude, sounding_ms, period_ms) = match tone {
            Tone::RingBack => (4_000.0, 1_000, 5_000),
            Tone::Busy => (4_000.0, 360, 720),
            Tone::Comfort => (900.0, 120, 3_000),
        };
        let sine = Sine::new(425.0, amplitude);
        Self { tone, sine, sounding: sounding_ms / 20, period: period_ms / 20, at: 0 }
    }

    /// Which tone it is.
    pub fn of(&self) -> Tone {
        self.tone
    }

    /// The next packet in A-law.
    pub fn frame(&mut self, out: &mut [u8; SAMPLES]) {
        if self.at < self.sounding {
            out.fill_with(|| Law::Alaw.encode(self.sine.sample()));
        } else {
            out.fill(Law::Alaw.silence());
        }
        self.at = (self.at + 1) % self.period;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goertzel_finds_its_tone_only() {
        let mut sine = Sine::new(440.0, 8_000.0);
        let samples: Vec<i16> = (0..4_000).map(|_| sine.sample()).collect();
        assert!(goertzel(&samples, 440.0) > 0.95);
        assert!(goertzel(&samples, 1_000.0) < 0.01);
        assert_eq!(goertzel(&[0; 100], 440.0), 0.0);
    }

    #[test]
    fn ring_back_sounds_one_second_in_five() {
        let mut cadence = Cadence::new(Tone::RingBack);
        let mut frame = [0; SAMPLES];
        let sounding = (0..250)
            .filter(|_| {
                cadence.frame(&mut frame);
                frame.iter().any(|b| *b != Law::Alaw.silence())
            })
            .count();
        assert_eq!(sounding, 50);
    }
}
