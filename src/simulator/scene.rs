//! Rows of the wire as a robot reads them (`docs/PROTOCOL.md`): only what it needs, and forgiving.

use domain::values::place::Place;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Reads a row; one that cannot be read is told of and left out.
pub fn read<T: DeserializeOwned>(row: &Value) -> Option<T> {
    serde_json::from_value(row.clone())
        .inspect_err(|error| tracing::warn!(%error, "a row of the server cannot be read"))
        .ok()
}

/// From an instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// The first millisecond inside.
    pub from: i64,
    /// The first outside.
    pub to: i64,
}

/// A point of the map.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Spot {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

impl From<Spot> for Place {
    fn from(spot: Spot) -> Self {
        Self { lat: spot.lat, lon: spot.lon }
    }
}

/// A master.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MasterRow {
    /// `master_…`.
    pub id: String,
    /// `off_shift`, `available`, …
    pub state: String,
    /// Today's hours.
    pub shift: Span,
    /// Where the day begins.
    pub home: Spot,
    /// Where the master was seen last.
    #[serde(default)]
    pub pos: Option<Spot>,
    /// Nobody sits here but us.
    #[serde(default)]
    pub robot: bool,
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VisitRow {
    /// `visit_…`.
    pub id: String,
    /// `repair`, `maintenance`, …
    #[serde(default)]
    pub kind: String,
    /// `dispatched`, `accepted`, …
    pub state: String,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Expected minutes of work.
    #[serde(default)]
    pub minutes: u32,
    /// Planned beginning of the work.
    #[serde(default)]
    pub start: Option<i64>,
    /// Planned way to it.
    #[serde(default)]
    pub travel_min: Option<f64>,
    /// Has the master looked at it?
    #[serde(default)]
    pub seen: bool,
    /// `normal`, `urgent`, `emergency`.
    #[serde(default)]
    pub priority: String,
    /// The sum of the lines.
    #[serde(default)]
    pub price: Value,
    /// Paid: a flag, or the sum.
    #[serde(default)]
    pub paid: Value,
    /// What is left to be paid, where the server tells it.
    #[serde(default)]
    pub due: Value,
    /// `client`, `agreement`, `warranty`.
    #[serde(default)]
    pub coverage: Option<String>,
    /// What is asked for.
    #[serde(default)]
    pub checklist: Vec<ItemRow>,
    /// The work does not end without what must be there.
    #[serde(default)]
    pub strict: bool,
    /// What was answered already.
    #[serde(default)]
    pub proof: ProofRow,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ItemRow {
    /// What it is named by.
    pub code: String,
    /// `tick`, `reading`, `photo`, `text`, `choice`.
    pub kind: String,
    /// It must be there.
    pub must: bool,
    /// The least number.
    #[serde(default)]
    pub low: Option<f64>,
    /// The greatest.
    #[serde(default)]
    pub high: Option<f64>,
    /// Words to choose from.
    #[serde(default)]
    pub options: Vec<String>,
}

/// What was answered.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct ProofRow {
    /// By item.
    #[serde(default)]
    pub checks: std::collections::BTreeMap<String, String>,
    /// Photographs.
    #[serde(default)]
    pub photos: Vec<PhotoRow>,
}

/// A photograph.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PhotoRow {
    /// Of which item.
    pub about: String,
}

impl VisitRow {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place { lat: self.lat, lon: self.lon }
    }
    /// On the way or further, and not over.
    pub fn is_started(&self) -> bool {
        matches!(self.state.as_str(), "en_route" | "on_site" | "working" | "paused")
    }
    /// What the client still owes at the door, as a decimal.
    pub fn owed(&self) -> Option<String> {
        let owed = match (decimal(&self.due), &self.paid) {
            (Some(due), _) => due,
            (None, Value::Bool(true)) => return None,
            (None, paid) => decimal(&self.price)? - decimal(paid).unwrap_or_default(),
        };
        let due = self.state == "completed" && self.coverage.as_deref() == Some("client");
        (due && owed > rust_decimal::Decimal::ZERO).then(|| owed.to_string())
    }
}

/// A decimal that is text or a number.
pub fn decimal(value: &Value) -> Option<rust_decimal::Decimal> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct OperatorRow {
    /// `operator_…`.
    pub id: String,
    /// `offline`, `ready`, …
    pub state: String,
    /// The call in hand.
    #[serde(default)]
    pub call: Option<String>,
    /// Nobody sits here but us.
    #[serde(default)]
    pub robot: bool,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CallRow {
    /// `call_…`.
    pub id: String,
    /// `queued`, `talking`, …
    pub state: String,
    /// Who rings.
    #[serde(default)]
    pub from: String,
    /// The operator.
    #[serde(default)]
    pub operator: Option<String>,
}

/// A task to call back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CallbackRow {
    /// `callback_…`.
    pub id: String,
    /// `new`, `taken`, …
    pub state: String,
    /// Since when somebody waits.
    #[serde(default)]
    pub since: i64,
}

/// What pops up with a call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Pop {
    /// The call.
    pub call: CallRow,
    /// The client's card, if the number is known.
    #[serde(default)]
    pub card: Option<Card>,
}

/// A client's card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Card {
    /// `client_…`.
    pub id: String,
    /// Where their things are.
    #[serde(default)]
    pub points: Vec<CardPoint>,
    /// What is being done for them.
    #[serde(default)]
    pub open: Vec<CardOpen>,
}

/// A point on a card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CardPoint {
    /// `point_…`.
    pub id: String,
    /// What stands there.
    #[serde(default)]
    pub units: Vec<CardUnit>,
}

/// A device on a card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CardUnit {
    /// `unit_…`.
    pub id: String,
    /// «Кондиционер».
    #[serde(default)]
    pub kind: String,
}

/// An open request on a card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CardOpen {
    /// `request_…`.
    pub request: String,
    /// Its visit.
    #[serde(default)]
    pub visit: Option<String>,
}

/// A time that can be promised.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SlotRow {
    /// Window's beginning.
    pub from: i64,
    /// Window's end.
    pub to: i64,
    /// Who would come.
    #[serde(default)]
    pub master: Option<String>,
}
