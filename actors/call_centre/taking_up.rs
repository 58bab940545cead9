//! A call goes on: after a stop of the house, and when the operator's browser went without a word.

use crate::call_centre::{
    call_session::{CallSession, Far, Then},
    operator::OperatorActor,
};
use actix::{Addr, AsyncContext, Context, Handler, Message};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState},
        line::{Leg, LineOrder, Part},
        operator::{Device, Presence},
        recording::Tape,
    },
    values::id::OperatorId,
};
use std::time::Duration;

/// Real time in which an operator's browser comes back before the caller is given to somebody else.
const GRACE: Duration = Duration::from_secs(20);

/// An operator's side as it is after a stop of the house.
pub struct Resumed {
    /// Who.
    pub operator: OperatorId,
    /// Their actor.
    pub address: Addr<OperatorActor>,
    /// What they talk on.
    pub device: Device,
    /// Their line, if it still stands.
    pub leg: Option<Leg>,
    /// Were they heard all the while?
    pub unbroken: bool,
}

impl From<Resumed> for Far {
    fn from(side: Resumed) -> Self {
        let Resumed { operator, address, device, leg, unbroken } = side;
        let mut far = Far::new(operator, address, device);
        (far.leg, far.answered, far.unbroken) = (leg, leg.is_some(), unbroken);
        far
    }
}

/// A call that goes on after a stop of the house.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TakeUp {
    /// The call as kept.
    pub call: Box<Call>,
    /// The caller's line, if it still stands.
    pub caller: Option<Leg>,
    /// Was the caller's line answered?
    pub taken: bool,
    /// Was the caller heard all the while?
    pub unbroken: bool,
    /// The operator who has it.
    pub far: Option<Resumed>,
    /// The colleague who is in it.
    pub aside: Option<Resumed>,
    /// The line of who outside is in it, if it still stands.
    pub outside: Option<Leg>,
}

/// The operator's browser went without a word, or is back.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Strays {
    /// Whose.
    pub operator: OperatorId,
    /// Is it there?
    pub online: bool,
}
impl Handler<Strays> for CallSession {
    type Result = ();
    fn handle(&mut self, Strays { operator, online }: Strays, ctx: &mut Context<Self>) {
        let theirs = self.far.as_ref().is_some_and(|far| far.operator == operator && far.leg.is_some());
        if !theirs || !self.call.is_talk() {
            return;
        }
        let talks = self.call.state == CallState::Talking;
        match (online, self.straying.take()) {
            (true, Some(timer)) => {
                ctx.cancel_future(timer);
                if talks {
                    self.order(LineOrder::Resume(self.caller));
                }
            }
            (true, None) => {}
            (false, before) => {
                if let Some(before) = before {
                    ctx.cancel_future(before);
                }
                if talks {
                    self.order(LineOrder::Hold(self.caller));
                }
                self.await_browser(ctx);
            }
        }
    }
}

impl CallSession {
    /// Goes on where the call was when the house stopped.
    pub(super) fn resume(&mut self, ctx: &mut Context<Self>) {
        self.show_again();
        match self.call.state {
            CallState::Greeting => self.receive_again(ctx),
            CallState::Queued => {
                if self.taken {
                    self.order(LineOrder::Hold(self.caller));
                }
                self.enqueue(ctx);
            }
            CallState::Offered if self.far.is_some() => {
                if self.taken {
                    self.order(LineOrder::Hold(self.caller));
                }
                self.ring_operator(ctx);
            }
            CallState::Offered => self.requeue("lost", ctx),
            CallState::Away => self.go_on_without_us(ctx),
            _ if self.call.is_talk() => self.talk_on(ctx),
            _ => {}
        }
    }
    /// What stood on the screens before stands there again.
    fn show_again(&self) {
        self.publish();
        if self.call.is_talk() || self.call.state == CallState::WrapUp {
            for far in self.far.iter().chain(&self.aside) {
                self.house.tell(&format!("agent:{}", far.operator), "pop", Some(self.pop()));
            }
        }
    }
    fn talk_on(&mut self, ctx: &mut Context<Self>) {
        let Some(far) = self.far.as_ref().and_then(|far| far.leg) else {
            return match self.call.state {
                _ if !self.caller_stands => self.finish(true, ctx),
                CallState::Consulting => self.asker_leaves(ctx),
                CallState::Conference => self.party_leaves(true, ctx),
                _ => self.stranded(ctx),
            };
        };
        if !self.caller_stands {
            return self.finish(true, ctx);
        }
        self.bridged = true;
        let aside = self.third();
        if self.call.state != CallState::Consulting {
            self.order(LineOrder::Bridge(self.caller, far));
        }
        match (self.call.state, aside) {
            (CallState::Held, _) => self.order(LineOrder::Hold(self.caller)),
            (CallState::Consulting, Some(aside)) => {
                self.order(LineOrder::Hold(self.caller));
                self.order(LineOrder::Bridge(far, aside));
            }
            (CallState::Consulting, None) => self.colleague_leaves(ctx),
            (CallState::Conference, Some(aside)) => {
                self.order(LineOrder::Join { leg: aside, of: far, part: Part::Speaker });
            }
            (CallState::Conference, None) if self.call.outside.is_some() => self.outside_is_over(ctx),
            (CallState::Conference, None) => self.party_leaves(false, ctx),
            _ => {}
        }
        if self.call.muted {
            self.order(LineOrder::Mute(far, true));
        }
        self.record_on();
        if self.far.as_ref().is_some_and(|far| far.device == Device::Browser && !far.unbroken) {
            if self.call.state == CallState::Talking {
                self.order(LineOrder::Hold(self.caller));
            }
            self.await_browser(ctx);
        }
    }
    /// The recording goes on after a stop of the house.
    pub(super) fn record_on(&self) {
        if let Some(recording) = self.call.recording.as_ref().filter(|_| !self.unbroken) {
            // what was recorded before lies whole under its own name; this is the next part of it
            let name = format!("{recording}-{}", self.house.now().as_second());
            self.order(LineOrder::Record { leg: self.caller, name });
        }
        if self.call.recording.is_some() && self.call.tape == Tape::Paused {
            self.order(LineOrder::PauseRecord(self.caller, true));
        }
    }
    fn await_browser(&mut self, ctx: &mut Context<Self>) {
        self.straying = Some(ctx.run_later(GRACE, |act, ctx| {
            act.straying = None;
            match act.call.state {
                CallState::Consulting => act.asker_leaves(ctx),
                CallState::Conference => act.party_leaves(true, ctx),
                _ => act.stranded(ctx),
            }
        }));
    }
    /// The operator's line is gone, the caller is there: back into the line, at the old place.
    fn stranded(&mut self, ctx: &mut Context<Self>) {
        let waits: Then = Box::new(|act, ctx| {
            if let Some(far) = act.drop_far(ctx) {
                act.tell_operator(&far, Presence::NotReady, Some("line lost"), None);
            }
            (act.bridged, act.meant_for) = (false, None);
            act.order(LineOrder::Hold(act.caller));
            act.dismiss_watchers();
            act.enqueue(ctx);
        });
        let queue = self.call.queue.clone();
        self.go(vec![CallEvent::Redirected { operator: None, queue }], ctx, waits);
    }
}
