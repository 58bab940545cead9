//! A payment (`domain.md` 3.4.17): cash goes into the master's custody, СБП waits for the bank.

use crate::{
    ports::{Entity, Later, Table},
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
