//! From 8 kHz to 16 kHz and back: one half-band filter, flat to 3.4 kHz and 60 dB down from 4.6 kHz on.

use std::sync::LazyLock;

/// Taps beside the middle that are not zero, on either side.
const PAIRS: usize = 12;
/// All taps.
const WIDTH: usize = 4 * PAIRS - 1;

/// The taps at odd distances from the middle, whose own is a half; the others are zero.
static TAPS: LazyLock<[f32; PAIRS]> = LazyLock::new(|| {
    use std::f64::consts::PI;
    // Kaiser's window for 60 dB
    let window = |at: f64| bessel(5.65 * (1.0 - at * at).sqrt()) / bessel(5.65);
    let taps: [f64; PAIRS] = std::array::from_fn(|n| {
        let distance = (2 * n + 1) as f64;
        let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
        sign / (PI * distance) * window(distance / (2 * PAIRS) as f64)
    });
    let sum: f64 = taps.iter().sum();
    // silence between samples would hum if the two halves did not weigh the same
    taps.map(|tap| (tap / sum / 4.0) as f32)
});

/// The modified Bessel function of order zero.
fn bessel(x: f64) -> f64 {
    let terms = (1..30).scan(1.0, |term, n| {
        *term *= (x / 2.0 / f64::from(n)).powi(2);
        Some(*term)
    });
    1.0 + terms.sum::<f64>()
}

fn sample(value: f32) -> i16 {
    // the conversion keeps to the bounds
    value.round() as i16
}

/// 8 kHz to 16 kHz.
#[derive(Debug)]
pub struct Up {
    past: Vec<f32>,
}

impl Default for Up {
    fn default() -> Self {
        Self { past: vec![0.0; 2 * PAIRS - 1] }
    }
}

impl Up {
    /// Puts twice as many samples behind those of `out`.
    pub fn turn(&mut self, narrow: &[i16], out: &mut Vec<i16>) {
        self.past.extend(narrow.iter().map(|sample| f32::from(*sample)));
        for window in self.past.windows(2 * PAIRS) {
            let (before, after) = window.split_at(PAIRS);
            out.push(sample(before[PAIRS - 1]));
            let pairs = before.iter().rev().zip(after).zip(&*TAPS);
            out.push(sample(2.0 * pairs.map(|((a, b), tap)| tap * (a + b)).sum::<f32>()));
        }
        self.past.drain(..narrow.len());
    }
}

/// 16 kHz to 8 kHz.
#[derive(Debug)]
pub struct Down {
    past: Vec<f32>,
}

impl Default for Down {
    fn default() -> Self {
        Self { past: vec![0.0; WIDTH - 1] }
    }
}

impl Down {
    /// Puts half as many samples behind those of `out`.
    pub fn turn(&mut self, wide: &[i16], out: &mut Vec<i16>) {
        self.past.extend(wide.iter().map(|sample| f32::from(*sample)));
        let count = (self.past.len() + 1 - WIDTH).div_ceil(2);
        for n in 0..count {
            let window = &self.past[2 * n..][..WIDTH];
            let (before, after) = (&window[..2 * PAIRS - 1], &window[2 * PAIRS..]);
            let pairs = before.iter().rev().step_by(2).zip(after.iter().step_by(2)).zip(&*TAPS);
            let sides = pairs.map(|((a, b), tap)| tap * (a + b)).sum::<f32>();
            out.push(sample(window[2 * PAIRS - 1] / 2.0 + sides));
        }
        self.past.drain(..2 * count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: f64, count: usize) -> Vec<i16> {
        let turn = std::f64::consts::TAU * hertz / rate;
        (0..count).map(|n| (10_000.0 * (turn * n as f64).sin()) as i16).collect()
    }

    /// Decibels of the second half against a tone of 10 000.
    fn level(samples: &[i16]) -> f64 {
        let late = &samples[samples.len() / 2..];
        let power = late.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / late.len() as f64;
        10.0 * (power / 5e7).log10()
    }

    #[test]
    fn what_a_telephone_says_keeps_its_level_both_ways() {
        for hertz in [300.0, 1_000.0, 2_500.0, 3_400.0] {
            let (mut wide, mut narrow) = (Vec::new(), Vec::new());
            let (mut up, mut down) = (Up::default(), Down::default());
            for packet in tone(hertz, 8_000.0, 8_000).chunks(160) {
                let before = (wide.len(), narrow.len());
                up.turn(packet, &mut wide);
                assert_eq!(wide.len() - before.0, 320);
                down.turn(&wide[before.0..], &mut narrow);
                assert_eq!(narrow.len() - before.1, 160);
            }
            assert!(level(&wide).abs() < 0.1, "{hertz} Hz up: {} dB", level(&wide));
            assert!(level(&narrow).abs() < 0.1, "{hertz} Hz back: {} dB", level(&narrow));
        }
    }

    #[test]
    fn what_the_ear_of_a_telephone_would_fold_is_taken_away() {
        for hertz in [4_600.0, 5_500.0, 7_000.0] {
            let mut narrow = Vec::new();
            Down::default().turn(&tone(hertz, 16_000.0, 16_000), &mut narrow);
            assert!(level(&narrow) < -58.0, "{hertz} Hz: {} dB", level(&narrow));
        }
        // and nothing is mirrored above 4 kHz on the way up
        let mut wide = Vec::new();
        Up::default().turn(&tone(3_000.0, 8_000.0, 8_000), &mut wide);
        let (late, turn) = (&wide[8_000..], std::f64::consts::TAU * 5_000.0 / 16_000.0);
        let part = |f: fn(f64) -> f64| {
            let sum: f64 = late.iter().enumerate().map(|(n, s)| f64::from(*s) * f(turn * n as f64)).sum();
            (2.0 * sum / late.len() as f64).powi(2)
        };
        let mirrored = 10.0 * ((part(f64::sin) + part(f64::cos)) / 1e8).log10();
        assert!(mirrored < -55.0, "{mirrored} dB at 5 kHz");
    }

    #[test]
    fn packets_of_any_length_join_without_a_seam() {
        let sound = tone(1_000.0, 16_000.0, 1_601);
        let mut whole = Vec::new();
        Down::default().turn(&sound, &mut whole);
        let (mut down, mut pieces) = (Down::default(), Vec::new());
        for piece in sound.chunks(7) {
            down.turn(piece, &mut pieces);
        }
        assert_eq!(whole, pieces);
    }
}
