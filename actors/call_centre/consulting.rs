//! Colleagues: asked while the caller hears music, given the call, or made part of it.

use crate::call_centre::{
    call_session::{CallSession, Far, Kept, Then},
    operator::OperatorActor,
};
use actix::{Addr, AsyncContext, AtomicResponse, Context, Handler, Message};
use domain::{
    calls::{
        call::{CallEvent, CallState},
        line::{LineOrder, Part},
        operator::{Device, Presence},
    },
    refusal::Refusal,
    values::id::OperatorId,
};

/// The operator asks a colleague, who was ready and rings already.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct AskColleague {
    /// Who asks.
    pub operator: OperatorId,
    /// Idempotency key.
    pub command: String,
    /// Who is asked.
    pub colleague: OperatorId,
    /// Their actor.
    pub address: Addr<OperatorActor>,
    /// What they talk on.
    pub device: Device,
}
impl Handler<AskColleague> for CallSession {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    /// Answered when it is kept; a colleague who is not asked after all is let go.
    fn handle(&mut self, asks: AskColleague, _: &mut Context<Self>) -> Self::Result {
        let AskColleague { operator, command, colleague, address, device } = asks;
        let far = Far::new(colleague, address, device);
        let event = CallEvent::Consulted { operator: colleague };
        let decided = if self.call.operator == Some(operator) {
            self.call.decide(event).and_then(|event| {
                let asked = Far::new(far.operator, far.address.clone(), far.device.clone());
                let rings: Then = Box::new(move |act, ctx| act.ask(asked, ctx));
                self.step(vec![event], Some(command), rings)
            })
        } else {
            Err(Refusal::forbidden(format!("call `{}` is not this operator's", self.call.id)))
        };
        let call = self.call.id;
        AtomicResponse::new(match decided {
            Ok(kept) => Box::pin(actix::ActorFutureExt::map(kept, move |kept, act, _| {
                if kept.is_err() && act.call.id == call {
                    act.tell_operator(&far, Presence::Ready, None, None);
                }
                kept
            })),
            Err(refusal) => {
                self.tell_operator(&far, Presence::Ready, None, None);
                Box::pin(actix::fut::ready(Err(refusal)))
            }
        })
    }
}

/// The operator gives the call away unseen to a colleague.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct SendAway {
    /// Who gives it.
    pub operator: OperatorId,
    /// Idempotency key.
    pub command: String,
    /// To whom.
    pub colleague: OperatorId,
}
impl Handler<SendAway> for CallSession {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, away: SendAway, _: &mut Context<Self>) -> Self::Result {
        let sent = if self.call.operator == Some(away.operator) {
            self.redirect(Some(away.colleague), self.call.queue.clone(), away.command)
        } else {
            Err(Refusal::forbidden(format!("call `{}` is not this operator's", self.call.id)))
        };
        AtomicResponse::new(sent.unwrap_or_else(|refusal| Box::pin(actix::fut::ready(Err(refusal)))))
    }
}

