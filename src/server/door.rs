//! The one door of several firms: whoever knocks is led to the firm whose host was asked for, and to no other.

use crate::settings::firms::FirmSettings;
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::watch,
    task::{JoinError, JoinHandle},
    time::timeout,
};
use tower::ServiceExt;
use web::Problem;

/// How long whoever knocks while a firm opens waits before they are told to come again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The path that is answered at every host: does the process serve?
const HEALTH: &str = "/api/health";

/// How a firm stands.
#[derive(Clone)]
enum Standing {
    /// Its start has not ended yet.
    Opening,
    /// Its answers are made on its own threads.
    Open { router: Router, threads: Handle },
    /// It could not open, or is over.
    Shut,
}

/// The door.
pub(crate) struct Door {
    hosts: HashMap<String, usize>,
    firms: Vec<watch::Sender<Standing>>,
}

/// An answer in the making; given up when nobody waits for it any more.
struct Errand(JoinHandle<Response>);

impl Future for Errand {
    type Output = Result<Response, JoinError>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Door {
    /// A door to these firms, none of which is open yet.
    pub(crate) fn new(firms: &[FirmSettings]) -> Self {
        let hosts =
            firms.iter().enumerate().flat_map(|(at, firm)| firm.hosts.iter().map(move |host| (host, at)));
        Self {
            hosts: hosts.map(|(host, at)| (host.clone(), at)).collect(),
            firms: firms.iter().map(|_| watch::Sender::new(Standing::Opening)).collect(),
        }
    }
    /// The firm of this number lets people in; whatever it answers is made on these threads.
    pub(crate) fn open(&self, firm: usize, router: Router, threads: Handle) {
        self.firms[firm].send_replace(Standing::Open { router, threads });
    }
    /// The firm of this number lets nobody in.
    pub(crate) fn shut(&self, firm: usize) {
        self.firms[firm].send_replace(Standing::Shut);
    }
    /// What answers at the door.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(knock).with_state(self)
    }
    /// Nobody's host: what is behind the door is not said, only whether it works.
    fn of_nobody(&self, path: &str) -> Response {
        if path != HEALTH {
            let detail = "no such host is served here: expected the address that you were given";
            return ours(Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", detail));
        }
        let (mut open, mut opening) = (0, 0);
        for firm in &self.firms {
            match &*firm.borrow() {
                Standing::Open { .. } => open += 1,
                Standing::Opening => opening += 1,
                Standing::Shut => {}
            }
        }
        let all = self.firms.len();
        let (status, word) = match (opening, open) {
            (0, 0) => (StatusCode::SERVICE_UNAVAILABLE, "shut"),
            (0, open) if open == all => (StatusCode::OK, "ok"),
            (0, _) => (StatusCode::OK, "partly"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "opening"),
        };
        ours((status, Json(json!({ "status": word, "firms": all, "open": open }))))
    }
    async fn answer(&self, request: Request) -> Response {
        let Some(firm) = host(&request).and_then(|host| self.hosts.get(&host)) else {
            return self.of_nobody(request.uri().path());
        };
        let mut standing = self.firms[*firm].subscribe();
        let known = timeout(PATIENCE, standing.wait_for(|standing| !matches!(standing, Standing::Opening)));
        let known = known.await.ok().and_then(|known| known.ok().map(|known| known.clone()));
        let Some(Standing::Open { router, threads }) = known else { return shut() };
        let answer = async move { router.oneshot(request).await.unwrap_or_else(|never| match never {}) };
        match Errand(threads.spawn(answer)).await {
            Ok(answer) => answer,
            Err(error) if error.is_panic() => {
                let detail = "the answer could not be made: see the log of the server";
                ours(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", detail))
            }
            Err(_) => shut(),
        }
    }
}

/// An answer of the door itself; nobody keeps it.
fn ours(answer: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}

fn shut() -> Response {
    ours(Problem::unavailable("the house is not open just now: try again"))
}

async fn knock(State(door): State<Arc<Door>>, request: Request) -> Response {
    door.answer(request).await
}

/// The host that is asked for, as hosts are compared: in small letters, without port and final dot. A request that
/// names none or two is for nobody.
fn host(request: &Request) -> Option<String> {
    let named: Authority = match request.uri().authority() {
        Some(named) => named.clone(),
        None => {
            let mut all = request.headers().get_all(header::HOST).iter();
            let (one, None) = (all.next()?, all.next()) else { return None };
            one.to_str().ok()?.parse().ok()?
        }
    };
    if named.as_str().contains('@') {
        return None;
    }
    let host = named.host().to_ascii_lowercase();
    Some(host.strip_suffix('.').map(str::to_owned).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::to_bytes, routing::get};
    use serde_json::Value;

    /// A door to `north` and `south`, which say their names.
    fn door() -> Arc<Door> {
        let hosts = [("north.example.com", 0), ("[::1]", 0), ("south.example.com", 1)];
        let hosts = hosts.map(|(host, at)| (host.to_owned(), at)).into();
        let firms = [(); 2].map(|()| watch::Sender::new(Standing::Opening)).into();
        Arc::new(Door { hosts, firms })
    }

    async fn breaks() -> &'static str {
        panic!("this handler is broken")
    }

    fn says(name: &'static str) -> Router {
        Router::new().route("/", get(move || async move { name })).route("/panic", get(breaks))
    }

    async fn ask(door: &Arc<Door>, path: &str, hosts: &[&str]) -> (StatusCode, String) {
        let mut request = axum::http::Request::get(path);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let request = request.body(axum::body::Body::empty()).expect("a request");
        let answer = Arc::clone(door).router().oneshot(request).await.expect("never fails");
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 10_000).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn everybody_is_led_to_the_host_they_asked_for() {
        let door = door();
        door.open(0, says("north"), Handle::current());
        door.open(1, says("south"), Handle::current());
        for (host, name) in [
            ("north.example.com", "north"),
            ("NORTH.example.com:8080", "north"),
            ("north.example.com.", "north"),
            ("[::1]:8080", "north"),
            ("south.example.com", "south"),
        ] {
            assert_eq!(ask(&door, "/", &[host]).await, (StatusCode::OK, name.into()), "{host}");
        }
        // what is asked for by a whole address is asked for there
        let whole = ask(&door, "http://south.example.com/", &["north.example.com"]).await;
        assert_eq!(whole, (StatusCode::OK, "south".into()));
    }

    #[tokio::test]
    async fn whoever_asks_for_nobody_is_told_of_nobody() {
        let door = door();
        door.open(0, says("north"), Handle::current());
        for hosts in [
            &["127.0.0.1:8080"][..],
            &["example.com"],
            &["x.north.example.com"],
            &["me@north.example.com"],
            &["north.example.com, south.example.com"],
            &["north.example.com", "south.example.com"],
            &[""],
            &[],
        ] {
            let (status, said) = ask(&door, "/", hosts).await;
            assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{hosts:?}");
            assert!(!said.contains("north") && !said.contains("south"), "{said}");
            assert_eq!(serde_json::from_str::<Value>(&said).expect("JSON")["type"], "/problems/misdirected");
        }
    }

    #[tokio::test]
    async fn a_firm_that_is_shut_or_broken_leaves_the_other_open() {
        let door = door();
        let health = async || {
            let (status, said) = ask(&door, HEALTH, &["10.0.0.1"]).await;
            (status.as_u16(), serde_json::from_str::<Value>(&said).expect("JSON")["status"].clone())
        };
        assert_eq!(health().await, (503, "opening".into()));
        door.shut(1);
        door.open(0, says("north"), Handle::current());
        assert_eq!(health().await, (200, "partly".into()));
        assert_eq!(ask(&door, "/", &["south.example.com"]).await.0, StatusCode::SERVICE_UNAVAILABLE);
        let (status, said) = ask(&door, "/panic", &["north.example.com"]).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!said.contains("this handler"), "{said}");
        assert_eq!(ask(&door, "/", &["north.example.com"]).await.1, "north");
        door.open(1, says("south"), Handle::current());
        assert_eq!(health().await, (200, "ok".into()));
        door.shut(0);
        door.shut(1);
        assert_eq!(health().await, (503, "shut".into()));
    }

    #[tokio::test]
    async fn whoever_knocks_while_a_firm_opens_waits_for_it() {
        let door = door();
        let waiting = tokio::spawn({
            let door = Arc::clone(&door);
            async move { ask(&door, "/", &["south.example.com"]).await }
        });
        tokio::task::yield_now().await;
        door.open(1, says("south"), Handle::current());
        assert_eq!(waiting.await.expect("answered"), (StatusCode::OK, "south".into()));
    }
}
