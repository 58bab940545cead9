//! The actors' own system on threads of its own; it ends with its owner.

use actix::{Arbiter, ArbiterHandle, System};
use actors::opening::Arbiters;
use anyhow::Context;
use std::{sync::mpsc::channel, thread::JoinHandle};
use telephony::threads;
use tracing::Span;

/// A running system.
pub(crate) struct ActorSystem {
    system: System,
    thread: Option<JoinHandle<()>>,
}

/// A thread of its own for actors; it logs as the thread that began it.
fn fresh() -> ArbiterHandle {
    let whose = Span::current();
    let runtime = move || {
        threads::hold(&whose);
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        threads::under_span(runtime.enable_all()).build()
    };
    Arbiter::try_with_tokio_rt(runtime).expect("the system gives threads to its actors").handle()
}

impl ActorSystem {
    /// Starts it, and the threads that actors share.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start() -> anyhow::Result<(Self, Arbiters)> {
        let (tell, told) = channel();
        let thread = threads::begin("actors", move || {
            let runner = System::new();
            let arbiters =
                runner.block_on(async { Arbiters { calls: fresh(), field: fresh(), dispatch: fresh() } });
            if tell.send((System::current(), arbiters)).is_ok()
                && let Err(error) = runner.run()
            {
                tracing::error!(%error, "the actors' system ended badly");
            }
        })?;
        let (system, arbiters) = told.recv().context("the actors' system did not start")?;
        Ok((Self { system, thread: Some(thread) }, arbiters))
    }
    /// Ends; gives the thread to wait for.
    pub(crate) fn stop(mut self) -> Option<JoinHandle<()>> {
        self.thread.take()
    }
}

impl Drop for ActorSystem {
    fn drop(&mut self) {
        self.system.stop();
    }
}
