//! Our name at push services: a key of P-256, and the token it signs (RFC 8292).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use std::{fmt, sync::Arc, time::Duration};

/// How long a token is good for; push services allow a day at most.
const GOOD_FOR: Duration = Duration::from_secs(12 * 3600);

/// A key that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// What was kept is no key.
    #[error("this is no private key of P-256: expected one in DER as it was drawn")]
    Unreadable,
    /// There is nothing to draw from.
    #[error("the system draws no key")]
    NoChance,
    /// It does not sign.
    #[error("the key does not sign")]
    NoSignature,
}

/// The key; who changes it makes every phone subscribe anew.
#[derive(Clone)]
pub struct VapidKey(Arc<EcdsaKeyPair>);

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey")
    }
}

impl VapidKey {
    /// Draws a new one; gives it in DER, to be kept where only the owner of the process reads it.
    ///
    /// # Errors
    /// The system draws none.
    pub fn draw() -> Result<Vec<u8>, BadKey> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| BadKey::NoChance)?;
        let kept = key.to_pkcs8v1().map_err(|_| BadKey::NoChance)?;
        Ok(kept.as_ref().to_vec())
    }
    /// The key that was kept.
    ///
    /// # Errors
    /// It is no key.
    pub fn read(kept: &[u8]) -> Result<Self, BadKey> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, kept);
        key.map(|key| Self(Arc::new(key))).map_err(|_| BadKey::Unreadable)
    }
    /// The public half, an uncompressed point in base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref())
    }
    /// The header `Authorization` for a push service; `now` is the time since the epoch.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn authorization(&self, origin: &str, contact: &str, now: Duration) -> Result<String, BadKey> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({"typ": "JWT", "alg": "ES256"}));
        let claims = part(json!({"aud": origin, "exp": (now + GOOD_FOR).as_secs(), "sub": contact}));
        let signed = format!("{head}.{claims}");
        let signature =
            self.0.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| BadKey::NoSignature)?;
        Ok(format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(signature), self.public()))
    }
}
