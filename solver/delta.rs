//! What an event or an improvement changed.

use crate::cost::Cost;
use crate::key::{JobKey, MasterKey};
use crate::rule::Rule;
use serde::{Deserialize, Serialize};

/// A place in the plan: with whom and from when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// With whom.
    pub master: MasterKey,
    /// When the work starts.
    pub start: i64,
}

/// A job whose master or start changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The job.
    pub job: JobKey,
    /// Where it was; nothing if it was unassigned or new.
    pub from: Option<Slot>,
    /// Where it is; nothing if it is unassigned or gone.
    pub to: Option<Slot>,
    /// For a job left unassigned: the rule that asks for the smallest relaxation, with the master it speaks of.
    pub forced: Option<(MasterKey, Rule)>,
}

impl Move {
    /// Whether people change: another master, or none, against merely another time.
    pub fn changes_master(&self) -> bool {
        self.from.map(|s| s.master) != self.to.map(|s| s.master)
    }
}

/// A step from one plan to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Version of the plan after the step.
    pub version: u64,
    /// Jobs whose master or start changed, by key.
    pub moves: Vec<Move>,
    /// Cost by rule before the step.
    pub before: Cost,
    /// Cost by rule after it. Moves an event forces are charged no stability; those an improvement offers are.
    pub after: Cost,
}

impl Delta {
    /// What the step saves; negative when it costs.
    pub fn gain(&self) -> i64 {
        self.before.total() - self.after.total()
    }
}
