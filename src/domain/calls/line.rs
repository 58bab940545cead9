//! The line as the actors know it: what it tells and what it can be told. No word of SIP.

use crate::{calls::trace::Sound, ports::Later, refusal::Refusal};

/// One side of a call: one party on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Leg(pub u64);

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
    },
    /// Attach an operator's browser.
    DialBrowser {
        /// A fresh leg.
        leg: Leg,
        /// The operator's id as text.
        session: String,
    },
    /// Ring a number in the telephone network.
    DialNumber {
        /// A fresh leg.
        leg: Leg,
        /// The number in E.164.
        number: String,
        /// Our number that is shown.
        from: String,
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
    /// The operator left: drop the browser's leg.
    CloseBrowser(String),
}

/// The switchboard, as the actors see it.
pub trait CallControl: Send + Sync + 'static {
    /// Gives an order without waiting; outcomes come as events.
    fn order(&self, order: LineOrder) -> Result<(), Refusal>;
    /// A leg number that nobody has.
    fn fresh_leg(&self) -> Leg;
    /// Answers a browser's offer of audio.
    fn browser_offer(&self, session: String, sdp: String) -> Later<Result<String, Refusal>>;
}
