//! The courier: owns the links to other programmes and how far each has come. Each link goes its rounds beside the
//! others and beside all work: a slow one waits for itself alone.

use crate::{
    hooks::round::{End, Round, made},
    house::House,
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, SpawnHandle, Supervised, WrapFuture,
};
use domain::{
    hooks::{
        hook::{Hook, HookEvent},
        parcel::Heard,
    },
    ports::{Batch, Entity, Table},
    refusal::Refusal,
    values::id::HookId,
};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Real time between two looks at the journal that nobody has asked for.
const LOOK: Duration = Duration::from_secs(5);
/// Real time until a journal that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);
/// So many events may pass unwanted before how far it has come is kept.
const UNKEPT: u64 = 1000;

/// A link and what it is doing.
pub(super) struct Way {
    pub(super) hook: Hook,
    /// How far it has come, when nothing of it had to be kept.
    ahead: u64,
    /// A round is under way; set to end it.
    out: Option<Arc<AtomicBool>>,
    /// Something has happened while the round was under way.
    stirred: bool,
    /// Waits for its next try.
    pause: Option<SpawnHandle>,
}

impl Way {
    pub(super) fn of(hook: Hook) -> Self {
        Self { ahead: hook.cursor, hook, out: None, stirred: false, pause: None }
    }
}

/// The actor.
pub struct Courier {
    pub(super) house: House,
    pub(super) ways: BTreeMap<HookId, Way>,
}

impl Courier {
    /// One who takes the links up where they stood.
    pub fn new(house: House, hooks: Vec<Hook>) -> Self {
        let ways = hooks.into_iter().map(|hook| (hook.id, Way::of(hook))).collect();
        Self { house, ways }
    }
    /// Every link that is on and does nothing makes a round.
    fn go_all(&mut self, ctx: &mut Context<Self>) {
        let all: Vec<HookId> = self.ways.keys().copied().collect();
        all.into_iter().for_each(|id| self.go(id, ctx));
    }
    pub(super) fn go(&mut self, id: HookId, ctx: &mut Context<Self>) {
        let Some(way) = self.ways.get_mut(&id) else { return };
        if way.hook.off.is_some() || way.pause.is_some() {
            return;
        }
        if way.out.is_some() {
            way.stirred = true;
            return;
        }
        let stop = Arc::new(AtomicBool::new(false));
        (way.out, way.stirred) = (Some(Arc::clone(&stop)), false);
        let hook = Hook { cursor: way.ahead, log: [].into(), ..way.hook.clone() };
        let round = made(self.house.clone(), hook, Arc::clone(&stop));
        ctx.spawn(round.into_actor(self).map(move |round, act, ctx| act.home(id, &stop, round, ctx)));
    }
    /// A round is over: how far it has come is kept, and the next one begins or waits.
    fn home(&mut self, id: HookId, stop: &Arc<AtomicBool>, round: Round, ctx: &mut Context<Self>) {
        let Some(way) =
            self.ways.get_mut(&id).filter(|way| way.out.as_ref().is_some_and(|it| Arc::ptr_eq(it, stop)))
        else {
            return;
        };
        way.out = None;
        // Changed meanwhile: what was tried is remembered, where to go on is what was said.
        let stopped = stop.load(Ordering::Acquire);
        let cursor = if stopped { way.ahead } else { round.cursor };
        way.ahead = cursor;
        let (now, lapse) = (self.house.now(), self.house.clock.lapse());
        let mut next = way.hook.clone();
        let was = next.ver;
        let taken = Heard { status: Some(200), ..Heard::default() };
        let (heard, ended) = match &round.end {
            End::Refused(heard) => (Some(heard.clone()), false),
            End::Idle => ((!round.tries.is_empty()).then_some(taken), true),
            End::More => ((!round.tries.is_empty()).then_some(taken), false),
            End::Unread(reason) => {
                tracing::error!(hook.id = %id, %reason, "a link could not read what has happened");
                return self.wait(id, AGAIN, ctx);
            }
        };
        let worth_keeping = !round.tries.is_empty() || cursor.saturating_sub(next.cursor) > UNKEPT;
        // What another address answered, or the same one before a replay, says nothing of the link as it is now.
        let heard = heard.filter(|_| !stopped);
        if round.tries.len() > 1 {
            next.trouble = None; // only the last of them can have failed
        }
        let event = heard.as_ref().and_then(|heard| next.answered(heard, now, lapse));
        if !worth_keeping {
            return self.further(id, ended, None, ctx);
        }
        next.moved(cursor, round.tries);
        let mut batch = Batch::default();
        if let Some(event) = event.filter(|_| next.off.is_none()) {
            next.apply(&event);
            batch.tell(next.id, next.ver, event.name(), now, "clock", &event);
            tracing::warn!(hook.id = %id, "a link was turned off: the other side does not take events");
        }
        batch.keep(&next, was);
        let asked = heard.filter(|_| next.trouble.is_some()).map(|heard| heard.after_seconds);
        self.keep(next, batch, ctx, move |act, ctx| act.further(id, ended, asked, ctx));
    }
    /// After a round: again, later, or when something has happened.
    fn further(&mut self, id: HookId, ended: bool, refused: Option<Option<u32>>, ctx: &mut Context<Self>) {
        let chance = self.house.ids.next().as_u128() as u16;
        let Some(way) = self.ways.get(&id) else { return };
        match refused {
            Some(asked) => {
                let pause = way.hook.pause(chance, asked);
                self.wait(id, pause, ctx);
            }
            None if !ended || way.stirred => self.go(id, ctx),
            None => {}
        }
    }
    fn wait(&mut self, id: HookId, pause: Duration, ctx: &mut Context<Self>) {
        let Some(way) = self.ways.get_mut(&id) else { return };
        way.pause = Some(ctx.run_later(pause, move |act, ctx| {
            if let Some(way) = act.ways.get_mut(&id) {
                way.pause = None;
            }
            act.go(id, ctx);
        }));
    }
    /// Keeps a link as it is after a round; nobody else changes it meanwhile.
    fn keep(
        &mut self,
        next: Hook,
        batch: Batch,
        ctx: &mut Context<Self>,
        then: impl FnOnce(&mut Self, &mut Context<Self>) + 'static,
    ) {
        let house = self.house.clone();
        let id = next.id;
        let kept = async move {
            match house.keep(batch).await {
                Ok(()) => Ok(next),
                Err(refusal) => {
                    tracing::error!(hook.id = %id, %refusal, "how far a link has come was not kept");
                    // What stands in the store is the truth; what was taken since is posted again.
                    let row = house.journal.row(Table::Hook, id.uuid()).await.ok().flatten();
                    Err(row.and_then(|row| serde_json::from_value::<Hook>(row).ok()))
                }
            }
        };
        ctx.wait(kept.into_actor(self).map(move |kept, act, ctx| match kept {
            Ok(next) => {
                if let Some(way) = act.ways.get_mut(&id) {
                    way.hook = next;
                }
                then(act, ctx);
            }
            Err(row) => {
                if let (Some(way), Some(hook)) = (act.ways.get_mut(&id), row) {
                    (way.ahead, way.hook) = (hook.cursor, hook);
                }
                act.wait(id, AGAIN, ctx);
            }
        }));
    }
    /// A link was changed by a person: the round that is under way ends, the next begins where the link stands.
    pub(super) fn changed(&mut self, hook: Hook, ctx: &mut Context<Self>) {
        let (id, cursor) = (hook.id, hook.cursor);
        let way = self.ways.entry(id).or_insert_with(|| Way::of(hook.clone()));
        if let Some(stop) = &way.out {
            stop.store(true, Ordering::Release);
        }
        (way.hook, way.ahead) = (hook, cursor);
        if let Some(pause) = way.pause.take() {
            ctx.cancel_future(pause);
        }
        self.go(id, ctx);
    }
    /// A link was taken away, and its round with it.
    pub(super) fn removed(&mut self, id: HookId) {
        if let Some(stop) = self.ways.remove(&id).and_then(|way| way.out) {
            stop.store(true, Ordering::Release);
        }
    }
    /// The links as an administrator reads them.
    fn rows(&self) -> Vec<Value> {
        let now = self.house.now();
        self.ways.values().map(|way| hook_row(&way.hook, way.ahead, now)).collect()
    }
}

