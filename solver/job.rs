//! A piece of work at a place: what it needs and when it may start.

use crate::chain::After;
use crate::key::{JobKey, MasterKey};
use crate::part::Part;
use crate::place::Place;
use serde::{Deserialize, Serialize};

/// A skill with the level a master has, or a job needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Skill {
    /// The caller's number of the skill.
    pub skill: u16,
    /// Level: a higher one includes the lower ones.
    pub level: u8,
}

/// The dispatcher's word that this job is this master's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Whose job it is.
    pub master: MasterKey,
    /// When it starts, if that is fixed too; it then stands in place of the windows.
    pub start: Option<i64>,
}

/// A job started, or one the master is already under way to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Who does it.
    pub master: MasterKey,
    /// When it started or is going to.
    pub at: i64,
}

/// A job to be served once by one master.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The caller's name of the job.
    pub key: JobKey,
    /// Where it is.
    pub place: Place,
    /// Seconds of work on the spot.
    pub service: i64,
    /// When the work may start (both ends included); none means at any time.
    pub windows: Vec<(i64, i64)>,
    /// Skills needed, all of them, each at least at its level.
    pub skills: Vec<Skill>,
    /// If not empty, only these masters may do it.
    pub required: Vec<MasterKey>,
    /// If not empty, other masters cost `Params::preference` more.
    pub preferred: Vec<MasterKey>,
    /// These masters may not do it.
    pub excluded: Vec<MasterKey>,
    /// What leaving it unassigned costs, in seconds of travel.
    pub priority: i64,
    /// The moment after which a start counts as late, though allowed.
    pub due: Option<i64>,
    /// Cost of a thousand seconds of lateness, in seconds of travel.
    pub lateness_permille: i64,
    /// Pinned by the dispatcher, whose word stands above skills and lists.
    pub pinned: Option<Pin>,
    /// Started: stays at the head of the tour whatever the rules say.
    pub started: Option<Started>,
    /// Parts used up by the work: from the van, or from the store if the master has come by there before.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Tools needed, by the caller's numbers: from the van or from the store.
    #[serde(default)]
    pub tools: Vec<u16>,
    /// Kind of work by the caller's number; masters may have a pace of their own for it.
    #[serde(default)]
    pub kind: Option<u16>,
    /// The work may not start before this moment whatever the windows say: a part is still on its way.
    #[serde(default)]
    pub release: Option<i64>,
    /// Territory by the caller's number; a master of other territories costs `Params::zone` more.
    #[serde(default)]
    pub zone: Option<u16>,
    /// Price of giving it to somebody outside, in seconds of travel, if that is possible.
    #[serde(default)]
    pub outside: Option<i64>,
    /// The job beside which another master does this one, from the same moment: a further seat of that job's visit. It
    /// is served only together with that one and its other seats, of which there may be four in all.
    #[serde(default)]
    pub beside: Option<JobKey>,
    /// The job it follows.
    #[serde(default)]
    pub after: Option<After>,
}

impl Job {
    /// A job with an hour of work, any time, no skills and a middling priority; adjust the public fields.
    pub fn new(key: JobKey, place: Place) -> Self {
        Self {
            key,
            place,
            service: 3600,
            windows: Vec::new(),
            skills: Vec::new(),
            required: Vec::new(),
            preferred: Vec::new(),
            excluded: Vec::new(),
            priority: 40_000,
            due: None,
            lateness_permille: 0,
            pinned: None,
            started: None,
            parts: Vec::new(),
            tools: Vec::new(),
            kind: None,
            release: None,
            zone: None,
            outside: None,
            beside: None,
            after: None,
        }
    }

    /// What leaving it without a master costs: its priority, or less where somebody outside is cheaper.
    pub fn price_undone(&self) -> i64 {
        self.outside.map_or(self.priority, |price| price.min(self.priority))
    }

    /// Whether it goes to somebody outside when no master has it.
    pub fn goes_outside(&self) -> bool {
        self.outside.is_some_and(|price| price < self.priority)
    }
}

/// A further seat of a visit for several masters: what its master needs.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct SeatDraft {
    /// Skills needed.
    pub skills: Vec<Skill>,
    /// If not empty, only these masters may take it.
    #[serde(default)]
    pub required: Vec<MasterKey>,
    /// These masters may not take it.
    #[serde(default)]
    pub excluded: Vec<MasterKey>,
}

/// A job not yet promised: what the operator knows while the client is on the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobDraft {
    /// Where it would be.
    pub place: Place,
    /// Seconds of work on the spot.
    pub service: i64,
    /// Skills needed.
    pub skills: Vec<Skill>,
    /// If not empty, only these masters may do it.
    pub required: Vec<MasterKey>,
    /// If not empty, other masters cost more.
    pub preferred: Vec<MasterKey>,
    /// These masters may not do it.
    pub excluded: Vec<MasterKey>,
    /// Parts the work would use up.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Tools needed.
    #[serde(default)]
    pub tools: Vec<u16>,
    /// Kind of work.
    #[serde(default)]
    pub kind: Option<u16>,
    /// The moment before which it may not start.
    #[serde(default)]
    pub release: Option<i64>,
    /// Territory.
    #[serde(default)]
    pub zone: Option<u16>,
    /// Further masters needed at the same time.
    #[serde(default)]
    pub seats: Vec<SeatDraft>,
}

impl JobDraft {
    /// A draft with an hour of work and no demands.
    pub fn new(place: Place) -> Self {
        Self {
            place,
            service: 3600,
            skills: Vec::new(),
            required: Vec::new(),
            preferred: Vec::new(),
            excluded: Vec::new(),
            parts: Vec::new(),
            tools: Vec::new(),
            kind: None,
            release: None,
            zone: None,
            seats: Vec::new(),
        }
    }

    /// The jobs of the further seats, once the client has chosen: beside the one that leads.
    pub fn further_seats(&self, lead: &Job, keys: impl IntoIterator<Item = JobKey>) -> Vec<Job> {
        let seat = |(seat, key): (&SeatDraft, JobKey)| Job {
            key,
            skills: seat.skills.clone(),
            required: seat.required.clone(),
            excluded: seat.excluded.clone(),
            preferred: Vec::new(),
            parts: Vec::new(),
            tools: Vec::new(),
            pinned: None,
            started: None,
            outside: None,
            beside: Some(lead.key),
            after: None,
            ..lead.clone()
        };
        self.seats.iter().zip(keys).map(seat).collect()
    }

    /// The job this draft becomes once the client has chosen.
    pub fn into_job(self, key: JobKey, windows: Vec<(i64, i64)>) -> Job {
        Job {
            service: self.service,
            windows,
            skills: self.skills,
            required: self.required,
            preferred: self.preferred,
            excluded: self.excluded,
            parts: self.parts,
            tools: self.tools,
            kind: self.kind,
            release: self.release,
            zone: self.zone,
            ..Job::new(key, self.place)
        }
    }
}
