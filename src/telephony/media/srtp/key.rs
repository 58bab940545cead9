//! A key as the description tells it: `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…` (RFC 4568).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};

/// Bytes of the key itself.
pub const KEY: usize = 16;
/// Bytes of the salt beside it.
pub const SALT: usize = 14;
/// The suite.
pub const SUITE: &str = "AES_CM_128_HMAC_SHA1_80";

/// What one side encrypts with.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The key.
    pub master: [u8; KEY],
    /// The salt.
    pub salt: [u8; SALT],
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// A key nobody has.
    pub fn fresh() -> Self {
        Self { master: rand::random(), salt: rand::random() }
    }

    /// As a line of a description has it, under this number.
    pub fn line(&self, number: u32) -> String {
        let mut bytes = [0u8; KEY + SALT];
        bytes[..KEY].copy_from_slice(&self.master);
        bytes[KEY..].copy_from_slice(&self.salt);
        format!("crypto:{number} {SUITE} inline:{}", STANDARD.encode(bytes))
    }
}

/// A key that was told, and the number of its line: an answer repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldKey {
    /// Of the line.
    pub number: u32,
    /// The key.
    pub key: Key,
}

impl ToldKey {
    /// Reads the attribute after `a=`; `None` if it asks for what we do not do: another suite, several keys in one
    /// stream, or parameters of the session that must be understood.
    pub fn read(attribute: &str) -> Option<Self> {
        let mut words = attribute.strip_prefix("crypto:")?.split_whitespace();
        let number = words.next()?.parse().ok()?;
        if !words.next()?.eq_ignore_ascii_case(SUITE) {
            return None;
        }
        let mut parts = words.next()?.strip_prefix("inline:")?.split('|');
        let told = parts.next()?.trim_end_matches('=');
        let bytes: [u8; KEY + SALT] = STANDARD_NO_PAD.decode(told).ok()?.try_into().ok()?;
        // a lifetime is longer than any call; the index of a master key would lengthen every packet
        if parts.any(|part| part.contains(':')) || words.any(|word| !word.starts_with('-')) {
            return None;
        }
        let (master, salt) = (bytes.first_chunk().copied()?, bytes.last_chunk().copied()?);
        Some(Self { number, key: Key { master, salt } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn reads_what_it_writes() {
        let key = Key::fresh();
        assert_eq!(ToldKey::read(&key.line(3)), Some(ToldKey { number: 3, key }));
        assert_ne!(Key::fresh(), key);
    }

    #[test]
    fn takes_the_example_of_the_rfc_and_leaves_what_it_cannot_do() {
        let read = |rest: &str| ToldKey::read(&format!("crypto:1 {rest}"));
        let told = read(&format!("{SUITE} inline:{EXAMPLE}|2^20")).unwrap();
        assert_eq!(&told.key.master, b"YS___semctl () {");
        assert_eq!(read(&format!("{SUITE} inline:{EXAMPLE}|2^20|1:4")), None);
        assert_eq!(read(&format!("{SUITE} inline:{EXAMPLE} UNENCRYPTED_SRTCP")), None);
        assert!(read(&format!("{SUITE} inline:{EXAMPLE} -WSH=64")).is_some());
        assert_eq!(read(&format!("AES_CM_128_HMAC_SHA1_32 inline:{EXAMPLE}")), None);
        assert_eq!(read(&format!("{SUITE} inline:abc")), None);
        assert_eq!(ToldKey::read("crypto:x"), None);
        assert_eq!(ToldKey::read("rtpmap:8 PCMA/8000"), None);
    }

    #[test]
    fn a_key_is_not_written_into_logs() {
        assert_eq!(format!("{:?}", Key::fresh()), "Key");
    }
}
