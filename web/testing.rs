//! A small house for tests: three people, a few commands, a clock that stands.

use crate::{Hub, WebState, hash_password, router};
use domain::{
    access::{Role, User},
    calls::trace::{Traced, Traces},
    ports::{
        Answer, BlobError, Blobs, Clock, Command, Fact, FrontDoor, Held, Later, LaterPart, Recordings, Seat,
    },
    refusal::Refusal,
    values::id::{CallId, ClientId, Id},
    visits::proof::BlobName,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};
use uuid::Uuid;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse";
static HASH: LazyLock<String> = LazyLock::new(|| hash_password(PASSWORD));

/// Remembers what was done, refuses by the command's name.
#[derive(Default)]
pub(crate) struct FakeDoor {
    pub(crate) answers: Arc<Mutex<HashMap<String, Value>>>,
    pub(crate) roles: Mutex<HashMap<String, Role>>,
}

impl FrontDoor for FakeDoor {
    fn command(&self, seat: Seat, command: Command) -> Later<Result<Answer, Refusal>> {
        let answers = Arc::clone(&self.answers);
        Box::pin(async move {
            if !seat.role.may(&command.name) {
                return Err(Refusal::forbidden(format!("`{:?}` may not `{}`", seat.role, command.name)));
            }
            match command.name.as_str() {
                "visit.cancel" => return Err(Refusal::state("visit-state", "the visit is `completed`")),
                "visit.pin" if command.rev == Some(1) => return Err(Refusal::stale("visit", 1, 2)),
                "visit.unassign" => return Err(Refusal::unknown("visit", "visit_x")),
                "slots.offer" => return Err(Refusal::unavailable("the planner is starting")),
                "recording.hear" => {
                    return Ok(Answer { ok: json!({ "recording": command.args["call"] }), dup: false });
                }
                "visit.explain" => tokio::time::sleep(Duration::from_millis(300)).await,
                "visit.assign" if command.args.get("master").is_none() => {
                    return Err(Refusal::invalid("master", "`master` is missing"));
                }
                _ => {}
            }
            let mut answers = answers.lock();
            if let Some(ok) = answers.get(&command.id) {
                return Ok(Answer { ok: ok.clone(), dup: true });
            }
            let ok = json!({ "number": answers.len() + 1 });
            answers.insert(command.id, ok.clone());
            Ok(Answer { ok, dup: false })
        })
    }
    fn search(&self, typed: &str, limit: usize) -> Vec<Value> {
        vec![json!({ "name": typed }); limit.min(2)]
    }
    fn card(&self, client: &str) -> Later<Result<Value, Refusal>> {
        let known = client == id::<domain::values::id::ClientKind>(1).to_string();
        let card = if known { Ok(json!({ "id": client })) } else { Err(Refusal::unknown("client", client)) };
        Box::pin(async move { card })
    }
    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, Refusal>> {
        let (entity, at) = (entity.to_owned(), StoppedClock.now());
        let fact = Fact {
            entity,
            ver: 1,
            name: "visit.planned".into(),
            at,
            by: "dora".into(),
            data: json!({ "n": 1 }),
        };
        Box::pin(async move { Ok(vec![fact]) })
    }
    fn dialogs(&self, _: CallId) -> Vec<String> {
        vec!["one@caller".into(), "two@house".into()]
    }
    fn calls(&self, seat: &Seat, client: Option<ClientId>) -> Vec<Value> {
        vec![json!({ "client": client, "for": seat.role })]
    }
    fn past(&self, from: jiff::Timestamp, until: jiff::Timestamp) -> Later<Result<Value, Refusal>> {
        let tape = json!({ "from": from.as_millisecond(), "until": until.as_millisecond(), "rows": [], "changes": [] });
        Box::pin(async move { Ok(tape) })
    }
    fn checkup(&self) -> Later<Result<Value, Refusal>> {
        Box::pin(async { Ok(json!({ "at": NOW, "checked": {}, "findings": [] })) })
    }
    fn user(&self, login: &str) -> Option<User> {
        let (number, role) = match login {
            "anna" => (1, Role::Operator),
            "boris" => (2, Role::Master),
            "dora" => (3, Role::Dispatcher),
            _ => return None,
        };
        let role = self.roles.lock().get(login).copied().unwrap_or(role);
        Some(User {
            id: id(number),
            ver: 1,
            login: login.into(),
            name: login.to_uppercase(),
            role,
            password: HASH.clone(),
            master: (role == Role::Master).then(|| id(2)),
            operator: (role == Role::Operator).then(|| id(1)),
            robot: false,
            phone: None,
            once: false,
            off: None,
        })
    }
    fn users(&self) -> Vec<User> {
        ["anna", "boris", "dora"].into_iter().filter_map(|login| self.user(login)).collect()
    }
}

