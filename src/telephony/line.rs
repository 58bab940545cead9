//! The words spoken over the line: what the switchboard tells, and what it can be told.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::failure::OfferError;
use crate::media::codec::Codec;
use crate::media::quality::Quality;
use crate::settings::{PhoneAccount, TrunkPeer};

/// One line with one party on it, unique while the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId(pub u64);

impl LegId {
    /// A leg number nobody has: for [`LegCommand::Dial`], and for every call that comes in.
    pub fn fresh() -> Self {
        Self(Self::counter().fetch_add(1, Ordering::Relaxed))
    }

    fn counter() -> &'static AtomicU64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        &NEXT
    }

    /// Numbers up to this one are taken.
    pub(crate) fn skip_to(self) {
        Self::counter().fetch_max(self.0 + 1, Ordering::Relaxed);
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leg_{}", self.0)
    }
}

/// The operator's session at the console, by which a browser is known here; outlives page reloads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OperatorSession(pub Arc<str>);

impl OperatorSession {
    /// A session by its name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for OperatorSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a leg is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndCause {
    /// Somebody hung up an answered call (BYE).
    HungUp,
    /// The caller gave up before the answer, or we withdrew our own attempt (CANCEL).
    Cancelled,
    /// We refused the incoming call with this status.
    Rejected(u16),
    /// The other side stopped answering: no ACK, no reply.
    Timeout,
    /// The switchboard is closing.
    Shutdown,
}

/// What happened on a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LineEvent {
    /// A call came in through a trunk and waits for [`LegCommand::Ring`], `Answer` or `Reject`.
    Offered {
        /// The new leg.
        leg: LegId,
        /// The Call-ID of SIP, to find the call in a trace.
        call_id: String,
        /// The caller's number as the trunk wrote it.
        from: String,
        /// The caller's name as the trunk wrote it, in UTF-8; empty if none.
        display: String,
        /// The number that was dialled, as settings know it.
        to: String,
        /// The trunk it came through.
        trunk: String,
        /// When the INVITE was accepted.
        at: jiff::Timestamp,
    },
    /// A dialled leg set out over SIP; told again at every further trunk or phone that is tried for it.
    Dialled {
        /// The dialled leg.
        leg: LegId,
        /// The Call-ID of this attempt, to find it in a trace.
        call_id: String,
    },
    /// The dialled party is being alerted.
    Progress {
        /// The dialled leg.
        leg: LegId,
    },
    /// The dialled party can be heard before it answers (183 with audio): a network's announcement, or its own
    /// ring-back. Told after `Progress`; bridge now to let it be heard.
    EarlyAudio {
        /// The dialled leg.
        leg: LegId,
    },
    /// The party answered: audio may flow.
    Answered {
        /// The leg.
        leg: LegId,
    },
    /// The dialled party could not be reached; the leg is gone.
    Failed {
        /// The leg.
        leg: LegId,
        /// The SIP status, or the nearest one when no reply came.
        status: u16,
        /// In words.
        reason: String,
    },
    /// The leg is over.
    Ended {
        /// The leg.
        leg: LegId,
        /// Whether the party ended it (and not we).
        by_remote: bool,
        /// Why.
        cause: EndCause,
    },
    /// The party pressed a key (RFC 4733 or INFO).
    Dtmf {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// A prompt without repetition was played to its end.
    PromptEnded {
        /// The leg.
        leg: LegId,
    },
    /// The party at a desk phone pressed "hold" or took it back (a re-INVITE). Whoever it is bridged to hears the
    /// hold music meanwhile, without an order.
    PartyHolds {
        /// The leg of the phone.
        leg: LegId,
        /// On hold, or back.
        on: bool,
    },
    /// The party at a desk phone pressed "transfer" (REFER): the other side of its call shall talk to somebody else.
    /// Only desk phones may ask. The switchboard does nothing by itself; the outcome is told to the phone by
    /// [`LegCommand::Transferred`]; one that nobody answers in a minute or so is told to have failed (408).
    TransferAsked {
        /// The leg of the phone that asks.
        leg: LegId,
        /// Whom the other side shall reach, as the phone wrote it: an account or a number.
        to: String,
        /// The phone's second call, if it spoke with that party first (attended): the leg to be bridged with.
        /// `None`: a blind transfer.
        consulted: Option<LegId>,
    },
    /// What became of [`LegCommand::Refer`]: told at every step, 200 and above once and at the end.
    Referred {
        /// The leg that was asked to call elsewhere.
        leg: LegId,
        /// 1xx on the way, 2xx reached, 3xx–6xx not.
        status: u16,
    },
    /// A recording is whole on the disk under its own name.
    Recorded {
        /// The leg that was recorded.
        leg: LegId,
        /// The file.
        path: PathBuf,
        /// How long, pauses included.
        length: Duration,
        /// Packets that did not reach the disk in time; silence stands in their place.
        dropped: u64,
    },
    /// A recording could not be made or finished.
    RecordFailed {
        /// The leg.
        leg: LegId,
        /// In words.
        reason: String,
    },
    /// A trunk is expected to take our calls, or not any more: it refuses our registration or does not answer.
    Trunk {
        /// Its name.
        name: String,
        /// Whether it is well.
        up: bool,
    },
    /// A trunk stands in the settings no more.
    TrunkGone {
        /// Its name.
        name: String,
    },
    /// A desk phone came or went.
    PhoneRegistered {
        /// The account.
        user: String,
        /// Whether it can be rung now.
        online: bool,
    },
    /// The operator's browser is connected: audio may flow both ways.
    BrowserConnected {
        /// Whose.
        session: OperatorSession,
    },
    /// The browser went without a word (reload, sleep, network); its leg waits for a new offer.
    BrowserLost {
        /// Whose.
        session: OperatorSession,
    },
    /// How the leg sounds: told every five seconds or so while it talks, when that has changed for people.
    Sounds {
        /// The leg.
        leg: LegId,
        /// As measured; [`crate::media::quality::Grade`] is the word for it.
        quality: Quality,
    },
    /// How the leg sounded, told once when it ends.
    LegQuality {
        /// The leg.
        leg: LegId,
        /// Audio packets received from the party.
        packets_in: u64,
        /// Audio packets sent to the party.
        packets_out: u64,
        /// Packets the party sent and we never saw.
        lost: u64,
        /// Smoothed interarrival jitter of RFC 3550.
        jitter_ms: u32,
    },
}

