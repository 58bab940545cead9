//! One call: its state, its two legs, and what follows when either side does something.
//!
//! Every transition is kept by the journal before its effect leaves the house. Handlers that come
//! while a batch is being kept wait in the mailbox (`ctx.wait`).

use crate::{
    call_centre::{
        act::Act,
        call_queue::{Dequeue, Enqueue, Missed, Taken},
        call_views::call_row,
        operator::{CallWent, OperatorActor},
        telephony::{Forget, Own},
    },
    house::House,
};
use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, SpawnHandle,
    Supervised, WrapFuture,
};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState},
        line::{Leg, LineOrder},
        operator::{Device, Presence, Waiting},
    },
    ports::{Batch, Entity},
    refusal::Refusal,
    values::{id::OperatorId, phone::PhoneNumber},
};
use serde_json::{Value, json};

/// Calls answered within this time are answered in time (80/20); a caller's time is real, also in a demo.
const IN_TIME_SECONDS: f64 = 20.0;

/// The operator's side of the call.
struct Far {
    operator: OperatorId,
    address: Addr<OperatorActor>,
    device: Device,
    leg: Option<Leg>,
    ringing: Option<SpawnHandle>,
}

/// The actor.
pub struct CallSession {
    house: House,
    call: Call,
    caller: Leg,
    far: Option<Far>,
    fresh: bool,
}

type Then = Box<dyn FnOnce(&mut CallSession, &mut Context<CallSession>)>;

