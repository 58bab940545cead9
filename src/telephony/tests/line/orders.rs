//! Which codecs calls are made and taken in, and how another order comes in force while calls stand.

use std::net::SocketAddr;
use std::time::Duration;

use telephony::media::sdp::{Word, describe};
use telephony::phone::message::{Draft, Message};
use telephony::trace::summary::summary;
use telephony::{Codec, DialTarget, LegCommand, LegId, LineEvent, TrunkPeer};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::house::{CALLER, DID, House, settings};
use crate::trunks::Provider;

const PATIENCE: Duration = Duration::from_secs(10);
const AUDIO: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

/// Codecs of a description, as a ladder names them.
fn named(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    summary(&format!("INFO sip:a SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n{text}")).codecs.join(" ")
}

fn serve(house: &House, trunks: Vec<TrunkPeer>, codecs: &[Codec]) {
    let (phones, codecs) = (settings().phones, codecs.to_vec());
    house.order(LegCommand::Lines { trunks, phones, codecs });
}

/// A caller written out by hand, who offers what it likes.
struct Caller {
    socket: UdpSocket,
    local: SocketAddr,
    house: SocketAddr,
    to: String,
    call_id: String,
}

impl Caller {
    async fn new(house: &House, call_id: &str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let local = socket.local_addr().expect("an address");
        let (to, call_id) = (format!("<sip:{DID}@127.0.0.1>"), format!("{call_id}@test"));
        Self { socket, local, house: house.board.sip_addr(), to, call_id }
    }

    async fn say(&self, method: &str, sequence: u32, offered: Option<&[Codec]>) {
        let draft = Draft {
            method,
            uri: &format!("sip:{DID}@{}", self.house),
            local: self.local,
            branch: &format!("z9hG4bK{method}{sequence}{}", self.call_id),
            from: &format!("<sip:{CALLER}@{}>;tag=hand", self.local),
            to: &self.to,
            call_id: &self.call_id,
            sequence,
        };
        let contact = format!("<sip:{CALLER}@{}>", self.local);
        let kind = ("Content-Type", "application/sdp");
        let headers: Vec<_> =
            [("Contact", contact.as_str())].into_iter().chain(offered.map(|_| kind)).collect();
        let body = offered.map(|codecs| describe(AUDIO, 1, None, Word::Offer(codecs))).unwrap_or_default();
        self.socket.send_to(&draft.write(&headers, &body), self.house).await.expect("sent");
    }

    /// The final answer to this request.
    async fn answered(&mut self, sequence: u32) -> Message {
        let mut datagram = [0u8; 4_096];
        loop {
            let heard = timeout(PATIENCE, self.socket.recv_from(&mut datagram)).await.expect("in time");
            let message = Message::read(&datagram[..heard.expect("a socket").0]).expect("a message");
            if message.status >= 200 && message.sequence() == Some((sequence, "INVITE")) {
                self.to = message.get("to").expect("a To").to_owned();
                return message;
            }
        }
    }

    /// Rings, is answered, and stays; what the answer names.
    async fn rings(&mut self, house: &mut House, offered: &[Codec]) -> (LegId, String) {
        self.say("INVITE", 1, Some(offered)).await;
        let leg = house.offered().await;
        house.order(LegCommand::Answer { leg });
        let answer = self.answered(1).await;
        self.say("ACK", 1, None).await;
        assert_eq!(house.event().await, LineEvent::Answered { leg });
        (leg, named(&answer.body))
    }
}

fn dial(house: &House) {
    house.order(LegCommand::Dial {
        leg: LegId::fresh(),
        target: DialTarget::Trunk { name: "provider".to_owned(), number: CALLER.to_owned() },
        from_number: DID.to_owned(),
        display: String::new(),
        label: String::new(),
        beside: None,
    });
}

#[tokio::test]
async fn another_order_is_in_force_for_the_next_call_and_a_talk_keeps_its_own() {
    let mut house = House::open();
    let all = [Codec::Alaw, Codec::G722, Codec::Opus];
    let mut first = Caller::new(&house, "first").await;
    assert_eq!(first.rings(&mut house, &all).await.1, "PCMA");
    serve(&house, settings().trunks, &[Codec::Opus, Codec::G722, Codec::Ulaw]);
    let mut second = Caller::new(&house, "second").await;
    assert_eq!(second.rings(&mut house, &all).await.1, "opus");
    let mut plain = Caller::new(&house, "plain").await;
    assert_eq!(plain.rings(&mut house, &[Codec::G722, Codec::Ulaw]).await.1, "G722");
    // a talk of before goes on in what it was begun with, though it is no longer offered
    first.say("INVITE", 2, Some(&all)).await;
    assert_eq!(named(&first.answered(2).await.body), "PCMA");
    first.say("ACK", 2, None).await;
}

#[tokio::test]
async fn a_trunk_has_an_order_of_its_own_both_ways() {
    let mut house = House::open();
    let (provider, peer) = Provider::beside(&house).await;
    let mut trunks = settings().trunks;
    trunks.push(peer);
    serve(&house, trunks.clone(), &[Codec::Opus, Codec::Alaw]);
    assert!(matches!(house.event().await, LineEvent::Trunk { .. }));
    dial(&house);
    assert_eq!(named(&provider.request("INVITE").await.body), "opus PCMA");
    trunks[1].codecs = vec![Codec::G722, Codec::Ulaw];
    trunks[0].codecs = vec![Codec::G722, Codec::Alaw];
    serve(&house, trunks.clone(), &[Codec::Opus, Codec::Alaw]);
    dial(&house);
    let invite = loop {
        // the attempt of before is still repeated
        let invite = provider.request("INVITE").await;
        if named(&invite.body) != "opus PCMA" {
            break invite;
        }
    };
    assert_eq!(named(&invite.body), "G722 PCMU");
    let mut caller = Caller::new(&house, "caller").await;
    let all = [Codec::Opus, Codec::Alaw, Codec::G722];
    assert_eq!(caller.rings(&mut house, &all).await.1, "G722");
}
