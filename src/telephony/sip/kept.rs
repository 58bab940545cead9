//! A leg as it is written down, so that it can be taken up after the process died.

use std::net::{IpAddr, SocketAddr};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{DialogSnapshot, DialogSnapshotState};
use rsipstack::sip::Uri;
use rsipstack::sip::headers::untyped::{Contact, Route};
use rsipstack::sip::typed::{From as SipFrom, To as SipTo};
use rsipstack::transaction::key::TransactionRole;
use serde::{Deserialize, Serialize};

use crate::media::codec::Codec;
use crate::media::sdp::RemoteAudio;
use crate::media::srtp::key::Key;
use crate::sip::leg::Way;
use crate::sip::session::Agreed;
use crate::sip::spending::Charge;
use crate::trace::Carrier;

/// How far our numbers go on after a restart: requests sent after the last line was written are not repeated.
const CSEQ_MARGIN: u32 = 1_000;

/// A leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptLeg {
    /// Its number.
    pub leg: u64,
    /// What the server called it when it had it dialled; empty for a call that came in.
    #[serde(default)]
    pub label: String,
    /// What it stands on.
    pub ground: KeptGround,
}

/// What a kept leg stands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptGround {
    /// An operator's browser.
    Browser {
        /// Whose.
        session: String,
        /// Whether it was answered.
        answered: bool,
    },
    /// A caller whom nobody answered.
    Waiting(KeptCaller),
    /// A call that stands.
    Standing(Box<KeptLine>),
}

/// A caller whom nobody answered: the INVITE is read again as if it had come just now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptCaller {
    /// The INVITE as text.
    pub invite: String,
    /// Call-ID.
    pub call_id: String,
    /// Where it came from.
    pub source: SocketAddr,
    /// Our port for the audio.
    pub port: u16,
    /// Codecs we speak with it, the best first; none: those of the house.
    #[serde(default)]
    pub offers: Vec<Codec>,
    /// How its INVITE came.
    #[serde(default)]
    pub carrier: Carrier,
}

/// A dialog with its audio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptLine {
    /// The dialog.
    pub dialog: KeptDialog,
    /// Who began it.
    pub way: Way,
    /// Our port for the audio.
    pub port: u16,
    /// Where the party's signalling comes from.
    pub signalling: Option<IpAddr>,
    /// What we encrypt our audio with, if it is secure.
    #[serde(default)]
    pub key: Option<Key>,
    /// What the party said of its audio.
    pub remote: Option<RemoteAudio>,
    /// Version of our description.
    pub version: u64,
    /// The trunk it goes out by.
    pub trunk: Option<String>,
    /// What it costs there.
    #[serde(default)]
    pub charge: Charge,
    /// The session timer agreed on.
    pub session: Option<Agreed>,
    /// Whether it is a desk phone of ours.
    pub desk: bool,
    /// Codecs we offer to it, the best first; none: those of the house.
    #[serde(default)]
    pub offers: Vec<Codec>,
}

/// A confirmed dialog (RFC 3261 §12), every SIP value as it stands in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDialog {
    caller: bool,
    /// Call-ID.
    pub call_id: String,
    local_tag: String,
    remote_tag: String,
    from: String,
    to: String,
    local_cseq: u32,
    remote_cseq: u32,
    local_contact: Option<String>,
    remote_uri: String,
    remote_contact: Option<String>,
    route_set: Vec<String>,
    reliable: bool,
}

impl KeptDialog {
    /// What the stack says of a dialog that stands, or is about to.
    pub fn of(dialog: DialogSnapshot) -> Self {
        Self {
            caller: matches!(dialog.role, TransactionRole::Client),
            call_id: dialog.id.call_id,
            local_tag: dialog.id.local_tag,
            remote_tag: dialog.id.remote_tag,
            from: dialog.from.to_string(),
            to: dialog.to.to_string(),
            local_cseq: dialog.local_cseq,
            remote_cseq: dialog.remote_cseq,
            local_contact: dialog.local_contact.map(|uri| uri.to_string()),
            remote_uri: dialog.remote_uri.to_string(),
            remote_contact: dialog.remote_contact.map(|contact| contact.value().to_owned()),
            route_set: dialog.route_set.iter().map(|route| route.value().to_owned()).collect(),
            reliable: dialog.supports_100rel,
        }
    }

    /// The dialog as the stack takes it up; `None`: a value cannot be read.
    pub fn snapshot(&self) -> Option<DialogSnapshot> {
        let uri = |text: &String| Uri::try_from(text.as_str()).ok();
        Some(DialogSnapshot {
            state: DialogSnapshotState::Confirmed,
            role: if self.caller { TransactionRole::Client } else { TransactionRole::Server },
            id: self.id(),
            from: SipFrom::parse(&self.from).ok()?,
            to: SipTo::parse(&self.to).ok()?,
            local_cseq: self.local_cseq.saturating_add(CSEQ_MARGIN),
            remote_cseq: self.remote_cseq,
            local_contact: self.local_contact.as_ref().and_then(uri),
            remote_uri: uri(&self.remote_uri)?,
            remote_contact: self.remote_contact.clone().map(Contact::new),
            route_set: self.route_set.iter().map(Route::new).collect(),
            supports_100rel: self.reliable,
            session_id: None,
        })
    }

    /// By what the dialog is known.
    pub fn id(&self) -> DialogId {
        let Self { call_id, local_tag, remote_tag, .. } = self.clone();
        DialogId { call_id, local_tag, remote_tag }
    }
}