impl CallSession {
    /// A call that has just come.
    pub fn new(house: House, call: Call, caller: Leg) -> Self {
        Self { house, call, caller, far: None, fresh: true }
    }
    fn order(&self, order: LineOrder) {
        if let Err(refusal) = self.house.line.order(order) {
            tracing::error!(call.id = %self.call.id, %refusal, "the line did not take an order");
        }
    }
    fn card(&self) -> Option<Value> {
        self.call.client.and_then(|id| self.house.directory.read().card(id))
    }
    fn row(&self) -> Value {
        let directory = self.house.directory.read();
        let name = self.call.client.and_then(|id| directory.clients.get(&id)).map(|c| c.name.as_str());
        call_row(&self.call, name, &*self.house.clock)
    }
    fn pop(&self) -> Value {
        json!({"call": self.row(), "card": self.card()})
    }
    fn publish(&self) {
        let row = (!self.call.is_over()).then(|| self.row());
        self.house.tell("queue", self.call.id, row);
        if let Some(client) = self.call.client {
            let text = self.call.disposition.clone().unwrap_or_default();
            let state = json!(self.call.state).as_str().unwrap_or_default().to_owned();
            let id = self.call.id.to_string();
            self.house.directory.write().remember(client, self.call.started, "call", &id, &state, &text);
        }
    }
    /// Decides, keeps, applies, tells; then goes on. A refused event changes nothing.
    fn go(
        &mut self,
        events: Vec<CallEvent>,
        command: Option<String>,
        ctx: &mut Context<Self>,
        then: Then,
    ) -> Result<(), Refusal> {
        let (at, was) = (self.house.now(), self.call.ver);
        let (mut next, mut batch) = (self.call.clone(), Batch::default());
        for event in events {
            let event = next.decide(event)?;
            next.apply(&event, at);
            let by = if command.is_some() { "operator" } else { "line" };
            batch.tell(next.id, next.ver, event.name(), at, by, &event);
        }
        batch.keep(&next, was);
        (batch.command, batch.answer) = (command, json!({}));
        let kept = self.house.keep(batch).into_actor(self).map(move |kept, act, ctx| match kept {
            Ok(()) => {
                act.call = next;
                act.publish();
                then(act, ctx);
            }
            Err(refusal) => {
                tracing::error!(call.id = %act.call.id, %refusal, "a step of the call was not kept, the call is ended");
                act.order(LineOrder::Hangup(act.caller));
                ctx.stop();
            }
        });
        ctx.wait(kept);
        Ok(())
    }
    fn enqueue(&mut self, ctx: &mut Context<Self>) {
        let vip = self.call.client.and_then(|id| self.house.directory.read().clients.get(&id).map(|c| c.vip));
        let waiting = Waiting {
            call: self.call.id,
            since: self.call.started,
            first: vip.unwrap_or(false),
            missed_by: self.call.missed_by.clone(),
        };
        let (pop, fresh) = (self.pop(), std::mem::take(&mut self.fresh));
        let message = Enqueue { waiting, session: ctx.address(), pop, fresh };
        if self
            .house
            .desk()
            .and_then(|d| d.queue.try_send(message).map_err(|e| Refusal::unavailable(e.to_string())))
            .is_err()
        {
            tracing::error!(call.id = %self.call.id, "the queue took no more callers");
            self.order(LineOrder::Reject(self.caller, 503));
        }
    }
    fn tell_operator(&self, far: &Far, to: Presence, reason: Option<&str>, pop: Option<Value>) {
        let went = CallWent { call: self.call.id, to, reason: reason.map(str::to_owned), pop };
        if far.address.try_send(went).is_err() {
            tracing::warn!(operator.id = %far.operator, "the operator was not told");
        }
    }
    fn drop_far(&mut self, ctx: &mut Context<Self>) -> Option<Far> {
        let mut far = self.far.take()?;
        if let Some(timer) = far.ringing.take() {
            ctx.cancel_future(timer);
        }
        if let Some(leg) = far.leg {
            self.order(LineOrder::Hangup(leg));
        }
        Some(far)
    }
    /// The operator did not take the call: it goes back to its place in the line.
    fn requeue(&mut self, reason: &'static str, ctx: &mut Context<Self>) {
        let Some(far) = self.drop_far(ctx) else { return };
        self.tell_operator(&far, Presence::NotReady, Some(reason), None);
        let event = CallEvent::Requeued { reason: reason.into() };
        let requeued = self.go(vec![event], None, ctx, Box::new(|act, ctx| act.enqueue(ctx)));
        if let Err(refusal) = requeued {
            tracing::warn!(call.id = %self.call.id, %refusal, "the call was not put back");
        }
    }
    /// The caller gave up, or waited too long: a task to call back.
    fn abandon(&mut self, ctx: &mut Context<Self>) {
        let far = self.drop_far(ctx);
        if let Some(far) = &far {
            self.tell_operator(far, Presence::Ready, None, None);
        }
        let abandoned = self.go(
            vec![CallEvent::Abandoned],
            None,
            ctx,
            Box::new(|act, ctx| {
                let missed =
                    Missed { call: act.call.id, phone: act.call.from.clone(), client: act.call.client };
                if let Ok(desk) = act.house.desk() {
                    let left = desk.queue.try_send(Dequeue(act.call.id)).is_ok()
                        && desk.queue.try_send(missed).is_ok();
                    if !left {
                        tracing::error!(call.id = %act.call.id, "the queue was not told of a missed call");
                    }
                }
                ctx.stop();
            }),
        );
        if let Err(refusal) = abandoned {
            tracing::warn!(call.id = %self.call.id, %refusal, "the call was not abandoned");
        }
    }
    fn finish(&mut self, by_caller: bool, ctx: &mut Context<Self>) {
        let ended = self.go(
            vec![CallEvent::Ended { by_caller }],
            None,
            ctx,
            Box::new(|act, _| {
                act.order(LineOrder::Hangup(act.caller));
                if let Some(far) = &mut act.far
                    && let Some(leg) = far.leg.take()
                {
                    let order = LineOrder::Hangup(leg);
                    act.order(order);
                }
                if let Some(far) = &act.far {
                    act.tell_operator(far, Presence::WrapUp, None, Some(act.pop()));
                }
            }),
        );
        if let Err(refusal) = ended {
            tracing::debug!(call.id = %self.call.id, %refusal, "the talk was over already");
        }
    }
    fn connected(&mut self, ctx: &mut Context<Self>) {
        let Some(far) = &mut self.far else { return };
        let Some(leg) = far.leg else { return };
        if let Some(timer) = far.ringing.take() {
            ctx.cancel_future(timer);
        }
        let answered = self.go(
            vec![CallEvent::Answered],
            None,
            ctx,
            Box::new(move |act, _| {
                act.order(LineOrder::Answer(act.caller));
                act.order(LineOrder::Bridge(act.caller, leg));
                let waited =
                    act.call.answered.map_or(0.0, |at| at.duration_since(act.call.started).as_secs_f64())
                        / act.house.clock.lapse();
                if let Some(far) = &act.far {
                    act.tell_operator(far, Presence::Busy, None, Some(act.pop()));
                }
                if let Ok(desk) = act.house.desk()
                    && desk.queue.try_send(Taken { in_time: waited <= IN_TIME_SECONDS }).is_err()
                {
                    tracing::warn!("the tally was not told");
                }
            }),
        );
        if let Err(refusal) = answered {
            tracing::warn!(call.id = %self.call.id, %refusal, "an answer came too late");
        }
    }
}

