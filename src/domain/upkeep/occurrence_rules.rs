//! What may happen to an occurrence: a person's pin and what stands in the book win over every plan.

use super::occurrence::{Appointment, Days, Occurrence, OccurrenceEvent, OccurrenceState};
use crate::{
    refusal::Refusal,
    values::id::{MasterId, OccurrenceId, ScheduleId},
};
use jiff::civil::{Date, date};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The two bits of a UUID that say which variant it is.
const VARIANT: u64 = 0xC000_0000_0000_0000;

impl OccurrenceEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Due { .. } => "occurrence.due",
            Self::Proposed { .. } => "occurrence.proposed",
            Self::LeftOut { .. } => "occurrence.left_out",
            Self::Pinned { .. } => "occurrence.pinned",
            Self::Released => "occurrence.released",
            Self::Booked { .. } => "occurrence.booked",
            Self::Unbooked { .. } => "occurrence.unbooked",
            Self::Done => "occurrence.done",
            Self::Skipped { .. } => "occurrence.skipped",
            Self::Missed => "occurrence.missed",
            Self::Withdrawn => "occurrence.withdrawn",
        }
    }
}

impl Occurrence {
    /// The identity of a schedule's day: the same whenever it is asked, so that nothing is made twice.
    pub fn id_of(schedule: ScheduleId, nominal: Date) -> OccurrenceId {
        let day = nominal.since(date(1970, 1, 1)).map_or(0, |span| span.get_days());
        let (high, low) = schedule.uuid().as_u64_pair();
        OccurrenceId::from_uuid(Uuid::from_u64_pair(high, low ^ (stirred(day) & !VARIANT)))
    }
    /// An occurrence that nothing has happened to.
    pub fn new(schedule: ScheduleId, nominal: Date, days: Days) -> Self {
        Self {
            id: Self::id_of(schedule, nominal),
            ver: 0,
            schedule,
            nominal,
            days,
            state: OccurrenceState::Planned,
            appointment: None,
            booking: None,
            reason: None,
        }
    }
    /// Has a person said when?
    pub fn is_pinned(&self) -> bool {
        self.appointment.as_ref().is_some_and(|it| it.pinned)
    }
    /// May a plan give it a day?
    pub fn is_open(&self) -> bool {
        matches!(self.state, OccurrenceState::Planned | OccurrenceState::Proposed)
    }

