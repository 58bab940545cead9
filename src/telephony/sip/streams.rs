//! TCP and TLS: connections of our own before the stack, so that the gate sees every message.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use parking_lot::Mutex;
use rsipstack::sip::{Header, SipMessage, Transport};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::counters::Counted;
use crate::sip::challenge::spelled;
use crate::sip::framer::{Piece, next};
use crate::sip::gate::{Gate, Verdict};
use crate::sip::ledger::Ledger;
use crate::sip::orphans::{Orphans, beginning};
use crate::trace::{Carrier, Flow};

/// A new connection says something whole within this time.
const FIRST: Duration = Duration::from_secs(10);
/// A connection that was silent for so long is closed: longer than the longest registration.
const IDLE: Duration = Duration::from_secs(4_000);
/// A peer that does not take what is sent to it for so long is gone.
const STUCK: Duration = Duration::from_secs(10);
/// Connections at once, from everywhere and from one address.
const MOST: usize = 2_000;
const MOST_OF_ONE: usize = 100;

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Streams {
    pub gate: Arc<Gate>,
    pub endpoint: EndpointInnerRef,
    /// Our UDP address, which the stack writes into everything.
    pub datagrams: SocketAddr,
    pub stop: CancellationToken,
    pub open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    pub past: Past,
}

/// What connections have to do with a process that died before this one.
#[derive(Clone)]
pub(crate) struct Past {
    /// Attempts of ours that it made.
    pub orphans: Arc<Orphans>,
    /// Where attempts of this one are written down.
    pub ledger: Arc<Ledger>,
}

/// What a connection begins with.
pub(crate) enum First {
    /// Whatever the other side says.
    Theirs,
    /// A message that came by a connection that is gone.
    Heard(Box<SipMessage>),
    /// A message of ours.
    Said(Vec<u8>),
}

/// How a connection speaks, and where we are known to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Door {
    pub transport: Transport,
    pub advertised: SocketAddr,
}

impl Door {
    fn carrier(self) -> Carrier {
        if self.transport == Transport::Tls { Carrier::Tls } else { Carrier::Tcp }
    }
}

/// One of the connections counted; gives its place back when it goes.
struct Place {
    ip: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        if let Some(count) = open.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.ip);
            }
        }
    }
}

