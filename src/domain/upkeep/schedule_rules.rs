//! What may happen to a schedule, and what may be written in it.

use super::{
    rhythm::Every,
    schedule::{ScheduleCard, ScheduleEvent, ScheduleState, ServiceSchedule},
};
use crate::{
    clients::agreement::Agreement,
    refusal::Refusal,
    values::id::{AgreementId, ScheduleId},
};
use std::collections::BTreeSet;

/// The longest title and the longest line of a checklist, in characters.
const LONGEST: (usize, usize) = (80, 200);
/// Lines of a checklist, at most.
const MOST_LINES: usize = 50;
/// Minutes of work of one visit, at least and at most.
const MINUTES: (u16, u16) = (5, 600);
/// Masters who come together, at most: as many as the month can be planned for.
const MOST_MASTERS: u8 = 2;
/// Weeks and months between two days, at most.
const MOST_STEP: (u8, u8) = (104, 60);

impl ScheduleEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Written { .. } => "schedule.written",
            Self::Paused { .. } => "schedule.paused",
            Self::Resumed => "schedule.resumed",
            Self::Ended { .. } => "schedule.ended",
        }
    }
}

impl ScheduleCard {
    /// Refuses what cannot be served under the agreement.
    ///
    /// # Errors
    /// Nothing is named, or too much; the step, the work or the masters are out of bounds; the tolerance lets two visits
    /// swap; the point or the unit is not the agreement's.
    pub fn checked(self, agreement: &Agreement) -> Result<Self, Refusal> {
        let card = self.trimmed();
        card.named()?;
        card.timed()?;
        card.staffed()?;
        let covered = agreement.points.contains(&card.point)
            || card.unit.is_some_and(|unit| agreement.units.contains(&unit));
        if !covered {
            let detail = format!(
                "the point `{}` is not covered by agreement `{}`: expected one of its points or units",
                card.point, agreement.no
            );
            return Err(Refusal::invalid("schedule-uncovered", detail));
        }
        Ok(card)
    }
    fn trimmed(mut self) -> Self {
        self.title = self.title.trim().to_owned();
        let lines = self.checklist.iter().map(|line| line.trim().to_owned());
        self.checklist = lines.filter(|line| !line.is_empty()).collect();
        self
    }
    fn named(&self) -> Result<(), Refusal> {
        let letters = self.title.chars().count();
        if letters == 0 || letters > LONGEST.0 {
            let detail =
                format!("the title `{}` has {letters} characters: expected 1 to {}", self.title, LONGEST.0);
            return Err(Refusal::invalid("schedule-title", detail));
        }
        if self.checklist.len() > MOST_LINES {
            let detail =
                format!("the checklist has `{}` lines: expected {MOST_LINES} at most", self.checklist.len());
            return Err(Refusal::invalid("schedule-checklist", detail));
        }
        match self.checklist.iter().find(|line| line.chars().count() > LONGEST.1) {
            Some(line) => {
                let begin: String = line.chars().take(40).collect();
                let detail =
                    format!("the line `{begin}…` is too long: expected {} characters at most", LONGEST.1);
                Err(Refusal::invalid("schedule-checklist", detail))
            }
            None => Ok(()),
        }
    }
    fn timed(&self) -> Result<(), Refusal> {
        let every = self.rhythm.every;
        let most = match every {
            Every::Weeks(_) => MOST_STEP.0,
            Every::Months(_) => MOST_STEP.1,
        };
        if every.count() == 0 || every.count() > most {
            let detail = format!("every `{}` cannot be: expected 1 to {most}", every.count());
            return Err(Refusal::invalid("schedule-step", detail));
        }
        let width = u16::from(self.tolerance.before) + u16::from(self.tolerance.after);
        if width >= every.least_days() {
            let detail = format!(
                "the tolerance is `{width}` days: expected less than the `{}` between two visits",
                every.least_days()
            );
            return Err(Refusal::invalid("schedule-tolerance", detail));
        }
        if !self.weekdays.contains(&true) {
            let detail = "no day of the week is `true`: expected one at least";
            return Err(Refusal::invalid("schedule-weekdays", detail));
        }
        if self.minutes < MINUTES.0 || self.minutes > MINUTES.1 {
            let detail =
                format!("the work takes `{}` minutes: expected {} to {}", self.minutes, MINUTES.0, MINUTES.1);
            return Err(Refusal::invalid("schedule-minutes", detail));
        }
        Ok(())
    }
    fn staffed(&self) -> Result<(), Refusal> {
        if self.masters == 0 || self.masters > MOST_MASTERS {
            let detail = format!("`{}` masters are needed: expected 1 to {MOST_MASTERS}", self.masters);
            return Err(Refusal::invalid("schedule-masters", detail));
        }
        let required: BTreeSet<_> = self.required.iter().collect();
        if !required.is_empty() && required.len() < usize::from(self.masters) {
            let detail = format!(
                "`{}` may come and `{}` are needed: expected as many names at least",
                required.len(),
                self.masters
            );
            return Err(Refusal::invalid("schedule-masters", detail));
        }
        match self.skills.iter().find(|need| need.code.is_empty() || !(1..=3).contains(&need.level)) {
            Some(need) => {
                let detail = format!(
                    "the skill `{}` at level `{}` cannot be: expected a code and a level of 1 to 3",
                    need.code, need.level
                );
                Err(Refusal::invalid("schedule-skill", detail))
            }
            None => Ok(()),
        }
    }
}

impl ServiceSchedule {
    /// A schedule that nothing has happened to.
    pub fn new(id: ScheduleId, agreement: AgreementId, card: ScheduleCard) -> Self {
        Self { id, ver: 0, agreement, state: ScheduleState::Active, card }
    }
    /// Decides; changes nothing. A card is checked by [`ScheduleCard::checked`] before.
    ///
    /// # Errors
    /// The state says no, or the reason is not said.
    pub fn decide(&self, event: ScheduleEvent) -> Result<ScheduleEvent, Refusal> {
        use ScheduleState::{Active, Ended, Paused};
        let fits = match &event {
            ScheduleEvent::Written { .. } => self.state != Ended,
            _ if self.ver == 0 => false,
            ScheduleEvent::Paused { .. } => self.state == Active,
            ScheduleEvent::Resumed => self.state == Paused,
            ScheduleEvent::Ended { .. } => self.state != Ended,
        };
        if !fits {
            let detail = format!(
                "the schedule `{}` is `{:?}`: `{}` is not possible",
                self.card.title,
                self.state,
                event.name()
            );
            return Err(Refusal::state("schedule-state", detail));
        }
        match &event {
            ScheduleEvent::Paused { reason } | ScheduleEvent::Ended { reason } => {
                Refusal::unless_said(reason).map(|()| event)
            }
            ScheduleEvent::Written { .. } | ScheduleEvent::Resumed => Ok(event),
        }
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &ScheduleEvent) {
        self.ver += 1;
        match event {
            ScheduleEvent::Written { card } => self.card = card.clone(),
            ScheduleEvent::Paused { .. } => self.state = ScheduleState::Paused,
            ScheduleEvent::Resumed => self.state = ScheduleState::Active,
            ScheduleEvent::Ended { .. } => self.state = ScheduleState::Ended,
        }
    }
}
