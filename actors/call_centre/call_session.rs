//! One call: its state, its legs, and what follows when either side does something.
//!
//! Every transition is kept by the journal before its effect leaves the house. Handlers that come
//! while a batch is being kept wait in the mailbox (`ctx.wait`). What an operator does is refused when it
//! cannot be kept, and the call goes on; what the line does has happened, so then the call is broken off.
//! Who is rung is in `offering`, the talk in `talking`, colleagues in `consulting`, supervisors in `watching`, calls
//! that we make in `dialling`.

use crate::{
    call_centre::{
        call_queue::{Dequeue, Enqueue},
        call_views::call_row,
        callbacks::Missed,
        operator::{CallWent, OperatorActor},
        outside::Outsider,
        reception::Reception,
        sounding::Sounding,
        taking_up::TakeUp,
        telephony::{Forget, Own},
        watching::Watcher,
    },
    house::House,
    supervision::surely::surely,
};
use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, ResponseActFuture,
    SpawnHandle, Supervised, WrapFuture, prelude::SendError,
};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState},
        campaign::CampaignCall,
        line::{Leg, LineOrder},
        operator::{Device, Presence},
        standing::{Standing, Ticket},
    },
    ports::{Batch, Entity},
    refusal::Refusal,
    values::{
        id::{CallbackId, OperatorId},
        phone::PhoneNumber,
    },
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An operator's side of the call.
pub(super) struct Far {
    pub(super) operator: OperatorId,
    pub(super) address: Addr<OperatorActor>,
    pub(super) device: Device,
    pub(super) leg: Option<Leg>,
    pub(super) ringing: Option<SpawnHandle>,
    pub(super) answered: bool,
    /// After a stop of the house: were they heard all the while?
    pub(super) unbroken: bool,
}

impl Far {
    pub(super) fn new(operator: OperatorId, address: Addr<OperatorActor>, device: Device) -> Self {
        Self { operator, address, device, leg: None, ringing: None, answered: false, unbroken: false }
    }
}

/// The actor.
pub struct CallSession {
    pub(super) house: House,
    pub(super) call: Call,
    pub(super) caller: Leg,
    pub(super) far: Option<Far>,
    /// The colleague who is asked, or who talks along.
    pub(super) aside: Option<Far>,
    /// Who outside is asked, talks along, or goes on with the caller.
    pub(super) outside: Option<Outsider>,
    /// Supervisors who take part, by login.
    pub(super) watchers: BTreeMap<String, Watcher>,
    pub(super) bridged: bool,
    /// Was the caller's leg answered by the house?
    pub(super) taken: bool,
    /// For whom a call that was given away waits first.
    pub(super) meant_for: Option<OperatorId>,
    /// The task that a call of ours does.
    pub(super) callback: Option<CallbackId>,
    /// What a campaign has the operator say.
    pub(super) about: Option<CampaignCall>,
    /// What the caller hears before the line.
    pub(super) reception: Reception,
    /// How the sides sound.
    pub(super) sounding: Sounding,
    /// Runs while the operator's browser is away.
    pub(super) straying: Option<SpawnHandle>,
    /// Does the caller's line stand? It does unless it ended while the house was closed.
    pub(super) caller_stands: bool,
    /// After a stop of the house: was the caller heard, and recorded, all the while?
    pub(super) unbroken: bool,
    /// Does the call go on after a stop of the house?
    resumed: bool,
    /// Has the session done what it had to do?
    done: bool,
}

pub(super) type Then = Box<dyn FnOnce(&mut CallSession, &mut Context<CallSession>)>;
pub(super) type Kept = ResponseActFuture<CallSession, Result<(), Refusal>>;