/// A link without its secret.
pub(super) fn hook_row(hook: &Hook, cursor: u64, now: Timestamp) -> Value {
    let log: Vec<Value> = hook
        .log
        .iter()
        .rev()
        .map(|it| {
            serde_json::json!({
                "seq": it.seq, "kind": it.kind, "at": it.at.as_millisecond(), "status": it.status, "said": it.said,
                "millis": it.millis,
            })
        })
        .collect();
    let trouble =
        hook.trouble.map(|it| serde_json::json!({"since": it.since.as_millisecond(), "tries": it.tries}));
    serde_json::json!({
        "id": hook.id, "url": hook.url, "kinds": hook.kinds, "personal": hook.personal, "off": hook.off, "cursor": cursor,
        "by": hook.by, "since": hook.since.as_millisecond(), "trouble": trouble, "log": log,
        "both_until": hook.both_until(now).map(Timestamp::as_millisecond),
    })
}

impl Actor for Courier {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.go_all(ctx);
        ctx.run_interval(LOOK, Self::go_all);
    }
}
impl Supervised for Courier {
    /// The rounds have died with the actor: the links are read again from what is kept.
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        let journal = Arc::clone(&self.house.journal);
        let read = async move { journal.rows(Hook::TABLE).await };
        ctx.wait(read.into_actor(self).map(|rows, act, ctx| {
            if let Ok(rows) = rows {
                let hooks = rows.into_iter().filter_map(|row| serde_json::from_value::<Hook>(row).ok());
                act.ways = hooks.map(|hook| (hook.id, Way::of(hook))).collect();
            }
            act.go_all(ctx);
        }));
    }
}

/// Something has happened and is kept.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Stirred;
impl Handler<Stirred> for Courier {
    type Result = ();
    fn handle(&mut self, Stirred: Stirred, ctx: &mut Context<Self>) {
        self.go_all(ctx);
    }
}

/// Asks for the links.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Vec<Value>")]
pub struct AllHooks;
impl Handler<AllHooks> for Courier {
    type Result = Vec<Value>;
    fn handle(&mut self, AllHooks: AllHooks, _: &mut Context<Self>) -> Self::Result {
        self.rows()
    }
}

/// A command of an administrator about a link, read and checked.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct HookOrder {
    /// Which link; a new one brings its whole first state.
    pub hook: Result<HookId, Box<Hook>>,
    /// What becomes of it.
    pub event: HookEvent,
    /// Who wants it, by login.
    pub by: String,
    /// Idempotency key.
    pub command: String,
    /// What is answered.
    pub answer: Value,
}
