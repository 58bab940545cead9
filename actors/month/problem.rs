//! A month in the solver's words: the only file beside the planner's that knows both the domain and the solver.

use crate::{
    directory::Directory,
    month::{
        calendars::{Busy, days, number, weekdays},
        survey::{Asked, Standing},
    },
};
use domain::{
    book::draft::Draft,
    clients::point::{Binding, ServicePoint},
    upkeep::{
        calendar_month::CalendarMonth,
        holidays::holidays,
        occurrence::{Occurrence, OccurrenceState},
    },
    values::id::{MasterId, ScheduleId, VisitId},
};
use jiff::{civil::Date, tz::TimeZone};
use solver::{JobKey, MasterKey, Month, MonthMaster, MonthVisit, Place, Promise, Rhythm, SeatDraft, Skill};
use std::collections::{BTreeMap, BTreeSet};

/// No visit is too far from the one before: it may be the first after a pause.
const FAR: solver::Day = 10_000;

/// Words of ours that the solver has numbers for.
#[derive(Default)]
struct Words(BTreeMap<String, u32>);

impl Words {
    fn number(&mut self, word: &str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or_default();
        *self.0.entry(word.to_owned()).or_insert(next)
    }
    fn skill(&mut self, code: &str, level: u8) -> Skill {
        Skill { skill: u16::try_from(self.number(code)).unwrap_or_default(), level }
    }
}

/// An occurrence's name for the solver.
pub(super) fn job_key(occurrence: &Occurrence) -> JobKey {
    JobKey(occurrence.id.key())
}
fn master_key(master: MasterId) -> MasterKey {
    MasterKey(master.key())
}
fn keys(masters: &[MasterId]) -> Vec<MasterKey> {
    masters.iter().copied().map(master_key).collect()
}

