//! A desk phone: registers, is rung, answers as it was told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::line::FRAME;
use crate::media::sdp;
use crate::phone::audio::Audio;
use crate::phone::call::CallError;
use crate::phone::message::{Draft, Message, token};
use crate::phone::talk::{Heard, Talk};
use crate::sip::digest;

/// What the phone does when it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Answers after ringing so long.
    After(Duration),
    /// Rings until the caller gives up.
    Never,
    /// Refuses with this status.
    Refuse(u16),
}

/// What happens to a desk phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskEvent {
    /// The registrar said yes.
    Registered,
    /// The registrar said no with this status.
    Refused(u16),
    /// A call rings.
    Ringing,
    /// It was answered and the answer was acknowledged.
    Answered,
    /// The call is over, answered or not.
    Ended,
    /// Our wish to hold or to take back was granted (200) or not.
    Held(u16),
    /// How far the transfer we asked for is: 202, then what NOTIFY tells.
    Transfer(u16),
}

enum Wish {
    HangUp,
    Unregister,
    Hold(bool),
    Transfer(String),
}

/// A running desk phone. Dropping it pulls its plug: no good-byes.
#[derive(Debug)]
pub struct DeskPhone {
    wishes: UnboundedSender<Wish>,
    events: UnboundedReceiver<DeskEvent>,
    heard: Arc<Mutex<Heard>>,
}

impl DeskPhone {
    /// Plugs a phone in at loopback and registers it for `expires`; it renews by itself at half of that.
    pub async fn plug_in(
        registrar: SocketAddr,
        user: &str,
        password: &str,
        expires: Duration,
        answering: Answering,
        audio: Audio,
    ) -> Result<Self, CallError> {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let socket = UdpSocket::bind((ip, 0)).await?;
        let local = socket.local_addr()?;
        let talk = Talk::open(ip, audio).await?;
        let heard = talk.heard();
        let (wishes, wished) = unbounded_channel();
        let (events, told) = unbounded_channel();
        let desk = Desk {
            socket,
            local,
            registrar,
            user: user.to_owned(),
            password: password.to_owned(),
            answering,
            talk,
            events,
            call_id: token("reg"),
            tag: token(""),
            sequence: 0,
            authorization: None,
            wanted: expires,
            renew: Instant::now(),
            call: None,
        };
        tokio::spawn(desk.run(wished));
        Ok(Self { wishes, events: told, heard })
    }

    /// The next event.
    pub async fn event(&mut self) -> Option<DeskEvent> {
        self.events.recv().await
    }

    /// Ends the call the phone is in.
    pub fn hang_up(&self) {
        // the phone lives as long as its handle
        let _ = self.wishes.send(Wish::HangUp);
    }

    /// Puts the other side on hold (a re-INVITE with `sendonly`), or takes it back.
    pub fn hold(&self, on: bool) {
        // the phone lives as long as its handle
        let _ = self.wishes.send(Wish::Hold(on));
    }

    /// Asks that the other side talks to somebody else (REFER): an account, a number, or a whole URI.
    pub fn transfer(&self, to: &str) {
        // the phone lives as long as its handle
        let _ = self.wishes.send(Wish::Transfer(to.to_owned()));
    }

    /// Takes the registration back.
    pub fn unregister(&self) {
        // the phone lives as long as its handle
        let _ = self.wishes.send(Wish::Unregister);
    }

    /// What was heard so far.
    pub fn heard(&self) -> Heard {
        self.heard.lock().clone()
    }
}

struct Ring {
    invite: Message,
    caller: SocketAddr,
    tag: String,
    answer_at: Option<Instant>,
    answer: Option<Vec<u8>>,
    acknowledged: bool,
    sequence: u32,
}

struct Desk {
    socket: UdpSocket,
    local: SocketAddr,
    registrar: SocketAddr,
    user: String,
    password: String,
    answering: Answering,
    talk: Talk,
    events: UnboundedSender<DeskEvent>,
    call_id: String,
    tag: String,
    sequence: u32,
    authorization: Option<String>,
    wanted: Duration,
    renew: Instant,
    call: Option<Ring>,
}

impl Desk {
    async fn run(mut self, mut wishes: UnboundedReceiver<Wish>) {
        let mut pace = interval(FRAME);
        pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut datagram = vec![0u8; 8_192];
        loop {
            let answer_at = self.call.as_ref().and_then(|call| call.answer_at);
            let talking = self.call.as_ref().is_some_and(|call| call.answer.is_some());
            tokio::select! {
                received = self.socket.recv_from(&mut datagram) => {
                    if let Ok((len, source)) = received
                        && let Some(message) = Message::read(&datagram[..len])
                    {
                        self.message(message, source).await;
                    }
                }
                _ = self.talk.listen() => {}
                _ = pace.tick(), if talking => self.talk.speak().await,
                () = sleep_until(answer_at.unwrap_or(self.renew)), if answer_at.is_some() => self.answer().await,
                () = sleep_until(self.renew) => self.register().await,
                wish = wishes.recv() => match wish {
                    Some(Wish::HangUp) => self.hang_up().await,
                    Some(Wish::Hold(on)) => self.hold(on).await,
                    Some(Wish::Transfer(to)) => self.transfer(&to).await,
                    Some(Wish::Unregister) => {
                        self.wanted = Duration::ZERO;
                        self.register().await;
                    }
                    None => return,
                },
            }
        }
    }

