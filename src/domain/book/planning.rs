//! Who goes where: the plan's changes, by the solver and by people.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    requests::request::RequestEvent,
    values::{
        id::{MasterId, VisitId},
        period::Period,
    },
    visits::visit::{Assignment, Source, VisitEvent},
    workforce::master::{Duty, MasterEvent},
};
use jiff::{SignedDuration, Timestamp};

/// One line of a plan: who goes when, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The visit.
    pub visit: VisitId,
    /// The version it was planned from; a later one wins over the plan.
    pub ver: u64,
    /// Who and when (start, way in seconds); `None` takes the master away.
    pub to: Option<(MasterId, Timestamp, i64)>,
}

impl Draft<'_> {
    /// Takes over a plan of the solver. A visit that was changed, pinned or started meanwhile keeps
    /// what people did with it; returns how many moves were taken.
    pub fn adopt_plan(&mut self, moves: &[Move]) -> usize {
        moves.iter().filter(|m| self.adopt_move(m).is_ok()).count()
    }

    fn adopt_move(&mut self, change: &Move) -> Result<(), Refusal> {
        let visit = self.visit(change.visit)?;
        if visit.ver != change.ver {
            return Err(Refusal::stale("the visit", change.ver, visit.ver));
        }
        let current = visit.assignment.as_ref().map(|a| (a.master, a.start));
        let minutes = i64::from(visit.minutes);
        let Some((master, start, travel_seconds)) = change.to else {
            if visit.pinned {
                return Err(Refusal::state("visit-pinned", "a pinned visit stays with its master"));
            }
            return self.on_visit(change.visit, VisitEvent::Unplanned { reason: "solver".into() });
        };
        let end = start + SignedDuration::from_mins(minutes);
        match current {
            Some((same, at)) if same == master && at == start => Ok(()),
            Some((same, _)) if same == master => {
                self.on_visit(change.visit, VisitEvent::Retimed { start, end, travel_seconds })
            }
            Some(_) if visit.pinned => {
                Err(Refusal::state("visit-pinned", "a pinned visit stays with its master"))
            }
            _ => {
                let assignment = Assignment::proposed(master, start, end, travel_seconds, Source::Solver);
                self.on_visit(change.visit, VisitEvent::Planned { assignment })
            }
        }
    }

    /// A person gives the visit to a master. `seen` is the version they looked at.
    pub fn assign(
        &mut self,
        id: VisitId,
        master: MasterId,
        start: Timestamp,
        travel: i64,
        pin: bool,
        seen: Option<u64>,
    ) -> Result<(), Refusal> {
        let visit = self.visit(id)?;
        if let Some(seen) = seen.filter(|seen| *seen != visit.ver) {
            return Err(Refusal::stale("the visit", seen, visit.ver));
        }
        let end = start + SignedDuration::from_mins(i64::from(visit.minutes));
        let wanted = visit.skills.clone();
        let same = visit.master() == Some(master);
        let chosen = self.master(master)?;
        if !chosen.can(&wanted, start) {
            let missing: Vec<String> = wanted.iter().map(|(code, level)| format!("{code} {level}")).collect();
            return Err(Refusal::state(
                "skill-missing",
                format!("{} lacks `{}`", chosen.name, missing.join(", ")),
            ));
        }
        if chosen.duty == Duty::Unavailable {
            return Err(Refusal::state("master-unavailable", format!("{} is unavailable", chosen.name)));
        }
        let event = if same {
            VisitEvent::Retimed { start, end, travel_seconds: travel }
        } else {
            VisitEvent::Planned {
                assignment: Assignment::proposed(master, start, end, travel, Source::Human),
            }
        };
        self.on_visit(id, event)?;
        if pin { self.on_visit(id, VisitEvent::Pinned { pinned: true }) } else { Ok(()) }
    }

    /// The window that the client agreed to.
    pub fn promise_window(&mut self, id: VisitId, window: Period) -> Result<(), Refusal> {
        if window.to <= self.at {
            return Err(Refusal::invalid(
                "window-past",
                format!("the window ends at `{}`, which has passed", window.to),
            ));
        }
        let request = self.visit(id)?.request;
        self.on_visit(id, VisitEvent::WindowPromised { window })?;
        self.on_request(request, RequestEvent::Booked { visit: id })
    }

    /// A master cannot work: what is not begun goes back to nobody; returns those visits.
    pub fn lose_master(&mut self, id: MasterId, reason: &str) -> Result<Vec<VisitId>, Refusal> {
        let event = self.master(id)?.become_unavailable(reason)?;
        let mut freed = Vec::new();
        for visit in self.visits_of(id) {
            if self.visit(visit)?.is_started() {
                self.on_visit(visit, VisitEvent::Cancelled { reason: format!("{reason}: trip broken off") })
                    .ok();
                continue;
            }
            self.on_visit(visit, VisitEvent::Unplanned { reason: reason.to_owned() })?;
            freed.push(visit);
        }
        self.on_master(id, event)?;
        Ok(freed)
    }

    /// A master is here (again) or goes home.
    pub fn shift(&mut self, id: MasterId, event: MasterEvent) -> Result<(), Refusal> {
        self.on_master(id, event)
    }
}
