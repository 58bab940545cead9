//! One command's overlay over the book: sees its own changes, gathers facts and rows.

use super::Book;
use crate::{
    billing::payment::Payment,
    ports::{Batch, Entity},
    refusal::Refusal,
    requests::{
        order::{OrderEvent, RepairOrder},
        request::{Request, RequestEvent},
    },
    values::id::{MasterId, OrderId, RequestId, VisitId},
    visits::visit::{Visit, VisitEvent},
    workforce::master::{Master, MasterEvent},
};
use jiff::Timestamp;
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
    /// New payments.
    pub payments: Vec<Payment>,
    /// The last number given to people.
    pub last_no: u64,
}

/// The overlay.
#[derive(Debug)]
pub struct Draft<'a> {
    book: &'a Book,
    kept: Kept,
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
        Self { book, kept, batch: Batch::default(), at, by: by.into() }
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
    /// Live visits of a master as this command sees them.
    pub fn visits_of(&self, master: MasterId) -> Vec<VisitId> {
        let ids = self.book.visits.keys().chain(self.kept.visits.keys());
        let mut mine: Vec<VisitId> = ids
            .copied()
            .filter(|id| self.visit(*id).is_ok_and(|v| v.master() == Some(master) && !v.is_over()))
            .collect();
        mine.sort_unstable();
        mine.dedup();
        mine
    }
    /// The next number for people.
    pub fn next_no(&mut self) -> u64 {
        self.kept.last_no += 1;
        self.kept.last_no
    }
    /// Something happens to a visit.
    pub fn on_visit(&mut self, id: VisitId, event: VisitEvent) -> Result<(), Refusal> {
        let mut visit = self.visit(id)?.clone();
        let event = visit.decide(event)?;
        visit.apply(&event, self.at);
        self.batch.tell(id, visit.ver, event.name(), self.at, &self.by, &event);
        self.kept.visits.insert(id, visit);
        Ok(())
    }
    /// Something happens to a request.
    pub fn on_request(&mut self, id: RequestId, event: RequestEvent) -> Result<(), Refusal> {
        let mut request = self.request(id)?.clone();
        let event = request.decide(event)?;
        request.apply(&event, self.at);
        self.batch.tell(id, request.ver, event.name(), self.at, &self.by, &event);
        self.kept.requests.insert(id, request);
        Ok(())
    }
    /// Something happens to an order.
    pub fn on_order(&mut self, id: OrderId, event: OrderEvent) -> Result<(), Refusal> {
        let mut order = self.order(id)?.clone();
        order.apply(&event);
        self.batch.tell(id, order.ver, event.name(), self.at, &self.by, &event);
        self.kept.orders.insert(id, order);
        Ok(())
    }
    /// Something happens to a master.
    pub fn on_master(&mut self, id: MasterId, event: MasterEvent) -> Result<(), Refusal> {
        let mut master = self.master(id)?.clone();
        master.apply(&event);
        self.batch.tell(id, master.ver, event.name(), self.at, &self.by, &event);
        self.kept.masters.insert(id, master);
        Ok(())
    }
    /// A request, an order and a visit are opened together.
    pub fn open(&mut self, mut request: Request, mut order: RepairOrder, mut visit: Visit) {
        request.apply(&RequestEvent::Created, self.at);
        order.apply(&OrderEvent::Created);
        self.batch.tell(
            request.id,
            request.ver,
            "request.created",
            self.at,
            &self.by,
            &RequestEvent::Created,
        );
        self.batch.tell(order.id, order.ver, "order.created", self.at, &self.by, &OrderEvent::Created);
        visit.apply(&VisitEvent::Created, self.at);
        self.batch.tell(visit.id, visit.ver, "visit.created", self.at, &self.by, &VisitEvent::Created);
        self.kept.visits.insert(visit.id, visit);
        self.kept.orders.insert(order.id, order);
        self.kept.requests.insert(request.id, request);
    }
    /// Another visit of an order that is open already.
    pub fn open_visit(&mut self, mut visit: Visit) {
        visit.apply(&VisitEvent::Created, self.at);
        self.batch.tell(visit.id, visit.ver, "visit.created", self.at, &self.by, &VisitEvent::Created);
        self.kept.visits.insert(visit.id, visit);
    }
    /// A payment is written down.
    pub fn pay(&mut self, payment: Payment) {
        self.batch.tell(payment.id, payment.ver, "payment.succeeded", self.at, &self.by, &payment);
        self.kept.payments.push(payment);
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
        for payment in &self.kept.payments {
            self.batch.keep(payment, 0);
        }
        (self.batch, self.kept)
    }
}