    fn tell(&self, event: DeskEvent) {
        // whoever plugged it in may have stopped listening
        let _ = self.events.send(event);
    }

    async fn send(&self, bytes: &[u8], to: SocketAddr) {
        if let Err(error) = self.socket.send_to(bytes, to).await {
            tracing::debug!(%error, "desk phone could not send");
        }
    }

    async fn register(&mut self) {
        self.sequence += 1;
        // repeated until it is answered, which moves this further
        self.renew = Instant::now() + Duration::from_millis(500);
        let uri = format!("sip:{}", self.registrar);
        let address = format!("<sip:{}@{}>", self.user, self.registrar);
        let from = format!("{address};tag={}", self.tag);
        let contact = format!("<sip:{}@{}>", self.user, self.local);
        let seconds = self.wanted.as_secs().to_string();
        let branch = token("z9hG4bK");
        let draft = Draft {
            method: "REGISTER",
            uri: &uri,
            local: self.local,
            branch: &branch,
            from: &from,
            to: &address,
            call_id: &self.call_id,
            sequence: self.sequence,
        };
        let mut extra = vec![("Contact", contact.as_str()), ("Expires", seconds.as_str())];
        // a nonce is used once: the next time we are asked again
        let authorization = self.authorization.take();
        if let Some(value) = &authorization {
            extra.push(("Authorization", value));
        }
        let request = draft.write(&extra, b"");
        self.send(&request, self.registrar).await;
    }

    async fn registered(&mut self, message: Message) {
        let Some((sequence, _)) = message.sequence().filter(|(number, _)| *number == self.sequence) else {
            return;
        };
        let uri = format!("sip:{}", self.registrar);
        match (message.status, message.challenge()) {
            (200..=299, _) => {
                if self.wanted.is_zero() {
                    self.renew = Instant::now() + Duration::from_secs(86_400);
                } else {
                    self.renew = Instant::now() + self.wanted / 2;
                    self.tell(DeskEvent::Registered);
                }
            }
            (401, Some((challenge, _))) if sequence % 8 != 0 => {
                self.authorization = digest::answer(challenge, &self.user, &self.password, "REGISTER", &uri);
                self.register().await;
            }
            (300.., _) => {
                self.renew = Instant::now() + Duration::from_secs(60);
                self.tell(DeskEvent::Refused(message.status));
            }
            _ => {}
        }
    }

    async fn message(&mut self, message: Message, source: SocketAddr) {
        let Some(method) = message.method.clone() else {
            let answered = message.sequence().map(|(_, method)| method.to_owned());
            match answered.as_deref() {
                Some("REGISTER") => self.registered(message).await,
                Some("INVITE") if message.status >= 200 => self.held(message).await,
                Some("REFER") if message.status >= 200 => self.tell(DeskEvent::Transfer(message.status)),
                _ => {}
            }
            return;
        };
        let same =
            self.call.as_ref().is_some_and(|call| call.invite.get("call-id") == message.get("call-id"));
        match method.as_str() {
            "INVITE" if same => {
                let answer = self.call.as_ref().and_then(|call| call.answer.clone());
                if let Some(answer) = answer {
                    self.send(&answer, source).await;
                }
            }
            "INVITE" if self.call.is_some() => {
                self.send(&message.response(486, "Busy Here", &token(""), &[], b""), source).await;
            }
            "INVITE" => self.ring(message, source).await,
            "ACK" if same => {
                if let Some(call) =
                    self.call.as_mut().filter(|call| call.answer.is_some() && !call.acknowledged)
                {
                    call.acknowledged = true;
                    self.tell(DeskEvent::Answered);
                }
            }
            "CANCEL" if same => {
                self.send(&message.response(200, "OK", "", &[], b""), source).await;
                if let Some(call) = self.call.take_if(|call| call.answer.is_none()) {
                    let ended = call.invite.response(487, "Request Terminated", &call.tag, &[], b"");
                    self.send(&ended, source).await;
                    self.tell(DeskEvent::Ended);
                }
            }
            "BYE" => {
                self.send(&message.response(200, "OK", "", &[], b""), source).await;
                if same && self.call.take().is_some() {
                    self.tell(DeskEvent::Ended);
                }
            }
            "ACK" => {}
            "NOTIFY" => {
                self.send(&message.response(200, "OK", "", &[], b""), source).await;
                let body = String::from_utf8_lossy(&message.body);
                let status = body.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
                if let Some(status) = status {
                    self.tell(DeskEvent::Transfer(status));
                }
            }
            _ => self.send(&message.response(200, "OK", "", &[], b""), source).await,
        }
    }

