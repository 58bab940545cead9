//! What the actors ask of the world; implemented by adapters.

mod front_door;
mod push;

pub use front_door::FrontDoor;
pub use push::{PushError, PushMessage, PushService};

use crate::{
    values::id::{Id, Kind},
    visits::proof::BlobName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{future::Future, pin::Pin};
use uuid::Uuid;

/// A future that owns what it needs.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The tables of the live state: one aggregate each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Clients with contacts and phones.
    Client,
    /// Service points.
    Point,
    /// Equipment units.
    Unit,
    /// Agreements with coverage and targets.
    Agreement,
    /// Requests with their SLA clocks.
    Request,
    /// Repair orders with price lines.
    Order,
    /// Visits with assignments.
    Visit,
    /// Better plans that wait for a yes, and what became of them.
    Proposal,
    /// Masters.
    Master,
    /// Vehicles.
    Vehicle,
    /// Calls.
    Call,
    /// Callback tasks.
    Callback,
    /// Payments.
    Payment,
    /// Phones of masters that may be rung by a push.
    Device,
    /// Operators of the call centre.
    Operator,
    /// Users who log in.
    User,
    /// Tables that were brought in from other programmes.
    Import,
    /// Trunks, phones, queues and menus as the administrator has written them: one row.
    LineBook,
    /// Clients whom the house rings one after another.
    Campaign,
    /// Areas that are served.
    Zone,
    /// The firm itself.
    Company,
    /// What is planned by.
    Policy,
    /// The dictionary of skills.
    Skill,
    /// Offices that masters belong to.
    Branch,
    /// Templates of work: checklists by what the client wants.
    Template,
    /// Links to other programmes.
    Hook,
    /// Planned services of agreements.
    Schedule,
    /// Their days that are due.
    Occurrence,
}

impl Table {
    /// All tables, in an order in which links point backwards.
    pub const ALL: [Self; 28] = [
        Self::Client,
        Self::Point,
        Self::Agreement,
        Self::Unit,
        Self::Vehicle,
        Self::Branch,
        Self::Master,
        Self::Operator,
        Self::User,
        Self::Request,
        Self::Order,
        Self::Visit,
        Self::Proposal,
        Self::Call,
        Self::Callback,
        Self::Payment,
        Self::Device,
        Self::Import,
        Self::LineBook,
        Self::Campaign,
        Self::Zone,
        Self::Company,
        Self::Policy,
        Self::Skill,
        Self::Template,
        Self::Hook,
        Self::Schedule,
        Self::Occurrence,
    ];
    /// The table's name in the store and in audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Point => "point",
            Self::Unit => "unit",
            Self::Agreement => "agreement",
            Self::Request => "request",
            Self::Order => "order",
            Self::Visit => "visit",
            Self::Proposal => "proposal",
            Self::Master => "master",
            Self::Vehicle => "vehicle",
            Self::Call => "call",
            Self::Callback => "callback",
            Self::Payment => "payment",
            Self::Device => "device",
            Self::Operator => "operator",
            Self::User => "user",
            Self::Import => "import",
            Self::LineBook => "line_book",
            Self::Campaign => "campaign",
            Self::Zone => "zone",
            Self::Company => "company",
            Self::Policy => "policy",
            Self::Skill => "skill",
            Self::Branch => "branch",
            Self::Template => "template",
            Self::Hook => "hook",
            Self::Schedule => "schedule",
            Self::Occurrence => "occurrence",
        }
    }
}

/// An aggregate that is kept as one row.
pub trait Entity: Serialize {
    /// Where it is kept.
    const TABLE: Table;
    /// The kind of its id.
    type Kind: Kind;
    /// Its id.
    fn id(&self) -> Id<Self::Kind>;
    /// Grows by one with every event; 1 after the first.
    fn ver(&self) -> u64;
}

/// One thing that has happened, in the past tense; appended once, never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// TypeID of the entity it happened to.
    pub entity: String,
    /// The entity's version after it.
    pub ver: u64,
    /// `visit.planned`, `call.answered`.
    pub name: String,
    /// When it happened by the city's clock.
    pub at: Timestamp,
    /// Who did it: a user's login, `solver`, `trunk`, `clock`.
    pub by: String,
    /// The event itself.
    pub data: Value,
}

