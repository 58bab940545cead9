//! One job after another: the visit that follows a diagnosis, once the part is there, and by the same master if asked.

use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use serde::{Deserialize, Serialize};

/// A job's place in a chain: not before another one has ended, not too long after it.
///
/// For as long as the other job is in the plan, this one is served only if that one is. Once the other one is done, its
/// end and its master are kept here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// The job it follows.
    pub job: JobKey,
    /// Least seconds from the end of that one to the start of this one.
    pub least: i64,
    /// Most seconds between the two, if that matters.
    #[serde(default)]
    pub most: Option<i64>,
    /// Whether the same master has to do both; see [`crate::Master::person`].
    #[serde(default)]
    pub same_master: bool,
    /// What is known of the job it follows once that is done.
    #[serde(default)]
    pub ended: Option<Ended>,
}

/// A job that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: i64,
    /// By whom: [`crate::Master::person`] where one is known for several days.
    pub master: MasterKey,
}

impl After {
    /// Some time after a job, by anybody.
    pub fn new(job: JobKey, least: i64) -> Self {
        Self { job, least, most: None, same_master: false, ended: None }
    }

    /// The earliest and the latest start behind an end.
    #[inline]
    pub(crate) fn span(&self, end: i64) -> (i64, i64) {
        (end.saturating_add(self.least), self.most.map_or(i64::MAX / 4, |most| end.saturating_add(most)))
    }
}

impl Job {
    /// The start that a chain leaves open once the job before is done.
    #[inline]
    pub(crate) fn chained(&self) -> Option<(i64, i64)> {
        let after = self.after?;
        after.ended.map(|ended| after.span(ended.at))
    }

    /// Whom a chain asks for once the job before is done.
    #[inline]
    pub(crate) fn chained_to(&self) -> Option<MasterKey> {
        self.after.filter(|after| after.same_master)?.ended.map(|ended| ended.master)
    }
}
