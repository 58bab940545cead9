//! The line of callers, who may take them, and the tasks to call back.

use crate::{
    call_centre::{
        call_session::{CallSession, OfferTo},
        call_views::callback_row,
        operator::{CallWent, OperatorActor, RingOperator},
    },
    house::House,
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, AtomicResponse, Context, Handler, Message, Supervised,
    WrapFuture,
};
use domain::{
    calls::{
        callback::{Callback, CallbackEvent, CallbackState},
        operator::{Operator, Presence, Waiting, match_callers},
    },
    ports::{Batch, Seat},
    refusal::Refusal,
    values::id::{CallId, CallbackId, ClientId, OperatorId},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// A missed call of the same number within this time belongs to the same task.
const SAME_TASK_SECONDS: i64 = 30 * 60;

/// Real time after which a task that was not kept is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// A caller in the line, with the call's session and what the operator's screen shows.
type Place = (Waiting, Addr<CallSession>, Value);

/// The actor.
pub struct CallQueue {
    house: House,
    waiting: BTreeMap<CallId, Place>,
    /// Callers whose operator was asked and has not said yes yet.
    asked: BTreeMap<CallId, (Place, OperatorId)>,
    /// Missed calls whose task could not be kept yet.
    owed: Vec<Missed>,
    ready: BTreeMap<OperatorId, Timestamp>,
    operators: HashMap<OperatorId, Addr<OperatorActor>>,
    callbacks: BTreeMap<CallbackId, Callback>,
    tally: Tally,
}

/// Counts of the day, for the wall.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    offered: u64,
    answered: u64,
    in_time: u64,
    abandoned: u64,
}

impl CallQueue {
    /// A queue with its operators and the tasks that are open.
    pub fn new(
        house: House,
        operators: Vec<Operator>,
        callbacks: Vec<Callback>,
        arbiter: &actix::ArbiterHandle,
    ) -> Self {
        let mut addresses = HashMap::new();
        for operator in operators {
            let (id, house) = (operator.id, house.clone());
            let address = start_guarded(arbiter, "operator", Policy::default(), move |_| {
                OperatorActor::new(house, operator)
            });
            addresses.insert(id, address);
        }
        let callbacks = callbacks.into_iter().filter(Callback::is_open).map(|c| (c.id, c)).collect();
        Self {
            house,
            waiting: BTreeMap::new(),
            asked: BTreeMap::new(),
            owed: Vec::new(),
            ready: BTreeMap::new(),
            operators: addresses,
            callbacks,
            tally: Tally::default(),
        }
    }
    fn serve(&mut self, ctx: &mut Context<Self>) {
        let waiting: Vec<Waiting> = self.waiting.values().map(|(w, ..)| w.clone()).collect();
        let ready: Vec<(OperatorId, Timestamp)> =
            self.ready.iter().map(|(id, since)| (*id, *since)).collect();
        for (call, operator) in match_callers(&waiting, &ready) {
            let Some(address) = self.operators.get(&operator).cloned() else { continue };
            let Some(place) = self.waiting.remove(&call) else { continue };
            self.ready.remove(&operator);
            let rung = address.send(RingOperator { call, pop: place.2.clone() });
            self.asked.insert(call, (place, operator));
            ctx.spawn(rung.into_actor(self).map(move |device, act, ctx| {
                let Some(((caller, session, pop), operator)) = act.asked.remove(&call) else { return };
                match device {
                    Ok(Some(device)) => act.offer(&session, OfferTo { operator, address, device }, call, ctx),
                    no => {
                        if no.is_err() {
                            // It panicked, perhaps after it began to ring.
                            act.free(operator, call);
                        }
                        if session.connected() {
                            act.waiting.insert(call, (caller, session, pop));
                        }
                        act.serve(ctx);
                    }
                }
            }));
        }
        self.publish_tally();
    }
    /// The caller may have given up meanwhile: then nobody else would let the operator go.
    fn offer(&self, session: &Addr<CallSession>, offer: OfferTo, call: CallId, ctx: &mut Context<Self>) {
        let operator = offer.operator;
        let offered = session.send(offer).into_actor(self);
        ctx.spawn(offered.map(move |offered, act, _| {
            if offered.is_err() {
                act.free(operator, call);
            }
        }));
    }
    fn free(&self, operator: OperatorId, call: CallId) {
        let freed = CallWent { call, to: Presence::Ready, reason: None, pop: None };
        if self.operators.get(&operator).is_none_or(|o| o.try_send(freed).is_err()) {
            tracing::error!(operator.id = %operator, "an operator still rings for a call that is gone");
        }
    }
    fn publish_tally(&self) {
        let Tally { offered, answered, in_time, abandoned } = self.tally;
        let level = (in_time * 100).checked_div(answered + abandoned).unwrap_or(100);
        let tiles = [
            ("calls_waiting", json!({"value": self.waiting.len(), "unit": ""})),
            ("calls_offered", json!({"value": offered, "unit": ""})),
            ("calls_answered", json!({"value": answered, "unit": ""})),
            ("calls_abandoned", json!({"value": abandoned, "unit": ""})),
            ("service_level", json!({"value": level, "unit": "%"})),
            ("operators_ready", json!({"value": self.ready.len(), "unit": ""})),
        ];
        for (tile, row) in tiles {
            self.house.tell("kpi", tile, Some(row));
        }
    }
    fn publish_callback(&self, callback: &Callback) {
        let directory = self.house.directory.read();
        let name = callback.client.and_then(|id| directory.clients.get(&id)).map(|c| c.name.as_str());
        let row = callback.is_open().then(|| callback_row(callback, name));
        self.house.tell("queue", callback.id, row);
    }
    /// Decides, and gives the batch with the task as it will be.
    fn on_callback(
        &self,
        mut task: Callback,
        event: CallbackEvent,
        by: &str,
    ) -> Result<(Batch, Callback), Refusal> {
        let was = task.ver;
        let event = task.decide(event)?;
        task.apply(&event);
        let mut batch = Batch::default();
        batch.tell(task.id, task.ver, event.name(), self.house.now(), by, &event);
        batch.keep(&task, was);
        Ok((batch, task))
    }
    fn keep_callback(
        &mut self,
        batch: Batch,
        task: Callback,
    ) -> actix::ResponseActFuture<Self, Result<(), Refusal>> {
        let kept = self.house.keep(batch).into_actor(self).map(move |kept, act, _| {
            kept?;
            act.publish_callback(&task);
            if task.is_open() {
                act.callbacks.insert(task.id, task)
            } else {
                act.callbacks.remove(&task.id)
            };
            Ok(())
        });
        Box::pin(kept)
    }
}

