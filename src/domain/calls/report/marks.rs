//! What counted, when, and with whom: small, since there are many.

use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc};

/// No name.
pub(super) const NOBODY: u32 = u32::MAX;

/// One thing that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::calls) enum Mark {
    /// A call came.
    Offered,
    /// We rang somebody.
    Dialed,
    /// It rang at an operator.
    Rung,
    /// The operator let it ring.
    Missed,
    /// A person answered.
    Answered { waited_ms: i64, in_time: bool },
    /// The caller gave up.
    Abandoned { short: bool },
    /// A callback was promised.
    Promised,
    /// A message was left.
    Voicemail,
    /// Another operator, or somebody outside, has it.
    Transferred,
    /// It was written down.
    Handled { handling_ms: i64, hold_ms: i64, wrap_ms: i64 },
    /// Nobody wrote it down in time.
    Unspecified,
    /// A task to call back was made.
    CallbackMade,
    /// Its people were reached, or rang themselves.
    CallbackKept,
}

/// A mark, its time, its call and its operator, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) at: Timestamp,
    pub(super) call: u32,
    pub(super) operator: u32,
    pub(super) mark: Mark,
}

/// Names by number: a queue is kept once, not with each of its calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// The number of a name; the empty one is nobody's.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return NOBODY;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let (name, number): (Arc<str>, _) = (name.into(), u32::try_from(self.names.len()).unwrap_or(NOBODY));
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }
    /// The name of a number.
    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }
}
