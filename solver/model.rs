//! Jobs and masters by dense number, with everything the search asks often worked out beforehand.

use crate::cost::Cost;
use crate::grid::{Grid, Spot};
use crate::job::Job;
use crate::key::{JobKey, MasterKey};
use crate::links::Links;
use crate::master::Master;
pub(crate) use crate::need::Need;
use crate::params::Params;
use crate::place::Place;
use crate::rule::Rule;
use crate::travel::{Leg, TravelTimes};
use std::collections::HashMap;
use std::sync::Arc;

/// No job, no master, no tour.
pub(crate) const NONE: u32 = u32::MAX;

/// A job in its slot. A dead slot keeps its last job until it is taken again.
#[derive(Clone, Debug)]
pub(crate) struct JobSlot {
    pub need: Need,
    pub job: Job,
    pub alive: bool,
    /// Bit set of masters by slot.
    eligible: Vec<u64>,
    /// Master and start the outside knows of.
    pub base: Option<(u32, i64)>,
    /// Count of jobs ever added when this one was: tells a slot's tenants apart.
    pub born: u64,
    /// Nearest jobs, nearest first; kept by `crate::nearby`.
    pub near: Vec<u32>,
    /// Nearest homes of eligible masters.
    pub near_masters: Vec<u32>,
    /// How far the nearest home is; orders jobs, no unit.
    pub far: u64,
    /// Whether it hangs together with another job; see `crate::links`.
    pub linked: bool,
    /// Windows of a linked job, of which `need` has only what its links leave.
    pub own: Vec<(i64, i64)>,
}

impl JobSlot {
    #[inline]
    pub(crate) fn may(&self, master: u32) -> bool {
        self.eligible.get(master as usize / 64).is_some_and(|word| word >> (master % 64) & 1 == 1)
    }

    /// How many masters may do it: the fewer, the sooner it should be placed.
    pub(crate) fn choice(&self) -> u32 {
        self.eligible.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether masters who are alike are alike for this job too.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        let job = &self.job;
        let listed = !job.required.is_empty() || !job.preferred.is_empty() || !job.excluded.is_empty();
        !listed && !self.is_fixed() && !self.linked && job.chained_to().is_none()
    }

    pub(crate) fn is_fixed(&self) -> bool {
        self.job.pinned.is_some() || self.job.started.is_some()
    }
}

/// Jobs, masters, weights, travel times and the moment now.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub jobs: Vec<JobSlot>,
    pub masters: Vec<Master>,
    pub free_slots: Vec<u32>,
    pub job_of: HashMap<JobKey, u32>,
    pub master_of: HashMap<MasterKey, u32>,
    pub params: Params,
    pub travel: Arc<dyn TravelTimes>,
    /// Whether ways depend on the hour.
    pub clocked: bool,
    pub now: i64,
    pub born: u64,
    /// Nobody knows the plan yet, so moving a job costs nothing.
    pub unsettled: bool,
    /// Slots whose neighbourhood changed since the lists of neighbours were last made.
    pub moved: Vec<u32>,
    pub grid: Grid,
    /// Number of each master's class: those of a class are alike but for their keys.
    pub class: Vec<u32>,
    /// Homes or skills of masters changed since then.
    pub masters_moved: bool,
    pub links: Links,
}

impl Model {
    pub(crate) fn new(params: Params, travel: Arc<dyn TravelTimes>) -> Self {
        Self {
            jobs: Vec::new(),
            masters: Vec::new(),
            free_slots: Vec::new(),
            job_of: HashMap::new(),
            master_of: HashMap::new(),
            params,
            clocked: travel.is_clocked(),
            travel,
            now: i64::MIN / 4,
            born: 0,
            unsettled: false,
            moved: Vec::new(),
            grid: Grid::default(),
            class: Vec::new(),
            masters_moved: true,
            links: Links::default(),
        }
    }

