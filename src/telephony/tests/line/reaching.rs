//! Calls by TCP and TLS that nobody answered when their process died: the next one opens connections of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use telephony::{DialTarget, EndCause, LegCommand, LegId, LineEvent, Settings, TlsIdentity};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::house::{CALLER, DID, House, settings};
use crate::streams::{PATIENCE, Peer, SDP, field, pem};

/// A house that its successor takes over from.
struct Succession {
    settings: Settings,
    _folder: tempfile::TempDir,
}

impl Succession {
    fn new(tls: Option<TlsIdentity>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Some(folder.path().join("calls"));
        Self { settings: Settings { tcp_port: Some(0), tls, ledger, ..settings() }, _folder: folder }
    }

    fn open(&self) -> House {
        House::with(self.settings.clone())
    }

    /// The process is gone without a word to anybody but the end of this connection, and the next one is there.
    async fn after<S: AsyncRead + AsyncWrite + Unpin>(&self, house: House, before: Peer<S>) -> House {
        house.board.leave();
        before.ended().await;
        self.open()
    }
}

/// Somebody with a door of their own.
async fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    (listener, at)
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    timeout(PATIENCE, listener.accept()).await.expect("a connection in time").expect("a connection").0
}

fn answer(request: &str, status: &str, tagged: bool) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let tag = if name == "To" && tagged { ";tag=p" } else { "" };
        text.push_str(&format!("{name}: {}{tag}\r\n", field(request, name).expect("a header")));
    }
    format!("{text}Content-Length: 0\r\n\r\n")
}

/// A caller by TCP who rings and can be called back at `at`.
async fn ringing(house: &mut House, at: SocketAddr) -> (LegId, Peer<TcpStream>) {
    let door = house.board.tcp_addr().expect("tcp");
    let mut peer = Peer::new(TcpStream::connect(door).await.expect("connected"), at, "TCP");
    let to = format!("<sip:{DID}@127.0.0.1>");
    peer.say(&peer.request("INVITE", 1, &to, "Content-Type: application/sdp\r\n", SDP)).await;
    let leg = house.offered().await;
    house.order(LegCommand::Ring { leg });
    peer.hear("SIP/2.0 180").await;
    (leg, peer)
}

#[tokio::test]
async fn a_caller_by_tcp_waits_on_and_is_answered_by_a_new_connection() {
    let houses = Succession::new(None);
    let mut house = houses.open();
    let (listener, at) = listening().await;
    let (leg, before) = ringing(&mut house, at).await;
    let mut house = houses.after(house, before).await;
    let survivors: Vec<LegId> = house.board.survivors().iter().map(|survivor| survivor.leg).collect();
    assert_eq!(survivors, [leg]);
    let mut peer = Peer::new(accepted(&listener).await, at, "TCP");
    house.order(LegCommand::Answer { leg });
    let answered = peer.hear("SIP/2.0 200").await;
    let to = field(&answered, "to").expect("a To");
    let door = house.board.tcp_addr().expect("tcp");
    assert!(answered.contains(&format!("{door};transport=tcp")), "{answered}");
    peer.say(&peer.request("ACK", 1, &to, "", "")).await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    house.order(LegCommand::Hangup { leg });
    let bye = peer.hear("BYE ").await;
    peer.say(&answer(&bye, "200 OK", false)).await;
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: false, cause: EndCause::HungUp });
}

#[tokio::test]
async fn a_caller_by_tcp_is_refused_by_a_new_connection() {
    let houses = Succession::new(None);
    let mut house = houses.open();
    let (listener, at) = listening().await;
    let (leg, before) = ringing(&mut house, at).await;
    let mut house = houses.after(house, before).await;
    let mut peer = Peer::new(accepted(&listener).await, at, "TCP");
    house.order(LegCommand::Reject { leg, status: 486 });
    let refused = peer.hear("SIP/2.0 486").await;
    peer.say(&peer.request("ACK", 1, &field(&refused, "to").expect("a To"), "", "")).await;
    let cause = EndCause::Rejected(486);
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: false, cause });
}

#[tokio::test]
async fn a_caller_by_tcp_who_lets_nobody_in_is_lost() {
    let houses = Succession::new(None);
    let mut house = houses.open();
    let (listener, at) = listening().await;
    let (leg, before) = ringing(&mut house, at).await;
    drop(listener);
    let mut house = houses.after(house, before).await;
    let cause = EndCause::Timeout;
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause });
}

/// Both sides of TLS: that of a house, and that of whoever it connects to.
struct Hidden {
    ours: TlsIdentity,
    theirs: TlsAcceptor,
    connector: TlsConnector,
}

/// The house trusts the other side's certificate, or it does not.
fn hidden(trusted: bool) -> Hidden {
    let made = || rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let (ours, theirs, stranger) = (made(), made(), made());
    let root = if trusted { &theirs } else { &stranger };
    let identity = TlsIdentity {
        port: 0,
        chain_pem: pem("CERTIFICATE", ours.cert.der()),
        key_pem: pem("PRIVATE KEY", &ours.signing_key.serialize_der()),
        roots_pem: Some(pem("CERTIFICATE", root.cert.der())),
    };
    let provider = || Arc::new(default_provider());
    let key = PrivateKeyDer::try_from(theirs.signing_key.serialize_der()).expect("a key");
    let server =
        ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().and_then(
            |builder| builder.with_no_client_auth().with_single_cert(vec![theirs.cert.der().clone()], key),
        );
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ours.cert.der().to_vec())).expect("a root");
    let client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Hidden {
        ours: identity,
        theirs: TlsAcceptor::from(Arc::new(server.expect("a certificate"))),
        connector: TlsConnector::from(Arc::new(client)),
    }
}

