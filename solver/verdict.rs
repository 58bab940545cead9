//! What each master would mean for a job: cost by rule, or the first rule broken and by how much.

use crate::cost::Cost;
use crate::engine::Engine;
use crate::event::EventError;
use crate::key::{JobKey, MasterKey};
use crate::model::{Model, Need};
use crate::rule::Rule;
use crate::tour::Tour;
use serde::{Deserialize, Serialize};

/// A job with a master at a position, and what that costs beyond the plan without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// With whom.
    pub master: MasterKey,
    /// Position in his tour, from zero.
    pub position: usize,
    /// When the work would start.
    pub start: i64,
    /// Extra cost by rule.
    pub cost: Cost,
    /// Extra seconds of travel.
    pub extra_seconds: i64,
    /// Extra metres of travel.
    pub extra_metres: i64,
    /// Price of the master's time it takes, by the last LP; not part of `cost`.
    pub price: i64,
}

/// Whether a placement works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It works.
    Fits(Placement),
    /// It breaks this rule.
    Breaks(Rule),
}

/// One master's verdict on a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whose.
    pub master: MasterKey,
    /// What it is.
    pub outcome: Outcome,
}

/// Where in a master's tour a job is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Where {
    /// Wherever it is cheapest.
    #[default]
    Anywhere,
    /// At this position, counted without the job itself.
    Position(usize),
    /// Starting exactly then.
    Start(i64),
}

impl Engine {
    /// Every master's verdict on a job, cheapest first, then by how much would have to give.
    pub fn verdicts(&self, job: JobKey) -> Result<Vec<Verdict>, EventError> {
        let j = self.job_slot(job)?;
        let mut verdicts = self.verdicts_of(j);
        verdicts.sort_by_key(|v| match &v.outcome {
            Outcome::Fits(placement) => (0, placement.cost.total(), v.master),
            Outcome::Breaks(rule) => (1, rule.weight(), v.master),
        });
        Ok(verdicts)
    }

    /// One master's verdict on a job at a given place of his tour: the preview of a drag.
    pub fn verdict_for(&self, job: JobKey, master: MasterKey, place: Where) -> Result<Verdict, EventError> {
        let j = self.job_slot(job)?;
        let m = self.master_slot(master)?;
        let lifted = self.state.without(j);
        Ok(self.judge(j, m, lifted.as_ref(), place))
    }

    pub(crate) fn verdicts_of(&self, j: u32) -> Vec<Verdict> {
        let lifted = self.state.without(j);
        (0..self.state.tours.len() as u32)
            .map(|m| self.judge(j, m, lifted.as_ref(), Where::Anywhere))
            .collect()
    }

    /// The rule that asks for the smallest relaxation, for a job nobody can take.
    pub(crate) fn nearest_rule(&self, j: u32) -> Option<(MasterKey, Rule)> {
        let rules = self.verdicts_of(j).into_iter().filter_map(|v| match v.outcome {
            Outcome::Breaks(rule) => Some((v.master, rule)),
            Outcome::Fits(_) => None,
        });
        rules.min_by_key(|(_, rule)| rule.weight())
    }

    /// A verdict; `lifted` is the job's own tour without it.
    fn judge(&self, j: u32, m: u32, lifted: Option<&(u32, Tour)>, place: Where) -> Verdict {
        let model = &self.state.model;
        let master = &model.masters[m as usize];
        let slot = &model.jobs[j as usize];
        let breaks = |rule| Verdict { master: master.key, outcome: Outcome::Breaks(rule) };
        if let Some(rule) = Model::barred(&slot.job, master) {
            return breaks(rule);
        }
        if let Some(rule) = self.kept_apart(j, m) {
            return breaks(rule);
        }
        let tour = match lifted {
            Some((own, tour)) if *own == m => tour,
            _ => &self.state.tours[m as usize],
        };
        let mut need = slot.need.clone();
        if let Some(rule) = self.narrow(j, m, tour, &mut need) {
            return breaks(rule);
        }
        let (mut from, mut to) = (tour.head, tour.visits.len());
        match place {
            Where::Anywhere => {}
            Where::Position(position) if position < tour.head => return breaks(Rule::Frozen),
            Where::Position(position) => {
                (from, to) = (position.min(to), position.min(to));
            }
            Where::Start(start) => {
                let by = need.windows().iter().map(|w| (start - w.1).max(w.0 - start)).min().unwrap_or(0);
                if by > 0 {
                    return breaks(Rule::Window { by });
                }
                need.set_windows(vec![(start, start)]);
                need.own = crate::model::NONE;
            }
        }
        let fits =
            (from..=to).filter_map(|k| model.fit(m, tour, k, &need).map(|(cost, start)| (k, cost, start)));
        let outcome = match fits.min_by_key(|(k, cost, _)| (cost.total(), *k)) {
            Some((position, cost, start)) => {
                let cost = cost + model.bond(j, m);
                Outcome::Fits(self.placement(m, tour, position, &need, (cost, start)))
            }
            None => Outcome::Breaks(model.breach(m, tour, from..=to, &need)),
        };
        Verdict { master: master.key, outcome }
    }

