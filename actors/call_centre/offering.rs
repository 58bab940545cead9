//! A call that waits: the ring at an operator, the answer, the way back into the line, the giving up.

use crate::{
    call_centre::{
        call_queue::Taken,
        call_session::{CallSession, Far, Kept, Then},
        operator::OperatorActor,
    },
    supervision::surely::surely,
};
use actix::{Addr, AsyncContext, Context, Handler, Message};
use domain::{
    calls::{
        call::{CallEvent, CallState},
        line::{Leg, LegOwner, LegSide, LineOrder},
        operator::{Device, Presence},
    },
    refusal::Refusal,
    values::id::OperatorId,
};

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
        let far = Far::new(operator, address, device);
        let offered = self.call.decide(CallEvent::Offered { operator });
        if offered.is_err() {
            self.tell_operator(&far, Presence::Ready, None, None);
            return;
        }
        self.far = Some(far);
        self.go(vec![CallEvent::Offered { operator }], ctx, Box::new(|act, ctx| act.ring_operator(ctx)));
    }
}

/// A promise to the caller has run out: whoever still waits takes the old place again.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StillWaits;
impl Handler<StillWaits> for CallSession {
    type Result = ();
    fn handle(&mut self, StillWaits: StillWaits, ctx: &mut Context<Self>) {
        if self.call.state == CallState::Queued && self.far.is_none() {
            self.enqueue(ctx);
        }
    }
}

impl CallSession {
    /// The operator's screen and telephone ring, for as long as is the custom.
    pub(super) fn ring_operator(&mut self, ctx: &mut Context<Self>) {
        let timer = ctx.run_later(self.house.tuning.ring, |act, ctx| act.requeue("no answer", ctx));
        let pop = self.pop();
        let Some(far) = &mut self.far else { return };
        far.ringing = Some(timer);
        let (operator, device) = (far.operator, far.device.clone());
        self.house.tell(&format!("agent:{operator}"), "pop", Some(pop));
        if let Device::Phone(account) = device {
            let leg = self.dial_phone(operator, account, ctx);
            if let Some(far) = &mut self.far {
                far.leg = Some(leg);
            }
        }
    }
    /// Rings a desk phone on a fresh leg.
    pub(super) fn dial_phone(&self, operator: OperatorId, account: String, ctx: &Context<Self>) -> Leg {
        let leg = self.house.line.fresh_leg();
        let from = if self.is_ours() { self.call.did.clone() } else { self.call.from.clone() };
        let owner = LegOwner { call: self.call.id, side: LegSide::Operator(operator) };
        // a phone that answers at once must find its owner
        self.own(leg, ctx);
        let (display, beside) = (String::new(), self.caller);
        self.order(LineOrder::DialPhone { leg, account, from, display, owner, beside });
        leg
    }
    /// Attaches a browser on a fresh leg.
    pub(super) fn dial_browser(&self, session: String, side: LegSide, ctx: &Context<Self>) -> Leg {
        let leg = self.house.line.fresh_leg();
        self.own(leg, ctx);
        let owner = LegOwner { call: self.call.id, side };
        self.order(LineOrder::DialBrowser { leg, session, owner });
        leg
    }
    /// The operator did not take the call: when that is kept, it goes back to its place in the line.
    pub(super) fn back_in_line(reason: &'static str) -> Then {
        Box::new(move |act, ctx| {
            if let Some(far) = act.drop_far(ctx) {
                act.tell_operator(&far, Presence::NotReady, Some(reason), None);
            }
            act.enqueue(ctx);
        })
    }
    pub(super) fn requeue(&mut self, reason: &'static str, ctx: &mut Context<Self>) {
        let event = CallEvent::Requeued { reason: reason.into() };
        self.go(vec![event], ctx, Self::back_in_line(reason));
    }
    /// The caller gave up, or waited too long and is refused with a status: a task to call back.
    pub(super) fn abandon(&mut self, status: Option<u16>, ctx: &mut Context<Self>) {
        let gone: Then = Box::new(move |act, ctx| {
            match status {
                Some(_) if act.taken => act.order(LineOrder::Hangup(act.caller)),
                Some(status) => act.order(LineOrder::Reject(act.caller, status)),
                None => {}
            }
            act.abandoned(ctx);
        });
        self.go(vec![CallEvent::Abandoned], ctx, gone);
    }
    pub(super) fn abandoned(&mut self, ctx: &mut Context<Self>) {
        if let Some(far) = self.drop_far(ctx) {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        self.miss();
        self.end(ctx);
    }
    pub(super) fn bridge(&mut self) {
        let Some(leg) = self.far.as_ref().and_then(|far| far.leg) else { return };
        if !std::mem::replace(&mut self.taken, true) {
            self.order(LineOrder::Answer(self.caller));
        }
        self.order(LineOrder::Bridge(self.caller, leg));
        self.bridged = true;
        if let Some(far) = &mut self.far {
            far.answered = true;
        }
        if let Some(far) = &self.far {
            self.tell_operator(far, Presence::Busy, None, Some(self.pop()));
        }
        let phone = (!self.is_ours()).then(|| self.call.from.clone());
        if let Ok(desk) = self.house.desk() {
            let taken = Taken { call: self.call.id, phone };
            surely(&desk.queue, taken, self.call.id, "the queue was not told of an answer");
        }
    }
    pub(super) fn connected(&mut self, ctx: &mut Context<Self>) {
        let answered: Then = Box::new(|act, ctx| {
            if let Some(timer) = act.far.as_mut().and_then(|far| far.ringing.take()) {
                ctx.cancel_future(timer);
            }
            act.meant_for = None;
            act.bridge();
            act.record(ctx);
        });
        self.go(vec![CallEvent::Answered], ctx, answered);
    }
    /// An operator takes what rings on their screen: the call itself, or a colleague's question.
    pub(super) fn answer_in_browser(
        &mut self,
        operator: OperatorId,
        command: String,
    ) -> Result<Kept, Refusal> {
        let asked = self.aside.as_ref().is_some_and(|far| far.operator == operator);
        if !asked {
            self.call.decide(CallEvent::Answered)?;
        }
        let far = if asked { self.aside.as_ref() } else { self.far.as_ref() };
        let far = far.ok_or_else(|| Refusal::state("call-state", "the call is not ringing"))?;
        if far.device != Device::Browser {
            return Err(Refusal::state("desk-phone", "this operator answers on the desk phone"));
        }
        let attach: Then = Box::new(move |act, ctx| {
            let known = act.far.iter().chain(&act.aside).find(|far| far.operator == operator);
            if known.is_some_and(|far| far.leg.is_none()) {
                let leg = act.dial_browser(operator.to_string(), LegSide::Operator(operator), ctx);
                let sides = act.far.iter_mut().chain(act.aside.iter_mut());
                sides.filter(|far| far.operator == operator).for_each(|far| far.leg = Some(leg));
            }
        });
        self.step(vec![], Some(command), attach)
    }
}
