//! Why a command was refused: one shape for every reader, from an actor to a screen.

use serde::{Deserialize, Serialize};

/// What kind of refusal it is; the web maps it to a status (RFC 9457).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The value itself says no (422).
    Invalid,
    /// There is no such thing (404).
    Unknown,
    /// The role may not (403).
    Forbidden,
    /// The state of the thing says no (409).
    State,
    /// Somebody changed the thing meanwhile (409, with the current version).
    Stale,
    /// The house cannot answer just now (503).
    Unavailable,
}

/// A refused command: nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The class of the refusal.
    pub kind: RefusalKind,
    /// Machine name, kebab-case: `visit-state`, `shift-closed`.
    pub code: String,
    /// For a person: names the value and what was expected.
    pub detail: String,
}

impl Refusal {
    /// The value itself says no.
    pub fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Invalid, code: code.into(), detail: detail.into() }
    }
    /// There is no such thing.
    pub fn unknown(what: &str, id: impl std::fmt::Display) -> Self {
        Self {
            kind: RefusalKind::Unknown,
            code: format!("unknown-{what}"),
            detail: format!("there is no {what} `{id}`"),
        }
    }
    /// The role may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Forbidden, code: "forbidden".into(), detail: detail.into() }
    }
    /// The state of the thing says no.
    pub fn state(code: &str, detail: impl Into<String>) -> Self {
        Self { kind: RefusalKind::State, code: code.into(), detail: detail.into() }
    }
    /// Somebody changed the thing meanwhile.
    pub fn stale(what: &str, given: u64, current: u64) -> Self {
        let detail =
            format!("{what} has changed: version `{given}` was given, the current one is `{current}`");
        Self { kind: RefusalKind::Stale, code: "stale-version".into(), detail }
    }
    /// Refuses an empty reason.
    ///
    /// # Errors
    /// The text is blank.
    pub fn unless_said(reason: &str) -> Result<(), Self> {
        if reason.trim().is_empty() {
            return Err(Self::invalid("reason-missing", "the reason is empty: expected why"));
        }
        Ok(())
    }
    /// The house cannot answer just now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Unavailable, code: "unavailable".into(), detail: detail.into() }
    }
}
