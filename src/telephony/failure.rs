//! Why a switchboard does not start, and why it does not take a command or an offer.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Commands that may wait before further work is refused. Those that end or settle a call are taken all the same: the
/// more wait, the more it matters that they are.
pub(crate) const COMMANDS: usize = 16_384;

/// Why a switchboard did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken or the address is not ours.
    #[error("cannot listen at `{address}`: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Listening everywhere needs to know what to tell others.
    #[error("bind address `{0}` is not an address others can use, expected `public_ip` to be set")]
    NoPublicAddress(std::net::IpAddr),
    /// Threads, runtime or keys could not be made.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
    /// The file of the calls that stand cannot be used.
    #[error("calls cannot be written down in `{}`: {source}; expected a file in a folder of ours", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of what calls out cost cannot be used.
    #[error("bills cannot be kept in `{}`: {source}; expected a file in a folder of ours", path.display())]
    Spending {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The audio did not begin.
    #[error("audio did not begin: {0}")]
    Audio(std::io::Error),
    /// The stack refused our socket.
    #[error("sip stack did not start: {0}")]
    Stack(String),
}

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Too many commands wait; try again.
    #[error("`{COMMANDS}` commands wait already, try again")]
    Full,
    /// The switchboard is closed.
    #[error("switchboard is closed")]
    Closed,
}

/// Why a browser's offer was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum OfferError {
    /// The text is no session description.
    #[error("offer is not readable: `{0}`")]
    Unreadable(String),
    /// The offer has nothing we can speak.
    #[error("offer cannot be answered: `{0}`, expected audio with PCMA")]
    Unanswerable(String),
    /// The switchboard is closing.
    #[error("switchboard is closed")]
    Closed,
}
