//! A caller's standing in the line: since when, with which head start, and what is wanted of an operator.

use crate::values::id::{CallId, CallbackId, OperatorId};
use jiff::{SignedDuration, Timestamp};

/// Who waits: somebody on the line, or somebody who hung up and keeps the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ticket {
    /// On the line.
    Call(CallId),
    /// To be called back.
    Callback(CallbackId),
}

/// One who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub ticket: Ticket,
    /// Since when; kept over rings that nobody answered, and by who is called back, so that nobody loses the place.
    pub since: Timestamp,
    /// Seconds of waiting given beforehand.
    pub head_start: i64,
    /// The place of the queue in the plan.
    pub queue: usize,
    /// Operators who let it ring.
    pub missed_by: Vec<OperatorId>,
    /// Who took the caller's open order.
    pub owner: Option<OperatorId>,
    /// Who talked with the caller last.
    pub last: Option<OperatorId>,
    /// The one operator a colleague gave the call to: nobody else is rung until that one has let it ring.
    pub meant_for: Option<OperatorId>,
}

/// The place in the line: smaller is served earlier. One total order: by the instant of joining less the head start,
/// then by who came first.
pub type Place = (Timestamp, Timestamp, Ticket);

impl Standing {
    /// Somebody on the line without any rank, in the first queue.
    pub fn plain(call: CallId, since: Timestamp) -> Self {
        Self {
            ticket: Ticket::Call(call),
            since,
            head_start: 0,
            queue: 0,
            missed_by: vec![],
            owner: None,
            last: None,
            meant_for: None,
        }
    }
    /// Where they stand.
    pub fn place(&self) -> Place {
        let line_time = self.since.checked_sub(SignedDuration::from_secs(self.head_start));
        (line_time.unwrap_or(Timestamp::MIN), self.since, self.ticket)
    }
}
