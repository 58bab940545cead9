//! When a master works: hours by the day of the week, absences, and the shift that they give to a day.

use super::master::Master;
use crate::{
    refusal::Refusal,
    values::{calendar::OpenHours, period::Period},
};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, date, time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// Seconds that a master may be planned for beyond the end of a shift.
pub const OVERTIME_SECONDS: i64 = 3600;
/// Days that are looked through for the next shift.
const MOST_DAYS: usize = 31;
/// Absences that a master may have ahead.
const MOST_ABSENCES: usize = 60;
const DAY_SECONDS: i64 = 86_400;

/// Hours by the day of the week, Monday first; `None` is a day off. Hours that end before they begin end the next
/// morning: the night belongs to the day on which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(pub [Option<OpenHours>; 7]);

impl Week {
    /// Nine to six from Monday to Friday: what a new master works until somebody says otherwise.
    pub const fn usual() -> Self {
        let day = Some(OpenHours { from: time(9, 0, 0, 0), to: time(18, 0, 0, 0) });
        Self([day, day, day, day, day, None, None])
    }
    /// The hours of a weekday.
    pub fn on(&self, day: Date) -> Option<OpenHours> {
        self.0[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())]
    }
    /// The stretch that begins on a day, by the clock of a zone.
    pub fn stretch_on(&self, day: Date, zone: &TimeZone) -> Option<Period> {
        let hours = self.on(day)?;
        let ends = if is_night(hours.from, hours.to) { day.tomorrow().ok()? } else { day };
        let instant = |day: Date, at: Time| zone.to_timestamp(day.to_datetime(at)).ok();
        Period::new(instant(day, hours.from)?, instant(ends, hours.to)?).ok()
    }
    /// Refuses hours without length, and a night that lasts into the hours of the next day.
    ///
    /// # Errors
    /// The hours of a day are empty, or run into the next day's.
    pub fn checked(self) -> Result<Self, Refusal> {
        for (number, hours) in self.0.iter().enumerate() {
            let Some(OpenHours { from, to }) = *hours else { continue };
            if to == from {
                let detail =
                    format!("the hours `{from}`…`{to}` are empty: expected an end other than the start");
                return Err(Refusal::invalid("hours-empty", detail));
            }
            let next = self.0[(number + 1) % self.0.len()];
            if let Some(next) = next.filter(|next| is_night(from, to) && next.from < to) {
                let detail = format!(
                    "the night `{from}`…`{to}` runs into the next day, which begins at `{}`: expected its end by then",
                    next.from
                );
                return Err(Refusal::invalid("hours-overlap", detail));
            }
        }
        Ok(self)
    }
}

/// Do hours last into the next day?
fn is_night(from: Time, to: Time) -> bool {
    to <= from
}

/// Why somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    /// A holiday.
    Holiday,
    /// Ill.
    Illness,
    /// Something else: a course, a day in court.
    Other,
}

/// Whole days on which a master does not work. Absences of one master do not overlap, so the first day names one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Why.
    pub kind: AbsenceKind,
    /// In somebody's words.
    #[serde(default)]
    pub note: String,
}

