//! Days that may be served: by the agreement, the client's door and the zone; and hours that masters have for it.

use crate::directory::Directory;
use domain::{
    book::{Book, upkeep::Bounds},
    clients::point::ServicePoint,
    upkeep::{holidays::holidays, schedule::ServiceSchedule},
    values::id::{MasterId, VisitId},
    workforce::{
        hours::{OVERTIME_SECONDS, number_of},
        master::Master,
    },
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};
use solver::{Weekdays, WorkDay};
use std::collections::BTreeSet;

/// The share of a day, in thousandths, that agreements may take: the rest is for what nobody knows of yet.
const SHARE_PERMILLE: i64 = 600;

/// The days from one to another, both included.
pub(super) fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}
/// A day as the solver counts it.
pub(super) fn number(day: Date) -> solver::Day {
    solver::Day::try_from(number_of(day)).unwrap_or_default()
}

/// What the agreement of a schedule says of its days; nothing is due while it is not in force.
pub(crate) fn bounds(
    directory: &Directory,
    schedule: &ServiceSchedule,
    zone: &TimeZone,
    today: Date,
) -> Bounds {
    let agreement = directory.agreements.get(&schedule.agreement);
    let last = |until: Timestamp| {
        let until = until.to_zoned(zone.clone());
        if until.time() == Time::midnight() { Some(until.date()) } else { until.date().tomorrow().ok() }
    };
    let in_force = agreement.filter(|it| it.is_in_force());
    let end = in_force.and_then(|it| last(it.until)).unwrap_or(today);
    let mut shut = holidays(today.saturating_sub(1.year()), today.saturating_add(3.years()));
    let calendar = agreement.and_then(|it| it.terms.calendar.as_ref());
    shut.extend(calendar.into_iter().flat_map(|it| it.days_off()));
    Bounds { end, holidays: shut }
}

/// Days of the week on which a schedule can be served: the client's, those on which somebody opens, and the zone's.
pub(super) fn weekdays(asked: [bool; 7], point: Option<&ServicePoint>, directory: &Directory) -> Weekdays {
    let mut open = asked;
    let hours = point.and_then(|it| it.visiting.hours);
    let zone = point.and_then(|it| directory.chart.of_point(it));
    for (number, day) in open.iter_mut().enumerate() {
        let opens = hours.is_none_or(|week| week.0[number].is_some());
        *day &= opens && zone.is_none_or(|zone| zone.card.days[number]);
    }
    Weekdays(open)
}

/// What masters have to do already, beside what the month holds itself.
pub(super) struct Busy<'a> {
    pub book: &'a Book,
    pub but: &'a BTreeSet<VisitId>,
    pub zone: &'a TimeZone,
}

impl Busy<'_> {
    fn seconds(&self, master: MasterId, day: Date) -> i64 {
        let visits = self.book.visits.values().filter(|it| !self.but.contains(&it.id) && !it.is_over());
        let theirs = visits.filter(|it| it.takes(master));
        let begins = |at: Timestamp| at.to_zoned(self.zone.clone()).date() == day;
        let taken = theirs.filter_map(|it| {
            let work = it.assignment.as_ref().filter(|work| begins(work.start))?;
            Some(work.end.duration_since(work.start).as_secs() + work.travel_seconds)
        });
        taken.sum()
    }
    /// The days of a master, with the hours for agreements on each.
    pub(super) fn work_days(&self, master: &Master, first: Date, last: Date) -> Vec<WorkDay> {
        let busy: BTreeSet<Date> = self.days_taken(master.id);
        let day = |day: Date| {
            let shift = master.shift_on(day, self.zone)?;
            let whole = shift.to.duration_since(shift.from).as_secs();
            let taken = if busy.contains(&day) { self.seconds(master.id, day) } else { 0 };
            let seconds = (whole * SHARE_PERMILLE / 1000).min(whole - taken).max(0);
            let overtime = OVERTIME_SECONDS.min(whole - taken - seconds).max(0);
            Some(WorkDay { day: number(day), seconds, overtime, shift: None })
        };
        days(first, last).filter_map(day).collect()
    }
    fn days_taken(&self, master: MasterId) -> BTreeSet<Date> {
        let visits = self.book.visits.values().filter(|it| !it.is_over() && it.takes(master));
        let starts = visits.filter_map(|it| it.assignment.as_ref());
        starts.map(|work| work.start.to_zoned(self.zone.clone()).date()).collect()
    }
}
