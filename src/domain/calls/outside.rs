//! Somebody outside the house in a call: asked while the caller hears music, talking along, or going on with the caller
//! when nobody of ours is in it any more.

use crate::{
    calls::call::{Call, CallState},
    refusal::Refusal,
    values::{id::RequestId, phone::PhoneNumber},
};
use serde::{Deserialize, Serialize};

/// Who outside is in the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Their number.
    pub number: PhoneNumber,
    /// Have they answered?
    pub there: bool,
}

/// What has happened with somebody outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outside", rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutsideEvent {
    /// They are rung, to be asked; the caller hears music.
    Asked {
        /// Their number.
        number: PhoneNumber,
    },
    /// They answered.
    Answered,
    /// They have left the conference; the operator and the caller go on.
    Left,
    /// The operator has given them the call: after asking, out of a conference, or unseen, while they are still rung.
    Given {
        /// Their number.
        number: PhoneNumber,
    },
    /// Whom the call was given to unseen did not answer: the caller waits again.
    NotReached,
    /// The operator who gave the call away has written it down; it goes on.
    WrittenDown {
        /// What it was about.
        disposition: String,
        /// Note.
        note: String,
        /// The request.
        about: Option<RequestId>,
    },
}

impl OutsideEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "call.outside_asked",
            Self::Answered => "call.outside_answered",
            Self::Left => "call.outside_left",
            Self::Given { .. } => "call.outside_given",
            Self::NotReached => "call.outside_not_reached",
            Self::WrittenDown { .. } => "call.outside_written_down",
        }
    }
    /// May it happen to the call as it stands?
    pub(super) fn fits(&self, call: &Call) -> bool {
        use CallState::{Away, Conference, Consulting, Held, Talking};
        let there = call.outside.as_ref().map(|outside| outside.there);
        match (self, call.state) {
            (Self::Asked { .. }, Talking | Held) => true,
            (Self::Answered, Consulting | Away) => there == Some(false),
            (Self::Left, Conference) => there.is_some(),
            (Self::Given { .. }, Talking | Held) => true,
            (Self::Given { .. }, Consulting | Conference) => there == Some(true),
            (Self::NotReached, Away) => there == Some(false),
            (Self::WrittenDown { .. }, Away) => call.disposition.is_none(),
            _ => false,
        }
    }
}

impl Call {
    /// What the table of states does not say of an event with somebody outside.
    pub(super) fn decide_outside(&self, event: &OutsideEvent) -> Result<(), Refusal> {
        match event {
            OutsideEvent::Asked { number } | OutsideEvent::Given { number }
                if number.as_str() == self.from =>
            {
                let detail = format!("`{number}` is the caller's own number: expected another one");
                Err(Refusal::invalid("same-number", detail))
            }
            OutsideEvent::Given { number }
                if self.outside.as_ref().is_some_and(|outside| outside.number != *number) =>
            {
                let detail = format!("`{number}` was not asked: expected the number that was");
                Err(Refusal::invalid("not-asked", detail))
            }
            OutsideEvent::WrittenDown { disposition, .. } if disposition.trim().is_empty() => {
                Err(Refusal::invalid(
                    "disposition-missing",
                    "the disposition is empty: expected what the call was about",
                ))
            }
            _ => Ok(()),
        }
    }
    pub(super) fn apply_outside(&mut self, event: &OutsideEvent) {
        match event {
            OutsideEvent::Asked { number } => {
                self.state = CallState::Consulting;
                self.outside = Some(Outside { number: number.clone(), there: false });
            }
            OutsideEvent::Answered => {
                if let Some(outside) = &mut self.outside {
                    outside.there = true;
                }
            }
            OutsideEvent::Left => (self.state, self.outside) = (CallState::Talking, None),
            OutsideEvent::Given { number } => {
                (self.state, self.muted) = (CallState::Away, false);
                self.outside.get_or_insert_with(|| Outside { number: number.clone(), there: false });
            }
            OutsideEvent::NotReached => {
                self.missed_by.extend(self.operator.take());
                // whoever takes it next writes down how it ended
                (self.state, self.outside, self.disposition) = (CallState::Queued, None, None);
            }
            OutsideEvent::WrittenDown { disposition, note, about } => {
                self.disposition = Some(disposition.clone());
                self.note.clone_from(note);
                self.about = about.or(self.about);
            }
        }
    }
}
