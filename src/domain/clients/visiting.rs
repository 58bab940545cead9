//! When a service point may be visited, and whom to ask for there.

use crate::{
    refusal::Refusal,
    values::{period::Period, phone::PhoneNumber},
    workforce::hours::Week,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Days ahead that are looked through for hours.
const DAYS: usize = 8;
/// The longest word about a point, in characters.
const LONGEST: usize = 2000;

/// What is known of visiting a point; nothing of it in rows written before it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Visiting {
    /// The hours in which somebody opens, in the zone of the point; `None`: at any.
    pub hours: Option<Week>,
    /// Whom to ask for.
    pub contact: String,
    /// Their number.
    pub phone: Option<PhoneNumber>,
    /// What else to know.
    pub note: String,
}

impl Visiting {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// Refuses what nobody could come by.
    ///
    /// # Errors
    /// Hours without length, a week that is never open, or a text without an end.
    pub fn checked(self) -> Result<Self, Refusal> {
        let hours = self.hours.map(Week::checked).transpose()?;
        if hours.is_some_and(|week| week.0.iter().all(Option::is_none)) {
            let detail = "no day of the week is open: expected hours on one day at least, or none at all";
            return Err(Refusal::invalid("never-open", detail));
        }
        for text in [&self.contact, &self.note] {
            let length = text.chars().count();
            if length > LONGEST {
                let detail = format!("the text has `{length}` characters: expected {LONGEST} at most");
                return Err(Refusal::invalid("text-long", detail));
            }
        }
        let (contact, note) = (self.contact.trim().to_owned(), self.note.trim().to_owned());
        Ok(Self { hours, contact, note, ..self })
    }
    /// The stretches of the days from an instant on in which somebody opens; `None`: at any hour.
    pub fn open_from(&self, first: Timestamp, zone: &TimeZone) -> Option<Vec<Period>> {
        let week = self.hours?;
        let today = first.to_zoned(zone.clone()).date();
        // A night that began yesterday may last on.
        let days = std::iter::successors(today.yesterday().ok(), |day| day.tomorrow().ok()).take(DAYS + 1);
        let open = days.filter_map(|day| week.stretch_on(day, zone));
        Some(open.filter(|open| open.to > first).collect())
    }
    /// The parts of a stretch in which work of so long may begin and be done before the door closes; the whole stretch
    /// when there are no hours. Work that is longer than the door is open may begin when it opens.
    pub fn within(&self, asked: Period, work: SignedDuration, zone: &TimeZone) -> Vec<Period> {
        let Some(open) = self.open_from(asked.from, zone) else { return vec![asked] };
        let begins = open.into_iter().filter_map(|open| {
            let last = (open.to - work).max(open.from);
            let (from, to) = (open.from.max(asked.from), last.min(asked.to));
            (from <= to).then_some(Period { from, to })
        });
        begins.collect()
    }
}
