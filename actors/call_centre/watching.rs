//! Supervisors: they listen, whisper to the operator, talk with all, and take the call over. Each is written down.

use crate::call_centre::{
    call_session::{CallSession, Far, Kept, Then},
    operator::OperatorActor,
};
use actix::{Addr, AtomicResponse, Context, Handler, Message};
use domain::{
    calls::{
        call::{CallEvent, Watch},
        line::{Leg, LegSide, LineOrder, Part},
        operator::{Device, Presence},
    },
    refusal::Refusal,
    values::id::OperatorId,
};
use serde_json::json;

/// A supervisor who takes part.
pub(super) struct Watcher {
    pub(super) leg: Leg,
    /// Whose screen shows it, when the supervisor has a seat.
    seat: Option<OperatorId>,
    how: Watch,
    /// Can they be heard and hear already?
    there: bool,
}

/// A supervisor takes part in a talk, in another way, or no more.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct WatchCall {
    /// Who, by login.
    pub by: String,
    /// Their seat, when they have one.
    pub operator: Option<OperatorId>,
    /// Their browser's session.
    pub session: String,
    /// Idempotency key.
    pub command: String,
    /// How; `None`: no more.
    pub how: Option<Watch>,
}
impl Handler<WatchCall> for CallSession {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, watch: WatchCall, _: &mut Context<Self>) -> Self::Result {
        let kept = self.watched(watch);
        AtomicResponse::new(kept.unwrap_or_else(|refusal| Box::pin(actix::fut::ready(Err(refusal)))))
    }
}

/// A supervisor with a seat of an operator, who is engaged for this call already, takes it over.
#[derive(Message)]
#[rtype(result = "Result<(), Refusal>")]
pub struct TakeOver {
    /// Who, by login.
    pub by: String,
    /// Which operator they are.
    pub operator: OperatorId,
    /// Their actor.
    pub address: Addr<OperatorActor>,
    /// What they talk on.
    pub device: Device,
    /// Idempotency key.
    pub command: String,
}
impl Handler<TakeOver> for CallSession {
    type Result = AtomicResponse<Self, Result<(), Refusal>>;
    fn handle(&mut self, takes: TakeOver, _: &mut Context<Self>) -> Self::Result {
        let TakeOver { by, operator, address, device, command } = takes;
        let (mine, theirs) =
            (Far::new(operator, address.clone(), device.clone()), Far::new(operator, address, device));
        let not_there = || Refusal::state("not-listening", "the supervisor is not in the call: listen first");
        let there = self.watchers.get(&by).is_some_and(|watcher| watcher.there);
        let taken: Then = Box::new(move |act, ctx| act.taken_over(&by, mine, ctx));
        let kept = if there {
            self.step(vec![CallEvent::TakenOver { operator }], Some(command), taken)
        } else {
            Err(not_there())
        };
        AtomicResponse::new(kept.unwrap_or_else(|refusal| {
            self.tell_operator(&theirs, Presence::Ready, None, None);
            Box::pin(actix::fut::ready(Err(refusal)))
        }))
    }
}

impl CallSession {
    fn watched(&mut self, watch: WatchCall) -> Result<Kept, Refusal> {
        let WatchCall { by, operator, session, command, how } = watch;
        let known = self.watchers.contains_key(&by);
        let Some(how) = how else {
            if !known {
                return Err(Refusal::state("not-listening", format!("`{by}` is not in the call")));
            }
            let leaves: Then = Box::new({
                let by = by.clone();
                move |act, _| act.dismiss(&by)
            });
            return self.step(vec![CallEvent::Unwatched { by }], Some(command), leaves);
        };
        let joins: Then = Box::new({
            let by = by.clone();
            move |act, ctx| {
                if let Some(watcher) = act.watchers.get_mut(&by) {
                    watcher.how = how;
                    act.join(&by);
                } else {
                    let leg = act.dial_browser(session, LegSide::Watcher, ctx);
                    act.watchers.insert(by.clone(), Watcher { leg, seat: operator, how, there: false });
                }
                act.show_watch(&by);
            }
        });
        self.step(vec![CallEvent::Watched { by, how }], Some(command), joins)
    }
    fn join(&self, by: &str) {
        let Some(watcher) = self.watchers.get(by).filter(|watcher| watcher.there) else { return };
        let operator = self.far.as_ref().and_then(|far| far.leg);
        let part = match (watcher.how, operator) {
            (Watch::Barge, _) => Part::Speaker,
            (Watch::Whisper, Some(leg)) => Part::Whisperer(leg),
            (Watch::Whisper | Watch::Listen, _) => Part::Listener,
        };
        self.order(LineOrder::Join { leg: watcher.leg, of: operator.unwrap_or(self.caller), part });
    }
    pub(super) fn watcher_answers(&mut self, leg: Leg) {
        let found = self.watchers.iter_mut().find(|(_, watcher)| watcher.leg == leg);
        let by = found.map(|(by, watcher)| {
            watcher.there = true;
            by.clone()
        });
        if let Some(by) = by {
            self.join(&by);
            self.show_watch(&by);
        }
    }
    /// The supervisor's own screen shows what they take part in.
    fn show_watch(&self, by: &str) {
        let Some(watcher) = self.watchers.get(by) else { return };
        let Some(seat) = watcher.seat else { return };
        let row = json!({ "call": self.call.id, "how": watcher.how, "there": watcher.there });
        self.house.tell(&format!("agent:{seat}"), "watch", Some(row));
    }
    fn forget_watcher(&mut self, by: &str) -> Option<Watcher> {
        let watcher = self.watchers.remove(by)?;
        if let Some(seat) = watcher.seat {
            self.house.tell(&format!("agent:{seat}"), "watch", None);
        }
        Some(watcher)
    }
    /// The supervisor's line ended by itself.
    pub(super) fn watcher_leaves(&mut self, leg: Leg, ctx: &mut Context<Self>) {
        let found = self.watchers.iter().find(|(_, watcher)| watcher.leg == leg).map(|(by, _)| by.clone());
        if let Some(by) = found {
            self.forget_watcher(&by);
            self.go(vec![CallEvent::Unwatched { by }], ctx, Box::new(|_, _| ()));
        }
    }
    fn dismiss(&mut self, by: &str) {
        if let Some(watcher) = self.forget_watcher(by) {
            self.order(LineOrder::Leave(watcher.leg));
            self.order(LineOrder::Hangup(watcher.leg));
        }
    }
    /// The talk is over: nobody is left to listen to.
    pub(super) fn dismiss_watchers(&mut self) {
        let all: Vec<String> = self.watchers.keys().cloned().collect();
        all.iter().for_each(|by| self.dismiss(by));
    }
    fn taken_over(&mut self, by: &str, mut mine: Far, ctx: &mut Context<Self>) {
        if let Some(far) = self.drop_far(ctx) {
            self.tell_operator(&far, Presence::Ready, None, None);
        }
        let Some(watcher) = self.forget_watcher(by) else { return };
        self.order(LineOrder::Resume(self.caller));
        self.order(LineOrder::Bridge(self.caller, watcher.leg));
        (mine.leg, mine.answered) = (Some(watcher.leg), true);
        self.tell_operator(&mine, Presence::Busy, None, Some(self.pop()));
        self.far = Some(mine);
        self.rejoin_watchers();
    }
    /// The talk goes on between others: who takes part in it comes along.
    pub(super) fn rejoin_watchers(&self) {
        self.watchers.keys().for_each(|by| self.join(by));
    }
}
