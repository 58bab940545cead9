//! Those who hung up and keep their place: when it is reached, the operator's line rings, and then theirs. One attempt
//! is in flight at a time: who stands in the line is not being called, who is being called does not stand in it.

use crate::call_centre::{
    call_queue::CallQueue,
    callbacks::{CallbackWent, Outcome},
    dialling::{MakeCall, call_to},
    operator::{CallWent, OperatorActor, RingOperator},
    telephony::NewCall,
};
use actix::{ActorFutureExt, Addr, AsyncContext, Context, WrapFuture};
use domain::{
    calls::{
        auto_dial::{Occasion, may_ring},
        callback::{Callback, CallbackEvent, CallbackState},
        distribution::Lease,
        operator::{Device, Presence},
        standing::{Standing, Ticket},
    },
    ports::Batch,
    refusal::Refusal,
    values::id::{CallbackId, OperatorId},
};
use serde_json::{Value, json};

impl CallQueue {
    /// Puts a task that keeps a place into the line, if it is to be done and nobody does it.
    pub(super) fn stand(&mut self, task: &Callback, missed_by: Vec<OperatorId>) {
        let Some(place) = task.place.as_ref().filter(|_| task.state == CallbackState::New) else { return };
        let queue = self.line.plan().queue_named(&place.queue).unwrap_or(0);
        let standing = Standing {
            ticket: Ticket::Callback(task.id),
            since: place.since,
            head_start: place.head_start,
            queue,
            missed_by,
            owner: None,
            last: None,
            meant_for: None,
        };
        self.line.enter(standing, self.house.now());
    }
    /// The place is reached: the operator is asked, who says yes makes the call.
    pub(super) fn ring_back(&mut self, id: CallbackId, lease: Lease, ctx: &mut Context<Self>) {
        let known = (self.callbacks.get(&id).cloned(), self.operators.get(&lease.operator).cloned());
        let (Some(task), Some(address)) = known else {
            self.line.leave(lease.ticket);
            return;
        };
        let Ok(phone) = task.phone.parse() else {
            self.line.leave(lease.ticket);
            return;
        };
        if let Err(refusal) = self.may_ring(&task) {
            self.line.leave(lease.ticket);
            return match task.about {
                Some(_) => self.bar(task, &refusal, ctx),
                None => self.leave_to_people(&task, &refusal, ctx),
            };
        }
        let call = call_to(&self.house, &phone, task.client);
        let (number, operator) = (call.id, lease.operator);
        let rung = address.send(RingOperator { call: number, pop: Value::Null });
        ctx.spawn(rung.into_actor(self).map(move |device, act, ctx| match device {
            Ok(Some(device)) => {
                act.line.answered(lease.ticket, act.house.now());
                act.take_and_call(task, operator, address, device, call, ctx);
            }
            no => {
                let now = act.house.now();
                if no.is_err() {
                    act.free(operator, number);
                }
                act.line.is_doing(operator, Presence::NotReady, now, now);
                act.line.refused(lease.ticket, now);
                act.serve(ctx);
            }
        }));
    }
    /// Was this call asked for, and not unsaid since?
    fn may_ring(&self, task: &Callback) -> Result<(), Refusal> {
        let asked_for = task.place.is_some() && task.about.is_none();
        let occasion = if asked_for { Occasion::AskedFor } else { Occasion::Information };
        let directory = self.house.directory.read();
        let client = task.client.and_then(|id| directory.known_client(id));
        may_ring(occasion, client.and_then(|client| client.consent.as_ref()))
    }
    /// The house does not ring by itself: that is written down, and the task waits for a person who does.
    fn leave_to_people(&mut self, task: &Callback, refusal: &Refusal, ctx: &mut Context<Self>) {
        let mut batch = Batch::default();
        let why = json!({ "what": "auto_dial_refused", "code": refusal.code, "detail": refusal.detail });
        batch.tell(task.id, task.ver, "callback.auto_dial_refused", self.house.now(), "queue", &why);
        let (id, kept) = (task.id, self.house.keep(batch));
        ctx.spawn(kept.into_actor(self).map(move |kept, _, _| match kept {
            Ok(()) => {
                tracing::info!(callback.id = %id, "nobody agreed to an automatic call, a person is to ring")
            }
            Err(refusal) => {
                tracing::error!(callback.id = %id, %refusal, "a refused automatic call was not kept")
            }
        }));
    }
    fn take_and_call(
        &mut self,
        task: Callback,
        operator: OperatorId,
        address: Addr<OperatorActor>,
        device: Device,
        call: domain::calls::call::Call,
        ctx: &mut Context<Self>,
    ) {
        let (id, number) = (task.id, call.id);
        let free = CallWent { call: number, to: Presence::Ready, reason: None, pop: None };
        let house = self.house.clone();
        let makes = MakeCall {
            operator,
            address: address.clone(),
            device,
            command: None,
            callback: Some(id),
            about: task.about.clone(),
        };
        let taken = match self.on_callback(task, CallbackEvent::Taken { operator }, "queue") {
            Ok((batch, task)) => self.keep_callback(batch, task),
            Err(refusal) => Box::pin(actix::fut::ready(Err(refusal))),
        };
        ctx.spawn(taken.then(move |taken, queue, _| {
            let made = async move {
                taken?;
                let gone = |_| Refusal::unavailable("a session died");
                let session = house.desk()?.telephony.send(NewCall(Box::new(call))).await.map_err(gone)?;
                session.send(makes).await.map_err(gone)?
            };
            made.into_actor(queue).map(move |made, _, ctx| {
                if let Err(refusal) = made {
                    tracing::warn!(callback.id = %id, %refusal, "a call back was not made");
                    if address.try_send(free).is_err() {
                        tracing::error!(%operator, "an operator rings for a call that was not made");
                    }
                    ctx.notify(CallbackWent { callback: id, operator, outcome: Outcome::NotTried });
                }
            })
        }));
    }
}
