//! The front desk's commands about the month: shown, planned and tried on a thread of their own, kept by the dispatcher.

use crate::{
    dispatch::{dispatcher::Order, orders::args},
    front_desk::{FrontDesk, gone},
    month::{
        keeping::KeepPlan,
        sheet::{broken_by, sheet, wrong},
        survey::{Look, Survey, Where},
    },
};
use domain::{
    ports::{Command, Seat},
    refusal::Refusal,
    upkeep::calendar_month::CalendarMonth,
    values::id::{MasterId, OccurrenceId},
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use solver::{MonthBudget, TravelTimes, plan_month};
use std::{sync::Arc, time::Duration};

/// How long a month may be planned: less than a screen waits for an answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// Parts of a month that are taken out and put back, at most.
const ITERATIONS: u32 = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    month: CalendarMonth,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    occurrence: OccurrenceId,
    day: Date,
    masters: Option<Vec<MasterId>>,
}

/// Works something out of a survey beside everybody else.
async fn beside<T: Send + 'static>(
    survey: Survey,
    travel: Arc<dyn TravelTimes>,
    work: impl FnOnce(&Survey, &dyn TravelTimes) -> T + Send + 'static,
) -> Result<(T, Survey), Refusal> {
    let done = tokio::task::spawn_blocking(move || {
        let found = work(&survey, &*travel);
        (found, survey)
    });
    let slow = |_| {
        let detail = format!("the month took more than `{}` seconds: try again", PATIENCE.as_secs());
        Refusal::unavailable(detail)
    };
    tokio::time::timeout(PATIENCE, done).await.map_err(slow)?.map_err(gone)
}

impl FrontDesk {
    async fn look(&self, look: Look) -> Result<Survey, Refusal> {
        self.house.desk()?.dispatcher.send(look).await.map_err(gone)?
    }
    /// Commands `month.…` that need more than the book.
    pub(crate) async fn month(&self, seat: Seat, command: Command) -> Result<Value, Refusal> {
        let travel = Arc::clone(&self.house.tuning.travel);
        let dispatcher = &self.house.desk()?.dispatcher;
        match command.name.as_str() {
            "month.show" => {
                let month = args::<Named>(&command)?.month;
                let survey = self.look(Look { month, moved: None }).await?;
                Ok(beside(survey, travel, sheet).await?.0)
            }
            "month.plan" => {
                let month = args::<Named>(&command)?.month;
                let survey = self.look(Look { month, moved: None }).await?;
                let budget = MonthBudget { iterations: ITERATIONS, ..MonthBudget::default() };
                let plan = move |survey: &Survey, travel: &dyn TravelTimes| {
                    plan_month(&survey.problem, travel, budget)
                };
                let (plan, survey) = beside(survey, travel, plan).await?;
                let plan =
                    plan.map_err(|error| Refusal::unavailable(format!("the month has no plan: {error}")))?;
                let open = survey.occurrences.iter().map(|it| (it.own, &it.occurrence));
                let open = open.filter(|(own, it)| *own && it.is_open() && !it.is_pinned());
                let seen = open.map(|(_, it)| (it.id, it.ver)).collect();
                let order = Order { seat, command };
                dispatcher.send(KeepPlan { order, month, plan, seen }).await.map_err(gone)?
            }
            "month.move" => self.try_move(seat, command, travel).await,
            _ => dispatcher.send(Order { seat, command }).await.map_err(gone)?,
        }
    }
    /// An occurrence is put on a day; the answer says what that breaks.
    async fn try_move(
        &self,
        seat: Seat,
        mut command: Command,
        travel: Arc<dyn TravelTimes>,
    ) -> Result<Value, Refusal> {
        let dispatcher = &self.house.desk()?.dispatcher;
        let Moved { occurrence, day, masters } = args(&command)?;
        let (month, known) = dispatcher.send(Where(occurrence)).await.map_err(gone)??;
        let masters = masters.unwrap_or(known);
        let survey = self.look(Look { month, moved: Some((occurrence, day, masters.clone())) }).await?;
        let moved = json!(occurrence);
        let breaks = move |survey: &Survey, travel: &dyn TravelTimes| {
            broken_by(survey, &wrong(survey, travel), &moved)
        };
        let (breaks, _) = beside(survey, travel, breaks).await?;
        command.args["masters"] = json!(masters);
        command.args["breaks"] = json!(breaks);
        dispatcher.send(Order { seat, command }).await.map_err(gone)?
    }
}
