//! The price before the work: what the master found, what the client says to it, and the clocks meanwhile.

use super::draft::Draft;
use crate::{
    refusal::Refusal,
    requests::{
        order::{OrderEvent, Phase, PriceLine},
        request::{HoldReason, RequestEvent, RequestState},
    },
    values::{
        id::{MasterId, OrderId},
        money::Money,
    },
};

impl Draft<'_> {
    /// The fault is found and priced. What falls to the client is sent to them, and the request waits for their word;
    /// what falls to somebody else is agreed by itself.
    ///
    /// # Errors
    /// The fault is not being looked for, or a price is less than nothing.
    pub fn quote(&mut self, id: OrderId, master: MasterId, lines: Vec<PriceLine>) -> Result<(), Refusal> {
        let lines = self.with_trip(id, lines)?;
        self.on_order(id, OrderEvent::LinesWritten { master, lines })?;
        self.on_order(id, OrderEvent::PhaseChanged { to: Phase::QuoteReady })?;
        if self.order(id)?.client_part() <= Money::ZERO {
            return self.on_order(id, OrderEvent::PhaseChanged { to: Phase::Approved });
        }
        self.on_order(id, OrderEvent::PhaseChanged { to: Phase::AwaitApproval })?;
        let request = self.order(id)?.request;
        self.on_request(request, RequestEvent::Held { reason: HoldReason::Client })
    }

    /// The client agrees to the quote they saw.
    ///
    /// # Errors
    /// Another quote has been made meanwhile, or nobody waits for an answer.
    pub fn approve_quote(&mut self, id: OrderId, quote: u32, evidence: &str) -> Result<(), Refusal> {
        self.on_order(id, OrderEvent::QuoteApproved { quote, evidence: evidence.to_owned() })?;
        self.hear(id)
    }

    /// The client does not agree: works and parts are struck out, the search for the fault is owed.
    ///
    /// # Errors
    /// Nobody waits for an answer.
    pub fn decline_quote(&mut self, id: OrderId) -> Result<(), Refusal> {
        self.on_order(id, OrderEvent::PhaseChanged { to: Phase::Declined })?;
        self.hear(id)
    }

    fn hear(&mut self, id: OrderId) -> Result<(), Refusal> {
        let request = self.order(id)?.request;
        match self.request(request)?.state {
            RequestState::OnHold => self.on_request(request, RequestEvent::Resumed),
            _ => Ok(()),
        }
    }
}
