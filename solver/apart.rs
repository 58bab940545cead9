//! Why a master cannot take a linked job: who else the visit needs, and what it follows.

use crate::engine::Engine;
use crate::key::{JobKey, MasterKey};
use crate::model::{Model, NONE, Need};
use crate::rule::Rule;
use crate::tour::Tour;

impl Engine {
    /// The rule of seats and chains, time apart, that keeps a linked job from a master.
    pub(crate) fn kept_apart(&self, j: u32, m: u32) -> Option<Rule> {
        let model = &self.state.model;
        let n = model.links.of(j)?;
        let key = |j: u32| model.jobs[j as usize].job.key;
        if let Some(other) = model.links.beside(j).find(|&other| self.state.at[other as usize].0 == m) {
            return Some(Rule::OtherSeat { job: key(other) });
        }
        let follow = model.links.node(n).after?;
        let before = model.links.node(follow.node).seats[0];
        if !self.state.is_served(follow.node) {
            return Some(Rule::Waits { job: key(before) });
        }
        let leads = model.links.node(n).seats[0] == j;
        let person = self.state.person_of(follow.node).filter(|_| leads && follow.same_master)?;
        (person != model.person(m)).then_some(Rule::SameMaster { master: person })
    }

    /// Narrows the need of a linked job without a master to what its links leave, the other seats included; the rule
    /// broken where that leaves nothing.
    pub(crate) fn narrow(&self, j: u32, m: u32, tour: &Tour, need: &mut Need) -> Option<Rule> {
        let model = &self.state.model;
        let n = model.links.of(j)?;
        let stands = model.links.node(n).seats.iter().any(|&seat| self.state.is_placed(seat));
        if stands {
            // It is asked for at the start the visit has.
            return None;
        }
        let follow = model.links.node(n).after;
        let (from, to) = self.bounds(n);
        let alone =
            |need: &Need| (tour.head..=tour.visits.len()).any(|at| model.fit(m, tour, at, need).is_some());
        let own = need.clone();
        if let Some(follow) = follow {
            let before = model.jobs[model.links.node(follow.node).seats[0] as usize].job.key;
            let last = own.windows().last().map_or(0, |w| w.1);
            if !need.clip(from, to) {
                let by = if last < from { from - last } else { own.windows()[0].0 - to };
                return Some(Rule::Gap { job: before, by });
            }
            if !alone(need) {
                let late = own.windows().last().is_some_and(|w| w.1 > to) && alone(&own);
                return late.then(|| Rule::Gap { job: before, by: self.late_by(m, tour, &own, to) });
            }
        }
        if model.links.node(n).seats.len() == 1 || !alone(need) {
            return None;
        }
        let seats = model.links.node(n).seats.clone();
        let open = |seat: u32, master: u32| (seat == j) == (master == m);
        let found = self
            .seats(n, &seats, (from, to), open)
            .and_then(|mut seats| self.state.seatings(&mut seats, 1).into_iter().next());
        match found {
            Some(seating) => {
                need.hold(seating.start);
                need.own = NONE;
                None
            }
            None => Some(self.nobody_beside(j, m, tour, need)),
        }
    }

    /// By how much a master comes too late for a gap, at best.
    fn late_by(&self, m: u32, tour: &Tour, own: &Need, to: i64) -> i64 {
        let starts = (tour.head..=tour.visits.len())
            .filter_map(|at| self.state.model.fit(m, tour, at, own).map(|(_, start)| start - to));
        starts.min().unwrap_or(0).max(1)
    }

    /// Which other seat of a visit stays empty when a master takes this one, and who comes nearest to taking it.
    fn nobody_beside(&self, j: u32, m: u32, tour: &Tour, need: &Need) -> Rule {
        let model = &self.state.model;
        let key = |j: u32| model.jobs[j as usize].job.key;
        let mut starts: Vec<i64> = (tour.head..=tour.visits.len())
            .filter_map(|at| model.fit(m, tour, at, need).map(|(_, start)| start))
            .collect();
        starts.sort_unstable();
        starts.dedup();
        let mut worst: Option<(i64, Rule)> = None;
        for other in model.links.beside(j) {
            let slot = &model.jobs[other as usize];
            let mut nearest: Option<(i64, MasterKey, Rule)> = None;
            let mut filled = false;
            for free in (0..self.state.tours.len() as u32).filter(|&free| free != m) {
                let master = &model.masters[free as usize];
                let theirs = &self.state.tours[free as usize];
                let broken = Model::barred(&slot.job, master).or_else(|| self.kept_apart(other, free));
                let broken = broken.map_or_else(
                    || {
                        let mut asked = model.seat_need(other);
                        let at = |&start: &i64| {
                            asked.hold(start);
                            let positions = theirs.head..=theirs.visits.len();
                            let fits =
                                positions.clone().any(|k| model.fit(free, theirs, k, &asked).is_some());
                            (!fits).then(|| model.breach(free, theirs, positions, &asked))
                        };
                        let rules: Vec<Option<Rule>> = starts.iter().map(at).collect();
                        filled |= rules.iter().any(Option::is_none);
                        rules.into_iter().flatten().min_by_key(Rule::weight)
                    },
                    Some,
                );
                if let Some(rule) = broken
                    && nearest.as_ref().is_none_or(|(weight, ..)| rule.weight() < *weight)
                {
                    nearest = Some((rule.weight(), master.key, rule));
                }
            }
            // A seat somebody could take is empty only because nobody is left for another one.
            let alone = nearest.as_ref().map_or(i64::MAX, |(weight, ..)| *weight);
            let weight = if filled { -1 - alone.min(i64::MAX / 2) } else { alone };
            let nearest = nearest.map(|(_, master, rule)| (master, Box::new(rule)));
            if worst.as_ref().is_none_or(|(most, _)| weight > *most) {
                worst = Some((weight, Rule::Seat { job: key(other), nearest }));
            }
        }
        worst.map_or(Rule::Frozen, |(_, rule)| rule)
    }

    /// The other seats of a job's visit, with who has them.
    pub(crate) fn beside(&self, j: u32) -> Vec<(JobKey, Option<MasterKey>)> {
        let model = &self.state.model;
        let of = |seat: u32| {
            let master = self.state.slot(seat).map(|(m, _)| model.masters[m as usize].key);
            (model.jobs[seat as usize].job.key, master)
        };
        model.links.beside(j).map(of).collect()
    }
}
