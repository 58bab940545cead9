//! One call: its state, its two legs, and what follows when either side does something.
//!
//! Every transition is kept by the journal before its effect leaves the house. Handlers that come
//! while a batch is being kept wait in the mailbox (`ctx.wait`). What an operator does is refused when it
//! cannot be kept, and the call goes on; what the line does has happened, so then the call is broken off.

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
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, AtomicResponse, Context, Handler, Message,
    ResponseActFuture, SpawnHandle, Supervised, WrapFuture, prelude::SendError,
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
    bridged: bool,
}

type Then = Box<dyn FnOnce(&mut CallSession, &mut Context<CallSession>)>;
type Kept = ResponseActFuture<CallSession, Result<(), Refusal>>;

impl CallSession {
    /// A call that has just come.
    pub fn new(house: House, call: Call, caller: Leg) -> Self {
        Self { house, call, caller, far: None, fresh: true, bridged: false }
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
    /// Decides and has it kept; then applies, tells and goes on. A refused or unkept step changes nothing.
    fn step(&self, events: Vec<CallEvent>, command: Option<String>, then: Then) -> Result<Kept, Refusal> {
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
        Ok(Box::pin(self.house.keep(batch).into_actor(self).map(move |kept, act, ctx| {
            kept?;
            act.call = next;
            act.publish();
            then(act, ctx);
            Ok(())
        })))
    }
    /// A step of the line or of time. One that comes too late changes nothing; one that is not kept ends the call.
    fn go(&mut self, events: Vec<CallEvent>, ctx: &mut Context<Self>, then: Then) {
        match self.step(events, None, then) {
            Ok(kept) => ctx.wait(kept.map(|kept, act, ctx| {
                if let Err(refusal) = kept {
                    tracing::error!(call.id = %act.call.id, %refusal, "a step of the call was not kept, the call is ended");
                    act.break_off(ctx);
                }
            })),
            Err(refusal) => tracing::debug!(call.id = %self.call.id, %refusal, "it was too late for that"),
        }
    }
    /// The call cannot go on: it is closed as failed if the journal lets it, and everybody is let go in any case.
    fn break_off(&mut self, ctx: &mut Context<Self>) {
        let mut events = vec![CallEvent::Failed { reason: "a step was not kept".into() }];
        if self.call.ver == 0 {
            events.insert(0, CallEvent::Incoming);
        }
        match self.step(events, None, Box::new(|_, _| ())) {
            Ok(kept) => ctx.wait(kept.map(|kept, act, ctx| {
                if let Err(refusal) = kept {
                    tracing::error!(call.id = %act.call.id, %refusal, "a lost call stays open until the next start");
                }
                act.let_go(ctx);
            })),
            Err(_) => self.let_go(ctx),
        }
    }
    fn let_go(&mut self, ctx: &mut Context<Self>) {
        self.order(LineOrder::Hangup(self.caller));
        let answered = self.call.answered.is_some();
        if let Some(far) = self.drop_far(ctx) {
            let (to, reason) =
                if answered { (Presence::NotReady, Some("call lost")) } else { (Presence::Ready, None) };
            self.tell_operator(&far, to, reason, None);
        }
        self.house.tell("queue", self.call.id, None);
        if !answered {
            self.miss();
        }
        ctx.stop();
    }
    /// Nobody has answered: out of the line, and somebody must call back.
    fn miss(&self) {
        let missed = Missed { call: self.call.id, phone: self.call.from.clone(), client: self.call.client };
        if let Ok(desk) = self.house.desk() {
            let told =
                desk.queue.try_send(Dequeue(self.call.id)).is_ok() && desk.queue.try_send(missed).is_ok();
            if !told {
                tracing::error!(call.id = %self.call.id, "the queue was not told of a missed call");
            }
        }
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
    /// The operator did not take the call: when that is kept, it goes back to its place in the line.
    fn back_in_line(reason: &'static str) -> Then {
        Box::new(move |act, ctx| {
            if let Some(far) = act.drop_far(ctx) {
                act.tell_operator(&far, Presence::NotReady, Some(reason), None);
            }
            act.enqueue(ctx);
        })
    }
    fn requeue(&mut self, reason: &'static str, ctx: &mut Context<Self>) {
        let event = CallEvent::Requeued { reason: reason.into() };
        self.go(vec![event], ctx, Self::back_in_line(reason));
    }
    /// The caller gave up, or waited too long and is refused with a status: a task to call back.
    fn abandon(&mut self, status: Option<u16>, ctx: &mut Context<Self>) {
        let gone: Then = Box::new(move |act, ctx| {
            if let Some(status) = status {
                act.order(LineOrder::Reject(act.caller, status));
            }
            act.abandoned(ctx);
        });
        self.go(vec![CallEvent::Abandoned], ctx, gone);
    }
    fn abandoned(&mut self, ctx: &mut Context<Self>) {
        if let Some(far) = self.drop_far(ctx) {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        self.miss();
        ctx.stop();
    }
    /// The talk is over and is kept so: both sides are let go, the operator writes it down.
    fn over(&mut self) {
        self.order(LineOrder::Hangup(self.caller));
        if let Some(leg) = self.far.as_mut().and_then(|far| far.leg.take()) {
            self.order(LineOrder::Hangup(leg));
        }
        if let Some(far) = &self.far {
            self.tell_operator(far, Presence::WrapUp, None, Some(self.pop()));
        }
    }
    fn finish(&mut self, by_caller: bool, ctx: &mut Context<Self>) {
        self.go(vec![CallEvent::Ended { by_caller }], ctx, Box::new(|act, _| act.over()));
    }
    fn bridge(&mut self) {
        let Some(leg) = self.far.as_ref().and_then(|far| far.leg) else { return };
        self.order(LineOrder::Answer(self.caller));
        self.order(LineOrder::Bridge(self.caller, leg));
        self.bridged = true;
        if let Some(far) = &self.far {
            self.tell_operator(far, Presence::Busy, None, Some(self.pop()));
        }
        let waited = self.call.answered.map_or(0.0, |at| at.duration_since(self.call.started).as_secs_f64())
            / self.house.clock.lapse();
        if let Ok(desk) = self.house.desk()
            && desk.queue.try_send(Taken { in_time: waited <= IN_TIME_SECONDS }).is_err()
        {
            tracing::warn!("the tally was not told");
        }
    }
    fn connected(&mut self, ctx: &mut Context<Self>) {
        let answered: Then = Box::new(|act, ctx| {
            if let Some(timer) = act.far.as_mut().and_then(|far| far.ringing.take()) {
                ctx.cancel_future(timer);
            }
            act.bridge();
        });
        self.go(vec![CallEvent::Answered], ctx, answered);
    }
    /// After a panic: what was kept last may not have had its effect yet.
    fn take_up(&mut self, ctx: &mut Context<Self>) {
        match self.call.state {
            CallState::Queued => {
                if let Some(far) = self.drop_far(ctx) {
                    self.tell_operator(&far, Presence::Ready, None, None);
                }
                self.enqueue(ctx);
            }
            CallState::Offered => self.requeue("lost", ctx),
            CallState::Talking if !self.bridged => self.bridge(),
            CallState::WrapUp => self.over(),
            CallState::Abandoned => self.abandoned(ctx),
            CallState::Closed => self.written_down(ctx),
            CallState::Failed => self.let_go(ctx),
            _ => {}
        }
    }
    fn written_down(&mut self, ctx: &mut Context<Self>) {
        if let Some(far) = self.far.take() {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        ctx.stop();
    }
}

impl Actor for CallSession {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        let longest = self.house.tuning.longest_wait;
        ctx.run_later(longest, |act, ctx| {
            if matches!(act.call.state, CallState::Queued | CallState::Offered) {
                act.abandon(Some(480), ctx);
            }
        });
        if self.call.ver > 0 {
            return;
        }
        let phone = self.call.from.parse::<PhoneNumber>().ok();
        self.call.client = phone.and_then(|p| self.house.directory.read().who_rings(&p).map(Entity::id));
        let rings: Then = Box::new(|act, ctx| {
            act.order(LineOrder::Ring(act.caller));
            act.enqueue(ctx);
        });
        self.go(vec![CallEvent::Incoming, CallEvent::Queued], ctx, rings);
    }
    fn stopped(&mut self, _: &mut Context<Self>) {
        if let Ok(desk) = self.house.desk()
            && let Err(SendError::Full(_)) = desk.telephony.try_send(Forget(self.call.id))
        {
            tracing::warn!(call.id = %self.call.id, "telephony keeps a call that is over");
        }
    }
}

impl Supervised for CallSession {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        // The handles of the life before name other timers in this one.
        if let Some(far) = &mut self.far {
            far.ringing = None;
        }
        let (journal, key) = (std::sync::Arc::clone(&self.house.journal), self.call.id.uuid());
        let read = async move { journal.row(Call::TABLE, key).await };
        ctx.wait(read.into_actor(self).map(|row, act, ctx| {
            if let Some(call) = row.ok().flatten().and_then(|row| serde_json::from_value::<Call>(row).ok()) {
                act.call = call;
            }
            act.take_up(ctx);
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
        let rings: Then = Box::new(|act, ctx| {
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
        });
        self.go(vec![CallEvent::Offered { operator }], ctx, rings);
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
                self.abandon(None, ctx)
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
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    /// Answered when it is kept.
    fn handle(&mut self, does: OperatorDoes, ctx: &mut Context<Self>) -> Self::Result {
        let kept = self.decided(does, ctx);
        AtomicResponse::new(kept.unwrap_or_else(|refusal| Box::pin(actix::fut::ready(Err(refusal)))))
    }
}
impl CallSession {
    fn decided(&mut self, does: OperatorDoes, ctx: &mut Context<Self>) -> Result<Kept, Refusal> {
        if self.call.operator != Some(does.operator) {
            return Err(Refusal::forbidden(format!("call `{}` is not this operator's", self.call.id)));
        }
        let (event, then): (CallEvent, Then) = match does.act {
            Act::Answer => {
                self.answer_in_browser(ctx)?;
                return Ok(Box::pin(actix::fut::ready(Ok(()))));
            }
            Act::Reject => {
                (CallEvent::Requeued { reason: "rejected".into() }, Self::back_in_line("rejected"))
            }
            Act::Hangup => (CallEvent::Ended { by_caller: false }, Box::new(|act, _| act.over())),
            Act::Hold => (CallEvent::Held, Box::new(|act, _| act.order(LineOrder::Hold(act.caller)))),
            Act::Resume => (CallEvent::Resumed, Box::new(|act, _| act.order(LineOrder::Resume(act.caller)))),
            Act::Dispose { disposition, note, about } => {
                let event = CallEvent::Closed { disposition, note, about };
                (event, Box::new(|act, ctx| act.written_down(ctx)))
            }
        };
        self.step(vec![event], Some(does.command), then)
    }
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
