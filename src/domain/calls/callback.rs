//! A task to call back somebody who was not answered (`domain.md` 3.4.1); one per number in thirty minutes.

use crate::{
    calls::campaign::CampaignCall,
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{CallId, CallbackId, CallbackKind, ClientId, Id, OperatorId},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many times they are called before the task is over.
pub const MOST_TRIES: u32 = 3;
/// How long to wait after the first try that was not answered; every further wait is twice as long.
pub const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// Life of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Nobody has it.
    New,
    /// Somebody does.
    Taken,
    /// It rings at theirs.
    Dialing,
    /// They were reached.
    Done,
    /// They did not answer; may be tried again.
    NoAnswer,
    /// They rang themselves.
    Cancelled,
}

/// Somebody waits for our call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Identity.
    pub id: CallbackId,
    /// Version.
    pub ver: u64,
    /// Life.
    pub state: CallbackState,
    /// The number.
    pub phone: String,
    /// Who it is.
    pub client: Option<ClientId>,
    /// The missed call; `None`: an attempt of a campaign.
    #[serde(default)]
    pub call: Option<CallId>,
    /// Since when they wait.
    pub since: Timestamp,
    /// How many missed calls stand behind it.
    pub attempts: u32,
    /// Who took it.
    pub operator: Option<OperatorId>,
    /// How many times they were called and did not answer.
    #[serde(default)]
    pub tries: u32,
    /// The place in the line that they keep; `None`: a missed call.
    #[serde(default)]
    pub place: Option<KeptPlace>,
    /// What is to be said, when a campaign has the house ring: such a task is one attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<CampaignCall>,
}

/// A place in the line that is kept by who is called back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPlace {
    /// Since when they stand in it.
    pub since: Timestamp,
    /// Seconds of waiting given beforehand.
    pub head_start: i64,
    /// The queue, by name.
    pub queue: String,
}

/// What has happened to the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallbackEvent {
    /// A call was missed.
    Created,
    /// Another one from the same number.
    Repeated,
    /// Somebody took it.
    Taken {
        /// Who.
        operator: OperatorId,
    },
    /// It rings at theirs.
    Dialed,
    /// They were called.
    Finished {
        /// Were they reached?
        reached: bool,
    },
    /// Who took it did not come to it.
    Returned,
    /// They rang themselves.
    Cancelled,
}

impl CallbackEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "callback.created",
            Self::Repeated => "callback.repeated",
            Self::Taken { .. } => "callback.taken",
            Self::Dialed => "callback.dialed",
            Self::Finished { .. } => "callback.finished",
            Self::Returned => "callback.returned",
            Self::Cancelled => "callback.cancelled",
        }
    }
}

impl Callback {
    /// Does somebody still wait?
    pub fn is_open(&self) -> bool {
        match self.state {
            CallbackState::New | CallbackState::Taken | CallbackState::Dialing => true,
            CallbackState::NoAnswer => self.tries < MOST_TRIES && self.about.is_none(),
            CallbackState::Done | CallbackState::Cancelled => false,
        }
    }
    /// Not to be called again before this, when the last try was at `tried`; the waits grow.
    pub fn next_try(&self, tried: Timestamp) -> Option<Timestamp> {
        let again = self.state == CallbackState::NoAnswer && self.is_open();
        again.then(|| tried + FIRST_WAIT * (1i32 << self.tries.saturating_sub(1).min(8)))
    }
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// The state says no.
    pub fn decide(&self, event: CallbackEvent) -> Result<CallbackEvent, Refusal> {
        let fits = match event {
            CallbackEvent::Created => self.ver == 0 && self.state == CallbackState::New,
            _ if self.ver == 0 => false,
            CallbackEvent::Taken { .. } => {
                self.is_open() && matches!(self.state, CallbackState::New | CallbackState::NoAnswer)
            }
            CallbackEvent::Dialed | CallbackEvent::Returned => self.state == CallbackState::Taken,
            CallbackEvent::Finished { .. } => {
                matches!(self.state, CallbackState::Taken | CallbackState::Dialing)
            }
            CallbackEvent::Repeated | CallbackEvent::Cancelled => self.is_open(),
        };
        if fits {
            return Ok(event);
        }
        Err(Refusal::state(
            "callback-state",
            format!("the callback is `{:?}`: `{}` is not possible", self.state, event.name()),
        ))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &CallbackEvent) {
        self.ver += 1;
        match event {
            CallbackEvent::Created => {}
            CallbackEvent::Repeated => self.attempts += 1,
            CallbackEvent::Taken { operator } => {
                (self.state, self.operator) = (CallbackState::Taken, Some(*operator))
            }
            CallbackEvent::Dialed => self.state = CallbackState::Dialing,
            CallbackEvent::Finished { reached: true } => self.state = CallbackState::Done,
            CallbackEvent::Finished { reached: false } => {
                self.state = CallbackState::NoAnswer;
                self.tries += 1;
            }
            CallbackEvent::Returned => (self.state, self.operator) = (CallbackState::New, None),
            CallbackEvent::Cancelled => self.state = CallbackState::Cancelled,
        }
    }
}

impl Entity for Callback {
    const TABLE: Table = Table::Callback;
    type Kind = CallbackKind;
    fn id(&self) -> Id<CallbackKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
