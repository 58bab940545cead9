//! Threads that say whose they are: what they log stands under the span that was in force where they were begun.

use std::{
    cell::RefCell,
    io,
    thread::{Builder, JoinHandle},
};
use tracing::{Span, span::EnteredSpan};

thread_local! {
    /// Left when the thread ends: who gets the thread's number afterwards begins under no span.
    static HELD: RefCell<Option<EnteredSpan>> = const { RefCell::new(None) };
}

/// Begins a thread under the span that is in force here.
///
/// # Errors
/// The system gives no thread.
pub fn begin<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let whose = Span::current();
    Builder::new().name(name.to_owned()).spawn(move || whose.in_scope(work))
}

/// All threads of the runtime, those that may wait too, stand under the span that is in force here.
pub fn under_span(runtime: &mut tokio::runtime::Builder) -> &mut tokio::runtime::Builder {
    let whose = Span::current();
    runtime.on_thread_start(move || hold(&whose)).on_thread_stop(|| HELD.set(None))
}

/// The thread stands under a span from now until it ends.
pub fn hold(whose: &Span) {
    let entered = whose.clone().entered();
    HELD.set(Some(entered));
}
