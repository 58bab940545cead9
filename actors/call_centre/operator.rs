//! One operator: presence, the call in hand, the pop on the screen.

use crate::{
    call_centre::{
        call_queue::{OperatorIs, Ready},
        call_views::operator_row,
    },
    house::House,
};
use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Supervised, WrapFuture};
use domain::{
    calls::operator::{Device, Operator, Presence},
    ports::{Batch, Entity},
    refusal::Refusal,
    values::id::CallId,
};
use serde_json::Value;

/// The actor; presence is told, and kept with the row.
pub struct OperatorActor {
    house: House,
    operator: Operator,
    line_ok: bool,
    /// A person sits where a robot usually does, and talks in the browser; forgotten with a restart, like presence.
    taken: bool,
}

impl OperatorActor {
    /// An operator as the store has them; always comes back offline, since nobody is known to sit there.
    pub fn new(house: House, operator: Operator) -> Self {
        let line_ok = matches!(operator.device, Device::Phone(_));
        Self { house, operator, line_ok, taken: false }
    }
    fn become_(
        &mut self,
        presence: Presence,
        reason: Option<String>,
        call: Option<CallId>,
        ctx: &mut Context<Self>,
    ) {
        let was = self.operator.ver;
        self.operator.ver += 1;
        self.operator.since = self.house.now();
        (self.operator.presence, self.operator.reason, self.operator.call) = (presence, reason, call);
        let mut batch = Batch::default();
        batch.tell(
            self.operator.id,
            self.operator.ver,
            "presence.changed",
            self.operator.since,
            &self.operator.name,
            &self.operator.presence,
        );
        batch.keep(&self.operator, was);
        let kept = self.house.keep(batch).into_actor(self).map(|kept, _, _| {
            if let Err(refusal) = kept {
                tracing::error!(%refusal, "presence was not kept");
            }
        });
        ctx.wait(kept);
        self.publish();
        let ready = (presence == Presence::Ready).then_some(self.operator.since);
        if let Ok(desk) = self.house.desk() {
            let told = desk.queue.try_send(Ready { operator: self.operator.id, since: ready });
            if let Err(error) = told {
                tracing::warn!(operator.id = %self.operator.id, %error, "the queue was not told");
            }
        }
    }
    fn device(&self) -> Device {
        if self.taken { Device::Browser } else { self.operator.device.clone() }
    }
    fn publish(&self) {
        let mut shown = self.operator.clone();
        (shown.robot, shown.device) = (self.operator.robot && !self.taken, self.device());
        let row = operator_row(&shown, self.line_ok);
        self.house.tell("queue", self.operator.id, Some(row.clone()));
        self.house.tell(&format!("agent:{}", self.operator.id), "me", Some(row));
    }
}

impl Actor for OperatorActor {
    type Context = Context<Self>;
    fn started(&mut self, _: &mut Context<Self>) {
        self.operator.presence = Presence::Offline;
        self.operator.call = None;
        self.publish();
    }
}

impl Supervised for OperatorActor {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        let journal = std::sync::Arc::clone(&self.house.journal);
        let key = self.operator.id.uuid();
        let read = async move { journal.row(Operator::TABLE, key).await };
        ctx.wait(read.into_actor(self).map(|row, act, _| {
            let read = row.ok().flatten().and_then(|row| serde_json::from_value::<Operator>(row).ok());
            if let Some(operator) = read {
                act.operator = operator;
                act.publish();
            }
        }));
    }
}

/// A call is offered; true when the operator is still ready and rings now.
#[derive(Message)]
#[rtype(result = "Option<Device>")]
pub struct RingOperator {
    /// Which call.
    pub call: CallId,
    /// What the screen shows.
    pub pop: Value,
}
impl Handler<RingOperator> for OperatorActor {
    type Result = Option<Device>;
    fn handle(
        &mut self,
        RingOperator { call, pop }: RingOperator,
        ctx: &mut Context<Self>,
    ) -> Option<Device> {
        if self.operator.presence != Presence::Ready {
            return None;
        }
        self.house.tell(&format!("agent:{}", self.operator.id), "pop", Some(pop));
        self.become_(Presence::Ringing, None, Some(call), ctx);
        Some(self.device())
    }
}

/// The call in hand went on: talking, wrap-up, over, or lost.
#[derive(Message)]
#[rtype(result = "()")]
pub struct CallWent {
    /// Which call.
    pub call: CallId,
    /// What the operator is doing now.
    pub to: Presence,
    /// Why, when not ready.
    pub reason: Option<String>,
    /// The pop as it is now; `None` takes it off the screen.
    pub pop: Option<Value>,
}
impl Handler<CallWent> for OperatorActor {
    type Result = ();
    fn handle(&mut self, went: CallWent, ctx: &mut Context<Self>) {
        if self.operator.call != Some(went.call) {
            return;
        }
        self.house.tell(&format!("agent:{}", self.operator.id), "pop", went.pop);
        let in_hand =
            matches!(went.to, Presence::Ringing | Presence::Busy | Presence::WrapUp).then_some(went.call);
        self.become_(went.to, went.reason, in_hand, ctx);
    }
}

/// The operator says what they are doing: ready, on a break, gone.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct SetPresence {
    /// What.
    pub to: Presence,
    /// Why.
    pub reason: Option<String>,
}
impl Handler<SetPresence> for OperatorActor {
    type Result = Result<(), Refusal>;
    fn handle(&mut self, SetPresence { to, reason }: SetPresence, ctx: &mut Context<Self>) -> Self::Result {
        if matches!(self.operator.presence, Presence::Ringing | Presence::Busy | Presence::WrapUp) {
            let detail = format!("the operator is `{:?}`: finish the call first", self.operator.presence);
            return Err(Refusal::state("operator-busy", detail));
        }
        if to == Presence::Ready && !self.line_ok {
            let detail = "the browser's microphone is not connected: expected an offer of audio first";
            return Err(Refusal::state("no-line", detail));
        }
        self.become_(to, reason, None, ctx);
        Ok(())
    }
}

/// A person takes the seat of a robot, or gives it back.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<(), Refusal>")]
pub struct SeatIs {
    /// Is it a person's now?
    pub taken: bool,
}
impl Handler<SeatIs> for OperatorActor {
    type Result = Result<(), Refusal>;
    fn handle(&mut self, SeatIs { taken }: SeatIs, ctx: &mut Context<Self>) -> Self::Result {
        if !self.operator.robot || taken == self.taken {
            return Ok(());
        }
        if matches!(self.operator.presence, Presence::Ringing | Presence::Busy) {
            let detail = format!("{} is on the line: expected the end of the call", self.operator.name);
            return Err(Refusal::state("operator-busy", detail));
        }
        self.taken = taken;
        // The telephone on the desk is the robot's; the person's line is the browser, which has not offered yet.
        self.line_ok = matches!(self.device(), Device::Phone(_));
        let call = self.operator.call;
        match self.operator.presence {
            Presence::WrapUp => self.publish(),
            _ => self.become_(Presence::Offline, None, call, ctx),
        }
        Ok(())
    }
}

impl Handler<OperatorIs> for OperatorActor {
    type Result = ();
    /// The audio line came or went.
    fn handle(&mut self, OperatorIs { online }: OperatorIs, ctx: &mut Context<Self>) {
        self.line_ok = online;
        let idle = matches!(self.operator.presence, Presence::Ready);
        if !online && idle {
            self.become_(Presence::NotReady, Some("line lost".into()), None, ctx);
        } else {
            self.publish();
        }
    }
}
