//! A queue of callers as people write it: hours in words, numbers as they are dialled.

use crate::{
    calls::{
        call_plan::{Need, QueueRule, Wish},
        menu::Reception,
    },
    lines::trunk::dialable,
    values::calendar::{Calendar, InvalidCalendar, OpenHours},
};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// A queue of callers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// A queue that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQueue {
    /// It has no name.
    #[error("a queue has no name: expected what the wall shows")]
    NoName,
    /// Hours that are none.
    #[error("the hours of the queue `{queue}`: `{text}` are no hours: expected `09:00-18:00` or nothing")]
    Hours {
        /// Which.
        queue: String,
        /// What was given.
        text: String,
    },
    /// A week or a zone that is none.
    #[error("the hours of the queue `{queue}`: {why}")]
    Calendar {
        /// Which.
        queue: String,
        /// What is wrong.
        why: InvalidCalendar,
    },
    /// A number that is none.
    #[error("the queue `{queue}`: `{did}` is no number: expected 2 to 18 digits, with a plus or without")]
    Number {
        /// Which.
        queue: String,
        /// What was given.
        did: String,
    },
    /// A level that no operator has.
    #[error("the queue `{queue}` asks for `{skill}` of level `{level}`: expected 1 to 3")]
    Level {
        /// Which.
        queue: String,
        /// Of what.
        skill: String,
        /// What was given.
        level: u8,
    },
    /// A skill without a name.
    #[error("the queue `{queue}` asks for a skill without a name: expected its code")]
    NoSkill {
        /// Which.
        queue: String,
    },
    /// A wish that decides nothing, having been asked before.
    #[error("the queue `{queue}` names the wish `{wish:?}` twice: expected each once")]
    SameWish {
        /// Which.
        queue: String,
        /// What.
        wish: Wish,
    },
}

fn open_hours(text: &str) -> Option<Option<OpenHours>> {
    if text.trim().is_empty() {
        return Some(None);
    }
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| text.trim().parse::<Time>().ok();
    Some(Some(OpenHours { from: time(from)?, to: time(to)? }))
}

impl Hours {
    fn calendar(&self, queue: &str) -> Result<Calendar, InvalidQueue> {
        let mut week = [None; 7];
        for (day, text) in week.iter_mut().zip(&self.week) {
            let wrong = || InvalidQueue::Hours { queue: queue.into(), text: text.clone() };
            *day = open_hours(text).ok_or_else(wrong)?;
        }
        let calendar = Calendar::new(&self.zone, week)
            .map_err(|why| InvalidQueue::Calendar { queue: queue.into(), why })?;
        let calendar = self.days_off.iter().fold(calendar, |known, day| known.with_day_off(*day));
        Ok(self.moved_in.iter().fold(calendar, |known, day| known.with_moved_day(*day)))
    }
}

impl Queue {
    /// A queue that takes every call at every hour.
    pub fn open(name: &str) -> Self {
        Self {
            name: name.into(),
            dids: vec![],
            needs: vec![],
            head_start_seconds: 0,
            strategy: vec![],
            offer_callback_seconds: None,
            hours: None,
            reception: Reception::default(),
        }
    }
    /// The rule by which its callers are served.
    ///
    /// # Errors
    /// The first thing that is wrong, with the name of the queue.
    pub fn rule(&self) -> Result<QueueRule, InvalidQueue> {
        let queue = self.name.clone();
        if queue.trim().is_empty() {
            return Err(InvalidQueue::NoName);
        }
        if let Some(did) = self.dids.iter().find(|did| !dialable(did)) {
            return Err(InvalidQueue::Number { queue, did: did.clone() });
        }
        for Need { skill, level, .. } in &self.needs {
            if skill.trim().is_empty() {
                return Err(InvalidQueue::NoSkill { queue });
            }
            if !(1..=3).contains(level) {
                return Err(InvalidQueue::Level { queue, skill: skill.clone(), level: *level });
            }
        }
        let again = |at: usize| self.strategy[..at].contains(&self.strategy[at]);
        if let Some(at) = (0..self.strategy.len()).find(|at| again(*at)) {
            return Err(InvalidQueue::SameWish { queue, wish: self.strategy[at] });
        }
        let mut rule = QueueRule {
            dids: self.dids.clone(),
            needs: self.needs.clone(),
            head_start_seconds: self.head_start_seconds,
            hours: self.hours.as_ref().map(|hours| hours.calendar(&queue)).transpose()?,
            offer_callback_seconds: self.offer_callback_seconds,
            reception: self.reception.clone(),
            ..QueueRule::open(&queue)
        };
        if !self.strategy.is_empty() {
            rule.strategy.clone_from(&self.strategy);
        }
        Ok(rule)
    }
}
