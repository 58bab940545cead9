//! Rules a placement may break, with the smallest relaxation that would mend it.

use crate::key::{JobKey, MasterKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A broken hard rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// The job is started; only its own master can have it.
    Started,
    /// The job is pinned to another master.
    Pinned {
        /// Whose job it is.
        to: MasterKey,
    },
    /// The client or the contract excludes this master.
    Excluded,
    /// Another master is required.
    NotRequired,
    /// A skill is missing or too low.
    Skill {
        /// Which skill.
        skill: u16,
        /// Level the master has, zero for none.
        have: u8,
        /// Level the job needs.
        need: u8,
    },
    /// The van has too few of a part, and no store is on the way.
    Part {
        /// Which part.
        part: u16,
        /// How many are left.
        have: u32,
        /// How many the job needs.
        need: u32,
    },
    /// The van has not the tool, and no store is on the way.
    Tool {
        /// Which tool.
        tool: u16,
    },
    /// The master comes after the last window has closed.
    Window {
        /// Seconds the window would have to be longer.
        by: i64,
    },
    /// The tour would end after shift and overtime.
    Shift {
        /// Seconds the shift would have to be longer.
        by: i64,
    },
    /// The master is gone by then.
    Off {
        /// Seconds he would have to stay longer.
        by: i64,
    },
    /// Too little rest would be left before the next shift.
    Rest {
        /// Seconds the rest would have to be shorter.
        by: i64,
    },
    /// A later job of the tour would miss its window.
    Following {
        /// That job.
        job: JobKey,
        /// Seconds its window would have to be longer.
        by: i64,
    },
    /// A pause the master is owed would not fit any more.
    Pause,
    /// The master has another seat of the same visit.
    OtherSeat {
        /// That seat.
        job: JobKey,
    },
    /// A further master is needed at the same time, and nobody is free.
    Seat {
        /// The seat that stays empty.
        job: JobKey,
        /// Who would be nearest to taking it, and the rule that keeps him; nothing where there is nobody at all.
        nearest: Option<(MasterKey, Box<Rule>)>,
    },
    /// The job it follows has no master.
    Waits {
        /// That job.
        job: JobKey,
    },
    /// The job it follows ends too late for it, or too long before it.
    Gap {
        /// That job.
        job: JobKey,
        /// Seconds the gap would have to be shorter or longer.
        by: i64,
    },
    /// The same master has to do it who does the job before.
    SameMaster {
        /// Who that is.
        master: MasterKey,
    },
    /// The asked position lies before a job that is started or about to be.
    Frozen,
}

impl Rule {
    /// Seconds of relaxation, or nothing for rules that time does not mend.
    pub fn seconds(&self) -> Option<i64> {
        match self {
            Self::Window { by }
            | Self::Shift { by }
            | Self::Off { by }
            | Self::Rest { by }
            | Self::Gap { by, .. }
            | Self::Following { by, .. } => Some(*by),
            _ => None,
        }
    }

    /// Orders rules by how much has to give: time first, then a skill, then people's decisions.
    pub(crate) fn weight(&self) -> i64 {
        const DAYS: i64 = 1_000_000;
        match self {
            Self::Pause => DAYS - 1,
            Self::Part { have, need, .. } => DAYS + i64::from(need.saturating_sub(*have)),
            Self::Tool { .. } => DAYS + 1,
            Self::Skill { have, need, .. } => DAYS + i64::from(need.saturating_sub(*have)),
            Self::NotRequired => 2 * DAYS,
            Self::Excluded => 3 * DAYS,
            Self::Seat { nearest, .. } => nearest.as_ref().map_or(2 * DAYS, |(_, rule)| rule.weight()),
            Self::SameMaster { .. } | Self::OtherSeat { .. } => 3 * DAYS,
            Self::Waits { .. } | Self::Frozen => 4 * DAYS,
            Self::Pinned { .. } => 5 * DAYS,
            Self::Started => 6 * DAYS,
            timed => timed.seconds().unwrap_or(0),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = |by: &i64| (by + 59) / 60;
        match self {
            Self::Started => write!(f, "job is started by its master"),
            Self::Pinned { to } => write!(f, "job is pinned to master `{to}`"),
            Self::Excluded => write!(f, "master is excluded"),
            Self::NotRequired => write!(f, "another master is required"),
            Self::Skill { skill, have: 0, need } => write!(f, "skill `{skill}` level `{need}` missing"),
            Self::Skill { skill, have, need } => write!(f, "skill `{skill}` level `{have}`, needs `{need}`"),
            Self::Part { part, have, need } => write!(f, "part `{part}`: `{have}` left, needs `{need}`"),
            Self::Tool { tool } => write!(f, "tool `{tool}` missing"),
            Self::Window { by } => write!(f, "window +{} min", minutes(by)),
            Self::Shift { by } => write!(f, "shift +{} min", minutes(by)),
            Self::Off { by } => write!(f, "master gone, stay +{} min", minutes(by)),
            Self::Rest { by } => write!(f, "rest before the next shift -{} min", minutes(by)),
            Self::Following { job, by } => write!(f, "window of next job `{job}` +{} min", minutes(by)),
            Self::Pause => write!(f, "no time left for the master's pause"),
            Self::OtherSeat { job } => write!(f, "master has the other seat `{job}` of the visit"),
            Self::Seat { job, nearest: None } => write!(f, "no second master for seat `{job}`"),
            Self::Seat { job, nearest: Some((master, rule)) } => {
                write!(f, "no second master for seat `{job}`, nearest is `{master}`: {rule}")
            }
            Self::Waits { job } => write!(f, "job `{job}` before it has no master"),
            Self::Gap { job, by } => write!(f, "gap to job `{job}` off by {} min", minutes(by)),
            Self::SameMaster { master } => write!(f, "master `{master}` of the job before is required"),
            Self::Frozen => write!(f, "position is before a started job"),
        }
    }
}
