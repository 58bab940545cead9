//! What the house asks of who knows about passwords.

use crate::ports::Later;

/// Makes passwords, and what is kept of them.
pub trait Secrets: Send + Sync + 'static {
    /// A password that nobody can guess and anybody can read aloud.
    fn fresh(&self) -> String;
    /// What is kept of a password: an argon2id PHC string.
    fn hashed(&self, password: String) -> Later<String>;
}
