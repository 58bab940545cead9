//! A month of the calendar, as people name it: `2026-12`.

use crate::refusal::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CalendarMonth(Date);

impl CalendarMonth {
    /// The month of a day.
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }
    /// Its first day.
    pub const fn first(self) -> Date {
        self.0
    }
    /// Its last day.
    pub fn last(self) -> Date {
        self.0.last_of_month()
    }
    /// Is the day one of its own?
    pub fn has(self, day: Date) -> bool {
        self.0 <= day && day <= self.last()
    }
}

impl fmt::Display for CalendarMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}
impl From<CalendarMonth> for String {
    fn from(month: CalendarMonth) -> Self {
        month.to_string()
    }
}
impl TryFrom<String> for CalendarMonth {
    type Error = Refusal;
    fn try_from(said: String) -> Result<Self, Refusal> {
        said.parse()
    }
}
impl std::str::FromStr for CalendarMonth {
    type Err = Refusal;
    fn from_str(said: &str) -> Result<Self, Refusal> {
        let first = format!("{said}-01").parse::<Date>().ok().filter(|_| said.len() == 7);
        first.map(Self).ok_or_else(|| {
            let brief: String = said.chars().take(20).collect();
            Refusal::invalid("month", format!("`{brief}` is no month: expected one such as `2026-12`"))
        })
    }
}
