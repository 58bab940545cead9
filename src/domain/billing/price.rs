//! The price list's first version: a base hour and what multiplies it (`domain.md` §5.1, S-62).

use crate::{requests::request::Priority, values::money::Money};
use rust_decimal::Decimal;

/// The version that price lines carry.
pub const PRICE_LIST_VERSION: u32 = 1;

/// Labour of a visit for so many masters: an hour of each of them is paid. The way there is not a matter of hours: its
/// price is the zone's, and is asked once a visit, however many come.
pub fn labour_of(masters: u8, minutes: u32, priority: Priority) -> Money {
    Money::rounded(labour(minutes, priority).amount() * Decimal::from(masters.max(1)))
}

/// Labour of so many minutes of one master, rounded up to half an hour of 900 roubles; urgent work costs half as much
/// again.
pub fn labour(minutes: u32, priority: Priority) -> Money {
    let halves = Decimal::from(minutes.div_ceil(30).max(1));
    let factor = match priority {
        Priority::Normal => Decimal::ONE,
        Priority::Urgent | Priority::Emergency => Decimal::new(15, 1),
    };
    Money::rounded(halves * Decimal::from(450) * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begun_is_paid_by_halves() {
        assert_eq!(labour(31, Priority::Normal), Money::roubles(900));
        assert_eq!(labour(60, Priority::Urgent), Money::roubles(1350));
        assert_eq!(labour(0, Priority::Normal), Money::roubles(450));
    }

    #[test]
    fn an_hour_of_each_master_is_paid() {
        assert_eq!(labour_of(1, 60, Priority::Normal), Money::roubles(900));
        assert_eq!(labour_of(3, 60, Priority::Urgent), Money::roubles(4050));
        assert_eq!(labour_of(0, 60, Priority::Normal), Money::roubles(900), "somebody comes in any case");
    }
}
