//! Visits for several masters and chains of visits in our own format: further seats become jobs of their own, and every
//! job comes behind those it hangs on.

use crate::problem::Names;
use serde::Deserialize;
use solver::{After, Job, JobKey};
use std::collections::{BTreeMap, BTreeSet};

/// What a further master needs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeatRow {
    #[serde(default)]
    pub skills: BTreeMap<String, u8>,
    #[serde(default)]
    pub required: Vec<String>,
    #[serde(default)]
    pub excluded: Vec<String>,
}

/// The job another one follows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AfterRow {
    pub job: String,
    #[serde(default)]
    pub least_minutes: u32,
    pub most_minutes: Option<u32>,
    #[serde(default)]
    pub same_master: bool,
}

impl AfterRow {
    /// The link to a job of this key; nothing where the most is less than the least.
    pub fn link(&self, job: JobKey) -> Option<After> {
        let seconds = |minutes: u32| i64::from(minutes) * 60;
        let (least, most) = (seconds(self.least_minutes), self.most_minutes.map(seconds));
        let right = most.is_none_or(|most| most >= least);
        right.then_some(After { most, same_master: self.same_master, ..After::new(job, least) })
    }
}

/// Seats a visit has at most, the leading one included.
pub(crate) const MOST_SEATS: usize = 4;

/// A further seat beside a job, for another master at the same time.
pub(crate) fn seat(lead: &Job, key: JobKey) -> Job {
    Job {
        key,
        skills: Vec::new(),
        required: Vec::new(),
        preferred: Vec::new(),
        excluded: Vec::new(),
        pinned: None,
        after: None,
        beside: Some(lead.key),
        ..lead.clone()
    }
}

/// The name of a further seat.
pub(crate) fn seat_name(lead: &str, number: usize) -> String {
    format!("{lead}, мастер {number}")
}

/// Puts every job behind those it hangs on; the name of one that hangs on itself otherwise.
pub(crate) fn in_order(jobs: Vec<Job>, names: &Names) -> Result<Vec<Job>, String> {
    let mut ordered: Vec<Job> = Vec::with_capacity(jobs.len());
    let mut there: BTreeSet<JobKey> = BTreeSet::new();
    let mut left = jobs;
    while !left.is_empty() {
        let count = left.len();
        let mut wait = Vec::new();
        for job in left {
            let before = job.beside.or(job.after.map(|after| after.job));
            if before.is_none_or(|before| there.contains(&before)) {
                there.insert(job.key);
                ordered.push(job);
            } else {
                wait.push(job);
            }
        }
        if wait.len() == count {
            let name = wait.first().and_then(|job| names.jobs.get(&job.key).cloned());
            return Err(name.unwrap_or_default());
        }
        left = wait;
    }
    Ok(ordered)
}
