//! Before and during a call: provisional answers that must arrive, early audio, session timers, two changes at once.

use std::net::SocketAddr;
use std::time::Duration;

use telephony::media::sdp;
use telephony::phone::message::{Draft, Message};
use telephony::{
    Answering, Audio, DeskEvent, DeskPhone, DialTarget, EndCause, LegCommand, LegId, LineEvent, SessionTimes,
    Settings, TrunkPeer,
};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::house::{CALLER, DID, House, desk_event, settings};

const PATIENCE: Duration = Duration::from_secs(10);

/// A party written out by hand, message by message.
struct Party {
    socket: UdpSocket,
    local: SocketAddr,
    house: SocketAddr,
    to: String,
}

impl Party {
    async fn new(house: &House) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let local = socket.local_addr().expect("an address");
        Self { socket, local, house: house.board.sip_addr(), to: format!("<sip:{DID}@127.0.0.1>") }
    }

    async fn say(&self, method: &str, sequence: u32, extra: &[(&str, &str)], with_audio: bool) {
        let uri = format!("sip:{DID}@{}", self.house);
        let from = format!("<sip:{CALLER}@{}>;tag=hand", self.local);
        let branch = format!("z9hG4bK{method}{sequence}");
        let draft = Draft {
            method,
            uri: &uri,
            local: self.local,
            branch: &branch,
            from: &from,
            to: &self.to,
            call_id: "hand@test",
            sequence,
        };
        let contact = format!("<sip:{CALLER}@{}>", self.local);
        let mut headers = vec![("Contact", contact.as_str())];
        headers.extend(extra);
        let audio = SocketAddr::from(([127, 0, 0, 1], 9));
        let body = if with_audio { sdp::offer(audio, 1) } else { Vec::new() };
        if with_audio {
            headers.push(("Content-Type", "application/sdp"));
        }
        self.socket.send_to(&draft.write(&headers, &body), self.house).await.expect("sent");
    }

    async fn answer(&self, request: &Message, status: u16, extra: &[(&str, &str)], with_audio: bool) {
        let contact = format!("<sip:{CALLER}@{}>", self.local);
        let mut headers = vec![("Contact", contact.as_str())];
        headers.extend(extra);
        let audio = SocketAddr::from(([127, 0, 0, 1], 9));
        let body = if with_audio { sdp::offer(audio, 1) } else { Vec::new() };
        if with_audio {
            headers.push(("Content-Type", "application/sdp"));
        }
        let response = request.response(status, "Said", "hand", &headers, &body);
        self.socket.send_to(&response, self.house).await.expect("sent");
    }

    async fn next(&self) -> Message {
        let mut datagram = [0u8; 4_096];
        let heard = timeout(PATIENCE, self.socket.recv_from(&mut datagram)).await.expect("a message in time");
        Message::read(&datagram[..heard.expect("a socket").0]).expect("a message that can be read")
    }

    /// The next response of this status; its To is ours from now on.
    async fn status(&mut self, status: u16) -> Message {
        loop {
            let message = self.next().await;
            assert!(
                message.method.is_none() && message.status <= status,
                "{status} expected, got {:?} {}",
                message.method,
                message.status
            );
            if message.status == status {
                self.to = message.get("to").expect("a To").to_owned();
                return message;
            }
        }
    }

    async fn request(&self, method: &str) -> Message {
        loop {
            let message = self.next().await;
            if message.method.as_deref() == Some(method) {
                return message;
            }
        }
    }
}

#[tokio::test]
async fn a_caller_that_demands_it_is_told_reliably_that_it_rings() {
    let mut house = House::open();
    let mut party = Party::new(&house).await;
    party.say("INVITE", 1, &[("Require", "100rel")], true).await;
    let leg = house.offered().await;
    house.order(LegCommand::Ring { leg });
    let first = party.status(180).await;
    assert_eq!(first.get("require"), Some("100rel"));
    let number = first.get("rseq").expect("a number").to_owned();
    let again = party.status(180).await;
    assert_eq!(again.get("rseq"), Some(number.as_str()), "repeated as long as nobody acknowledges");
    party.say("PRACK", 2, &[("RAck", "1 1 INVITE")], false).await;
    party.status(481).await;
    party.say("PRACK", 3, &[("RAck", &format!("{number} 1 INVITE"))], false).await;
    party.status(200).await;
    house.order(LegCommand::Answer { leg });
    let answer = party.status(200).await;
    assert_eq!(answer.sequence(), Some((1, "INVITE")));
    party.say("ACK", 1, &[], false).await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
}

