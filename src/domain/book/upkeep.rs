//! Schedules of agreements and the book: days that fall due, and services that become visits.

use super::{draft::Draft, intake::Intake};
use crate::{
    refusal::Refusal,
    upkeep::{
        due::Stretch,
        occurrence::{Booking, Days, Occurrence, OccurrenceEvent, OccurrenceState},
        schedule::{ScheduleCard, ServiceSchedule},
    },
    values::{
        id::{OccurrenceId, OrderId, ScheduleId},
        period::Period,
    },
    visits::visit::VisitEvent,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Days ahead and back in which an occurrence is looked for that nobody has kept yet.
const LOOKED: (i64, i64) = (62, 400);

/// What an agreement says of the days of its schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The day after the last one that it covers.
    pub end: Date,
    /// Days on which nobody is visited.
    pub holidays: BTreeSet<Date>,
}

impl Draft<'_> {
    /// Makes what the schedules ask for in a stretch of days be so. What is over and was never asked for stays unasked.
    ///
    /// # Errors
    /// An occurrence says no.
    pub fn catch_up(
        &mut self,
        (first, last): (Date, Date),
        today: Date,
        bounds: impl Fn(&ServiceSchedule) -> Bounds,
    ) -> Result<(), Refusal> {
        let mut kept: BTreeMap<ScheduleId, Vec<Occurrence>> = BTreeMap::new();
        for occurrence in self.occurrences() {
            kept.entry(occurrence.schedule).or_default().push(occurrence.clone());
        }
        let schedules: Vec<ServiceSchedule> = self.schedules().cloned().collect();
        for schedule in schedules {
            let Bounds { end, holidays } = bounds(&schedule);
            let stretch = Stretch { first, last, end, holidays: &holidays };
            let known = kept.get(&schedule.id).map(Vec::as_slice).unwrap_or_default();
            for (occurrence, event) in schedule.catch_up(&stretch, known) {
                if occurrence.ver > 0 || today <= occurrence.days.last {
                    self.on_occurrence(occurrence, event, today)?;
                }
            }
        }
        Ok(())
    }
    /// After a schedule was written, paused, resumed or ended: its days that are known follow it.
    ///
    /// # Errors
    /// An occurrence says no.
    pub fn follow_schedule(
        &mut self,
        id: ScheduleId,
        today: Date,
        bounds: impl Fn(&ServiceSchedule) -> Bounds,
    ) -> Result<(), Refusal> {
        let schedule = self.schedule(id)?.clone();
        let known: Vec<Occurrence> = self.occurrences().filter(|it| it.schedule == id).cloned().collect();
        let Some(last) = known.iter().map(|it| it.nominal).max() else { return Ok(()) };
        let Bounds { end, holidays } = bounds(&schedule);
        let stretch = Stretch { first: today, last, end, holidays: &holidays };
        for (occurrence, event) in schedule.catch_up(&stretch, &known) {
            self.on_occurrence(occurrence, event, today)?;
        }
        Ok(())
    }
    /// An occurrence that is kept, or one that a schedule will ask for.
    ///
    /// # Errors
    /// No schedule asks for it.
    pub fn asked(
        &self,
        id: OccurrenceId,
        today: Date,
        bounds: impl Fn(&ServiceSchedule) -> Bounds,
    ) -> Result<Occurrence, Refusal> {
        if let Ok(known) = self.occurrence(id) {
            return Ok(known.clone());
        }
        let at = |days: i64| today.saturating_add(jiff::Span::new().days(days));
        for schedule in self.schedules() {
            let Bounds { end, holidays } = bounds(schedule);
            let stretch = Stretch { first: at(-LOOKED.0), last: at(LOOKED.1), end, holidays: &holidays };
            let mut due = schedule.due(&stretch).into_iter();
            let found = due.find(|(nominal, _)| Occurrence::id_of(schedule.id, *nominal) == id);
            if let Some((nominal, days)) = found {
                let mut occurrence = Occurrence::new(schedule.id, nominal, days);
                occurrence.apply(&OccurrenceEvent::Due { days });
                return Ok(occurrence);
            }
        }
        Err(Refusal::unknown("occurrence", id))
    }
    /// Something happens to an occurrence that may not be kept yet.
    ///
    /// # Errors
    /// No schedule asks for it, or it says no.
    pub fn on_asked(
        &mut self,
        id: OccurrenceId,
        event: OccurrenceEvent,
        today: Date,
        bounds: impl Fn(&ServiceSchedule) -> Bounds,
    ) -> Result<(), Refusal> {
        let asked = self.asked(id, today, bounds)?;
        if self.occurrence(id).is_err() {
            let days: Days = asked.days;
            let fresh = Occurrence::new(asked.schedule, asked.nominal, days);
            self.on_occurrence(fresh, OccurrenceEvent::Due { days }, today)?;
        }
        let known = self.occurrence(id)?.clone();
        self.on_occurrence(known, event, today)
    }
    /// An occurrence that has a day becomes a request with its order and a visit, within the hours of that day.
    ///
    /// # Errors
    /// It has no day or is booked already, or the day is over.
    pub fn book_occurrence(
        &mut self,
        occurrence: &Occurrence,
        card: &ScheduleCard,
        intake: &Intake<'_>,
        window: Period,
        today: Date,
    ) -> Result<(), Refusal> {
        let booking = Booking { order: intake.ids.1, visit: intake.ids.2 };
        self.on_occurrence(occurrence.clone(), OccurrenceEvent::Booked { booking }, today)?;
        let mut request = intake.request(self.next_no(), self.at);
        // Nobody waits for what is planned: the day is the promise, and no clock runs until then.
        request.clocks.clear();
        let order = intake.order(self.next_no(), self.at);
        let mut visit = intake.visit(self.next_no());
        visit.minutes = u32::from(card.minutes);
        visit.own_lines = card.checklist.clone();
        visit.skills = card.skills.iter().map(|need| (need.code.clone(), need.level)).collect();
        visit.preferred = occurrence.appointment.as_ref().and_then(|it| it.masters.first().copied());
        self.open(request, order, visit)?;
        self.promise_window(booking.visit, window)
    }
    /// What happens to a visit of an order is told to the occurrence that it serves.
    pub(super) fn tell_occurrence(&mut self, order: OrderId, event: &VisitEvent) -> Result<(), Refusal> {
        let told = match event {
            VisitEvent::Completed { .. } => OccurrenceEvent::Done,
            VisitEvent::Cancelled { reason } => OccurrenceEvent::Unbooked { reason: reason.clone() },
            _ => return Ok(()),
        };
        let serves = |it: &&Occurrence| {
            it.state == OccurrenceState::Booked && it.booking.is_some_and(|booking| booking.order == order)
        };
        let Some(occurrence) = self.occurrences().find(serves).cloned() else { return Ok(()) };
        let today = occurrence.days.first;
        self.on_occurrence(occurrence, told, today)
    }
    /// Occurrences whose last day is over were missed.
    pub fn miss_occurrences(&mut self, today: Date) {
        let open: Vec<Occurrence> = self.occurrences().filter(|it| it.is_open()).cloned().collect();
        for occurrence in open {
            // Those that may yet be served say no.
            let _still_possible = self.on_occurrence(occurrence, OccurrenceEvent::Missed, today);
        }
    }
}
