//! The ladder by which a master learns of a visit: the open page, a push to the phone, and in the end a person.

use crate::values::id::{MasterId, VisitId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// When each rung is stepped on; city time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    /// An open page has so long to be looked at before the phone is rung.
    pub push_after: SignedDuration,
    /// After so long without a look a person should call.
    pub call_after: SignedDuration,
    /// The wait after the first push that was not taken; each further one is twice as long.
    pub again_after: SignedDuration,
    /// So many pushes are tried.
    pub most_tries: u32,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            push_after: SignedDuration::from_secs(20),
            call_after: SignedDuration::from_mins(4),
            again_after: SignedDuration::from_secs(5),
            most_tries: 5,
        }
    }
}

/// How far a push has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Push {
    /// None was sent.
    Unsent,
    /// One is on its way to the push service.
    Sending,
    /// The push service has it.
    Sent,
    /// The phone has shown it.
    Shown,
    /// The push service did not take it; it is tried again.
    Failed,
    /// No phone of the master may be rung, or none took it.
    Nobody,
}

/// One visit that a master should learn of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which visit.
    pub visit: VisitId,
    /// Who.
    pub master: MasterId,
    /// When it was offered.
    pub offered: Timestamp,
    /// How far the push has come.
    pub push: Push,
    tries: u32,
    next_try: Option<Timestamp>,
    hinted: bool,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Wait,
    /// Ring the phone.
    Ring,
    /// Tell the dispatcher that nobody has looked.
    Hint,
}

impl Notice {
    /// A visit that has just been offered.
    pub const fn new(visit: VisitId, master: MasterId, offered: Timestamp) -> Self {
        Self { visit, master, offered, push: Push::Unsent, tries: 0, next_try: None, hinted: false }
    }
    /// Should a person call?
    pub const fn is_hinted(&self) -> bool {
        self.hinted
    }
    /// What is to be done now; `open` says whether a page of the master is open.
    pub fn next(&self, ladder: &Ladder, now: Timestamp, open: bool) -> Step {
        let waited = now.duration_since(self.offered);
        if !self.hinted && waited >= ladder.call_after {
            return Step::Hint;
        }
        let due = match self.push {
            Push::Unsent => !open || waited >= ladder.push_after,
            Push::Failed => self.next_try.is_some_and(|at| now >= at),
            Push::Sending | Push::Sent | Push::Shown | Push::Nobody => false,
        };
        if due { Step::Ring } else { Step::Wait }
    }
    /// The phone is being rung.
    pub fn rung(&mut self) {
        (self.push, self.tries) = (Push::Sending, self.tries + 1);
    }
    /// The push service has taken it.
    pub fn taken(&mut self) {
        if self.push == Push::Sending {
            self.push = Push::Sent;
        }
    }
    /// The phone has shown it; said by the phone itself, in any order.
    pub fn shown(&mut self) {
        self.push = Push::Shown;
    }
    /// Nobody took it. It is tried again later, `after` what the push service asks for when that is longer.
    pub fn failed(&mut self, ladder: &Ladder, now: Timestamp, after: Option<SignedDuration>) {
        if self.push != Push::Sending {
            return;
        }
        if self.tries >= ladder.most_tries {
            self.push = Push::Nobody;
            return;
        }
        let wait = ladder.again_after * (1 << (self.tries.saturating_sub(1)).min(10));
        self.push = Push::Failed;
        self.next_try = Some(now + wait.max(after.unwrap_or_default()));
    }
    /// No phone may be rung.
    pub fn nobody(&mut self) {
        self.push = Push::Nobody;
    }
    /// The dispatcher was told.
    pub fn hinted(&mut self) {
        self.hinted = true;
    }
}
