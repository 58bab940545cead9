//! Recordings of calls: silence while card data are told, and the end of their time.

use crate::{
    call_centre::call_session::{CallSession, Then},
    house::House,
};
use actix::{Actor, ActorFutureExt, AsyncContext, Context, Supervised, WrapFuture};
use domain::{
    calls::{
        call::{Call, CallEvent},
        line::LineOrder,
        recording::RecordingEvent,
    },
    ports::{Batch, Entity},
};
use jiff::SignedDuration;
use std::time::Duration;

/// Real time between two looks at what is kept.
const LOOK: Duration = Duration::from_secs(6 * 3600);

impl CallSession {
    /// Card data are told, or were told.
    pub(super) fn record_paused(on: bool) -> (CallEvent, Then) {
        let event = if on { RecordingEvent::Paused } else { RecordingEvent::Resumed };
        let told: Then = Box::new(move |act, _| {
            act.order(LineOrder::PauseRecord(act.caller, on));
            act.show_talk();
        });
        (CallEvent::Recording(event), told)
    }
}

/// The actor that throws recordings away whose time is over.
pub struct Archive {
    house: House,
}

impl Archive {
    /// An archive of a house.
    pub fn new(house: House) -> Self {
        Self { house }
    }
    fn tidy(&mut self, ctx: &mut Context<Self>) {
        let keep = SignedDuration::try_from(self.house.tuning.keep_recordings).unwrap_or(SignedDuration::MAX);
        if keep.is_zero() {
            return;
        }
        let house = self.house.clone();
        let tidying = async move {
            let rows = match house.journal.rows(Call::TABLE).await {
                Ok(rows) => rows,
                Err(error) => return tracing::error!(%error, "old recordings were not looked for"),
            };
            let calls = rows.into_iter().filter_map(|row| serde_json::from_value::<Call>(row).ok());
            let mut removed = 0;
            for call in calls.filter(|call| call.is_due_for_removal(keep, house.now())) {
                removed += u64::from(remove(&house, call).await);
            }
            if removed > 0 {
                tracing::info!(recordings.removed = removed, "old recordings were removed");
            }
        };
        ctx.spawn(tidying.into_actor(self).map(|(), _, _| ()));
    }
}

/// The file goes first: what a power cut leaves between the two is found again, and then said.
async fn remove(house: &House, mut call: Call) -> bool {
    let Some(name) = call.recording.clone() else { return false };
    if let Err(refusal) = house.recordings.remove(&name).await {
        tracing::error!(call.id = %call.id, %refusal, "an old recording was not removed");
        return false;
    }
    let (was, at) = (call.ver, house.now());
    let Ok(event) = call.decide(CallEvent::Recording(RecordingEvent::Removed)) else { return false };
    call.apply(&event, at);
    let mut batch = Batch::default();
    batch.tell(call.id, call.ver, event.name(), at, "clock", &event);
    batch.keep(&call, was);
    match house.keep(batch).await {
        Ok(()) => {
            house.file_call(&call);
            true
        }
        Err(refusal) => {
            tracing::error!(call.id = %call.id, %refusal, "the journal was not told of a removed recording");
            false
        }
    }
}

impl Actor for Archive {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.tidy(ctx);
        ctx.run_interval(LOOK, Self::tidy);
    }
}
impl Supervised for Archive {}
