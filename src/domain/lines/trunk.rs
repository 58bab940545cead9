//! A provider's line: who may call in by it, where calls out go, what they may cost.

use crate::lines::codec::{self, Codec, InvalidCodecs};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

/// How a provider wants numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Numbers {
    /// `+74951234567`.
    #[default]
    Plus,
    /// `74951234567`.
    Digits,
    /// `84951234567` inside the country, `810…` abroad.
    Eight,
}

/// A provider's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// How the house calls it.
    pub name: String,
    /// Sources that are this trunk.
    #[serde(default)]
    pub ips: Vec<IpAddr>,
    /// Digest user.
    #[serde(default)]
    pub user: Option<String>,
    /// Digest password; `None` where it is not told (a screen), which keeps the one that is known.
    #[serde(default)]
    pub password: Option<String>,
    /// Our numbers behind it.
    pub dids: Vec<String>,
    /// Where calls out are sent; absent: it takes calls in alone.
    #[serde(default)]
    pub outbound: Option<SocketAddr>,
    /// Whether we register at `outbound`, so that its calls reach us.
    #[serde(default)]
    pub registers: bool,
    /// Trunks of one group stand in for one another.
    #[serde(default)]
    pub group: Option<String>,
    /// Within a group the lowest is tried first.
    #[serde(default)]
    pub priority: u8,
    /// Within a priority calls are spread in proportion.
    #[serde(default)]
    pub weight: u32,
    /// Calls out at once; 0: no limit.
    #[serde(default)]
    pub max_calls: usize,
    /// Calls out begun within a second; 0: no limit.
    #[serde(default)]
    pub calls_per_second: u32,
    /// What a minute costs by the first digits of a number, country first and without a plus; empty: nothing is counted.
    /// A number that none of them names is not called.
    #[serde(default)]
    pub tariffs: BTreeMap<String, Decimal>,
    /// What calls out of 24 hours may cost; absent: no limit.
    #[serde(default)]
    pub money_per_day: Option<Decimal>,
    /// How it wants numbers.
    #[serde(default)]
    pub numbers: Numbers,
    /// How often it is asked whether it lives, in seconds; 0: never.
    #[serde(default)]
    pub ask_seconds: u64,
    /// Its own codecs, the best first; none: those of the house.
    #[serde(default)]
    pub codecs: Vec<Codec>,
}

/// A trunk that contradicts itself; the text names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTrunk {
    /// It has no name.
    #[error("a trunk has no name: expected what the house calls it")]
    NoName,
    /// Two of one name.
    #[error("trunk `{name}` stands twice: expected a name of its own")]
    Twice {
        /// Which.
        name: String,
    },
    /// Something that needs an address to call has none.
    #[error("trunk `{name}` has `{key}` without `outbound`: expected the address of the provider")]
    NoOutbound {
        /// Which.
        name: String,
        /// What needs it.
        key: &'static str,
    },
    /// It is to register as nobody.
    #[error("trunk `{name}` has `registers` without `user`: expected the name it knows us by")]
    NoUser {
        /// Which.
        name: String,
    },
    /// It is known by a password that is not there.
    #[error("trunk `{name}` has `user` without `password`: expected both or none")]
    NoPassword {
        /// Which.
        name: String,
    },
    /// Neither way leads anywhere.
    #[error("trunk `{name}` can neither call nor be called: expected `ips`, `user` or `outbound`")]
    Useless {
        /// Which.
        name: String,
    },
    /// A limit of money without prices.
    #[error("trunk `{name}` has `money_per_day` without `tariffs`: expected what a minute costs")]
    NoTariffs {
        /// Which.
        name: String,
    },
    /// A tariff for what no number begins with.
    #[error(
        "trunk `{name}`: `tariffs` has `{prefix}`: expected first digits of numbers, country first and without a plus"
    )]
    Prefix {
        /// Which.
        name: String,
        /// What was given.
        prefix: String,
    },
    /// Less than nothing.
    #[error("trunk `{name}`: `{key}` has `{money}`: expected an amount of money, 0 or more")]
    Money {
        /// Which.
        name: String,
        /// Where.
        key: &'static str,
        /// What was given.
        money: Decimal,
    },
    /// Codecs by which its calls could have no sound.
    #[error("trunk `{name}`: {why}")]
    Codecs {
        /// Which.
        name: String,
        /// What is wrong with them.
        why: InvalidCodecs,
    },
    /// One of our numbers is none.
    #[error("trunk `{name}`: `{did}` is no number: expected 2 to 18 digits, with a plus or without")]
    Number {
        /// Which.
        name: String,
        /// What was given.
        did: String,
    },
}

/// Could a telephone dial it?
pub(super) fn dialable(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (2..=18).contains(&digits.len()) && digits.bytes().all(|letter| letter.is_ascii_digit())
}

impl Trunk {
    /// Refuses a trunk that contradicts itself. A missing password is looked at by [`Trunk::check_password`]: the
    /// settings file may leave it out.
    ///
    /// # Errors
    /// The first contradiction, by the name of its key.
    pub fn check(&self) -> Result<(), InvalidTrunk> {
        let name = self.name.clone();
        if name.trim().is_empty() {
            return Err(InvalidTrunk::NoName);
        }
        if self.outbound.is_none() {
            let key = if self.registers {
                Some("registers")
            } else {
                (self.ask_seconds > 0).then_some("ask_seconds")
            };
            if let Some(key) = key {
                return Err(InvalidTrunk::NoOutbound { name, key });
            }
        }
        if self.registers && self.user.is_none() {
            return Err(InvalidTrunk::NoUser { name });
        }
        if self.ips.is_empty() && self.user.is_none() && self.outbound.is_none() {
            return Err(InvalidTrunk::Useless { name });
        }
        if self.money_per_day.is_some() && self.tariffs.is_empty() {
            return Err(InvalidTrunk::NoTariffs { name });
        }
        if let Some(prefix) =
            self.tariffs.keys().find(|prefix| !prefix.bytes().all(|letter| letter.is_ascii_digit()))
        {
            return Err(InvalidTrunk::Prefix { name, prefix: prefix.clone() });
        }
        let spent = self.tariffs.values().map(|money| ("tariffs", money));
        let spent = spent.chain(self.money_per_day.iter().map(|money| ("money_per_day", money)));
        if let Some((key, money)) =
            spent.into_iter().find(|(_, money)| money.is_sign_negative() && !money.is_zero())
        {
            return Err(InvalidTrunk::Money { name, key, money: *money });
        }
        if let Err(why) = codec::check(&self.codecs) {
            return Err(InvalidTrunk::Codecs { name, why });
        }
        match self.dids.iter().find(|did| !dialable(did)) {
            Some(did) => Err(InvalidTrunk::Number { name, did: did.clone() }),
            None => Ok(()),
        }
    }
    /// Refuses a user without a password.
    ///
    /// # Errors
    /// The name of the trunk.
    pub fn check_password(&self) -> Result<(), InvalidTrunk> {
        let has = self.password.as_ref().is_some_and(|password| !password.is_empty());
        if self.user.is_some() && !has {
            return Err(InvalidTrunk::NoPassword { name: self.name.clone() });
        }
        Ok(())
    }
}
