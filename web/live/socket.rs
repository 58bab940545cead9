//! `GET /ws`: one live connection, from the handshake to the goodbye.

use crate::{
    api::{
        Bucket, House, LONGEST, admit,
        session::{Place, Session},
    },
    live::{
        commands::Desk,
        frame::{self, Asked, Asking, Kept, Since},
        presence::{Mode, Standing, TOPIC},
        topic::{Position, Text},
        writer::{Order, Writer},
    },
    problem::{Problem, brief},
};
use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::ports::Seat;
use futures_util::{StreamExt, stream::SplitStream};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::timeout};

/// Without a frame for so long, not even an answer to our ping, the client is gone.
const SILENCE: Duration = Duration::from_secs(75);
/// Orders that wait for the writer; when it is full, reading waits.
const ORDERS: usize = 64;
/// Subscriptions a second: each may cost a snapshot.
const SUBS: u32 = 20;
/// Looks a second that are told to the colleagues.
const LOOKS: u32 = 20;
/// Topics in a hello.
const RESUMED: usize = 16;

/// Nobody is signed in; the client shows the door.
const SIGNED_OUT: (u16, &str) = (4401, "sign in first");
/// The user's role has changed; the client comes back with the new one.
const SEAT_CHANGED: (u16, &str) = (4000, "the workplace has changed");

/// The house closes, most often for a newer version; the client comes back by itself.
const CLOSING: (u16, &str) = (1012, "the server restarts");

/// Takes the handshake. Without a session the socket is opened and closed with 4401, because a browser does not
/// tell its page why a handshake was refused.
pub(crate) async fn upgrade(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    handshake: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let handshake = match handshake {
        Ok(handshake) => handshake,
        Err(refused) => {
            let detail = format!("a WebSocket handshake is expected: {}", refused.body_text().to_lowercase());
            return Problem::new(refused.status(), "handshake", detail).into_response();
        }
    };
    if let Err(problem) = from_our_host(&headers) {
        return problem.into_response();
    }
    let session = house.sessions.of(&headers, Instant::now());
    handshake
        .read_buffer_size(4096)
        .write_buffer_size(16 * 1024)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| async move {
            match session.as_ref().map(|session| (session, session.place(), session.seat(&*house.door))) {
                None | Some((_, _, None)) => close(socket, SIGNED_OUT).await,
                Some((_, None, _)) => close(socket, (4429, "too many windows")).await,
                Some((session, Some(place), Some(seat))) => {
                    Connection::serve(socket, house, (Arc::clone(session), place), seat).await;
                }
            }
        })
}

/// A page of another site may not open our socket with our cookie.
fn from_our_host(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or("?");
    let host = origin.split_once("://").map(|(_, host)| bare(host));
    let ours = [text(header::HOST), text(header::HeaderName::from_static("x-forwarded-host"))];
    if host.is_some() && ours.into_iter().flatten().any(|name| Some(bare(name)) == host) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("the origin `{}` is not this server", brief(origin))))
}

/// A host without the port that goes without saying.
fn bare(host: &str) -> &str {
    host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host)
}

