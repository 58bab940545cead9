//! Datagrams no telephone should send, and the answers they get.

use std::net::SocketAddr;
use std::time::Duration;

use telephony::media::codec::Codec;
use telephony::media::sdp;
use telephony::{Answering, Audio, Counted, DeskPhone, DialTarget, LegCommand, LegId, LineEvent, Settings};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::house::{CALLER, DID, House, settings, until};

/// A good INVITE of which a test spoils one part.
fn invite(local: SocketAddr, n: u32) -> String {
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    format!(
        "INVITE sip:{DID}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{n};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{CALLER}@127.0.0.1>;tag=a{n}\r\nTo: <sip:{DID}@127.0.0.1>\r\n\
         Call-ID: edge{n}@test\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{local}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

async fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let local = socket.local_addr().expect("an address");
    (socket, local)
}

/// The first final status, or `None` if nothing comes.
async fn status(socket: &UdpSocket, patience: Duration) -> Option<(u16, String)> {
    let mut buffer = [0u8; 4_096];
    loop {
        let (len, _) = timeout(patience, socket.recv_from(&mut buffer)).await.ok()?.ok()?;
        let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
        let status = text.split(' ').nth(1)?.parse().ok()?;
        if status >= 180 {
            return Some((status, text));
        }
    }
}

#[tokio::test]
async fn spoiled_requests_get_the_right_status() {
    let house = House::open();
    let (socket, local) = socket().await;
    type Spoil = fn(String) -> String;
    let table: [(&str, u16, Spoil); 20] = [
        ("version of the future", 505, |m| m.replacen("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", 1)),
        ("length below zero", 400, |m| m.replacen("Content-Length: ", "Content-Length: -", 1)),
        ("length beyond the datagram", 400, |m| m.replacen("Content-Length: ", "Content-Length: 9", 1)),
        ("length in words", 400, |m| m.replacen("Content-Length: ", "Content-Length: many", 1)),
        ("unknown method", 501, |m| m.replace("INVITE", "NEWMETHOD")),
        ("methods differ", 400, |m| m.replacen("CSeq: 1 INVITE", "CSeq: 1 OPTIONS", 1)),
        ("cseq too big", 400, |m| m.replacen("CSeq: 1", "CSeq: 36893488147419103232", 1)),
        ("uri in brackets", 400, |m| m.replacen("INVITE sip:", "INVITE <sip:", 1)),
        ("two blanks in the request line", 400, |m| m.replacen("INVITE sip", "INVITE  sip", 1)),
        ("scheme of a stranger", 416, |m| m.replacen("INVITE sip:", "INVITE nobodyknows:", 1)),
        ("open quote", 400, |m| m.replacen("From: <", "From: \"Mr. J. <", 1)),
        ("no To", 400, |m| m.replacen("To: ", "X-To: ", 1)),
        ("two Call-IDs", 400, |m| m.replacen("CSeq:", "Call-ID: other\r\nCSeq:", 1)),
        ("no From tag", 400, |m| m.replacen(";tag=a", ";gat=a", 1)),
        ("no hops left", 483, |m| m.replacen("Max-Forwards: 70", "Max-Forwards: 0", 1)),
        ("no description accepted", 406, |m| m.replacen("CSeq:", "Accept: text/plain\r\nCSeq:", 1)),
        ("BYE for no call", 481, |m| m.replace("INVITE", "BYE")),
        ("subscribe", 405, |m| m.replace("INVITE", "SUBSCRIBE")),
        ("extension nobody has", 420, |m| m.replacen("CSeq:", "Require: teleport\r\nCSeq:", 1)),
        ("another body", 415, |m| m.replacen("application/sdp", "application/xml", 1)),
    ];
    for (n, (what, expected, spoil)) in table.into_iter().enumerate() {
        let message = spoil(invite(local, n as u32));
        socket.send_to(message.as_bytes(), house.board.sip_addr()).await.expect("sent");
        let (status, text) =
            status(&socket, Duration::from_secs(3)).await.unwrap_or_else(|| panic!("{what}: silence"));
        assert_eq!(status, expected, "{what}: {text}");
        // a transaction's answer is repeated until its ACK; the edge's is not
        let to = text.lines().find(|line| line.to_ascii_lowercase().starts_with("to:"));
        let tagged = to.is_none_or(|to| to.contains("tag="));
        assert!(tagged, "{what}: an answer must carry a tag: {text}");
        drain(&socket).await;
    }
}

#[tokio::test]
async fn an_offer_is_answered_by_its_codecs_and_ours() {
    use Codec::{Alaw, G722, Opus};
    let all = vec![Alaw, G722, Opus];
    let rows = [
        ("9 101", vec![Alaw, G722], Some((G722, None, Some(101)))),
        ("111 9 8 101", vec![Alaw, G722], Some((Alaw, None, Some(101)))),
        ("111 101 102", all.clone(), Some((Opus, Some(111), Some(102)))),
        ("111 9 8 101", vec![G722, Opus, Alaw], Some((G722, None, Some(101)))),
        ("111", vec![Alaw, G722], None),
        ("18 101", all, None),
    ];
    for (n, (numbers, codecs, expected)) in rows.into_iter().enumerate() {
        let mut house = House::with(Settings { codecs, ..settings() });
        let (socket, local) = socket().await;
        let map = format!(
            "RTP/AVP {numbers}\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n\
             a=rtpmap:102 telephone-event/48000\r\n"
        );
        let message = invite(local, n as u32);
        let (head, body) = message.split_once("\r\n\r\n").expect("a body");
        let body = body.replace("RTP/AVP 8\r\n", &map);
        let (head, _) = head.rsplit_once(' ').expect("a length");
        let message = format!("{head} {}\r\n\r\n{body}", body.len());
        socket.send_to(message.as_bytes(), house.board.sip_addr()).await.expect("sent");
        if expected.is_some() {
            let leg = house.offered().await;
            house.order(LegCommand::Answer { leg });
        }
        let (status, text) = status(&socket, Duration::from_secs(3)).await.expect("an answer");
        let Some(expected) = expected else {
            assert_eq!(status, 488, "{numbers}: {text}");
            continue;
        };
        assert_eq!(status, 200, "{numbers}: {text}");
        let (_, body) = text.split_once("\r\n\r\n").expect("a description");
        let answer = sdp::read_answer(body.as_bytes(), &Codec::ALL).expect("an answer");
        assert_eq!((answer.codec, answer.payload, answer.event_payload), expected, "{numbers}");
    }
}

#[tokio::test]
async fn a_phone_is_offered_first_what_its_caller_speaks() {
    let mut house = House::open();
    let (answering, audio) = (Answering::Never, Audio::Silence);
    let (address, expires) = (house.board.sip_addr(), Duration::from_secs(60));
    let desk = DeskPhone::plug_in(address, "101", "secret-101", expires, answering, audio).await;
    let _desk = desk.expect("a socket");
    assert!(matches!(house.event().await, LineEvent::PhoneRegistered { online: true, .. }));
    let (socket, local) = socket().await;
    let message = invite(local, 1).replace("RTP/AVP 8\r\n", "RTP/AVP 9\r\n");
    socket.send_to(message.as_bytes(), house.board.sip_addr()).await.expect("sent");
    let caller = house.offered().await;
    for (beside, expected) in [(None, "RTP/AVP 8 0 9 101"), (Some(caller), "RTP/AVP 9 8 0 101")] {
        let (leg, target) = (LegId::fresh(), DialTarget::Phone("101".to_owned()));
        let (from_number, display, label) = (CALLER.to_owned(), String::new(), String::new());
        house.order(LegCommand::Dial { leg, target, from_number, display, label, beside });
        let call_id = loop {
            if let LineEvent::Dialled { call_id, .. } = house.any_event().await {
                break call_id;
            }
        };
        let offered = || {
            let trace = house.board.trace(&call_id);
            trace.iter().any(|line| line.text.starts_with("INVITE") && line.text.contains(expected))
        };
        until(expected, offered).await;
        house.order(LegCommand::Cancel { leg });
    }
}

async fn drain(socket: &UdpSocket) {
    let mut buffer = [0u8; 4_096];
    while socket.try_recv_from(&mut buffer).is_ok() {}
}

#[tokio::test]
async fn datagrams_that_get_no_answer_are_counted() {
    let house = House::open();
    let (socket, local) = socket().await;
    let table: [(Vec<u8>, Counted); 6] = [
        (b"\r\n".to_vec(), Counted::SipKeepAlive),
        (b"\0\0\0\0".to_vec(), Counted::DropBinary),
        (vec![b'A'; 9_000], Counted::DropOversize),
        (b"hello".to_vec(), Counted::DropUnanswerable),
        (b"SIP/2.0 9999 What\r\nVia: x\r\n\r\n".to_vec(), Counted::DropUnanswerable),
        (
            invite(local, 1).replace("INVITE", "ACK").replacen("To:", "X:", 1).into_bytes(),
            Counted::DropUnanswerable,
        ),
    ];
    for (datagram, count) in table {
        let before = house.board.count(count);
        socket.send_to(&datagram, house.board.sip_addr()).await.expect("sent");
        until(count.name(), || house.board.count(count) == before + 1).await;
    }
    assert!(status(&socket, Duration::from_millis(100)).await.is_none());
    socket.send_to(b"\r\n\r\n", house.board.sip_addr()).await.expect("sent");
    let mut pong = [0u8; 16];
    let (len, _) =
        timeout(Duration::from_secs(3), socket.recv_from(&mut pong)).await.expect("in time").expect("a pong");
    assert_eq!(&pong[..len], b"\r\n");
}

#[tokio::test]
async fn a_name_in_windows_1251_does_not_lose_the_call() {
    let mut house = House::open();
    let (socket, local) = socket().await;
    let message =
        invite(local, 1).replacen("From: <", "From: \"@@@\" <", 1).replacen(";tag=a1", " ; tag = a1", 1);
    let mut bytes = Vec::new();
    for byte in message.into_bytes() {
        bytes.push(if byte == b'@' && bytes.ends_with(b"\"") { 0xCF } else { byte });
    }
    let at = bytes.windows(2).position(|two| two == b"@@").expect("the rest of the name");
    bytes[at] = 0xB8;
    bytes[at + 1] = 0xF2;
    socket.send_to(&bytes, house.board.sip_addr()).await.expect("sent");
    match house.event().await {
        LineEvent::Offered { display, .. } => assert_eq!(display, "Пёт"),
        other => panic!("offered call expected, got {other:?}"),
    }
    assert_eq!(house.board.count(Counted::CharsetRepaired), 1);
}

#[tokio::test]
async fn a_scanner_is_not_answered() {
    let mut settings = crate::house::settings();
    settings.trunks[0].allowed_ips.clear();
    settings.edge.strikes = 3;
    let house = House::with(settings);
    let (socket, local) = socket().await;
    for n in 0..3 {
        let scan = invite(local, n).replacen("CSeq:", "User-Agent: friendly-scanner\r\nCSeq:", 1);
        socket.send_to(scan.as_bytes(), house.board.sip_addr()).await.expect("sent");
    }
    until("three scans are counted", || house.board.count(Counted::DropScanner) == 3).await;
    socket.send_to(invite(local, 9).as_bytes(), house.board.sip_addr()).await.expect("sent");
    until("the source is shut out", || house.board.count(Counted::DropBanned) == 1).await;
    assert!(status(&socket, Duration::from_millis(100)).await.is_none());
}

#[tokio::test]
async fn every_datagram_is_accounted_for() {
    let house = House::open();
    let (socket, local) = socket().await;
    let good = invite(local, 1).into_bytes();
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let total = 2_000;
    for _ in 0..total {
        let mut bad = good.clone();
        for _ in 0..4 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let at = (seed >> 8) as usize % bad.len();
            bad[at] = seed as u8;
        }
        socket.send_to(&bad, house.board.sip_addr()).await.expect("sent");
        drain(&socket).await;
    }
    let sum = || {
        let counters = house.board.counters();
        let fates = ["sip_admitted", "sip_keep_alive", "sip_drop", "sip_replied"];
        let fate = |name: &str| fates.iter().any(|fate| name.starts_with(fate));
        counters.iter().filter(|(name, _)| fate(name)).map(|(_, n)| n).sum::<u64>()
    };
    until("all are received", || house.board.count(Counted::SipReceived) >= total / 2).await;
    until("all have a fate", || house.board.count(Counted::SipReceived) == sum()).await;
    let mut call = house.dial(telephony::Audio::Silence).await;
    call.cancel();
    assert!(matches!(crate::house::next(&mut call).await, telephony::CallEvent::Rejected(_)));
}

