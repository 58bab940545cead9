//! A call (`domain.md` 3.4.1): one conversation from the first ring to the disposition.

use crate::{
    calls::{outside::Outside, recording::Tape},
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{CallId, CallKind, ClientId, Id, OperatorId, RequestId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::calls::call_event::CallEvent;

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
    /// The caller and somebody outside the house go on without us.
    Away,
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
    /// Who outside the house is asked, talks along or goes on with the caller.
    #[serde(default)]
    pub outside: Option<Outside>,
    /// Is the operator heard by nobody for the moment?
    #[serde(default)]
    pub muted: bool,
    /// Was the caller told that the call is recorded?
    #[serde(default)]
    pub noticed: bool,
    /// The recording, by name.
    #[serde(default)]
    pub recording: Option<String>,
    /// How the recording stands.
    #[serde(default)]
    pub tape: Tape,
}

impl Call {
    /// Is it over, written down or lost?
    pub fn is_over(&self) -> bool {
        use CallState::{Abandoned, Closed, Failed, Promised};
        matches!(self.state, Closed | Abandoned | Promised | Failed)
    }
    /// Do people talk, or is the caller on hold?
    pub fn is_talk(&self) -> bool {
        use CallState::{Away, Conference, Consulting, Held, Talking};
        matches!(self.state, Talking | Held | Consulting | Conference | Away)
    }
    /// Can it go on after a stop of the house, when its caller's line still stands (`by_caller`), or another one?
    /// What is only to be written down always can; a number that we were ringing is not rung any more.
    pub fn goes_on(&self, by_caller: bool, by_other: bool) -> bool {
        use CallState::{Away, Conference, Consulting, Greeting, Held, Offered, Queued, Talking, WrapUp};
        match self.state {
            WrapUp => true,
            Greeting | Queued | Offered => by_caller,
            Talking | Held | Consulting | Conference | Away => by_caller || by_other,
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
            CallEvent::Outside(outside) => self.decide_outside(outside).map(|()| event),
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
            | (CallEvent::Redirected { .. }, Talking | Held)
            | (CallEvent::TakenOver { .. }, Talking | Held)
            | (CallEvent::Closed { .. }, WrapUp)
            | (CallEvent::Abandoned, Ringing | Greeting | Queued | Offered) => true,
            // who leaves somebody outside with the caller gives them the call
            (CallEvent::PartyLeft { .. }, Conference) => self.outside.is_none(),
            (CallEvent::Muted | CallEvent::Unmuted, _) => {
                matches!(self.state, Talking | Consulting | Conference)
            }
            (CallEvent::Recording(event), _) => event.fits(self),
            (CallEvent::Outside(event), _) => event.fits(self),
            (CallEvent::RecordingBegun { .. }, _) => self.is_talk() && self.recording.is_none(),
            (CallEvent::RecordingLost { .. }, _) => self.is_talk() && self.recording.is_some(),
            (CallEvent::Watched { .. } | CallEvent::Unwatched { .. } | CallEvent::Sounded { .. }, _)
            | (CallEvent::Ended { .. }, _) => self.is_talk(),
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
            CallEvent::Recording(event) => self.tape = event.tape(self.tape),
            CallEvent::Outside(event) => self.apply_outside(event),
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
            CallEvent::Watched { .. } | CallEvent::Unwatched { .. } | CallEvent::Sounded { .. } => {}
            CallEvent::Held => self.state = CallState::Held,
            CallEvent::Resumed => self.state = CallState::Talking,
            CallEvent::ConsultEnded => {
                (self.state, self.aside, self.outside) = (CallState::Talking, None, None);
            }
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
                // who gave it away outside may have written it down while it went on
                let written = self.state == CallState::Away && self.disposition.is_some();
                self.state = if written { CallState::Closed } else { CallState::WrapUp };
                (self.ended, self.aside, self.outside, self.muted) = (Some(at), None, None, false);
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
                (self.aside, self.outside, self.muted) = (None, None, false);
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
