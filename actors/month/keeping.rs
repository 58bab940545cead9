//! What the dispatcher does about schedules: keeps a plan of a month, and has days fall due as time goes on.

use crate::dispatch::dispatcher::{Dispatcher, Order};
use actix::{ActorFutureExt, AsyncContext, AtomicResponse, Context, Handler, Message};
use domain::{
    book::draft::{Draft, Kept},
    ports::Batch,
    refusal::Refusal,
    upkeep::{
        calendar_month::CalendarMonth,
        occurrence::{Occurrence, OccurrenceEvent},
    },
    values::id::{Id, MasterId, OccurrenceId},
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use solver::{LeftOut, MonthPlan, MonthVisit};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Days ahead in which what falls due is kept without being asked for.
const AHEAD: i64 = 7;

/// A plan of a month was made.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub(crate) struct KeepPlan {
    pub(crate) order: Order,
    pub(crate) month: CalendarMonth,
    pub(crate) plan: MonthPlan,
    /// The occurrences that were planned, as they were then.
    pub(crate) seen: BTreeMap<OccurrenceId, u64>,
}

fn occurrence(key: solver::JobKey) -> OccurrenceId {
    Id::from_uuid(Uuid::from_u128(key.0))
}
fn masters(visit: &MonthVisit) -> Vec<MasterId> {
    let all = std::iter::once(visit.master).chain(visit.second);
    all.map(|key| Id::from_uuid(Uuid::from_u128(key.0))).collect()
}
fn why(left: LeftOut) -> &'static str {
    match left {
        LeftOut::NoDay => "no_day",
        LeftOut::NoMaster => "no_master",
        LeftOut::Rhythm => "rhythm",
        LeftOut::Full => "full",
    }
}

/// What the plan says of an occurrence, if that is news.
fn news(known: &Occurrence, planned: Option<&MonthVisit>, left: Option<LeftOut>) -> Option<OccurrenceEvent> {
    if let Some(visit) = planned {
        let (day, masters) = (domain::workforce::hours::day_of_number(i64::from(visit.day)), masters(visit));
        let same = known.appointment.as_ref().is_some_and(|it| it.day == day && it.masters == masters);
        return (!same).then_some(OccurrenceEvent::Proposed { day, masters });
    }
    let why = why(left?).to_owned();
    let same = known.appointment.is_none() && known.reason.as_ref() == Some(&why);
    (!same).then_some(OccurrenceEvent::LeftOut { why })
}

impl Dispatcher {
    fn keep_plan(&self, said: &KeepPlan) -> Result<(Batch, Kept, Value), Refusal> {
        let (zone, today) = (self.house.zone(), self.today());
        let mut draft = Draft::new(&self.book, self.house.now(), said.order.seat.login.as_str());
        {
            let directory = self.house.directory.read();
            let days = (said.month.first(), said.month.last());
            draft.catch_up(days, today, Self::bounds(&directory, &zone, today))?;
        }
        let planned: BTreeMap<OccurrenceId, &MonthVisit> =
            said.plan.visits.iter().map(|it| (occurrence(it.occurrence), it)).collect();
        let left: BTreeMap<OccurrenceId, LeftOut> =
            said.plan.left_out.iter().map(|(key, why)| (occurrence(*key), *why)).collect();
        let (mut with_day, mut without, mut overtaken) = (0_usize, 0_usize, 0_usize);
        for (id, ver) in &said.seen {
            let Ok(known) = draft.occurrence(*id).cloned() else { continue };
            // What people did meanwhile stands.
            if known.ver != *ver {
                overtaken += 1;
                continue;
            }
            let (visit, why) = (planned.get(id).copied(), left.get(id).copied());
            with_day += usize::from(visit.is_some());
            without += usize::from(visit.is_none());
            if let Some(event) = news(&known, visit, why) {
                draft.on_occurrence(known, event, today)?;
            }
        }
        let answer = json!({"planned": with_day, "left_out": without, "overtaken": overtaken});
        let (mut batch, kept) = draft.finish();
        (batch.command, batch.answer) = (Some(said.order.command.id.clone()), answer.clone());
        Ok((batch, kept, answer))
    }
    /// A day has begun, or the house was opened: what falls due soon is kept, what is over was missed, and visits that
    /// were far away are near. Is anything to be waited for?
    pub(crate) fn keep_up(&mut self, ctx: &mut Context<Self>) -> bool {
        let today = self.today();
        if self.upkept == Some(today) {
            return false;
        }
        self.upkept = Some(today);
        let near = self.come_near();
        if !near.is_empty() {
            self.keep_moves(&near, ctx);
        }
        match self.due_soon(today) {
            Ok((batch, kept)) if !batch.is_empty() => {
                let carried = self.carry(batch, kept, Value::Null).map(|carried, act: &mut Self, _| {
                    if let Err(refusal) = carried {
                        tracing::warn!(%refusal, "what falls due was not kept: it is looked at again");
                        act.upkept = None;
                    }
                });
                ctx.wait(carried);
                return true;
            }
            Ok(_) => {}
            Err(refusal) => tracing::error!(%refusal, "what falls due could not be told"),
        }
        !near.is_empty()
    }
    fn due_soon(&self, today: Date) -> Result<(Batch, Kept), Refusal> {
        let zone = self.house.zone();
        let mut draft = Draft::new(&self.book, self.house.now(), "clock");
        let directory = self.house.directory.read();
        let last = today.saturating_add(AHEAD.days());
        draft.catch_up((today, last), today, Self::bounds(&directory, &zone, today))?;
        draft.miss_occurrences(today);
        Ok(draft.finish())
    }
    /// Tells the planner of visits whose days have come near.
    fn come_near(&mut self) -> Vec<solver::Delta> {
        let (now, house) = (self.house.now(), self.house.clone());
        let waiting = self.book.visits.values().filter(|it| !it.is_over() && !self.planner.knows(it.id));
        let waiting: Vec<_> = waiting.cloned().collect();
        let directory = house.directory.read();
        let told = waiting.iter().flat_map(|visit| {
            self.planner.sync_visit(visit, directory.points.get(&visit.point), &self.book, now)
        });
        told.collect()
    }
    /// The hours of a day in which a visit of the month is promised: the shift of who leads, or the usual ones.
    pub(super) fn hours_of(&self, day: Date, masters: &[MasterId]) -> domain::values::period::Period {
        let zone = self.house.zone();
        let master = masters.first().and_then(|id| self.book.masters.get(id));
        let usual = || {
            let at = |hour: i8| zone.to_timestamp(day.at(hour, 0, 0, 0)).unwrap_or_default();
            domain::values::period::Period { from: at(9), to: at(18) }
        };
        master.and_then(|it| it.shift_on(day, &zone)).unwrap_or_else(usual)
    }
}

impl Handler<KeepPlan> for Dispatcher {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, said: KeepPlan, _: &mut Context<Self>) -> Self::Result {
        AtomicResponse::new(match self.keep_plan(&said) {
            Ok((batch, kept, answer)) => self.carry(batch, kept, answer),
            Err(refusal) => Box::pin(actix::fut::ready(Err(refusal))),
        })
    }
}
