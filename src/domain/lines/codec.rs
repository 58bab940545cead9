//! How sound is written on a line: the codecs the house speaks, and in which order.

use serde::{Deserialize, Serialize};

/// A codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
    /// G.722: wide-band.
    G722,
    /// Opus: wide-band, and bears losses.
    Opus,
}

/// Codecs by which a call would have no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCodecs {
    /// A name that is none of ours.
    #[error("codec `{0}` is not spoken: expected `pcma`, `pcmu`, `g722` or `opus`")]
    Unknown(String),
    /// One that stands twice.
    #[error("`codecs` has `{}` twice: expected each codec once", .0.name())]
    Twice(Codec),
    /// Nothing that every telephone speaks.
    #[error("`codecs` has `{0}` alone: expected `pcma` or `pcmu` among them, which every telephone speaks")]
    NoLaw(String),
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pcma, Self::Pcmu, Self::G722, Self::Opus];

    /// As it is written in books and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "pcma",
            Self::Pcmu => "pcmu",
            Self::G722 => "g722",
            Self::Opus => "opus",
        }
    }
    /// Does every telephone speak it?
    pub const fn is_law(self) -> bool {
        matches!(self, Self::Pcma | Self::Pcmu)
    }
}

impl TryFrom<String> for Codec {
    type Error = InvalidCodecs;
    fn try_from(name: String) -> Result<Self, InvalidCodecs> {
        let known = Self::ALL.into_iter().find(|codec| codec.name() == name);
        known.ok_or(InvalidCodecs::Unknown(name))
    }
}

impl From<Codec> for String {
    fn from(codec: Codec) -> Self {
        codec.name().to_owned()
    }
}

/// Refuses an order by which a call could have no sound. None at all is no order: the next greater one is in force.
///
/// # Errors
/// A codec that stands twice, or none that every telephone speaks.
pub fn check(codecs: &[Codec]) -> Result<(), InvalidCodecs> {
    if let Some((_, twice)) = codecs.iter().enumerate().find(|(at, codec)| codecs[..*at].contains(codec)) {
        return Err(InvalidCodecs::Twice(*twice));
    }
    if codecs.is_empty() || codecs.iter().any(|codec| codec.is_law()) {
        return Ok(());
    }
    let names: Vec<&str> = codecs.iter().map(|codec| codec.name()).collect();
    Err(InvalidCodecs::NoLaw(names.join("`, `")))
}