impl CallSession {
    /// The caller hears music, the colleague rings, the operator hears that it rings.
    fn ask(&mut self, mut far: Far, ctx: &mut Context<Self>) {
        self.order(LineOrder::Hold(self.caller));
        if let Some(leg) = self.far.as_ref().and_then(|far| far.leg) {
            self.order(LineOrder::RingBack(leg));
        }
        if let Device::Phone(account) = far.device.clone() {
            far.leg = Some(self.dial_phone(far.operator, account, ctx));
        }
        far.ringing = Some(ctx.run_later(self.house.tuning.ring, |act, ctx| act.colleague_leaves(ctx)));
        self.aside = Some(far);
        self.show_talk();
    }
    pub(super) fn colleague_answers(&mut self, ctx: &mut Context<Self>) {
        let timer = self.aside.as_mut().and_then(|aside| {
            aside.answered = true;
            aside.ringing.take()
        });
        if let Some(timer) = timer {
            ctx.cancel_future(timer);
        }
        let legs = (self.far.as_ref().and_then(|f| f.leg), self.aside.as_ref().and_then(|a| a.leg));
        if let (Some(far), Some(aside)) = legs {
            self.order(LineOrder::Bridge(far, aside));
        }
        if let Some(aside) = &self.aside {
            self.tell_operator(aside, Presence::Busy, None, Some(self.pop()));
        }
    }
    /// The question is over: the operator talks to the caller again.
    fn together_again(&mut self, ctx: &mut Context<Self>) {
        if let Some(aside) = self.drop_aside(ctx) {
            let (to, reason) = if aside.answered {
                (Presence::Ready, None)
            } else {
                (Presence::NotReady, Some("no answer"))
            };
            self.tell_operator(&aside, to, reason, None);
        }
        self.drop_outside(ctx);
        self.order(LineOrder::Resume(self.caller));
        if let Some(leg) = self.far.as_ref().and_then(|far| far.leg) {
            self.order(LineOrder::Bridge(self.caller, leg));
        }
        self.show_talk();
    }
    pub(super) fn colleague_leaves(&mut self, ctx: &mut Context<Self>) {
        self.go(vec![CallEvent::ConsultEnded], ctx, Box::new(|act, ctx| act.together_again(ctx)));
    }
    pub(super) fn unconsult(&mut self, command: String) -> Result<Kept, Refusal> {
        let again: Then = Box::new(|act, ctx| act.together_again(ctx));
        self.step(vec![CallEvent::ConsultEnded], Some(command), again)
    }
    fn asked_and_answered(&self) -> Result<OperatorId, Refusal> {
        match &self.aside {
            Some(aside) if aside.answered => Ok(aside.operator),
            Some(_) => Err(Refusal::state("colleague-rings", "the colleague has not answered yet")),
            None => Err(Refusal::state("nobody-asked", "no colleague is asked: expected a question first")),
        }
    }
    /// The colleague has the call; who had it is free.
    fn handed_over(&mut self, ctx: &mut Context<Self>) {
        if let Some(far) = self.drop_far(ctx) {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        self.far = self.aside.take();
        self.order(LineOrder::Resume(self.caller));
        if let Some(leg) = self.far.as_ref().and_then(|far| far.leg) {
            self.order(LineOrder::Bridge(self.caller, leg));
        }
        self.rejoin_watchers();
        self.show_talk();
    }
    pub(super) fn transfer(&mut self, command: String) -> Result<Kept, Refusal> {
        self.call.decide(CallEvent::ConsultEnded)?;
        if let Some(outside) = &self.call.outside {
            let number = outside.number.clone();
            self.is_there()?;
            return self.give_outside(number, command);
        }
        let operator = self.asked_and_answered()?;
        let over: Then = Box::new(|act, ctx| act.handed_over(ctx));
        self.step(vec![CallEvent::Transferred { operator }], Some(command), over)
    }
    /// Who asked hangs up: the colleague who has answered has the call; otherwise the talk is over.
    pub(super) fn asker_leaves(&mut self, ctx: &mut Context<Self>) {
        if self.is_there().is_ok() {
            return self.asker_gives_outside(ctx);
        }
        match self.asked_and_answered() {
            Ok(operator) => {
                let over: Then = Box::new(|act, ctx| act.handed_over(ctx));
                self.go(vec![CallEvent::Transferred { operator }], ctx, over);
            }
            Err(_) => self.finish(false, ctx),
        }
    }
    pub(super) fn conference(&mut self, command: String) -> Result<Kept, Refusal> {
        self.call.decide(CallEvent::Conferenced)?;
        if self.call.outside.is_some() {
            self.is_there()?;
        } else {
            self.asked_and_answered()?;
        }
        let all: Then = Box::new(|act, _| {
            act.order(LineOrder::Resume(act.caller));
            if let (Some(far), Some(aside)) = (act.far.as_ref().and_then(|f| f.leg), act.third()) {
                act.order(LineOrder::Bridge(act.caller, far));
                act.order(LineOrder::Join { leg: aside, of: far, part: Part::Speaker });
            }
            act.show_talk();
        });
        self.step(vec![CallEvent::Conferenced], Some(command), all)
    }
    /// One operator is out of the conference; the other goes on with the caller.
    fn parted(&mut self, asker: bool, ctx: &mut Context<Self>) {
        let gone = if asker { self.far.take() } else { self.aside.take() };
        if let Some(gone) = gone {
            if let Some(leg) = gone.leg {
                self.order(LineOrder::Leave(leg));
                self.order(LineOrder::Hangup(leg));
            }
            self.tell_operator(&gone, Presence::Ready, None, None);
        }
        self.far = self.far.take().or_else(|| self.aside.take());
        if let Some(timer) = self.far.as_mut().and_then(|far| far.ringing.take()) {
            ctx.cancel_future(timer);
        }
        self.show_talk();
    }
    pub(super) fn party_leaves(&mut self, asker: bool, ctx: &mut Context<Self>) {
        if self.is_there().is_ok() {
            return self.asker_gives_outside(ctx);
        }
        let who = if asker { self.call.operator } else { self.call.aside };
        if let Some(operator) = who {
            let parted: Then = Box::new(move |act, ctx| act.parted(asker, ctx));
            self.go(vec![CallEvent::PartyLeft { operator }], ctx, parted);
        }
    }
    pub(super) fn leave_conference(
        &mut self,
        operator: OperatorId,
        command: String,
    ) -> Result<Kept, Refusal> {
        if let Some(outside) = &self.call.outside {
            let number = outside.number.clone();
            return self.give_outside(number, command);
        }
        let asker = self.call.operator == Some(operator);
        let parted: Then = Box::new(move |act, ctx| act.parted(asker, ctx));
        self.step(vec![CallEvent::PartyLeft { operator }], Some(command), parted)
    }
    /// The colleague declines the question, ends it, or leaves the conference.
    pub(super) fn aside_hangs_up(&mut self, operator: OperatorId, command: String) -> Result<Kept, Refusal> {
        if self.call.state == CallState::Conference {
            return self.leave_conference(operator, command);
        }
        self.unconsult(command)
    }
    pub(super) fn send_into(&mut self, queue: String, command: String) -> Result<Kept, Refusal> {
        let lines = self.house.lines();
        if lines.rules.plan.queue_named(&queue).is_none() {
            let known: Vec<&str> = lines.rules.plan.queues.iter().map(|q| q.name.as_str()).collect();
            let detail = format!("`{queue}` is not a queue: expected one of `{}`", known.join("`, `"));
            return Err(Refusal::invalid("queue", detail));
        }
        self.redirect(None, queue, command)
    }
    /// The caller hears music and waits again, at the old place.
    fn redirect(
        &mut self,
        operator: Option<OperatorId>,
        queue: String,
        command: String,
    ) -> Result<Kept, Refusal> {
        let away: Then = Box::new(move |act, ctx| act.sent_away(operator, ctx));
        self.step(vec![CallEvent::Redirected { operator, queue }], Some(command), away)
    }
    /// Who had the call is free, the caller hears music and waits, first for `operator` if one is meant.
    pub(super) fn sent_away(&mut self, operator: Option<OperatorId>, ctx: &mut Context<Self>) {
        if let Some(far) = self.drop_far(ctx) {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        (self.bridged, self.meant_for) = (false, operator);
        self.order(LineOrder::Hold(self.caller));
        self.dismiss_watchers();
        self.enqueue(ctx);
        if operator.is_some() {
            // A colleague who is not free in the time of two rings is not waited for.
            ctx.run_later(self.house.tuning.ring * 2, |act, ctx| {
                if act.call.state == CallState::Queued && act.meant_for.take().is_some() {
                    act.enqueue(ctx);
                }
            });
        }
    }
}
