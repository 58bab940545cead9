//! Money: an exact decimal and a currency; never a float.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum, ops::Add};

/// Russian roubles with kopecks. One currency until a firm needs a second: the type is the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// Whole roubles.
    pub fn roubles(whole: i64) -> Self {
        Self(Decimal::from(whole))
    }
    /// An exact amount, rounded half-up to a kopeck (I-05).
    pub fn rounded(amount: Decimal) -> Self {
        Self(amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }
    /// The decimal inside.
    pub const fn amount(self) -> Decimal {
        self.0
    }
    /// Is it less than nothing?
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }
}
impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_rounded_half_up_to_a_kopeck() {
        assert_eq!(Money::rounded(Decimal::new(10_005, 3)).to_string(), "10.01");
        assert_eq!([Money::roubles(2), Money::roubles(3)].into_iter().sum::<Money>(), Money::roubles(5));
    }
}
