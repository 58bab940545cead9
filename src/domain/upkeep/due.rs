//! What is due in a stretch of days: occurrences that are missing are made, others follow their schedule; asked twice,
//! nothing is left to do.

use super::{
    occurrence::{Days, Occurrence, OccurrenceEvent, OccurrenceState},
    schedule::{ScheduleState, ServiceSchedule},
};
use crate::values::id::OccurrenceId;
use jiff::{Span, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

/// The days that are asked about, and those on which nobody is visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch<'a> {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// The day after the agreement's last.
    pub end: Date,
    /// Holidays.
    pub holidays: &'a BTreeSet<Date>,
}

impl ServiceSchedule {
    /// The days of the stretch that the rule names, each with the days on which it may be served. An occurrence belongs
    /// to the month of its named day, wherever holidays move it.
    pub fn due(&self, stretch: &Stretch<'_>) -> Vec<(Date, Days)> {
        if self.state != ScheduleState::Active {
            return Vec::new();
        }
        let card = &self.card;
        let weekday = |day: Date| usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let is_open = |day: Date| card.weekdays[weekday(day)] && !stretch.holidays.contains(&day);
        let named = card.rhythm.between(stretch.first, stretch.last).take_while(|day| *day < stretch.end);
        named
            .map(|nominal| {
                let due = card.rhythm.moved(nominal, stretch.end, is_open);
                let first = due.saturating_sub(Span::new().days(i64::from(card.tolerance.before)));
                let last = due.saturating_add(Span::new().days(i64::from(card.tolerance.after)));
                let until = stretch.end.yesterday().unwrap_or(due).max(due);
                (nominal, Days { due, first, last: last.min(until) })
            })
            .collect()
    }
    /// What has to happen for the occurrences of the stretch to be as the schedule says: each with its event, which is
    /// not applied yet. `kept` are those that the store has of this schedule.
    pub fn catch_up(&self, stretch: &Stretch<'_>, kept: &[Occurrence]) -> Vec<(Occurrence, OccurrenceEvent)> {
        let known: BTreeMap<OccurrenceId, &Occurrence> = kept.iter().map(|it| (it.id, it)).collect();
        let due = self.due(stretch);
        let asked: BTreeSet<Date> = due.iter().map(|(nominal, _)| *nominal).collect();
        let fresh = due.into_iter().filter_map(|(nominal, days)| {
            let event = OccurrenceEvent::Due { days };
            match known.get(&Occurrence::id_of(self.id, nominal)) {
                None => Some((Occurrence::new(self.id, nominal, days), event)),
                Some(old) if old.state == OccurrenceState::Withdrawn => Some(((*old).clone(), event)),
                Some(old) if old.is_open() && old.days != days => Some(((*old).clone(), event)),
                Some(_) => None,
            }
        });
        let within = |it: &&Occurrence| {
            it.schedule == self.id && stretch.first <= it.nominal && it.nominal <= stretch.last
        };
        let stale = kept.iter().filter(within).filter(|it| it.is_open() && !asked.contains(&it.nominal));
        let stale = stale.map(|it| (it.clone(), OccurrenceEvent::Withdrawn));
        fresh.chain(stale).collect()
    }
}