impl Actor for CallSession {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        let longest = self.house.tuning.longest_wait;
        ctx.run_later(longest, |act, ctx| {
            if matches!(act.call.state, CallState::Queued | CallState::Offered) {
                act.order(LineOrder::Reject(act.caller, 480));
                act.abandon(ctx);
            }
        });
        if self.call.ver > 0 {
            return;
        }
        let phone = self.call.from.parse::<PhoneNumber>().ok();
        self.call.client = phone.and_then(|p| self.house.directory.read().who_rings(&p).map(Entity::id));
        let came = vec![CallEvent::Incoming, CallEvent::Queued];
        let kept = self.go(
            came,
            None,
            ctx,
            Box::new(|act, ctx| {
                act.order(LineOrder::Ring(act.caller));
                act.enqueue(ctx);
            }),
        );
        if let Err(refusal) = kept {
            tracing::error!(%refusal, "a call could not begin");
        }
    }
    fn stopped(&mut self, _: &mut Context<Self>) {
        if let Ok(desk) = self.house.desk()
            && desk.telephony.try_send(Forget(self.call.id)).is_err()
        {
            tracing::warn!(call.id = %self.call.id, "telephony keeps a call that is over");
        }
    }
}

impl Supervised for CallSession {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        let (journal, key) = (std::sync::Arc::clone(&self.house.journal), self.call.id.uuid());
        let read = async move { journal.row(Call::TABLE, key).await };
        ctx.wait(read.into_actor(self).map(|row, act, ctx| {
            if let Some(call) = row.ok().flatten().and_then(|row| serde_json::from_value::<Call>(row).ok()) {
                act.call = call;
            }
            match act.call.state {
                CallState::Queued => act.enqueue(ctx),
                CallState::Offered => act.requeue("lost", ctx),
                _ => {}
            }
        }));
    }
}

/// An operator was found and rings.
#[derive(Message)]
#[rtype(result = "()")]
pub struct OfferTo {
    /// Who.
    pub operator: OperatorId,
    /// Their actor.
    pub address: Addr<OperatorActor>,
    /// What they talk on.
    pub device: Device,
}
impl Handler<OfferTo> for CallSession {
    type Result = ();
    fn handle(&mut self, OfferTo { operator, address, device }: OfferTo, ctx: &mut Context<Self>) {
        let far = Far { operator, address, device, leg: None, ringing: None };
        let offered = self.call.decide(CallEvent::Offered { operator });
        if offered.is_err() {
            self.tell_operator(&far, Presence::Ready, None, None);
            return;
        }
        self.far = Some(far);
        let offered = self.go(
            vec![CallEvent::Offered { operator }],
            None,
            ctx,
            Box::new(|act, ctx| {
                let timer = ctx.run_later(act.house.tuning.ring, |act, ctx| act.requeue("no answer", ctx));
                let (pop, from, leg) = (act.pop(), act.call.from.clone(), act.house.line.fresh_leg());
                let Some(far) = &mut act.far else { return };
                far.ringing = Some(timer);
                act.house.tell(&format!("agent:{}", far.operator), "pop", Some(pop));
                if let Device::Phone(account) = &far.device {
                    let order =
                        LineOrder::DialPhone { leg, account: account.clone(), from, display: String::new() };
                    far.leg = Some(leg);
                    act.order(order);
                    act.own(leg, ctx);
                }
            }),
        );
        if let Err(refusal) = offered {
            tracing::warn!(call.id = %self.call.id, %refusal, "the offer was refused");
        }
    }
}
impl CallSession {
    fn own(&self, leg: Leg, ctx: &Context<Self>) {
        if let Ok(desk) = self.house.desk()
            && desk.telephony.try_send(Own { leg, session: ctx.address() }).is_err()
        {
            tracing::error!(call.id = %self.call.id, "telephony was not told of a leg");
        }
    }
}

