//! Audio: one thread that moves packets between phones, browsers and prompts.

pub mod codec;
pub mod command;
pub mod conversation;
pub mod dtmf;
pub mod jitter;
pub mod latch;
pub mod party;
pub mod port;
pub mod prompt;
pub mod recorder;
pub mod relay;
pub mod room;
pub mod rtp;
pub mod sdp;
pub mod stream;
pub mod tape;
pub mod tone;
pub mod wav;

/// Samples (and G.711 bytes) in one packet of 20 ms.
pub const SAMPLES: usize = 160;
