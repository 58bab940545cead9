//! The writing half of a socket. It keeps cursors, not queues: a slow reader gets fewer, larger frames.

use crate::live::{
    bell::{Bell, Lane},
    topic::{Cursor, News, Position, Text, Topic},
};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, interval_at, sleep_until, timeout},
};

/// A frame that does not get out for so long ends the connection.
const STALL: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
/// How often a silent client is asked whether it is there.
const BEAT: Duration = Duration::from_secs(25);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// What the reading half and the commands want written.
#[derive(Debug)]
pub(crate) enum Order {
    /// A frame as it is.
    Send(Text),
    /// News of a topic from now on, and what was missed at once.
    Watch {
        /// The name its client uses.
        name: String,
        /// The topic.
        topic: Arc<Topic>,
        /// What the client still has.
        since: Option<Position>,
        /// It was said in the hello; the client may say it again in a `sub`.
        resumed: bool,
    },
    /// No more news of it.
    Unwatch(String),
    /// Goodbye.
    Close(u16, &'static str),
}

/// The connection is over.
#[derive(Debug)]
enum End {
    /// We say goodbye.
    Close(u16, &'static str),
    /// There is nobody to say it to.
    Gone,
}

struct Watched {
    name: String,
    cursor: Cursor,
    resumed: Option<Position>,
}

/// Writes to one socket until it is closed.
pub(crate) struct Writer {
    sink: SplitSink<WebSocket, Message>,
    bell: Arc<Bell>,
    watched: Vec<Watched>,
    due: [Option<Instant>; Lane::ALL.len()],
}

impl Writer {
    /// A writer that watches nothing yet.
    pub(crate) fn new(sink: SplitSink<WebSocket, Message>) -> Self {
        Self { sink, bell: Arc::default(), watched: Vec::new(), due: [None; Lane::ALL.len()] }
    }

    /// Obeys orders and sends news until told to close, or until the client does not take what is sent.
    pub(crate) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        let end = loop {
            let next = self.due.iter().flatten().min().copied();
            let step = tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => Err(End::Gone),
                },
                () = self.bell.heard() => {
                    self.plan();
                    Ok(())
                }
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => self.flush().await,
                _ = beat.tick() => self.send(Message::Ping(Default::default())).await,
            };
            if let Err(end) = step {
                break end;
            }
        };
        if let End::Close(code, reason) = end {
            let goodbye = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            // The client may be gone already.
            let _ = timeout(GOODBYE, self.sink.send(goodbye)).await;
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), End> {
        match order {
            Order::Send(text) => self.send(Message::Text(text)).await,
            Order::Watch { name, topic, since, resumed } => self.watch(name, topic, since, resumed).await,
            Order::Unwatch(name) => {
                self.watched.retain(|watched| watched.name != name);
                Ok(())
            }
            Order::Close(code, reason) => Err(End::Close(code, reason)),
        }
    }

    async fn watch(
        &mut self,
        name: String,
        topic: Arc<Topic>,
        since: Option<Position>,
        resumed: bool,
    ) -> Result<(), End> {
        let known = self.watched.iter_mut().find(|watched| watched.name == name);
        if let Some(Watched { resumed: said, .. }) = known
            && !resumed
            && said.take().is_some_and(|said| Some(said) == since)
        {
            return Ok(());
        }
        self.watched.retain(|watched| watched.name != name);
        let said = since.clone().filter(|_| resumed);
        let cursor = Cursor::new(topic, &self.bell, since);
        self.watched.push(Watched { name, cursor, resumed: said });
        self.tell(self.watched.len() - 1).await
    }

    /// Notes when the lanes that have rung are to be looked at.
    fn plan(&mut self) {
        let now = Instant::now();
        for (due, lane) in self.due.iter_mut().zip(Lane::ALL) {
            if due.is_none() && self.bell.has_rung(lane) {
                *due = Some(now + lane.window());
            }
        }
    }

    /// Sends the news of the first lane whose time has come.
    async fn flush(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let Some(first) = self.due.iter().position(|due| due.is_some_and(|due| due <= now)) else {
            return Ok(());
        };
        self.due[first] = None;
        self.bell.hush(Lane::ALL[first]);
        for index in (0..self.watched.len()).rev() {
            if self.watched[index].cursor.lane() == Lane::ALL[first] {
                self.tell(index).await?;
            }
        }
        Ok(())
    }

    /// Sends what is new in one topic.
    async fn tell(&mut self, index: usize) -> Result<(), End> {
        match self.watched[index].cursor.next() {
            News::Nothing => Ok(()),
            News::Frame(text) => self.send(Message::Text(text)).await,
            News::Over(text) => {
                self.watched.remove(index);
                self.send(Message::Text(text)).await
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(STALL, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(4408, "too slow: nothing was taken for a while")),
        }
    }
}
