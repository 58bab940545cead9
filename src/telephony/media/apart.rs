//! Audio in a process of its own: the switchboard may die or be replaced, the conversations are heard all the while.
//!
//! ```text
//! callout server ─ orders, sockets ─▶ Unix socket ─▶ callout media ─ media::relay, browser, recorder
//!                ◀─ events, counters ─
//! ```
//!
//! The switchboard opens a listener, starts the process with it as standard input and connects. When the switchboard is
//! gone the audio goes on; the next one finds the process at the same socket, is told which legs it has, and takes them
//! up instead of opening them anew. When the audio's process is gone, the switchboard starts another and tells it all
//! that stood.

pub mod frame;
pub mod house;
pub mod order;
pub mod standing;
pub mod studio;

use std::path::PathBuf;
use std::time::Duration;

/// Where the audio's process is found, and what to start when there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// The Unix socket; its folder is there and is not read by others.
    pub socket: PathBuf,
    /// The program, started with `arguments` and `--patience SECONDS`; it calls [`studio::serve`].
    pub program: PathBuf,
    /// What makes it serve audio.
    pub arguments: Vec<String>,
    /// How long the audio goes on without a switchboard.
    pub patience: Duration,
}
