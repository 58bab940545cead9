//! The front desk's command about recordings: who hears one is written down before the file is opened.

use crate::{dispatch::orders::args, front_desk::FrontDesk};
use domain::{
    calls::{
        call::{Call, CallEvent},
        recording::RecordingEvent,
    },
    ports::{Batch, Command, Entity, Seat},
    refusal::Refusal,
    values::id::CallId,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    call: CallId,
}

impl FrontDesk {
    /// Command `recording.hear`: gives the name of the file, once it is kept who hears it.
    pub(crate) async fn hear(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let which: Which = args(command)?;
        let read = self.house.journal.row(Call::TABLE, which.call.uuid()).await;
        let row = read.map_err(|error| Refusal::unavailable(error.to_string()))?;
        let mut call = row
            .and_then(|row| serde_json::from_value::<Call>(row).ok())
            .ok_or_else(|| Refusal::unknown("call", which.call))?;
        call.may_be_heard_by(seat.role, seat.operator)?;
        let name = call.recording.clone().ok_or_else(|| Refusal::unknown("recording", which.call))?;
        let event = call.decide(CallEvent::Recording(RecordingEvent::Heard { by: seat.login.clone() }))?;
        let (was, at) = (call.ver, self.house.now());
        call.apply(&event, at);
        let begun = self.begun(which.call).await?.unwrap_or(call.started);
        let answer = json!({ "recording": name, "begun": begun.as_millisecond() });
        let mut batch =
            Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() };
        batch.tell(call.id, call.ver, event.name(), at, &seat.login, &event);
        batch.keep(&call, was);
        self.house.keep(batch).await?;
        self.house.file_call(&call);
        Ok(answer)
    }
    /// When the recording was begun.
    async fn begun(&self, call: CallId) -> Result<Option<Timestamp>, Refusal> {
        let facts = self.house.journal.facts(&call.to_string()).await;
        let facts = facts.map_err(|error| Refusal::unavailable(error.to_string()))?;
        let begins = ["call.recording_begun", "call.voicemail_left"];
        Ok(facts.into_iter().rev().find(|fact| begins.contains(&fact.name.as_str())).map(|fact| fact.at))
    }
}
