//! How often a service comes back, and what happens to a day on which nobody is visited; days of the point's calendar.

use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};

/// Days that are looked through for one on which somebody may be visited.
const MOST_DAYS: usize = 31;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each so many weeks, on the weekday of the first one.
    Weeks(u8),
    /// Each so many months, on the day of the first one, or on the last of a month that is shorter.
    Months(u8),
}

impl Every {
    /// How many weeks or months.
    pub const fn count(self) -> u8 {
        match self {
            Self::Weeks(count) | Self::Months(count) => count,
        }
    }
    /// The fewest days between two of its days.
    pub const fn least_days(self) -> u16 {
        match self {
            Self::Weeks(count) => count as u16 * 7,
            Self::Months(count) => count as u16 * 28,
        }
    }
}

/// Where a service goes whose day is a holiday or not one of the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// To the last open day before.
    Before,
    /// To the first open day after.
    #[default]
    After,
}

/// The rule of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rhythm {
    /// How often.
    pub every: Every,
    /// The first day that is due.
    pub from: Date,
    /// Where a day goes on which nobody is visited.
    #[serde(default)]
    pub otherwise: Otherwise,
}

impl Rhythm {
    /// The day of a number, the first being 0; nothing beyond the calendar.
    pub fn nominal(&self, number: u32) -> Option<Date> {
        let steps = i64::from(number) * i64::from(self.every.count());
        // Counted from the first day each time, so that a short month shortens none of those after it.
        let span = match self.every {
            Every::Weeks(_) => Span::new().try_weeks(steps),
            Every::Months(_) => Span::new().try_months(steps),
        };
        self.from.checked_add(span.ok()?).ok()
    }
    /// The days that the rule names, from a day to another one, both included.
    pub fn between(&self, first: Date, last: Date) -> impl Iterator<Item = Date> + use<> {
        let rule = *self;
        let number = rule.number_near(first);
        let days = (number..).map_while(move |number| rule.nominal(number));
        days.skip_while(move |day| *day < first).take_while(move |day| *day <= last)
    }
    /// A number whose day is not after the given one, unless the first is.
    fn number_near(&self, day: Date) -> u32 {
        let days = day.since(self.from).map_or(0, |span| span.get_days());
        // No step is longer than 31 days a month or 7 a week.
        let longest = match self.every {
            Every::Weeks(count) => i32::from(count) * 7,
            Every::Months(count) => i32::from(count) * 31,
        };
        u32::try_from(days / longest.max(1)).unwrap_or(0)
    }
    /// The open day nearest to the named one, by the rule, and before the end; the other side where the rule's has none,
    /// the day itself where neither has.
    pub fn moved(&self, nominal: Date, end: Date, is_open: impl Fn(Date) -> bool) -> Date {
        let fits = |day: &Date| *day < end && is_open(*day);
        let after = || nominal.series(Span::new().days(1)).take(MOST_DAYS).find(fits);
        let before = || nominal.series(Span::new().days(-1)).take(MOST_DAYS).find(fits);
        let found = match self.otherwise {
            Otherwise::Before => before().or_else(after),
            Otherwise::After => after().or_else(before),
        };
        found.unwrap_or(nominal)
    }
}
