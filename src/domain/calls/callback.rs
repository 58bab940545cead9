//! A task to call back somebody who was not answered; one per number in thirty minutes.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{CallId, CallbackId, CallbackKind, ClientId, Id, OperatorId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Life of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Nobody has it.
    New,
    /// Somebody does.
    Taken,
    /// They were reached.
    Done,
    /// They did not answer.
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
    /// The missed call.
    pub call: CallId,
    /// Since when they wait.
    pub since: Timestamp,
    /// How many missed calls stand behind it.
    pub attempts: u32,
    /// Who took it.
    pub operator: Option<OperatorId>,
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
    /// It is over.
    Finished {
        /// Were they reached?
        reached: bool,
    },
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
            Self::Finished { .. } => "callback.finished",
            Self::Cancelled => "callback.cancelled",
        }
    }
}

impl Callback {
    /// Does somebody still wait?
    pub fn is_open(&self) -> bool {
        matches!(self.state, CallbackState::New | CallbackState::Taken)
    }
    /// Decides; changes nothing.
    pub fn decide(&self, event: CallbackEvent) -> Result<CallbackEvent, Refusal> {
        let fits = match event {
            CallbackEvent::Created => self.ver == 0,
            CallbackEvent::Taken { .. } => self.state == CallbackState::New,
            CallbackEvent::Finished { .. } => self.state == CallbackState::Taken,
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
            CallbackEvent::Finished { reached: true } => self.state = CallbackState::Done,
            CallbackEvent::Finished { reached: false } => self.state = CallbackState::NoAnswer,
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
