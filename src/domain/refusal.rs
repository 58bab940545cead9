//! Why a command was refused: one shape for every reader, from an actor to a screen.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// The row as it is now, when somebody changed it meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<Value>>,
}

impl Refusal {
    fn new(kind: RefusalKind, code: &str, detail: impl Into<String>) -> Self {
        Self { kind, code: code.into(), detail: detail.into(), current: None }
    }
    /// The same refusal, with the row as it is now.
    #[must_use]
    pub fn with_current(self, row: Value) -> Self {
        Self { current: Some(Box::new(row)), ..self }
    }
    /// The value itself says no.
    pub fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, code, detail)
    }
    /// There is no such thing.
    pub fn unknown(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(RefusalKind::Unknown, &format!("unknown-{what}"), format!("there is no {what} `{id}`"))
    }
    /// The role may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::Forbidden, "forbidden", detail)
    }
    /// The state of the thing says no.
    pub fn state(code: &str, detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::State, code, detail)
    }
    /// Somebody changed the thing meanwhile.
    pub fn stale(what: &str, given: u64, current: u64) -> Self {
        let detail =
            format!("{what} has changed: version `{given}` was given, the current one is `{current}`");
        Self::new(RefusalKind::Stale, "stale-version", detail)
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
        Self::new(RefusalKind::Unavailable, "unavailable", detail)
    }
}