/// An aggregate's state after its facts. `ver` is compared by the store: a row is replaced only when
/// its version is lower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Where it is kept.
    pub table: Table,
    /// The key: the UUID of the id.
    pub key: Uuid,
    /// The version after the facts of the batch.
    pub ver: u64,
    /// The version the row must have in the store (0 = must not exist).
    pub was: u64,
    /// The aggregate in JSON; null: the row is taken out of the store.
    pub doc: Value,
}

/// The facts of one command and the rows they change: one transaction, all or nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Idempotency key of the command, when a client gave one.
    pub command: Option<String>,
    /// The answer to give when the same command comes again.
    pub answer: Value,
    /// What has happened.
    pub facts: Vec<Fact>,
    /// The rows after it.
    pub rows: Vec<Row>,
}

impl Batch {
    /// Adds an aggregate as it is after its facts; `was` is its version before them.
    pub fn keep<E: Entity>(&mut self, entity: &E, was: u64) {
        let doc = serde_json::to_value(entity).unwrap_or(Value::Null);
        self.rows.push(Row { table: E::TABLE, key: entity.id().uuid(), ver: entity.ver(), was, doc });
    }
    /// Takes an aggregate that is at version `was` out of the store; what has happened to it stays in the journal.
    pub fn take_out(&mut self, table: Table, key: Uuid, was: u64) {
        self.rows.push(Row { table, key, ver: was + 1, was, doc: Value::Null });
    }
    /// Adds a fact.
    pub fn tell(
        &mut self,
        entity: impl ToString,
        ver: u64,
        name: &str,
        at: Timestamp,
        by: &str,
        data: &impl Serialize,
    ) {
        let data = serde_json::to_value(data).unwrap_or(Value::Null);
        self.facts.push(Fact { entity: entity.to_string(), ver, name: name.into(), at, by: by.into(), data });
    }
    /// Is there nothing to keep?
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.rows.is_empty() && self.command.is_none()
    }
}

/// Why a batch was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A row was not at the version the batch was made from.
    #[error("the row `{table}` `{key}` is not at version `{was}`")]
    Stale {
        /// The table's name.
        table: &'static str,
        /// The row's key.
        key: Uuid,
        /// The version that was expected.
        was: u64,
    },
    /// The same command was kept before; its answer is given back.
    #[error("the command `{command}` was carried out before")]
    Repeated {
        /// The idempotency key.
        command: String,
        /// The first answer.
        answer: Value,
    },
    /// The store did not take it.
    #[error("the store did not take the batch: {reason}")]
    Store {
        /// What the store said.
        reason: String,
    },
}

/// Some of what has happened, in the order it was kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The facts by their numbers.
    pub facts: Vec<(u64, Fact)>,
    /// Everything up to this number was looked at; where to go on after.
    pub upto: u64,
    /// The number of the newest fact.
    pub head: u64,
}

/// The durable truth: what is answered with success has been kept here first.
pub trait Journal: Send + Sync + 'static {
    /// Keeps a batch in one transaction, together with those of other callers of the same moment.
    fn commit(&self, batch: Batch) -> Later<Result<(), JournalError>>;
    /// The answer of a command that was carried out before.
    fn answer_of(&self, command: &str) -> Later<Result<Option<Value>, JournalError>>;
    /// Every row of a table.
    fn rows(&self, table: Table) -> Later<Result<Vec<Value>, JournalError>>;
    /// One row.
    fn row(&self, table: Table, key: Uuid) -> Later<Result<Option<Value>, JournalError>>;
    /// What has happened to an entity, oldest first.
    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, JournalError>>;
    /// What has happened to several, in the order it was kept; the same as asking for each, in fewer questions.
    fn facts_of(&self, entities: Vec<String>) -> Later<Result<Vec<Fact>, JournalError>>;
    /// What has happened after the fact of a number, at most so many, in the order it was kept.
    fn facts_after(&self, after: u64, most: u64) -> Later<Result<Page, JournalError>>;
}

/// How much of a file is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Bytes that are on the disk.
    pub bytes: u64,
    /// It is whole, and its hash is its name.
    pub whole: bool,
}