#[tokio::test]
async fn the_same_call_by_another_way_is_a_loop_and_an_escaped_number_is_understood() {
    let mut house = House::open();
    let (socket, local) = socket().await;
    let first =
        invite(local, 1).replacen("INVITE sip:+", "INVITE sip:%2B", 1).replacen("<sip:+", "<sip:%2B", 1);
    socket.send_to(first.as_bytes(), house.board.sip_addr()).await.expect("sent");
    let LineEvent::Offered { leg, from, to, .. } = house.event().await else { panic!("a call expected") };
    assert_eq!((from.as_str(), to.as_str()), (CALLER, DID));
    let forked = first.replacen("z9hG4bK1", "z9hG4bKother", 1);
    socket.send_to(forked.as_bytes(), house.board.sip_addr()).await.expect("sent");
    let (found, text) = status(&socket, Duration::from_secs(3)).await.expect("an answer");
    assert_eq!(found, 482, "{text}");
    house.order(LegCommand::Reject { leg, status: 486 });
    assert_eq!(status(&socket, Duration::from_secs(3)).await.map(|(status, _)| status), Some(486));
}

#[tokio::test]
async fn while_the_server_cannot_keep_up_new_calls_are_turned_away_and_those_that_stand_go_on() {
    let mut house = House::open();
    let (call, leg) = house.conversation(telephony::Audio::Silence).await;
    house.board.unkept(10_000);
    let (socket, local) = socket().await;
    socket.send_to(invite(local, 7).as_bytes(), house.board.sip_addr()).await.expect("sent");
    let (found, text) = status(&socket, Duration::from_secs(3)).await.expect("an answer");
    assert_eq!(found, 503, "{text}");
    assert!(text.contains("Retry-After: "), "{text}");
    call.hang_up();
    let ended = LineEvent::Ended { leg, by_remote: true, cause: telephony::EndCause::HungUp };
    assert_eq!(house.event().await, ended);
    house.board.unkept(0);
    socket.send_to(invite(local, 8).as_bytes(), house.board.sip_addr()).await.expect("sent");
    assert!(matches!(house.event().await, LineEvent::Offered { .. }));
}

