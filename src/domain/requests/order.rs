//! A repair order: work and money on one unit (`domain.md` 3.4.5). Phases are code; stages are data; the rules are
//! in `order_rules`.

use crate::{
    ports::{Entity, Table},
    values::{
        id::{AgreementId, ClientId, Id, MasterId, OrderId, OrderKind, PointId, RequestId, UnitId},
        money::Money,
    },
};
use jiff::Timestamp;
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
    /// In another service centre.
    AtThirdParty,
    /// Being checked.
    Qc,
    /// It works.
    Done,
    /// Nobody comes for it.
    Unclaimed,
    /// Given back, act signed, paid or owed.
    Issued,
    /// Cannot be repaired.
    Unrepairable,
    /// Called off.
    Cancelled,
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

/// What a price line is for; an agreement covers labour and the trip, not parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSort {
    /// Work.
    #[default]
    Work,
    /// A part or material.
    Part,
    /// The way.
    Trip,
    /// Looking for the fault; owed even when the repair is declined.
    Diagnosis,
}

/// A line of work, a part, or the trip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// What.
    pub name: String,
    /// How much.
    pub price: Money,
    /// What for.
    #[serde(default)]
    pub kind: LineSort,
    /// The version of the price list it comes from (I-05); 0 when a person typed it.
    #[serde(default)]
    pub price_list: u32,
    /// How the price was lowered, in words (I-05).
    #[serde(default)]
    pub discount: Option<String>,
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
    /// How much of the labour the agreement pays; `None` is all of it.
    #[serde(default)]
    pub limit: Option<Money>,
    /// The version of the quote: grows when the lines change.
    #[serde(default)]
    pub quote: u32,
    /// The version of the quote that the client agreed to.
    #[serde(default)]
    pub approved: Option<u32>,
    /// How the client agreed: a link, a signature, a recorded word.
    #[serde(default)]
    pub evidence: Option<String>,
    /// The act of transfer or of the verdict.
    #[serde(default)]
    pub act: Option<String>,
    /// May it be given back unpaid?
    #[serde(default)]
    pub debt_allowed: bool,
    /// How often the check sent it back to repair.
    #[serde(default)]
    pub internal_repeats: u32,
    /// How many times the client was asked to come for it.
    #[serde(default)]
    pub notices: u32,
    /// Until when the works are under warranty.
    #[serde(default)]
    pub warranty_until: Option<Timestamp>,
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
    /// The client agreed to the price.
    QuoteApproved {
        /// To which version.
        quote: u32,
        /// How.
        evidence: String,
    },
    /// Parts are needed and not there.
    PartsNeeded {
        /// Which.
        parts: Vec<String>,
    },
    /// A part has been reserved or issued.
    PartReserved {
        /// Which.
        part: String,
    },
    /// Handed over to another centre.
    SentToThirdParty {
        /// To whom.
        partner: String,
        /// The signed act.
        act: String,
    },
    /// Came back from another centre.
    BackFromThirdParty {
        /// `InRepair` or `Qc`.
        to: Phase,
        /// Who has it in hand now.
        custodian: String,
    },
    /// Somebody else has the unit in hand.
    CustodyMoved {
        /// From whom.
        from: String,
        /// To whom.
        to: String,
    },
    /// The client was asked to come for it.
    NoticeSent,
    /// It cannot be repaired.
    FoundUnrepairable {
        /// The act of it.
        act: String,
    },
    /// Its client's card was merged into another one, or parted from it.
    ClientChanged {
        /// Whose it is now.
        client: ClientId,
    },
    /// Money came.
    Paid {
        /// How much.
        sum: Money,
    },
    /// Money went back.
    Refunded {
        /// How much.
        sum: Money,
    },
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
