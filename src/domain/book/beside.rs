//! Who goes beside the master: their own steps, and how many of them there are to be.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    values::id::{MasterId, VisitId},
    visits::{beside::HelperStep, visit::VisitEvent},
    workforce::master::MasterEvent,
};

impl Draft<'_> {
    /// Somebody who goes beside the master of a visit takes a step of their own; works, payment and signature stay with
    /// who leads.
    ///
    /// # Errors
    /// They do not go beside, the visit is not so far, or they have another visit in hand.
    pub fn step_beside(&mut self, id: VisitId, master: MasterId, step: HelperStep) -> Result<(), Refusal> {
        let duty = match &step {
            HelperStep::SetOff => Some(self.master(master)?.set_off(id)?),
            HelperStep::Arrived => Some(MasterEvent::Arrived { visit: id }),
            HelperStep::Seen | HelperStep::Left | HelperStep::Declined { .. } => None,
        };
        self.on_visit(id, VisitEvent::Beside { master, step })?;
        duty.map_or(Ok(()), |event| self.on_master(master, event))
    }
    /// The office sends another number of masters. `seen` is the version it looked at.
    ///
    /// # Errors
    /// No visit needs so many, it is over, or it has changed meanwhile.
    pub fn set_masters(&mut self, id: VisitId, masters: u8, seen: Option<u64>) -> Result<(), Refusal> {
        let visit = self.visit(id)?;
        if let Some(seen) = seen.filter(|seen| *seen != visit.ver) {
            return Err(Refusal::stale("the visit", seen, visit.ver));
        }
        let event = visit.decide(VisitEvent::SeatsSet { masters })?;
        if visit.masters_needed == masters { Ok(()) } else { self.on_visit(id, event) }
    }
}
