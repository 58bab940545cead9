//! Passwords: argon2id, computed away from the threads that serve, and only a few at a time.

use crate::problem::Problem;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use rand::{TryRngCore, rngs::OsRng};
use std::{sync::LazyLock, time::Duration};
use tokio::sync::Semaphore;

/// Hashes that are computed at the same time: each takes 19 MiB.
const AT_ONCE: usize = 4;
/// How long one waits for a place among them.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checked when there is no such user, so that the answer takes as long as for one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody"));

/// The argon2id PHC string of a password, with a salt of its own.
pub fn hash_password(password: &str) -> String {
    let mut salt = [0u8; 16];
    OsRng.try_fill_bytes(&mut salt).expect("the system gives random bytes");
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("the default parameters are valid").to_string()
}

/// Checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE) }
    }
}

impl Passwords {
    /// Is it the password of the hash? Without a hash it is not, after the same time.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let busy = || Problem::unavailable("too many people are signing in at once");
        let place = tokio::time::timeout(PATIENCE, self.places.acquire()).await;
        let _place = place.map_err(|_| busy())?.map_err(|_| busy())?;
        let check = move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            known & matches(&password, &hash)
        };
        tokio::task::spawn_blocking(check)
            .await
            .map_err(|_| Problem::unavailable("the password was not checked"))
    }
}

fn matches(password: &str, hash: &str) -> bool {
    match PasswordHash::new(hash) {
        Ok(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        Err(error) => {
            tracing::error!(%error, "a kept password is not a PHC string");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_its_password_only() {
        let hash = hash_password("пароль");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(matches("пароль", &hash) && !matches("Пароль", &hash));
        assert_ne!(hash, hash_password("пароль"), "the salt is new every time");
        assert!(!matches("пароль", "not a hash"));
    }
}
