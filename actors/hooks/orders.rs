//! The courier's side of an administrator's commands: decided, kept, applied, before anything else moves the link.

use crate::hooks::courier::{Courier, HookOrder};
use actix::{ActorFutureExt, AtomicResponse, Context, Handler, WrapFuture};
use domain::{
    hooks::hook::{Hook, HookEvent},
    ports::{Batch, Entity},
    refusal::Refusal,
};
use serde_json::Value;

/// Links of one house.
const MOST: usize = 20;

impl Courier {
    fn decided(&self, order: HookOrder) -> Result<(Hook, Batch), Refusal> {
        let HookOrder { hook, event, by, command, answer } = order;
        let mut next = match hook {
            Ok(id) => self.ways.get(&id).ok_or_else(|| Refusal::unknown("hook", id))?.hook.clone(),
            Err(_) if self.ways.len() >= MOST => {
                let detail =
                    format!("there are `{}` links already: expected at most {MOST}", self.ways.len());
                return Err(Refusal::state("hooks-many", detail));
            }
            Err(fresh) => *fresh,
        };
        let event = next.decide(event)?;
        let (was, at) = (next.ver, self.house.now());
        next.apply(&event);
        let mut batch = Batch { command: Some(command), answer, ..Batch::default() };
        batch.tell(next.id, next.ver, event.name(), at, &by, &event);
        if event == HookEvent::Removed {
            batch.take_out(Hook::TABLE, next.id.uuid(), was);
        } else {
            batch.keep(&next, was);
        }
        Ok((next, batch))
    }
}

impl Handler<HookOrder> for Courier {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, order: HookOrder, _: &mut Context<Self>) -> Self::Result {
        let removed = order.event == HookEvent::Removed;
        let (house, answer) = (self.house.clone(), order.answer.clone());
        let decided = self.decided(order);
        let kept = async move {
            let (next, batch) = decided?;
            house.keep(batch).await?;
            Ok(next)
        };
        AtomicResponse::new(Box::pin(kept.into_actor(self).map(move |kept, act, ctx| {
            let next: Hook = kept?;
            if removed {
                act.removed(next.id);
            } else {
                act.changed(next, ctx);
            }
            Ok(answer)
        })))
    }
}
