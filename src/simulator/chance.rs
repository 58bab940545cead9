//! Dice with a memory: every draw of the city comes from a seed, so that a day can be played again.

use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// A source of draws.
#[derive(Debug, Clone)]
pub struct Chance {
    rng: StdRng,
}

impl Chance {
    /// The same seed gives the same draws.
    pub fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }
    /// Draws that nobody can repeat: for keys of commands.
    pub fn fresh() -> Self {
        Self { rng: StdRng::from_os_rng() }
    }
    /// A branch of its own for a named part, so that one part's draws do not shift another's.
    pub fn branch(seed: u64, name: &str) -> Self {
        Self::new(mix(seed, name))
    }
    /// From 0 up to 1, without 1.
    pub fn share(&mut self) -> f64 {
        self.rng.random::<f64>()
    }
    /// Did it happen?
    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }
    /// From `low` to `high`, both possible.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.rng.random_range(low..=high.max(low))
    }
    /// From `low` up to `high`.
    pub fn span(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }
    /// One of a list that is never empty.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        let index = self.rng.random_range(0..all.len().max(1));
        all[index]
    }
    /// An index by weight; the last one when weights are short.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.share() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }
    /// Normal with mean 0 and deviation 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }
    /// Lognormal by its median and σ of the logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }
    /// Exponential by its mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }
    /// A UUID in the shape of version 7 at an instant, random part from the seed.
    pub fn uuid_at(&mut self, unix_ms: u64) -> Uuid {
        let random: [u8; 10] = self.rng.random();
        uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid()
    }
    /// Bytes for keys and passwords.
    pub fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
        (0..length).map(|_| char::from(self.pick(LETTERS))).collect()
    }
}

/// One number of a seed and a name (FNV-1a).
pub fn mix(seed: u64, name: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_they_promise() {
        let mut chance = Chance::new(7);
        let n = 40_000;
        let exponential = (0..n).map(|_| chance.exponential(150.0)).sum::<f64>() / f64::from(n);
        assert!((exponential - 150.0).abs() < 3.0, "{exponential}");
        let mut lognormal: Vec<f64> = (0..n).map(|_| chance.lognormal(42.0, 0.35)).collect();
        lognormal.sort_by(f64::total_cmp);
        assert!((lognormal[20_000] - 42.0).abs() < 0.6, "{}", lognormal[20_000]);
        let third = (0..n).filter(|_| chance.weighted(&[1.0, 2.0]) == 0).count();
        assert!((third as f64 / f64::from(n) - 1.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn a_seed_repeats_itself_and_a_name_does_not() {
        assert_eq!(Chance::new(1).uuid_at(5), Chance::new(1).uuid_at(5));
        assert_ne!(Chance::branch(1, "a").share(), Chance::branch(1, "b").share());
        let id = Chance::new(1).uuid_at(1_700_000_000_000);
        assert_eq!(id.get_version_num(), 7);
    }
}