/// Something happened on one of the two lines.
#[derive(Message)]
#[rtype(result = "()")]
pub enum OnLine {
    /// The party answered.
    Answered(Leg),
    /// The party could not be reached, or its leg is over.
    Over(Leg),
}
impl Handler<OnLine> for CallSession {
    type Result = ();
    fn handle(&mut self, event: OnLine, ctx: &mut Context<Self>) {
        let far = self.far.as_ref().and_then(|f| f.leg);
        match (event, self.call.state) {
            (OnLine::Answered(leg), CallState::Offered) if Some(leg) == far => self.connected(ctx),
            (OnLine::Over(leg), CallState::Talking | CallState::Held) if leg == self.caller => {
                self.finish(true, ctx)
            }
            (OnLine::Over(leg), CallState::Talking | CallState::Held) if Some(leg) == far => {
                self.finish(false, ctx)
            }
            (OnLine::Over(leg), CallState::Offered) if Some(leg) == far => {
                self.requeue("phone unreachable", ctx)
            }
            (OnLine::Over(leg), CallState::Ringing | CallState::Queued | CallState::Offered)
                if leg == self.caller =>
            {
                self.abandon(ctx)
            }
            _ => {}
        }
    }
}

/// The operator does something with the call.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct OperatorDoes {
    /// Who.
    pub operator: OperatorId,
    /// Idempotency key.
    pub command: String,
    /// What.
    pub act: Act,
}
impl Handler<OperatorDoes> for CallSession {
    type Result = Result<(), Refusal>;
    fn handle(&mut self, does: OperatorDoes, ctx: &mut Context<Self>) -> Self::Result {
        if self.call.operator != Some(does.operator) {
            return Err(Refusal::forbidden(format!("call `{}` is not this operator's", self.call.id)));
        }
        let command = Some(does.command);
        match does.act {
            Act::Answer => self.answer_in_browser(ctx),
            Act::Reject => {
                self.call.decide(CallEvent::Requeued { reason: String::new() })?;
                self.requeue("rejected", ctx);
                Ok(())
            }
            Act::Hangup => {
                self.call.decide(CallEvent::Ended { by_caller: false })?;
                self.finish(false, ctx);
                Ok(())
            }
            Act::Hold => self.go(
                vec![CallEvent::Held],
                command,
                ctx,
                Box::new(|act, _| act.order(LineOrder::Hold(act.caller))),
            ),
            Act::Resume => self.go(
                vec![CallEvent::Resumed],
                command,
                ctx,
                Box::new(|act, _| act.order(LineOrder::Resume(act.caller))),
            ),
            Act::Dispose { disposition, note, about } => {
                let event = CallEvent::Closed { disposition, note, about };
                self.go(
                    vec![event],
                    command,
                    ctx,
                    Box::new(|act, ctx| {
                        if let Some(far) = act.far.take() {
                            act.tell_operator(&far, Presence::Ready, None, None);
                        }
                        ctx.stop();
                    }),
                )
            }
        }
    }
}
impl CallSession {
    fn answer_in_browser(&mut self, ctx: &mut Context<Self>) -> Result<(), Refusal> {
        self.call.decide(CallEvent::Answered)?;
        let leg = self.house.line.fresh_leg();
        let far = self.far.as_mut().ok_or_else(|| Refusal::state("call-state", "the call is not ringing"))?;
        if far.device != Device::Browser {
            return Err(Refusal::state("desk-phone", "this operator answers on the desk phone"));
        }
        if far.leg.is_some() {
            return Ok(());
        }
        far.leg = Some(leg);
        let session = far.operator.to_string();
        self.own(leg, ctx);
        self.order(LineOrder::DialBrowser { leg, session });
        Ok(())
    }
}

/// For tests of supervision: the handler panics.
#[derive(Message)]
#[rtype(result = "()")]
pub struct PanicNow;
impl Handler<PanicNow> for CallSession {
    type Result = ();
    fn handle(&mut self, PanicNow: PanicNow, _: &mut Context<Self>) {
        panic!("asked to panic");
    }
}
