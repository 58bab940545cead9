//! What happens to a call, as the journal keeps it.

use crate::{
    calls::{
        call::{Call, Watch},
        outside::OutsideEvent,
        recording::RecordingEvent,
        sounded::Sides,
    },
    values::id::{OperatorId, RequestId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What has happened to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallEvent {
    /// Came.
    Incoming,
    /// The house has answered: a notice, a greeting or a menu is heard.
    Greeted,
    /// The caller was told that the call is recorded.
    NoticePlayed,
    /// From now on it is recorded.
    RecordingBegun {
        /// The recording, by name.
        recording: String,
    },
    /// Something happened to the recording.
    Recording(RecordingEvent),
    /// Something happened with somebody outside the house.
    Outside(OutsideEvent),
    /// The recording could not be made or finished; there is none.
    RecordingLost {
        /// Why.
        reason: String,
    },
    /// The caller left a message instead of waiting.
    VoicemailLeft {
        /// The message, by name.
        recording: String,
    },
    /// The caller hung up and keeps the place in the line.
    CallbackPromised,
    /// Waits.
    Queued,
    /// Rings at an operator.
    Offered {
        /// At whom.
        operator: OperatorId,
    },
    /// The operator did not take it.
    Requeued {
        /// `no_answer`, `rejected`, `lost`.
        reason: String,
    },
    /// We ring them; the operator is on the line already.
    Dialed {
        /// Who rings.
        operator: OperatorId,
    },
    /// Two people talk.
    Answered,
    /// The operator is heard by nobody.
    Muted,
    /// The operator is heard again.
    Unmuted,
    /// The caller hears music.
    Held,
    /// They talk again.
    Resumed,
    /// A colleague is asked.
    Consulted {
        /// Who.
        operator: OperatorId,
    },
    /// The colleague was asked; the same two talk again.
    ConsultEnded,
    /// Another operator has the call.
    Transferred {
        /// Who.
        operator: OperatorId,
    },
    /// The operator gave the call away unseen: it waits again, for one operator or in another queue.
    Redirected {
        /// For whom; anybody when the named one does not take it.
        operator: Option<OperatorId>,
        /// In which queue, by name.
        queue: String,
    },
    /// The asked colleague, the operator and the caller talk.
    Conferenced,
    /// One of the operators has left the conference.
    PartyLeft {
        /// Who.
        operator: OperatorId,
    },
    /// How it sounded, told when the talk ends.
    Sounded {
        /// Each side at its worst.
        sides: Sides,
    },
    /// A supervisor takes part.
    Watched {
        /// Who, by login.
        by: String,
        /// How.
        how: Watch,
    },
    /// A supervisor takes part no more.
    Unwatched {
        /// Who, by login.
        by: String,
    },
    /// A supervisor with a seat of an operator has the call now.
    TakenOver {
        /// Who.
        operator: OperatorId,
    },
    /// The talk is over.
    Ended {
        /// Did the caller hang up?
        by_caller: bool,
    },
    /// Written down.
    Closed {
        /// What it was about.
        disposition: String,
        /// Note.
        note: String,
        /// The request.
        about: Option<RequestId>,
    },
    /// The caller gave up.
    Abandoned,
    /// The line broke.
    Failed {
        /// Why.
        reason: String,
    },
}

impl CallEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Incoming => "call.incoming",
            Self::Greeted => "call.greeted",
            Self::NoticePlayed => "call.notice_played",
            Self::RecordingBegun { .. } => "call.recording_begun",
            Self::Recording(event) => event.name(),
            Self::Outside(event) => event.name(),
            Self::RecordingLost { .. } => "call.recording_lost",
            Self::VoicemailLeft { .. } => "call.voicemail_left",
            Self::CallbackPromised => "call.callback_promised",
            Self::Queued => "call.queued",
            Self::Offered { .. } => "call.offered",
            Self::Requeued { .. } => "call.requeued",
            Self::Dialed { .. } => "call.dialed",
            Self::Answered => "call.answered",
            Self::Muted => "call.muted",
            Self::Unmuted => "call.unmuted",
            Self::Held => "call.held",
            Self::Resumed => "call.resumed",
            Self::Consulted { .. } => "call.consulted",
            Self::ConsultEnded => "call.consult_ended",
            Self::Transferred { .. } => "call.transferred",
            Self::Redirected { .. } => "call.redirected",
            Self::Conferenced => "call.conferenced",
            Self::PartyLeft { .. } => "call.party_left",
            Self::Sounded { .. } => "call.sounded",
            Self::Watched { .. } => "call.watched",
            Self::Unwatched { .. } => "call.unwatched",
            Self::TakenOver { .. } => "call.taken_over",
            Self::Ended { .. } => "call.ended",
            Self::Closed { .. } => "call.closed",
            Self::Abandoned => "call.abandoned",
            Self::Failed { .. } => "call.failed",
        }
    }
    /// The event as it is kept: how a call begins and where it waits is told with who rings, which number was dialled,
    /// by which line and in which queue.
    pub fn told_of(&self, call: &Call) -> Value {
        let mut told = serde_json::to_value(self).unwrap_or_default();
        if matches!(self, Self::Incoming | Self::Dialed { .. } | Self::Queued) {
            told["from"] = call.from.clone().into();
            told["did"] = call.did.clone().into();
            told["trunk"] = call.trunk.clone().into();
            told["queue"] = call.queue.clone().into();
            told["client"] = call.client.map(|id| id.to_string()).into();
        }
        told
    }
}
