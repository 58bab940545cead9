//! A call (`domain.md` 3.4.1): one conversation from the first ring to the disposition.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{CallId, CallKind, ClientId, Id, OperatorId, RequestId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Just came.
    Ringing,
    /// Hears the notice.
    Greeting,
    /// Waits for an operator.
    Queued,
    /// Rings at an operator.
    Offered,
    /// Two people talk.
    Talking,
    /// The caller hears music.
    Held,
    /// The operator asks a colleague; the caller hears music.
    Consulting,
    /// Over; the operator writes it down.
    WrapUp,
    /// Written down.
    Closed,
    /// The caller gave up.
    Abandoned,
    /// The line broke.
    Failed,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Identity.
    pub id: CallId,
    /// Version.
    pub ver: u64,
    /// Where it stands.
    pub state: CallState,
    /// Who rings, E.164 where it could be read, else as sent.
    pub from: String,
    /// Which of our numbers was dialled.
    pub did: String,
    /// The trunk it came by.
    pub trunk: String,
    /// SIP Call-ID of the caller's leg.
    pub sip_call_id: String,
    /// Who it is.
    pub client: Option<ClientId>,
    /// Who talks or is rung.
    pub operator: Option<OperatorId>,
    /// Operators who did not answer it.
    pub missed_by: Vec<OperatorId>,
    /// First ring.
    pub started: Timestamp,
    /// First answer by a person.
    pub answered: Option<Timestamp>,
    /// End of the talk.
    pub ended: Option<Timestamp>,
    /// What it was about.
    pub disposition: Option<String>,
    /// The operator's note.
    pub note: String,
    /// The request made or talked about.
    pub about: Option<RequestId>,
}

/// What has happened to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallEvent {
    /// Came.
    Incoming,
    /// The caller was told that the call is recorded.
    NoticePlayed,
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
    /// Two people talk.
    Answered,
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
            Self::NoticePlayed => "call.notice_played",
            Self::Queued => "call.queued",
            Self::Offered { .. } => "call.offered",
            Self::Requeued { .. } => "call.requeued",
            Self::Answered => "call.answered",
            Self::Held => "call.held",
            Self::Resumed => "call.resumed",
            Self::Consulted { .. } => "call.consulted",
            Self::ConsultEnded => "call.consult_ended",
            Self::Transferred { .. } => "call.transferred",
            Self::Ended { .. } => "call.ended",
            Self::Closed { .. } => "call.closed",
            Self::Abandoned => "call.abandoned",
            Self::Failed { .. } => "call.failed",
        }
    }
}

impl Call {
    /// Is it over, written down or lost?
    pub fn is_over(&self) -> bool {
        matches!(self.state, CallState::Closed | CallState::Abandoned | CallState::Failed)
    }
    /// Decides; changes nothing. Whether a colleague is there to talk is the line's to know.
    ///
    /// # Errors
    /// The state says no, the disposition is empty, or a call would go to the operator who has it.
    pub fn decide(&self, event: CallEvent) -> Result<CallEvent, Refusal> {
        if !self.fits(&event) {
            let detail =
                format!("call `{}` is `{:?}`: `{}` is not possible", self.id, self.state, event.name());
            return Err(Refusal::state("call-state", detail));
        }
        match &event {
            CallEvent::Closed { disposition, .. } if disposition.trim().is_empty() => Err(Refusal::invalid(
                "disposition-missing",
                "the disposition is empty: expected what the call was about",
            )),
            CallEvent::Consulted { operator } | CallEvent::Transferred { operator }
                if self.operator == Some(*operator) =>
            {
                let detail = format!("operator `{operator}` has the call already: expected another one");
                Err(Refusal::invalid("same-operator", detail))
            }
            _ => Ok(event),
        }
    }

    fn fits(&self, event: &CallEvent) -> bool {
        use CallState::{Consulting, Greeting, Held, Offered, Queued, Ringing, Talking, WrapUp};
        match (event, self.state) {
            (CallEvent::Incoming, state) => self.ver == 0 && state == Ringing,
            _ if self.ver == 0 => false,
            (CallEvent::NoticePlayed, Ringing)
            | (CallEvent::Queued, Ringing | Greeting)
            | (CallEvent::Offered { .. }, Queued)
            | (CallEvent::Requeued { .. }, Offered)
            | (CallEvent::Answered, Offered)
            | (CallEvent::Held, Talking)
            | (CallEvent::Resumed, Held)
            | (CallEvent::Consulted { .. }, Talking | Held)
            | (CallEvent::ConsultEnded | CallEvent::Transferred { .. }, Consulting)
            | (CallEvent::Ended { .. }, Talking | Held | Consulting)
            | (CallEvent::Closed { .. }, WrapUp)
            | (CallEvent::Abandoned, Ringing | Greeting | Queued | Offered) => true,
            (CallEvent::Failed { .. }, _) => !self.is_over(),
            _ => false,
        }
    }

    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &CallEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            CallEvent::Incoming => self.state = CallState::Ringing,
            CallEvent::NoticePlayed => self.state = CallState::Greeting,
            CallEvent::Queued => self.state = CallState::Queued,
            CallEvent::Offered { operator } => {
                (self.state, self.operator) = (CallState::Offered, Some(*operator))
            }
            CallEvent::Requeued { .. } => {
                self.missed_by.extend(self.operator.take());
                self.state = CallState::Queued;
            }
            CallEvent::Answered => {
                self.state = CallState::Talking;
                self.answered = self.answered.or(Some(at));
            }
            CallEvent::Held => self.state = CallState::Held,
            CallEvent::Resumed | CallEvent::ConsultEnded => self.state = CallState::Talking,
            CallEvent::Consulted { .. } => self.state = CallState::Consulting,
            CallEvent::Transferred { operator } => {
                (self.state, self.operator) = (CallState::Talking, Some(*operator));
            }
            CallEvent::Ended { .. } => (self.state, self.ended) = (CallState::WrapUp, Some(at)),
            CallEvent::Closed { disposition, note, about } => {
                self.state = CallState::Closed;
                self.disposition = Some(disposition.clone());
                self.note.clone_from(note);
                self.about = about.or(self.about);
            }
            CallEvent::Abandoned => (self.state, self.ended) = (CallState::Abandoned, Some(at)),
            // A line that breaks after the talk does not move its end.
            CallEvent::Failed { .. } => {
                (self.state, self.ended) = (CallState::Failed, self.ended.or(Some(at)));
            }
        }
    }
}

impl Entity for Call {
    const TABLE: Table = Table::Call;
    type Kind = CallKind;
    fn id(&self) -> Id<CallKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
