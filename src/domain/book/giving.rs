//! Work that changes hands when two cards of one client become one, and when they are parted again.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    requests::{order::OrderEvent, request::RequestEvent},
    values::id::{ClientId, OrderId, RequestId, VisitId},
    visits::visit::VisitEvent,
};
use std::collections::BTreeSet;

impl Draft<'_> {
    /// Requests of a client, also those that are over.
    pub fn requests_of(&self, client: ClientId) -> Vec<RequestId> {
        self.book().requests.values().filter(|it| it.client == client).map(|it| it.id).collect()
    }
    /// Some requests with their orders and visits are of another client from now on.
    ///
    /// # Errors
    /// One of them is that client's already.
    pub fn give(&mut self, requests: &[RequestId], client: ClientId) -> Result<(), Refusal> {
        let these: BTreeSet<RequestId> = requests.iter().copied().collect();
        let orders = self.book().orders.values().filter(|it| these.contains(&it.request));
        let orders: Vec<OrderId> = orders.map(|it| it.id).collect();
        let visits = self.book().visits.values().filter(|it| these.contains(&it.request));
        let visits: Vec<VisitId> = visits.map(|it| it.id).collect();
        these.into_iter().try_for_each(|id| self.on_request(id, RequestEvent::ClientChanged { client }))?;
        orders.into_iter().try_for_each(|id| self.on_order(id, OrderEvent::ClientChanged { client }))?;
        visits.into_iter().try_for_each(|id| self.on_visit(id, VisitEvent::ClientChanged { client }))
    }
}
