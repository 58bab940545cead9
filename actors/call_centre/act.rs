//! What an operator does with a call, in one word each.

use domain::values::id::RequestId;

/// What the operator's screen says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Take it.
    Answer,
    /// Not now.
    Reject,
    /// End it.
    Hangup,
    /// Music for the caller.
    Hold,
    /// Talk again.
    Resume,
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
