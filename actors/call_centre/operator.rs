//! One operator: presence, the call in hand, the pop on the screen.

use crate::{
    call_centre::{
        call_queue::{OperatorIs, Posted, Skilled},
        call_views::operator_row,
        recovery::Begins,
        taking_up::Strays,
        telephony::FindCall,
        wrap_up::WrapUp,
    },
    house::House,
    supervision::surely::surely,
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, AtomicResponse, Context, Handler, Message, Supervised, WrapFuture,
};
use domain::{
    calls::{
        call_plan::CallSkill,
        operator::{Device, Operator, Presence},
    },
    ports::{Batch, Entity},
    refusal::Refusal,
    values::id::CallId,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Real time in which a browser whose audio went offers it again, before the operator is taken out of the line.
const BACK: Duration = Duration::from_secs(3);
/// Real time in which a browser offers its audio again after a stop of the house.
const GRACE: Duration = Duration::from_secs(20);

/// The actor; presence is told, and kept with the row.
pub struct OperatorActor {
    pub(super) house: House,
    pub(super) operator: Operator,
    line_ok: bool,
    /// The version that the row has; a change that was not kept is made up for by the next one.
    kept: u64,
    /// How they begin; nothing once they have begun.
    begins: Option<Begins>,
    /// A person sits where a robot usually does, and talks in the browser; forgotten with a restart, like presence.
    taken: bool,
    /// The minute after a call.
    pub(super) wrap_up: WrapUp,
    /// When the page said last that it lives; `None`: it has not, or is known to sleep.
    pub(super) heard_of: Option<Instant>,
}

impl OperatorActor {
    /// An operator as the store has them, and how they begin.
    pub fn new(house: House, operator: Operator, begins: Begins) -> Self {
        let line_ok = matches!(operator.device, Device::Phone(_));
        let kept = operator.ver;
        Self {
            house,
            operator,
            line_ok,
            kept,
            begins: Some(begins),
            taken: false,
            wrap_up: WrapUp::default(),
            heard_of: None,
        }
    }
    /// A person at a browser who was ready is not rung before the browser offers its audio again; one that does not
    /// in good time is seen to be away.
    fn await_line(&self, patience: Duration, ctx: &mut Context<Self>) {
        if !self.line_ok {
            ctx.run_later(patience, |act, ctx| {
                if !act.line_ok && act.operator.presence == Presence::Ready {
                    act.become_(Presence::NotReady, Some("line lost".into()), None, ctx);
                }
            });
        }
    }
    /// The operator as they will be, and the batch that says so.
    fn changed(&self, presence: Presence, reason: Option<String>, call: Option<CallId>) -> (Operator, Batch) {
        let ver = self.operator.ver + 1;
        let next = Operator { ver, since: self.house.now(), presence, reason, call, ..self.operator.clone() };
        let mut batch = Batch::default();
        batch.tell(next.id, ver, "presence.changed", next.since, &next.name, &next.presence);
        batch.keep(&next, self.kept);
        (next, batch)
    }
    /// What a call does to its operator has happened: it is shown even when it could not be kept.
    pub(super) fn become_(
        &mut self,
        presence: Presence,
        reason: Option<String>,
        call: Option<CallId>,
        ctx: &mut Context<Self>,
    ) {
        let (next, batch) = self.changed(presence, reason, call);
        let ver = next.ver;
        self.operator = next;
        self.time_wrap_up(ctx);
        ctx.wait(self.house.keep(batch).into_actor(self).map(move |kept, act, _| match kept {
            Ok(()) => act.kept = ver,
            Err(refusal) => tracing::error!(%refusal, "presence was not kept"),
        }));
        self.show();
    }
    /// Tells the screens and the queue; a supervisor does not stand in the line of those who are free.
    fn show(&self) {
        self.publish();
        if self.operator.supervises {
            return;
        }
        let Operator { id: operator, presence, since, .. } = self.operator;
        if let Ok(desk) = self.house.desk() {
            let posted = Posted { operator, presence, since };
            surely(&desk.queue, posted, operator, "the queue was not told what an operator does");
        }
    }
    pub(super) fn device(&self) -> Device {
        if self.taken { Device::Browser } else { self.operator.device.clone() }
    }
    pub(super) fn publish(&self) {
        let mut shown = self.operator.clone();
        (shown.robot, shown.device) = (self.operator.robot && !self.taken, self.device());
        let row = operator_row(&shown, self.line_ok, &self.wrap_up);
        self.house.tell("queue", self.operator.id, Some(row.clone()));
        self.house.tell(&format!("agent:{}", self.operator.id), "me", Some(row));
    }
}

impl Actor for OperatorActor {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.watch_page(ctx);
        match self.begins.take() {
            None => {}
            Some(Begins::Offline) if self.operator.presence == Presence::Offline => self.publish(),
            Some(Begins::Offline) => self.become_(Presence::Offline, None, None, ctx),
            Some(Begins::CallLost) => {
                self.become_(Presence::NotReady, Some("call lost".into()), None, ctx);
            }
            Some(Begins::With(presence, call)) => {
                if (self.operator.presence, self.operator.call) == (presence, Some(call)) {
                    self.show();
                } else {
                    self.become_(presence, None, Some(call), ctx);
                }
            }
            Some(Begins::AsBefore) => {
                self.show();
                self.await_line(GRACE, ctx);
            }
        }
    }
}

