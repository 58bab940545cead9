//! What the switchboard and the audio's process say to one another.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::failure::OfferError;
use crate::line::{LegId, LineEvent, OperatorSession, Part, Tone};
use crate::media::codec::Codec;
use crate::media::command::{MediaCommand, Remote};
use crate::media::prompt::Sound;

/// Both sides must speak the same: raised with every change of [`Order`] or [`Told`], except of the first of each.
pub const VERSION: u32 = 2;
/// The oldest that is served on; it knows G.711 alone, and not [`Order::SpeakToBrowsers`].
pub const OLDEST: u32 = 1;

/// The reply to an offer of a browser.
pub type Reply = oneshot::Sender<Result<String, OfferError>>;

/// A sound by name: recordings go over once and are known by a number of their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tune {
    /// From its beginning; `true`: again at its end.
    Recording(u64, bool),
    /// A tone.
    Tone(Tone),
}

/// From the switchboard. Words that carry a socket say so.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Everything ends; understood in every version.
    Shutdown,
    /// The first words: where browsers reach us, and how often legs are told how they sound, in milliseconds. Carries
    /// the browsers' socket.
    Begin(SocketAddr, u64),
    /// A leg begins. Carries its socket.
    Open(LegId),
    /// How a party listens; from here on as [`MediaCommand`] says.
    Remote(LegId, Remote),
    /// A leg begins at a browser.
    Attach(LegId, OperatorSession),
    /// A leg of before waits for its browser.
    Await(LegId, OperatorSession),
    /// Two hear each other.
    Bridge(LegId, LegId),
    /// No longer.
    Unbridge(LegId),
    /// A leg hears this.
    Play(LegId, Tune),
    /// No longer.
    Stop(LegId),
    /// On hold with this.
    Hold(LegId, Tune),
    /// Off hold.
    Resume(LegId),
    /// The other side is on hold with this.
    HoldOther(LegId, Tune),
    /// No longer.
    ResumeOther(LegId),
    /// Keys are pressed towards it.
    Press(LegId, String),
    /// Heard by nobody, or again.
    Mute(LegId, bool),
    /// Joins a conversation.
    Join(LegId, LegId, Part),
    /// Recorded into this file.
    Record(LegId, PathBuf),
    /// Silent on the recording, or again.
    RecordPause(LegId, bool),
    /// Recorded no more.
    RecordStop(LegId),
    /// A leg is over.
    Close(LegId),
    /// A browser offers; answered by [`Told::Offered`] with the same number.
    Offer(u64, OperatorSession, String),
    /// A browser goes.
    CloseBrowser(OperatorSession),
    /// A leg of before is known to the new switchboard.
    Adopt(LegId),
    /// Recordings are forgotten: they will be told again.
    Forget,
    /// What browsers are answered with from now on.
    SpeakToBrowsers(Codec),
}

/// To the switchboard.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// The first words, understood in every version.
    Hello(Hello),
    /// Something happened.
    Event(LineEvent),
    /// The answer to a browser.
    Offered(u64, Result<String, OfferError>),
    /// How much more was counted, by name.
    Counted(Vec<(String, u64)>),
}

/// What a process that serves audio says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What it speaks.
    pub version: u32,
    /// Where its browsers' socket is; `None`: it has served nobody yet and waits for [`Order::Begin`].
    pub webrtc: Option<SocketAddr>,
    /// Legs with their audio.
    pub legs: Vec<LegId>,
}

/// An order on its way, and what does not go as words.
pub struct Parcel {
    /// The words.
    pub order: Order,
    /// A socket that travels with them.
    pub socket: Option<UdpSocket>,
    /// The recording they speak of.
    pub sound: Option<(u64, std::sync::Arc<[u8]>)>,
    /// Who waits for the answer.
    pub reply: Option<(u64, Reply)>,
}

impl Parcel {
    /// Packs a command; `ask` numbers an offer.
    pub fn of(command: MediaCommand, ask: u64) -> Self {
        let (mut socket, mut sound, mut reply) = (None, None, None);
        let mut named = |it: Sound| tune(it, &mut sound);
        let order = match command {
            MediaCommand::Open(leg, with) => {
                socket = Some(with);
                Order::Open(leg)
            }
            MediaCommand::Remote(leg, remote) => Order::Remote(leg, remote),
            MediaCommand::Attach(leg, session) => Order::Attach(leg, session),
            MediaCommand::Await(leg, session) => Order::Await(leg, session),
            MediaCommand::Bridge(a, b) => Order::Bridge(a, b),
            MediaCommand::Unbridge(leg) => Order::Unbridge(leg),
            MediaCommand::Play(leg, it) => Order::Play(leg, named(it)),
            MediaCommand::Stop(leg) => Order::Stop(leg),
            MediaCommand::Hold(leg, it) => Order::Hold(leg, named(it)),
            MediaCommand::Resume(leg) => Order::Resume(leg),
            MediaCommand::HoldOther(leg, it) => Order::HoldOther(leg, named(it)),
            MediaCommand::ResumeOther(leg) => Order::ResumeOther(leg),
            MediaCommand::Press(leg, keys) => Order::Press(leg, keys),
            MediaCommand::Mute(leg, on) => Order::Mute(leg, on),
            MediaCommand::Join(leg, of, part) => Order::Join(leg, of, part),
            MediaCommand::Record(leg, path) => Order::Record(leg, path),
            MediaCommand::RecordPause(leg, on) => Order::RecordPause(leg, on),
            MediaCommand::RecordStop(leg) => Order::RecordStop(leg),
            MediaCommand::Close(leg) => Order::Close(leg),
            MediaCommand::Offer(session, sdp, who) => {
                reply = Some((ask, who));
                Order::Offer(ask, session, sdp)
            }
            MediaCommand::CloseBrowser(session) => Order::CloseBrowser(session),
            MediaCommand::SpeakToBrowsers(codec) => Order::SpeakToBrowsers(codec),
            MediaCommand::Adopt(leg, _) => Order::Adopt(leg),
            MediaCommand::Shutdown => Order::Shutdown,
        };
        Self { order, socket, sound, reply }
    }
}

fn tune(sound: Sound, content: &mut Option<(u64, std::sync::Arc<[u8]>)>) -> Tune {
    match sound {
        Sound::Tone(cadence) => Tune::Tone(cadence.of()),
        Sound::Recording { audio, repeat, .. } => {
            let number = number(&audio);
            *content = Some((number, audio));
            Tune::Recording(number, repeat)
        }
    }
}

/// A number by which a recording is known.
pub fn number(audio: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    audio.hash(&mut hasher);
    hasher.finish()
}
