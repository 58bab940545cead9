//! Audio: one thread that moves packets between phones, browsers and prompts, and one that helps it to send.

pub mod account;
pub mod apart;
pub mod band;
pub mod codec;
pub mod command;
pub mod conversation;
pub mod courier;
pub mod dtmf;
pub mod ear;
pub mod g722;
pub mod half;
pub mod jitter;
pub mod keypad;
pub mod latch;
pub mod law;
pub mod mouth;
pub mod party;
pub mod port;
pub mod prompt;
pub mod quality;
pub mod recorder;
pub mod relay;
pub mod reporting;
pub mod room;
pub mod rtcp;
pub mod rtp;
pub mod scribe;
pub mod sdp;
pub mod srtp;
pub mod stream;
pub mod tape;
pub mod tone;
pub mod watch;
pub mod wav;
pub mod wide;

/// Samples (and G.711 bytes) in one packet of 20 ms.
pub const SAMPLES: usize = 160;