/// The month to plan, and where its visits stand.
pub(super) fn of(
    asked: &[Asked],
    month: CalendarMonth,
    today: Date,
    (draft, directory): (&Draft<'_>, &Directory),
    zone: &TimeZone,
) -> (Month, Vec<MonthVisit>) {
    let planned: Vec<&Asked> = asked.iter().filter(|it| is_planned(it)).collect();
    let (mut skills, mut zones) = (Words::default(), Words::default());
    let occurrences: Vec<solver::Occurrence> = planned
        .iter()
        .map(|it| {
            let point = directory.points.get(&it.card.point);
            let mut told = occurrence(it, today, point, &mut skills);
            told.weekdays = weekdays(it.card.weekdays, point, directory);
            told.zone = zones.number(&it.zone);
            told
        })
        .collect();
    let ends = planned.iter().flat_map(|it| {
        let stands = it.standing.as_ref().map(|standing| standing.day);
        [it.occurrence.days.first, it.occurrence.days.last].into_iter().chain(stands)
    });
    let (first, last) = ends.fold((month.first(), month.last()), |(a, b), day| (a.min(day), b.max(day)));
    let visits: BTreeSet<VisitId> = planned.iter().filter_map(|it| it.visit).map(|(id, _)| id).collect();
    let busy = Busy { book: draft.book(), but: &visits, zone };
    let masters = draft.book().masters.values().map(|master| {
        let valid = |till: &jiff::Timestamp| last < till.to_zoned(zone.clone()).date();
        let able = master.skills.iter().filter(|it| it.valid_till.as_ref().is_none_or(valid));
        MonthMaster {
            key: master_key(master.id),
            home: Place::new(master.home.lat, master.home.lon),
            skills: able.map(|it| skills.skill(&it.code, it.level)).collect(),
            days: busy.work_days(master, first, last),
            rest: None,
        }
    });
    let masters = masters.collect();
    let stands = planned.iter().filter_map(|it| visit(&it.occurrence, it.standing.as_ref()?)).collect();
    let shut = holidays(first, last).into_iter().map(number).collect();
    let rhythms = rhythms(&planned, month, draft);
    (Month { occurrences, rhythms, masters, holidays: shut, ..Month::default() }, stands)
}

/// Does it take somebody's day?
fn is_planned(asked: &Asked) -> bool {
    use OccurrenceState::{Booked, Done, Planned, Proposed};
    match asked.occurrence.state {
        Planned | Proposed => true,
        Booked | Done => asked.standing.is_some(),
        _ => false,
    }
}

fn visit(occurrence: &Occurrence, standing: &Standing) -> Option<MonthVisit> {
    let master = master_key(*standing.masters.first()?);
    let second = standing.masters.get(1).copied().map(master_key);
    Some(MonthVisit { occurrence: job_key(occurrence), day: number(standing.day), master, second })
}

fn occurrence(
    asked: &Asked,
    today: Date,
    point: Option<&ServicePoint>,
    skills: &mut Words,
) -> solver::Occurrence {
    let (kept, card) = (&asked.occurrence, &asked.card);
    let place = point.map_or(Place::new(0.0, 0.0), |it| Place::new(it.place.lat, it.place.lon));
    let mut told = solver::Occurrence::new(job_key(kept), kept.schedule.key(), place, number(kept.days.due));
    // Nobody goes on a day that has begun: people pin what is in such a hurry.
    let soonest = today.tomorrow().unwrap_or(today);
    told.days = (number(kept.days.first.max(soonest)), number(kept.days.last));
    told.seconds = i64::from(card.minutes) * 60;
    told.skills = card.skills.iter().map(|need| skills.skill(&need.code, need.level)).collect();
    let bound = |how: Binding| {
        let bindings = point.map(|it| it.bindings.as_slice()).unwrap_or_default();
        bindings.iter().filter(move |it| it.how == how).map(|it| master_key(it.master))
    };
    told.required = keys(&card.required);
    if told.required.is_empty() {
        told.required = bound(Binding::Required).collect();
    }
    told.preferred = keys(&card.preferred).into_iter().chain(bound(Binding::Preferred)).collect();
    told.excluded = bound(Binding::Excluded).collect();
    told.second = (card.masters > 1).then(|| SeatDraft {
        skills: Vec::new(),
        required: told.required.clone(),
        excluded: told.excluded.clone(),
    });
    let told_client = matches!(kept.state, OccurrenceState::Booked | OccurrenceState::Done);
    let stands = asked.standing.as_ref().and_then(|it| visit(kept, it));
    told.promised = stands.map(|it| Promise {
        day: it.day,
        master: it.master,
        second: it.second,
        told: told_client,
        fixed: told_client || kept.is_pinned() || !asked.own,
    });
    told
}

/// How near two visits of one schedule may be: half a step apart.
fn rhythms(planned: &[&Asked], month: CalendarMonth, draft: &Draft<'_>) -> Vec<Rhythm> {
    let here: BTreeSet<_> = planned.iter().map(|it| it.occurrence.id).collect();
    let series: BTreeMap<ScheduleId, &Asked> =
        planned.iter().map(|it| (it.occurrence.schedule, *it)).collect();
    let mut last: BTreeMap<ScheduleId, Date> = BTreeMap::new();
    for it in draft.occurrences().filter(|it| it.nominal < month.first() && !here.contains(&it.id)) {
        let served =
            matches!(it.state, OccurrenceState::Booked | OccurrenceState::Done | OccurrenceState::Proposed);
        if let Some(day) = it.appointment.as_ref().filter(|_| served).map(|it| it.day) {
            let known = last.entry(it.schedule).or_insert(day);
            *known = day.max(*known);
        }
    }
    let rhythm = |(id, asked): (&ScheduleId, &&Asked)| Rhythm {
        series: id.key(),
        least: (solver::Day::from(asked.card.rhythm.every.least_days()) / 2).max(1),
        most: FAR,
        last: last.get(id).copied().map(number),
    };
    series.iter().map(rhythm).collect()
}

/// The days that are shown: those of the month, and others on which some of it stands.
pub(super) fn shown(asked: &[Asked], month: CalendarMonth) -> Vec<Date> {
    let stands = asked.iter().filter_map(|it| it.standing.as_ref()).map(|it| it.day);
    let all: BTreeSet<Date> = days(month.first(), month.last()).chain(stands).collect();
    all.into_iter().collect()
}
