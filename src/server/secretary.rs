//! Passwords as the house asks for them: made of the system's randomness, hashed away from the threads that serve.

use domain::{access::secrets::Secrets, ports::Later};
use rand::{TryRngCore, rngs::OsRng};

/// Characters that are told from one another when they are read aloud or off a screen.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// How long a password is, without the dashes: 59 bits.
const LENGTH: usize = 12;

/// Knows about passwords.
pub struct Secretary;

impl Secrets for Secretary {
    fn fresh(&self) -> String {
        let mut random = [0u8; LENGTH];
        OsRng.try_fill_bytes(&mut random).expect("the system gives random bytes");
        let letters: Vec<char> =
            random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 31)])).collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }
    fn hashed(&self, password: String) -> Later<String> {
        let hashing = tokio::task::spawn_blocking(move || web::hash_password(&password));
        Box::pin(async move { hashing.await.expect("hashing does not panic") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_password_is_long_and_another_every_time() {
        let (one, two) = (Secretary.fresh(), Secretary.fresh());
        assert!(one.len() == 14 && one != two, "{one} {two}");
    }
}