/// Why a piece of a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// There is no such file, not even a part.
    #[error("there is no file `{0}`")]
    Unknown(BlobName),
    /// The piece does not begin where the part ends.
    #[error("the piece begins at byte `{from}`: expected `{held}`")]
    Gap {
        /// Where it begins.
        from: u64,
        /// Bytes that are here.
        held: u64,
    },
    /// The whole is longer than a file may be, or than was said.
    #[error("the file has `{bytes}` bytes: expected at most {most}")]
    TooLong {
        /// Its length.
        bytes: u64,
        /// The longest.
        most: u64,
    },
    /// The bytes are not what the name says; the part was thrown away.
    #[error("the bytes are not those of `{0}`: expected their SHA-256 to be the name")]
    Corrupt(BlobName),
    /// The disk did not take it.
    #[error("the disk did not take the file: {0}")]
    Disk(String),
}

/// Photographs and signatures, each under the hash of its bytes; what is answered with success is on the disk.
pub trait Blobs: Send + Sync + 'static {
    /// How much of a file is here.
    fn held(&self, name: &BlobName) -> Later<Result<Held, BlobError>>;
    /// Adds a piece that begins at the byte `from` to a file of `total` bytes. A piece that is here already is taken
    /// as said.
    fn append(
        &self,
        name: &BlobName,
        from: u64,
        total: u64,
        piece: Vec<u8>,
    ) -> Later<Result<Held, BlobError>>;
    /// The bytes of a whole file.
    fn read(&self, name: &BlobName) -> Later<Result<Vec<u8>, BlobError>>;
}

/// A piece of a call's recording that was begun after a stop of the house.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaterPart {
    /// When it was begun, in seconds since the epoch by the city's clock.
    pub begun: i64,
    /// Its name, to be read by.
    pub name: String,
}

/// Recordings of calls: files under names that calls know.
pub trait Recordings: Send + Sync + 'static {
    /// How many bytes a recording has; refused when there is none of that name.
    fn length(&self, name: &str) -> Later<Result<u64, crate::refusal::Refusal>>;
    /// At most `most` bytes from the byte `from`; fewer at the end of the file.
    fn read(&self, name: &str, from: u64, most: usize) -> Later<Result<Vec<u8>, crate::refusal::Refusal>>;
    /// What was recorded of the same call after stops of the house, in the order of time.
    fn later_parts(&self, name: &str) -> Later<Result<Vec<LaterPart>, crate::refusal::Refusal>> {
        let _ = name;
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
    /// Removes a recording with its later parts; one that is gone already is removed.
    fn remove(&self, name: &str) -> Later<Result<(), crate::refusal::Refusal>>;
}

/// The city's clock; a demo's runs faster, a test's stands still.
pub trait Clock: Send + Sync + 'static {
    /// The instant by the city's clock.
    fn now(&self) -> Timestamp;
    /// City seconds per real second; 1 in production.
    fn lapse(&self) -> f64 {
        1.0
    }
    /// IANA zone that the house's screens show times in.
    fn zone(&self) -> String {
        "UTC".into()
    }
}

/// New identifiers, in the order of time.
pub trait Ids: Send + Sync + 'static {
    /// A fresh UUIDv7.
    fn next(&self) -> Uuid;
}

/// Who sits at a workplace: taken from the session, never from the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The user.
    pub user: crate::values::id::UserId,
    /// What they typed at the door.
    pub login: String,
    /// The name colleagues see.
    pub name: String,
    /// The workplace.
    pub role: crate::access::Role,
    /// The master they are.
    pub master: Option<crate::values::id::MasterId>,
    /// The operator they are.
    pub operator: Option<crate::values::id::OperatorId>,
}

/// A command as it comes from a screen (`docs/PROTOCOL.md`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Idempotency key, chosen by the client: at most 64 characters.
    pub id: String,
    /// `visit.assign`.
    pub name: String,
    /// Arguments by name.
    #[serde(default)]
    pub args: Value,
    /// The version the client saw.
    #[serde(default)]
    pub rev: Option<u64>,
}

/// The answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the command returns.
    pub ok: Value,
    /// It was carried out before; this is the first answer.
    pub dup: bool,
}

/// Where rows of live topics go; the reader side is the web's. Must not block.
pub trait NewsBoard: Send + Sync + 'static {
    /// Puts a row (`None` removes it) under a key of a topic: `board`, `queue`, `requests`, `kpi`,
    /// `agent:operator_…`, `my-jobs:master_…`.
    fn publish(&self, topic: &str, key: &str, row: Option<Value>);
    /// Does anybody read the topic just now?
    fn is_read(&self, topic: &str) -> bool;
}
