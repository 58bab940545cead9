//! One event on its way to another programme, and what was answered there.

use crate::{ports::Later, refusal::Refusal};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Where to.
    pub url: String,
    /// The identity of the event: the same on every try.
    pub id: String,
    /// The event in JSON.
    pub body: String,
    /// What it is signed with, each `whsec_` and base64: several while the other side learns a new one.
    pub secrets: Vec<String>,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The status; none when nobody answered.
    pub status: Option<u16>,
    /// The first words of the answer, or why there is none.
    pub said: String,
    /// How long it took, in milliseconds of real time.
    pub millis: u32,
    /// After how many seconds it may be tried again, when the other side says so.
    pub after_seconds: Option<u32>,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// It is tried again later.
    Again,
    /// Nothing is wanted there any more.
    Gone,
}

impl Heard {
    /// Any 2xx takes the event, 410 wants no more of them, everything else is tried again.
    pub const fn verdict(&self) -> Verdict {
        match self.status {
            Some(200..=299) => Verdict::Taken,
            Some(410) => Verdict::Gone,
            _ => Verdict::Again,
        }
    }
}

/// One try, as an administrator reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which event.
    pub seq: u64,
    /// What it tells.
    pub kind: String,
    /// When, by the city's clock.
    pub at: Timestamp,
    /// The status; none when nobody answered.
    pub status: Option<u16>,
    /// The first words of the answer, or why there is none.
    pub said: String,
    /// How long it took, in milliseconds of real time.
    pub millis: u32,
}

/// Posts to other programmes.
pub trait HookPost: Send + Sync + 'static {
    /// A secret that nobody knows yet, `whsec_` and base64.
    fn draw(&self) -> Result<String, Refusal>;
    /// May this address be posted to?
    ///
    /// # Errors
    /// It is no `https` address of the world, and the settings do not let it through.
    fn check(&self, url: &str) -> Result<(), Refusal>;
    /// Posts; whatever happens is an answer.
    fn post(&self, parcel: Parcel) -> Later<Heard>;
}
