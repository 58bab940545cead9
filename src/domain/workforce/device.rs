//! A master's phone that may be rung by a push: where to, and with which keys (RFC 8030, RFC 8291).

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{DeviceId, DeviceKind, Id, MasterId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest address of a push service that is kept.
const LONGEST: usize = 1024;

/// One browser on one phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Identity.
    pub id: DeviceId,
    /// Version.
    pub ver: u64,
    /// Whose.
    pub master: MasterId,
    /// The address that the browser's push service gave.
    pub endpoint: String,
    /// The browser's public key, an uncompressed point of P-256 in base64url.
    pub p256dh: String,
    /// The browser's secret, 16 bytes in base64url.
    pub auth: String,
    /// The language its notices are in.
    pub lang: String,
    /// Since when it may be rung.
    pub since: Timestamp,
    /// Since when it may not: taken back by the master, or unknown to the push service.
    pub gone: Option<Timestamp>,
}

impl Device {
    /// Checks an address and keys as a browser gives them. `plain` lets `http` through: for a push service of tests.
    ///
    /// # Errors
    /// The field that is wrong, and what was expected.
    pub fn checked(endpoint: &str, p256dh: &str, auth: &str, plain: bool) -> Result<(), Refusal> {
        let rest = endpoint.strip_prefix("https://").or(endpoint.strip_prefix("http://").filter(|_| plain));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        // A push service has a name in the world: what lies inside of our own network is nobody's phone.
        let named =
            host.contains('.') && !host.contains('@') && host.ends_with(|c: char| c.is_ascii_alphabetic());
        if endpoint.len() > LONGEST || rest.is_none() || !(named || plain) {
            let detail = format!(
                "the endpoint `{}` is no push service: expected `https://` and a name",
                brief(endpoint)
            );
            return Err(Refusal::invalid("endpoint", detail));
        }
        base64url("p256dh", p256dh, 65)?;
        base64url("auth", auth, 16)
    }
    /// May it be rung?
    pub const fn is_here(&self) -> bool {
        self.gone.is_none()
    }
}

fn brief(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Is it `bytes` bytes in base64url without padding?
fn base64url(field: &'static str, text: &str, bytes: usize) -> Result<(), Refusal> {
    let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if letters && text.len() == (bytes * 4).div_ceil(3) {
        return Ok(());
    }
    let detail = format!("`{field}` is `{}`: expected {bytes} bytes in base64url", brief(text));
    Err(Refusal::invalid(field, detail))
}

impl Entity for Device {
    const TABLE: Table = Table::Device;
    type Kind = DeviceKind;
    fn id(&self) -> Id<DeviceKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
