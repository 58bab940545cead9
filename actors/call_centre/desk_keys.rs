//! What an operator does at the keys of a desk phone instead of the screen.

use crate::call_centre::{
    call_queue::FindByPhone,
    call_session::{CallSession, Then},
};
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use domain::{
    calls::{
        call::{CallEvent, CallState},
        line::{Leg, LineOrder},
    },
    values::{id::OperatorId, phone::PhoneNumber},
};
use std::time::Duration;

/// Real time in which a phone hangs up by itself after a transfer; then its line is ended.
const FAREWELL: Duration = Duration::from_secs(2);
/// The extension is nobody's.
const NOT_FOUND: u16 = 404;
/// It may not, or not now.
pub(super) const DECLINED: u16 = 603;

impl CallSession {
    /// "Hold" at the phone: the caller hears music already.
    pub(super) fn key_held(&mut self, on: bool, ctx: &mut Context<Self>) {
        let event = match (on, self.call.state) {
            (true, CallState::Talking) => CallEvent::Held,
            (false, CallState::Held) => CallEvent::Resumed,
            _ => return,
        };
        self.go(vec![event], ctx, Box::new(|act, _| act.show_talk()));
    }
    /// "Transfer" at the phone: to a colleague by the account of their phone, into a queue by its name, or to a number
    /// outside.
    pub(super) fn key_transferred(&mut self, leg: Leg, to: String, may: bool, ctx: &mut Context<Self>) {
        let talks = matches!(self.call.state, CallState::Talking | CallState::Held);
        let queue = self.house.desk().ok().filter(|_| may && talks).map(|desk| desk.queue.clone());
        let Some(queue) = queue else {
            return self.order(LineOrder::Transferred(leg, DECLINED));
        };
        if self.house.lines().rules.plan.queue_named(&to).is_some() {
            return self.give_away(leg, None, to, ctx);
        }
        let outside = to.parse::<PhoneNumber>().ok();
        let found = queue.send(FindByPhone(to)).into_actor(self);
        ctx.wait(found.map(move |found, act, ctx| match found.ok().flatten() {
            Some(colleague) => act.give_away(leg, Some(colleague), act.call.queue.clone(), ctx),
            None => match outside {
                Some(number) => act.give_outside_at_key(leg, number, ctx),
                None => act.order(LineOrder::Transferred(leg, NOT_FOUND)),
            },
        }));
    }
    fn give_away(&mut self, leg: Leg, to: Option<OperatorId>, queue: String, ctx: &mut Context<Self>) {
        let away = self.call.decide(CallEvent::Redirected { operator: to, queue: queue.clone() });
        let Ok(event) = away else { return self.order(LineOrder::Transferred(leg, DECLINED)) };
        let sent: Then = Box::new(move |act, ctx| {
            act.part_from_phone(leg, ctx);
            act.sent_away(to, ctx);
        });
        self.go(vec![event], ctx, sent);
    }
    /// The phone says good-bye by itself when it hears that it is done.
    pub(super) fn part_from_phone(&mut self, leg: Leg, ctx: &mut Context<Self>) {
        self.order(LineOrder::Transferred(leg, 200));
        if let Some(far) = &mut self.far {
            far.leg = None;
        }
        ctx.run_later(FAREWELL, move |act, _| act.order(LineOrder::Hangup(leg)));
    }
}
