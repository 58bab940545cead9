//! A calendar of working hours: when the clock of a promise counts (I-08), in the zone of the service point.

use super::period::Period;
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many days ahead or back are looked through; later than that the clock counts round the clock.
const MOST_DAYS: usize = 3660;

/// From an hour to a later hour of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenHours {
    /// The first minute that counts.
    pub from: Time,
    /// The first minute that does not.
    pub to: Time,
}

/// Working hours of a week, with the days off and the moved working days of the production calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    zone: String,
    week: [Option<OpenHours>; 7],
    #[serde(default)]
    days_off: BTreeSet<Date>,
    #[serde(default)]
    moved_in: BTreeSet<Date>,
}

/// The calendar would never let a clock count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCalendar {
    /// No such zone.
    #[error("`{zone}` is not a time zone: expected an IANA name, such as `Europe/Moscow`")]
    Zone {
        /// What was given.
        zone: String,
    },
    /// A day that ends before it begins.
    #[error("the hours `{from}`…`{to}` are empty: expected an end after the start")]
    EmptyHours {
        /// The given start.
        from: Time,
        /// The given end.
        to: Time,
    },
    /// No day of the week has hours.
    #[error("no day of the week is open: expected hours on one day at least")]
    NeverOpen,
}

impl Calendar {
    /// Hours by the day of the week, Monday first; `None` is a day off.
    ///
    /// # Errors
    /// An unknown zone, hours that end before they begin, or a week without hours.
    pub fn new(zone: &str, week: [Option<OpenHours>; 7]) -> Result<Self, InvalidCalendar> {
        if TimeZone::get(zone).is_err() {
            return Err(InvalidCalendar::Zone { zone: zone.into() });
        }
        if let Some(empty) = week.iter().flatten().find(|h| h.to <= h.from) {
            return Err(InvalidCalendar::EmptyHours { from: empty.from, to: empty.to });
        }
        if week.iter().all(Option::is_none) {
            return Err(InvalidCalendar::NeverOpen);
        }
        Ok(Self { zone: zone.into(), week, days_off: BTreeSet::new(), moved_in: BTreeSet::new() })
    }
    /// Hours by the day of the week, Monday first.
    pub const fn week(&self) -> &[Option<OpenHours>; 7] {
        &self.week
    }
    /// The same calendar, its days off and moved days too, with other hours.
    ///
    /// # Errors
    /// As [`Calendar::new`].
    pub fn with_week(self, week: [Option<OpenHours>; 7]) -> Result<Self, InvalidCalendar> {
        let written = Self::new(&self.zone, week)?;
        Ok(Self { week: written.week, ..self })
    }
    /// The same calendar with a day on which nobody works.
    #[must_use]
    pub fn with_day_off(mut self, day: Date) -> Self {
        self.moved_in.remove(&day);
        self.days_off.insert(day);
        self
    }
    /// The same calendar with a weekend day that works like the first open day of the week.
    #[must_use]
    pub fn with_moved_day(mut self, day: Date) -> Self {
        self.days_off.remove(&day);
        self.moved_in.insert(day);
        self
    }
    /// Days on which nobody works.
    pub fn days_off(&self) -> impl Iterator<Item = Date> + '_ {
        self.days_off.iter().copied()
    }
    /// Is it open at that instant?
    pub fn is_open(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.zone());
        self.hours_on(local.date()).is_some_and(|open| open.from <= local.time() && local.time() < open.to)
    }
    /// How much of the stretch counts; nothing when the end is not after the start.
    pub fn counted(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if to <= from {
            return SignedDuration::ZERO;
        }
        let open = self.open_from(from).take_while(|open| open.from < to);
        open.map(|open| open.to.min(to).duration_since(open.from.max(from))).sum()
    }
    /// The instant at which so much has been counted since the start.
    pub fn after(&self, start: Timestamp, amount: SignedDuration) -> Timestamp {
        let mut left = amount;
        for open in self.open_from(start) {
            let from = open.from.max(start);
            let here = open.to.duration_since(from);
            if left <= here {
                return from + left;
            }
            left -= here;
        }
        start + amount
    }
    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
    fn hours_on(&self, day: Date) -> Option<OpenHours> {
        if self.days_off.contains(&day) {
            return None;
        }
        let own = self.week[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
        let moved = || self.week.iter().flatten().next().copied().filter(|_| self.moved_in.contains(&day));
        own.or_else(moved)
    }
    /// Open stretches that end after the instant, in their order.
    fn open_from(&self, start: Timestamp) -> impl Iterator<Item = Period> {
        let zone = self.zone();
        let first = start.to_zoned(zone.clone()).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(MOST_DAYS);
        let open = days.filter_map(move |day| {
            let hours = self.hours_on(day)?;
            let at = |time: Time| zone.to_timestamp(day.to_datetime(time)).ok();
            Period::new(at(hours.from)?, at(hours.to)?).ok()
        });
        open.filter(move |open| open.to > start)
    }
}
