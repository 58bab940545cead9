//! What a new process is told of the lines that stand.

use crate::line::LegId;

/// A leg that outlived the process before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Its number, the same as before.
    pub leg: LegId,
    /// What the server called it when it had it dialled; empty for a call that came in.
    pub label: String,
    /// Call-ID; empty for a browser.
    pub call_id: String,
    /// Whether it was answered; a caller who was not rings still. A browser must offer again to be heard, unless
    /// `unbroken`.
    pub answered: bool,
    /// Whether its audio has gone on all the while, recording and all, in a process that did not die.
    pub unbroken: bool,
}