async fn close(mut socket: WebSocket, (code, reason): (u16, &'static str)) {
    // The client may be gone already.
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

/// The reading half: it understands frames and tells the writer and the desk.
struct Connection {
    house: Arc<House>,
    session: Arc<Session>,
    seat: Seat,
    orders: mpsc::Sender<Order>,
    desk: Desk,
    greeted: bool,
    subs: Bucket,
    standing: Option<Standing>,
    looks: Bucket,
}

/// Why reading stops.
enum Stop {
    /// We close.
    Close((u16, &'static str)),
    /// The client has gone, or the writer has given up.
    Gone,
}

impl Connection {
    async fn serve(
        socket: WebSocket,
        house: Arc<House>,
        (session, _place): (Arc<Session>, Place),
        seat: Seat,
    ) {
        let (sink, stream) = socket.split();
        let (orders, inbox) = mpsc::channel(ORDERS);
        let writer = tokio::spawn(Writer::new(sink).run(inbox));
        let desk = Desk::open(&house, &orders);
        tracing::debug!(session = session.name, user = %seat.user, "a screen is connected");
        let subs = Bucket::new(SUBS, Instant::now());
        let looks = Bucket::new(LOOKS, Instant::now());
        let ended = Arc::clone(&session);
        let closing = house.hub.closed();
        let mut connection = Self {
            house,
            session,
            seat,
            orders: orders.clone(),
            desk,
            greeted: false,
            subs,
            standing: None,
            looks,
        };
        let stop = tokio::select! {
            stop = connection.read(stream) => stop,
            () = ended.ended() => Stop::Close(SIGNED_OUT),
            () = closing => Stop::Close(CLOSING),
            () = orders.closed() => Stop::Gone,
        };
        match stop {
            Stop::Close((code, reason)) => {
                // A writer that has stopped says no goodbye.
                let _ = timeout(Duration::from_secs(1), orders.send(Order::Close(code, reason))).await;
            }
            Stop::Gone => writer.abort(),
        }
    }

    async fn read(&mut self, mut stream: SplitStream<WebSocket>) -> Stop {
        loop {
            let message = match timeout(SILENCE, stream.next()).await {
                Err(_) => return Stop::Close((4408, "nothing was heard for 75 s")),
                Ok(None | Some(Err(_))) => return Stop::Gone,
                Ok(Some(Ok(Message::Close(_)))) => {
                    // Reading on is what sends the answer to a goodbye.
                    let _ = timeout(Duration::from_secs(1), stream.next()).await;
                    return Stop::Gone;
                }
                Ok(Some(Ok(message))) => message,
            };
            let heard = match message {
                Message::Text(text) => self.frame(&text).await,
                Message::Binary(_) => {
                    self.say(frame::err(
                        None,
                        &Problem::unreadable("the frame is binary: expected JSON text"),
                    ))
                    .await
                }
                _ => Ok(()),
            };
            if let Err(stop) = heard {
                return stop;
            }
        }
    }

    async fn frame(&mut self, text: &str) -> Result<(), Stop> {
        let asked = match frame::read(text) {
            Ok(asked) => asked,
            Err(misread) => {
                let answer = match misread.id {
                    Some(id) => frame::done(&id, Err(misread.problem)),
                    None => frame::err(None, &misread.problem),
                };
                return self.say(answer).await;
            }
        };
        match asked {
            Asked::Hello { v, resume } => self.hello(v, resume).await,
            _ if !self.greeted => {
                let detail = "the first frame is not `hello`: say hello first";
                self.say(frame::err(None, &Problem::new(StatusCode::CONFLICT, "no-hello", detail))).await
            }
            Asked::Sub { topic, since } => self.watch(topic, since, false).await,
            Asked::Unsub { topic } => self.order(Order::Unwatch(topic)).await,
            Asked::Cmd(asking) => self.command(asking).await,
            Asked::Look { at, mode } => self.look(at.as_deref(), mode).await,
            Asked::Ping {} => self.ping().await,
        }
    }

    async fn hello(&mut self, v: u64, resume: Vec<Kept>) -> Result<(), Stop> {
        if v != frame::VERSION {
            let detail = format!("the version `{v}` is not spoken here: expected `{}`", frame::VERSION);
            return self.say(frame::err(None, &Problem::invalid("version", detail))).await;
        }
        if resume.len() > RESUMED {
            let detail = format!("`{}` topics are too many: expected at most {RESUMED}", resume.len());
            return self.say(frame::err(None, &Problem::invalid("resume", detail))).await;
        }
        self.greeted = true;
        let lapse = self.house.clock.lapse();
        let tz = self.house.clock.zone();
        self.say(frame::welcome(&self.session.name, self.house.now(), &self.seat, lapse, &tz)).await?;
        for Kept { topic, epoch, seq } in resume {
            self.watch(topic, Some(Since { epoch, seq }), true).await?;
        }
        Ok(())
    }

    async fn watch(&mut self, name: String, since: Option<Since>, resumed: bool) -> Result<(), Stop> {
        let full_name = match self.full_name(&name) {
            Ok(full_name) => full_name,
            Err(problem) => return self.say(frame::err(Some(&brief(&name)), &problem)).await,
        };
        if !self.subs.take(Instant::now()) {
            let problem =
                Problem::too_many(format!("too many subscriptions: expected at most {SUBS} a second"), 1);
            return self.say(frame::err(Some(&name), &problem)).await;
        }
        let topic = self.house.hub.topic(&full_name);
        // An epoch that is not ours to begin with is no epoch of the topic: it leads to a snapshot.
        let since = since
            .map(|Since { epoch, seq }| Position { epoch: epoch.as_str().unwrap_or_default().into(), seq });
        self.order(Order::Watch { name, topic, since, resumed }).await
    }

    /// `agent` and `my-jobs` are one's own; the rest are shared.
    fn full_name(&self, name: &str) -> Result<String, Problem> {
        let own = |id: Option<String>| id.map(|id| format!("{name}:{id}"));
        let full_name = match name {
            "agent" => own(self.seat.operator.map(|id| id.to_string())),
            "my-jobs" => own(self.seat.master.map(|id| id.to_string())),
            "board" | "queue" | "requests" | "kpi" | "lines" | "campaigns" | "policy" | "month" | TOPIC => {
                Some(name.to_owned())
            }
            _ => return Err(Problem::unknown("topic", name)),
        };
        self.may_watch(name)?;
        full_name.ok_or_else(|| self.may_not_watch(name))
    }

    fn may_watch(&self, name: &str) -> Result<(), Problem> {
        if self.seat.role.may_watch(name) { Ok(()) } else { Err(self.may_not_watch(name)) }
    }

    fn may_not_watch(&self, name: &str) -> Problem {
        let role = serde_json::to_value(self.seat.role).unwrap_or_default();
        Problem::forbidden(format!("the role `{}` may not watch `{name}`", role.as_str().unwrap_or_default()))
    }

    async fn command(&mut self, asking: Asking) -> Result<(), Stop> {
        let seat = self.seat_now()?;
        let id = asking.id.clone();
        let taken = admit(&self.session, asking).and_then(|command| self.desk.take(seat, command));
        match taken {
            Ok(()) => Ok(()),
            Err(problem) => self.say(frame::done(&id, Err(problem))).await,
        }
    }

    async fn ping(&mut self) -> Result<(), Stop> {
        self.session.touch(Instant::now());
        self.seat_now()?;
        self.say(frame::pong(self.house.now())).await
    }

    async fn look(&mut self, at: Option<&str>, mode: Mode) -> Result<(), Stop> {
        if let Err(problem) = self.may_watch(TOPIC) {
            return self.say(frame::err(None, &problem)).await;
        }
        if !self.looks.take(Instant::now()) {
            let problem = Problem::too_many(format!("too many looks: expected at most {LOOKS} a second"), 1);
            return self.say(frame::err(None, &problem)).await;
        }
        let standing = self.standing.get_or_insert_with(|| Standing::new(&self.house.hub));
        match standing.show(&self.seat, at, mode) {
            Ok(()) => Ok(()),
            Err(detail) => self.say(frame::err(None, &Problem::invalid("look", detail))).await,
        }
    }

    /// The seat of this moment, when it is still the one that was welcomed.
    fn seat_now(&self) -> Result<Seat, Stop> {
        let seat = self.session.seat(&*self.house.door).ok_or(Stop::Close(SIGNED_OUT))?;
        let same =
            (seat.role, seat.master, seat.operator) == (self.seat.role, self.seat.master, self.seat.operator);
        if same { Ok(seat) } else { Err(Stop::Close(SEAT_CHANGED)) }
    }

    async fn say(&self, text: Text) -> Result<(), Stop> {
        self.order(Order::Send(text)).await
    }

    async fn order(&self, order: Order) -> Result<(), Stop> {
        self.orders.send(order).await.map_err(|_| Stop::Gone)
    }
}
