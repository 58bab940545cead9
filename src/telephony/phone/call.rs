//! A caller: dials, listens, speaks, hangs up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use crate::line::FRAME;
use crate::media::sdp;
use crate::phone::audio::Audio;
use crate::phone::message::{Draft, Message, token};
use crate::phone::talk::{Heard, Talk};
use crate::sip::digest;

/// The first interval of repetition and the patience of RFC 3261.
const T1: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(32);

/// Why a call could not even be tried.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No socket.
    #[error("caller has no socket: {0}")]
    Socket(#[from] std::io::Error),
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// 180 or 183.
    Ringing,
    /// 200: the conversation begins.
    Answered,
    /// Refused or unreachable with this status; 487 after our own cancel.
    Rejected(u16),
    /// An answered call is over.
    Ended {
        /// The switchboard hung up.
        by_remote: bool,
    },
}

/// Where calls come from.
#[derive(Clone, Debug)]
pub struct Caller {
    ip: IpAddr,
    credentials: Option<(String, String)>,
    /// Takes keys in its audio.
    events: bool,
}

impl Default for Caller {
    fn default() -> Self {
        Self::new()
    }
}

enum Wish {
    HangUp,
    Press(char),
}

/// A call under way. Dropping it hangs up.
#[derive(Debug)]
pub struct CallHandle {
    wishes: UnboundedSender<Wish>,
    events: UnboundedReceiver<CallEvent>,
    heard: Arc<Mutex<Heard>>,
    call_id: String,
}

impl CallHandle {
    /// The next event; `None` when the call is over and told.
    pub async fn event(&mut self) -> Option<CallEvent> {
        self.events.recv().await
    }

    /// Gives up an unanswered call (CANCEL) or ends an answered one (BYE).
    pub fn hang_up(&self) {
        // a call that is over needs no hanging up
        let _ = self.wishes.send(Wish::HangUp);
    }

    /// The same as [`CallHandle::hang_up`], said of an unanswered call.
    pub fn cancel(&self) {
        self.hang_up();
    }

    /// Presses a key (RFC 4733).
    pub fn press(&self, digit: char) {
        // a call that is over hears no keys
        let _ = self.wishes.send(Wish::Press(digit));
    }

    /// What was heard so far.
    pub fn heard(&self) -> Heard {
        self.heard.lock().clone()
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }
}

impl Caller {
    /// A caller at this machine's loopback.
    pub fn new() -> Self {
        Self::at(Ipv4Addr::LOCALHOST.into())
    }

    /// A caller at this address.
    pub fn at(ip: IpAddr) -> Self {
        Self { ip, credentials: None, events: true }
    }

