//! A leg as signalling sees it.

use std::net::{IpAddr, SocketAddr};

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Response, StatusCode};

use crate::media::sdp::RemoteAudio;

/// Who began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The party called us.
    In,
    /// We called the party.
    Out,
}

/// What the leg stands on.
#[derive(Clone)]
pub enum Ground {
    /// A SIP dialog.
    Dialog(SipLine),
    /// A browser; the media thread knows the rest.
    Browser,
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
    /// What the party said of its audio; `None` before it said anything.
    pub remote: Option<RemoteAudio>,
    /// Version of our description, one more with every change.
    pub version: u64,
}

/// A leg.
#[derive(Clone)]
pub struct Leg {
    /// What it stands on.
    pub ground: Ground,
    /// Whether the party answered or was answered.
    pub answered: bool,
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