    /// Live jobs by slot.
    pub(crate) fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.jobs.len() as u32).filter(|&j| self.jobs[j as usize].alive)
    }

    pub(crate) fn add_job(&mut self, job: Job) -> u32 {
        self.born += 1;
        let slot = JobSlot {
            need: Need::new(&job),
            alive: true,
            eligible: Vec::new(),
            base: None,
            born: self.born,
            near: Vec::new(),
            near_masters: Vec::new(),
            far: 0,
            linked: false,
            own: Vec::new(),
            job,
        };
        let key = slot.job.key;
        let j = match self.free_slots.pop() {
            Some(j) => {
                self.jobs[j as usize] = slot;
                j
            }
            None => {
                self.jobs.push(slot);
                self.jobs.len() as u32 - 1
            }
        };
        self.job_of.insert(key, j);
        self.refresh_job(j);
        j
    }

    pub(crate) fn free_job(&mut self, j: u32) {
        let slot = &mut self.jobs[j as usize];
        slot.alive = false;
        self.job_of.remove(&slot.job.key);
        self.free_slots.push(j);
        self.moved.push(j);
    }

    /// Works out again what depends on the job's own fields.
    pub(crate) fn refresh_job(&mut self, j: u32) {
        let words = self.masters.len().div_ceil(64);
        let slot = &self.jobs[j as usize];
        let mut eligible = vec![0u64; words];
        for (m, master) in self.masters.iter().enumerate() {
            if Self::barred(&slot.job, master).is_none() {
                eligible[m / 64] |= 1 << (m % 64);
            }
        }
        let need = Need::new(&slot.job);
        let slot = &mut self.jobs[j as usize];
        slot.eligible = eligible;
        slot.need = need;
        slot.need.own = j;
        self.moved.push(j);
    }

    /// Works out again who may do what for one master.
    pub(crate) fn refresh_master(&mut self, m: u32) {
        let master = &self.masters[m as usize];
        let (word, bit) = (m as usize / 64, m % 64);
        for slot in &mut self.jobs {
            if slot.eligible.len() <= word {
                slot.eligible.resize(word + 1, 0);
            }
            if slot.alive && Self::barred(&slot.job, master).is_none() {
                slot.eligible[word] |= 1 << bit;
            } else {
                slot.eligible[word] &= !(1 << bit);
            }
        }
        self.masters_moved = true;
    }

    /// The first rule, other than time, that keeps a job from a master.
    pub(crate) fn barred(job: &Job, master: &Master) -> Option<Rule> {
        if let Some(started) = job.started {
            return (started.master != master.key).then_some(Rule::Started);
        }
        if let Some(pin) = job.pinned {
            return (pin.master != master.key).then_some(Rule::Pinned { to: pin.master });
        }
        if let (Some(release), Some(last)) = (job.release, job.windows.iter().map(|w| w.1).max())
            && release > last
        {
            return Some(Rule::Window { by: release - last });
        }
        if let Some(rule) = Self::barred_by_chain(job, master) {
            return Some(rule);
        }
        if job.excluded.contains(&master.key) {
            return Some(Rule::Excluded);
        }
        if !job.required.is_empty() && !job.required.contains(&master.key) {
            return Some(Rule::NotRequired);
        }
        let unskilled = job.skills.iter().find_map(|need| {
            let have = master.level(need.skill);
            (have < need.level).then_some(Rule::Skill { skill: need.skill, have, need: need.level })
        });
        unskilled.or_else(|| Self::unsupplied(job, master))
    }

    /// Where a master's tour starts.
    #[inline]
    pub(crate) fn origin(&self, m: u32) -> &Place {
        let master = &self.masters[m as usize];
        master.position.as_ref().map_or(&master.home, |p| &p.place)
    }

    /// From when a master can leave there.
    #[inline]
    pub(crate) fn ready(&self, m: u32) -> i64 {
        let master = &self.masters[m as usize];
        let free = master.position.map_or(i64::MIN, |p| p.free_from);
        let rested = master.rest.and_then(|rest| rest.rested()).unwrap_or(i64::MIN);
        master.shift.0.max(free).max(self.now).max(rested)
    }

    #[inline]
    pub(crate) fn leg(&self, m: u32, from: &Place, to: &Place) -> Leg {
        self.at_pace(m, self.travel.leg(from, to))
    }

    /// A way at the master's pace.
    #[inline]
    pub(crate) fn at_pace(&self, m: u32, leg: Leg) -> Leg {
        let factor = self.masters[m as usize].speed_factor_permille;
        if factor == 1000 { leg } else { Leg { seconds: leg.seconds * i64::from(factor) / 1000, ..leg } }
    }

    /// The way home, or nothing where it is not counted.
    #[inline]
    pub(crate) fn home_leg(&self, m: u32, from: &Place) -> Leg {
        let master = &self.masters[m as usize];
        if self.goes_home(m) { self.leg(m, from, &master.home) } else { Leg::default() }
    }

    /// Whether the way home is counted.
    #[inline]
    pub(crate) fn goes_home(&self, m: u32) -> bool {
        self.params.return_home && self.masters[m as usize].off_from.is_none()
    }

    /// The same from a spot, which the grid may know.
    #[inline]
    pub(crate) fn home_way(&self, m: u32, from: Spot<'_>) -> Leg {
        if self.goes_home(m) { self.hop(m, from, self.home_spot(m)) } else { Leg::default() }
    }

    /// The last moment a tour may end.
    #[inline]
    pub(crate) fn limit(&self, m: u32) -> i64 {
        let master = &self.masters[m as usize];
        let limit = master.shift.1 + master.overtime;
        let limit = master.off_from.map_or(limit, |off| off.min(limit));
        master.rest.and_then(|rest| rest.over_by()).map_or(limit, |over| over.min(limit))
    }

    #[inline]
    pub(crate) fn travel_cost(&self, leg: Leg) -> i64 {
        leg.seconds * self.params.travel_permille / 1000
    }

    /// Waiting before the first job is free while the master is still at home: he leaves later.
    #[inline]
    pub(crate) fn wait_cost(&self, m: u32, position: usize, wait: i64) -> i64 {
        if position == 0 && self.masters[m as usize].position.is_none() {
            0
        } else {
            wait * self.params.wait_permille / 1000
        }
    }

    #[inline]
    pub(crate) fn overtime_cost(&self, m: u32, end: i64) -> i64 {
        (end - self.masters[m as usize].shift.1).max(0) * self.params.overtime_permille / 1000
    }

    /// What a job's wishes and territory cost with a master.
    #[inline]
    pub(crate) fn wishes(&self, job: &Job, m: u32) -> Cost {
        let master = &self.masters[m as usize];
        let preferred = job.preferred.is_empty() || job.preferred.contains(&master.key);
        let strange = job.zone.is_some_and(|zone| !master.zones.is_empty() && !master.zones.contains(&zone));
        Cost {
            preference: if preferred { 0 } else { self.params.preference },
            zone: if strange { self.params.zone } else { 0 },
            ..Cost::default()
        }
    }

    /// Costs of giving a job to a master that do not depend on when.
    #[inline]
    pub(crate) fn bond(&self, j: u32, m: u32) -> Cost {
        let slot = &self.jobs[j as usize];
        let settled = self.unsettled || slot.base.is_none_or(|base| base.0 == m);
        if settled && !slot.need.wishful {
            return Cost::default();
        }
        let stability = match slot.base {
            Some((base, start)) if base != m && !self.unsettled => {
                if start < self.now + self.params.near {
                    self.params.stability_near
                } else {
                    self.params.stability
                }
            }
            _ => 0,
        };
        Cost { stability, ..self.wishes(&slot.job, m) }
    }

    pub(crate) fn priority(&self, j: u32) -> i64 {
        self.jobs[j as usize].job.price_undone()
    }

    /// Seconds a master takes for a job.
    #[inline]
    pub(crate) fn work(&self, m: u32, need: &Need) -> i64 {
        let paces = &self.masters[m as usize].paces;
        if paces.is_empty() {
            return need.service;
        }
        let pace = paces.iter().find(|pace| Some(pace.kind) == need.kind);
        pace.map_or(need.service, |pace| need.service * i64::from(pace.permille) / 1000)
    }
}
