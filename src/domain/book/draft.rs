//! One command's overlay over the book: sees its own changes, gathers facts and rows.

use super::{
    Book,
    proposal::{Proposal, ProposalEvent},
};
use crate::{
    access::{
        User,
        user_rules::{Roll, UserEvent},
    },
    billing::payment::{Payment, PaymentEvent},
    calls::operator::Operator,
    ports::{Batch, Entity},
    refusal::Refusal,
    requests::{
        order::{OrderEvent, RepairOrder},
        request::{Request, RequestEvent},
    },
    upkeep::{
        occurrence::{Occurrence, OccurrenceEvent},
        schedule::{ScheduleEvent, ServiceSchedule},
    },
    values::id::{MasterId, OccurrenceId, OrderId, PaymentId, ProposalId, RequestId, ScheduleId, VisitId},
    visits::visit::{Visit, VisitEvent},
    workforce::{
        master::{Master, MasterEvent},
        vehicle::Vehicle,
    },
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// What a kept command changed.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Changed requests.
    pub requests: BTreeMap<RequestId, Request>,
    /// Changed orders.
    pub orders: BTreeMap<OrderId, RepairOrder>,
    /// Changed visits.
    pub visits: BTreeMap<VisitId, Visit>,
    /// Changed masters.
    pub masters: BTreeMap<MasterId, Master>,
    /// Changed proposals.
    pub proposals: BTreeMap<ProposalId, Proposal>,
    /// Changed schedules.
    pub schedules: BTreeMap<ScheduleId, ServiceSchedule>,
    /// Changed occurrences of schedules.
    pub occurrences: BTreeMap<OccurrenceId, Occurrence>,
    /// Payments that were made or changed.
    pub payments: Vec<Payment>,
    /// Users who came or changed, with the versions they had before.
    pub users: Vec<(User, u64)>,
    /// Operators who are new.
    pub operators: Vec<Operator>,
    /// Vehicles that are new.
    pub vehicles: Vec<Vehicle>,
    /// The last number given to people.
    pub last_no: u64,
}

/// The overlay.
#[derive(Debug)]
pub struct Draft<'a> {
    book: &'a Book,
    kept: Kept,
    /// The versions that changed payments had before.
    paid_before: BTreeMap<PaymentId, u64>,
    batch: Batch,
    /// The instant of the command.
    pub at: Timestamp,
    /// Who gives it.
    pub by: String,
}

