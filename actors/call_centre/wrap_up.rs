//! The minute after a call: it ends by itself, and may be made longer by who writes.

use crate::call_centre::{
    act::Act, call_session::OperatorDoes, operator::OperatorActor, telephony::FindCall,
};
use actix::{
    ActorFutureExt, AsyncContext, AtomicResponse, Context, Handler, Message, SpawnHandle, WrapFuture,
};
use domain::{
    calls::{
        operator::Presence,
        wrap_up::{MOST_MORE, UNSPECIFIED},
    },
    ports::Batch,
    refusal::Refusal,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::Duration;

/// How the minute runs.
#[derive(Default)]
pub(super) struct WrapUp {
    timer: Option<SpawnHandle>,
    /// When it ends, by the city's clock.
    pub(super) until: Option<Timestamp>,
    /// How many times more time was asked for.
    more: u8,
}

impl WrapUp {
    /// How many times more time may still be asked for.
    pub(super) fn left(&self) -> u8 {
        if self.until.is_some() { MOST_MORE.saturating_sub(self.more) } else { 0 }
    }
}

impl OperatorActor {
    /// The presence has changed: the minute begins, or is over.
    pub(super) fn time_wrap_up(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = std::mem::take(&mut self.wrap_up).timer {
            ctx.cancel_future(timer);
        }
        let limit = self.house.tuning.wrap_up;
        if self.operator.presence == Presence::WrapUp && !limit.is_zero() {
            self.run_wrap_up(limit, ctx);
        }
    }
    /// Real time passes in the minute, the screens count it in the city's.
    fn run_wrap_up(&mut self, longer: Duration, ctx: &mut Context<Self>) {
        let now = self.house.now();
        let lapse = self.house.clock.lapse().max(1e-3);
        let from = self.wrap_up.until.unwrap_or(now).max(now);
        let until = from + SignedDuration::from_secs_f64(longer.as_secs_f64() * lapse);
        let left = until.duration_since(now).as_secs_f64() / lapse;
        self.wrap_up.until = Some(until);
        let over = ctx.run_later(Duration::from_secs_f64(left.max(0.0)), Self::out_of_time);
        if let Some(before) = self.wrap_up.timer.replace(over) {
            ctx.cancel_future(before);
        }
    }
    /// Nobody has written the call down in time: it is closed as such, and the operator is ready.
    fn out_of_time(&mut self, ctx: &mut Context<Self>) {
        self.wrap_up.timer = None;
        let (Presence::WrapUp, Some(call)) = (self.operator.presence, self.operator.call) else { return };
        let (house, operator) = (self.house.clone(), self.operator.id);
        let closing = async move {
            let gone = |_| Refusal::unavailable("the call is restarting");
            let session = house.desk()?.telephony.send(FindCall(call)).await.map_err(gone)?;
            let session = session.ok_or_else(|| Refusal::unknown("call", call))?;
            let act = Act::Dispose { disposition: UNSPECIFIED.into(), note: String::new(), about: None };
            let command = format!("wrap-up-{call}");
            session.send(OperatorDoes { operator, command, act }).await.map_err(gone)?
        };
        ctx.spawn(closing.into_actor(self).map(move |closed: Result<(), Refusal>, act, ctx| {
            let Err(refusal) = closed else { return };
            if (act.operator.presence, act.operator.call) == (Presence::WrapUp, Some(call)) {
                tracing::warn!(call.id = %call, %refusal, "a call was not written down, its operator is let go");
                act.become_(Presence::Ready, None, None, ctx);
            }
        }));
    }
}

/// The operator needs more time to write.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct MoreTime {
    /// Idempotency key.
    pub command: String,
}
impl Handler<MoreTime> for OperatorActor {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    /// Answered when it is kept.
    fn handle(&mut self, MoreTime { command }: MoreTime, _: &mut Context<Self>) -> Self::Result {
        if self.wrap_up.until.is_none() || self.wrap_up.left() == 0 {
            let detail = format!(
                "no more time can be had: expected a call to write down, and at most {MOST_MORE} times"
            );
            return AtomicResponse::new(Box::pin(actix::fut::ready(Err(Refusal::state(
                "no-more-time",
                detail,
            )))));
        }
        let mut batch = Batch { command: Some(command), answer: json!({}), ..Batch::default() };
        let (id, ver, call) = (self.operator.id, self.operator.ver, self.operator.call);
        batch.tell(
            id,
            ver,
            "presence.more_time",
            self.house.now(),
            &self.operator.name,
            &json!({ "call": call }),
        );
        let kept = self.house.keep(batch).into_actor(self).map(|kept, act, ctx| {
            kept?;
            if act.wrap_up.until.is_some() {
                act.wrap_up.more += 1;
                act.run_wrap_up(act.house.tuning.wrap_up, ctx);
                act.publish();
            }
            Ok(())
        });
        AtomicResponse::new(Box::pin(kept))
    }
}
