//! What a master brings from a visit besides the work: answers of the checklist, photographs, the client's signature.

use crate::{refusal::Refusal, requests::request::RequestSort};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The longest answer and the longest name under a signature, in characters.
const LONGEST: usize = 200;
/// Photographs that one visit may have.
const MOST_PHOTOS: usize = 40;

/// The name of a file: the SHA-256 of its bytes, 64 digits of lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobName(String);

impl BlobName {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<BlobName> for String {
    fn from(name: BlobName) -> Self {
        name.0
    }
}
impl TryFrom<String> for BlobName {
    type Error = InvalidBlobName;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(hex) { Ok(Self(text)) } else { Err(InvalidBlobName(text)) }
    }
}
impl FromStr for BlobName {
    type Err = InvalidBlobName;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

/// The text is not the name of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a file: expected 64 digits of lower-case hex")]
pub struct InvalidBlobName(String);

/// How an item of a checklist is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemSort {
    /// `yes` or `no`.
    Tick,
    /// A number that was read off.
    Reading,
    /// At least one photograph.
    Photo,
}

/// One item of a checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its name in dictionaries: `safe`, `counter`, `after`.
    pub code: &'static str,
    /// How it is answered.
    pub kind: ItemSort,
    /// The work is not whole without it.
    pub must: bool,
}

/// The checklist of a visit by what the client wants.
pub fn checklist(sort: RequestSort) -> &'static [Item] {
    const fn item(code: &'static str, kind: ItemSort, must: bool) -> Item {
        Item { code, kind, must }
    }
    use ItemSort::{Photo, Reading, Tick};
    const REPAIR: &[Item] = &[
        item("safe", Tick, true),
        item("before", Photo, false),
        item("after", Photo, true),
        item("shown", Tick, true),
    ];
    const UPKEEP: &[Item] = &[
        item("safe", Tick, true),
        item("cleaned", Tick, true),
        item("counter", Reading, true),
        item("after", Photo, true),
    ];
    const INSTALL: &[Item] = &[
        item("safe", Tick, true),
        item("level", Tick, true),
        item("plate", Photo, true),
        item("after", Photo, true),
        item("shown", Tick, true),
    ];
    const REGISTER: &[Item] =
        &[item("seal", Photo, true), item("counter", Reading, true), item("receipt", Photo, true)];
    match sort {
        RequestSort::Repair | RequestSort::Complaint => REPAIR,
        RequestSort::Maintenance => UPKEEP,
        RequestSort::Install => INSTALL,
        RequestSort::Kkt => REGISTER,
        RequestSort::Question => &[],
    }
}

/// A photograph; its bytes come by a way of their own and may be later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Of which item of the checklist.
    pub about: String,
    /// Its bytes.
    pub blob: BlobName,
}

/// The client's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed, as they say.
    pub name: String,
    /// The drawing.
    pub blob: BlobName,
}

/// Everything of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Answers by item.
    #[serde(default)]
    pub checks: BTreeMap<String, String>,
    /// Photographs in the order they were taken.
    #[serde(default)]
    pub photos: Vec<Photo>,
    /// The client's signature.
    #[serde(default)]
    pub signature: Option<Signature>,
}

impl Proof {
    /// Is there nothing?
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.photos.is_empty() && self.signature.is_none()
    }
    /// Items that must be there and are not.
    pub fn missing(&self, list: &[Item]) -> Vec<&'static str> {
        let there = |item: &&Item| match item.kind {
            ItemSort::Photo => self.photos.iter().any(|p| p.about == item.code),
            ItemSort::Tick | ItemSort::Reading => self.checks.contains_key(item.code),
        };
        list.iter().filter(|i| i.must).filter(|i| !there(i)).map(|i| i.code).collect()
    }
    /// Refuses an answer that cannot be one.
    ///
    /// # Errors
    /// The item is not on the list, or the answer is not of its kind.
    pub fn fits(list: &[Item], code: &str, answer: &str) -> Result<(), Refusal> {
        let item = list.iter().find(|i| i.code == code);
        let item = item.ok_or_else(|| Refusal::unknown("checklist-item", code))?;
        let wrong = |expected: &str| {
            Err(Refusal::invalid(
                "wrong-answer",
                format!("`{answer}` is no answer to `{code}`: expected {expected}"),
            ))
        };
        match item.kind {
            ItemSort::Tick if !matches!(answer, "yes" | "no") => wrong("`yes` or `no`"),
            ItemSort::Reading if answer.parse::<f64>().map_or(true, |n| !n.is_finite()) => wrong("a number"),
            ItemSort::Photo => wrong("a photograph"),
            _ => Ok(()),
        }
    }
    /// Refuses a photograph too many; the same one again is none.
    ///
    /// # Errors
    /// The visit has as many as it may.
    pub fn room(&self, photo: &Photo) -> Result<(), Refusal> {
        if self.photos.len() >= MOST_PHOTOS && !self.photos.contains(photo) {
            let detail =
                format!("the visit has `{}` photographs: expected at most {MOST_PHOTOS}", self.photos.len());
            return Err(Refusal::invalid("too-many-photos", detail));
        }
        Ok(())
    }
    /// Refuses a signature without a name.
    ///
    /// # Errors
    /// The name is blank or too long.
    pub fn signed(signature: &Signature) -> Result<(), Refusal> {
        let length = signature.name.trim().chars().count();
        if (1..=LONGEST).contains(&length) {
            return Ok(());
        }
        let detail =
            format!("the name `{}` has {length} characters: expected 1 to {LONGEST}", signature.name.trim());
        Err(Refusal::invalid("signature-name", detail))
    }
}
