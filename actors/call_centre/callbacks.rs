//! The tasks to call back, as the queue keeps them: made of missed calls, taken and finished by operators.

use crate::call_centre::{call_queue::CallQueue, call_views::callback_row};
use actix::{ActorFutureExt, AsyncContext, AtomicResponse, Context, Handler, Message, WrapFuture};
use domain::{
    calls::{
        callback::{Callback, CallbackEvent, CallbackState, KeptPlace},
        campaign::Campaign,
        standing::Ticket,
    },
    ports::{Batch, Seat, Table},
    refusal::Refusal,
    values::id::{CallId, CallbackId, ClientId, OperatorId},
};
use serde_json::json;

/// A missed call of the same number within this time belongs to the same task.
const SAME_TASK_SECONDS: i64 = 30 * 60;

impl CallQueue {
    /// Attempts of a campaign are the line's own: they stand in nobody's list.
    fn publish_callback(&self, callback: &Callback) {
        if callback.about.is_some() {
            return;
        }
        let directory = self.house.directory.read();
        let name = callback.client.and_then(|id| directory.known_client(id)).map(|c| c.name.as_str());
        let row = callback.is_open().then(|| callback_row(callback, name));
        self.house.tell("queue", callback.id, row);
    }
    /// Puts all open tasks on the screens.
    pub(super) fn show_callbacks(&self) {
        self.callbacks.values().for_each(|c| self.publish_callback(c));
    }
    /// Decides, and gives the batch with the task as it will be.
    pub(super) fn on_callback(
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
        self.count_attempt(&task, &mut batch);
        Ok((batch, task))
    }
    pub(super) fn keep_callback(
        &mut self,
        batch: Batch,
        task: Callback,
    ) -> actix::ResponseActFuture<Self, Result<(), Refusal>> {
        let counted = batch.rows.iter().find(|row| row.table == Table::Campaign);
        let counted = counted.and_then(|row| serde_json::from_value::<Campaign>(row.doc.clone()).ok());
        let kept = self.house.keep(batch).into_actor(self).map(move |kept, act, _| {
            kept?;
            if let Some(campaign) = counted {
                act.put_campaign(campaign);
            }
            act.publish_callback(&task);
            if task.is_open() {
                act.callbacks.insert(task.id, task)
            } else {
                act.callbacks.remove(&task.id)
            };
            act.show();
            Ok(())
        });
        Box::pin(kept)
    }
    /// They rang again and were answered: what nobody has begun to do for them need not be done.
    pub(super) fn rang_themselves(&mut self, phone: &str, ctx: &mut Context<Self>) {
        let idle = |task: &&Callback| matches!(task.state, CallbackState::New | CallbackState::NoAnswer);
        let theirs = self.callbacks.values().filter(idle).filter(|task| task.phone == phone);
        for task in theirs.cloned().collect::<Vec<Callback>>() {
            self.line.leave(Ticket::Callback(task.id));
            match self.on_callback(task, CallbackEvent::Cancelled, "line") {
                Ok((batch, task)) => ctx.wait(self.keep_callback(batch, task).map(|kept, _, _| {
                    if let Err(refusal) = kept {
                        tracing::error!(%refusal, "a task that need not be done stays open");
                    }
                })),
                Err(refusal) => tracing::debug!(%refusal, "the task was over already"),
            }
        }
    }
    /// Tries one of the tasks that could not be kept again.
    pub(super) fn pay_owed(&mut self, ctx: &mut Context<Self>) {
        if let Some(missed) = self.owed.pop() {
            let promised = self.promise(missed);
            ctx.wait(promised.map(|_, _, _| ()));
        }
    }
}

