//! A repair order: work and money on one unit (`domain.md` 3.4.5). Phases are code; stages are data.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{AgreementId, ClientId, Id, MasterId, OrderId, OrderKind, PointId, RequestId, UnitId},
        money::Money,
    },
};
use serde::{Deserialize, Serialize};

/// The fixed phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Taken down.
    Intake,
    /// The intake act is signed.
    Accepted,
    /// The fault is looked for.
    Diagnosing,
    /// The price is known.
    QuoteReady,
    /// The client thinks.
    AwaitApproval,
    /// The client agreed, or somebody else pays.
    Approved,
    /// The client did not agree.
    Declined,
    /// A part is missing.
    WaitingParts,
    /// All parts are there.
    Ready,
    /// Being repaired.
    InRepair,
    /// Being checked.
    Qc,
    /// It works.
    Done,
    /// Given back, act signed, paid or owed.
    Issued,
    /// Cannot be repaired.
    Unrepairable,
    /// Called off.
    Cancelled,
}

impl Phase {
    /// The table of transitions.
    pub fn may_go(self, to: Self) -> bool {
        use Phase::*;
        match (self, to) {
            (Intake, Accepted) | (Accepted, Diagnosing) | (Diagnosing, QuoteReady) => true,
            (QuoteReady, AwaitApproval | Approved) | (AwaitApproval, Approved | Declined) => true,
            (Approved, WaitingParts | InRepair) | (WaitingParts, Ready) | (Ready, InRepair) => true,
            (InRepair, Diagnosing | Qc | WaitingParts) | (Qc, InRepair | Done) | (Done, Issued) => true,
            (Declined | Unrepairable, Issued) => true,
            (Issued | Cancelled | Declined | Unrepairable | Done, Unrepairable | Cancelled) => false,
            (_, Unrepairable | Cancelled) => true,
            _ => false,
        }
    }
}

/// Who pays for the labour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The client.
    Client,
    /// The agreement.
    Agreement,
    /// The manufacturer, by warranty.
    Warranty,
}

/// A line of work, a part, or the trip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// What.
    pub name: String,
    /// How much.
    pub price: Money,
}

/// Work and money on one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairOrder {
    /// Identity.
    pub id: OrderId,
    /// Version.
    pub ver: u64,
    /// Number for people.
    pub no: u64,
    /// Phase.
    pub phase: Phase,
    /// The request it answers.
    pub request: RequestId,
    /// Whose.
    pub client: ClientId,
    /// Where.
    pub point: PointId,
    /// On what; unknown serials are allowed.
    pub unit: Option<UnitId>,
    /// Who pays.
    pub payer: Payer,
    /// By which agreement.
    pub agreement: Option<AgreementId>,
    /// Which version of the price list the lines come from.
    pub price_list: u32,
    /// What was done and used.
    pub lines: Vec<PriceLine>,
    /// What has been paid.
    pub paid: Money,
    /// Who has the unit in hand, as text of the custodian.
    pub custodian: String,
    /// Parts that are needed and not there.
    pub part_needs: Vec<String>,
    /// The template that the act is printed from.
    pub act_template: Option<String>,
    /// Who did the work.
    pub master: Option<MasterId>,
}

/// What has happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderEvent {
    /// Was opened.
    Created,
    /// Another phase.
    PhaseChanged {
        /// Which.
        to: Phase,
    },
    /// The master wrote down works and parts.
    LinesWritten {
        /// Who.
        master: MasterId,
        /// What.
        lines: Vec<PriceLine>,
    },
    /// Money came.
    Paid {
        /// How much.
        sum: Money,
    },
}

impl OrderEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "order.created",
            Self::PhaseChanged { .. } => "order.stage",
            Self::LinesWritten { .. } => "order.quoted",
            Self::Paid { .. } => "order.paid",
        }
    }
}

impl RepairOrder {
    /// The sum of the lines (I-05).
    pub fn total(&self) -> Money {
        self.lines.iter().map(|l| l.price).sum()
    }
    /// What the client owes.
    pub fn due(&self) -> Money {
        match self.payer {
            Payer::Client => Money::rounded(self.total().amount() - self.paid.amount()),
            Payer::Agreement | Payer::Warranty => Money::ZERO,
        }
    }
    /// Decides on another phase.
    pub fn go(&self, to: Phase) -> Result<OrderEvent, Refusal> {
        if self.phase.may_go(to) {
            return Ok(OrderEvent::PhaseChanged { to });
        }
        let detail = format!("order {} is `{:?}`: `{to:?}` is not the next phase", self.no, self.phase);
        Err(Refusal::state("order-phase", detail))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &OrderEvent) {
        self.ver += 1;
        match event {
            OrderEvent::Created => {}
            OrderEvent::PhaseChanged { to } => self.phase = *to,
            OrderEvent::LinesWritten { master, lines } => {
                (self.master, self.lines) = (Some(*master), lines.clone())
            }
            OrderEvent::Paid { sum } => self.paid = self.paid + *sum,
        }
    }
}

impl Entity for RepairOrder {
    const TABLE: Table = Table::Order;
    type Kind = OrderKind;
    fn id(&self) -> Id<OrderKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