/// Rings by TLS until the house rings back; the process is gone then, and the next one there.
async fn left_by_tls(tls: &Hidden) -> (House, Succession, LegId, TcpListener, SocketAddr) {
    let houses = Succession::new(Some(tls.ours.clone()));
    let mut house = houses.open();
    let (listener, at) = listening().await;
    let stream = TcpStream::connect(house.board.tls_addr().expect("tls")).await.expect("connected");
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let stream = tls.connector.connect(name, stream).await.expect("a handshake");
    let mut peer = Peer::new(stream, at, "TLS");
    let to = format!("<sip:{DID}@127.0.0.1>");
    peer.say(&peer.request("INVITE", 1, &to, "Content-Type: application/sdp\r\n", SDP)).await;
    let leg = house.offered().await;
    house.order(LegCommand::Ring { leg });
    peer.hear("SIP/2.0 180").await;
    (houses.after(house, peer).await, houses, leg, listener, at)
}

#[tokio::test]
async fn a_caller_by_tls_is_answered_once_it_has_proved_who_it_is() {
    let tls = hidden(true);
    let (house, _houses, leg, listener, at) = left_by_tls(&tls).await;
    let stream = accepted(&listener).await;
    let stream = timeout(PATIENCE, tls.theirs.accept(stream)).await.expect("in time").expect("a handshake");
    let mut peer = Peer::new(stream, at, "TLS");
    house.order(LegCommand::Answer { leg });
    let answered = peer.hear("SIP/2.0 200").await;
    assert!(answered.contains(";transport=tls"), "{answered}");
}

#[tokio::test]
async fn nothing_is_told_to_who_does_not_prove_who_it_is() {
    let tls = hidden(false);
    let (mut house, _houses, leg, listener, _) = left_by_tls(&tls).await;
    let stream = accepted(&listener).await;
    let shaken = timeout(PATIENCE, tls.theirs.accept(stream)).await.expect("in time");
    assert!(shaken.is_err(), "the house goes before the first word");
    let cause = EndCause::Timeout;
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause });
}

/// A desk phone by TCP that calls itself `contact`.
async fn phone(house: &mut House, local: SocketAddr, contact: &str) -> Peer<TcpStream> {
    let door = house.board.tcp_addr().expect("tcp");
    let mut peer = Peer::new(TcpStream::connect(door).await.expect("connected"), local, "TCP");
    let register = |n: u32, extra: &str| {
        format!(
            "REGISTER sip:{door} SIP/2.0\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bKr{n}{contact};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:101@{door}>;tag=r\r\nTo: <sip:101@{door}>\r\nCall-ID: reg@{local}\r\n\
             CSeq: {n} REGISTER\r\nContact: <sip:101@{contact};transport=tcp>\r\nExpires: 60\r\n{extra}Content-Length: 0\r\n\r\n"
        )
    };
    peer.say(&register(1, "")).await;
    let challenge = field(&peer.hear("SIP/2.0 401").await, "www-authenticate").expect("a challenge");
    let uri = format!("sip:{door}");
    let answer = telephony::sip::digest::answer(&challenge, "101", "secret-101", "REGISTER", &uri);
    peer.say(&register(2, &format!("Authorization: {}\r\n", answer.expect("an answer")))).await;
    peer
}

/// The phone is rung; its INVITE.
async fn rung(house: &mut House, peer: &mut Peer<TcpStream>) -> String {
    peer.hear("SIP/2.0 200").await;
    assert_eq!(house.event().await, LineEvent::PhoneRegistered { user: "101".to_owned(), online: true });
    house.order(LegCommand::Dial {
        leg: LegId::fresh(),
        target: DialTarget::Phone("101".to_owned()),
        from_number: CALLER.to_owned(),
        display: String::new(),
        label: String::new(),
        beside: None,
    });
    let invite = peer.hear("INVITE ").await;
    peer.say(&answer(&invite, "180 Ringing", true)).await;
    assert!(matches!(house.event().await, LineEvent::Progress { .. }));
    invite
}

/// The attempt is withdrawn by this connection, and its end acknowledged.
async fn withdrawn(peer: &mut Peer<TcpStream>, invite: &str) {
    let cancel = peer.hear("CANCEL ").await;
    for same in ["Via", "From", "To", "Call-ID"] {
        assert_eq!(field(&cancel, same), field(invite, same), "{same}");
    }
    assert_eq!(cancel.split(' ').nth(1), invite.split(' ').nth(1), "the request-URI");
    peer.say(&answer(&cancel, "200 OK", true)).await;
    peer.say(&answer(invite, "487 Request Terminated", true)).await;
    let ack = peer.hear("ACK ").await;
    assert!(field(&ack, "to").is_some_and(|to| to.ends_with(";tag=p")), "{ack}");
}

#[tokio::test]
async fn an_attempt_by_tcp_is_withdrawn_by_a_new_connection() {
    let houses = Succession::new(None);
    let mut house = houses.open();
    let (listener, at) = listening().await;
    let mut before = phone(&mut house, at, &at.to_string()).await;
    let invite = rung(&mut house, &mut before).await;
    let _house = houses.after(house, before).await;
    let mut peer = Peer::new(accepted(&listener).await, at, "TCP");
    withdrawn(&mut peer, &invite).await;
}

#[tokio::test]
async fn a_phone_that_cannot_be_reached_hears_of_it_when_it_comes_back() {
    let houses = Succession::new(None);
    let mut house = houses.open();
    let local = SocketAddr::from(([10, 9, 9, 9], 5_060));
    let mut before = phone(&mut house, local, "0.0.0.0:1").await;
    let invite = rung(&mut house, &mut before).await;
    let mut house = houses.after(house, before).await;
    let mut back = phone(&mut house, local, "0.0.0.0:2").await;
    withdrawn(&mut back, &invite).await;
}
