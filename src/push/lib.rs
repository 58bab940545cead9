//! Rings phones by Web Push: messages encrypted for one browser (RFC 8291, RFC 8188), signed by us (RFC 8292), posted to
//! the push service that the browser has chosen (RFC 8030).
//!
//! ```text
//! PushMessage ─ encrypt ─► aes128gcm ─┐
//!            VapidKey ─ sign ─► JWT ──┴─► POST endpoint ─► 201 | 404, 410: gone | 429, 5xx: later
//! ```

mod seal;
mod vapid;

pub use vapid::{BadKey, VapidKey};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    ports::{Later, PushError, PushMessage, PushService},
    workforce::device::Device,
};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use std::time::{Duration, SystemTime, SystemTimeError};

/// How long a push service is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest wait that a push service may ask for, in seconds.
const LONGEST_WAIT: u32 = 3600;

/// Posts to the push services of browsers.
#[derive(Debug, Clone)]
pub struct Bell {
    client: Client,
    key: VapidKey,
    contact: String,
    plain: bool,
}

impl Bell {
    /// A bell with our key; `contact` (`mailto:` or `https:`) is told to push services, `plain` lets one of tests be
    /// `http`.
    ///
    /// # Errors
    /// The system gives no TLS.
    pub fn new(key: VapidKey, contact: &str, plain: bool) -> Result<Self, reqwest::Error> {
        // A push service that sends us elsewhere is none: elsewhere might be our own network.
        let client =
            Client::builder().timeout(PATIENCE).no_proxy().redirect(redirect::Policy::none()).build()?;
        Ok(Self { client, key, contact: contact.to_owned(), plain })
    }
}

impl PushService for Bell {
    fn key(&self) -> String {
        self.key.public()
    }
    fn plain(&self) -> bool {
        self.plain
    }
    fn send(&self, device: &Device, message: &PushMessage) -> Later<Result<(), PushError>> {
        let (bell, device, message) = (self.clone(), device.clone(), message.clone());
        Box::pin(async move { bell.post(&device, &message).await })
    }
}

fn refused(reason: impl ToString) -> PushError {
    PushError::Refused { reason: reason.to_string() }
}

impl Bell {
    async fn post(&self, device: &Device, message: &PushMessage) -> Result<(), PushError> {
        let endpoint = Url::parse(&device.endpoint).map_err(refused)?;
        let body = sealed(device, message)?;
        let now = since_epoch().map_err(refused)?;
        let authorization = self
            .key
            .authorization(&endpoint.origin().ascii_serialization(), &self.contact, now)
            .map_err(refused)?;
        let asked = self
            .client
            .post(endpoint)
            .header("TTL", message.seconds)
            .header("Urgency", "high")
            // A newer notice of the same visit takes the place of one that is not delivered yet.
            .header("Topic", message.visit.uuid().simple().to_string())
            .header("Content-Encoding", "aes128gcm")
            .header("Content-Type", "application/octet-stream")
            .header("Authorization", authorization)
            .body(body);
        match asked.send().await {
            Ok(answer) => heard(&answer),
            Err(error) => {
                Err(PushError::Later { reason: error.without_url().to_string(), after_seconds: None })
            }
        }
    }
}

/// The world's time: push services know no other, whatever the city's clock shows.
#[expect(clippy::disallowed_methods, reason = "a token is good by the clock of the push service")]
fn since_epoch() -> Result<Duration, SystemTimeError> {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)
}

/// What the answer of a push service means.
fn heard(answer: &Response) -> Result<(), PushError> {
    let status = answer.status();
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(PushError::Gone),
        StatusCode::TOO_MANY_REQUESTS => Err(later(answer)),
        _ if status.is_server_error() => Err(later(answer)),
        _ => Err(refused(status)),
    }
}

fn later(answer: &Response) -> PushError {
    let after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let after_seconds =
        after.and_then(|text| text.parse().ok()).map(|seconds: u32| seconds.min(LONGEST_WAIT));
    PushError::Later { reason: answer.status().to_string(), after_seconds }
}

/// The message, readable by that one browser alone.
fn sealed(device: &Device, message: &PushMessage) -> Result<Vec<u8>, PushError> {
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(refused);
    let (key, auth) = (decoded(&device.p256dh)?, decoded(&device.auth)?);
    let text = serde_json::to_vec(message).map_err(refused)?;
    seal::seal(&key, &auth, &text).map_err(refused)
}