impl<'a> Draft<'a> {
    /// Opens a draft over the book.
    pub fn new(book: &'a Book, at: Timestamp, by: impl Into<String>) -> Self {
        let kept = Kept { last_no: book.last_no, ..Kept::default() };
        Self { book, kept, paid_before: BTreeMap::new(), batch: Batch::default(), at, by: by.into() }
    }
    /// The book underneath, without what this command changed.
    pub const fn book(&self) -> &Book {
        self.book
    }
    /// A visit as this command sees it.
    pub fn visit(&self, id: VisitId) -> Result<&Visit, Refusal> {
        self.kept
            .visits
            .get(&id)
            .or_else(|| self.book.visits.get(&id))
            .ok_or_else(|| Refusal::unknown("visit", id))
    }
    /// A request as this command sees it.
    pub fn request(&self, id: RequestId) -> Result<&Request, Refusal> {
        self.kept
            .requests
            .get(&id)
            .or_else(|| self.book.requests.get(&id))
            .ok_or_else(|| Refusal::unknown("request", id))
    }
    /// An order as this command sees it.
    pub fn order(&self, id: OrderId) -> Result<&RepairOrder, Refusal> {
        self.kept
            .orders
            .get(&id)
            .or_else(|| self.book.orders.get(&id))
            .ok_or_else(|| Refusal::unknown("order", id))
    }
    /// A master as this command sees them.
    pub fn master(&self, id: MasterId) -> Result<&Master, Refusal> {
        self.kept
            .masters
            .get(&id)
            .or_else(|| self.book.masters.get(&id))
            .ok_or_else(|| Refusal::unknown("master", id))
    }
    /// A proposal as this command sees it.
    pub fn proposal(&self, id: ProposalId) -> Result<&Proposal, Refusal> {
        self.kept
            .proposals
            .get(&id)
            .or_else(|| self.book.proposals.get(&id))
            .ok_or_else(|| Refusal::unknown("proposal", id))
    }
    /// Live visits that a master goes to, first or beside, as this command sees them.
    pub fn visits_of(&self, master: MasterId) -> Vec<VisitId> {
        self.visits_where(|visit| visit.takes(master) && !visit.is_over())
    }
    /// Visits for which something holds, as this command sees them.
    pub(super) fn visits_where(&self, holds: impl Fn(&Visit) -> bool) -> Vec<VisitId> {
        let mut ids: Vec<VisitId> = self.book.visits.keys().chain(self.kept.visits.keys()).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| self.visit(*id).is_ok_and(&holds));
        ids
    }
    /// The next number for people.
    pub fn next_no(&mut self) -> u64 {
        self.kept.last_no += 1;
        self.kept.last_no
    }
    /// Something happens to a visit; whoever was under way beside its master and is so no longer is free.
    pub fn on_visit(&mut self, id: VisitId, event: VisitEvent) -> Result<(), Refusal> {
        let mut visit = self.visit(id)?.clone();
        let beside: Vec<MasterId> = visit.under_way_beside().collect();
        let event = visit.decide(event)?;
        visit.apply(&event, self.at);
        self.batch.tell(id, visit.ver, event.name(), self.at, &self.by, &event);
        let gone = beside.into_iter().filter(|master| visit.under_way_beside().all(|still| still != *master));
        let gone: Vec<MasterId> = gone.collect();
        let ended = (visit.order, event);
        self.kept.visits.insert(id, visit);
        self.tell_occurrence(ended.0, &ended.1)?;
        gone.into_iter().try_for_each(|master| self.free(master, id))
    }
    /// A master does not go beside another any longer; the visit stays with who leads it.
    pub(super) fn leave_beside(&mut self, id: VisitId, master: MasterId) -> Result<(), Refusal> {
        let mut helpers = self.visit(id)?.helpers().to_vec();
        helpers.retain(|helper| helper.master != master);
        self.on_visit(id, VisitEvent::Accompanied { helpers })
    }
    /// Something happens to a request.
    pub fn on_request(&mut self, id: RequestId, event: RequestEvent) -> Result<(), Refusal> {
        let mut request = self.request(id)?.clone();
        let event = request.decide_at(event, self.at)?;
        request.apply(&event, self.at);
        self.batch.tell(id, request.ver, event.name(), self.at, &self.by, &event);
        self.kept.requests.insert(id, request);
        Ok(())
    }
    /// Something happens to an order.
    pub fn on_order(&mut self, id: OrderId, event: OrderEvent) -> Result<(), Refusal> {
        let mut order = self.order(id)?.clone();
        let event = order.decide(event)?;
        order.apply(&event, self.at);
        self.batch.tell(id, order.ver, event.name(), self.at, &self.by, &event);
        self.kept.orders.insert(id, order);
        Ok(())
    }
    /// Something happens to a master.
    pub fn on_master(&mut self, id: MasterId, event: MasterEvent) -> Result<(), Refusal> {
        let mut master = self.master(id)?.clone();
        let event = master.decide(event)?;
        master.apply(&event);
        self.batch.tell(id, master.ver, event.name(), self.at, &self.by, &event);
        self.kept.masters.insert(id, master);
        Ok(())
    }
    /// A schedule as this command sees it.
    pub fn schedule(&self, id: ScheduleId) -> Result<&ServiceSchedule, Refusal> {
        let known = self.kept.schedules.get(&id).or_else(|| self.book.schedules.get(&id));
        known.ok_or_else(|| Refusal::unknown("schedule", id))
    }
    /// An occurrence as this command sees it.
    pub fn occurrence(&self, id: OccurrenceId) -> Result<&Occurrence, Refusal> {
        let known = self.kept.occurrences.get(&id).or_else(|| self.book.occurrences.get(&id));
        known.ok_or_else(|| Refusal::unknown("occurrence", id))
    }
    /// Every schedule as this command sees it.
    pub fn schedules(&self) -> impl Iterator<Item = &ServiceSchedule> {
        let fresh = self.kept.schedules.values();
        let rest = self.book.schedules.values().filter(|it| !self.kept.schedules.contains_key(&it.id));
        fresh.chain(rest)
    }
    /// Every occurrence as this command sees it.
    pub fn occurrences(&self) -> impl Iterator<Item = &Occurrence> {
        let fresh = self.kept.occurrences.values();
        let rest = self.book.occurrences.values().filter(|it| !self.kept.occurrences.contains_key(&it.id));
        fresh.chain(rest)
    }
    /// Something happens to a schedule; one that is not known yet is opened.
    ///
    /// # Errors
    /// The schedule's state says no.
    pub fn on_schedule(
        &mut self,
        mut schedule: ServiceSchedule,
        event: ScheduleEvent,
    ) -> Result<(), Refusal> {
        let event = schedule.decide(event)?;
        schedule.apply(&event);
        self.batch.tell(schedule.id, schedule.ver, event.name(), self.at, &self.by, &event);
        self.kept.schedules.insert(schedule.id, schedule);
        Ok(())
    }
    /// Something happens to an occurrence, on a day of the point's calendar; one that is not known yet is opened.
    ///
    /// # Errors
    /// The occurrence's state, a person's pin or a value of the event says no.
    pub fn on_occurrence(
        &mut self,
        mut occurrence: Occurrence,
        event: OccurrenceEvent,
        today: Date,
    ) -> Result<(), Refusal> {
        let event = occurrence.decide(event, today)?;
        occurrence.apply(&event);
        self.batch.tell(occurrence.id, occurrence.ver, event.name(), self.at, &self.by, &event);
        self.kept.occurrences.insert(occurrence.id, occurrence);
        Ok(())
    }
    /// Somebody who is in no book yet.
    pub(super) fn open_master(&mut self, master: Master) {
        self.kept.masters.insert(master.id, master);
    }
    /// Something happens to a user, among everybody on the roll; gives the user as they are then.
    ///
    /// # Errors
    /// The roll says no.
    pub fn on_user(&mut self, roll: Roll<'_>, user: &User, event: UserEvent) -> Result<User, Refusal> {
        let event = roll.decide(user, event)?;
        let mut after = user.clone();
        after.apply(&event, self.at);
        self.batch.tell(after.id, after.ver, event.name(), self.at, &self.by, &event);
        Ok(after)
    }
    /// Keeps a user as they are after all that happened to them; `was` is the version before it.
    pub fn keep_user(&mut self, user: User, was: u64) {
        self.kept.users.push((user, was));
    }
    /// A seat at the telephone for somebody new.
    pub fn open_operator(&mut self, operator: Operator) {
        let operator = Operator { ver: 1, ..operator };
        self.batch.tell(operator.id, 1, "operator.joined", self.at, &self.by, &operator.name);
        self.kept.operators.push(operator);
    }
    /// A vehicle that nobody drove before.
    pub fn open_vehicle(&mut self, vehicle: Vehicle) {
        let vehicle = Vehicle { ver: 1, ..vehicle };
        self.batch.tell(vehicle.id, 1, "vehicle.joined", self.at, &self.by, &vehicle.plate);
        self.kept.vehicles.push(vehicle);
    }
    /// A proposal is made.
    ///
    /// # Errors
    /// It is not new.
    pub fn open_proposal(&mut self, proposal: Proposal) -> Result<(), Refusal> {
        let id = proposal.id;
        let made = ProposalEvent::Made { moves: proposal.moves.clone(), saving: proposal.saving };
        let event = proposal.decide(made)?;
        self.kept.proposals.insert(id, proposal);
        self.on_proposal(id, event)
    }
    /// Something happens to a proposal.
    pub fn on_proposal(&mut self, id: ProposalId, event: ProposalEvent) -> Result<(), Refusal> {
        let mut proposal = self.proposal(id)?.clone();
        let event = proposal.decide(event)?;
        proposal.apply(&event, self.at, &self.by);
        self.batch.tell(id, proposal.ver, event.name(), self.at, &self.by, &event);
        self.kept.proposals.insert(id, proposal);
        Ok(())
    }
    /// A request, an order and a visit are opened together.
    ///
    /// # Errors
    /// One of them is not new, or the request does not say what is wrong.
    pub fn open(&mut self, request: Request, order: RepairOrder, visit: Visit) -> Result<(), Refusal> {
        let (request_id, order_id, visit_id) = (request.id, order.id, visit.id);
        let first = request.decide(RequestEvent::Created)?;
        let (second, third) = (order.decide(OrderEvent::Created)?, visit.decide(VisitEvent::Created)?);
        self.kept.requests.insert(request_id, request);
        self.kept.orders.insert(order_id, order);
        self.kept.visits.insert(visit_id, visit);
        self.on_request(request_id, first)?;
        self.on_order(order_id, second)?;
        self.on_visit(visit_id, third)
    }
    /// Another visit of an order that is open already.
    ///
    /// # Errors
    /// The visit is not new.
    pub fn open_visit(&mut self, visit: Visit) -> Result<(), Refusal> {
        let id = visit.id;
        let event = visit.decide(VisitEvent::Created)?;
        self.kept.visits.insert(id, visit);
        self.on_visit(id, event)
    }
    /// Something happens to a payment; gives it as it is then.
    ///
    /// # Errors
    /// The payment's state or the sum says no.
    pub fn on_payment(&mut self, payment: &Payment, event: PaymentEvent) -> Result<Payment, Refusal> {
        let event = payment.decide(event)?;
        let mut after = payment.clone();
        after.apply(&event);
        self.batch.tell(after.id, after.ver, event.name(), self.at, &self.by, &after);
        self.paid_before.entry(after.id).or_insert(payment.ver);
        self.kept.payments.retain(|known| known.id != after.id);
        self.kept.payments.push(after.clone());
        Ok(after)
    }
    /// The batch for the journal and what to adopt when it is kept.
    pub fn finish(mut self) -> (Batch, Kept) {
        for request in self.kept.requests.values() {
            self.batch.keep(request, self.book.requests.get(&request.id).map_or(0, Entity::ver));
        }
        for order in self.kept.orders.values() {
            self.batch.keep(order, self.book.orders.get(&order.id).map_or(0, Entity::ver));
        }
        for visit in self.kept.visits.values() {
            self.batch.keep(visit, self.book.visits.get(&visit.id).map_or(0, Entity::ver));
        }
        for master in self.kept.masters.values() {
            self.batch.keep(master, self.book.masters.get(&master.id).map_or(0, Entity::ver));
        }
        for proposal in self.kept.proposals.values() {
            self.batch.keep(proposal, self.book.proposals.get(&proposal.id).map_or(0, Entity::ver));
        }
        for schedule in self.kept.schedules.values() {
            self.batch.keep(schedule, self.book.schedules.get(&schedule.id).map_or(0, Entity::ver));
        }
        for occurrence in self.kept.occurrences.values() {
            self.batch.keep(occurrence, self.book.occurrences.get(&occurrence.id).map_or(0, Entity::ver));
        }
        for payment in &self.kept.payments {
            self.batch.keep(payment, self.paid_before.get(&payment.id).copied().unwrap_or(0));
        }
        for (user, was) in &self.kept.users {
            self.batch.keep(user, *was);
        }
        for operator in &self.kept.operators {
            self.batch.keep(operator, 0);
        }
        for vehicle in &self.kept.vehicles {
            self.batch.keep(vehicle, 0);
        }
        (self.batch, self.kept)
    }
}
