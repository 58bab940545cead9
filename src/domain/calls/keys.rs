//! Keys that an operator presses in a talk: a bank's menu, an intercom, an extension.

use crate::{
    calls::call::{Call, CallState},
    refusal::Refusal,
};
use std::{fmt, str::FromStr};

/// The most keys at once.
const MOST: usize = 32;

/// Keys, one after the other: `0` to `9`, `*`, `#`, `A` to `D`; 1 to 32 of them. They may be of a card or a secret, so
/// they are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys(String);

impl Keys {
    /// The keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl FromStr for Keys {
    type Err = Refusal;
    fn from_str(typed: &str) -> Result<Self, Refusal> {
        let keys = typed.to_ascii_uppercase();
        if let Some(wrong) = keys.chars().find(|key| !key.is_ascii_digit() && !"*#ABCD".contains(*key)) {
            let detail = format!("`{wrong}` is no key: expected `0` to `9`, `*`, `#` or `A` to `D`");
            return Err(Refusal::invalid("keys", detail));
        }
        if !(1..=MOST).contains(&keys.len()) {
            let detail = format!("`{}` keys at once: expected 1 to {MOST}", keys.len());
            return Err(Refusal::invalid("keys", detail));
        }
        Ok(Self(keys))
    }
}

/// Who hears the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysTo {
    /// The party of the call.
    Caller,
    /// Who outside is asked or talks along.
    Outside,
}

impl Call {
    /// Who hears keys that the operator presses now: whoever outside was brought in, else the other side of the talk.
    ///
    /// # Errors
    /// Nobody outside hears the operator.
    pub fn keys_go_to(&self) -> Result<KeysTo, Refusal> {
        let outside = self.outside.as_ref().is_some_and(|outside| outside.there);
        match self.state {
            CallState::Consulting | CallState::Conference if outside => Ok(KeysTo::Outside),
            CallState::Talking | CallState::Conference => Ok(KeysTo::Caller),
            state => {
                let detail = format!("call `{}` is `{state:?}`: nobody would hear the keys", self.id);
                Err(Refusal::state("call-state", detail))
            }
        }
    }
}
