//! A leg as signalling sees it.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Response, StatusCode, Transport, Uri};
use serde::{Deserialize, Serialize};

use crate::line::OperatorSession;
use crate::media::codec::Codec;
use crate::media::sdp::RemoteAudio;
use crate::media::srtp::key::Key;
use crate::sip::keys::Pressing;
use crate::sip::reliable::Reliable;
use crate::sip::session::Agreed;
use crate::sip::spending::Charge;

/// Who began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// The party called us.
    In,
    /// We called the party.
    Out,
}

/// What the leg stands on.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly every leg is a dialog: a box would cost each of them")]
pub enum Ground {
    /// A SIP dialog.
    Dialog(SipLine),
    /// An operator's browser; the media thread knows the rest.
    Browser(OperatorSession),
}

/// A dialog with its audio.
#[derive(Clone)]
pub struct SipLine {
    /// The stack's dialog.
    pub dialog: InviteDialog,
    /// Who began it.
    pub way: Way,
    /// Our audio address as told to the party.
    pub local: SocketAddr,
    /// Where the party's signalling comes from.
    pub signalling: Option<IpAddr>,
    /// What our audio is encrypted with, where it is; the same as long as the leg lives.
    pub key: Option<Key>,
    /// Codecs we offer to it, the best first.
    pub offers: Arc<[Codec]>,
    /// What the party said of its audio; `None` before it said anything.
    pub remote: Option<RemoteAudio>,
    /// Version of our description, one more with every change.
    pub version: u64,
    /// The trunk it goes out by, by its place in the settings.
    pub trunk: Option<usize>,
    /// What it costs there.
    pub charge: Charge,
    /// Whether the other side said anything yet.
    pub heard: bool,
    /// The session timer agreed on.
    pub session: Option<Agreed>,
    /// Counts its rounds: a timer of an earlier one means nothing.
    pub round: u64,
    /// Whether a change of ours (re-INVITE) is open.
    pub changing: bool,
    /// The last provisional answer that must be acknowledged.
    pub reliable: Option<Reliable>,
    /// Whether it is a desk phone of ours, which may ask for transfers.
    pub desk: bool,
    /// Keys that wait to be told by INFO.
    pub pressing: Arc<Mutex<Pressing>>,
    /// Whether it waits to be told of the transfer it asked for.
    pub asked_transfer: bool,
    /// Transfers it asked for so far.
    pub transfers: u32,
}

/// A leg.
#[derive(Clone)]
pub struct Leg {
    /// What it stands on.
    pub ground: Ground,
    /// Whether the party answered or was answered.
    pub answered: bool,
    /// Other ways to the same party, to be tried in this order if this one fails.
    pub spare: VecDeque<Route>,
    /// What the server calls it; it outlives the process with the leg.
    pub label: String,
}

/// A way to a party.
#[derive(Clone)]
pub struct Route {
    /// The request-URI.
    pub callee: Uri,
    /// Where it is sent.
    pub destination: SocketAddr,
    /// How.
    pub transport: Transport,
    /// Our name and password there.
    pub credential: Option<Credential>,
    /// Whether it is a desk phone of ours.
    pub desk: bool,
    /// Whether its audio is encrypted, or not heard at all.
    pub secure: bool,
    /// The trunk, by its place in the settings.
    pub trunk: Option<usize>,
    /// What a minute costs there, in hundredths.
    pub per_minute: u64,
    /// The number shown.
    pub shown: String,
    /// The name shown.
    pub display: String,
    /// Codecs it is offered, the best first.
    pub offers: Arc<[Codec]>,
}

/// What is told when a dialled party does not answer.
pub fn failure(response: Option<&Response>) -> (u16, String) {
    match response {
        Some(response) => {
            let status = response.status_code.code();
            (status, response.reason_phrase().unwrap_or(response.status_code.text()).to_owned())
        }
        None => (StatusCode::RequestTimeout.code(), "no reply".to_owned()),
    }
}
