//! A dispatcher's word on a proposal: yes, no, and taking either back.

use super::{
    draft::Draft,
    planning::Move,
    proposal::{Ending, ProposalEvent, ProposalState, ProposedMove, Spot},
    proposal_policy::ProposalPolicy,
};
use crate::{
    ports::Entity,
    refusal::Refusal,
    values::id::{ProposalId, VisitId},
    visits::visit::{Assignment, Source, VisitEvent},
};
use jiff::SignedDuration;

fn stale(id: ProposalId, ending: Ending) -> Refusal {
    Refusal::state(
        "proposal-moved",
        format!("proposal `{id}` does not stand any longer (`{ending:?}`): expected a plan as it was shown"),
    )
}

impl Draft<'_> {
    /// A person says yes: the visits go where the proposal has them. `fresh` are the same moves as the planner has
    /// them at this moment.
    ///
    /// # Errors
    /// It does not wait any longer; a visit was moved, pinned or is about to begin; the planner's moves are others
    /// than those that were shown.
    pub fn accept_proposal(
        &mut self,
        id: ProposalId,
        fresh: &[ProposedMove],
        policy: &ProposalPolicy,
    ) -> Result<(), Refusal> {
        let proposal = self.proposal(id)?.clone();
        proposal.decide(ProposalEvent::Accepted)?;
        if let Some(ending) = policy.ending(&proposal, self.book(), self.at) {
            return Err(stale(id, ending));
        }
        let shown: Vec<_> = proposal.changes().collect();
        let same = super::proposal::changes(fresh).all(|change| shown.contains(&change))
            && shown.iter().all(|change| super::proposal::changes(fresh).any(|other| other == *change));
        if !same || fresh.iter().any(|m| policy.obstacle(m, self.book(), self.at).is_some()) {
            return Err(stale(id, Ending::Moved));
        }
        self.take_moves(fresh)?;
        self.on_proposal(id, ProposalEvent::Accepted)
    }
    /// The visits of a better plan go where it has them.
    ///
    /// # Errors
    /// A visit cannot be moved.
    pub fn take_moves(&mut self, moves: &[ProposedMove]) -> Result<(), Refusal> {
        for change in moves {
            let visit = self.visit(change.visit)?;
            let (ver, helpers) = (visit.ver(), change.to.helpers.clone());
            let to = Some((change.to.master, change.to.start, change.to.travel_seconds));
            self.adopt_move(&Move { visit: change.visit, ver, to, helpers })?;
        }
        Ok(())
    }
    /// A person says no.
    ///
    /// # Errors
    /// It does not wait any longer.
    pub fn reject_proposal(&mut self, id: ProposalId) -> Result<(), Refusal> {
        self.on_proposal(id, ProposalEvent::Rejected)
    }
    /// A person takes their word back: after a yes the visits stand where they stood, after a no it waits again.
    /// Gives the visits that went back.
    ///
    /// # Errors
    /// Nobody said yes or no; the day has gone on, so that a visit cannot go back.
    pub fn undo_proposal(
        &mut self,
        id: ProposalId,
        policy: &ProposalPolicy,
    ) -> Result<Vec<VisitId>, Refusal> {
        let proposal = self.proposal(id)?.clone();
        if proposal.state != ProposalState::Accepted {
            proposal.decide(ProposalEvent::Reopened)?;
            if let Some(ending) = policy.ending(&proposal, self.book(), self.at) {
                return Err(stale(id, ending));
            }
            self.on_proposal(id, ProposalEvent::Reopened)?;
            return Ok(Vec::new());
        }
        for change in &proposal.moves {
            let visit = self.visit(change.visit)?;
            let stands =
                visit.assignment.as_ref().is_some_and(|a| Spot::from(a).has_same_masters(&change.to));
            let gone_on = visit.is_started() || visit.is_over() || visit.under_way_beside().next().is_some();
            if !stands || gone_on {
                let detail =
                    format!("visit {} has gone on since: expected it where the plan put it", visit.no);
                return Err(Refusal::state("undo-too-late", detail));
            }
            let minutes = SignedDuration::from_mins(i64::from(visit.minutes));
            let event = match change.from.clone() {
                None => VisitEvent::Unplanned { reason: "dispatcher".into() },
                Some(Spot { master, start, travel_seconds, helpers }) => {
                    let (end, by) = (start + minutes, Source::Human);
                    // A person has put it there: the planner does not take it away again unasked.
                    let proposed = Assignment::proposed(master, start, end, travel_seconds, by);
                    VisitEvent::Planned { assignment: Assignment { helpers, ..proposed } }
                }
            };
            self.on_visit(change.visit, event)?;
        }
        self.on_proposal(id, ProposalEvent::Undone)?;
        Ok(proposal.moves.iter().map(|m| m.visit).collect())
    }
}
