//! The line as the actors know it: what it tells and what it can be told. No word of SIP.

use crate::{
    calls::{keys::Keys, sounded::Measured, trace::Sound},
    lines::line_book::Lines,
    ports::Later,
    refusal::Refusal,
    values::id::{CallId, OperatorId},
};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// One side of a call: one party on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Leg(pub u64);

/// On whose side a leg stands that the house had dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegSide {
    /// The party whom we called.
    Party,
    /// An operator of the call.
    Operator(OperatorId),
    /// Somebody outside who is asked, or given the call.
    Outside,
    /// A supervisor who takes part.
    Watcher,
}

/// Whose a leg is that the house had dialled; it goes with the leg through the switchboard and outlives the process.
/// As text: the call, a stroke, and `party`, `outside`, `watcher` or the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegOwner {
    /// Of which call.
    pub call: CallId,
    /// On whose side.
    pub side: LegSide,
}

impl fmt::Display for LegOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.side {
            LegSide::Party => write!(f, "{}/party", self.call),
            LegSide::Operator(operator) => write!(f, "{}/{operator}", self.call),
            LegSide::Outside => write!(f, "{}/outside", self.call),
            LegSide::Watcher => write!(f, "{}/watcher", self.call),
        }
    }
}

impl FromStr for LegOwner {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let unreadable = || {
            let detail = format!(
                "`{text}` is no owner of a leg: expected `call/operator`, `call/party`, `call/outside` or `call/watcher`"
            );
            Refusal::invalid("leg-owner", detail)
        };
        let (call, side) = text.split_once('/').ok_or_else(unreadable)?;
        let call = call.parse().map_err(|_| unreadable())?;
        let side = match side {
            "party" => LegSide::Party,
            "outside" => LegSide::Outside,
            "watcher" => LegSide::Watcher,
            operator => LegSide::Operator(operator.parse().map_err(|_| unreadable())?),
        };
        Ok(Self { call, side })
    }
}

/// A leg that outlived a stop of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// The leg, by the same number.
    pub leg: Leg,
    /// Whose it is; `None` for a caller's, which is known by its Call-ID.
    pub owner: Option<LegOwner>,
    /// SIP Call-ID; empty for a browser.
    pub sip_call_id: String,
    /// Was it answered? A caller's leg that was not rings still.
    pub answered: bool,
    /// Has its audio gone on all the while, recording and all?
    pub unbroken: bool,
}

/// What happened on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEvent {
    /// A call came in.
    Offered {
        /// The caller's leg.
        leg: Leg,
        /// SIP Call-ID, to find it in a trace.
        sip_call_id: String,
        /// The caller's number as sent.
        from: String,
        /// The caller's name as sent.
        display: String,
        /// The number that was dialled.
        did: String,
        /// By which trunk.
        trunk: String,
    },
    /// The party answered.
    Answered {
        /// Whose leg.
        leg: Leg,
    },
    /// A leg that we dialled set out over SIP; told again for every further way that is tried.
    Dialled {
        /// Which leg.
        leg: Leg,
        /// SIP Call-ID of the attempt, to find it in a trace.
        sip_call_id: String,
    },
    /// A leg sounds otherwise than before.
    Sounds {
        /// Which leg.
        leg: Leg,
        /// How.
        sound: Sound,
        /// As measured.
        measured: Measured,
    },
    /// The party could not be reached.
    Failed {
        /// Whose leg.
        leg: Leg,
        /// In words.
        reason: String,
    },
    /// The leg is over.
    Ended {
        /// Which.
        leg: Leg,
        /// Did the party end it?
        by_remote: bool,
    },
    /// The party pressed a key.
    Digit {
        /// Whose leg.
        leg: Leg,
        /// `0` to `9`, `*`, `#`.
        digit: char,
    },
    /// What was played to the party was heard to its end.
    PromptEnded {
        /// Whose leg.
        leg: Leg,
    },
    /// The party whom we rang can be heard before it answers: an announcement, or its own ringing.
    EarlyAudio {
        /// Whose leg.
        leg: Leg,
    },
    /// At a desk phone "hold" was pressed, or taken back; the other side hears music meanwhile.
    Holds {
        /// The leg of the phone.
        leg: Leg,
        /// On hold, or back.
        on: bool,
    },
    /// At a desk phone "transfer" was pressed: the other side shall talk to somebody else. The phone waits for
    /// [`LineOrder::Transferred`].
    TransferAsked {
        /// The leg of the phone.
        leg: Leg,
        /// To whom: an account, a queue or a number, as it was dialled.
        to: String,
        /// The phone spoke with them first.
        spoken: bool,
    },
    /// A recording lies whole under its name.
    Recorded {
        /// Whose leg.
        leg: Leg,
        /// Packets that did not reach the disk in time; silence stands in their place.
        dropped: u64,
    },
    /// A recording could not be made or finished.
    RecordFailed {
        /// Whose leg.
        leg: Leg,
        /// In words.
        reason: String,
    },
    /// A provider's line can be expected to work, or not any more.
    Trunk {
        /// Its name.
        name: String,
        /// Is it well?
        up: bool,
    },
    /// A trunk stands in the book of lines no more.
    TrunkGone {
        /// Its name.
        name: String,
    },
    /// A desk phone came or went.
    PhoneRegistered {
        /// The account.
        account: String,
        /// Can it be rung?
        online: bool,
    },
    /// A browser's audio came or went.
    Browser {
        /// The operator's id as text.
        session: String,
        /// Is it there?
        online: bool,
    },
}