    pub(crate) fn placement(
        &self,
        m: u32,
        tour: &Tour,
        position: usize,
        need: &Need,
        (cost, start): (Cost, i64),
    ) -> Placement {
        let model = &self.state.model;
        let place = |k: usize| &model.jobs[tour.visits[k].job as usize].need.place;
        let inward = model.leg(m, position.checked_sub(1).map_or(model.origin(m), place), &need.place);
        let (onward, old) = match tour.visits.get(position) {
            Some(next) => (model.leg(m, &need.place, place(position)), next.leg),
            None => (model.home_leg(m, &need.place), tour.home),
        };
        let master = model.masters[m as usize].key;
        let extra_seconds = inward.seconds + onward.seconds - old.seconds;
        let hour = self.prices.as_ref().and_then(|p| p.master_hour(master)).unwrap_or(0);
        Placement {
            master,
            position,
            start,
            cost,
            extra_seconds,
            extra_metres: inward.metres + onward.metres - old.metres,
            price: hour * (model.work(m, need) + extra_seconds) / 3600,
        }
    }
}

impl Model {
    /// The rule of time that has to give least for `need` to stand at one of the positions.
    pub(crate) fn breach(
        &self,
        m: u32,
        tour: &Tour,
        positions: std::ops::RangeInclusive<usize>,
        need: &Need,
    ) -> Rule {
        let breaches = positions.filter_map(|k| self.breach_at(m, tour, k, need));
        breaches.min_by_key(|(by, _)| *by).map(|(_, rule)| rule).unwrap_or_else(|| {
            let missing = Self::shortage(need, &self.masters[m as usize], &tour.left);
            missing.unwrap_or(if self.is_timed(m) { Rule::Pause } else { Rule::Frozen })
        })
    }

    /// What breaks first at a position, with the seconds all that breaks there sums up to.
    fn breach_at(&self, m: u32, tour: &Tour, position: usize, need: &Need) -> Option<(i64, Rule)> {
        let (leave, place) = match position.checked_sub(1) {
            None => (self.ready(m), self.origin(m)),
            Some(k) => (tour.visits[k].leave, &self.jobs[tour.visits[k].job as usize].need.place),
        };
        let arrive = leave + self.leg(m, place, &need.place).seconds;
        let start = need.earliest(arrive);
        let missed = need.windows().last().map_or(0, |w| arrive - w.1);
        let own = start.is_none().then_some((missed, Rule::Window { by: missed }));
        let mut leave = start.unwrap_or(arrive) + self.work(m, need);
        let mut from = &need.place;
        for visit in &tour.visits[position..] {
            let later = &self.jobs[visit.job as usize].need;
            let arrive = leave + self.leg(m, from, &later.place).seconds;
            let Some(begin) = later.earliest(arrive) else {
                let by = later.windows().last().map_or(0, |w| arrive - w.1);
                let rule = Rule::Following { job: self.jobs[visit.job as usize].job.key, by };
                return Some(own.map_or((by, rule), |(first, rule)| (first + by, rule)));
            };
            leave = begin + self.work(m, later);
            from = &later.place;
        }
        let by = leave + self.home_leg(m, from).seconds - self.limit(m);
        if by <= 0 {
            return own;
        }
        let gone = self.masters[m as usize].off_from.is_some();
        let master = &self.masters[m as usize];
        let tired = master.rest.and_then(|rest| rest.over_by()) == Some(self.limit(m));
        let rule = match (gone, tired && self.limit(m) < master.shift.1 + master.overtime) {
            (true, false) => Rule::Off { by },
            (_, true) => Rule::Rest { by },
            (false, false) => Rule::Shift { by },
        };
        Some(own.map_or((by, rule), |(first, rule)| (first + by, rule)))
    }
}