impl Absence {
    /// Does it hold on the day?
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// The number of a day, counted from 1970.
pub fn number_of(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_secs() / DAY_SECONDS
}

/// The day of a number.
pub fn day_of_number(number: i64) -> Date {
    date(1970, 1, 1).checked_add(number.days()).unwrap_or(date(1970, 1, 1))
}

impl Master {
    /// The day that the first of the same shifts of a master without a week began on.
    fn first_day(&self, zone: &TimeZone) -> Date {
        self.shift.from.to_zoned(zone.clone()).date()
    }
    /// The day of work an instant belongs to.
    pub fn day_of(&self, at: Timestamp, zone: &TimeZone) -> Date {
        if self.week.is_some() {
            let today = at.to_zoned(zone.clone()).date();
            let yesterday = today.yesterday().ok().filter(|day| self.lasts_into(*day, at, zone));
            return yesterday.unwrap_or(today);
        }
        let passed = at.duration_since(self.shift.from).as_secs().div_euclid(DAY_SECONDS).max(0);
        let first = self.first_day(zone);
        first.checked_add(passed.days()).unwrap_or(first)
    }
    /// Does the night that began on the day, with what may be worked over, last until the instant? A shift that has
    /// begun since ends it.
    fn lasts_into(&self, day: Date, at: Timestamp, zone: &TimeZone) -> bool {
        let night = self.week.as_ref().and_then(|week| week.on(day)).is_some_and(|h| is_night(h.from, h.to));
        let over = SignedDuration::from_secs(OVERTIME_SECONDS);
        let next = || day.tomorrow().ok().and_then(|day| self.shift_on(day, zone));
        night
            && self.shift_on(day, zone).is_some_and(|shift| at < shift.to + over)
            && next().is_none_or(|next| at < next.from)
    }
    /// The hours of a day; `None` when the master does not work on it. Without a week, the shift is the same every day.
    pub fn shift_on(&self, day: Date, zone: &TimeZone) -> Option<Period> {
        if self.left || self.absences.iter().any(|away| away.holds(day)) {
            return None;
        }
        let Some(week) = &self.week else {
            let days = number_of(day) - number_of(self.first_day(zone));
            let later = SignedDuration::from_secs(days * DAY_SECONDS);
            return (days >= 0).then(|| Period { from: self.shift.from + later, to: self.shift.to + later });
        };
        week.stretch_on(day, zone)
    }
    /// The next shifts that are not over, the running one first.
    pub fn shifts(&self, now: Timestamp, zone: &TimeZone, most: usize) -> Vec<(Date, Period)> {
        let days = std::iter::successors(Some(self.day_of(now, zone)), |day| day.tomorrow().ok());
        let theirs = days.take(MOST_DAYS).filter_map(|day| Some((day, self.shift_on(day, zone)?)));
        theirs.filter(|(_, shift)| shift.to > now).take(most).collect()
    }
    /// The shift that screens show: the running one, or the next.
    pub fn shown_shift(&self, now: Timestamp, zone: &TimeZone) -> Period {
        if self.week.is_none() {
            return self.shift;
        }
        self.shifts(now, zone, 1).first().map_or(self.shift, |(_, shift)| *shift)
    }
    /// Is the whole of a stretch within the hours of its day, but for so many seconds at its end?
    pub fn works(&self, from: Timestamp, to: Timestamp, overtime: i64, zone: &TimeZone) -> bool {
        let late = SignedDuration::from_secs(overtime);
        self.shift_on(self.day_of(from, zone), zone)
            .is_some_and(|shift| shift.from <= from && to <= shift.to + late)
    }
    /// Decides on days away.
    ///
    /// # Errors
    /// They end before they begin, are over already, or overlap others.
    pub fn may_be_absent(&self, away: &Absence, today: Date) -> Result<(), Refusal> {
        if away.to < away.from {
            let detail = format!(
                "the absence `{}`…`{}` is empty: expected a last day not before the first",
                away.from, away.to
            );
            return Err(Refusal::invalid("absence-empty", detail));
        }
        if away.to < today {
            let detail = format!("the absence ends on `{}`: expected today, `{today}`, or later", away.to);
            return Err(Refusal::invalid("absence-past", detail));
        }
        if let Some(other) = self.absences.iter().find(|other| other.from <= away.to && away.from <= other.to)
        {
            let detail = format!(
                "the absence from `{}` overlaps that of `{}`…`{}`: expected other days",
                away.from, other.from, other.to
            );
            return Err(Refusal::state("absence-overlaps", detail));
        }
        if self.absences.iter().filter(|other| other.to >= today).count() >= MOST_ABSENCES {
            let detail = format!("`{MOST_ABSENCES}` absences lie ahead: expected fewer");
            return Err(Refusal::state("absence-many", detail));
        }
        Ok(())
    }
}
