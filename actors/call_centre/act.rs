//! What an operator does with a call, in one word each.

use domain::{
    calls::keys::Keys,
    values::{id::RequestId, phone::PhoneNumber},
};

/// What the operator's screen says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Take it.
    Answer,
    /// Not now.
    Reject,
    /// End it, or leave it to the others in a conference.
    Hangup,
    /// Music for the caller.
    Hold,
    /// Talk again.
    Resume,
    /// Be heard by nobody, or again.
    Mute(bool),
    /// Card data are told: silence on the recording, or sound again.
    PauseRecording(bool),
    /// The colleague was asked, or does not answer: talk to the caller again.
    Unconsult,
    /// Give the call to the colleague who was asked.
    Transfer,
    /// Give it away unseen: to a queue.
    SendInto(String),
    /// Ask somebody outside while the caller hears music.
    AskOutside(PhoneNumber),
    /// Give it away unseen: to somebody outside.
    SendOutside(PhoneNumber),
    /// Press keys towards the other side.
    Press(Keys),
    /// Talk all three.
    Conference,
    /// Write it down.
    Dispose {
        /// What it was about.
        disposition: String,
        /// Note.
        note: String,
        /// The request.
        about: Option<RequestId>,
    },
}
