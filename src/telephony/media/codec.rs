//! The codecs we speak: by what name settings know them, and how they look in a description and on the wire.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::media::law::Law;

/// The payload type under which we offer Opus, as browsers do.
const OPUS_PAYLOAD: u8 = 111;

/// How sound is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Codec {
    /// G.711 A-law.
    Alaw,
    /// G.711 µ-law.
    Ulaw,
    /// G.722 at 64 kbit/s: sound of 16 kHz under an RTP clock of 8 kHz (RFC 3551 §4.5.2).
    G722,
    /// Opus (RFC 7587); we make and hear it at 16 kHz.
    Opus,
}

/// A codec under the number it has on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The codec.
    pub codec: Codec,
    /// Its payload type.
    pub payload: u8,
}

/// A name that is no codec of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("codec `{0}` is not spoken, expected `pcma`, `pcmu`, `g722` or `opus`")]
pub struct UnknownCodec(pub String);

impl FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(name: &str) -> Result<Self, UnknownCodec> {
        let known = Self::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name));
        known.ok_or_else(|| UnknownCodec(name.to_owned()))
    }
}

impl From<Law> for Codec {
    fn from(law: Law) -> Self {
        match law {
            Law::Alaw => Codec::Alaw,
            Law::Ulaw => Codec::Ulaw,
        }
    }
}

impl Codec {
    /// All of them.
    pub const ALL: [Codec; 4] = [Codec::Alaw, Codec::Ulaw, Codec::G722, Codec::Opus];
    /// What every telephone speaks.
    pub const LAWS: [Codec; 2] = [Codec::Alaw, Codec::Ulaw];

    /// As descriptions write it, in any case of letters.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Alaw => "PCMA",
            Codec::Ulaw => "PCMU",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
    }

    /// What stands behind the number in a description.
    pub const fn map(self) -> &'static str {
        match self {
            Codec::Alaw => "PCMA/8000",
            Codec::Ulaw => "PCMU/8000",
            Codec::G722 => "G722/8000",
            Codec::Opus => "opus/48000/2",
        }
    }

    /// What a description says beside: more than 16 kHz is not heard here, and losses are borne better with it.
    pub const fn parameters(self) -> Option<&'static str> {
        match self {
            Codec::Opus => Some("maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1"),
            _ => None,
        }
    }

    /// The codec of what stands behind a number.
    pub fn of_map(map: &str) -> Option<Self> {
        let map = map.trim();
        let same = |codec: &Codec| {
            let own = codec.map();
            let rest = map.get(own.len()..).unwrap_or_default();
            let begins = map.get(..own.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(own));
            // `/1` of one channel may be written; more of them are another codec
            begins && (rest.is_empty() || *codec != Codec::Opus && rest == "/1")
        };
        Self::ALL.into_iter().find(same)
    }

    /// The payload type under which we offer it; that of all but Opus is static.
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Alaw => 8,
            Codec::Ulaw => 0,
            Codec::G722 => 9,
            Codec::Opus => OPUS_PAYLOAD,
        }
    }

    /// Whether its payload type is agreed on for each call.
    pub const fn is_dynamic(self) -> bool {
        matches!(self, Codec::Opus)
    }

    /// The codec of a static payload type.
    pub const fn of_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            8 => Some(Codec::Alaw),
            0 => Some(Codec::Ulaw),
            9 => Some(Codec::G722),
            _ => None,
        }
    }

    /// The law, if it is one.
    pub const fn law(self) -> Option<Law> {
        match self {
            Codec::Alaw => Some(Law::Alaw),
            Codec::Ulaw => Some(Law::Ulaw),
            Codec::G722 | Codec::Opus => None,
        }
    }

    /// Ticks of its RTP clock in a millisecond.
    pub const fn clock(self) -> u32 {
        match self {
            Codec::Alaw | Codec::Ulaw | Codec::G722 => 8,
            Codec::Opus => 48,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_others_are_named() {
        assert_eq!("G722".parse(), Ok(Codec::G722));
        assert_eq!("pcma".parse(), Ok(Codec::Alaw));
        assert_eq!("Opus".parse(), Ok(Codec::Opus));
        let told = "g729".parse::<Codec>().unwrap_err().to_string();
        assert_eq!(told, "codec `g729` is not spoken, expected `pcma`, `pcmu`, `g722` or `opus`");
    }

    #[test]
    fn maps_are_read_as_phones_write_them() {
        for codec in Codec::ALL {
            assert_eq!(Codec::of_map(codec.map()), Some(codec));
        }
        assert_eq!(Codec::of_map("pcmu/8000/1 "), Some(Codec::Ulaw));
        assert_eq!(Codec::of_map("g722/8000"), Some(Codec::G722));
        assert_eq!(Codec::of_map("OPUS/48000/2"), Some(Codec::Opus));
        for other in ["opus/48000", "PCMA/16000", "PCMA/80000", "G722/16000", "", "µ"] {
            assert_eq!(Codec::of_map(other), None, "{other}");
        }
    }
}
