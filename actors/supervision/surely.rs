//! A word that nobody would say again: a full mailbox makes it wait, and does not lose it.

use actix::{Actor, Addr, Handler, Message, dev::ToEnvelope, prelude::SendError};
use std::fmt::Display;

/// Tells an actor something. Where there is room it is in the mailbox at once and in order; otherwise it waits for room.
/// Only an actor that is gone does not hear it, and the log says so: `what` happened to `whom`. Nobody waits for its answer.
pub(crate) fn surely<A, M>(to: &Addr<A>, message: M, whom: impl Display, what: &'static str)
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    match to.try_send(message) {
        Ok(()) => {}
        Err(SendError::Closed(_)) => tracing::error!(%whom, "{what}"),
        Err(SendError::Full(message)) => {
            let (said, whom) = (to.send(message), whom.to_string());
            actix::spawn(async move {
                if said.await.is_err() {
                    tracing::error!(%whom, "{what}");
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::Context;
    use std::time::Duration;
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    struct Listener(UnboundedSender<u32>);
    impl Actor for Listener {
        type Context = Context<Self>;
    }
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Word(u32);
    impl Handler<Word> for Listener {
        type Result = ();
        fn handle(&mut self, Word(n): Word, _: &mut Context<Self>) {
            self.0.send(n).expect("the test listens");
        }
    }

    #[actix::test]
    async fn a_hundred_words_reach_a_mailbox_of_sixteen() {
        let (heard, mut all) = unbounded_channel();
        let listener = Listener(heard).start();
        (0..100).for_each(|n| surely(&listener, Word(n), n, "a word"));
        let mut words = Vec::new();
        while words.len() < 100 {
            let word = tokio::time::timeout(Duration::from_secs(10), all.recv()).await;
            words.push(word.expect("all are heard").expect("the listener lives"));
        }
        words.sort_unstable();
        assert_eq!(words, (0..100).collect::<Vec<_>>());
    }
}
