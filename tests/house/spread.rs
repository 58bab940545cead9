//! Median, ninety-fifth percentile and maximum of a set of sizes.

use std::fmt;

/// How sizes are spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// Half of them are no larger.
    pub median: usize,
    /// Ninety-five of a hundred are no larger.
    pub p95: usize,
    /// None is larger.
    pub max: usize,
}

impl Spread {
    /// Measures a set; zeros for an empty one.
    pub fn of(sizes: impl IntoIterator<Item = usize>) -> Self {
        let mut sizes: Vec<usize> = sizes.into_iter().collect();
        sizes.sort_unstable();
        let at = |percent: usize| {
            let last = sizes.len().saturating_sub(1);
            sizes.get((last * percent).div_ceil(100)).copied().unwrap_or_default()
        };
        Self { median: at(50), p95: at(95), max: at(100) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4} {:>4} {:>4}", self.median, self.p95, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn a_hundred_sizes_are_spread_as_they_should() {
        assert_eq!(Spread::of(1..=100), Spread { median: 51, p95: 96, max: 100 });
        assert_eq!(Spread::of([7]), Spread { median: 7, p95: 7, max: 7 });
        assert_eq!(Spread::of([]), Spread::default());
    }
}
