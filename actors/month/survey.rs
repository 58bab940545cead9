//! What there is to plan in a month, as the book has it at one moment: enough to plan, check and show it elsewhere.

use crate::{
    directory::Directory,
    dispatch::dispatcher::Dispatcher,
    month::{calendars::bounds, problem},
};
use actix::{Context, Handler, Message};
use domain::{
    book::{Book, draft::Draft, upkeep::Bounds},
    refusal::Refusal,
    upkeep::{
        calendar_month::CalendarMonth,
        occurrence::{Occurrence, OccurrenceEvent, OccurrenceState},
        schedule::{ScheduleCard, ServiceSchedule},
    },
    values::id::{ClientId, MasterId, OccurrenceId, VisitId},
    visits::visit::Visit,
};
use jiff::{civil::Date, tz::TimeZone};
use solver::{Month, MonthVisit};

/// Where an occurrence stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) day: Date,
    /// The leading one first.
    pub(crate) masters: Vec<MasterId>,
}

/// An occurrence with what people want to know of it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) occurrence: Occurrence,
    /// Is it of this month, or does it only stand in its days?
    pub(crate) own: bool,
    pub(crate) standing: Option<Standing>,
    pub(crate) card: ScheduleCard,
    pub(crate) client: ClientId,
    pub(crate) client_name: String,
    pub(crate) address: String,
    pub(crate) zone: String,
    pub(crate) agreement_no: String,
    /// The visit that serves it, and its number for people.
    pub(crate) visit: Option<(VisitId, u64)>,
}

/// The month at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    pub(crate) month: CalendarMonth,
    pub(crate) today: Date,
    pub(crate) occurrences: Vec<Asked>,
    pub(crate) masters: Vec<(MasterId, String)>,
    pub(crate) holidays: Vec<Date>,
    pub(crate) problem: Month,
    /// What stands, in the solver's words.
    pub(crate) stands: Vec<MonthVisit>,
}

/// The visit that serves an occurrence now: the last one of its order.
fn visit_of<'a>(occurrence: &Occurrence, book: &'a Book) -> Option<&'a Visit> {
    let booking = occurrence.booking?;
    let order = book.orders.get(&booking.order);
    let latest = order.and_then(|it| book.requests.get(&it.request)).and_then(|it| it.visit);
    book.visits.get(&latest.unwrap_or(booking.visit))
}

/// The day and the masters of an occurrence: what is booked stands where its visit does.
fn standing(occurrence: &Occurrence, book: &Book, zone: &TimeZone) -> Option<Standing> {
    let said =
        occurrence.appointment.as_ref().map(|it| Standing { day: it.day, masters: it.masters.clone() });
    let Some(visit) = visit_of(occurrence, book) else { return said };
    let day = |at: jiff::Timestamp| at.to_zoned(zone.clone()).date();
    if let Some(work) = &visit.assignment {
        return Some(Standing { day: day(work.start), masters: visit.masters().collect() });
    }
    let window = visit.window.map(|window| day(window.from));
    let said = said?;
    Some(Standing { day: window.unwrap_or(said.day), ..said })
}

impl Dispatcher {
    /// The day by the clock of the house.
    pub(crate) fn today(&self) -> Date {
        self.house.now().to_zoned(self.house.zone()).date()
    }
    /// What agreements say of the days of their schedules today.
    pub(crate) fn bounds<'a>(
        directory: &'a Directory,
        zone: &'a TimeZone,
        today: Date,
    ) -> impl Fn(&ServiceSchedule) -> Bounds + use<'a> {
        move |schedule| bounds(directory, schedule, zone, today)
    }
    fn survey(&self, draft: &Draft<'_>, month: CalendarMonth) -> Survey {
        let (zone, today) = (self.house.zone(), self.today());
        let directory = self.house.directory.read();
        let mut occurrences: Vec<Asked> = draft
            .occurrences()
            .filter(|it| it.state != OccurrenceState::Withdrawn)
            .filter_map(|it| asked(it, month, draft, &directory, &zone))
            .collect();
        occurrences.sort_by_key(|it| (it.occurrence.days.due, it.occurrence.id));
        let (problem, stands) = problem::of(&occurrences, month, today, (draft, &directory), &zone);
        let mut masters: Vec<(MasterId, String)> =
            self.book.masters.values().filter(|it| !it.left).map(|it| (it.id, it.name.clone())).collect();
        masters.sort_by(|a, b| a.1.cmp(&b.1));
        let holidays = domain::upkeep::holidays::holidays(month.first(), month.last()).into_iter().collect();
        Survey { month, today, occurrences, masters, holidays, problem, stands }
    }
}