/// A caller hung up and keeps the place in the line.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Promise {
    /// Which call.
    pub call: CallId,
    /// The number.
    pub phone: String,
    /// Who it was.
    pub client: Option<ClientId>,
    /// The place.
    pub place: KeptPlace,
}
impl Handler<Promise> for CallQueue {
    type Result = ();
    fn handle(&mut self, promise: Promise, ctx: &mut Context<Self>) {
        self.forget(promise.call);
        let Promise { call, phone, client, place } = promise;
        let missed = Missed { call, phone, client, place: Some(place) };
        let promised = self.promise(missed);
        ctx.wait(promised.map(|_, act, ctx| act.serve(ctx)));
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
    /// The place in the line that they keep.
    pub place: Option<KeptPlace>,
}
impl Handler<Missed> for CallQueue {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, missed: Missed, _: &mut Context<Self>) -> Self::Result {
        self.show();
        AtomicResponse::new(self.promise(missed))
    }
}
impl CallQueue {
    /// Makes the task, or joins the one that the number has; what is not kept stays owed.
    fn promise(&mut self, missed: Missed) -> actix::ResponseActFuture<Self, Result<(), Refusal>> {
        let now = self.house.now();
        let same = |c: &&Callback| {
            let fresh = now.duration_since(c.since).as_secs() < SAME_TASK_SECONDS;
            c.about.is_none() && c.phone == missed.phone && fresh
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
                    call: Some(missed.call),
                    since: now,
                    attempts: 1,
                    operator: None,
                    tries: 0,
                    place: missed.place.clone(),
                    about: None,
                };
                self.on_callback(fresh, CallbackEvent::Created, "trunk")
            }
        };
        match decided {
            Ok((batch, task)) => Box::pin(self.keep_callback(batch, task.clone()).map(move |kept, act, _| {
                if kept.is_ok() && missed.place.is_some() {
                    act.stand(&task, vec![]);
                }
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

/// A task is about to be done by a call: it must be the operator's own.
#[derive(Message)]
#[rtype(result = "Result<(String, Option<ClientId>), Refusal>")]
pub struct DialCallback {
    /// Who calls back.
    pub operator: OperatorId,
    /// Which task.
    pub callback: CallbackId,
}
impl Handler<DialCallback> for CallQueue {
    type Result = Result<(String, Option<ClientId>), Refusal>;
    /// Gives the number; the task itself moves when the call is kept.
    fn handle(
        &mut self,
        DialCallback { operator, callback }: DialCallback,
        _: &mut Context<Self>,
    ) -> Self::Result {
        let task = self.callbacks.get(&callback).ok_or_else(|| Refusal::unknown("callback", callback))?;
        if task.operator != Some(operator) {
            return Err(Refusal::forbidden(format!(
                "callback `{callback}` is not this operator's: take it first"
            )));
        }
        task.decide(CallbackEvent::Dialed)?;
        Ok((task.phone.clone(), task.client))
    }
}

/// What came of the call of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// They answered.
    Reached,
    /// They did not.
    NotReached,
    /// The operator did not come to it: they were not rung.
    NotTried,
}

/// The call of a task was answered, or came to nothing.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct CallbackWent {
    /// Which task.
    pub callback: CallbackId,
    /// Who was to make it.
    pub operator: OperatorId,
    /// How it went.
    pub outcome: Outcome,
}
impl Handler<CallbackWent> for CallQueue {
    type Result = ();
    fn handle(&mut self, went: CallbackWent, ctx: &mut Context<Self>) {
        let Some(task) = self.callbacks.get(&went.callback).cloned() else { return };
        let event = match went.outcome {
            Outcome::Reached => CallbackEvent::Finished { reached: true },
            Outcome::NotReached => CallbackEvent::Finished { reached: false },
            Outcome::NotTried => CallbackEvent::Returned,
        };
        match self.on_callback(task, event, "line") {
            Ok((batch, task)) => {
                let again = task.clone();
                ctx.wait(self.keep_callback(batch, task).map(move |kept, act, ctx| {
                    if let Err(refusal) = kept {
                        tracing::error!(%refusal, "the end of a task to call back was not kept");
                    }
                    act.stand(&again, vec![went.operator]);
                    act.serve(ctx);
                }));
            }
            Err(refusal) => tracing::debug!(%refusal, "the task was finished by hand"),
        }
    }
}
