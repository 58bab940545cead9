//! The talk: what the line tells of it, what the operator does with it, its end and the writing down.

use crate::call_centre::{
    act::Act,
    call_queue::Handled,
    call_session::{CallSession, Kept, Then},
};
use actix::{AtomicResponse, Context, Handler, Message};
use domain::{
    calls::{
        call::{CallEvent, CallState},
        line::{Leg, LineOrder},
        operator::Presence,
    },
    refusal::Refusal,
    values::id::OperatorId,
};

/// Something happened on one of the lines of the call.
#[derive(Message)]
#[rtype(result = "()")]
pub enum OnLine {
    /// The party answered.
    Answered(Leg),
    /// The party could not be reached, or its leg is over.
    Over(Leg),
    /// The party pressed a key.
    Digit(Leg, char),
    /// What was played to the party has ended.
    PromptEnded(Leg),
    /// The party can be heard before it answers.
    Heard(Leg),
    /// "Hold" was pressed at the party's telephone, or taken back.
    Holds(Leg, bool),
    /// "Transfer" was pressed at the party's telephone.
    TransferAsked {
        /// Whose.
        leg: Leg,
        /// To whom, as dialled.
        to: String,
        /// They spoke with them first.
        spoken: bool,
    },
    /// The recording of the party could not be made or finished.
    RecordingLost(Leg, String),
}

/// Whose leg it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Far,
    Aside,
    Outside,
    Watcher,
}

impl Handler<OnLine> for CallSession {
    type Result = ();
    fn handle(&mut self, event: OnLine, ctx: &mut Context<Self>) {
        match event {
            OnLine::Answered(leg) => self.answered(leg, ctx),
            OnLine::Over(leg) => self.is_over(leg, ctx),
            OnLine::Digit(leg, digit) if leg == self.caller => self.key(digit, ctx),
            OnLine::PromptEnded(leg) if leg == self.caller => self.prompt_ended(ctx),
            OnLine::Heard(leg) if leg == self.caller => self.listen_in(),
            OnLine::Heard(leg) if self.side(leg) == Some(Side::Outside) => self.listen_outside(),
            OnLine::Holds(leg, on) if self.side(leg) == Some(Side::Far) => self.key_held(on, ctx),
            OnLine::TransferAsked { leg, to, spoken } => {
                let may = self.side(leg) == Some(Side::Far) && !spoken;
                self.key_transferred(leg, to, may, ctx);
            }
            OnLine::RecordingLost(leg, reason) if leg == self.caller => self.recording_lost(reason, ctx),
            OnLine::Digit(..)
            | OnLine::PromptEnded(_)
            | OnLine::Heard(_)
            | OnLine::Holds(..)
            | OnLine::RecordingLost(..) => {}
        }
    }
}