impl CallSession {
    /// A call that has just come, or that we are about to make.
    pub fn new(house: House, call: Call, caller: Leg) -> Self {
        Self {
            house,
            call,
            caller,
            far: None,
            aside: None,
            outside: None,
            watchers: BTreeMap::new(),
            bridged: false,
            taken: false,
            meant_for: None,
            callback: None,
            about: None,
            reception: Reception::default(),
            sounding: Sounding::default(),
            straying: None,
            caller_stands: true,
            unbroken: false,
            resumed: false,
            done: false,
        }
    }
    /// A call that goes on after a stop of the house; `caller` is a fresh leg when its own is gone.
    pub(super) fn taken_up(house: House, take_up: TakeUp, caller: Leg) -> Self {
        let TakeUp { call, caller: stands, taken, unbroken, far, aside, outside } = take_up;
        Self {
            taken,
            caller_stands: stands.is_some(),
            unbroken,
            far: far.map(Far::from),
            aside: aside.map(Far::from),
            outside: outside.map(Outsider::standing),
            resumed: true,
            ..Self::new(house, *call, caller)
        }
    }
    /// There is nothing left to do for this session.
    pub(super) fn end(&mut self, ctx: &mut Context<Self>) {
        self.done = true;
        ctx.stop();
    }
    pub(super) fn order(&self, order: LineOrder) {
        if let Err(refusal) = self.house.line.order(order) {
            tracing::error!(call.id = %self.call.id, %refusal, "the line did not take an order");
        }
    }
    fn card(&self) -> Option<Value> {
        self.call.client.and_then(|id| self.house.card(id))
    }
    fn row(&self) -> Value {
        let directory = self.house.directory.read();
        let name = self.call.client.and_then(|id| directory.known_client(id)).map(|c| c.name.as_str());
        let mut row = call_row(&self.call, name, &*self.house.clock);
        if let Some(outside) = &self.call.outside {
            row["outside"]["name"] = json!(directory.who_is(&outside.number));
        }
        row["sound"] = json!(self.sounding.worst());
        row
    }
    /// The call as it is now stands in the list of calls.
    pub(super) fn show_row(&self) {
        let row = (!self.call.is_over()).then(|| self.row());
        self.house.tell("queue", self.call.id, row);
    }
    pub(super) fn pop(&self) -> Value {
        let campaign = self.about.as_ref().map(|about| json!({"name": about.name, "words": about.words}));
        json!({"call": self.row(), "card": self.card(), "campaign": campaign})
    }
    pub(super) fn publish(&self) {
        // whoever sees it leave the line may look for it among those that are over
        if self.call.is_over() {
            self.house.file_call(&self.call);
        }
        self.show_row();
        if let Some(client) = self.call.client {
            let text = self.call.disposition.clone().unwrap_or_default();
            let state = json!(self.call.state).as_str().unwrap_or_default().to_owned();
            let id = self.call.id.to_string();
            let mut directory = self.house.directory.write();
            directory.remember(client, self.call.started, "call", &id, &state, &text);
            if let (CallState::Closed, Some(operator)) = (self.call.state, self.call.operator) {
                directory.talked(client, operator, self.call.about);
            }
        }
    }
    /// What has changed of a talk stands on the screens of those who are in it.
    pub(super) fn show_talk(&self) {
        if self.call.is_talk() {
            for far in self.far.iter().chain(&self.aside) {
                self.house.tell(&format!("agent:{}", far.operator), "pop", Some(self.pop()));
            }
        }
    }
    /// Decides and has it kept; then applies, tells and goes on. A refused or unkept step changes nothing.
    pub(super) fn step(
        &self,
        events: Vec<CallEvent>,
        command: Option<String>,
        then: Then,
    ) -> Result<Kept, Refusal> {
        let (at, was) = (self.house.now(), self.call.ver);
        let (mut next, mut batch) = (self.call.clone(), Batch::default());
        for event in events {
            let event = next.decide(event)?;
            next.apply(&event, at);
            let by = if command.is_some() { "operator" } else { "line" };
            batch.tell(next.id, next.ver, event.name(), at, by, &event.told_of(&next));
        }
        if !batch.facts.is_empty() {
            batch.keep(&next, was);
        }
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
    pub(super) fn go(&mut self, events: Vec<CallEvent>, ctx: &mut Context<Self>, then: Then) {
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
            events.insert(0, self.first_event());
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
    pub(super) fn let_go(&mut self, ctx: &mut Context<Self>) {
        self.order(LineOrder::Hangup(self.caller));
        self.drop_outside(ctx);
        self.dismiss_watchers();
        let answered = self.call.answered.is_some();
        let (to, reason) =
            if answered { (Presence::NotReady, Some("call lost")) } else { (Presence::Ready, None) };
        for far in [self.drop_far(ctx), self.drop_aside(ctx)].into_iter().flatten() {
            self.tell_operator(&far, to, reason, None);
        }
        self.house.tell("queue", self.call.id, None);
        if !answered && !self.is_ours() {
            self.miss();
        }
        self.end(ctx);
    }
    /// Nobody has answered: out of the line, and somebody must call back.
    pub(super) fn miss(&self) {
        let missed = Missed {
            call: self.call.id,
            phone: self.call.from.clone(),
            client: self.call.client,
            place: None,
        };
        if let Ok(desk) = self.house.desk() {
            surely(&desk.queue, Dequeue(self.call.id), self.call.id, "a caller who is gone still waits");
            surely(&desk.queue, missed, self.call.id, "the queue was not told of a missed call");
        }
    }
    /// The place of the call's queue in the plan.
    pub(super) fn queue(&self) -> usize {
        let lines = self.house.lines();
        let plan = &lines.rules.plan;
        plan.queue_named(&self.call.queue).unwrap_or_else(|| plan.queue_of(&self.call.did))
    }
    pub(super) fn standing(&self) -> Standing {
        let (queue, lines) = (self.queue(), self.house.lines());
        let plan = &lines.rules.plan;
        let directory = self.house.directory.read();
        let rank = self.call.client.map(|id| directory.rank(id)).unwrap_or_default();
        let (owner, last) = self.call.client.map_or((None, None), |id| directory.known_operators(id));
        let of_queue = plan.queues.get(queue).map_or(0, |rule| i64::from(rule.head_start_seconds));
        let seconds = of_queue + plan.head_start.of(rank, self.house.now());
        Standing {
            ticket: Ticket::Call(self.call.id),
            since: self.call.started,
            head_start: (seconds as f64 * self.house.clock.lapse()) as i64,
            queue,
            missed_by: self.call.missed_by.clone(),
            owner,
            last,
            meant_for: self.meant_for,
        }
    }
    pub(super) fn enqueue(&mut self, ctx: &mut Context<Self>) {
        let (call, standing, pop) = (self.call.id, self.standing(), self.pop());
        let message = Enqueue { call, standing, session: ctx.address(), pop };
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
    pub(super) fn tell_operator(&self, far: &Far, to: Presence, reason: Option<&str>, pop: Option<Value>) {
        let went = CallWent { call: self.call.id, to, reason: reason.map(str::to_owned), pop };
        surely(&far.address, went, far.operator, "the operator was not told how a call went");
    }
    fn drop_side(&self, far: Option<Far>, ctx: &mut Context<Self>) -> Option<Far> {
        let mut far = far?;
        if let Some(timer) = far.ringing.take() {
            ctx.cancel_future(timer);
        }
        if let Some(leg) = far.leg {
            self.order(LineOrder::Hangup(leg));
        }
        Some(far)
    }
    pub(super) fn drop_far(&mut self, ctx: &mut Context<Self>) -> Option<Far> {
        let far = self.far.take();
        self.drop_side(far, ctx)
    }
    pub(super) fn drop_aside(&mut self, ctx: &mut Context<Self>) -> Option<Far> {
        let aside = self.aside.take();
        self.drop_side(aside, ctx)
    }
    pub(super) fn own(&self, leg: Leg, ctx: &Context<Self>) {
        if let Ok(desk) = self.house.desk()
            && desk.telephony.try_send(Own { leg, session: ctx.address() }).is_err()
        {
            tracing::error!(call.id = %self.call.id, "telephony was not told of a leg");
        }
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
            CallState::Away if self.outside.is_none() => self.outside_is_over(ctx),
            CallState::WrapUp => self.over(ctx),
            CallState::Abandoned => self.abandoned(ctx),
            CallState::Greeting => self.join_line(String::new(), ctx),
            CallState::Promised => self.end(ctx),
            CallState::Closed => self.written_down(ctx),
            CallState::Failed => self.let_go(ctx),
            _ => {}
        }
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
        if std::mem::take(&mut self.resumed) {
            return self.resume(ctx);
        }
        if self.call.ver > 0 || self.is_ours() {
            return;
        }
        let phone = self.call.from.parse::<PhoneNumber>().ok();
        self.call.client = phone.and_then(|p| self.house.directory.read().who_rings(&p).map(Entity::id));
        let lines = self.house.lines();
        let plan = &lines.rules.plan;
        let queue = plan.queues.get(plan.queue_of(&self.call.did)).map(|rule| rule.name.clone());
        self.call.queue = queue.unwrap_or_default();
        self.receive(ctx);
    }
    /// A session that died too often is given up by its guard before it has done what it had to do.
    fn stopped(&mut self, _: &mut Context<Self>) {
        let (call, done) = (self.call.id, self.done);
        if let Ok(desk) = self.house.desk()
            && let Err(SendError::Full(_)) = desk.telephony.try_send(Forget { call, done })
        {
            tracing::warn!(call.id = %call, "telephony keeps a call that is over");
        }
    }
}

impl Supervised for CallSession {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        // The handles of the life before name other timers in this one.
        for far in self.far.iter_mut().chain(self.aside.iter_mut()) {
            far.ringing = None;
        }
        if let Some(outside) = &mut self.outside {
            outside.ringing = None;
        }
        self.straying = None;
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

pub use super::offering::{OfferTo, StillWaits};
pub use super::talking::{OnLine, OperatorDoes};
