//! What a master brings from a visit besides the work: answers of the checklist, photographs, the client's signature.

use super::checklist::{Item, ItemSort};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The longest name under a signature, in characters.
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
    /// Items that must be there and are not, by their codes; an answer to an older list may not fit any longer.
    pub fn missing(&self, list: &[Item]) -> Vec<String> {
        let there = |item: &Item| match item.kind {
            ItemSort::Photo => self.photos.iter().any(|photo| photo.about == item.code),
            _ => self.checks.get(&item.code).is_some_and(|answer| item.answered(answer).is_ok()),
        };
        list.iter().filter(|item| item.must && !there(item)).map(|item| item.code.clone()).collect()
    }
    /// Refuses an answer that cannot be one.
    ///
    /// # Errors
    /// The item is not on the list, or the answer is not of its kind.
    pub fn fits(list: &[Item], code: &str, answer: &str) -> Result<(), Refusal> {
        let item = list.iter().find(|item| item.code == code);
        item.ok_or_else(|| Refusal::unknown("checklist-item", code))?.answered(answer)
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
