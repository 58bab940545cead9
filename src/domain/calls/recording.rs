//! The recording of a call: paused while card data are told, heard by those who may, removed when its time is over
//! (F-217; `domain.md` 4.7: inform first, access only for those who need it, and everybody who heard it is written down).

use crate::{access::Role, calls::call::Call, refusal::Refusal, values::id::OperatorId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How the recording of a call stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tape {
    /// Everything that is said is on it.
    #[default]
    Rolling,
    /// Silence is on it: card data are told.
    Paused,
    /// There is none any more: it was kept for as long as the house keeps them.
    Removed,
}

/// What has happened to a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tape", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordingEvent {
    /// Silence from now on.
    Paused,
    /// Everything that is said is on it again.
    Resumed,
    /// Somebody is given it to hear.
    Heard {
        /// Who, by login.
        by: String,
    },
    /// The file is gone.
    Removed,
}

impl RecordingEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Paused => "call.recording_paused",
            Self::Resumed => "call.recording_resumed",
            Self::Heard { .. } => "call.recording_heard",
            Self::Removed => "call.recording_removed",
        }
    }
    /// May it happen to the call as it stands? What is heard or removed is a file, which is whole when the call is over.
    pub(super) fn fits(&self, call: &Call) -> bool {
        if call.recording.is_none() || call.tape == Tape::Removed {
            return false;
        }
        match self {
            Self::Paused => call.is_talk() && call.tape == Tape::Rolling,
            Self::Resumed => call.is_talk() && call.tape == Tape::Paused,
            Self::Heard { .. } | Self::Removed => call.is_over(),
        }
    }
    /// How the recording stands after it.
    pub(super) fn tape(&self, before: Tape) -> Tape {
        match self {
            Self::Paused => Tape::Paused,
            Self::Resumed => Tape::Rolling,
            Self::Heard { .. } => before,
            Self::Removed => Tape::Removed,
        }
    }
}

impl Call {
    /// Who may hear the recording: who watches over the call centre, and the operators who talked.
    ///
    /// # Errors
    /// Another role, or another operator's call.
    pub fn may_be_heard_by(&self, role: Role, operator: Option<OperatorId>) -> Result<(), Refusal> {
        let talked = operator.is_some() && [self.operator, self.aside].contains(&operator);
        match role {
            Role::Manager | Role::Admin => Ok(()),
            Role::Operator if talked => Ok(()),
            _ => Err(Refusal::forbidden(format!(
                "the recording of call `{}` is for supervisors and for the operator who talked",
                self.id
            ))),
        }
    }
    /// Has the recording been kept long enough? `keep`: for how long recordings are kept after the end of the call.
    pub fn is_due_for_removal(&self, keep: SignedDuration, now: Timestamp) -> bool {
        let kept = self.recording.is_some() && self.tape != Tape::Removed && self.is_over();
        kept && self.ended.is_some_and(|ended| now.duration_since(ended) > keep)
    }
}