impl Streams {
    /// Accepts connections until stopped.
    pub async fn listen(self, listener: TcpListener, door: Door, tls: Option<TlsAcceptor>) {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.welcome(stream, peer, door, tls.clone()),
                Err(error) => {
                    tracing::warn!(%error, "connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await; // no descriptors left
                }
            }
        }
    }

    fn welcome(&self, stream: TcpStream, peer: SocketAddr, door: Door, tls: Option<TlsAcceptor>) {
        self.gate.counters.add(Counted::StreamsAccepted);
        let refused = self.gate.guard.admit(peer.ip(), Instant::now()).is_err();
        let Some(place) = self.place(peer.ip()).filter(|_| !refused) else {
            return self.gate.counters.add(Counted::DropStream);
        };
        let streams = self.clone();
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => streams.serve(stream, peer, door, First::Theirs).await,
                Some(acceptor) => match timeout(FIRST, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => streams.serve(stream, peer, door, First::Theirs).await,
                    _ => streams.gate.counters.add(Counted::DropHandshake),
                },
            }
        });
    }

    fn place(&self, ip: IpAddr) -> Option<Place> {
        let mut open = self.open.lock();
        let all: usize = open.values().sum();
        let count = open.entry(ip).or_default();
        if all >= MOST || *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place { ip, open: self.open.clone() })
    }

    /// Carries one connection to the stack and back until either side is done.
    pub async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        peer: SocketAddr,
        door: Door,
        first: First,
    ) {
        let address = SipAddr { r#type: Some(door.transport), addr: peer.into() };
        let (to_stack, incoming) = unbounded_channel();
        let (outgoing, mut from_stack) = unbounded_channel();
        let over = self.stop.child_token();
        let made =
            ChannelConnection::create_connection(incoming, outgoing, address.clone(), Some(over.clone()))
                .await;
        let Ok(channel) = made else { return };
        let connection = SipConnection::Channel(channel);
        self.endpoint.transport_layer.add_connection(connection.clone());
        let (mut reader, writer) = tokio::io::split(stream);
        let writer = Arc::new(tokio::sync::Mutex::new(writer));
        let sent = async {
            while let Some(TransportEvent::Incoming(message, ..)) = from_stack.recv().await {
                let message = dressed(message, door, self.datagrams).to_string();
                if !self.say(&writer, spelled(message.as_bytes()).as_ref(), (peer, door)).await {
                    return;
                }
            }
        };
        let pass = |message: SipMessage| {
            to_stack.send(TransportEvent::Incoming(message, connection.clone(), address.clone())).is_ok()
        };
        let (mut patience, begins) = match first {
            First::Theirs => (FIRST, true),
            First::Heard(message) => (IDLE, pass(*message)),
            First::Said(message) => (IDLE, self.say(&writer, &message, (peer, door)).await),
        };
        let received = async {
            let mut buffer = BytesMut::new();
            loop {
                match next(&mut buffer) {
                    Piece::Ping => {
                        self.gate.counters.add(Counted::SipKeepAlive);
                        if !put(&writer, b"\r\n").await {
                            return;
                        }
                    }
                    Piece::Message(bytes) => {
                        patience = IDLE;
                        let goes_on = match self.judged(&bytes, peer, door) {
                            Judged::Pass(message) => pass(message),
                            Judged::Reply(bytes) => put(&writer, &bytes).await,
                            Judged::Nothing => true,
                        };
                        if !goes_on {
                            return;
                        }
                    }
                    Piece::Broken(bytes) => {
                        if let Judged::Reply(bytes) = self.judged(&bytes, peer, door) {
                            put(&writer, &bytes).await;
                        }
                        return;
                    }
                    Piece::More => match timeout(patience, reader.read_buf(&mut buffer)).await {
                        Ok(Ok(1..)) => {}
                        _ => return,
                    },
                }
            }
        };
        if begins {
            tokio::select! {
                () = sent => {}
                () = received => {}
                () = over.cancelled() => {}
            }
        }
        self.endpoint.transport_layer.remove_connection(&connection);
        // the peer may be gone already
        let _ = timeout(Duration::from_secs(1), writer.lock().await.shutdown()).await;
    }

    /// Sends what is ours, and writes down what begins a call; `false` when the peer is gone.
    async fn say<W: AsyncWrite + Unpin>(
        &self,
        writer: &tokio::sync::Mutex<W>,
        message: &[u8],
        (peer, door): (SocketAddr, Door),
    ) -> bool {
        if let Some(invite) = beginning(message, peer, door.carrier()) {
            self.past.ledger.dialled(invite);
        }
        self.gate.trace.note(Flow::Out, door.carrier(), peer, message);
        put(writer, message).await
    }

    fn judged(&self, bytes: &[u8], peer: SocketAddr, door: Door) -> Judged {
        let counters = &self.gate.counters;
        counters.add(Counted::SipReceived);
        if let Some(answers) = self.past.orphans.answer(bytes, peer) {
            counters.add(Counted::OrphanAnswered);
            return Judged::Reply(answers.into_iter().flat_map(|(answer, _)| answer.into_bytes()).collect());
        }
        let passed = match self.gate.judge(bytes, peer, Instant::now()) {
            Verdict::Pass(length) => SipMessage::try_from(&bytes[..length]),
            Verdict::PassRepaired(bytes) => SipMessage::try_from(&bytes[..]),
            Verdict::Reply(reply, count) => {
                counters.add(count);
                self.gate.trace.note(Flow::In, door.carrier(), peer, bytes);
                self.gate.trace.note(Flow::Out, door.carrier(), peer, &reply);
                return Judged::Reply(reply);
            }
            Verdict::Drop(count) => {
                counters.add(count);
                return Judged::Nothing;
            }
        };
        let message = passed.map_err(|error| error.to_string()).and_then(|message| {
            SipConnection::update_msg_received(message, peer, door.transport)
                .map_err(|error| error.to_string())
        });
        match message {
            Ok(message) => {
                counters.add(Counted::SipAdmitted);
                self.gate.trace.note(Flow::In, door.carrier(), peer, bytes);
                Judged::Pass(message)
            }
            Err(error) => {
                tracing::debug!(%error, "message of a connection was not understood");
                counters.add(Counted::DropUnanswerable);
                Judged::Nothing
            }
        }
    }
}

enum Judged {
    Pass(SipMessage),
    Reply(Vec<u8>),
    Nothing,
}

/// Sends; `false` when the peer is gone or does not listen.
async fn put<W: AsyncWrite + Unpin>(writer: &tokio::sync::Mutex<W>, bytes: &[u8]) -> bool {
    matches!(timeout(STUCK, async { writer.lock().await.write_all(bytes).await }).await, Ok(Ok(())))
}

/// The stack writes everything as if it went by UDP; the peer shall come back by this connection's way.
fn dressed(mut message: SipMessage, door: Door, datagrams: SocketAddr) -> SipMessage {
    let (from, to) = (datagrams.to_string(), door.advertised.to_string());
    let name = door.transport.to_string();
    let parameter = format!("{to};transport={}", name.to_ascii_lowercase());
    let (headers, asked) = match &mut message {
        SipMessage::Request(request) => (&mut request.headers, true),
        SipMessage::Response(response) => (&mut response.headers, false),
    };
    let mut first = asked;
    for header in headers.iter_mut() {
        match header {
            Header::Via(via) if first => {
                first = false;
                *via = via
                    .value()
                    .replacen("SIP/2.0/UDP", &format!("SIP/2.0/{name}"), 1)
                    .replacen(&from, &to, 1)
                    .into();
            }
            Header::Contact(contact) if !contact.value().contains("transport=") => {
                *contact = contact.value().replacen(&from, &parameter, 1).into();
            }
            _ => {}
        }
    }
    message
}
