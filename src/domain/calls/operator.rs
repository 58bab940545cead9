//! An operator of the call centre: what they talk on, what they can do, what they are doing.

use crate::{
    calls::call_plan::CallSkill,
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{CallId, Id, OperatorId, OperatorKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an operator is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Not there.
    Offline,
    /// Waits for a call.
    Ready,
    /// Is being rung.
    Ringing,
    /// Talks.
    Busy,
    /// Writes the call down.
    WrapUp,
    /// Did not answer, or asked for a moment.
    NotReady,
    /// Rests.
    Break,
}

/// On what an operator talks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "account", rename_all = "snake_case")]
pub enum Device {
    /// The browser's microphone.
    Browser,
    /// A registered SIP phone.
    Phone(String),
}

/// An operator's seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Identity.
    pub id: OperatorId,
    /// Version.
    pub ver: u64,
    /// The name colleagues see.
    pub name: String,
    /// What they talk on.
    pub device: Device,
    /// What they are doing.
    pub presence: Presence,
    /// Why they are not ready.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// The call in hand.
    pub call: Option<CallId>,
    /// Works by itself in a demo city.
    pub robot: bool,
    /// What they can do on the telephone.
    #[serde(default)]
    pub skills: Vec<CallSkill>,
    /// A supervisor's seat: has a line of its own to listen by, is asked by colleagues and takes calls over, but no
    /// caller of a queue is brought to it.
    #[serde(default)]
    pub supervises: bool,
}

/// What has happened to an operator's presence (`presence.changed`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceChanged {
    /// What they are doing now.
    pub to: Presence,
    /// Why, when not ready.
    pub reason: Option<String>,
    /// The call in hand.
    pub call: Option<CallId>,
}

impl Presence {
    /// Is a call in hand?
    pub const fn has_call(self) -> bool {
        matches!(self, Self::Ringing | Self::Busy | Self::WrapUp)
    }
    /// The table of transitions (`domain.md` 3.4.1): a call goes through ringing, talk and wrap-up; who has none
    /// chooses; a call that is gone leaves the operator ready or not ready.
    pub const fn may_become(self, to: Self) -> bool {
        use Presence::{Busy, NotReady, Ready, Ringing, WrapUp};
        match (self, to) {
            (Ready, Ringing) | (Ringing, Busy) | (Busy, WrapUp) => true,
            (Ringing | Busy | WrapUp, Ready | NotReady) => true,
            (Ringing | Busy | WrapUp, _) | (_, Ringing | Busy | WrapUp) => false,
            _ => true,
        }
    }
}

impl Operator {
    /// Decides on another presence; a call is in hand while it rings, is talked or written down, and only then.
    ///
    /// # Errors
    /// A call is in hand and must be finished first, or there is none to be rung with.
    pub fn become_(
        &self,
        to: Presence,
        reason: Option<String>,
        call: Option<CallId>,
    ) -> Result<PresenceChanged, Refusal> {
        let same_call = !self.presence.has_call() || call.is_none() || call == self.call;
        if !self.presence.may_become(to) || !same_call {
            let detail = format!("the operator is `{:?}`: `{to:?}` is not possible", self.presence);
            return Err(Refusal::state("operator-busy", detail));
        }
        if to.has_call() != call.is_some() {
            let detail = format!("`{to:?}` with the call `{call:?}`: expected a call in hand, and only then");
            return Err(Refusal::invalid("operator-call", detail));
        }
        Ok(PresenceChanged { to, reason, call })
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &PresenceChanged, at: Timestamp) {
        self.ver += 1;
        self.since = at;
        (self.presence, self.call) = (event.to, event.call);
        self.reason.clone_from(&event.reason);
    }
}

impl Entity for Operator {
    const TABLE: Table = Table::Operator;
    type Kind = OperatorKind;
    fn id(&self) -> Id<OperatorKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
