//! A small deterministic source of chance: the same seed gives the same plan on every machine.

use serde::{Deserialize, Serialize};

/// A 64-bit counter whose values are mixed by SplitMix64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; zero when the bound is zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// True once in `n` on average.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A fraction in (0, 1].
    pub(crate) fn fraction(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// An exponential variate of mean one: what simulated annealing may lose at temperature one.
    pub(crate) fn exponential(&mut self) -> f64 {
        -ln(self.fraction())
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for k in (1..items.len()).rev() {
            items.swap(k, self.below(k + 1));
        }
    }
}

/// Natural logarithm of a positive normal number by basic arithmetic, hence equal on every platform.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let z2 = z * z;
    let (mut sum, mut power) = (0.0, z);
    for k in 0..14 {
        sum += power / f64::from(2 * k + 1);
        power *= z2;
    }
    2.0 * sum + f64::from(exponent) * std::f64::consts::LN_2
}

/// The exponential function of a number that is not large, by basic arithmetic.
pub(crate) fn exp(x: f64) -> f64 {
    let y = x / 1024.0;
    let small = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0 + y / 120.0))));
    (0..10).fold(small, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_agrees_with_the_platform() {
        for x in [-20.0, -4.6, -1.0, -1e-3, 0.0, 0.5, 3.0] {
            assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-8, "{x}");
        }
    }

    #[test]
    fn logarithm_agrees_with_the_platform() {
        for x in [1e-9, 0.003, 0.25, 0.5, 0.999, 1.0, 7.5] {
            assert!((ln(x) - x.ln()).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn below_stays_below() {
        let mut random = Random::new(7);
        assert!((0..1000).all(|_| random.below(13) < 13));
        assert_eq!(random.below(0), 0);
    }
}
