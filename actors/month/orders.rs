//! Commands about schedules of agreements and their days, decided on the dispatcher's book.

use crate::{
    dispatch::{
        dispatcher::{Dispatcher, Order},
        orders::{Decided, args, call_out, changed},
    },
    month::calendars,
};
use domain::{
    book::{draft::Draft, intake::Intake},
    ports::Command,
    refusal::Refusal,
    requests::request::{Priority, RequestSort},
    upkeep::{
        calendar_month::CalendarMonth,
        occurrence::{Occurrence, OccurrenceEvent, OccurrenceState},
        schedule::{ScheduleCard, ScheduleEvent, ServiceSchedule},
    },
    values::id::{AgreementId, ClientId, MasterId, OccurrenceId, ScheduleId, UnitId},
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    schedule: Option<ScheduleId>,
    agreement: AgreementId,
    card: ScheduleCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    schedule: ScheduleId,
    #[serde(default)]
    reason: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    client: Option<ClientId>,
    agreement: Option<AgreementId>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    occurrence: OccurrenceId,
    day: Date,
    masters: Vec<MasterId>,
    /// Put in by the front desk.
    #[serde(default)]
    breaks: Value,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    occurrence: OccurrenceId,
    #[serde(default)]
    reason: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    month: CalendarMonth,
}

/// Is it one of these commands?
pub(crate) fn knows(name: &str) -> bool {
    name.starts_with("schedule.") || name.starts_with("month.")
}

/// Decides on the dispatcher's book.
pub(crate) fn decide(desk: &Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let command = &order.command;
    let mut draft = Draft::new(&desk.book, desk.house.now(), order.seat.login.as_str());
    let (zone, today) = (desk.house.zone(), desk.today());
    let answer = match command.name.as_str() {
        "schedule.list" => return list(desk, &args(command)?).map(Decided::Answer),
        "month.confirm" => confirm(desk, &mut draft, args::<Confirm>(command)?.month)?,
        name if name.starts_with("schedule.") => schedule(desk, &mut draft, command)?,
        name => {
            let directory = desk.house.directory.read();
            let bounds = Dispatcher::bounds(&directory, &zone, today);
            let (id, event, answer) = deed(desk, name, command)?;
            draft.on_asked(id, event, today, bounds)?;
            let rev = draft.occurrence(id)?.ver;
            json!({"rev": rev, "breaks": answer})
        }
    };
    Ok(changed(draft, answer))
}

/// What a person does with one occurrence.
fn deed(
    desk: &Dispatcher,
    name: &str,
    command: &Command,
) -> Result<(OccurrenceId, OccurrenceEvent, Value), Refusal> {
    Ok(match name {
        "month.move" => {
            let Move { occurrence, day, masters, breaks } = args(command)?;
            let gone = |id: &&MasterId| desk.book.masters.get(*id).is_none_or(|it| it.left);
            if let Some(gone) = masters.iter().find(gone) {
                return Err(Refusal::unknown("master", gone));
            }
            (occurrence, OccurrenceEvent::Pinned { day, masters }, breaks)
        }
        "month.release" => (args::<One>(command)?.occurrence, OccurrenceEvent::Released, json!([])),
        "month.skip" => {
            let One { occurrence, reason } = args(command)?;
            (occurrence, OccurrenceEvent::Skipped { reason: reason.trim().to_owned() }, json!([]))
        }
        other => return Err(Refusal::unknown("command", other)),
    })
}

fn schedule(desk: &Dispatcher, draft: &mut Draft<'_>, command: &Command) -> Result<Value, Refusal> {
    let directory = desk.house.directory.read();
    let (schedule, event) = match command.name.as_str() {
        "schedule.write" => {
            let Write { schedule, agreement, card } = args(command)?;
            let bound = directory.agreements.get(&agreement);
            let bound = bound.ok_or_else(|| Refusal::unknown("agreement", agreement))?;
            let card = card.checked(bound)?;
            named(desk, &directory, &card, bound.client)?;
            let fresh = || ServiceSchedule::new(desk.house.fresh(), agreement, card.clone());
            let known = schedule.map(|id| draft.schedule(id).cloned()).transpose()?;
            let known = known.unwrap_or_else(fresh);
            if known.agreement != agreement {
                let detail = format!(
                    "the schedule is of agreement `{}`: expected that one, not `{agreement}`",
                    known.agreement
                );
                return Err(Refusal::invalid("foreign-schedule", detail));
            }
            (known, ScheduleEvent::Written { card })
        }
        name => {
            let Which { schedule, reason } = args(command)?;
            let reason = reason.trim().to_owned();
            let event = match name {
                "schedule.pause" => ScheduleEvent::Paused { reason },
                "schedule.resume" => ScheduleEvent::Resumed,
                "schedule.end" => ScheduleEvent::Ended { reason },
                other => return Err(Refusal::unknown("command", other)),
            };
            (draft.schedule(schedule)?.clone(), event)
        }
    };
    if let Some(rev) = command.rev.filter(|rev| *rev != schedule.ver) {
        return Err(Refusal::stale("the schedule", rev, schedule.ver).with_current(row(&schedule)));
    }
    let id = schedule.id;
    draft.on_schedule(schedule, event)?;
    let (zone, today) = (desk.house.zone(), desk.today());
    draft.follow_schedule(id, today, |it| calendars::bounds(&directory, it, &zone, today))?;
    Ok(json!({"schedule": id, "rev": draft.schedule(id)?.ver}))
}

