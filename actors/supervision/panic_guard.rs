//! True supervision on actix: a panic restarts the actor behind the same address.
//!
//! actix's own `Supervisor` unwinds together with the actor. This guard owns the actor's future,
//! catches the panic, waits a little (the mailbox goes on queueing), and restarts the context, whereupon
//! `Supervised::restarting` reads the state again. Only the message that panicked is lost; its sender
//! sees a `MailboxError`. Too many deaths in a window close the address: the parent sees it and decides.

use actix::{
    Actor, Addr, ArbiterHandle, AsyncContext, Context, Supervised,
    dev::{AsyncContextParts, ContextFut, channel},
};
use std::{
    collections::VecDeque,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

/// How often an actor may die, and how long it waits before it comes back.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Wait after the first death; doubles with each further one in the window.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
    /// More deaths than this in the window close the address.
    pub deaths: usize,
    /// The window.
    pub window: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(1),
            deaths: 5,
            window: Duration::from_secs(10),
        }
    }
}

/// The messages that may wait for one actor.
pub const MAILBOX: usize = 1024;

struct PanicGuard<A: Actor<Context = Context<A>> + Supervised> {
    life: Pin<Box<ContextFut<A, Context<A>>>>,
    policy: Policy,
    deaths: VecDeque<Instant>,
    wait: Option<Pin<Box<Sleep>>>,
    name: &'static str,
}

/// Starts an actor under the guard on an arbiter.
pub fn start_guarded<A, F>(arbiter: &ArbiterHandle, name: &'static str, policy: Policy, make: F) -> Addr<A>
where
    A: Actor<Context = Context<A>> + Supervised,
    Context<A>: AsyncContext<A> + AsyncContextParts<A>,
    F: FnOnce(&mut Context<A>) -> A + Send + 'static,
{
    let (sender, receiver) = channel::channel(MAILBOX);
    arbiter.spawn_fn(move || {
        let mut context = Context::with_receiver(receiver);
        let actor = make(&mut context);
        let life = Box::pin(context.into_future(actor));
        actix::spawn(PanicGuard { life, policy, deaths: VecDeque::new(), wait: None, name });
    });
    Addr::new(sender)
}

impl<A: Actor<Context = Context<A>> + Supervised> PanicGuard<A>
where
    Context<A>: AsyncContextParts<A>,
{
    /// Notes a death; false when there were too many.
    fn may_come_back(&mut self) -> bool {
        let now = Instant::now();
        self.deaths.push_back(now);
        while self.deaths.front().is_some_and(|first| now.duration_since(*first) > self.policy.window) {
            self.deaths.pop_front();
        }
        let count = self.deaths.len();
        tracing::error!(actor = self.name, deaths = count, "actor panicked and is being restarted");
        if count > self.policy.deaths {
            tracing::error!(actor = self.name, "actor dies too often and is given up");
            return false;
        }
        let doubled = self.policy.first_wait.saturating_mul(1u32 << (count - 1).min(16));
        self.wait = Some(Box::pin(sleep(doubled.min(self.policy.longest_wait))));
        true
    }

    fn restart(&mut self) -> bool {
        let life = &mut self.life;
        match catch_unwind(AssertUnwindSafe(|| life.as_mut().get_mut().restart())) {
            Ok(restarted) => restarted,
            Err(_) => self.may_come_back(),
        }
    }
}

impl<A: Actor<Context = Context<A>> + Supervised> Future for PanicGuard<A>
where
    Context<A>: AsyncContextParts<A>,
    Self: Unpin,
{
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, task: &mut std::task::Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            if let Some(wait) = &mut this.wait {
                ready!(wait.as_mut().poll(task));
                this.wait = None;
                if !this.restart() {
                    return Poll::Ready(());
                }
                continue;
            }
            let life = &mut this.life;
            match catch_unwind(AssertUnwindSafe(|| life.as_mut().poll(task))) {
                Ok(outcome) => return outcome,
                Err(_) if this.may_come_back() => {}
                Err(_) => return Poll::Ready(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::{Arbiter, Handler, Message};
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    struct Counter {
        kept: Arc<AtomicU64>,
        seen: u64,
    }
    impl Actor for Counter {
        type Context = Context<Self>;
    }
    impl Supervised for Counter {
        fn restarting(&mut self, _: &mut Context<Self>) {
            self.seen = self.kept.load(Ordering::SeqCst);
        }
    }
    #[derive(Message)]
    #[rtype(result = "u64")]
    struct Count;
    impl Handler<Count> for Counter {
        type Result = u64;
        fn handle(&mut self, Count: Count, _: &mut Context<Self>) -> u64 {
            self.seen += 1;
            self.kept.store(self.seen, Ordering::SeqCst);
            self.seen
        }
    }
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Poison;
    impl Handler<Poison> for Counter {
        type Result = ();
        fn handle(&mut self, Poison: Poison, _: &mut Context<Self>) {
            self.seen = 999;
            panic!("poison");
        }
    }

    #[actix::test]
    async fn the_same_address_answers_again_with_its_state() {
        let kept = Arc::new(AtomicU64::new(0));
        let mine = Arc::clone(&kept);
        let counter = start_guarded(&Arbiter::current(), "counter", Policy::default(), move |_| Counter {
            kept: mine,
            seen: 0,
        });
        assert_eq!(counter.send(Count).await, Ok(1));
        assert!(counter.send(Poison).await.is_err(), "the sender of a poisoned message is told");
        assert_eq!(counter.send(Count).await, Ok(2), "the spoilt state of the panic is gone");
    }

    #[actix::test]
    async fn an_actor_that_always_dies_is_given_up() {
        let counter = start_guarded(&Arbiter::current(), "counter", Policy::default(), |_| Counter {
            kept: Arc::default(),
            seen: 0,
        });
        for _ in 0..6 {
            assert!(counter.send(Poison).await.is_err());
        }
        while counter.connected() {
            tokio::task::yield_now().await;
        }
    }
}