    /// Decides on a day of the point's calendar; changes nothing.
    ///
    /// # Errors
    /// The state or a person's pin says no; the day, the masters or the reason are wrong.
    pub fn decide(&self, event: OccurrenceEvent, today: Date) -> Result<OccurrenceEvent, Refusal> {
        if !self.fits(&event) {
            let detail = format!(
                "the occurrence of `{}` is `{:?}`: `{}` is not possible",
                self.nominal,
                self.state,
                event.name()
            );
            return Err(Refusal::state("occurrence-state", detail));
        }
        match &event {
            OccurrenceEvent::Due { days } => ordered(days)?,
            OccurrenceEvent::Proposed { day, masters } => {
                self.unless_pinned(&event)?;
                self.possible(*day)?;
                distinct(masters)?;
            }
            OccurrenceEvent::LeftOut { why } => {
                self.unless_pinned(&event)?;
                Refusal::unless_said(why)?;
            }
            OccurrenceEvent::Pinned { day, masters } => {
                not_past(*day, today)?;
                distinct(masters)?;
            }
            OccurrenceEvent::Skipped { reason } | OccurrenceEvent::Unbooked { reason } => {
                Refusal::unless_said(reason)?;
            }
            OccurrenceEvent::Booked { .. } => {
                if let Some(appointment) = &self.appointment {
                    not_past(appointment.day, today)?;
                }
            }
            OccurrenceEvent::Missed if today <= self.last_chance() => {
                let detail = format!(
                    "the occurrence can be served until `{}`: expected a later day",
                    self.last_chance()
                );
                return Err(Refusal::state("occurrence-not-over", detail));
            }
            OccurrenceEvent::Released
            | OccurrenceEvent::Done
            | OccurrenceEvent::Missed
            | OccurrenceEvent::Withdrawn => {}
        }
        Ok(event)
    }
    fn fits(&self, event: &OccurrenceEvent) -> bool {
        use OccurrenceState::{Booked, Planned, Proposed, Withdrawn};
        match event {
            OccurrenceEvent::Due { .. } => matches!(self.state, Planned | Proposed | Withdrawn),
            _ if self.ver == 0 => false,
            OccurrenceEvent::Proposed { .. }
            | OccurrenceEvent::LeftOut { .. }
            | OccurrenceEvent::Pinned { .. }
            | OccurrenceEvent::Missed
            | OccurrenceEvent::Withdrawn => self.is_open(),
            OccurrenceEvent::Released => self.is_open() && self.is_pinned(),
            OccurrenceEvent::Booked { .. } => self.state == Proposed,
            OccurrenceEvent::Unbooked { .. } | OccurrenceEvent::Done => self.state == Booked,
            // What stands in the book is called off there first.
            OccurrenceEvent::Skipped { .. } => self.is_open(),
        }
    }
    fn unless_pinned(&self, event: &OccurrenceEvent) -> Result<(), Refusal> {
        match &self.appointment {
            Some(Appointment { pinned: true, day, .. }) => Err(Refusal::state(
                "occurrence-pinned",
                format!("a person has said `{day}`: `{}` is not possible", event.name()),
            )),
            _ => Ok(()),
        }
    }
    fn possible(&self, day: Date) -> Result<(), Refusal> {
        if day < self.days.first || day > self.days.last {
            let detail = format!(
                "the day `{day}` is not possible: expected one of `{}`…`{}`",
                self.days.first, self.days.last
            );
            return Err(Refusal::invalid("occurrence-day", detail));
        }
        Ok(())
    }
    /// The last day on which it may yet be served; a person may have said a later one than the schedule.
    fn last_chance(&self) -> Date {
        self.appointment.as_ref().map_or(self.days.last, |it| it.day.max(self.days.last))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &OccurrenceEvent) {
        self.ver += 1;
        match event {
            OccurrenceEvent::Due { days } => self.fall_due(*days),
            OccurrenceEvent::Proposed { day, masters } => self.appoint(*day, masters, false),
            OccurrenceEvent::Pinned { day, masters } => self.appoint(*day, masters, true),
            OccurrenceEvent::LeftOut { why } => {
                self.appointment = None;
                self.rest(OccurrenceState::Planned, Some(why));
            }
            OccurrenceEvent::Released => {
                if let Some(appointment) = &mut self.appointment {
                    appointment.pinned = false;
                }
                // Where the person's day is none of the schedule's, a plan has to find another one.
                let days = self.days;
                self.fall_due(days);
            }
            OccurrenceEvent::Booked { booking } => {
                self.booking = Some(*booking);
                self.rest(OccurrenceState::Booked, None);
            }
            OccurrenceEvent::Unbooked { reason } => {
                (self.booking, self.appointment) = (None, None);
                self.rest(OccurrenceState::Planned, Some(reason));
            }
            OccurrenceEvent::Done => self.rest(OccurrenceState::Done, None),
            OccurrenceEvent::Skipped { reason } => self.rest(OccurrenceState::Skipped, Some(reason)),
            OccurrenceEvent::Missed => self.rest(OccurrenceState::Missed, None),
            OccurrenceEvent::Withdrawn => {
                self.appointment = None;
                self.rest(OccurrenceState::Withdrawn, None);
            }
        }
    }
    /// Takes other days; what a plan had given stays where it is still possible, what a person said stays anyway.
    fn fall_due(&mut self, days: Days) {
        self.days = days;
        let possible = |it: &Appointment| it.pinned || (days.first <= it.day && it.day <= days.last);
        self.appointment = self.appointment.take().filter(possible);
        let state = match self.appointment {
            Some(_) => OccurrenceState::Proposed,
            None => OccurrenceState::Planned,
        };
        self.rest(state, None);
    }
    fn appoint(&mut self, day: Date, masters: &[MasterId], pinned: bool) {
        self.appointment = Some(Appointment { day, masters: masters.to_vec(), pinned });
        self.rest(OccurrenceState::Proposed, None);
    }
    fn rest(&mut self, state: OccurrenceState, reason: Option<&String>) {
        (self.state, self.reason) = (state, reason.cloned());
    }
}

/// A number as evenly spread bits: the last step of SplitMix64.
fn stirred(day: i32) -> u64 {
    let mut bits = u64::from(day.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
fn ordered(days: &Days) -> Result<(), Refusal> {
    if days.first > days.due || days.due > days.last {
        let detail = format!(
            "the days `{}`, `{}`, `{}` are out of order: expected first, due, last",
            days.first, days.due, days.last
        );
        return Err(Refusal::invalid("occurrence-days", detail));
    }
    Ok(())
}
fn not_past(day: Date, today: Date) -> Result<(), Refusal> {
    if day < today {
        let detail = format!("the day `{day}` is over: expected `{today}` or later");
        return Err(Refusal::invalid("occurrence-day", detail));
    }
    Ok(())
}
fn distinct(masters: &[MasterId]) -> Result<(), Refusal> {
    let named: BTreeSet<_> = masters.iter().collect();
    if masters.is_empty() || named.len() < masters.len() {
        let detail = format!("`{}` masters are named: expected one at least, each once", masters.len());
        return Err(Refusal::invalid("occurrence-masters", detail));
    }
    Ok(())
}