/// The id of a number.
pub(crate) fn id<K>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

/// 2026-01-05 06:00 UTC, for ever; a minute a second.
pub(crate) struct StoppedClock;

/// What it shows, in milliseconds.
pub(crate) const NOW: i64 = 1_767_592_800_000;

impl Clock for StoppedClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(NOW).expect("an instant")
    }
    fn lapse(&self) -> f64 {
        60.0
    }
}

/// Takes any piece and holds nothing.
pub(crate) struct FakeShelf;

impl Blobs for FakeShelf {
    fn held(&self, name: &BlobName) -> Later<Result<Held, BlobError>> {
        Box::pin(std::future::ready(Err(BlobError::Unknown(name.clone()))))
    }
    fn append(&self, _: &BlobName, from: u64, total: u64, piece: Vec<u8>) -> Later<Result<Held, BlobError>> {
        let bytes = from + piece.len() as u64;
        Box::pin(std::future::ready(Ok(Held { bytes, whole: bytes == total })))
    }
    fn read(&self, name: &BlobName) -> Later<Result<Vec<u8>, BlobError>> {
        Box::pin(std::future::ready(Err(BlobError::Unknown(name.clone()))))
    }
}

/// One recording, of a hundred thousand bytes that count.
pub(crate) struct FakeTapes;

/// The byte at a place of it.
pub(crate) fn taped(at: u64) -> u8 {
    (at % 251) as u8
}

impl Recordings for FakeTapes {
    fn length(&self, name: &str) -> Later<Result<u64, Refusal>> {
        let known = if name == "call_1" || name == "call_1-9" {
            Ok(100_000)
        } else {
            Err(Refusal::unknown("recording", name))
        };
        Box::pin(std::future::ready(known))
    }
    fn read(&self, _: &str, from: u64, most: usize) -> Later<Result<Vec<u8>, Refusal>> {
        let to = (from + most as u64).min(100_000);
        Box::pin(std::future::ready(Ok((from..to).map(taped).collect())))
    }
    fn later_parts(&self, name: &str) -> Later<Result<Vec<LaterPart>, Refusal>> {
        let part = LaterPart { begun: 9, name: format!("{name}-9") };
        Box::pin(std::future::ready(Ok(vec![part])))
    }
    fn remove(&self, _: &str) -> Later<Result<(), Refusal>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Traces for FakeTapes {
    fn of(&self, sip_call_id: &str) -> Vec<Traced> {
        vec![Traced {
            at: StoppedClock.now(),
            outgoing: false,
            carrier: "udp",
            peer: "10.0.0.1:5060".into(),
            title: "INVITE".into(),
            cseq: "1 INVITE".into(),
            audio: true,
            codecs: vec!["PCMA".into()],
            plain: true,
            text: format!("INVITE sip:x SIP/2.0\r\nCall-ID: {sip_call_id}\r\n\r\n"),
            left_out: 0,
        }]
    }
}

/// A server on a port of its own.
pub(crate) struct TestHouse {
    pub(crate) hub: Arc<Hub>,
    pub(crate) door: Arc<FakeDoor>,
    pub(crate) address: SocketAddr,
}

impl TestHouse {
    /// Serves until the test ends.
    pub(crate) async fn open() -> Self {
        let (hub, door) = (Arc::new(Hub::with_ring(64)), Arc::new(FakeDoor::default()));
        let state = WebState {
            door: Arc::clone(&door) as Arc<dyn FrontDoor>,
            hub: Arc::clone(&hub),
            clock: Arc::new(StoppedClock),
            blobs: Arc::new(FakeShelf),
            tables: Arc::new(FakeShelf),
            recordings: Arc::new(FakeTapes),
            traces: Arc::new(FakeTapes),
            link_key: [7; 32],
            first_key: String::new(),
            demo: None,
        };
        let address = serve(state).await;
        Self { hub, door, address }
    }
    /// Signs in; the cookie as a client sends it.
    pub(crate) async fn cookie(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": PASSWORD });
        let answer = http().post(self.url("/api/login")).json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().expect("text");
        cookie.split(';').next().expect("a pair").to_owned()
    }
    /// A path of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Serves a state on a free port.
pub(crate) async fn serve(state: WebState) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// A client without a cookie jar and without proxies.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
