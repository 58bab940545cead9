//! Our postman against a receiver of another make, over HTTP: it checks the signature as any customer would.
//!
//! The peer is Python with `standardwebhooks`; without it those tests say so and are passed over.

use domain::hooks::{
    address::Allowed,
    parcel::{Heard, HookPost, Parcel},
};
use hooks::Postman;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
};

const PLAIN: Allowed = Allowed { plain: true, inside: false };

struct Peer {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    port: u64,
    secret: String,
}
impl Drop for Peer {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}
impl Peer {
    /// The peer, when Python and its package are here; `CALLOUT_PYTHON` names another Python.
    fn start() -> Option<Self> {
        let python = std::env::var("CALLOUT_PYTHON").unwrap_or_else(|_| "python3".into());
        let has =
            Command::new(&python).args(["-c", "import standardwebhooks"]).stderr(Stdio::null()).status();
        if !has.is_ok_and(|status| status.success()) {
            eprintln!("passed over: `{python}` has no `standardwebhooks` (pip install standardwebhooks)");
            return None;
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer.py");
        let mut child = Command::new(python).arg(path).stdout(Stdio::piped()).spawn().expect("python starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let about: Value = serde_json::from_str(&said.next().expect("a line").expect("text")).expect("json");
        let port = about["port"].as_u64().expect("a port");
        let secret = about["secret"].as_str().expect("text").to_owned();
        Some(Self { child, said, port, secret })
    }
    fn parcel(&self, path: &str) -> Parcel {
        Parcel {
            url: format!("http://127.0.0.1:{}/{path}", self.port),
            id: "event_7".into(),
            body: r#"{"id":"event_7","kind":"visit.planned","data":{"note":"Ёлка"}}"#.into(),
            secrets: vec![self.secret.clone()],
        }
    }
    fn seen(&mut self) -> Value {
        serde_json::from_str(&self.said.next().expect("a line").expect("text")).expect("json")
    }
}

#[tokio::test]
async fn another_make_takes_our_signature_and_refuses_a_wrong_one() {
    let Some(mut peer) = Peer::start() else { return };
    let postman = Postman::new(PLAIN).expect("TLS");
    let heard = postman.post(peer.parcel("200")).await;
    assert_eq!(heard.status, Some(200));
    assert!(heard.said.starts_with("taken or not xxx") && heard.said.len() <= 300, "{}", heard.said);
    let seen = peer.seen();
    assert_eq!((&seen["wrong"], &seen["webhook-id"]), (&Value::Null, &"event_7".into()), "{seen}");
    assert_eq!(seen["event"]["data"]["note"], "Ёлка");
    let drawn = || postman.draw().expect("drawn");
    let both = Parcel { secrets: vec![drawn(), peer.secret.clone()], ..peer.parcel("200") };
    postman.post(both).await;
    let seen = peer.seen();
    assert!(seen["wrong"].is_null(), "of two signatures one is enough: {seen}");
    let other = Parcel { secrets: vec![drawn()], ..peer.parcel("200") };
    postman.post(other).await;
    assert!(peer.seen()["wrong"].as_str().is_some_and(|why| why.contains("WebhookVerificationError")));
}

#[tokio::test]
async fn nobody_is_followed_elsewhere_and_a_wish_to_wait_is_heard() {
    let Some(peer) = Peer::start() else { return };
    let postman = Postman::new(PLAIN).expect("TLS");
    assert_eq!(postman.post(peer.parcel("302")).await.status, Some(302));
    let busy = postman.post(peer.parcel("503")).await;
    assert_eq!((busy.status, busy.after_seconds), (Some(503), Some(120)));
}

#[tokio::test]
async fn a_machine_of_our_own_network_is_not_reached_by_any_name() {
    let strict = Postman::new(Allowed::default()).expect("TLS");
    for inside in [
        "https://127.0.0.1/in",
        "https://10.0.0.1/in",
        "https://[::1]/in",
        "https://[fd00::1]/in",
        "https://2130706433/in",
        "https://0x7f.1/in",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/in",
        "https://intranet/in",
        "http://example.com/in",
        "ftp://example.com/in",
        "https://user:word@example.com/in",
        "example.com",
    ] {
        let refusal = strict.check(inside).expect_err(inside);
        assert!(refusal.detail.contains(&format!("`{inside}`")), "{refusal}");
    }
    assert!(strict.check("https://example.com/in?key=1").is_ok());
    let plain = Postman::new(PLAIN).expect("TLS");
    assert!(plain.check("http://127.0.0.1:9/in").is_ok() && plain.check("http://localhost:9/in").is_ok());
    assert!(plain.check("http://example.com/in").is_err() && plain.check("https://10.0.0.1/in").is_err());
}

#[tokio::test]
async fn a_name_that_leads_into_our_own_network_is_found_out_when_it_is_resolved() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let strict = Postman::new(Allowed::default()).expect("TLS");
    let secret = strict.draw().expect("drawn");
    // a name of the system's own that has a dot, as a rebound one of the world would
    let url = format!("https://localhost.localdomain:{port}/in");
    let heard =
        strict.post(Parcel { url, id: "event_1".into(), body: "{}".into(), secrets: vec![secret] }).await;
    assert_eq!(heard.status, None);
    listener.set_nonblocking(true).expect("a socket");
    assert!(listener.accept().is_err(), "nobody has knocked: {}", heard.said);
}

#[tokio::test]
async fn who_never_ends_an_answer_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let endless = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let mut asked = [0; 4096];
        let _length = stream.read(&mut asked).expect("a request");
        let mut sent = 0_u64;
        let _head = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while stream.write_all(b"400\r\n").and_then(|()| stream.write_all(&[b'y'; 1024])).is_ok()
            && stream.write_all(b"\r\n").is_ok()
        {
            sent += 1024;
        }
        sent
    });
    let postman = Postman::new(PLAIN).expect("TLS");
    let secret = postman.draw().expect("drawn");
    let url = format!("http://127.0.0.1:{port}/in");
    let heard: Heard =
        postman.post(Parcel { url, id: "event_1".into(), body: "{}".into(), secrets: vec![secret] }).await;
    assert_eq!((heard.status, heard.said.len()), (Some(200), 300));
    // Not here: the thread of the runtime is to close the connection.
    let joined = tokio::task::spawn_blocking(move || endless.join()).await.expect("a thread");
    let sent = joined.expect("it ends when we go");
    assert!(sent < 16 << 20, "{sent} bytes were taken");
}
