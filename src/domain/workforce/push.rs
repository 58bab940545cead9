//! What the house asks of a push service.

use crate::{ports::Later, values::id::VisitId, workforce::device::Device};
use serde::Serialize;

/// What a phone is told by a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PushMessage {
    /// Which visit is offered; a newer message about it takes the place of an older one.
    pub visit: VisitId,
    /// Its number for people.
    pub no: u64,
    /// When the work starts, in milliseconds since the epoch.
    pub start: i64,
    /// Where.
    pub address: String,
    /// What is wrong.
    pub symptom: String,
    /// The language of the notice.
    pub lang: String,
    /// For how many seconds it is worth telling.
    #[serde(skip)]
    pub seconds: u32,
}

/// Why a push service did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// It does not know the phone any longer.
    #[error("the push service does not know the phone any longer")]
    Gone,
    /// It asks to be left alone for a while, or cannot be reached.
    #[error("the push service is not to be had: {reason}")]
    Later {
        /// What it said.
        reason: String,
        /// For so many seconds, when it said so.
        after_seconds: Option<u32>,
    },
    /// It does not want this message.
    #[error("the push service refused the message: {reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
}

/// Rings phones by the push services of their browsers.
pub trait PushService: Send + Sync + 'static {
    /// Our public key, an uncompressed point of P-256 in base64url: browsers subscribe with it.
    fn key(&self) -> String;
    /// May a push service be plain `http`? For one of tests.
    fn plain(&self) -> bool;
    /// Sends a message to a phone.
    fn send(&self, device: &Device, message: &PushMessage) -> Later<Result<(), PushError>>;
}