impl CallSession {
    fn side(&self, leg: Leg) -> Option<Side> {
        let of = |far: &Option<super::call_session::Far>| far.as_ref().and_then(|far| far.leg) == Some(leg);
        if leg == self.caller {
            Some(Side::Caller)
        } else if of(&self.far) {
            Some(Side::Far)
        } else if of(&self.aside) {
            Some(Side::Aside)
        } else if self.outside.as_ref().is_some_and(|outside| outside.leg == leg) {
            Some(Side::Outside)
        } else {
            self.watchers.values().any(|watcher| watcher.leg == leg).then_some(Side::Watcher)
        }
    }
    fn answered(&mut self, leg: Leg, ctx: &mut Context<Self>) {
        let Some(side) = self.side(leg) else { return };
        match (side, self.call.state) {
            (Side::Far, CallState::Offered) => self.connected(ctx),
            (Side::Far, CallState::Dialing) => self.dial_out(ctx),
            (Side::Caller, CallState::Dialing) => self.reached(ctx),
            (Side::Aside, CallState::Consulting) => self.colleague_answers(ctx),
            (Side::Outside, _) => self.outside_answers(ctx),
            (Side::Watcher, _) => self.watcher_answers(leg),
            _ => {}
        }
    }
    fn is_over(&mut self, leg: Leg, ctx: &mut Context<Self>) {
        let Some(side) = self.side(leg) else { return };
        use CallState::{
            Away, Conference, Consulting, Dialing, Greeting, Held, Offered, Queued, Ringing, Talking,
        };
        match (side, self.call.state) {
            (Side::Caller, Talking | Held | Consulting | Conference | Away) => self.finish(true, ctx),
            (Side::Outside, _) => self.outside_is_over(ctx),
            (Side::Caller | Side::Far, Dialing) => self.not_reached("no answer", ctx),
            (Side::Caller, Greeting | CallState::Promised) => self.caller_left(ctx),
            (Side::Caller, Ringing | Queued | Offered) => self.abandon(None, ctx),
            (Side::Far, Offered) => self.requeue("phone unreachable", ctx),
            (Side::Far, Talking | Held) => self.finish(false, ctx),
            (Side::Far, Consulting) => self.asker_leaves(ctx),
            (Side::Far | Side::Aside, Conference) => self.party_leaves(side == Side::Far, ctx),
            (Side::Aside, Consulting) => self.colleague_leaves(ctx),
            (Side::Watcher, _) => self.watcher_leaves(leg, ctx),
            _ => {}
        }
    }
    /// The talk is over and is kept so: all sides are let go, the operator writes it down.
    pub(super) fn over(&mut self, ctx: &mut Context<Self>) {
        self.order(LineOrder::Hangup(self.caller));
        self.drop_outside(ctx);
        self.dismiss_watchers();
        if let Some(aside) = self.drop_aside(ctx) {
            self.tell_operator(&aside, Presence::Ready, None, None);
        }
        if let Some(leg) = self.far.as_mut().and_then(|far| far.leg.take()) {
            self.order(LineOrder::Hangup(leg));
        }
        if let Some(far) = &self.far {
            self.tell_operator(far, Presence::WrapUp, None, Some(self.pop()));
        }
    }
    pub(super) fn finish(&mut self, by_caller: bool, ctx: &mut Context<Self>) {
        let over: Then = if self.call.state == CallState::Away {
            Box::new(|act, ctx| act.over_without_us(ctx))
        } else {
            Box::new(|act, ctx| act.over(ctx))
        };
        self.go(self.ending(by_caller), ctx, over);
    }
    pub(super) fn written_down(&mut self, ctx: &mut Context<Self>) {
        if let Some(far) = self.far.take() {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        self.took();
        self.end(ctx);
    }
    /// The queue learns how long an operator had the call.
    pub(super) fn took(&self) {
        if let (Some(answered), Ok(desk)) = (self.call.answered, self.house.desk()) {
            let took = self.house.now().duration_since(answered);
            if desk.queue.try_send(Handled { queue: self.queue(), took }).is_err() {
                tracing::warn!(call.id = %self.call.id, "the queue was not told how long a call took");
            }
        }
    }
    /// A number that we ring plays an announcement: the operator hears it.
    fn listen_in(&self) {
        let far = self.far.as_ref().filter(|far| far.answered).and_then(|far| far.leg);
        if let Some(far) = far.filter(|_| self.call.state == CallState::Dialing) {
            self.order(LineOrder::Bridge(self.caller, far));
        }
    }
    fn recording_lost(&mut self, reason: String, ctx: &mut Context<Self>) {
        if self.call.recording.is_some() {
            let shown: Then = Box::new(|act, _| act.show_talk());
            self.go(vec![CallEvent::RecordingLost { reason }], ctx, shown);
        }
    }
    fn held(&self) {
        self.order(LineOrder::Hold(self.caller));
        self.show_talk();
    }
    fn resumed(&self) {
        self.order(LineOrder::Resume(self.caller));
        self.show_talk();
    }
    fn muted(&self, on: bool) {
        if let Some(leg) = self.far.as_ref().and_then(|far| far.leg) {
            self.order(LineOrder::Mute(leg, on));
        }
        self.show_talk();
    }
}

/// The operator does something with the call.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct OperatorDoes {
    /// Who.
    pub operator: OperatorId,
    /// Idempotency key.
    pub command: String,
    /// What.
    pub act: Act,
}
impl Handler<OperatorDoes> for CallSession {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    /// Answered when it is kept.
    fn handle(&mut self, does: OperatorDoes, _: &mut Context<Self>) -> Self::Result {
        let kept = self.decided(does);
        AtomicResponse::new(kept.unwrap_or_else(|refusal| Box::pin(actix::fut::ready(Err(refusal)))))
    }
}
impl CallSession {
    fn decided(&mut self, does: OperatorDoes) -> Result<Kept, Refusal> {
        let OperatorDoes { operator, command, act } = does;
        let (has, asked) = (self.call.operator == Some(operator), self.call.aside == Some(operator));
        // Who is asked may answer, decline and leave; the call is still the other's.
        let theirs = has || (asked && matches!(act, Act::Answer | Act::Reject | Act::Hangup));
        if !theirs {
            return Err(Refusal::forbidden(format!("call `{}` is not this operator's", self.call.id)));
        }
        if asked {
            return match act {
                Act::Answer => self.answer_in_browser(operator, command),
                _ => self.aside_hangs_up(operator, command),
            };
        }
        let (event, then): (CallEvent, Then) = match act {
            Act::Answer => return self.answer_in_browser(operator, command),
            Act::Hangup if self.call.state == CallState::Conference => {
                return self.leave_conference(operator, command);
            }
            Act::Hangup if self.call.state == CallState::Dialing => return self.withdraw(command),
            Act::Unconsult => return self.unconsult(command),
            Act::Transfer => return self.transfer(command),
            Act::Conference => return self.conference(command),
            Act::SendInto(queue) => return self.send_into(queue, command),
            Act::AskOutside(number) => return self.ask_outside(number, command),
            Act::SendOutside(number) => return self.give_outside(number, command),
            Act::Press(keys) => return self.press(keys, command),
            Act::Dispose { disposition, note, about } if self.call.state == CallState::Away => {
                return self.write_down_away(disposition, note, about, command);
            }
            _ if self.call.state == CallState::Away => {
                let detail =
                    format!("call `{}` goes on without us: it can only be written down", self.call.id);
                return Err(Refusal::state("call-state", detail));
            }
            Act::Reject => {
                (CallEvent::Requeued { reason: "rejected".into() }, Self::back_in_line("rejected"))
            }
            Act::Hangup => {
                let over: Then = Box::new(|act, ctx| act.over(ctx));
                return self.step(self.ending(false), Some(command), over);
            }
            Act::Hold => (CallEvent::Held, Box::new(|act, _| act.held())),
            Act::Resume => (CallEvent::Resumed, Box::new(|act, _| act.resumed())),
            Act::Mute(true) => (CallEvent::Muted, Box::new(|act, _| act.muted(true))),
            Act::Mute(false) => (CallEvent::Unmuted, Box::new(|act, _| act.muted(false))),
            Act::PauseRecording(on) => Self::record_paused(on),
            Act::Dispose { disposition, note, about } => {
                let event = CallEvent::Closed { disposition, note, about };
                (event, Box::new(|act, ctx| act.written_down(ctx)))
            }
        };
        self.step(vec![event], Some(command), then)
    }
}