#[tokio::test]
async fn a_caller_hears_prompts_before_the_answer() {
    let mut house = House::open();
    let mut party = Party::new(&house).await;
    party.say("INVITE", 1, &[], true).await;
    let leg = house.offered().await;
    house.order(LegCommand::EarlyAudio { leg });
    let progress = party.status(183).await;
    assert!(sdp::read(&progress.body).is_ok_and(|audio| audio.address.is_some()));
    let audio: std::sync::Arc<[u8]> = vec![0x2A; 160 * 5].into();
    house.order(LegCommand::PlayPrompt { leg, audio, repeat: false });
    assert_eq!(house.event().await, LineEvent::PromptEnded { leg });
    assert!(house.board.count(telephony::Counted::RtpOut) >= 5);
    house.order(LegCommand::Answer { leg });
    party.status(200).await;
}

#[tokio::test]
async fn a_dialled_party_that_is_heard_early_is_told() {
    let mut settings = settings();
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let local = socket.local_addr().expect("an address");
    settings.trunks.push(TrunkPeer {
        name: "out".to_owned(),
        outbound: Some(local),
        dids: vec![DID.to_owned()],
        ..TrunkPeer::default()
    });
    let mut house = House::with(settings);
    let party = Party { socket, local, house: house.board.sip_addr(), to: String::new() };
    let leg = LegId::fresh();
    let target = DialTarget::Trunk { name: "out".to_owned(), number: "8 912 345-67-89".to_owned() };
    let from_number = "+79990001122".to_owned(); // not ours: the first of ours is shown
    house.order(LegCommand::Dial {
        leg,
        target,
        from_number,
        display: String::new(),
        label: String::new(),
        beside: None,
    });
    let invite = party.request("INVITE").await;
    assert!(invite.get("from").is_some_and(|from| from.contains(&format!("sip:{DID}@"))), "{invite:?}");
    assert!(invite.get("to").is_some_and(|to| to.contains("sip:+79123456789@")), "{invite:?}");
    party.answer(&invite, 183, &[("Require", "100rel"), ("RSeq", "77")], true).await;
    let prack = party.request("PRACK").await;
    assert_eq!(prack.get("rack"), Some("77 1 INVITE"));
    party.answer(&prack, 200, &[], false).await;
    assert_eq!(house.event().await, LineEvent::Progress { leg });
    assert_eq!(house.event().await, LineEvent::EarlyAudio { leg });
    party.answer(&invite, 200, &[], true).await;
    party.request("ACK").await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
}

fn quick() -> House {
    House::with(Settings { session: SessionTimes { least: 2, wanted: 6 }, ..settings() })
}

#[tokio::test]
async fn an_interval_too_short_is_refused_with_the_least_we_take() {
    let house = House::open();
    let mut party = Party::new(&house).await;
    party.say("INVITE", 1, &[("Supported", "timer"), ("Session-Expires", "30")], true).await;
    assert_eq!(party.status(422).await.get("min-se"), Some("90"));
}

#[tokio::test]
async fn a_call_is_kept_alive_and_ends_when_the_other_side_knows_it_no_more() {
    let mut house = quick();
    let mut party = Party::new(&house).await;
    party.say("INVITE", 1, &[("Supported", "timer"), ("Session-Expires", "2;refresher=uas")], true).await;
    let leg = house.offered().await;
    house.order(LegCommand::Answer { leg });
    assert_eq!(party.status(200).await.get("session-expires"), Some("2;refresher=uas"));
    party.say("ACK", 1, &[], false).await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    for status in [200, 481] {
        let refresh = party.request("INVITE").await;
        assert_eq!(refresh.get("session-expires"), Some("2;refresher=uac"));
        party.answer(&refresh, status, &[], status == 200).await;
        party.request("ACK").await;
    }
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause: EndCause::Timeout });
}

