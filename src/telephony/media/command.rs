//! What the media thread is told.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, mpsc};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::failure::OfferError;
use crate::line::{LegId, OperatorSession, Part};
use crate::media::codec::Codec;
use crate::media::prompt::Sound;
use crate::media::srtp::key::Key;
use crate::media::stream::TELEPHONES;
use crate::media::watch::Bell;

/// An order to the media thread.
#[derive(Debug)]
pub enum MediaCommand {
    /// A leg with this socket begins.
    Open(LegId, UdpSocket),
    /// A leg whose audio has gone on while the switchboard was away is known to the new one; its socket is bound here.
    Adopt(LegId, SocketAddr),
    /// The party of a leg said where and how it listens.
    Remote(LegId, Remote),
    /// A leg begins at an operator's browser.
    Attach(LegId, OperatorSession),
    /// A leg that outlived a restart waits for its operator's browser to offer again.
    Await(LegId, OperatorSession),
    /// Two legs hear each other.
    Bridge(LegId, LegId),
    /// No longer.
    Unbridge(LegId),
    /// A leg hears this; told when it is over, if it ends.
    Play(LegId, Sound),
    /// A leg hears the other side again.
    Stop(LegId),
    /// A leg is put on hold and hears this.
    Hold(LegId, Sound),
    /// Off hold.
    Resume(LegId),
    /// Whoever talks to this leg is on hold by its wish and hears this.
    HoldOther(LegId, Sound),
    /// No longer.
    ResumeOther(LegId),
    /// What a leg says goes nowhere, or is heard again.
    Mute(LegId, bool),
    /// These keys are pressed towards a leg, which takes events.
    Press(LegId, String),
    /// A leg joins the conversation of another.
    Join(LegId, LegId, Part),
    /// A leg is recorded into this file.
    Record(LegId, PathBuf),
    /// The recording of a leg is silent, or goes on.
    RecordPause(LegId, bool),
    /// The recording of a leg ends.
    RecordStop(LegId),
    /// A leg is over.
    Close(LegId),
    /// What browsers are answered with from now on, where they offer it.
    SpeakToBrowsers(Codec),
    /// A browser offers.
    Offer(OperatorSession, String, oneshot::Sender<Result<String, OfferError>>),
    /// A browser goes.
    CloseBrowser(OperatorSession),
    /// Everything is over.
    Shutdown,
}

/// The audio side of a party.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Remote {
    /// Where it wants to receive.
    pub address: Option<SocketAddr>,
    /// Where its signalling comes from.
    pub signalling: Option<IpAddr>,
    /// What it wants to hear.
    pub codec: Codec,
    /// Its payload type, if it is not that of [`Codec::payload_type`].
    #[serde(default)]
    pub payload: Option<u8>,
    /// Its payload type for keys.
    pub event_payload: Option<u8>,
    /// Ticks of their clock in a millisecond.
    #[serde(default = "telephones")]
    pub event_clock: u32,
    /// Where it wants reports.
    pub control: Control,
    /// What the audio is encrypted with; `None`: it is not.
    pub keys: Option<Keys>,
}

/// The clock of keys before there were others.
pub(crate) const fn telephones() -> u32 {
    TELEPHONES
}

/// Where a party wants reports of RTCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Control {
    /// At the port after that of its audio (RFC 3550 §11).
    #[default]
    Beside,
    /// At the port of its audio (RFC 5761).
    Together,
    /// At this one (RFC 3605).
    At(SocketAddr),
}

/// Whose packets are encrypted by which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Ours.
    pub ours: Key,
    /// The party's.
    pub theirs: Key,
}

/// The way to the media thread, or to the process that has it.
#[derive(Clone, Debug)]
pub struct MediaSender {
    commands: Sender<MediaCommand>,
    bell: Option<Arc<Bell>>,
}

impl MediaSender {
    /// A sender for the thread that hears this bell, and the receiver for the thread.
    pub fn new(bell: Arc<Bell>) -> (Self, mpsc::Receiver<MediaCommand>) {
        let (commands, receiver) = channel();
        (Self { commands, bell: Some(bell) }, receiver)
    }

    /// A sender for whoever waits at the receiver.
    pub fn to(commands: Sender<MediaCommand>) -> Self {
        Self { commands, bell: None }
    }

    /// Orders; the thread takes it within its current round.
    pub fn send(&self, command: MediaCommand) {
        if self.commands.send(command).is_ok()
            && let Some(bell) = &self.bell
        {
            bell.ring();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_switchboard_of_before_says_of_a_party_is_understood() {
        let told = r#"{"address":"10.0.0.1:5004","signalling":null,"codec":"Ulaw","event_payload":96,
            "control":"Beside","keys":null}"#;
        let remote: Remote = serde_json::from_str(told).unwrap();
        assert_eq!((remote.codec, remote.payload), (Codec::Ulaw, None));
        assert_eq!((remote.event_payload, remote.event_clock), (Some(96), 8));
    }
}
