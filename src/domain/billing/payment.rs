//! A payment (`domain.md` 3.4.17): cash goes into the master's custody, СБП waits for the bank.

use crate::{
    ports::{Entity, Later, Table},
    refusal::Refusal,
    values::{
        id::{Id, MasterId, OrderId, PaymentId, PaymentKind, VisitId},
        money::Money,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// Notes in the master's hand.
    Cash,
    /// СБП by QR.
    Sbp,
    /// A card at the terminal.
    Card,
    /// An invoice.
    Invoice,
}

/// Life of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// The bank has not said yet.
    Pending,
    /// The money is there.
    Succeeded,
    /// It is not.
    Declined,
    /// Nobody paid in time.
    Expired,
    /// A part of the money went back.
    PartlyRefunded,
    /// All of it went back.
    Refunded,
}

/// One payment for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Identity.
    pub id: PaymentId,
    /// Version.
    pub ver: u64,
    /// For what.
    pub order: OrderId,
    /// At which visit.
    pub visit: VisitId,
    /// How.
    pub tender: Tender,
    /// How much.
    pub sum: Money,
    /// Life.
    pub state: PaymentState,
    /// Who holds the cash.
    pub custodian: Option<MasterId>,
    /// What the client's phone scans.
    pub qr: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How much went back.
    #[serde(default)]
    pub refunded: Money,
}

/// What has happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentEvent {
    /// The bank was asked.
    Created,
    /// The money is there.
    Succeeded,
    /// The bank said no.
    Declined,
    /// Nobody paid in time.
    Expired,
    /// Money went back.
    Refunded {
        /// How much.
        sum: Money,
    },
}

impl PaymentEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "payment.created",
            Self::Succeeded => "payment.succeeded",
            Self::Declined => "payment.declined",
            Self::Expired => "payment.expired",
            Self::Refunded { .. } => "payment.refunded",
        }
    }
}

impl Payment {
    /// What is still there of the money.
    pub fn left(&self) -> Money {
        Money::rounded(self.sum.amount() - self.refunded.amount())
    }
    /// Decides; changes nothing. A payment that needs no bank succeeds as its first event.
    ///
    /// # Errors
    /// The state, or the sum, says no.
    pub fn decide(&self, event: PaymentEvent) -> Result<PaymentEvent, Refusal> {
        use PaymentState::{PartlyRefunded, Pending, Succeeded};
        let fits = match &event {
            PaymentEvent::Created => self.ver == 0 && self.state == Pending,
            PaymentEvent::Succeeded => self.state == Pending && (self.ver > 0 || self.tender != Tender::Sbp),
            PaymentEvent::Declined | PaymentEvent::Expired => self.ver > 0 && self.state == Pending,
            PaymentEvent::Refunded { .. } => matches!(self.state, Succeeded | PartlyRefunded),
        };
        if !fits {
            let detail =
                format!("payment `{}` is `{:?}`: `{}` is not possible", self.id, self.state, event.name());
            return Err(Refusal::state("payment-state", detail));
        }
        let (sum, most) = match &event {
            PaymentEvent::Refunded { sum } => (*sum, self.left()),
            _ => (self.sum, self.sum),
        };
        if sum <= Money::ZERO || sum > most {
            let detail = format!("the sum `{sum}` is wrong: expected more than 0 and at most `{most}`");
            return Err(Refusal::invalid("wrong-sum", detail));
        }
        Ok(event)
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &PaymentEvent) {
        self.ver += 1;
        match event {
            PaymentEvent::Created => {}
            PaymentEvent::Succeeded => self.state = PaymentState::Succeeded,
            PaymentEvent::Declined => self.state = PaymentState::Declined,
            PaymentEvent::Expired => self.state = PaymentState::Expired,
            PaymentEvent::Refunded { sum } => {
                self.refunded = self.refunded + *sum;
                let whole = self.refunded >= self.sum;
                self.state = if whole { PaymentState::Refunded } else { PaymentState::PartlyRefunded };
            }
        }
    }
}

impl Entity for Payment {
    const TABLE: Table = Table::Payment;
    type Kind = PaymentKind;
    fn id(&self) -> Id<PaymentKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}

/// The bank of the fast payment system, as the house sees it.
pub trait FastPayments: Send + Sync + 'static {
    /// Registers a one-time QR for a sum; the text goes into the picture.
    fn register(&self, payment: PaymentId, sum: Money) -> Later<Result<String, String>>;
}
