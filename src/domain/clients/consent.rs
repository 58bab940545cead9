//! What a client has said about automatic calls: yes or no, when, to whom, and how (152-ФЗ wants a document of its own).

use crate::refusal::Refusal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The client's word on automatic calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Yes, or no.
    pub given: bool,
    /// When it was said.
    pub at: Timestamp,
    /// Who wrote it down, by login.
    pub by: String,
    /// How it was said: a form's number, `by telephone`, `on the client's page`.
    pub how: String,
}

impl Consent {
    /// A word that somebody has written down.
    ///
    /// # Errors
    /// It does not say how a yes was given: there would be nothing to show.
    pub fn written_down(given: bool, at: Timestamp, by: &str, how: &str) -> Result<Self, Refusal> {
        if given && how.trim().is_empty() {
            let detail =
                "nothing says how the consent was given: expected a form's number or the way it was said";
            return Err(Refusal::invalid("consent-evidence", detail));
        }
        Ok(Self { given, at, by: by.to_owned(), how: how.trim().to_owned() })
    }
}
