//! What went over the wire for a call, as a supervisor reads it; and in one word how a side of it sounds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message between the house and somebody on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// When.
    pub at: Timestamp,
    /// From us, or to us?
    pub outgoing: bool,
    /// `udp`, `tcp` or `tls`.
    pub carrier: &'static str,
    /// The other side: address and port.
    pub peer: String,
    /// The method, or the status with its phrase.
    pub title: String,
    /// Number and method of the transaction.
    pub cseq: String,
    /// Does a description of audio travel with it?
    pub audio: bool,
    /// The codecs it names, in its order.
    pub codecs: Vec<String>,
    /// Could a second, independent parser read it?
    pub plain: bool,
    /// The whole message, without secrets.
    pub text: String,
    /// Messages left out before it.
    pub left_out: u64,
}

/// The memory of messages.
pub trait Traces: Send + Sync + 'static {
    /// The messages of one dialog, by its Call-ID, oldest first; none when it is forgotten.
    fn of(&self, sip_call_id: &str) -> Vec<Traced>;
}

/// How a leg sounds to people (ITU-T G.109 by the rating of G.107).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// People are satisfied.
    #[default]
    Good,
    /// Words get lost.
    Poor,
    /// A conversation is hardly possible.
    Bad,
}
