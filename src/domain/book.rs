//! The branch's open work as one book: requests, orders, visits and masters with one owner,
//! so that no rule that spans two of them can be broken by a race.
//!
//! A command works on a [`draft::Draft`]: an overlay that sees its own changes, gathers the facts
//! and is adopted only after the journal has kept it. A refused or unkept draft is dropped whole.

pub mod beside;
pub mod chaining;
pub mod draft;
pub mod giving;
pub mod intake;
pub mod past;
pub mod plan_policy;
pub mod planning;
pub mod proposal;
pub mod proposal_policy;
pub mod proposing;
pub mod quote;
pub mod staffing;
pub mod upkeep;
pub mod work;

use crate::{
    book::proposal::Proposal,
    requests::{order::RepairOrder, request::Request},
    upkeep::{occurrence::Occurrence, schedule::ServiceSchedule},
    values::id::{MasterId, OccurrenceId, OrderId, ProposalId, RequestId, ScheduleId, VisitId},
    visits::visit::Visit,
    workforce::master::Master,
};
use std::collections::BTreeMap;

/// All that is open in a branch, and what was closed lately.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Requests by id.
    pub requests: BTreeMap<RequestId, Request>,
    /// Orders by id.
    pub orders: BTreeMap<OrderId, RepairOrder>,
    /// Visits by id.
    pub visits: BTreeMap<VisitId, Visit>,
    /// Masters by id.
    pub masters: BTreeMap<MasterId, Master>,
    /// Proposals that wait, and those decided lately.
    pub proposals: BTreeMap<ProposalId, Proposal>,
    /// Schedules of agreements.
    pub schedules: BTreeMap<ScheduleId, ServiceSchedule>,
    /// Their days that are due, and what became of each.
    pub occurrences: BTreeMap<OccurrenceId, Occurrence>,
    /// The last number given to people.
    pub last_no: u64,
}

impl Book {
    /// Takes a draft over; called only after the journal has kept it.
    pub fn adopt(&mut self, kept: draft::Kept) {
        self.requests.extend(kept.requests);
        self.orders.extend(kept.orders);
        self.visits.extend(kept.visits);
        self.masters.extend(kept.masters);
        self.proposals.extend(kept.proposals);
        self.schedules.extend(kept.schedules);
        self.occurrences.extend(kept.occurrences);
        self.last_no = self.last_no.max(kept.last_no);
    }
}
