//! An operator of the call centre and the pure match of callers with operators.

use crate::{
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

/// A caller in the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The call.
    pub call: CallId,
    /// Since when; kept over requeues, so that nobody loses the place.
    pub since: Timestamp,
    /// Served before others.
    pub first: bool,
    /// Operators who let it ring.
    pub missed_by: Vec<OperatorId>,
}

/// Pairs callers with ready operators: callers by priority and time, operators by longest idle.
/// An operator who let this very call ring gets it again only when nobody else is ready.
pub fn match_callers(waiting: &[Waiting], ready: &[(OperatorId, Timestamp)]) -> Vec<(CallId, OperatorId)> {
    let mut line: Vec<&Waiting> = waiting.iter().collect();
    line.sort_by_key(|w| (!w.first, w.since, w.call));
    let mut idle: Vec<(OperatorId, Timestamp)> = ready.to_vec();
    idle.sort_by_key(|(operator, since)| (*since, *operator));
    let mut pairs = Vec::new();
    for caller in line {
        let fresh = idle.iter().position(|(operator, _)| !caller.missed_by.contains(operator));
        let Some(place) = fresh.or(if idle.is_empty() { None } else { Some(0) }) else { break };
        pairs.push((caller.call, idle.remove(place).0));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn nobody_waits_while_somebody_is_ready(callers in 0u128..20, operators in 0u128..20, vip in any::<u32>()) {
            let at = |s: u128| Timestamp::from_second(s as i64).expect("in range");
            let waiting: Vec<Waiting> = (0..callers).map(|i| Waiting {
                call: CallId::from_uuid(Uuid::from_u128(i)), since: at(i), first: vip >> (i % 32) & 1 == 1, missed_by: vec![] }).collect();
            let ready: Vec<_> = (0..operators).map(|i| (OperatorId::from_uuid(Uuid::from_u128(i)), at(100 - i))).collect();
            let pairs = match_callers(&waiting, &ready);
            prop_assert_eq!(pairs.len() as u128, callers.min(operators));
            let mut order: Vec<&Waiting> = waiting.iter().collect();
            order.sort_by_key(|w| (!w.first, w.since));
            for (pair, expected) in pairs.iter().zip(order) { prop_assert_eq!(pair.0, expected.call); }
        }
    }
}
