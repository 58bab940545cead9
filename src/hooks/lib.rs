//! Posts events to other programmes, as Standard Webhooks wants it (standardwebhooks.com): signed with the secret of the
//! link, to machines of the world alone, never led elsewhere.
//!
//! ```text
//! Parcel ─ sign ─► webhook-id, webhook-timestamp, webhook-signature ─► POST url ─► 2xx | 410: gone | others: later
//! ```

mod guard;
mod signature;

pub use signature::{signature, signatures};

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    hooks::{
        address::Allowed,
        parcel::{Heard, HookPost, Parcel},
    },
    ports::Later,
    refusal::Refusal,
};
use guard::Guard;
use reqwest::{Client, Response, Url, redirect};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// How long the other side is waited for, from the first packet to the last byte that is read.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes.
const READ: usize = 300;
/// The longest address of a link.
const LONGEST: usize = 1024;
/// Bytes of a secret.
const SECRET: usize = 32;

/// Posts to other programmes.
#[derive(Debug, Clone)]
pub struct Postman {
    client: Client,
    allowed: Allowed,
}

impl Postman {
    /// One who posts where the settings allow it.
    ///
    /// # Errors
    /// The system gives no TLS.
    pub fn new(allowed: Allowed) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE / 2)
            .no_proxy()
            // Elsewhere might be our own network.
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(Guard(allowed)))
            .user_agent(concat!("callout/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, allowed })
    }
    async fn send(&self, parcel: Parcel) -> Result<Response, String> {
        let url = self.url(&parcel.url).map_err(|refusal| refusal.detail)?;
        let at = since_epoch();
        let signed = signatures(&parcel.secrets, &parcel.id, at, &parcel.body)?;
        let asked = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", parcel.id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signed)
            .body(parcel.body);
        asked.send().await.map_err(|error| told(&error))
    }
    fn url(&self, typed: &str) -> Result<Url, Refusal> {
        let brief: String = typed.chars().take(80).collect();
        let no = |why: &str| Refusal::invalid("url", format!("`{brief}` {why}"));
        if typed.len() > LONGEST {
            return Err(no(&format!("is too long: expected at most {LONGEST} bytes")));
        }
        let url = Url::parse(typed).map_err(|error| no(&format!("is no address: {error}")))?;
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        let beside = host == "localhost" || literal.is_some_and(|ip: std::net::IpAddr| ip.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if self.allowed.plain && beside => {}
            _ => return Err(no("is not safe on its way: expected `https://`")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(no("names a user: expected an address without one"));
        }
        let admitted = match literal {
            Some(ip) => self.allowed.admits(ip),
            // A name is looked at again when it is resolved.
            None => host.contains('.') || self.allowed.inside || (beside && self.allowed.plain),
        };
        if admitted { Ok(url) } else { Err(no("lies in our own network: expected a machine of the world")) }
    }
}

/// What went wrong on the way, to its root and without the address: it may hold a key.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// The world's time: who checks a signature knows no other, whatever the city's clock shows.
#[expect(clippy::disallowed_methods, reason = "a signature is good by the clock of the other side")]
fn since_epoch() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The first words of an answer, in one line.
async fn first_words(response: &mut Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < READ {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        bytes.extend_from_slice(&chunk[..chunk.len().min(READ - bytes.len())]);
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

impl HookPost for Postman {
    fn draw(&self) -> Result<String, Refusal> {
        let mut secret = [0; SECRET];
        rand::fill(&mut secret).map_err(|_| Refusal::unavailable("the system gives no random bytes"))?;
        Ok(format!("whsec_{}", STANDARD.encode(secret)))
    }
    fn check(&self, url: &str) -> Result<(), Refusal> {
        self.url(url).map(drop)
    }
    fn post(&self, parcel: Parcel) -> Later<Heard> {
        let postman = self.clone();
        Box::pin(async move {
            let began = Instant::now();
            let mut heard = match postman.send(parcel).await {
                Err(said) => Heard { said, ..Heard::default() },
                Ok(mut response) => {
                    let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
                    let after_seconds = after.and_then(|text| text.trim().parse().ok());
                    let status = Some(response.status().as_u16());
                    Heard { status, said: first_words(&mut response).await, after_seconds, millis: 0 }
                }
            };
            heard.millis = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
            heard
        })
    }
}
