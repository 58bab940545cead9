//! Who is signed in: a random token in a cookie, its digest in a table.

use crate::{
    api::{Bucket, House},
    problem::Problem,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use domain::{
    access::User,
    ports::{FrontDoor, Seat},
};
use parking_lot::Mutex;
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The cookie's name.
const COOKIE: &str = "callout";
/// A session ends after so long without a request.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// A session ends after so long in any case.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// Commands a second.
const COMMANDS: u32 = 50;
/// Sockets of one session: tabs without a shared worker, a second monitor.
const SOCKETS: usize = 20;

/// One signed-in browser.
#[derive(Debug)]
pub(crate) struct Session {
    /// Names it in frames and logs; opens nothing.
    pub(crate) name: String,
    login: String,
    born: Instant,
    used: Mutex<Instant>,
    /// Shared by its sockets and its HTTP requests.
    pub(crate) commands: Mutex<Bucket>,
    over: watch::Sender<bool>,
    sockets: AtomicUsize,
}

/// A socket's place in its session; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Session>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Session {
    /// Who sits there now: the user is asked for anew, so that a changed role counts at once.
    pub(crate) fn seat(&self, door: &dyn FrontDoor) -> Option<Seat> {
        if *self.over.borrow() {
            return None;
        }
        door.user(&self.login).map(seat_of)
    }
    /// Somebody is there.
    pub(crate) fn touch(&self, now: Instant) {
        *self.used.lock() = now;
    }
    /// Waits until it is over.
    pub(crate) async fn ended(&self) {
        // The sender lives in the session that is borrowed here: waiting cannot fail.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }
    /// A place for one more socket.
    pub(crate) fn place(self: &Arc<Self>) -> Option<Place> {
        let taken = self.sockets.fetch_add(1, Ordering::AcqRel);
        let place = Place(Arc::clone(self));
        (taken < SOCKETS).then_some(place)
    }
    fn has_expired(&self, now: Instant) -> bool {
        now - *self.used.lock() >= IDLE || now - self.born >= LONGEST
    }
}

/// All sessions. They live as long as the process: after a restart people sign in again.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    table: Mutex<HashMap<[u8; 32], Arc<Session>>>,
}

impl Sessions {
    /// A new session; the token is given out once and not kept.
    pub(crate) fn open(&self, login: &str, now: Instant) -> String {
        let mut secret = [0u8; 32];
        OsRng.try_fill_bytes(&mut secret).expect("the system gives random bytes");
        let token = hex(&secret);
        let key = digest(&token);
        let session = Session {
            name: hex(&key[..8]),
            login: login.to_owned(),
            born: now,
            used: Mutex::new(now),
            commands: Mutex::new(Bucket::new(COMMANDS, now)),
            over: watch::Sender::new(false),
            sockets: AtomicUsize::new(0),
        };
        let mut table = self.table.lock();
        table.retain(|_, session| {
            let keep = !session.has_expired(now);
            if !keep {
                session.over.send_replace(true);
            }
            keep
        });
        table.insert(key, Arc::new(session));
        token
    }
    /// The session of the request's cookie.
    pub(crate) fn of(&self, headers: &HeaderMap, now: Instant) -> Option<Arc<Session>> {
        let key = digest(token_in(headers)?);
        let session = Arc::clone(self.table.lock().get(&key)?);
        if session.has_expired(now) {
            self.end(&key);
            return None;
        }
        session.touch(now);
        Some(session)
    }
    /// Windows that are open, by login; who is signed in without one has none.
    pub(crate) fn windows(&self) -> HashMap<String, usize> {
        let mut windows = HashMap::new();
        for session in self.table.lock().values() {
            *windows.entry(session.login.clone()).or_insert(0) += session.sockets.load(Ordering::Acquire);
        }
        windows
    }
    /// Ends the session of the request's cookie, and with it its sockets.
    pub(crate) fn close(&self, headers: &HeaderMap) {
        if let Some(token) = token_in(headers) {
            self.end(&digest(token));
        }
    }
    /// Ends the sessions of those who may not be here any longer, and with them their sockets.
    pub(crate) fn sweep(&self, may_stay: impl Fn(&str) -> bool) {
        self.table.lock().retain(|_, session| {
            let stays = may_stay(&session.login);
            if !stays {
                session.over.send_replace(true);
            }
            stays
        });
    }
    fn end(&self, key: &[u8; 32]) {
        if let Some(session) = self.table.lock().remove(key) {
            session.over.send_replace(true);
        }
    }
}

/// Who asks; refused with 401 when nobody is signed in.
#[derive(Debug)]
pub(crate) struct SignedIn {
    /// From the session and the user of this moment.
    pub(crate) seat: Seat,
    /// Its limits.
    pub(crate) session: Arc<Session>,
}

impl FromRequestParts<Arc<House>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        let session = house.sessions.of(&parts.headers, Instant::now()).ok_or_else(Problem::signed_out)?;
        let seat = session.seat(&*house.door).ok_or_else(Problem::signed_out)?;
        Ok(Self { seat, session })
    }
}

/// The workplace of a user.
pub(crate) fn seat_of(user: User) -> Seat {
    let User { id, login, name, role, master, operator, .. } = user;
    Seat { user: id, login, name, role, master, operator }
}

/// The cookie that carries a token; an empty token takes it away.
pub(crate) fn cookie(token: &str, headers: &HeaderMap) -> String {
    let age = if token.is_empty() { 0 } else { LONGEST.as_secs() };
    let behind_tls = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if behind_tls { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
}

fn token_in(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token)
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeDoor;

    fn with(token: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("theme=dark; {COOKIE}={token}").parse().expect("a header"));
        headers
    }

    #[test]
    fn a_session_ends_when_nobody_uses_it() {
        let (sessions, mut now) = (Sessions::default(), Instant::now());
        let headers = with(&sessions.open("anna", now));
        for _ in 0..3 {
            now += IDLE / 2;
            assert!(sessions.of(&headers, now).is_some());
        }
        assert!(sessions.of(&with("guess"), now).is_none() && sessions.of(&HeaderMap::new(), now).is_none());
        assert!(sessions.of(&headers, now + IDLE).is_none());
    }

    #[test]
    fn a_session_does_not_live_for_ever() {
        let (sessions, born) = (Sessions::default(), Instant::now());
        let headers = with(&sessions.open("anna", born));
        let mut now = born;
        while sessions.of(&headers, now).is_some() {
            now += IDLE / 2;
        }
        assert_eq!(now - born, LONGEST);
    }

    #[tokio::test]
    async fn who_may_not_be_here_any_longer_is_shown_out() {
        let (sessions, door, now) = (Sessions::default(), FakeDoor::default(), Instant::now());
        let (anna, boris) = (with(&sessions.open("anna", now)), with(&sessions.open("boris", now)));
        let session = sessions.of(&boris, now).expect("open");
        sessions.sweep(|login| login == "anna");
        session.ended().await;
        assert!(session.seat(&door).is_none() && sessions.of(&boris, now).is_none());
        assert!(sessions.of(&anna, now).is_some());
    }

    #[tokio::test]
    async fn a_closed_session_seats_nobody() {
        let (sessions, door, now) = (Sessions::default(), FakeDoor::default(), Instant::now());
        let headers = with(&sessions.open("anna", now));
        let session = sessions.of(&headers, now).expect("open");
        assert!(session.seat(&door).is_some());
        sessions.close(&headers);
        session.ended().await;
        assert!(session.seat(&door).is_none() && sessions.of(&headers, now).is_none());
    }
}
