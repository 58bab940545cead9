//! When a month that somebody looks at is no longer what the screen shows.

use domain::{book::draft::Kept, values::id::MasterId};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// Counts the changes that any month may show: of schedules and their days, of visits of days to come, and of who works when.
#[derive(Debug, Default)]
pub(crate) struct MonthNews {
    changes: u64,
    /// What of a master counts for a month, as one number.
    staff: HashMap<MasterId, u64>,
}

impl MonthNews {
    /// The row for screens, if something of a month has changed; visits before `tomorrow` are the board's.
    pub(crate) fn row(&mut self, changed: &Kept, tomorrow: Timestamp) -> Option<Value> {
        let ahead = changed.visits.values().any(|visit| match &visit.assignment {
            Some(work) => work.start >= tomorrow,
            None => visit.window.is_some_and(|window| window.to >= tomorrow),
        });
        let mut staff = false;
        for master in changed.masters.values() {
            let mut sum = DefaultHasher::new();
            let skills: Vec<_> = master.skills.iter().map(|s| (&s.code, s.level, s.valid_till)).collect();
            (json!([master.week, master.absences]).to_string(), skills, master.left).hash(&mut sum);
            staff |= self.staff.insert(master.id, sum.finish()) != Some(sum.finish());
        }
        if !ahead && !staff && changed.schedules.is_empty() && changed.occurrences.is_empty() {
            return None;
        }
        self.changes += 1;
        Some(json!({ "id": "month", "rev": self.changes }))
    }
}
