//! A desk phone's account at our registrar.

use crate::lines::codec::{self, Codec, InvalidCodecs};
use serde::{Deserialize, Serialize};

/// The shortest password of a phone: guessing is shut out at the edge, this is against luck.
const SHORTEST: usize = 6;

/// A desk phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskPhone {
    /// The user it registers as.
    pub user: String,
    /// Its password; `None` where it is not told (a screen), which keeps the one that is known.
    #[serde(default)]
    pub password: Option<String>,
    /// Whether its calls are encrypted, or not made at all.
    #[serde(default)]
    pub secure_audio: bool,
    /// Its own codecs, the best first; none: those of the house.
    #[serde(default)]
    pub codecs: Vec<Codec>,
}

/// An account that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDeskPhone {
    /// The user is no user of SIP.
    #[error(
        "the phone `{user}` has no such name: expected 1 to 32 letters of the Latin alphabet, digits, `-`, `_` or `.`"
    )]
    User {
        /// What was given.
        user: String,
    },
    /// There is none, or it is short.
    #[error("the phone `{user}` has no password: expected at least {SHORTEST} characters")]
    Password {
        /// Whose.
        user: String,
    },
    /// Codecs by which its calls could have no sound.
    #[error("the phone `{user}`: {why}")]
    Codecs {
        /// Whose.
        user: String,
        /// What is wrong with them.
        why: InvalidCodecs,
    },
    /// Two accounts of one name.
    #[error("the phone `{user}` stands twice: expected a name of its own")]
    Twice {
        /// Whose.
        user: String,
    },
}

/// Is it a name that SIP carries without quoting?
pub(super) fn plain(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (1..=32).contains(&name.len()) && name.chars().all(fits)
}

impl DeskPhone {
    /// Refuses an account that nobody could register at.
    ///
    /// # Errors
    /// A name that SIP would have to quote, or a password that is missing or short.
    pub fn check(&self) -> Result<(), InvalidDeskPhone> {
        let user = self.user.clone();
        if !plain(&user) {
            return Err(InvalidDeskPhone::User { user });
        }
        match &self.password {
            Some(password) if password.chars().count() >= SHORTEST => self.check_codecs(),
            _ => Err(InvalidDeskPhone::Password { user }),
        }
    }
    /// Refuses codecs by which its calls could have no sound; the settings file is asked no more of a phone.
    ///
    /// # Errors
    /// The user, and what is wrong.
    pub fn check_codecs(&self) -> Result<(), InvalidDeskPhone> {
        codec::check(&self.codecs).map_err(|why| InvalidDeskPhone::Codecs { user: self.user.clone(), why })
    }
}
