//! The switchboard: SIP trunks and desk phones, the operators' browsers, and the audio between them.
//!
//! The crate knows nothing of actors, clients or queues. [`Switchboard::start`] runs a switchboard on its
//! own threads; what happens on the lines comes out as [`LineEvent`], what shall happen goes in as
//! [`LegCommand`]. The rules of the call centre live elsewhere; here a leg is one line with one party on it.
//!
//! ```text
//! trunk, phone ─ UDP ─────── sip::edge ──┐
//! trunk, phone ─ TCP, TLS ─ sip::streams ┴ sip::gate ─ rsipstack ─ sip::exchange ─┐
//! browser ─ UDP ─ browser ┐                                                       ├─ LineEvent / LegCommand
//! RTP ─────────── media ──┴─ recorder ─ WAV                                       │
//!                         └───────────────────────────────────────────────────────┘
//! ```
//!
//! The stack below logs whole messages with their numbers at `info`: run with the filter `rsipstack=warn`.

pub mod browser;
pub mod counters;
pub mod failure;
pub mod line;
pub mod masked;
pub mod media;
pub mod phone;
pub mod settings;
pub mod sip;
pub mod survivor;
pub mod switchboard;
pub mod threads;
pub mod trace;

pub use counters::Counted;
pub use failure::{CommandError, OfferError, StartError};
pub use line::{DialTarget, EndCause, LegCommand, LegId, LineEvent, OperatorSession, Part, Tone};
pub use media::apart::{Apart, studio::serve as serve_audio};
pub use media::codec::Codec;
pub use media::quality::{Grade, Quality};
pub use phone::{Answering, Audio, CallError, CallEvent, CallHandle, Caller, DeskEvent, DeskPhone, Heard};
pub use settings::{CallClock, EdgeLimits, PhoneAccount, Settings, TlsIdentity, TraceLimits, TrunkPeer};
pub use sip::bindings::{BindingFile, BindingKeeper, KeepsBindings, SavedBinding};
pub use sip::digest::Algorithm;
pub use sip::number::{Number, NumberForm};
pub use sip::session::SessionTimes;
pub use sip::spending::Tariff;
pub use survivor::Survivor;
pub use switchboard::{Switchboard, SwitchboardHandle};
pub use trace::summary::Summary;
pub use trace::{Carrier, Flow, TraceLine};