impl Actor for CallQueue {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.callbacks.values().for_each(|c| self.publish_callback(c));
        self.publish_tally();
        ctx.run_interval(TRY_AGAIN, |act, ctx| {
            if let Some(missed) = act.owed.pop() {
                let promised = act.promise(missed);
                ctx.wait(promised.map(|_, _, _| ()));
            }
        });
        self.serve(ctx);
    }
}
impl Supervised for CallQueue {
    /// The answers of those who were asked are lost: their callers go back to their places.
    fn restarting(&mut self, _: &mut Context<Self>) {
        for (call, (place, operator)) in std::mem::take(&mut self.asked) {
            self.free(operator, call);
            self.waiting.insert(call, place);
        }
    }
}

/// A caller waits.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Enqueue {
    /// Who, since when, how urgent.
    pub waiting: Waiting,
    /// The call's session.
    pub session: Addr<CallSession>,
    /// What the operator's screen shows.
    pub pop: Value,
    /// Is it the first time?
    pub fresh: bool,
}
impl Handler<Enqueue> for CallQueue {
    type Result = ();
    fn handle(&mut self, Enqueue { waiting, session, pop, fresh }: Enqueue, ctx: &mut Context<Self>) {
        self.tally.offered += u64::from(fresh);
        self.waiting.insert(waiting.call, (waiting, session, pop));
        self.serve(ctx);
    }
}

/// The caller waits no more.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Dequeue(pub CallId);
impl Handler<Dequeue> for CallQueue {
    type Result = ();
    fn handle(&mut self, Dequeue(call): Dequeue, _: &mut Context<Self>) {
        self.waiting.remove(&call);
        // The operator who is being asked is let go by the session, which takes no offer any more.
        self.publish_tally();
    }
}