/// How a leg takes part in a conversation of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Hears all, is heard by all.
    Speaker,
    /// Hears all, is heard by nobody.
    Listener,
    /// Hears all, is heard by this leg alone.
    Whisperer(Leg),
}

/// What a line shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineOrder {
    /// Tell the caller that it rings.
    Ring(Leg),
    /// Take the call.
    Answer(Leg),
    /// Refuse the call with a SIP status.
    Reject(Leg, u16),
    /// End the leg in whatever state it is.
    Hangup(Leg),
    /// Ring a desk phone.
    DialPhone {
        /// A fresh leg.
        leg: Leg,
        /// The account.
        account: String,
        /// The number shown.
        from: String,
        /// The name shown.
        display: String,
        /// Whose the leg is.
        owner: LegOwner,
        /// Whom it will talk to: what that leg speaks is offered first.
        beside: Leg,
    },
    /// Attach an operator's browser.
    DialBrowser {
        /// A fresh leg.
        leg: Leg,
        /// The operator's id as text.
        session: String,
        /// Whose the leg is.
        owner: LegOwner,
    },
    /// Ring a number in the telephone network.
    DialNumber {
        /// A fresh leg.
        leg: Leg,
        /// The number in E.164.
        number: String,
        /// Our number that is shown.
        from: String,
        /// Whose the leg is.
        owner: LegOwner,
    },
    /// The party hears that it is ringing elsewhere, until it is bridged.
    RingBack(Leg),
    /// The party hears a prompt once.
    Play {
        /// Whose leg.
        leg: Leg,
        /// The prompt, by name.
        prompt: String,
    },
    /// The prompt is cut short.
    StopPlay(Leg),
    /// The party and what it hears are recorded until the leg ends.
    Record {
        /// Whose leg.
        leg: Leg,
        /// The recording, by name.
        name: String,
    },
    /// Silence on the recording of the leg, or sound again.
    PauseRecord(Leg, bool),
    /// What the party says goes nowhere, or is heard again.
    Mute(Leg, bool),
    /// Keys are pressed towards the party.
    Press(Leg, Keys),
    /// A leg joins the conversation of another, or changes its part in it.
    Join {
        /// Who joins.
        leg: Leg,
        /// A leg of the conversation.
        of: Leg,
        /// As what.
        part: Part,
    },
    /// The leg leaves its conversation; the others go on.
    Leave(Leg),
    /// Let two parties hear each other.
    Bridge(Leg, Leg),
    /// The party hears music.
    Hold(Leg),
    /// The party hears the other again.
    Resume(Leg),
    /// What became of the transfer that a desk phone asked for: a SIP status; 200 when it is done.
    Transferred(Leg, u16),
    /// The operator left: drop the browser's leg.
    CloseBrowser(String),
}

/// The switchboard, as the actors see it.
pub trait CallControl: Send + Sync + 'static {
    /// Gives an order without waiting; outcomes come as events.
    fn order(&self, order: LineOrder) -> Result<(), Refusal>;
    /// How many batches wait for the journal. While it cannot keep up, new calls are turned away, so that those who are
    /// here already are served as quickly as before.
    fn unkept(&self, batches: usize);
    /// A leg number that nobody has.
    fn fresh_leg(&self) -> Leg;
    /// The legs that outlived the process before this one. What happens to them is told as of any leg.
    fn survivors(&self) -> Vec<Survivor>;
    /// Answers a browser's offer of audio.
    fn browser_offer(&self, session: String, sdp: String) -> Later<Result<String, Refusal>>;
    /// The prompts that can be played, by name.
    fn prompts(&self) -> Vec<String>;
    /// Can this prompt be played?
    fn has_prompt(&self, name: &str) -> bool;
    /// What stands beside the book of lines and cannot be written: `{trunks: [name…], phones: [user…], codecs: [name…]}`,
    /// of codecs those in force where the book says nothing.
    fn fixed(&self) -> Value;
    /// Refuses lines that the switchboard could not serve, such as a name that is taken.
    fn can_serve(&self, lines: &Lines) -> Result<(), Refusal>;
    /// Serves these lines from now on; calls that stand go on.
    fn serve(&self, lines: &Lines) -> Result<(), Refusal>;
}