#[tokio::test]
async fn a_party_that_promised_a_sign_of_life_and_gives_none_is_given_up() {
    let mut house = quick();
    let mut party = Party::new(&house).await;
    let promise = [("Supported", "timer"), ("Session-Expires", "3;refresher=uac")];
    party.say("INVITE", 1, &promise, true).await;
    let leg = house.offered().await;
    house.order(LegCommand::Answer { leg });
    let answer = party.status(200).await;
    assert_eq!(
        (answer.get("session-expires"), answer.get("require")),
        (Some("3;refresher=uac"), Some("timer"))
    );
    party.say("ACK", 1, &[], false).await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    // one sign of life in good time, then none
    party.say("UPDATE", 2, &promise, false).await;
    party.status(200).await;
    let bye = party.request("BYE").await;
    party.answer(&bye, 200, &[], false).await;
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause: EndCause::Timeout });
}

#[tokio::test]
async fn two_changes_at_once_are_told_apart() {
    let mut house = quick();
    let mut party = Party::new(&house).await;
    party.say("INVITE", 1, &[("Supported", "timer"), ("Session-Expires", "2;refresher=uas")], true).await;
    let leg = house.offered().await;
    house.order(LegCommand::Answer { leg });
    party.status(200).await;
    party.say("ACK", 1, &[], false).await;
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    let ours = party.request("INVITE").await;
    party.say("INVITE", 2, &[], true).await;
    party.status(491).await;
    party.answer(&ours, 200, &[], true).await;
    party.request("ACK").await;
    party.say("INVITE", 3, &[], true).await;
    party.status(200).await;
}

#[tokio::test]
async fn a_phone_hands_a_client_to_the_party_it_consulted() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let local = socket.local_addr().expect("an address");
    let out = TrunkPeer {
        name: "out".to_owned(),
        outbound: Some(local),
        dids: vec![DID.to_owned()],
        ..TrunkPeer::default()
    };
    let mut settings = settings();
    settings.trunks.push(out);
    let mut house = House::with(settings);
    let party = Party { socket, local, house: house.board.sip_addr(), to: String::new() };
    let (expires, answering) = (Duration::from_secs(60), Answering::After(Duration::ZERO));
    let desk = DeskPhone::plug_in(party.house, "101", "secret-101", expires, answering, Audio::Silence).await;
    let mut desk = desk.expect("a socket");
    let online = LineEvent::PhoneRegistered { user: "101".to_owned(), online: true };
    assert_eq!(house.event().await, online);
    let dial = |target| {
        let leg = LegId::fresh();
        house.order(LegCommand::Dial {
            leg,
            target,
            from_number: DID.to_owned(),
            display: String::new(),
            label: String::new(),
            beside: None,
        });
        leg
    };
    let operator = dial(DialTarget::Phone("101".to_owned()));
    while desk_event(&mut desk).await != DeskEvent::Answered {}
    let consulted = dial(DialTarget::Trunk { name: "out".to_owned(), number: "+79990000000".to_owned() });
    let invite = party.request("INVITE").await;
    party.answer(&invite, 200, &[], true).await;
    party.request("ACK").await;
    let mut answered = 0;
    while answered < 2 {
        answered += usize::from(matches!(house.event().await, LineEvent::Answered { .. }));
    }
    let call_id = invite.get("call-id").expect("a Call-ID").replace('@', "%40");
    let ours = invite.get("from").and_then(|from| from.split_once(";tag=")).expect("our tag").1;
    let replaces = format!("{call_id}%3Bto-tag%3D{ours}%3Bfrom-tag%3Dhand");
    desk.transfer(&format!("sip:+79990000000@127.0.0.1?Replaces={replaces}"));
    let to = "+79990000000".to_owned();
    let asked = LineEvent::TransferAsked { leg: operator, to, consulted: Some(consulted) };
    assert_eq!(house.event().await, asked);
}