/// Refuses what a card names and the house does not know.
fn named(
    desk: &Dispatcher,
    directory: &crate::directory::Directory,
    card: &ScheduleCard,
    client: ClientId,
) -> Result<(), Refusal> {
    let point = directory.points.get(&card.point).ok_or_else(|| Refusal::unknown("point", card.point))?;
    if point.client != client {
        let detail = format!("point `{}` is not of client `{client}`: expected one of theirs", card.point);
        return Err(Refusal::invalid("foreign-point", detail));
    }
    if let Some(unit) = card.unit {
        let known = directory.units.get(&unit).ok_or_else(|| Refusal::unknown("unit", unit))?;
        known.in_use()?;
        if known.point != card.point {
            let detail =
                format!("unit `{unit}` stands at point `{}`: expected one at `{}`", known.point, card.point);
            return Err(Refusal::invalid("foreign-unit", detail));
        }
    }
    let odd = card.preferred.iter().chain(&card.required);
    let mut odd = odd.filter(|id| desk.book.masters.get(*id).is_none_or(|it| it.left));
    odd.next().map_or(Ok(()), |id| Err(Refusal::unknown("master", id)))
}

fn row(schedule: &ServiceSchedule) -> Value {
    json!({
        "id": schedule.id, "rev": schedule.ver, "agreement": schedule.agreement, "state": schedule.state,
        "card": schedule.card,
    })
}

/// Schedules of a client or of an agreement, with the next day of each.
fn list(desk: &Dispatcher, asked: &List) -> Result<Value, Refusal> {
    if asked.client.is_none() && asked.agreement.is_none() {
        let detail = "neither `client` nor `agreement` is named: expected one of them";
        return Err(Refusal::invalid("arguments", detail));
    }
    let (directory, today) = (desk.house.directory.read(), desk.today());
    let of = |it: &&ServiceSchedule| {
        let client = directory.agreements.get(&it.agreement).map(|it| it.client);
        asked.agreement.is_none_or(|id| it.agreement == id)
            && asked.client.is_none_or(|id| client == Some(id))
    };
    let mut found: Vec<&ServiceSchedule> = desk.book.schedules.values().filter(of).collect();
    found.sort_by(|a, b| a.card.title.cmp(&b.card.title).then(a.id.cmp(&b.id)));
    let next = |schedule: &ServiceSchedule| {
        let due =
            desk.book.occurrences.values().filter(|it| it.schedule == schedule.id && it.days.last >= today);
        let open = due.filter(|it| it.is_open() || it.state == OccurrenceState::Booked);
        let kept = open.map(|it| it.appointment.as_ref().map_or(it.days.due, |it| it.day)).min();
        let last = today.saturating_add(jiff::Span::new().days(400));
        kept.or_else(|| schedule.card.rhythm.between(today, last).next())
    };
    let rows = found.into_iter().map(|it| {
        let mut row = row(it);
        row["next"] = json!(next(it));
        row
    });
    Ok(json!({"schedules": rows.collect::<Vec<_>>()}))
}

/// Everything of the month that has a day becomes a request, an order and a visit, all at once.
fn confirm(desk: &Dispatcher, draft: &mut Draft<'_>, month: CalendarMonth) -> Result<Value, Refusal> {
    let directory = desk.house.directory.read();
    let (now, today) = (desk.house.now(), desk.today());
    let proposed = |it: &&Occurrence| month.has(it.nominal) && it.state == OccurrenceState::Proposed;
    let proposed: Vec<Occurrence> = draft.occurrences().filter(proposed).cloned().collect();
    let (mut booked, mut left) = (Vec::new(), 0_usize);
    for occurrence in &proposed {
        let Some(appointment) = &occurrence.appointment else { continue };
        let window = desk.hours_of(appointment.day, &appointment.masters);
        let schedule = draft.schedule(occurrence.schedule)?.clone();
        let point = directory.points.get(&schedule.card.point);
        let Some(point) = point.filter(|_| window.to > now && appointment.day >= today) else {
            left += 1;
            continue;
        };
        let whose = |id: UnitId| directory.units.get(&id).filter(|unit| !unit.is_scrap());
        let ids = (desk.house.fresh(), desk.house.fresh(), desk.house.fresh());
        let intake = Intake {
            point,
            unit: schedule.card.unit.and_then(whose),
            agreement: directory.agreements.get(&schedule.agreement),
            kind: RequestSort::Maintenance,
            symptom: schedule.card.title.clone(),
            priority: Priority::Normal,
            usual: None,
            masters: schedule.card.masters,
            call: None,
            call_out: call_out(desk, point),
            ids,
        };
        draft.book_occurrence(occurrence, &schedule.card, &intake, window, today)?;
        booked.push(ids.2);
    }
    Ok(json!({"orders": booked.len(), "visits": booked, "left": left}))
}
