//! Who goes where: the plan's changes, by the solver and by people.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    requests::request::RequestEvent,
    values::{
        id::{MasterId, VisitId},
        period::Period,
    },
    visits::visit::{Assignment, Helper, Source, VisitEvent, VisitState},
    workforce::master::{Duty, MasterEvent},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// One line of a plan: who goes when, or nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The visit.
    pub visit: VisitId,
    /// The version it was planned from; a later one wins over the plan.
    pub ver: u64,
    /// Who and when (start, way in seconds); `None` takes the master away.
    pub to: Option<(MasterId, Timestamp, i64)>,
    /// Who goes beside the master, all at once with the line above.
    pub helpers: Vec<Helper>,
}

impl Draft<'_> {
    /// Takes over a plan of the solver. A visit that was changed, pinned or started meanwhile keeps
    /// what people did with it; returns how many moves were taken.
    pub fn adopt_plan(&mut self, moves: &[Move]) -> usize {
        moves.iter().filter(|m| self.adopt_move(m).is_ok()).count()
    }

    pub(super) fn adopt_move(&mut self, change: &Move) -> Result<(), Refusal> {
        let visit = self.visit(change.visit)?;
        if visit.ver != change.ver {
            return Err(Refusal::stale("the visit", change.ver, visit.ver));
        }
        let current = visit.assignment.as_ref().map(|a| (a.master, a.start));
        let minutes = i64::from(visit.minutes);
        let beside = visit.helpers().to_vec();
        if visit.pinned && change.to.is_none() && !beside.is_empty() {
            // The pin holds the one who leads; the others are wanted elsewhere.
            return self.on_visit(change.visit, VisitEvent::Accompanied { helpers: vec![] });
        }
        if visit.pinned && change.to.map(|(master, start, _)| (master, start)) != current {
            let detail = format!("visit {} is pinned: expected that it stays where it is", visit.no);
            return Err(Refusal::state("visit-pinned", detail));
        }
        let Some((master, start, travel_seconds)) = change.to else {
            return self.on_visit(change.visit, VisitEvent::Unplanned { reason: "solver".into() });
        };
        let end = start + SignedDuration::from_mins(minutes);
        let helpers = change.helpers.clone();
        if current.map(|(same, _)| same) != Some(master) {
            let proposed = Assignment::proposed(master, start, end, travel_seconds, Source::Solver);
            let assignment = Assignment { helpers, ..proposed };
            return self.on_visit(change.visit, VisitEvent::Planned { assignment });
        }
        let others = |all: &[Helper]| all.iter().map(|helper| helper.master).collect::<BTreeSet<_>>();
        let retimed = VisitEvent::Retimed { start, end, travel_seconds };
        let way = visit.assignment.as_ref().map(|a| a.travel_seconds);
        let moves = current.is_some_and(|(_, at)| at != start) || way != Some(travel_seconds);
        if others(&beside) != others(&helpers) {
            // Both happen, or neither does.
            if moves {
                self.visit(change.visit)?.decide(retimed.clone())?;
            }
            self.on_visit(change.visit, VisitEvent::Accompanied { helpers })?;
        }
        if moves { self.on_visit(change.visit, retimed) } else { Ok(()) }
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
        if chosen.left {
            return Err(Refusal::state(
                "master-left",
                format!("{} does not work here any longer", chosen.name),
            ));
        }
        if chosen.duty == Duty::Unavailable {
            return Err(Refusal::state("master-unavailable", format!("{} is unavailable", chosen.name)));
        }
        let event = if same {
            VisitEvent::Retimed { start, end, travel_seconds: travel }
        } else {
            let mut assignment = Assignment::proposed(master, start, end, travel, Source::Human);
            assignment.forced = self.is_busy(master, id, start, end);
            assignment.helpers = self.visit(id)?.helpers().to_vec();
            assignment.helpers.retain(|helper| helper.master != master);
            VisitEvent::Planned { assignment }
        };
        self.on_visit(id, event)?;
        if pin { self.on_visit(id, VisitEvent::Pinned { pinned: true }) } else { Ok(()) }
    }

    /// Has the master other live work between the two instants (I-03)?
    fn is_busy(&self, master: MasterId, but: VisitId, start: Timestamp, end: Timestamp) -> bool {
        self.visits_of(master).into_iter().filter(|id| *id != but).any(|id| {
            let work = self.visit(id).ok().and_then(|v| v.assignment.as_ref());
            work.is_some_and(|a| a.start < end && start < a.end)
        })
    }

    /// The window that the client agreed to; another one than before is a move that everybody hears of.
    pub fn promise_window(&mut self, id: VisitId, window: Period) -> Result<(), Refusal> {
        if window.to <= self.at {
            return Err(Refusal::invalid(
                "window-past",
                format!("the window ends at `{}`, which has passed", window.to),
            ));
        }
        let visit = self.visit(id)?;
        let request = visit.request;
        let event = match visit.window {
            Some(was) if was != window => VisitEvent::Rescheduled { window, was },
            _ => VisitEvent::WindowPromised { window },
        };
        self.on_visit(id, event)?;
        self.on_request(request, RequestEvent::Booked { visit: id })
    }

    /// A master cannot work: what is not begun goes back to nobody, also from the way and from the door; returns those
    /// visits. Work that is begun stays with the master; where they were to go beside another, that one still goes.
    pub fn lose_master(&mut self, id: MasterId, reason: &str) -> Result<Vec<VisitId>, Refusal> {
        let event = self.master(id)?.become_unavailable(reason)?;
        let mut freed = Vec::new();
        for visit in self.visits_of(id) {
            let (reason, row) = (reason.to_owned(), self.visit(visit)?);
            if row.master() != Some(id) {
                self.leave_beside(visit, id)?;
                continue;
            }
            match row.state {
                VisitState::Working | VisitState::Paused => continue,
                VisitState::EnRoute | VisitState::OnSite => {
                    self.on_visit(visit, VisitEvent::TripBroken { reason })?;
                    self.free(id, visit)?;
                }
                _ => self.on_visit(visit, VisitEvent::Unplanned { reason })?,
            }
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
