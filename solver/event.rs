//! What happens in the world, told to the engine one at a time.

use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use crate::master::{Master, Position};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An event; time itself comes as one, since the engine has no clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Time has passed. A job whose last moment passes before `Started` came is taken for missed by its master and
    /// looks for another place.
    Advance {
        /// The moment now.
        now: i64,
    },
    /// A master starts to be planned for.
    MasterAdded(Box<Master>),
    /// Skills, shift or anything else of a master changed.
    MasterChanged(Box<Master>),
    /// A master on the road reported, or his lateness is known.
    MasterMoved {
        /// Who.
        master: MasterKey,
        /// Where he is and from when he is free.
        position: Position,
    },
    /// A master is unavailable from a moment on: ill, gone home.
    MasterRemoved {
        /// Who.
        master: MasterKey,
        /// From when.
        from: i64,
    },
    /// A new job.
    JobAdded(Box<Job>),
    /// A job changed; it stays where it is if it may.
    JobChanged(Box<Job>),
    /// A job was cancelled.
    JobRemoved {
        /// Which.
        job: JobKey,
    },
    /// The dispatcher gives a job to a master.
    Pin {
        /// Which job.
        job: JobKey,
        /// To whom.
        master: MasterKey,
        /// From when, if that is fixed too.
        start: Option<i64>,
    },
    /// The dispatcher takes the pin out.
    Unpin {
        /// Which job.
        job: JobKey,
    },
    /// A master has started a job, or is under way to it.
    Started {
        /// Which job.
        job: JobKey,
        /// Who.
        master: MasterKey,
        /// Start of the work, known or foreseen.
        at: i64,
    },
    /// A job is done; its master is free at its place.
    JobDone {
        /// Which job.
        job: JobKey,
        /// When it ended.
        at: i64,
    },
}

/// Why an event could not be applied; the plan is then as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum EventError {
    /// No such job.
    #[error("job `{0}` is unknown")]
    UnknownJob(JobKey),
    /// No such master.
    #[error("master `{0}` is unknown")]
    UnknownMaster(MasterKey),
    /// The key is taken.
    #[error("job `{0}` exists already")]
    JobExists(JobKey),
    /// The key is taken.
    #[error("master `{0}` exists already")]
    MasterExists(MasterKey),
    /// Time runs forward only.
    #[error("moment `{to}` is before the current `{now}`")]
    Backwards {
        /// The moment the engine is at.
        now: i64,
        /// The moment asked for.
        to: i64,
    },
    /// A window ends before it starts, or a duration is negative.
    #[error("job `{0}` has a window or a duration that runs backwards")]
    Malformed(JobKey),
    /// A link leads to a job that is not there.
    #[error("job `{job}` is linked to job `{to}`, which is unknown")]
    LooseLink {
        /// The job with the link.
        job: JobKey,
        /// Where it leads.
        to: JobKey,
    },
    /// Links that cannot be kept.
    #[error(
        "links of job `{0}`: expected at most four seats that lead to one job without seats of its own to lead to, chains \
         between leading seats only, and no job after itself"
    )]
    Knotted(JobKey),
    /// A shift ends before it starts, or a duration is negative.
    #[error("master `{0}` has a shift or a duration that runs backwards")]
    MalformedMaster(MasterKey),
}
