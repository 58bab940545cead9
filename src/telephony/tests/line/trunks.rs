//! Trunks between calls: our registration, and whether they live.

use std::net::SocketAddr;
use std::time::Duration;

use telephony::phone::message::Message;
use telephony::{Algorithm, LineEvent, Settings, TrunkPeer};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::house::{DID, House, settings};

const PATIENCE: Duration = Duration::from_secs(10);

/// A telephone company, played by hand.
pub struct Provider {
    socket: UdpSocket,
    house: SocketAddr,
}

impl Provider {
    /// A provider at a port of its own, and what a house knows of it.
    pub async fn beside(house: &House) -> (Self, TrunkPeer) {
        let (socket, trunk) = known().await;
        (Self { socket, house: house.board.sip_addr() }, trunk)
    }

    /// A provider at a port of its own, and a house that knows it.
    async fn new(change: impl FnOnce(&mut TrunkPeer)) -> (Self, House) {
        let (socket, mut trunk) = known().await;
        change(&mut trunk);
        let house = House::with(Settings { trunks: vec![trunk], ..settings() });
        let address = house.board.sip_addr();
        (Self { socket, house: address }, house)
    }

    pub async fn request(&self, method: &str) -> Message {
        let mut datagram = [0u8; 4_096];
        loop {
            let heard =
                timeout(PATIENCE, self.socket.recv_from(&mut datagram)).await.expect("a request in time");
            let message = Message::read(&datagram[..heard.expect("a socket").0]).expect("a message");
            if message.method.as_deref() == Some(method) {
                return message;
            }
        }
    }

    pub async fn answer(&self, request: &Message, status: u16, extra: &[(&str, &str)]) {
        let response = request.response(status, "Said", "p", extra, b"");
        self.socket.send_to(&response, self.house).await.expect("sent");
    }
}

async fn known() -> (UdpSocket, TrunkPeer) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let trunk = TrunkPeer {
        name: "provider".to_owned(),
        outbound: Some(socket.local_addr().expect("an address")),
        user: Some("office".to_owned()),
        password: Some("secret".to_owned()),
        dids: vec![DID.to_owned()],
        ..TrunkPeer::default()
    };
    (socket, trunk)
}

pub fn trunk(up: bool) -> LineEvent {
    LineEvent::Trunk { name: "provider".to_owned(), up }
}

/// Challenges a REGISTER and takes the answer; a nonce that is stale is renewed without a new password.
async fn registers_with(algorithm: Algorithm, status: u16, (challenge, shown): (&str, &str)) {
    let (provider, mut house) = Provider::new(|trunk| trunk.registers = true).await;
    let digests = telephony::sip::digest::Digests::new("provider", &[algorithm]);
    let now = std::time::Instant::now();
    let first = provider.request("REGISTER").await;
    assert!(first.get("contact").is_some_and(|contact| contact.contains("sip:office@")), "{first:?}");
    provider.answer(&first, status, &[(challenge, &digests.challenges(false, now)[0])]).await;
    let second = provider.request("REGISTER").await;
    provider.answer(&second, status, &[(challenge, &digests.challenges(true, now)[0])]).await;
    let third = provider.request("REGISTER").await;
    let password = |user: &str| (user == "office").then_some("secret");
    let proof = digests.verify(third.get(shown), "REGISTER", password, now);
    assert_eq!(proof, telephony::sip::digest::Proof::Good("office".to_owned()));
    provider.answer(&third, 200, &[("Expires", "2")]).await;
    assert_eq!(house.event().await, trunk(true));
    // renewed at about 1.2 s of its two
    let again = provider.request("REGISTER").await;
    provider.answer(&again, 403, &[]).await;
    assert_eq!(house.event().await, trunk(false));
}

#[tokio::test]
async fn registers_by_md5_as_a_user() {
    registers_with(Algorithm::Md5, 401, ("WWW-Authenticate", "authorization")).await;
}

#[tokio::test]
async fn registers_by_sha_256_at_a_proxy() {
    registers_with(Algorithm::Sha256, 407, ("Proxy-Authenticate", "proxy-authorization")).await;
}

#[tokio::test]
async fn takes_its_registration_back_when_the_house_closes() {
    let (provider, mut house) = Provider::new(|trunk| trunk.registers = true).await;
    let first = provider.request("REGISTER").await;
    provider.answer(&first, 200, &[("Expires", "600")]).await;
    assert_eq!(house.event().await, trunk(true));
    house.board.shutdown();
    let last = provider.request("REGISTER").await;
    assert_eq!(last.get("expires"), Some("0"));
}

#[tokio::test]
async fn a_trunk_that_does_not_answer_three_questions_is_down_until_it_does() {
    let (provider, mut house) = Provider::new(|trunk| trunk.ask_every = Duration::from_millis(300)).await;
    let first = provider.request("OPTIONS").await;
    provider.answer(&first, 404, &[]).await; // any answer is a sign of life
    assert_eq!(house.event().await, trunk(false));
    loop {
        let question = provider.request("OPTIONS").await;
        provider.answer(&question, 200, &[]).await;
        if let Ok(event) = timeout(Duration::from_millis(500), house.event()).await {
            assert_eq!(event, trunk(true));
            return;
        }
    }
}
