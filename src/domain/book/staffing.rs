//! What the office changes about those who go, and which of their visits that takes away from them.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    values::id::{MasterId, VisitId},
    visits::visit::VisitEvent,
    workforce::{
        hours::{Absence, OVERTIME_SECONDS, Week},
        master::{Master, MasterCard, MasterEvent},
    },
};
use jiff::{civil::Date, tz::TimeZone};

impl Draft<'_> {
    /// The day of the command in the house's zone.
    fn today(&self, zone: &TimeZone) -> Date {
        self.at.to_zoned(zone.clone()).date()
    }
    /// Somebody new works here.
    ///
    /// # Errors
    /// The card cannot be worked by.
    pub fn take_on(&mut self, master: Master) -> Result<(), Refusal> {
        let (id, card) = (master.id, master.card().checked()?);
        self.open_master(master);
        self.on_master(id, MasterEvent::Joined { card })
    }
    /// The office writes something else about a master; returns the visits that are therefore nobody's any longer.
    ///
    /// # Errors
    /// There is no such master, or the card cannot be worked by.
    pub fn change_card(
        &mut self,
        id: MasterId,
        card: MasterCard,
        zone: &TimeZone,
    ) -> Result<Vec<VisitId>, Refusal> {
        let card = card.checked()?;
        self.and_release(id, MasterEvent::CardChanged { card }, "skill", zone)
    }
    /// A master works other hours; returns the visits that do not fit into them.
    ///
    /// # Errors
    /// There is no such master, or the hours of a day are empty.
    pub fn set_hours(&mut self, id: MasterId, week: Week, zone: &TimeZone) -> Result<Vec<VisitId>, Refusal> {
        self.and_release(id, MasterEvent::HoursSet { week }, "hours", zone)
    }
    /// A master will be away; returns the visits of those days that are not begun.
    ///
    /// # Errors
    /// There is no such master, or the days cannot be.
    pub fn set_absence(
        &mut self,
        id: MasterId,
        absence: Absence,
        zone: &TimeZone,
    ) -> Result<Vec<VisitId>, Refusal> {
        self.master(id)?.may_be_absent(&absence, self.today(zone))?;
        self.and_release(id, MasterEvent::AbsenceSet { absence }, "absence", zone)
    }
    /// A master will not be away after all.
    ///
    /// # Errors
    /// There is no absence that begins on the day.
    pub fn lift_absence(&mut self, id: MasterId, from: Date) -> Result<(), Refusal> {
        if self.master(id)?.absences.iter().all(|away| away.from != from) {
            return Err(Refusal::unknown("absence", from));
        }
        self.on_master(id, MasterEvent::AbsenceLifted { from })
    }
    /// A master does not work here any longer; returns what was theirs.
    ///
    /// # Errors
    /// A visit is under way.
    pub fn part_with(&mut self, id: MasterId, zone: &TimeZone) -> Result<Vec<VisitId>, Refusal> {
        let master = self.master(id)?;
        if let Some(visit) = master.current {
            let detail =
                format!("{} is at visit `{visit}` or on the way to it: expected its end first", master.name);
            return Err(Refusal::state("master-busy", detail));
        }
        self.and_release(id, MasterEvent::Left, "left", zone)
    }
    /// Lets it happen, and takes away from the master the visits they could do before and cannot do now. What a person
    /// has given them against the rules stays, and so does what is begun.
    fn and_release(
        &mut self,
        id: MasterId,
        event: MasterEvent,
        why: &str,
        zone: &TimeZone,
    ) -> Result<Vec<VisitId>, Refusal> {
        let before = self.master(id)?.clone();
        self.on_master(id, event)?;
        let after = self.master(id)?.clone();
        let mut freed = Vec::new();
        for visit in self.visits_of(id) {
            let row = self.visit(visit)?;
            let Some(work) = row.assignment.as_ref().filter(|_| !row.is_started()) else { continue };
            let beside = work.master != id;
            if row.under_way_beside().any(|master| master == id) {
                continue;
            }
            let skills = if beside { row.helper_skills() } else { row.skills.clone() };
            let does = |master: &Master| {
                !master.left
                    && master.can(&skills, work.start)
                    && master.works(work.start, work.end, OVERTIME_SECONDS, zone)
            };
            if !after.left && (!does(&before) || does(&after)) {
                continue;
            }
            if beside {
                self.leave_beside(visit, id)?;
            } else {
                self.on_visit(visit, VisitEvent::Unplanned { reason: why.into() })?;
                freed.push(visit);
            }
        }
        Ok(freed)
    }
}