/// An occurrence of the month, or one of another that stands in its days.
fn asked(
    occurrence: &Occurrence,
    month: CalendarMonth,
    draft: &Draft<'_>,
    directory: &Directory,
    zone: &TimeZone,
) -> Option<Asked> {
    let own = month.has(occurrence.nominal);
    let standing = standing(occurrence, draft.book(), zone);
    let live = matches!(
        occurrence.state,
        OccurrenceState::Proposed | OccurrenceState::Booked | OccurrenceState::Done
    );
    let stands_here = live && standing.as_ref().is_some_and(|it| month.has(it.day));
    if !own && !stands_here {
        return None;
    }
    let schedule = draft.schedule(occurrence.schedule).ok()?;
    // A place that nobody knows any longer cannot be gone to.
    let point = directory.points.get(&schedule.card.point)?;
    let name = directory.known_client(point.client).map(|it| it.name.clone());
    let agreement = directory.agreements.get(&schedule.agreement);
    Some(Asked {
        occurrence: occurrence.clone(),
        own,
        standing,
        card: schedule.card.clone(),
        client: point.client,
        client_name: name.unwrap_or_default(),
        address: point.address.clone(),
        zone: point.zone.clone(),
        agreement_no: agreement.map(|it| it.no.clone()).unwrap_or_default(),
        visit: visit_of(occurrence, draft.book()).map(|it| (it.id, it.no)),
    })
}

/// Somebody wants to see a month, perhaps with an occurrence moved.
#[derive(Message)]
#[rtype(result = "Result<Survey, Refusal>")]
pub(crate) struct Look {
    pub(crate) month: CalendarMonth,
    pub(crate) moved: Option<(OccurrenceId, Date, Vec<MasterId>)>,
}
impl Handler<Look> for Dispatcher {
    type Result = Result<Survey, Refusal>;
    fn handle(&mut self, Look { month, moved }: Look, _: &mut Context<Self>) -> Self::Result {
        let (zone, today) = (self.house.zone(), self.today());
        let mut draft = Draft::new(&self.book, self.house.now(), "month");
        {
            let directory = self.house.directory.read();
            let bounds = Self::bounds(&directory, &zone, today);
            draft.catch_up((month.first(), month.last()), today, &bounds)?;
            if let Some((id, day, masters)) = moved {
                draft.on_asked(id, OccurrenceEvent::Pinned { day, masters }, today, &bounds)?;
            }
        }
        Ok(self.survey(&draft, month))
    }
}

/// In which month an occurrence is, and who has it.
#[derive(Message)]
#[rtype(result = "Result<(CalendarMonth, Vec<MasterId>), Refusal>")]
pub(crate) struct Where(pub(crate) OccurrenceId);
impl Handler<Where> for Dispatcher {
    type Result = Result<(CalendarMonth, Vec<MasterId>), Refusal>;
    fn handle(&mut self, Where(id): Where, _: &mut Context<Self>) -> Self::Result {
        let (zone, today) = (self.house.zone(), self.today());
        let draft = Draft::new(&self.book, self.house.now(), "month");
        let directory = self.house.directory.read();
        let found = draft.asked(id, today, Self::bounds(&directory, &zone, today))?;
        let masters = found.appointment.as_ref().map(|it| it.masters.clone()).unwrap_or_default();
        Ok((CalendarMonth::of(found.nominal), masters))
    }
}