    async fn ring(&mut self, invite: Message, caller: SocketAddr) {
        let tag = token("");
        let answer_at = match self.answering {
            Answering::Refuse(status) => {
                return self.send(&invite.response(status, "Refused", &tag, &[], b""), caller).await;
            }
            Answering::Never => None,
            Answering::After(delay) => Some(Instant::now() + delay),
        };
        let contact = format!("<sip:{}@{}>", self.user, self.local);
        let ringing = invite.response(180, "Ringing", &tag, &[("Contact", &contact)], b"");
        self.send(&ringing, caller).await;
        self.call =
            Some(Ring { invite, caller, tag, answer_at, answer: None, acknowledged: false, sequence: 0 });
        self.tell(DeskEvent::Ringing);
    }

    async fn answer(&mut self) {
        let contact = format!("<sip:{}@{}>", self.user, self.local);
        let Ok(audio) = self.talk.local() else { return };
        let Some(call) = self.call.as_mut() else { return };
        call.answer_at = None;
        let Ok(remote) = sdp::read(&call.invite.body) else { return };
        self.talk.connect(remote.address);
        let extra = [("Contact", contact.as_str()), ("Content-Type", "application/sdp")];
        let answer = call.invite.response(200, "OK", &call.tag, &extra, &sdp::answer(audio, 1, &remote));
        call.answer = Some(answer.clone());
        let caller = call.caller;
        self.send(&answer, caller).await;
    }

    async fn hang_up(&mut self) {
        let Some(call) = self.call.take() else { return };
        if call.answer.is_none() {
            let refused = call.invite.response(603, "Decline", &call.tag, &[], b"");
            return self.send(&refused, call.caller).await;
        }
        let bye = self.within(&call, "BYE", call.sequence + 1, &[], b"");
        self.send(&bye, call.caller).await;
        self.tell(DeskEvent::Ended);
    }

    /// A request within the call.
    fn within(
        &self,
        call: &Ring,
        method: &str,
        sequence: u32,
        extra: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let uri = call.invite.contact().unwrap_or_default();
        let from = format!("{};tag={}", call.invite.get("to").unwrap_or_default(), call.tag);
        let branch = token("z9hG4bK");
        let draft = Draft {
            method,
            uri: &uri,
            local: self.local,
            branch: &branch,
            from: &from,
            to: call.invite.get("from").unwrap_or_default(),
            call_id: call.invite.get("call-id").unwrap_or_default(),
            sequence,
        };
        draft.write(extra, body)
    }

    async fn hold(&mut self, on: bool) {
        let Ok(audio) = self.talk.local() else { return };
        let Some(call) = self.call.as_mut().filter(|call| call.acknowledged) else { return };
        call.sequence += 1;
        let (sequence, caller) = (call.sequence, call.caller);
        let mut body = String::from_utf8_lossy(&sdp::offer(audio, u64::from(sequence) + 1)).into_owned();
        if on {
            body = body.replace("a=sendrecv", "a=sendonly");
        }
        let contact = format!("<sip:{}@{}>", self.user, self.local);
        let extra = [("Contact", contact.as_str()), ("Content-Type", "application/sdp")];
        let Some(call) = self.call.as_ref() else { return };
        let request = self.within(call, "INVITE", sequence, &extra, body.as_bytes());
        self.send(&request, caller).await;
    }

    async fn held(&mut self, answer: Message) {
        let Some(call) = self.call.as_ref() else { return };
        let Some((sequence, _)) = answer.sequence() else { return };
        let ack = self.within(call, "ACK", sequence, &[], b"");
        self.send(&ack, call.caller).await;
        self.tell(DeskEvent::Held(answer.status));
    }

    async fn transfer(&mut self, to: &str) {
        let Some(call) = self.call.as_mut().filter(|call| call.acknowledged) else { return };
        call.sequence += 1;
        let (sequence, caller) = (call.sequence, call.caller);
        let target =
            if to.contains(':') { format!("<{to}>") } else { format!("<sip:{to}@{}>", self.registrar) };
        let contact = format!("<sip:{}@{}>", self.user, self.local);
        let extra = [("Refer-To", target.as_str()), ("Contact", contact.as_str())];
        let Some(call) = self.call.as_ref() else { return };
        let request = self.within(call, "REFER", sequence, &extra, b"");
        self.send(&request, caller).await;
    }
}
