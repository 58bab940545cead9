//! Somebody outside the house: asked while the caller hears music, brought in, or given the call, seen or unseen. Who
//! gave it away writes it down while the two go on; nobody of ours is held by it.

use crate::call_centre::{
    call_session::{CallSession, Kept, Then},
    desk_keys::DECLINED,
};
use actix::{AsyncContext, Context, SpawnHandle};
use domain::{
    calls::{
        call::{CallEvent, CallState},
        keys::{Keys, KeysTo},
        line::{Leg, LegOwner, LegSide, LineOrder},
        operator::Presence,
        outside::OutsideEvent,
        recording::{RecordingEvent, Tape},
    },
    refusal::Refusal,
    values::{id::RequestId, phone::PhoneNumber},
};

/// Their line.
pub(super) struct Outsider {
    pub(super) leg: Leg,
    pub(super) ringing: Option<SpawnHandle>,
}

impl Outsider {
    /// One whose line outlived a stop of the house.
    pub(super) fn standing(leg: Leg) -> Self {
        Self { leg, ringing: None }
    }
}

impl CallSession {
    /// The line of the third who is asked or talks along.
    pub(super) fn third(&self) -> Option<Leg> {
        let outside = self.outside.as_ref().map(|outside| outside.leg);
        outside.or_else(|| self.aside.as_ref().and_then(|aside| aside.leg))
    }
    /// Has who is asked outside answered?
    pub(super) fn is_there(&self) -> Result<(), Refusal> {
        match &self.call.outside {
            Some(outside) if outside.there => Ok(()),
            Some(_) => Err(Refusal::state("colleague-rings", "who is asked has not answered yet")),
            None => Err(Refusal::state("nobody-asked", "nobody outside is asked: expected a question first")),
        }
    }
    pub(super) fn ask_outside(&mut self, number: PhoneNumber, command: String) -> Result<Kept, Refusal> {
        let rings: Then = Box::new(|act, ctx| {
            act.order(LineOrder::Hold(act.caller));
            if let Some(leg) = act.far.as_ref().and_then(|far| far.leg) {
                act.order(LineOrder::RingBack(leg));
            }
            act.ring_outside(ctx);
            act.show_talk();
        });
        self.step(vec![CallEvent::Outside(OutsideEvent::Asked { number })], Some(command), rings)
    }
    /// Rings them as any number that we call: by the same way out, with our own number shown.
    fn ring_outside(&mut self, ctx: &mut Context<Self>) {
        let Some(number) = self.call.outside.as_ref().map(|outside| outside.number.to_string()) else {
            return;
        };
        let leg = self.house.line.fresh_leg();
        self.own(leg, ctx);
        let longest = self.house.tuning.ring * 2;
        let ringing = Some(ctx.run_later(longest, |act, ctx| act.outside_is_over(ctx)));
        self.outside = Some(Outsider { leg, ringing });
        let from = self.house.own_number();
        let owner = LegOwner { call: self.call.id, side: LegSide::Outside };
        if let Err(refusal) = self.house.line.order(LineOrder::DialNumber { leg, number, from, owner }) {
            tracing::error!(call.id = %self.call.id, %refusal, "a number was not rung");
            self.outside_is_over(ctx);
        }
    }
    /// Announcements before the answer are heard by whoever waits for it.
    pub(super) fn listen_outside(&self) {
        let listener = match self.call.state {
            CallState::Consulting => self.far.as_ref().and_then(|far| far.leg),
            CallState::Away => Some(self.caller),
            _ => None,
        };
        if let (Some(listener), Some(outside)) = (listener, &self.outside) {
            self.order(LineOrder::Bridge(listener, outside.leg));
        }
    }
    pub(super) fn outside_answers(&mut self, ctx: &mut Context<Self>) {
        let talk: Then = Box::new(|act, ctx| {
            let Some(outside) = &mut act.outside else { return };
            let (leg, timer) = (outside.leg, outside.ringing.take());
            if let Some(timer) = timer {
                ctx.cancel_future(timer);
            }
            if act.call.state == CallState::Away {
                act.go_on_together(leg);
            } else if let Some(far) = act.far.as_ref().and_then(|far| far.leg) {
                act.order(LineOrder::Bridge(far, leg));
            }
            act.show_talk();
        });
        self.go(vec![CallEvent::Outside(OutsideEvent::Answered)], ctx, talk);
    }
    /// Their line is over, or they did not answer in time.
    pub(super) fn outside_is_over(&mut self, ctx: &mut Context<Self>) {
        let there = self.is_there().is_ok();
        match self.call.state {
            CallState::Consulting => self.colleague_leaves(ctx),
            CallState::Conference => {
                let left: Then = Box::new(|act, ctx| {
                    act.drop_outside(ctx);
                    act.show_talk();
                });
                self.go(vec![CallEvent::Outside(OutsideEvent::Left)], ctx, left);
            }
            CallState::Away if there => self.finish(false, ctx),
            CallState::Away => {
                let back: Then = Box::new(|act, ctx| act.back_from_outside(ctx));
                self.go(vec![CallEvent::Outside(OutsideEvent::NotReached)], ctx, back);
            }
            _ => {}
        }
    }
    /// Nobody answered there: the caller hears music and waits at the old place; who gave the call away is free of it.
    fn back_from_outside(&mut self, ctx: &mut Context<Self>) {
        self.drop_outside(ctx);
        if let Some(far) = self.drop_far(ctx) {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        (self.bridged, self.meant_for) = (false, None);
        self.dismiss_watchers();
        self.order(LineOrder::Hold(self.caller));
        self.enqueue(ctx);
    }
    /// Card data are over when who took them is gone.
    fn giving(&self, number: PhoneNumber) -> Vec<CallEvent> {
        let resumed =
            (self.call.tape == Tape::Paused).then_some(CallEvent::Recording(RecordingEvent::Resumed));
        resumed.into_iter().chain([CallEvent::Outside(OutsideEvent::Given { number })]).collect()
    }
    /// Given after asking, out of a conference, or unseen.
    pub(super) fn give_outside(&mut self, number: PhoneNumber, command: String) -> Result<Kept, Refusal> {
        let paused = self.call.tape == Tape::Paused;
        let given: Then = Box::new(move |act, ctx| act.given_outside(paused, ctx));
        self.step(self.giving(number), Some(command), given)
    }
    /// Who asked hangs up: the one who was asked goes on with the caller.
    pub(super) fn asker_gives_outside(&mut self, ctx: &mut Context<Self>) {
        let Some(number) = self.call.outside.as_ref().map(|outside| outside.number.clone()) else { return };
        let paused = self.call.tape == Tape::Paused;
        let given: Then = Box::new(move |act, ctx| act.given_outside(paused, ctx));
        self.go(self.giving(number), ctx, given);
    }
    /// "Transfer" to a number at the operator's telephone: unseen.
    pub(super) fn give_outside_at_key(&mut self, leg: Leg, number: PhoneNumber, ctx: &mut Context<Self>) {
        if self.call.decide(CallEvent::Outside(OutsideEvent::Given { number: number.clone() })).is_err() {
            return self.order(LineOrder::Transferred(leg, DECLINED));
        }
        let paused = self.call.tape == Tape::Paused;
        let given: Then = Box::new(move |act, ctx| {
            act.part_from_phone(leg, ctx);
            act.given_outside(paused, ctx);
        });
        self.go(self.giving(number), ctx, given);
    }
    fn given_outside(&mut self, paused: bool, ctx: &mut Context<Self>) {
        if paused {
            self.order(LineOrder::PauseRecord(self.caller, false));
        }
        if let Some(straying) = self.straying.take() {
            ctx.cancel_future(straying);
        }
        if let Some(leg) = self.far.as_mut().and_then(|far| far.leg.take()) {
            self.order(LineOrder::Leave(leg));
            self.order(LineOrder::Hangup(leg));
        }
        if let Some(far) = &self.far {
            self.tell_operator(far, Presence::WrapUp, None, Some(self.pop()));
        }
        match self.outside.as_ref().map(|outside| outside.leg) {
            Some(leg) => self.go_on_together(leg),
            None => {
                self.order(LineOrder::Resume(self.caller));
                self.order(LineOrder::RingBack(self.caller));
                self.ring_outside(ctx);
            }
        }
    }
    fn go_on_together(&self, leg: Leg) {
        self.order(LineOrder::Resume(self.caller));
        self.order(LineOrder::Bridge(self.caller, leg));
        self.rejoin_watchers();
    }
    /// After a stop of the house: the two go on, or whoever is left is served.
    pub(super) fn go_on_without_us(&mut self, ctx: &mut Context<Self>) {
        if self.call.disposition.is_some() {
            self.far = None;
        }
        if !self.caller_stands {
            return self.finish(true, ctx);
        }
        match self.outside.as_ref().map(|outside| outside.leg) {
            Some(leg) => {
                self.go_on_together(leg);
                self.record_on();
            }
            None => self.outside_is_over(ctx),
        }
    }
    /// The two are done. What was written down already is closed; else the operator still writes.
    pub(super) fn over_without_us(&mut self, ctx: &mut Context<Self>) {
        self.order(LineOrder::Hangup(self.caller));
        self.drop_outside(ctx);
        self.dismiss_watchers();
        if self.call.is_over() {
            return self.end(ctx);
        }
        if let Some(far) = &self.far {
            self.house.tell(&format!("agent:{}", far.operator), "pop", Some(self.pop()));
        }
    }
    pub(super) fn write_down_away(
        &mut self,
        disposition: String,
        note: String,
        about: Option<RequestId>,
        command: String,
    ) -> Result<Kept, Refusal> {
        let written: Then = Box::new(|act, _| {
            if let Some(far) = act.far.take() {
                act.tell_operator(&far, Presence::Ready, None, None);
            }
            act.took();
        });
        let event = OutsideEvent::WrittenDown { disposition, note, about };
        self.step(vec![CallEvent::Outside(event)], Some(command), written)
    }
    pub(super) fn drop_outside(&mut self, ctx: &mut Context<Self>) {
        if let Some(Outsider { leg, ringing }) = self.outside.take() {
            if let Some(timer) = ringing {
                ctx.cancel_future(timer);
            }
            self.order(LineOrder::Hangup(leg));
        }
    }
    /// Keys towards whoever the operator talks to. That they were pressed is nobody's business: they may be of a card.
    pub(super) fn press(&mut self, keys: Keys, command: String) -> Result<Kept, Refusal> {
        let to = self.call.keys_go_to()?;
        let pressed: Then = Box::new(move |act, _| {
            let leg = match to {
                KeysTo::Caller => Some(act.caller),
                KeysTo::Outside => act.outside.as_ref().map(|outside| outside.leg),
            };
            if let Some(leg) = leg {
                act.order(LineOrder::Press(leg, keys));
            }
        });
        self.step(vec![], Some(command), pressed)
    }
}