/// Whom to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialTarget {
    /// A registered desk phone by its account.
    Phone(String),
    /// The operator's connected browser: no ringing here, the leg is answered as soon as audio is attached.
    Browser(OperatorSession),
    /// A number in the telephone network.
    Trunk {
        /// Through this trunk.
        name: String,
        /// As the trunk wants it.
        number: String,
    },
}

/// A tone made by the switchboard itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// 425 Hz, one second in five: "it is ringing there".
    RingBack,
    /// 425 Hz, 0.35 s in 0.7 s.
    Busy,
    /// A short soft beep every three seconds: "you are still with us".
    Comfort,
}

/// How a leg takes part in a conversation of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Hears all, is heard by all: a third party, or a supervisor who barges in.
    Speaker,
    /// Hears all, is heard by nobody.
    Listener,
    /// Hears all, is heard by this leg alone.
    Whisperer(LegId),
}

/// What a line shall do. Commands for legs already gone are dropped and counted, never an error.
#[derive(Debug)]
#[non_exhaustive]
pub enum LegCommand {
    /// Tell the caller that it rings (180).
    Ring {
        /// An offered leg.
        leg: LegId,
    },
    /// Let the caller hear prompts and tones before the answer (183): nothing is charged meanwhile.
    EarlyAudio {
        /// An offered leg.
        leg: LegId,
    },
    /// Take the call (200).
    Answer {
        /// An offered leg.
        leg: LegId,
    },
    /// Refuse the call.
    Reject {
        /// An offered leg.
        leg: LegId,
        /// 4xx–6xx.
        status: u16,
    },
    /// End the leg in whatever state it is: BYE, CANCEL or 480.
    Hangup {
        /// The leg.
        leg: LegId,
    },
    /// Dial somebody; every outcome comes as `Progress`, `Answered`, `Failed` or `Ended` of this leg.
    Dial {
        /// A new number from [`LegId::fresh`].
        leg: LegId,
        /// Whom.
        target: DialTarget,
        /// The number shown to the dialled party.
        from_number: String,
        /// The name shown to the dialled party; may be empty.
        display: String,
        /// What the server calls the leg; told back by [`Survivor`] after a restart. May be empty.
        label: String,
        /// Whom the dialled party will talk to, if it is known: what that leg speaks is offered first, so that what
        /// both say can be relayed as it is.
        beside: Option<LegId>,
    },
    /// Withdraw an unanswered dialled leg.
    Cancel {
        /// The leg.
        leg: LegId,
    },
    /// Let two legs hear each other. Ends prompts, tones and hold on both and any former bridge of either.
    Bridge {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// Part the leg from whoever it is bridged to.
    Unbridge {
        /// Either of the two.
        leg: LegId,
    },
    /// Play a recording to the leg; live audio towards it pauses meanwhile.
    PlayPrompt {
        /// The leg.
        leg: LegId,
        /// Raw A-law at 8 kHz, or a mono 8 kHz WAV in A-law, µ-law or 16 bit.
        audio: Arc<[u8]>,
        /// From the start again at the end, until stopped.
        repeat: bool,
    },
    /// Play a tone to the leg until stopped or bridged.
    PlayTone {
        /// The leg.
        leg: LegId,
        /// Which.
        tone: Tone,
    },
    /// Stop prompt or tone.
    StopPrompt {
        /// The leg.
        leg: LegId,
    },
    /// Put the party on hold: it hears the hold music, the other side hears nothing.
    Hold {
        /// The leg of the party on hold.
        leg: LegId,
    },
    /// Take the party off hold.
    Resume {
        /// The leg.
        leg: LegId,
    },
    /// What the party says goes nowhere (silence goes in its place); it hears as before.
    Mute {
        /// The leg.
        leg: LegId,
        /// Mute, or hear it again.
        on: bool,
    },
    /// A leg joins the conversation of another: a bridge becomes a conference without a gap, and a bridge again when
    /// two speakers are left. A leg of the same conversation changes its part. Ends the leg's prompt, tone and hold.
    Join {
        /// The leg that joins.
        leg: LegId,
        /// A leg of the conversation.
        of: LegId,
        /// As what.
        part: Part,
    },
    /// The leg leaves its conversation or bridge; the others go on.
    Leave {
        /// The leg.
        leg: LegId,
    },
    /// Ask the party's own phone to call somewhere else instead (an outgoing REFER); see [`LineEvent::Referred`].
    Refer {
        /// An answered leg at a phone or trunk.
        leg: LegId,
        /// The number or account.
        to: String,
    },
    /// Tell a phone what became of the transfer it asked for. A status from 200 on ends the matter.
    Transferred {
        /// The leg that asked.
        leg: LegId,
        /// 100–699; 200 when the other side talks to its new party.
        status: u16,
    },
    /// Press keys towards the party: events of its audio (RFC 4733), or INFO where it takes none.
    Press {
        /// An answered leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`, one after the other.
        keys: String,
    },
    /// Record the leg: its party on the left, what it is told on the right, silence where nothing is said.
    /// Ends with the leg or by `RecordStop`; then [`LineEvent::Recorded`].
    Record {
        /// The leg, of the caller as a rule.
        leg: LegId,
        /// The WAV (A-law, stereo, 8 kHz). It appears under this name only when it is whole.
        path: PathBuf,
    },
    /// Card data are told: silence on both sides of the recording from now on.
    RecordPause {
        /// The recorded leg.
        leg: LegId,
    },
    /// Go on recording.
    RecordResume {
        /// The recorded leg.
        leg: LegId,
    },
    /// End the recording before the leg ends.
    RecordStop {
        /// The recorded leg.
        leg: LegId,
    },
    /// A browser offers audio. A new offer of a known session takes over its leg.
    BrowserOffer {
        /// Whose.
        session: OperatorSession,
        /// The offer, as `RTCSessionDescription.sdp`.
        sdp: String,
        /// The answer.
        reply: oneshot::Sender<Result<String, OfferError>>,
    },
    /// The operator left: close the browser's connection and end its leg.
    BrowserClose {
        /// Whose.
        session: OperatorSession,
    },
    /// Serve these trunks and phones from now on, and no others; calls that stand go on, in the codecs they have.
    Lines {
        /// All trunks.
        trunks: Vec<TrunkPeer>,
        /// All desk phones.
        phones: Vec<PhoneAccount>,
        /// Codecs of those that have none of their own, the best first.
        codecs: Vec<Codec>,
    },
}

impl LegCommand {
    /// Whether the command ends a call, settles what becomes of one, or joins those who wait: never refused, however
    /// much there is to do.
    pub fn settles(&self) -> bool {
        matches!(
            self,
            Self::Answer { .. }
                | Self::Reject { .. }
                | Self::Hangup { .. }
                | Self::Cancel { .. }
                | Self::Bridge { .. }
                | Self::Unbridge { .. }
                | Self::Join { .. }
                | Self::Leave { .. }
                | Self::Transferred { .. }
                | Self::RecordPause { .. }
                | Self::RecordStop { .. }
                | Self::BrowserClose { .. }
                | Self::Lines { .. }
        )
    }
}

/// How often the media plane speaks: one packet of G.711.
pub(crate) const FRAME: Duration = Duration::from_millis(20);
