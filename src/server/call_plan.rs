//! The call plan as it is written in the settings: queues with hours in words, made into the plan of the domain.

use anyhow::Context;
use domain::{
    calls::{
        call_plan::{CallPlan, HeadStart, Need, QueueRule, Wish},
        menu::{Menu, Menus, Reception},
    },
    values::calendar::{Calendar, OpenHours},
};
use jiff::civil::{Date, Time};
use serde::Deserialize;

/// A queue of callers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Its name on the wall.
    pub name: String,
    /// The dialled numbers that lead here; none: all that lead nowhere else.
    #[serde(default)]
    pub dids: Vec<String>,
    /// What is asked of an operator.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Seconds of waiting that its callers are given beforehand.
    #[serde(default)]
    pub head_start_seconds: u32,
    /// Whom to ring first; empty: who has been idle longest.
    #[serde(default)]
    pub strategy: Vec<Wish>,
    /// A caller who would wait longer is offered to be called back.
    #[serde(default)]
    pub offer_callback_seconds: Option<u32>,
    /// When it is open; absent: always.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// What its callers hear first: `notice`, `menu`, `closed`.
    #[serde(default)]
    pub reception: Reception,
}

/// When a queue is open.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// IANA zone.
    pub zone: String,
    /// Monday first: `09:00-18:00`, or an empty text for a day off.
    pub week: [String; 7],
    /// Days on which nobody works.
    #[serde(default)]
    pub days_off: Vec<Date>,
    /// Weekend days that work like the first open day of the week.
    #[serde(default)]
    pub moved_in: Vec<Date>,
}

fn open_hours(text: &str) -> anyhow::Result<Option<OpenHours>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || format!("`{text}` are no hours: expected `09:00-18:00` or nothing");
    let (from, to) = text.split_once('-').with_context(wrong)?;
    let time = |text: &str| text.trim().parse::<Time>().with_context(wrong);
    Ok(Some(OpenHours { from: time(from)?, to: time(to)? }))
}

impl Hours {
    fn calendar(&self) -> anyhow::Result<Calendar> {
        let mut week = [None; 7];
        for (day, text) in week.iter_mut().zip(&self.week) {
            *day = open_hours(text)?;
        }
        let calendar = Calendar::new(&self.zone, week)?;
        let calendar = self.days_off.iter().fold(calendar, |known, day| known.with_day_off(*day));
        Ok(self.moved_in.iter().fold(calendar, |known, day| known.with_moved_day(*day)))
    }
}

/// The plan of these queues; without any, one queue takes every call.
pub fn call_plan(queues: &[Queue], head_start: Option<HeadStart>) -> anyhow::Result<CallPlan> {
    let mut plan = CallPlan { head_start: head_start.unwrap_or_default(), ..CallPlan::default() };
    let rules: anyhow::Result<Vec<QueueRule>> = queues.iter().map(rule).collect();
    if !queues.is_empty() {
        plan.queues = rules?;
    }
    Ok(plan.checked()?)
}

/// The menus, of which none leads to nowhere, and which the queues of the plan know.
pub fn menus(menus: &[Menu], plan: &CallPlan) -> anyhow::Result<Menus> {
    let queues: Vec<&str> = plan.queues.iter().map(|queue| queue.name.as_str()).collect();
    let menus = Menus::new(menus.to_vec(), &queues)?;
    for queue in &plan.queues {
        for name in queue.reception.menu.iter().chain(&queue.reception.closed) {
            anyhow::ensure!(
                menus.knows(name),
                "the queue `{}` begins with the menu `{name}`, which is not there: expected a known menu",
                queue.name
            );
        }
    }
    Ok(menus)
}

fn rule(queue: &Queue) -> anyhow::Result<QueueRule> {
    let hours = queue.hours.as_ref().map(Hours::calendar).transpose();
    let mut rule = QueueRule {
        dids: queue.dids.clone(),
        needs: queue.needs.clone(),
        head_start_seconds: queue.head_start_seconds,
        hours: hours.with_context(|| format!("the hours of the queue `{}`", queue.name))?,
        offer_callback_seconds: queue.offer_callback_seconds,
        reception: queue.reception.clone(),
        ..QueueRule::open(&queue.name)
    };
    if !queue.strategy.is_empty() {
        rule.strategy.clone_from(&queue.strategy);
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        queue: Vec<Queue>,
    }
    fn read(text: &str) -> anyhow::Result<CallPlan> {
        call_plan(&toml::from_str::<File>(text)?.queue, None)
    }

    #[test]
    fn queues_are_written_as_data() {
        let plan = read(
            r#"[[queue]]
            name = "kkt"
            dids = ["+74950000001"]
            needs = [{ skill = "kkt", level = 2, relax_seconds = 60 }]
            strategy = ["owner", "just_enough", "longest_idle"]
            [queue.hours]
            zone = "Europe/Moscow"
            week = ["09:00-18:00", "09:00-18:00", "09:00-18:00", "09:00-18:00", "09:00-17:00", "", ""]
            days_off = ["2026-01-01"]
            [[queue]]
            name = "main""#,
        )
        .expect("a plan");
        let open = |text: &str| plan.queues[0].is_open(text.parse().expect("an instant"));
        assert!(open("2026-03-02T09:00:00+03:00") && !open("2026-03-02T08:59:59+03:00"));
        assert!(!open("2026-01-01T12:00:00+03:00") && !open("2026-03-07T12:00:00+03:00"));
        assert_eq!((plan.queue_of("+74950000001"), plan.queue_of("+7")), (0, 1));
        assert_eq!(plan.queues[1].strategy, [Wish::LongestIdle]);
    }

    #[test]
    fn hours_that_are_none_are_refused_with_their_queue() {
        let text = "[[queue]]\nname = \"a\"\n[queue.hours]\nzone = \"UTC\"\nweek = [\"nine\", \"\", \"\", \"\", \"\", \"\", \"\"]";
        let error = format!("{:#}", read(text).expect_err("no hours"));
        assert_eq!(
            error,
            "the hours of the queue `a`: `nine` are no hours: expected `09:00-18:00` or nothing"
        );
    }

    #[test]
    fn without_queues_one_takes_every_call() {
        assert_eq!(call_plan(&[], None).expect("the default"), CallPlan::default());
    }
}