#[tokio::test]
async fn a_full_house_turns_new_calls_away_and_keeps_those_it_has() {
    let mut settings = crate::house::settings();
    settings.max_calls = 1;
    let mut house = House::with(settings);
    let (mut call, leg) = house.conversation(telephony::Audio::Silence).await;
    let (socket, local) = socket().await;
    socket.send_to(invite(local, 7).as_bytes(), house.board.sip_addr()).await.expect("sent");
    let (found, text) = status(&socket, Duration::from_secs(3)).await.expect("an answer");
    assert_eq!(found, 503, "{text}");
    assert!(text.contains("Retry-After: "), "{text}");
    // no other request is turned away: neither one outside of calls nor one of the call that stands
    let options = invite(local, 8).replace("INVITE", "OPTIONS");
    socket.send_to(options.as_bytes(), house.board.sip_addr()).await.expect("sent");
    assert_eq!(status(&socket, Duration::from_secs(3)).await.map(|(status, _)| status), Some(200));
    call.hang_up();
    let ended = LineEvent::Ended { leg, by_remote: true, cause: telephony::EndCause::HungUp };
    assert_eq!(house.event().await, ended);
    assert_eq!(crate::house::next(&mut call).await, telephony::CallEvent::Ended { by_remote: false });
    assert_eq!(house.board.count(Counted::Replied503), 1);
}
