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
    /// We ring them.
    Dialing,
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
    /// The caller, the operator and a colleague talk.
    Conference,
    /// Over; the operator writes it down.
    WrapUp,
    /// Written down.
    Closed,
    /// The caller gave up, or left a message.
    Abandoned,
    /// The caller is called back and keeps the place in the line.
    Promised,
    /// The line broke.
    Failed,
}

/// Who began the call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// They rang us.
    #[default]
    In,
    /// We rang them.
    Out,
}

/// How a supervisor takes part in somebody's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Hears both, is heard by nobody.
    Listen,
    /// Is heard by the operator alone.
    Whisper,
    /// Is heard by all.
    Barge,
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
    /// Operators who did not answer it, or gave it away.
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
    /// Who began it.
    #[serde(default)]
    pub direction: Direction,
    /// The queue it waits or waited in, by name; empty before it is known.
    #[serde(default)]
    pub queue: String,
    /// The colleague who is asked, or who talks along.
    #[serde(default)]
    pub aside: Option<OperatorId>,
    /// Is the operator heard by nobody for the moment?
    #[serde(default)]
    pub muted: bool,
    /// Was the caller told that the call is recorded?
    #[serde(default)]
    pub noticed: bool,
    /// The recording, by name.
    #[serde(default)]
    pub recording: Option<String>,
}

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
            Self::Watched { .. } => "call.watched",
            Self::Unwatched { .. } => "call.unwatched",
            Self::TakenOver { .. } => "call.taken_over",
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
        use CallState::{Abandoned, Closed, Failed, Promised};
        matches!(self.state, Closed | Abandoned | Promised | Failed)
    }
    /// Do people talk, or is the caller on hold?
    pub fn is_talk(&self) -> bool {
        use CallState::{Conference, Consulting, Held, Talking};
        matches!(self.state, Talking | Held | Consulting | Conference)
    }
    /// Can it go on after a stop of the house, when its caller's line still stands (`by_caller`), or an operator's?
    /// What is only to be written down always can; a number that we were ringing is not rung any more.
    pub fn goes_on(&self, by_caller: bool, by_operator: bool) -> bool {
        use CallState::{Conference, Consulting, Greeting, Held, Offered, Queued, Talking, WrapUp};
        match self.state {
            WrapUp => true,
            Greeting | Queued | Offered => by_caller,
            Talking | Held | Consulting | Conference => by_caller || by_operator,
            _ => false,
        }
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
            CallEvent::Consulted { operator }
            | CallEvent::Transferred { operator }
            | CallEvent::TakenOver { operator }
            | CallEvent::Redirected { operator: Some(operator), .. }
                if self.operator == Some(*operator) =>
            {
                let detail = format!("operator `{operator}` has the call already: expected another one");
                Err(Refusal::invalid("same-operator", detail))
            }
            CallEvent::Transferred { operator } if self.aside != Some(*operator) => {
                let detail = format!("operator `{operator}` was not asked: expected the one who was");
                Err(Refusal::invalid("not-asked", detail))
            }
            CallEvent::PartyLeft { operator } if ![self.operator, self.aside].contains(&Some(*operator)) => {
                let detail = format!("operator `{operator}` is not in the call: expected one who is");
                Err(Refusal::invalid("not-in-call", detail))
            }
            CallEvent::RecordingBegun { .. } | CallEvent::VoicemailLeft { .. } if !self.noticed => {
                let detail = format!(
                    "the caller of `{}` was not told of the recording: expected the notice first",
                    self.id
                );
                Err(Refusal::state("no-notice", detail))
            }
            CallEvent::Muted | CallEvent::Unmuted if self.muted == (event == CallEvent::Muted) => {
                let now = if self.muted { "muted" } else { "heard" };
                Err(Refusal::state(
                    "call-muted",
                    format!("the operator of call `{}` is {now} already", self.id),
                ))
            }
            _ => Ok(event),
        }
    }

    fn fits(&self, event: &CallEvent) -> bool {
        use CallState::{
            Conference, Consulting, Dialing, Greeting, Held, Offered, Queued, Ringing, Talking, WrapUp,
        };
        match (event, self.state) {
            (CallEvent::Incoming, state) => {
                self.ver == 0 && state == Ringing && self.direction == Direction::In
            }
            (CallEvent::Dialed { .. }, state) => {
                self.ver == 0 && state == Ringing && self.direction == Direction::Out
            }
            _ if self.ver == 0 => false,
            (CallEvent::Greeted, Ringing)
            | (CallEvent::NoticePlayed | CallEvent::VoicemailLeft { .. }, Greeting)
            | (CallEvent::CallbackPromised, Greeting | Queued)
            | (CallEvent::Queued, Ringing | Greeting)
            | (CallEvent::Offered { .. }, Queued)
            | (CallEvent::Requeued { .. }, Offered)
            | (CallEvent::Answered, Offered | Dialing)
            | (CallEvent::Held, Talking)
            | (CallEvent::Resumed, Held)
            | (CallEvent::Consulted { .. }, Talking | Held)
            | (
                CallEvent::ConsultEnded | CallEvent::Transferred { .. } | CallEvent::Conferenced,
                Consulting,
            )
            | (CallEvent::PartyLeft { .. }, Conference)
            | (CallEvent::Redirected { .. }, Talking | Held)
            | (CallEvent::TakenOver { .. }, Talking | Held)
            | (CallEvent::Closed { .. }, WrapUp)
            | (CallEvent::Abandoned, Ringing | Greeting | Queued | Offered) => true,
            (CallEvent::Muted | CallEvent::Unmuted, _) => {
                matches!(self.state, Talking | Consulting | Conference)
            }
            (CallEvent::RecordingBegun { .. }, _) => self.is_talk() && self.recording.is_none(),
            (CallEvent::RecordingLost { .. }, _) => self.is_talk() && self.recording.is_some(),
            (CallEvent::Watched { .. } | CallEvent::Unwatched { .. } | CallEvent::Ended { .. }, _) => {
                self.is_talk()
            }
            (CallEvent::Failed { .. }, _) => !self.is_over(),
            _ => false,
        }
    }

    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &CallEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            CallEvent::Incoming => self.state = CallState::Ringing,
            CallEvent::Dialed { operator } => {
                (self.state, self.operator) = (CallState::Dialing, Some(*operator));
            }
            CallEvent::Greeted => self.state = CallState::Greeting,
            CallEvent::NoticePlayed => self.noticed = true,
            CallEvent::RecordingBegun { recording } => self.recording = Some(recording.clone()),
            CallEvent::VoicemailLeft { recording } => {
                self.recording = Some(recording.clone());
                (self.state, self.ended) = (CallState::Abandoned, Some(at));
            }
            CallEvent::CallbackPromised => (self.state, self.ended) = (CallState::Promised, Some(at)),
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
            CallEvent::RecordingLost { .. } => self.recording = None,
            CallEvent::Muted => self.muted = true,
            CallEvent::Unmuted => self.muted = false,
            CallEvent::Watched { .. } | CallEvent::Unwatched { .. } => {}
            CallEvent::Held => self.state = CallState::Held,
            CallEvent::Resumed => self.state = CallState::Talking,
            CallEvent::ConsultEnded => (self.state, self.aside) = (CallState::Talking, None),
            CallEvent::Consulted { operator } => {
                (self.state, self.aside) = (CallState::Consulting, Some(*operator));
            }
            CallEvent::Conferenced => self.state = CallState::Conference,
            CallEvent::PartyLeft { operator } => {
                if self.operator == Some(*operator) {
                    self.operator = self.aside.take();
                }
                (self.state, self.aside, self.muted) = (CallState::Talking, None, false);
            }
            CallEvent::Transferred { operator } | CallEvent::TakenOver { operator } => {
                (self.state, self.operator) = (CallState::Talking, Some(*operator));
                (self.aside, self.muted) = (None, false);
            }
            CallEvent::Redirected { queue, .. } => {
                self.missed_by.extend(self.operator.take());
                (self.state, self.muted) = (CallState::Queued, false);
                self.queue.clone_from(queue);
            }
            CallEvent::Ended { .. } => {
                (self.state, self.ended, self.aside) = (CallState::WrapUp, Some(at), None);
                self.muted = false;
            }
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
                (self.aside, self.muted) = (None, false);
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
