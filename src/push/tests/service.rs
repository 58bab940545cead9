//! Our bell against a push service of another make, over HTTP: it opens the message and checks the signature.
//!
//! The peer is Python with `http_ece` and `cryptography`; without them the test says so and is passed over.

use domain::{
    ports::{PushError, PushMessage, PushService},
    values::id::{DeviceId, MasterId, VisitId},
    workforce::device::Device,
};
use push::{Bell, VapidKey};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};
use uuid::Uuid;

struct Peer {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    about: Value,
}
impl Drop for Peer {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}
impl Peer {
    /// The peer, when Python and its packages are here; `CALLOUT_PYTHON` names another Python.
    fn start() -> Option<Self> {
        let python = std::env::var("CALLOUT_PYTHON").unwrap_or_else(|_| "python3".into());
        let has = Command::new(&python)
            .args(["-c", "import http_ece, cryptography"])
            .stderr(Stdio::null())
            .status();
        if !has.is_ok_and(|status| status.success()) {
            eprintln!("passed over: `{python}` has no `http_ece` (pip install http_ece)");
            return None;
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer.py");
        let mut child = Command::new(python).arg(path).stdout(Stdio::piped()).spawn().expect("python starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let about = serde_json::from_str(&said.next().expect("a line").expect("text")).expect("json");
        Some(Self { child, said, about })
    }
    fn device(&self, status: u16) -> Device {
        let text = |field: &str| self.about[field].as_str().expect("text").to_owned();
        Device {
            id: DeviceId::from_uuid(Uuid::from_u128(1)),
            ver: 1,
            master: MasterId::from_uuid(Uuid::from_u128(2)),
            endpoint: format!("http://127.0.0.1:{}/send/{status}", self.about["port"]),
            p256dh: text("p256dh"),
            auth: text("auth"),
            lang: "ru".into(),
            since: jiff::Timestamp::UNIX_EPOCH,
            gone: None,
        }
    }
    fn heard(&mut self) -> Value {
        serde_json::from_str(&self.said.next().expect("a line").expect("text")).expect("json")
    }
}

fn message() -> PushMessage {
    PushMessage {
        visit: VisitId::from_uuid(Uuid::from_u128(77)),
        no: 12,
        start: 1_772_431_200_000,
        address: "Ёлочная улица, 11".into(),
        symptom: "не морозит".into(),
        lang: "ru".into(),
        seconds: 900,
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the token is good by the world's clock")]
async fn another_make_opens_what_we_sealed_and_knows_who_sent_it() {
    let Some(mut peer) = Peer::start() else { return };
    let key = VapidKey::read(&VapidKey::draw().expect("drawn")).expect("read");
    let bell = Bell::new(key, "mailto:service@example.com", true).expect("a bell");
    bell.send(&peer.device(201), &message()).await.expect("taken");
    let heard = peer.heard();
    let text: Value = serde_json::from_str(heard["text"].as_str().expect("text")).expect("json");
    assert_eq!(text["address"], "Ёлочная улица, 11");
    assert_eq!(text["visit"], message().visit.to_string());
    assert_eq!((&heard["ttl"], &heard["urgency"]), (&"900".into(), &"high".into()));
    assert_eq!(heard["topic"].as_str().map(str::len), Some(32));
    assert_eq!(heard["content-encoding"], "aes128gcm");
    assert_eq!(heard["claims"]["aud"], format!("http://127.0.0.1:{}", peer.about["port"]));
    assert_eq!(heard["claims"]["sub"], "mailto:service@example.com");
    assert_eq!(heard["k"], bell.key());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let good_for = heard["claims"]["exp"].as_u64().expect("an end") - now;
    assert!((11 * 3600..=24 * 3600).contains(&good_for), "{good_for}");
}

#[tokio::test]
async fn what_a_push_service_answers_is_understood() {
    let Some(mut peer) = Peer::start() else { return };
    let key = VapidKey::read(&VapidKey::draw().expect("drawn")).expect("read");
    let bell = Bell::new(key, "mailto:service@example.com", true).expect("a bell");
    for gone in [404, 410] {
        assert_eq!(bell.send(&peer.device(gone), &message()).await, Err(PushError::Gone), "{gone}");
        peer.heard();
    }
    for (busy, after) in [(429, Some(120)), (503, None)] {
        let Err(PushError::Later { after_seconds, .. }) = bell.send(&peer.device(busy), &message()).await
        else {
            panic!("{busy} is no refusal");
        };
        assert_eq!(after_seconds, after, "{busy}");
        peer.heard();
    }
    let refused = bell.send(&peer.device(413), &message()).await;
    assert!(
        matches!(refused, Err(PushError::Refused { ref reason }) if reason.contains("413")),
        "{refused:?}"
    );
    peer.heard();
    let nobody = Device { endpoint: "http://127.0.0.1:9/send".into(), ..peer.device(201) };
    assert!(matches!(bell.send(&nobody, &message()).await, Err(PushError::Later { .. })));
    let torn = Device { p256dh: "B".repeat(87), ..peer.device(201) };
    assert!(matches!(bell.send(&torn, &message()).await, Err(PushError::Refused { .. })));
}
