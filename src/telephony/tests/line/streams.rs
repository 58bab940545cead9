//! TCP, TLS and IPv6: the same calls by other ways.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use telephony::{
    Audio, CallEvent, Caller, Counted, DialTarget, EndCause, LegCommand, LegId, LineEvent, Settings,
    TlsIdentity,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};

use crate::house::{CALLER, DID, House, next, settings, until};

pub const PATIENCE: Duration = Duration::from_secs(10);

pub fn pem(label: &str, der: &[u8]) -> Arc<[u8]> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let bits =
            three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for n in 0..4 {
            let letter = letters[(bits >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= three.len() { char::from(letter) } else { '=' });
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n").into_bytes().into()
}

fn identity() -> (TlsIdentity, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let chain_pem = pem("CERTIFICATE", made.cert.der());
    let key_pem = pem("PRIVATE KEY", &made.signing_key.serialize_der());
    (TlsIdentity { port: 0, chain_pem, key_pem, roots_pem: None }, made.cert.der().clone())
}

fn open_all() -> (House, CertificateDer<'static>) {
    let (tls, certificate) = identity();
    (House::with(Settings { tcp_port: Some(0), tls: Some(tls), ..settings() }), certificate)
}

/// One end of a stream that speaks SIP.
pub struct Peer<S> {
    stream: S,
    local: SocketAddr,
    name: &'static str,
    read: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub fn new(stream: S, local: SocketAddr, name: &'static str) -> Self {
        Self { stream, local, name, read: Vec::new() }
    }

    pub async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("a stream that takes");
    }

    /// The next message whose first line begins like this; others are skipped.
    pub async fn hear(&mut self, start: &str) -> String {
        timeout(PATIENCE, async {
            loop {
                if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                    let head = String::from_utf8_lossy(&self.read[..at + 4]).into_owned();
                    let body = field(&head, "content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
                    if self.read.len() >= at + 4 + body {
                        let whole = String::from_utf8_lossy(&self.read[..at + 4 + body]).into_owned();
                        self.read.drain(..at + 4 + body);
                        if whole.starts_with(start) {
                            return whole;
                        }
                        continue;
                    }
                }
                let read = self.stream.read_buf(&mut self.read).await.expect("a stream that gives");
                assert!(read > 0, "the stream ended before {start}");
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{start} did not come"))
    }

    /// The other side is gone.
    pub async fn ended(mut self) {
        let ended = timeout(PATIENCE, async {
            while self.stream.read_buf(&mut self.read).await.is_ok_and(|n| n > 0) {}
        });
        assert!(ended.await.is_ok(), "the connection is open");
    }

    pub fn request(&self, method: &str, n: u32, to: &str, extra: &str, body: &str) -> String {
        let Self { local, name, .. } = self;
        format!(
            "{method} sip:{DID}@{local} SIP/2.0\r\nVia: SIP/2.0/{name} {local};branch=z9hG4bK{method}{n};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{CALLER}@{local}>;tag=s1\r\nTo: {to}\r\nCall-ID: stream@test\r\n\
             CSeq: {n} {method}\r\nContact: <sip:{CALLER}@{local};transport=tcp>\r\n{extra}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

pub fn field(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

pub const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

/// A call that comes in by this stream and is ended by the house.
async fn call_by<S: AsyncRead + AsyncWrite + Unpin>(house: &mut House, mut peer: Peer<S>, door: SocketAddr) {
    let to = format!("<sip:{DID}@127.0.0.1>");
    let invite = peer.request("INVITE", 1, &to, "Content-Type: application/sdp\r\n", SDP);
    let (first, rest) = invite.split_at(invite.len() / 2);
    peer.say(first).await;
    peer.say(rest).await;
    let leg = house.offered().await;
    house.order(LegCommand::Ring { leg });
    peer.hear("SIP/2.0 180").await;
    house.order(LegCommand::Answer { leg });
    let answer = peer.hear("SIP/2.0 200").await;
    let contact = field(&answer, "contact").expect("a contact");
    let way = format!("{door};transport={}", peer.name.to_lowercase());
    assert!(contact.contains(&way), "{contact} shall lead back by {way}");
    let to = field(&answer, "to").expect("a To");
    peer.say(&peer.request("ACK", 1, &to, "", "")).await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    house.order(LegCommand::Hangup { leg });
    let bye = peer.hear("BYE ").await;
    let via = field(&bye, "via").expect("a Via");
    assert!(via.starts_with(&format!("SIP/2.0/{} {door}", peer.name)), "{via}");
    let mut ok = "SIP/2.0 200 OK\r\n".to_owned();
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        ok.push_str(&format!("{name}: {}\r\n", field(&bye, name).expect("a header")));
    }
    peer.say(&format!("{ok}Content-Length: 0\r\n\r\n")).await;
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: false, cause: EndCause::HungUp });
}

#[tokio::test]
async fn a_call_by_tcp() {
    let (mut house, _) = open_all();
    let door = house.board.tcp_addr().expect("tcp");
    let stream = TcpStream::connect(door).await.expect("connected");
    let local = stream.local_addr().expect("an address");
    call_by(&mut house, Peer::new(stream, local, "TCP"), door).await;
}

#[tokio::test]
async fn a_call_by_tls() {
    let (mut house, certificate) = open_all();
    let door = house.board.tls_addr().expect("tls");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(door).await.expect("connected");
    let local = stream.local_addr().expect("an address");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake");
    call_by(&mut house, Peer::new(stream, local, "TLS"), door).await;
}

#[tokio::test]
async fn a_phone_that_registered_by_tcp_is_rung_by_the_same_connection() {
    let (mut house, _) = open_all();
    let door = house.board.tcp_addr().expect("tcp");
    let stream = TcpStream::connect(door).await.expect("connected");
    let local = stream.local_addr().expect("an address");
    let mut peer = Peer::new(stream, local, "TCP");
    let register = |n: u32, extra: &str| {
        format!(
            "REGISTER sip:{door} SIP/2.0\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bKr{n};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:101@{door}>;tag=r\r\nTo: <sip:101@{door}>\r\nCall-ID: reg@test\r\nCSeq: {n} REGISTER\r\n\
             Contact: <sip:101@10.9.9.9:5060;transport=tcp>\r\nExpires: 60\r\n{extra}Content-Length: 0\r\n\r\n"
        )
    };
    peer.say(&register(1, "")).await;
    let challenge = field(&peer.hear("SIP/2.0 401").await, "www-authenticate").expect("a challenge");
    let uri = format!("sip:{door}");
    let answer = telephony::sip::digest::answer(&challenge, "101", "secret-101", "REGISTER", &uri);
    let shown = format!("Authorization: {}\r\n", answer.expect("an answer"));
    peer.say(&register(2, &shown)).await;
    peer.hear("SIP/2.0 200").await;
    assert_eq!(house.event().await, LineEvent::PhoneRegistered { user: "101".to_owned(), online: true });
    let leg = LegId::fresh();
    let target = DialTarget::Phone("101".to_owned());
    house.order(LegCommand::Dial {
        leg,
        target,
        from_number: CALLER.to_owned(),
        display: String::new(),
        label: String::new(),
        beside: None,
    });
    let invite = peer.hear("INVITE ").await;
    assert!(
        invite.starts_with("INVITE sip:101@10.9.9.9:5060"),
        "behind its NAT it is known by this name: {invite}"
    );
    let mut busy = "SIP/2.0 486 Busy Here\r\n".to_owned();
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let tag = if name == "To" { ";tag=p" } else { "" };
        busy.push_str(&format!("{name}: {}{tag}\r\n", field(&invite, name).expect("a header")));
    }
    peer.say(&format!("{busy}Content-Length: 0\r\n\r\n")).await;
    assert!(matches!(house.event().await, LineEvent::Failed { leg: of, status: 486, .. } if of == leg));
    peer.hear("ACK ").await;
}

#[tokio::test]
async fn the_gate_stands_before_streams_too() {
    let (house, _) = open_all();
    let door = house.board.tcp_addr().expect("tcp");
    let stream = TcpStream::connect(door).await.expect("connected");
    let local = stream.local_addr().expect("an address");
    let mut peer = Peer::new(stream, local, "TCP");
    peer.say("\r\n\r\n").await;
    let mut pong = [0u8; 2];
    timeout(PATIENCE, peer.stream.read_exact(&mut pong)).await.expect("in time").expect("a pong");
    assert_eq!(&pong, b"\r\n");
    let to = format!("<sip:{DID}@127.0.0.1>");
    let future = peer.request("INVITE", 1, &to, "", "").replacen("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", 1);
    peer.say(&future).await;
    peer.hear("SIP/2.0 505").await;
    let odd = peer.request("TELEPORT", 2, &to, "", "");
    peer.say(&odd).await;
    peer.hear("SIP/2.0 501").await;
    peer.say(&peer.request("OPTIONS", 3, &to, "", "")).await;
    peer.hear("SIP/2.0 200").await;
    // a message without its length: the end of the stream cannot be found again
    peer.say(&peer.request("OPTIONS", 4, &to, "", "").replace("Content-Length: 0\r\n", "")).await;
    let ended =
        timeout(PATIENCE, async { while peer.stream.read_buf(&mut peer.read).await.is_ok_and(|n| n > 0) {} });
    assert!(ended.await.is_ok(), "the connection is closed");
    // somebody who speaks no TLS at the door of TLS
    let mut plain = TcpStream::connect(house.board.tls_addr().expect("tls")).await.expect("connected");
    plain.write_all(b"OPTIONS sip:a SIP/2.0\r\n\r\n").await.expect("sent");
    until("the handshake is counted", || house.board.count(Counted::DropHandshake) == 1).await;
}

#[tokio::test]
async fn a_call_by_ipv6() {
    let loopback = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut settings = settings();
    settings.bind_ip = loopback;
    settings.trunks[0].allowed_ips = vec![loopback];
    let mut house = House::with(settings);
    let address = house.board.sip_addr();
    assert!(address.is_ipv6());
    let call = Caller::at(loopback).dial(address, CALLER, "", DID, Audio::Tone(440.0)).await;
    let mut call = call.expect("a socket");
    let leg = house.offered().await;
    house.order(LegCommand::Answer { leg });
    assert_eq!(next(&mut call).await, CallEvent::Answered);
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    house.order(LegCommand::PlayTone { leg, tone: telephony::Tone::RingBack });
    until("sound comes by IPv6", || call.heard().tone(425.0) > 0.9).await;
    call.hang_up();
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp });
}
