//! The call plan: which queue a dialled number leads to, what it asks of an operator, when it is open. Data, not code.

use crate::{calls::menu::Reception, values::calendar::Calendar};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What an operator can do on the telephone, and how well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallSkill {
    /// `english`, `kkt`, `agreements`.
    pub code: String,
    /// 1 learner … 3 expert.
    pub level: u8,
}

/// What a queue asks of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The skill.
    pub skill: String,
    /// The lowest level that will do.
    pub level: u8,
    /// Anybody will do after so many seconds of waiting; `None`: never.
    #[serde(default)]
    pub relax_seconds: Option<u32>,
}

/// What makes one free operator better than another for a caller; the first that tells two apart decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Who took the caller's open order.
    Owner,
    /// Who talked with the caller last.
    LastOperator,
    /// Who knows the wanted skills best.
    BestSkill,
    /// Who knows them just well enough: experts stay free for those who need them.
    JustEnough,
    /// Who has been idle longest.
    LongestIdle,
    /// Who has talked the smallest share of the time at work.
    LeastOccupied,
}

/// Seconds of waiting that a caller is given beforehand, by who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadStart {
    /// A client who is served before others.
    pub vip_seconds: u32,
    /// A client under an agreement.
    pub agreement_seconds: u32,
    /// A client with a promise that is about to be broken: all of it when it is broken, nothing an hour before.
    pub promise_seconds: u32,
}

impl Default for HeadStart {
    fn default() -> Self {
        Self { vip_seconds: 86_400, agreement_seconds: 0, promise_seconds: 0 }
    }
}

/// What is known of a caller before anybody answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallerRank {
    /// Is served before others.
    pub vip: bool,
    /// Is under an agreement.
    pub agreement: bool,
    /// The nearest promise that is still open: when it is broken.
    pub due: Option<Timestamp>,
}

impl HeadStart {
    /// The share of the last hour before a promise is broken counts in full when it is broken.
    const URGENT_SECONDS: i64 = 3600;
    /// The seconds of a caller.
    pub fn of(&self, caller: CallerRank, now: Timestamp) -> i64 {
        let flag = |is: bool, seconds: u32| if is { i64::from(seconds) } else { 0 };
        let promise = caller.due.map_or(0, |due| {
            let left = due.duration_since(now).as_secs().clamp(0, Self::URGENT_SECONDS);
            i64::from(self.promise_seconds) * (Self::URGENT_SECONDS - left) / Self::URGENT_SECONDS
        });
        flag(caller.vip, self.vip_seconds) + flag(caller.agreement, self.agreement_seconds) + promise
    }
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRule {
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
    /// Whom to ring first.
    #[serde(default = "QueueRule::longest_idle")]
    pub strategy: Vec<Wish>,
    /// When it is open; `None`: always.
    #[serde(default)]
    pub hours: Option<Calendar>,
    /// What its callers hear first.
    #[serde(default)]
    pub reception: Reception,
    /// A caller who would wait longer is offered to be called back; `None`: never.
    #[serde(default)]
    pub offer_callback_seconds: Option<u32>,
}

impl QueueRule {
    fn longest_idle() -> Vec<Wish> {
        vec![Wish::LongestIdle]
    }
    /// A queue that takes every call at every hour.
    pub fn open(name: &str) -> Self {
        Self {
            name: name.into(),
            dids: vec![],
            needs: vec![],
            head_start_seconds: 0,
            strategy: Self::longest_idle(),
            hours: None,
            reception: Reception::default(),
            offer_callback_seconds: None,
        }
    }
    /// Does it take calls at that instant?
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.is_open(at))
    }
    /// What is asked of an operator by a caller who has waited so long.
    pub fn needs_after(&self, waited: SignedDuration) -> impl Iterator<Item = &Need> {
        let lapsed = move |need: &&Need| {
            need.relax_seconds.is_none_or(|seconds| waited < SignedDuration::from_secs(i64::from(seconds)))
        };
        self.needs.iter().filter(lapsed)
    }
}

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallPlan {
    /// The queues; there is at least one.
    pub queues: Vec<QueueRule>,
    /// What a caller is given beforehand.
    #[serde(default)]
    pub head_start: HeadStart,
}

/// The plan leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCallPlan {
    /// There is no queue.
    #[error("the call plan has no queue: expected one at least")]
    NoQueue,
    /// Two queues of one name.
    #[error("the queue `{name}` stands twice in the call plan: expected a name of its own")]
    SameName {
        /// The name.
        name: String,
    },
    /// A number leads to two queues.
    #[error("the number `{did}` leads to `{first}` and to `{second}`: expected one queue")]
    SameNumber {
        /// The number.
        did: String,
        /// One queue.
        first: String,
        /// The other.
        second: String,
    },
    /// A queue that rings nobody first.
    #[error("the queue `{name}` has no strategy: expected one wish at least")]
    NoStrategy {
        /// The queue.
        name: String,
    },
}

impl Default for CallPlan {
    fn default() -> Self {
        Self { queues: vec![QueueRule::open("main")], head_start: HeadStart::default() }
    }
}

impl CallPlan {
    /// Refuses a plan by which a call could be lost.
    ///
    /// # Errors
    /// No queue, two of one name, a number in two queues, or a queue without a strategy.
    pub fn checked(self) -> Result<Self, InvalidCallPlan> {
        if self.queues.is_empty() {
            return Err(InvalidCallPlan::NoQueue);
        }
        for (place, queue) in self.queues.iter().enumerate() {
            if queue.strategy.is_empty() {
                return Err(InvalidCallPlan::NoStrategy { name: queue.name.clone() });
            }
            for other in &self.queues[..place] {
                if other.name == queue.name {
                    return Err(InvalidCallPlan::SameName { name: queue.name.clone() });
                }
                if let Some(did) = queue.dids.iter().find(|did| other.dids.contains(did)) {
                    return Err(InvalidCallPlan::SameNumber {
                        did: did.clone(),
                        first: other.name.clone(),
                        second: queue.name.clone(),
                    });
                }
            }
        }
        Ok(self)
    }
    /// The plan of a city whose clock runs faster: so many of its seconds pass in one of a caller's.
    #[must_use]
    pub fn faster(mut self, lapse: f64) -> Self {
        let scaled = |seconds: &mut u32| *seconds = (f64::from(*seconds) * lapse.max(0.0)) as u32;
        for queue in &mut self.queues {
            scaled(&mut queue.head_start_seconds);
            queue.offer_callback_seconds.iter_mut().for_each(scaled);
            queue.needs.iter_mut().filter_map(|need| need.relax_seconds.as_mut()).for_each(scaled);
        }
        scaled(&mut self.head_start.vip_seconds);
        scaled(&mut self.head_start.agreement_seconds);
        scaled(&mut self.head_start.promise_seconds);
        self
    }
    /// The place of the queue that a dialled number leads to: its own, else the first that takes all, else the first.
    pub fn queue_of(&self, did: &str) -> usize {
        let own = self.queues.iter().position(|queue| queue.dids.iter().any(|known| known == did));
        own.or_else(|| self.queues.iter().position(|queue| queue.dids.is_empty())).unwrap_or(0)
    }
    /// The place of a queue by its name.
    pub fn queue_named(&self, name: &str) -> Option<usize> {
        self.queues.iter().position(|queue| queue.name == name)
    }
}
