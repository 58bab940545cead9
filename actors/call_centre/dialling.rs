//! A call that we make: the operator's line first, then the number; reached, or not.

use crate::{
    call_centre::{
        call_session::{CallSession, Far, Kept, Then},
        callbacks::{CallbackWent, Outcome},
        operator::OperatorActor,
    },
    house::House,
    supervision::surely::surely,
};
use actix::{Addr, AsyncContext, AtomicResponse, Context, Handler, Message};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState, Direction},
        campaign::CampaignCall,
        line::{LegOwner, LegSide, LineOrder},
        operator::{Device, Presence},
        recording::Tape,
    },
    ports::Entity,
    refusal::Refusal,
    values::{
        id::{CallbackId, ClientId, OperatorId},
        phone::PhoneNumber,
    },
};

/// An operator, who was ready and is engaged for this call already, makes it.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct MakeCall {
    /// Who.
    pub operator: OperatorId,
    /// Their actor.
    pub address: Addr<OperatorActor>,
    /// What they talk on.
    pub device: Device,
    /// Idempotency key.
    pub command: Option<String>,
    /// The task that is done by it.
    pub callback: Option<CallbackId>,
    /// What is to be said, when it is a campaign's.
    pub about: Option<CampaignCall>,
}
impl Handler<MakeCall> for CallSession {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    /// Answered when it is kept; an operator whose call is not made is let go.
    fn handle(&mut self, makes: MakeCall, _: &mut Context<Self>) -> Self::Result {
        let MakeCall { operator, address, device, command, callback, about } = makes;
        self.far = Some(Far::new(operator, address, device));
        (self.callback, self.about) = (callback, about);
        let rings: Then = Box::new(|act, ctx| act.dial_operator(ctx));
        match self.step(vec![CallEvent::Dialed { operator }], command, rings) {
            Ok(kept) => AtomicResponse::new(Box::pin(actix::ActorFutureExt::map(kept, |kept, act, ctx| {
                if kept.is_err() {
                    act.let_go(ctx);
                }
                kept
            }))),
            Err(refusal) => AtomicResponse::new(Box::pin(actix::fut::ready(Err(refusal)))),
        }
    }
}

impl CallSession {
    /// Did we make the call?
    pub(super) fn is_ours(&self) -> bool {
        self.call.direction == Direction::Out
    }
    /// What happens first to the call.
    pub(super) fn first_event(&self) -> CallEvent {
        match (self.is_ours(), &self.far) {
            (true, Some(far)) => CallEvent::Dialed { operator: far.operator },
            _ => CallEvent::Incoming,
        }
    }
    fn dial_operator(&mut self, ctx: &mut Context<Self>) {
        let Some((operator, device)) = self.far.as_ref().map(|far| (far.operator, far.device.clone())) else {
            return;
        };
        let leg = match device {
            Device::Phone(account) => self.dial_phone(operator, account, ctx),
            Device::Browser => self.dial_browser(operator.to_string(), LegSide::Operator(operator), ctx),
        };
        let timer = ctx.run_later(self.house.tuning.ring, |act, ctx| act.not_reached("no answer here", ctx));
        if let Some(far) = &mut self.far {
            (far.leg, far.ringing) = (Some(leg), Some(timer));
        }
        self.house.tell(&format!("agent:{operator}"), "pop", Some(self.pop()));
    }
    /// The operator is on the line: now the number is rung.
    pub(super) fn dial_out(&mut self, ctx: &mut Context<Self>) {
        let longest = self.house.tuning.ring * 2;
        let timer = ctx.run_later(longest, |act, ctx| act.not_reached("no answer", ctx));
        let before = self.far.as_mut().and_then(|far| {
            far.answered = true;
            far.ringing.replace(timer)
        });
        if let Some(before) = before {
            ctx.cancel_future(before);
        }
        if let Some(far) = &self.far {
            if let Some(leg) = far.leg {
                self.order(LineOrder::RingBack(leg));
            }
            self.tell_operator(far, Presence::Busy, None, Some(self.pop()));
        }
        let (leg, number, from) = (self.caller, self.call.from.clone(), self.call.did.clone());
        let owner = LegOwner { call: self.call.id, side: LegSide::Party };
        if let Err(refusal) = self.house.line.order(LineOrder::DialNumber { leg, number, from, owner }) {
            tracing::error!(call.id = %self.call.id, %refusal, "a number was not rung");
            self.not_reached("no way out", ctx);
        }
    }
    /// They answered.
    pub(super) fn reached(&mut self, ctx: &mut Context<Self>) {
        let talk: Then = Box::new(|act, ctx| {
            if let Some(timer) = act.far.as_mut().and_then(|far| far.ringing.take()) {
                ctx.cancel_future(timer);
            }
            act.taken = true;
            act.bridge();
            act.callback_went(Outcome::Reached);
        });
        self.go(vec![CallEvent::Answered], ctx, talk);
    }
    /// They did not: the operator is free again.
    pub(super) fn not_reached(&mut self, reason: &'static str, ctx: &mut Context<Self>) {
        if self.call.state == CallState::Dialing {
            self.go(vec![CallEvent::Failed { reason: reason.into() }], ctx, Self::without_talk());
        }
    }
    /// The operator thinks better of it.
    pub(super) fn withdraw(&mut self, command: String) -> Result<Kept, Refusal> {
        let event = CallEvent::Failed { reason: "withdrawn".into() };
        self.step(vec![event], Some(command), Self::without_talk())
    }
    fn without_talk() -> Then {
        Box::new(|act, ctx| {
            let rung = act.far.as_ref().is_some_and(|far| far.answered);
            // Who lets the line's own call ring is not rung again before they say that they are ready.
            let let_ring = act.callback.is_some() && !rung;
            act.callback_went(if rung { Outcome::NotReached } else { Outcome::NotTried });
            act.order(LineOrder::Hangup(act.caller));
            if let Some(far) = act.drop_far(ctx) {
                let (to, reason) =
                    if let_ring { (Presence::NotReady, Some("no answer")) } else { (Presence::Ready, None) };
                act.tell_operator(&far, to, reason, None);
            }
            act.end(ctx);
        })
    }
    fn callback_went(&mut self, outcome: Outcome) {
        let operator = self.call.operator;
        if let (Some(callback), Some(operator), Ok(desk)) =
            (self.callback.take(), operator, self.house.desk())
        {
            let went = CallbackWent { callback, operator, outcome };
            surely(&desk.queue, went, callback, "a task to call back was not told how it went");
        }
    }
}

/// A call that we are about to make to a number.
pub(crate) fn call_to(house: &House, phone: &PhoneNumber, client: Option<ClientId>) -> Call {
    let known = || house.directory.read().who_rings(phone).map(Entity::id);
    Call {
        id: house.fresh(),
        ver: 0,
        state: CallState::Ringing,
        from: phone.to_string(),
        did: house.own_number(),
        trunk: String::new(),
        sip_call_id: String::new(),
        client: client.or_else(known),
        operator: None,
        missed_by: vec![],
        started: house.now(),
        answered: None,
        ended: None,
        disposition: None,
        note: String::new(),
        about: None,
        direction: Direction::Out,
        queue: String::new(),
        aside: None,
        outside: None,
        muted: false,
        noticed: false,
        recording: None,
        tape: Tape::default(),
    }
}