/// An operator is ready since then, or not ready.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Ready {
    /// Who.
    pub operator: OperatorId,
    /// Since when; `None`: not ready.
    pub since: Option<Timestamp>,
}
impl Handler<Ready> for CallQueue {
    type Result = ();
    fn handle(&mut self, Ready { operator, since }: Ready, ctx: &mut Context<Self>) {
        match since {
            Some(since) => self.ready.insert(operator, since),
            None => self.ready.remove(&operator),
        };
        self.serve(ctx);
    }
}

/// A person took the call after so many city seconds.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Taken {
    /// Did it take twenty seconds at most?
    pub in_time: bool,
}
impl Handler<Taken> for CallQueue {
    type Result = ();
    fn handle(&mut self, Taken { in_time }: Taken, _: &mut Context<Self>) {
        self.tally.answered += 1;
        self.tally.in_time += u64::from(in_time);
        self.publish_tally();
    }
}

/// A caller was not answered: somebody must call back.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Missed {
    /// Which call.
    pub call: CallId,
    /// The number.
    pub phone: String,
    /// Who it was.
    pub client: Option<ClientId>,
}
impl Handler<Missed> for CallQueue {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, missed: Missed, _: &mut Context<Self>) -> Self::Result {
        self.tally.abandoned += 1;
        self.publish_tally();
        AtomicResponse::new(self.promise(missed))
    }
}
impl CallQueue {
    /// Makes the task, or joins the one that the number has; what is not kept stays owed.
    fn promise(&mut self, missed: Missed) -> actix::ResponseActFuture<Self, Result<(), Refusal>> {
        let now = self.house.now();
        let same = |c: &&Callback| {
            c.phone == missed.phone && now.duration_since(c.since).as_secs() < SAME_TASK_SECONDS
        };
        let decided = match self.callbacks.values().find(same).cloned() {
            Some(known) => self.on_callback(known, CallbackEvent::Repeated, "trunk"),
            None => {
                let fresh = Callback {
                    id: self.house.fresh(),
                    ver: 0,
                    state: CallbackState::New,
                    phone: missed.phone.clone(),
                    client: missed.client,
                    call: missed.call,
                    since: now,
                    attempts: 1,
                    operator: None,
                    tries: 0,
                };
                self.on_callback(fresh, CallbackEvent::Created, "trunk")
            }
        };
        match decided {
            Ok((batch, task)) => Box::pin(self.keep_callback(batch, task).map(|kept, act, _| {
                if let Err(refusal) = &kept {
                    tracing::error!(call.id = %missed.call, %refusal, "a task to call back was not kept and is tried again");
                    act.owed.push(missed);
                }
                kept
            })),
            Err(refusal) => Box::pin(actix::fut::ready(Err(refusal))),
        }
    }
}

/// An operator takes or finishes a task.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct WorkCallback {
    /// Who.
    pub seat: Seat,
    /// Idempotency key.
    pub command: String,
    /// Which task.
    pub callback: CallbackId,
    /// `None`: take it; otherwise it is over.
    pub reached: Option<bool>,
}
impl Handler<WorkCallback> for CallQueue {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, work: WorkCallback, _: &mut Context<Self>) -> Self::Result {
        let decided = (|| {
            let task = self
                .callbacks
                .get(&work.callback)
                .cloned()
                .ok_or_else(|| Refusal::unknown("callback", work.callback))?;
            let operator =
                work.seat.operator.ok_or_else(|| Refusal::forbidden("only an operator calls back"))?;
            let event = match work.reached {
                None => CallbackEvent::Taken { operator },
                Some(reached) => CallbackEvent::Finished { reached },
            };
            self.on_callback(task, event, &work.seat.login)
        })();
        match decided {
            Ok((mut batch, task)) => {
                (batch.command, batch.answer) = (Some(work.command), json!({}));
                AtomicResponse::new(self.keep_callback(batch, task))
            }
            Err(refusal) => AtomicResponse::new(Box::pin(actix::fut::ready(Err(refusal)))),
        }
    }
}

/// Where an operator's actor is.
#[derive(Message)]
#[rtype(result = "Option<Addr<OperatorActor>>")]
pub struct FindOperator(pub OperatorId);
impl Handler<FindOperator> for CallQueue {
    type Result = Option<Addr<OperatorActor>>;
    fn handle(&mut self, FindOperator(id): FindOperator, _: &mut Context<Self>) -> Self::Result {
        self.operators.get(&id).cloned()
    }
}

/// The audio line of an operator came or went.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct OperatorIs {
    /// Is it there?
    pub online: bool,
}