impl Supervised for OperatorActor {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        let journal = std::sync::Arc::clone(&self.house.journal);
        let key = self.operator.id.uuid();
        let read = async move { journal.row(Operator::TABLE, key).await };
        ctx.wait(read.into_actor(self).map(|row, act, ctx| {
            let read = row.ok().flatten().and_then(|row| serde_json::from_value::<Operator>(row).ok());
            if let Some(operator) = read {
                act.kept = operator.ver;
                act.operator = operator;
            }
            act.time_wrap_up(ctx);
            act.show();
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
        if self.operator.presence != Presence::Ready || !self.line_ok {
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

/// What an operator is doing, as they say or as a supervisor does: ready, on a break, gone.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct SetPresence {
    /// Idempotency key.
    pub command: String,
    /// What.
    pub to: Presence,
    /// Why.
    pub reason: Option<String>,
    /// Who says so, by login, when it is not the operator.
    pub by: Option<String>,
}
impl Handler<SetPresence> for OperatorActor {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    /// Answered when it is kept; who says again what they are keeps their place among the idle.
    fn handle(&mut self, said: SetPresence, _: &mut Context<Self>) -> Self::Result {
        let SetPresence { command, to, reason, by } = said;
        if let Err(refusal) = self.may_become(to) {
            return AtomicResponse::new(Box::pin(actix::fut::ready(Err(refusal))));
        }
        let same = self.operator.presence == to && self.operator.reason == reason;
        let (next, mut batch) = if same { (None, Batch::default()) } else { self.next_presence(to, reason) };
        (batch.command, batch.answer) = (Some(command), json!({}));
        if let Some(by) = by {
            batch.facts.iter_mut().for_each(|fact| fact.by.clone_from(&by));
        }
        let kept = self.house.keep(batch).into_actor(self).map(move |kept, act, _| {
            kept?;
            if let Some(next) = next {
                act.kept = next.ver;
                act.operator = next;
                act.show();
            }
            Ok(())
        });
        AtomicResponse::new(Box::pin(kept))
    }
}
impl OperatorActor {
    fn next_presence(&self, to: Presence, reason: Option<String>) -> (Option<Operator>, Batch) {
        let (next, batch) = self.changed(to, reason, None);
        (Some(next), batch)
    }
    fn may_become(&self, to: Presence) -> Result<(), Refusal> {
        if matches!(self.operator.presence, Presence::Ringing | Presence::Busy | Presence::WrapUp) {
            let detail = format!("the operator is `{:?}`: finish the call first", self.operator.presence);
            return Err(Refusal::state("operator-busy", detail));
        }
        if to == Presence::Ready && !self.line_ok {
            let detail = "the browser's microphone is not connected: expected an offer of audio first";
            return Err(Refusal::state("no-line", detail));
        }
        Ok(())
    }
}

/// The office writes something else about the operator.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Fit {
    /// Idempotency key, when this is the whole of the command.
    pub command: Option<String>,
    /// Who says so, by login.
    pub by: String,
    /// The name colleagues see.
    pub name: Option<String>,
    /// What they can do on the telephone.
    pub skills: Option<Vec<CallSkill>>,
}
impl Handler<Fit> for OperatorActor {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, Fit { command, by, name, skills }: Fit, _: &mut Context<Self>) -> Self::Result {
        let mut next = Operator { ver: self.operator.ver + 1, ..self.operator.clone() };
        next.name = name.unwrap_or(next.name);
        next.skills = skills.unwrap_or(next.skills);
        let mut batch = Batch { command, answer: json!({}), ..Batch::default() };
        let told = json!({"name": next.name, "skills": next.skills});
        batch.tell(next.id, next.ver, "operator.changed", self.house.now(), &by, &told);
        batch.keep(&next, self.kept);
        let kept = self.house.keep(batch).into_actor(self).map(move |kept, act, _| {
            kept?;
            act.kept = next.ver;
            act.operator = next;
            act.publish();
            let Operator { id: operator, skills, supervises, .. } = act.operator.clone();
            if !supervises
                && let Ok(desk) = act.house.desk()
                && desk.queue.try_send(Skilled { operator, skills }).is_err()
            {
                tracing::warn!(operator.id = %operator, "the queue was not told what an operator can do");
            }
            Ok(())
        });
        AtomicResponse::new(Box::pin(kept))
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
        let was = std::mem::replace(&mut self.line_ok, online);
        self.heard_of = None;
        match self.operator.presence {
            // Nobody is brought to a supervisor, so who has a line is there to be asked.
            presence if self.operator.supervises && !presence.has_call() => {
                let there = if online { Presence::Ready } else { Presence::Offline };
                self.become_(there, None, None, ctx);
            }
            Presence::Ready if !online => {
                self.publish();
                // A page that is loaded anew, or hands its voice to another tab, is back in a moment.
                self.await_line(BACK, ctx);
            }
            // the queue hears that they can be rung again
            Presence::Ready if !was => self.show(),
            _ => self.publish(),
        }
        if let Some(call) = self.operator.call
            && let Ok(desk) = self.house.desk()
        {
            let (operator, found) = (self.operator.id, desk.telephony.send(FindCall(call)));
            ctx.spawn(found.into_actor(self).map(move |session, _, _| {
                if let Ok(Some(session)) = session
                    && session.try_send(Strays { operator, online }).is_err()
                {
                    tracing::warn!(operator.id = %operator, "the call was not told of the operator's line");
                }
            }));
        }
    }
}
