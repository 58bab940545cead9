//! Questions over HTTP from a thread that may wait for the answer, whatever runtime it belongs to.

use super::{Address, RemoteError};
use serde_json::Value;
use std::{
    fmt,
    sync::mpsc::{Sender, channel},
    thread,
};

/// What is asked.
pub(super) struct Question {
    /// The whole address.
    pub url: String,
    /// What is posted; nothing is a GET.
    pub body: Option<Value>,
}

type Asked = (Question, Sender<Result<Value, RemoteError>>);

/// A thread with a runtime of its own that carries questions.
pub(super) struct Wire {
    ask: Sender<Asked>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub fn start(address: &Address) -> Result<Self, RemoteError> {
        let bad = || RemoteError::Address(address.url.clone());
        let url = reqwest::Url::parse(&address.url).map_err(|_| bad())?;
        // TLS is not built in: the routing server stands beside this one, or behind a proxy of its own.
        if url.scheme() != "http" || url.host_str().is_none() {
            return Err(bad());
        }
        let unreachable = |why: String| RemoteError::Unreachable { url: address.url.clone(), why };
        let client = reqwest::Client::builder().timeout(address.patience).no_proxy().build();
        let client = client.map_err(|error| unreachable(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(error.to_string()))?;
        let (ask, asked) = channel::<Asked>();
        let work = move || {
            while let Ok((question, reply)) = asked.recv() {
                // Whoever asked may have gone away; then nobody needs the answer.
                let _gone = reply.send(runtime.block_on(carry(&client, question)));
            }
        };
        let started = thread::Builder::new().name("roads-wire".to_owned()).spawn(work);
        started.map_err(|error| unreachable(error.to_string()))?;
        Ok(Self { ask })
    }

    /// Asks and waits.
    pub fn ask(&self, question: Question) -> Result<Value, RemoteError> {
        let url = question.url.clone();
        let gone = || RemoteError::Unreachable { url: url.clone(), why: "its thread has ended".to_owned() };
        let (reply, answer) = channel();
        self.ask.send((question, reply)).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

/// Only the beginning of an address is told: the rest is places where people live.
fn shown(url: &str) -> String {
    let end = url.match_indices('/').nth(4).map_or(url.len(), |(k, _)| k);
    url[..end].split('?').next().unwrap_or_default().to_owned()
}

async fn carry(client: &reqwest::Client, question: Question) -> Result<Value, RemoteError> {
    let url = shown(&question.url);
    let unreachable = |error: reqwest::Error| {
        let mut why = error.without_url().to_string();
        if why.is_empty() {
            "the question failed".clone_into(&mut why);
        }
        RemoteError::Unreachable { url: url.clone(), why }
    };
    let request = match question.body {
        Some(body) => client.post(&question.url).json(&body),
        None => client.get(&question.url),
    };
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let text = response.text().await.map_err(unreachable)?;
    let value: Result<Value, _> = serde_json::from_str(&text);
    if !status.is_success() {
        let words = value.ok().and_then(|v| {
            let said = v.get("message").or_else(|| v.get("error"))?.as_str()?.to_owned();
            let code = v.get("code").or_else(|| v.get("error_code")).map(ToString::to_string);
            Some(code.map_or(said.clone(), |code| format!("{code} {said}")))
        });
        let said = words.unwrap_or_else(|| text.chars().take(120).collect());
        return Err(RemoteError::Refused { url, status: status.as_u16(), said });
    }
    value.map_err(|error| RemoteError::Unreadable { url, what: format!("{error}, expected JSON") })
}