    /// A caller that answers challenges.
    pub fn with_credentials(mut self, user: &str, password: &str) -> Self {
        self.credentials = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// A caller who offers no telephone-event: keys are told to it by INFO.
    pub fn without_events(mut self) -> Self {
        self.events = false;
        self
    }

    /// Dials `did` at the switchboard; what follows comes as events.
    pub async fn dial(
        &self,
        target: SocketAddr,
        from: &str,
        display: &str,
        did: &str,
        audio: Audio,
    ) -> Result<CallHandle, CallError> {
        let socket = UdpSocket::bind((self.ip, 0)).await?;
        let local = socket.local_addr()?;
        let talk = Talk::open(self.ip, audio).await?;
        let shown = if display.is_empty() { String::new() } else { format!("\"{display}\" ") };
        let call_id = format!("{}@{}", token(""), self.ip);
        let (wishes, wished) = unbounded_channel();
        let (events, told) = unbounded_channel();
        let heard = talk.heard();
        let call = Call {
            local,
            target,
            uri: format!("sip:{did}@{target}"),
            from: format!("{shown}<sip:{from}@{}>;tag={}", self.ip, token("")),
            to: format!("<sip:{did}@{target}>"),
            call_id: call_id.clone(),
            contact: format!("<sip:{from}@{local}>"),
            branch: token("z9hG4bK"),
            sequence: 1,
            invite_sequence: 1,
            state: State::Calling,
            pending: None,
            ack: Vec::new(),
            credentials: self.credentials.clone(),
            takes_events: self.events,
            authorization: None,
            socket,
            talk,
            events,
        };
        tokio::spawn(call.run(wished));
        Ok(CallHandle { wishes, events: told, heard, call_id })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// INVITE sent, nothing heard.
    Calling,
    /// Something provisional heard.
    Proceeding,
    /// We want out: CANCEL as soon as allowed.
    GivingUp,
    /// Answered.
    Talking,
    /// BYE sent.
    Leaving,
    /// All said.
    Over,
}

struct Pending {
    request: Vec<u8>,
    next: Instant,
    interval: Duration,
    until: Instant,
}

struct Call {
    socket: UdpSocket,
    local: SocketAddr,
    target: SocketAddr,
    uri: String,
    from: String,
    to: String,
    call_id: String,
    contact: String,
    branch: String,
    sequence: u32,
    invite_sequence: u32,
    state: State,
    pending: Option<Pending>,
    ack: Vec<u8>,
    credentials: Option<(String, String)>,
    takes_events: bool,
    authorization: Option<(&'static str, String)>,
    talk: Talk,
    events: UnboundedSender<CallEvent>,
}

impl Call {
    async fn run(mut self, mut wishes: UnboundedReceiver<Wish>) {
        let mut pace: Interval = interval(FRAME);
        pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut datagram = vec![0u8; 8_192];
        self.invite().await;
        while self.state != State::Over {
            let again = self.pending.as_ref().map(|pending| pending.next);
            let talking = self.state == State::Talking;
            tokio::select! {
                received = self.socket.recv_from(&mut datagram) => {
                    if let Ok((len, _)) = received
                        && let Some(message) = Message::read(&datagram[..len])
                    {
                        self.message(message).await;
                    }
                }
                _ = self.talk.listen() => {}
                _ = pace.tick(), if talking => self.talk.speak().await,
                () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => self.repeat().await,
                wish = wishes.recv(), if self.state != State::Leaving && self.state != State::GivingUp => match wish {
                    Some(Wish::Press(digit)) => self.talk.press(digit),
                    Some(Wish::HangUp) | None => self.leave().await,
                },
            }
        }
    }

    fn tell(&self, event: CallEvent) {
        // whoever dialled may have stopped listening
        let _ = self.events.send(event);
    }

    async fn send(&self, bytes: &[u8]) {
        if let Err(error) = self.socket.send_to(bytes, self.target).await {
            tracing::debug!(%error, "caller could not send");
        }
    }

    async fn request(&mut self, request: Vec<u8>) {
        self.send(&request).await;
        let now = Instant::now();
        self.pending = Some(Pending { request, next: now + T1, interval: T1, until: now + PATIENCE });
    }

    async fn repeat(&mut self) {
        let Some(pending) = self.pending.as_mut() else { return };
        if Instant::now() >= pending.until {
            self.tell(if self.state == State::Leaving {
                CallEvent::Ended { by_remote: false }
            } else {
                CallEvent::Rejected(408)
            });
            self.state = State::Over;
            return;
        }
        pending.interval *= 2;
        pending.next += pending.interval;
        let request = pending.request.clone();
        self.send(&request).await;
    }

    fn draft<'a>(&'a self, method: &'a str, sequence: u32) -> Draft<'a> {
        let Call { uri, local, branch, from, to, call_id, .. } = self;
        Draft { method, uri, local: *local, branch, from, to, call_id, sequence }
    }

    async fn invite(&mut self) {
        let Ok(audio) = self.talk.local() else { return };
        let mut extra = vec![("Contact", self.contact.as_str()), ("Content-Type", "application/sdp")];
        if let Some((name, value)) = &self.authorization {
            extra.push((name, value.as_str()));
        }
        let mut offer = sdp::offer(audio, 1);
        if !self.takes_events {
            let told = String::from_utf8_lossy(&offer).into_owned();
            let kept = told.split_inclusive('\n').filter(|line| !line.contains(":101 "));
            offer = kept.collect::<String>().replacen(" 101\r\n", "\r\n", 1).into_bytes();
        }
        let request = self.draft("INVITE", self.sequence).write(&extra, &offer);
        self.invite_sequence = self.sequence;
        self.request(request).await;
    }

    async fn message(&mut self, message: Message) {
        if message.get("call-id") != Some(&self.call_id) {
            return;
        }
        match message.method.clone() {
            Some(method) => self.asked(&method, message).await,
            None => match message.sequence() {
                Some((_, "INVITE")) => self.invite_answered(message).await,
                Some((_, "BYE")) if message.status >= 200 => {
                    self.tell(CallEvent::Ended { by_remote: false });
                    self.state = State::Over;
                }
                Some((_, "CANCEL")) if message.status >= 200 => self.pending = None,
                _ => {}
            },
        }
    }

    async fn invite_answered(&mut self, message: Message) {
        if message.sequence().map(|(number, _)| number) != Some(self.invite_sequence) {
            return;
        }
        match message.status {
            100..=199 => {
                let first = self.state == State::Calling;
                if first || self.state == State::Proceeding {
                    self.pending = None;
                    self.state = State::Proceeding;
                    if message.status >= 180 {
                        self.tell(CallEvent::Ringing);
                    }
                } else if self.state == State::GivingUp && self.ack.is_empty() {
                    self.cancel().await;
                }
            }
            200..=299 => self.answered(message).await,
            status => {
                let to = message.get("to").unwrap_or(&self.to).to_owned();
                let ack = Draft { to: &to, ..self.draft("ACK", self.invite_sequence) }.write(&[], b"");
                self.send(&ack).await;
                if matches!(self.state, State::Calling | State::Proceeding)
                    && self.authorization.is_none()
                    && self.authorize(&message)
                {
                    self.sequence += 1;
                    self.branch = token("z9hG4bK");
                    self.state = State::Calling;
                    return self.invite().await;
                }
                self.tell(CallEvent::Rejected(status));
                self.state = State::Over;
            }
        }
    }

    fn authorize(&mut self, message: &Message) -> bool {
        let (Some((challenge, name)), Some((user, password))) = (message.challenge(), &self.credentials)
        else {
            return false;
        };
        self.authorization =
            digest::answer(challenge, user, password, "INVITE", &self.uri).map(|value| (name, value));
        self.authorization.is_some()
    }

    async fn answered(&mut self, message: Message) {
        if matches!(self.state, State::Talking | State::Leaving) {
            let ack = self.ack.clone();
            return self.send(&ack).await; // our ACK was lost
        }
        let wanted = self.state != State::GivingUp;
        self.pending = None;
        self.to = message.get("to").unwrap_or(&self.to).to_owned();
        self.uri = message.contact().unwrap_or_else(|| self.uri.clone());
        self.branch = token("z9hG4bK");
        self.ack = self.draft("ACK", self.invite_sequence).write(&[], b"");
        let ack = self.ack.clone();
        self.send(&ack).await;
        self.talk.connect(sdp::read(&message.body).ok().and_then(|remote| remote.address));
        self.state = State::Talking;
        if wanted {
            self.tell(CallEvent::Answered);
        } else {
            self.leave().await; // the answer crossed our CANCEL
        }
    }

    async fn leave(&mut self) {
        match self.state {
            State::Calling => self.state = State::GivingUp, // CANCEL must wait for a 1xx
            State::Proceeding => {
                self.state = State::GivingUp;
                self.cancel().await;
            }
            State::Talking => {
                self.state = State::Leaving;
                self.sequence += 1;
                self.branch = token("z9hG4bK");
                let bye = self.draft("BYE", self.sequence).write(&[], b"");
                self.request(bye).await;
            }
            State::GivingUp | State::Leaving | State::Over => {}
        }
    }

    async fn cancel(&mut self) {
        let cancel = self.draft("CANCEL", self.invite_sequence).write(&[], b"");
        self.request(cancel).await;
    }

    async fn asked(&mut self, method: &str, request: Message) {
        let ok = |extra: &[(&str, &str)], body: &[u8]| request.response(200, "OK", "", extra, body);
        match method {
            "BYE" => {
                self.send(&ok(&[], b"")).await;
                if self.state != State::Over {
                    self.tell(CallEvent::Ended { by_remote: self.state != State::Leaving });
                    self.state = State::Over;
                }
            }
            "INVITE" => {
                if let (Ok(audio), Ok(remote)) = (self.talk.local(), sdp::read(&request.body)) {
                    self.talk.connect(remote.address);
                    let extra = [("Contact", self.contact.as_str()), ("Content-Type", "application/sdp")];
                    let response = ok(&extra, &sdp::answer(audio, 2, &remote));
                    self.send(&response).await;
                }
            }
            "ACK" => {}
            "INFO" => {
                let told = String::from_utf8_lossy(&request.body).into_owned();
                let key = told.strip_prefix("Signal=").and_then(|rest| rest.chars().next());
                self.talk.heard().lock().keys.extend(key);
                self.send(&ok(&[], b"")).await;
            }
            _ => self.send(&ok(&[], b"")).await,
        }
    }
}
