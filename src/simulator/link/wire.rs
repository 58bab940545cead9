//! The line of a link: login, WebSocket, frames; opened again whenever it breaks.

use super::{Order, Plug, Shared, backoff::Backoff, pending::Pending, topics::Effect};
use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, interval, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error as WsError, Message, client::IntoClientRequest as _, http::HeaderValue},
};

/// By this name the server's log knows a robot.
pub const AGENT: &str = "callout-simulator";
/// How often the line is tried.
const PING: Duration = Duration::from_secs(5);
/// A line that is silent for so long is broken.
const SILENCE: Duration = Duration::from_secs(20);
/// A door that does not open in so long is shut.
pub(super) const DOOR: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The inner end of a link.
pub(crate) struct Wire {
    plug: Plug,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedReceiver<Order>,
    pending: Pending,
    cookie: Option<String>,
}

impl Wire {
    pub(crate) fn new(plug: Plug, shared: Arc<Shared>, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        let pending = Pending::new(&plug.login);
        Self { plug, shared, orders, pending, cookie: None }
    }

    /// Until the other end of the link is dropped.
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::new();
        while !self.orders.is_closed() {
            match self.session(&mut backoff).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::debug!(login = %self.plug.login, error = format!("{error:#}"), "line is broken")
                }
            }
            self.shared.topics().break_off();
            self.shared.note_change();
            tokio::time::sleep(backoff.wait()).await;
        }
    }

    /// One line from the first word to the break; `Ok` when the link is closed by us.
    async fn session(&mut self, backoff: &mut Backoff) -> anyhow::Result<()> {
        let mut socket = timeout(DOOR, self.connect()).await.context("the door does not open")??;
        self.greet(&mut socket).await?;
        let mut heard = Instant::now();
        let mut pulse = interval(PING);
        loop {
            tokio::select! {
                frame = socket.next() => {
                    let message = frame.context("the server hung up")??;
                    heard = Instant::now();
                    let Message::Text(text) = message else { continue };
                    let frame: Value = serde_json::from_str(&text).context("a frame is not JSON")?;
                    if frame["t"] == "welcome" {
                        backoff.reset();
                    }
                    self.take(&mut socket, &frame).await?;
                }
                order = self.orders.recv() => {
                    let Some(order) = order else {
                        // the server sees the end of the line either way
                        let _ = socket.close(None).await;
                        return Ok(());
                    };
                    let frame = self.pending.take(order, self.plug.clock.now_ms());
                    socket.send(Message::text(frame)).await?;
                }
                _ = pulse.tick() => {
                    if heard.elapsed() > SILENCE {
                        bail!("the server is silent");
                    }
                    for frame in self.pending.again(false) {
                        socket.send(Message::text(frame)).await?;
                    }
                    socket.send(Message::text(json!({"t": "ping"}).to_string())).await?;
                }
            }
        }
    }

    /// The first words on a new line: who we are, what we watch, what was left unanswered.
    async fn greet(&mut self, socket: &mut Socket) -> anyhow::Result<()> {
        let mut frames = vec![json!({"t": "hello", "v": 1, "resume": []}).to_string()];
        frames.extend(self.plug.topics.iter().map(|topic| json!({"t": "sub", "topic": topic}).to_string()));
        frames.extend(self.pending.again(true));
        for frame in frames {
            socket.feed(Message::text(frame)).await?;
        }
        socket.flush().await?;
        Ok(())
    }

    async fn take(&mut self, socket: &mut Socket, frame: &Value) -> anyhow::Result<()> {
        match frame["t"].as_str() {
            Some("welcome" | "pong") => {
                if let Some(now) = frame["now"].as_i64() {
                    self.plug.clock.set(now, frame["lapse"].as_f64());
                }
                if frame["t"] == "welcome" {
                    self.shared.note_session();
                    self.shared.note_change();
                }
            }
            Some("res") => self.pending.answered(frame, self.plug.acks.as_ref()),
            _ => {
                let effect = self.shared.topics().take(frame);
                match effect {
                    Effect::Changed => self.shared.note_change(),
                    Effect::Again(topic) => {
                        socket.send(Message::text(json!({"t": "sub", "topic": topic}).to_string())).await?;
                    }
                    Effect::None => {}
                }
            }
        }
        Ok(())
    }

    async fn connect(&mut self) -> anyhow::Result<Socket> {
        let cookie = match &self.cookie {
            Some(cookie) => cookie.clone(),
            None => self.log_in().await?,
        };
        let mut request = format!("{}/ws", self.plug.http.replacen("http", "ws", 1)).into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("cookie", HeaderValue::from_str(&cookie)?);
        headers.insert("origin", HeaderValue::from_str(&self.plug.http)?);
        headers.insert("user-agent", HeaderValue::from_static(AGENT));
        match connect_async(request).await {
            Ok((socket, _)) => {
                self.shared.note_cookie(&cookie);
                self.cookie = Some(cookie);
                Ok(socket)
            }
            Err(WsError::Http(response)) => {
                self.cookie = None;
                bail!("the server answers `{}` to the socket", response.status());
            }
            Err(error) => Err(error).context("no socket"),
        }
    }

    async fn log_in(&self) -> anyhow::Result<String> {
        let door = reqwest::Client::builder().user_agent(AGENT).timeout(DOOR).build()?;
        let words = json!({"login": self.plug.login, "password": self.plug.password});
        let answer = door
            .post(format!("{}/api/login", self.plug.http))
            .json(&words)
            .send()
            .await?
            .error_for_status()?;
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let pairs: Vec<&str> = cookies.filter_map(|value| value.split(';').next()).collect();
        if pairs.is_empty() {
            bail!("the server gave no cookie");
        }
        Ok(pairs.join("; "))
    }
}
