//! A person at a screen: signs in over HTTP, lives on the WebSocket, waits for events and never sleeps.

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// Nothing in a scenario takes longer; past it the scenario has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A door, and the host that is asked for there.
#[derive(Clone, Debug)]
pub struct Address {
    /// The door.
    pub http: SocketAddr,
    /// What stands in `Host`.
    pub host: String,
}

impl From<SocketAddr> for Address {
    fn from(http: SocketAddr) -> Self {
        Self { http, host: http.to_string() }
    }
}

impl Address {
    /// A request to this host.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        reqwest::Client::new()
            .request(method, format!("http://{}{path}", self.http))
            .header("host", &self.host)
    }
    /// What is answered there.
    pub async fn get(&self, path: &str, cookie: &str) -> anyhow::Result<reqwest::Response> {
        Ok(self.request(reqwest::Method::GET, path).header("cookie", cookie).send().await?)
    }
    /// Tries to sign in.
    pub async fn login(&self, login: &str, password: &str) -> anyhow::Result<reqwest::Response> {
        let body = json!({"login": login, "password": password});
        Ok(self.request(reqwest::Method::POST, "/api/login").json(&body).send().await?)
    }
    /// A live socket of whoever has the cookie.
    pub async fn socket(&self, cookie: &str) -> anyhow::Result<Socket> {
        let mut request = format!("ws://{}/ws", self.http).into_client_request()?;
        request.headers_mut().insert("host", self.host.parse()?);
        request.headers_mut().insert("cookie", cookie.parse()?);
        request.headers_mut().insert("origin", format!("http://{}", self.host).parse()?);
        Ok(connect_async(request).await?.0)
    }
}

/// A live socket.
pub type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// Somebody who is signed in.
pub struct Person {
    socket: Socket,
    /// Rows of the topics that are watched.
    pub topics: BTreeMap<String, BTreeMap<String, Value>>,
    sent: u64,
    login: String,
    at: Address,
    /// What shows who they are.
    pub cookie: String,
}

impl Person {
    /// Signs in and watches some topics.
    pub async fn sign_in(http: SocketAddr, login: &str, topics: &[&str]) -> anyhow::Result<Self> {
        Self::sign_in_at(http.into(), login, "demo", topics).await
    }
    /// The same at a host that is asked for by its name.
    pub async fn sign_in_at(
        at: Address,
        login: &str,
        password: &str,
        topics: &[&str],
    ) -> anyhow::Result<Self> {
        let answer = at.login(login, password).await?.error_for_status()?;
        let cookie = answer
            .headers()
            .get("set-cookie")
            .context("no cookie")?
            .to_str()?
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        let socket = at.socket(&cookie).await?;
        let login = login.to_owned();
        let mut person = Self { socket, topics: BTreeMap::new(), sent: 0, login, at, cookie };
        person.say(json!({"t": "hello", "v": 1})).await?;
        for topic in topics {
            person.say(json!({"t": "sub", "topic": topic})).await?;
            while !person.topics.contains_key(*topic) {
                person.hear().await?;
            }
        }
        Ok(person)
    }
    /// Reads something over HTTP.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.at.get(path, &self.cookie).await?.error_for_status()?.json().await?)
    }
    async fn say(&mut self, frame: Value) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(frame.to_string())).await?)
    }
    /// Takes one frame in; gives it back.
    async fn hear(&mut self) -> anyhow::Result<Value> {
        let heard = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .with_context(|| format!("{} heard nothing", self.login))?;
        let message = heard.context("the socket has ended")??;
        let Message::Text(text) = message else { return Ok(Value::Null) };
        let frame: Value = serde_json::from_str(&text)?;
        let topic = frame["topic"].as_str().unwrap_or_default().to_owned();
        let rows = match frame["t"].as_str() {
            Some("snap") => {
                self.topics.insert(topic.clone(), BTreeMap::new());
                &frame["rows"]
            }
            Some("d") => &frame["ops"],
            Some("err") => bail!("{}: {frame}", self.login),
            _ => return Ok(frame),
        };
        let mirror = self.topics.entry(topic).or_default();
        for pair in rows.as_array().context("rows")? {
            let key = pair[0].as_str().context("key")?.to_owned();
            if pair[1].is_null() {
                mirror.remove(&key)
            } else {
                mirror.insert(key, pair[1].clone())
            };
        }
        Ok(frame)
    }
    /// Waits until a topic has a row that fits.
    pub async fn until(
        &mut self,
        topic: &str,
        what: &str,
        fits: impl Fn(&str, &Value) -> bool,
    ) -> anyhow::Result<Value> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some((_, row)) =
                self.topics.get(topic).and_then(|rows| rows.iter().find(|(k, v)| fits(k, v)))
            {
                return Ok(row.clone());
            }
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "{} waited in vain for {what}; the topic holds {:?}",
                    self.login,
                    self.topics.get(topic)
                );
            }
            self.hear().await.with_context(|| {
                format!("waiting for {what}; the topic holds {:?}", self.topics.get(topic))
            })?;
        }
    }
    /// Gives a command; `Err` holds the problem.
    pub async fn try_command(
        &mut self,
        name: &str,
        args: Value,
        rev: Option<u64>,
    ) -> anyhow::Result<Result<Value, Value>> {
        self.sent += 1;
        let id = format!("{}-{}-{name}", self.login, self.sent);
        self.repeat(&id, name, args, rev).await
    }
    /// Gives a command under a given id, as after a lost link; told to slow down, waits as long as it was told.
    pub async fn repeat(
        &mut self,
        id: &str,
        name: &str,
        args: Value,
        rev: Option<u64>,
    ) -> anyhow::Result<Result<Value, Value>> {
        let mut frame = json!({"t": "cmd", "id": id, "name": name, "args": args});
        if let Some(rev) = rev {
            frame["rev"] = json!(rev);
        }
        loop {
            self.say(frame.clone()).await?;
            let answer =
                self.answer_to(id).await.with_context(|| format!("waiting for the answer to `{name}`"))?;
            match answer {
                Err(problem) if problem["status"] == 429 => {
                    let wait = problem["retry_after"].as_u64().context("how long to wait")?;
                    tokio::time::sleep(Duration::from_secs(wait)).await;
                }
                answer => return Ok(answer),
            }
        }
    }
    async fn answer_to(&mut self, id: &str) -> anyhow::Result<Result<Value, Value>> {
        loop {
            let frame = self.hear().await?;
            if frame["t"] == "res" && frame["id"] == id {
                return Ok(if frame["err"].is_null() {
                    Ok(frame["ok"].clone())
                } else {
                    Err(frame["err"].clone())
                });
            }
        }
    }
    /// Gives a command that must be carried out.
    pub async fn command(&mut self, name: &str, args: Value) -> anyhow::Result<Value> {
        match self.try_command(name, args, None).await? {
            Ok(ok) => Ok(ok),
            Err(problem) => bail!("{}: `{name}` was refused: {problem}", self.login),
        }
    }
}
