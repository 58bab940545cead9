//! A browser played by `str0m` in the client's role.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use telephony::media::codec::Codec;
use telephony::media::ear::Ear;
use telephony::media::law::Law;
use telephony::media::mouth::{Mouth, Rate, Said};
use telephony::media::rtp::RtpHeader;
use telephony::media::stream::Source;
use telephony::media::tone::{Sine, goertzel};
use telephony::{
    Audio, DialTarget, EndCause, LegCommand, LegId, LineEvent, OfferError, OperatorSession, Settings,
};
use tokio::sync::oneshot;

use crate::house::{House, settings, until};

/// A page with a microphone that hums and an ear that measures.
struct Page {
    heard: Arc<parking_lot::Mutex<Vec<i16>>>,
    packets: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Page {
    /// Opens the page: offer, answer, and a thread that is the browser until the page is dropped.
    async fn open(house: &House, session: &OperatorSession, hertz: f64) -> Self {
        Self::open_speaking(house, session, hertz, Codec::Alaw).await
    }

    /// The same by a browser that offers this codec alone.
    async fn open_speaking(house: &House, session: &OperatorSession, hertz: f64, codec: Codec) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let mut rtc = RtcConfig::new()
            .set_crypto_provider(crypto)
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_pcma(codec == Codec::Alaw, false)
            .enable_opus(codec == Codec::Opus, false)
            .build(Instant::now());
        let local = socket.local_addr().expect("an address");
        rtc.add_local_candidate(Candidate::host(local, "udp").expect("a candidate"));
        let mut change = rtc.sdp_api();
        let mid = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = change.apply().expect("an offer");
        let (reply, answer) = oneshot::channel();
        house.order(LegCommand::BrowserOffer { session: session.clone(), sdp: offer.to_sdp_string(), reply });
        let answer = answer.await.expect("an answer").expect("an accepted offer");
        rtc.sdp_api()
            .accept_answer(pending, SdpAnswer::from_sdp_string(&answer).expect("sdp"))
            .expect("accepted");
        let page = Self { heard: Arc::default(), packets: Arc::default(), stop: Arc::default() };
        let (heard, packets, stop) = (page.heard.clone(), page.packets.clone(), page.stop.clone());
        std::thread::spawn(move || run(rtc, socket, (mid, codec), hertz, &heard, &packets, &stop));
        page
    }

    fn tone(&self, hertz: f64) -> f64 {
        let heard = self.heard.lock();
        goertzel(&heard[heard.len().saturating_sub(4_000)..], hertz)
    }
}

fn run(
    mut rtc: Rtc,
    socket: UdpSocket,
    (mid, codec): (str0m::media::Mid, Codec),
    hertz: f64,
    heard: &parking_lot::Mutex<Vec<i16>>,
    packets: &AtomicU64,
    stop: &AtomicBool,
) {
    let local = socket.local_addr().expect("an address");
    let mut sine = Sine::new(hertz, 8_000.0);
    let (mut mouth, mut ear) = (Mouth::of(codec).expect("a mouth"), Ear::of(codec));
    let (mut connected, mut sequence, mut due) = (false, 0u64, Instant::now());
    let mut buffer = [0u8; 2_000];
    while !stop.load(Ordering::Relaxed) && rtc.is_alive() {
        let wake = match rtc.poll_output().expect("a working browser") {
            Output::Transmit(packet) => {
                socket.send_to(&packet.contents, packet.destination).expect("sent");
                continue;
            }
            Output::Event(Event::Connected) => {
                connected = true;
                due = Instant::now();
                continue;
            }
            Output::Event(Event::RtpPacket(packet)) => {
                packets.fetch_add(1, Ordering::Relaxed);
                let payload = &packet.payload;
                let Some(ear) = &mut ear else {
                    heard.lock().extend(payload.iter().map(|byte| Law::Alaw.decode(*byte)));
                    continue;
                };
                let header = header_of(&packet);
                if let Some(narrowed) = ear.hear_narrow(&header, payload) {
                    heard.lock().extend(narrowed.samples);
                }
                continue;
            }
            Output::Event(_) => continue,
            Output::Timeout(at) => at,
        };
        let now = Instant::now();
        if connected && now >= due {
            due += Duration::from_millis(20);
            sequence += 1;
            let samples: Vec<i16> = (0..160).map(|_| sine.sample()).collect();
            let timestamp = sequence as u32 * 160;
            let said = Said { source: Source::Sound(1), sequence: sequence as u16, timestamp, clock: 8 };
            mouth.hear(said, Rate::Narrow, &samples);
            let mut frame = vec![0; 400];
            let told = mouth.packet(&mut frame).expect("20 ms");
            frame.truncate(told.length);
            let mut direct = rtc.direct_api();
            let stream = direct.stream_tx_by_mid(mid, None).expect("a stream");
            stream.write_rtp(RtpWrite::new(
                codec.payload_type().into(),
                sequence.into(),
                told.timestamp,
                now,
                frame,
            ));
            continue;
        }
        let next = if connected { wake.min(due) } else { wake };
        let wait =
            next.saturating_duration_since(now).clamp(Duration::from_millis(1), Duration::from_millis(50));
        socket.set_read_timeout(Some(wait)).expect("a timeout");
        match socket.recv_from(&mut buffer) {
            Ok((len, source)) => {
                let contents = (&buffer[..len]).try_into().expect("a datagram");
                let receive = Receive { proto: Protocol::Udp, source, destination: local, contents };
                rtc.handle_input(Input::Receive(Instant::now(), receive)).expect("taken");
            }
            Err(_) => rtc.handle_input(Input::Timeout(Instant::now())).expect("taken"),
        }
    }
}

fn header_of(packet: &str0m::rtp::RtpPacket) -> RtpHeader {
    RtpHeader {
        marker: packet.header.marker,
        payload_type: *packet.header.payload_type,
        sequence: packet.header.sequence_number,
        timestamp: packet.header.timestamp,
        ssrc: *packet.header.ssrc,
    }
}

fn attach(session: &OperatorSession) -> (LegId, LegCommand) {
    let leg = LegId::fresh();
    let target = DialTarget::Browser(session.clone());
    (
        leg,
        LegCommand::Dial {
            leg,
            target,
            from_number: String::new(),
            display: String::new(),
            label: String::new(),
            beside: None,
        },
    )
}

#[tokio::test]
async fn a_caller_talks_to_a_browser_and_a_reload_keeps_the_call() {
    let mut house = House::open();
    let session = OperatorSession::new("operator-1");
    let page = Page::open(&house, &session, 600.0).await;
    assert_eq!(house.event().await, LineEvent::BrowserConnected { session: session.clone() });
    let (call, a) = house.conversation(Audio::Tone(440.0)).await;
    let (b, command) = attach(&session);
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Answered { leg: b });
    house.order(LegCommand::Bridge { a, b });
    until("both hear the other", || call.heard().tone(600.0) > 0.9 && page.tone(440.0) > 0.9).await;
    // the page is reloaded: another microphone, the same session
    drop(page);
    let page = Page::open(&house, &session, 900.0).await;
    assert_eq!(house.event().await, LineEvent::BrowserConnected { session: session.clone() });
    until("both hear the other again", || call.heard().tone(900.0) > 0.9 && page.tone(440.0) > 0.9).await;
    assert_eq!(call.heard().gaps, 0, "the caller's stream never jumps");
    // the leg goes, the browser stays warm for the next call
    house.order(LegCommand::Hangup { leg: b });
    assert_eq!(house.event().await, LineEvent::Ended { leg: b, by_remote: false, cause: EndCause::HungUp });
    let (c, command) = attach(&session);
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Answered { leg: c });
    house.order(LegCommand::BrowserClose { session });
    assert_eq!(house.event().await, LineEvent::Ended { leg: c, by_remote: true, cause: EndCause::HungUp });
}

#[tokio::test]
async fn a_browser_that_stays_connected_hears_every_call_of_its_shift() {
    let mut house = House::open();
    let session = OperatorSession::new("operator-1");
    let page = Page::open(&house, &session, 600.0).await;
    assert_eq!(house.event().await, LineEvent::BrowserConnected { session: session.clone() });
    let (_call, a) = house.conversation(Audio::Tone(440.0)).await;
    // Numbers that went back from one call to the next would be taken for packets played again, and dropped.
    for turn in 1..=6 {
        let (b, command) = attach(&session);
        house.order(command);
        assert_eq!(house.event().await, LineEvent::Answered { leg: b });
        page.heard.lock().clear();
        house.order(LegCommand::Bridge { a, b });
        until(&format!("call {turn} is heard"), || page.tone(440.0) > 0.9).await;
        house.order(LegCommand::Hangup { leg: b });
        assert_eq!(
            house.event().await,
            LineEvent::Ended { leg: b, by_remote: false, cause: EndCause::HungUp }
        );
    }
}

#[tokio::test]
async fn a_browser_far_away_speaks_opus_and_is_heard_by_a_plain_telephone() {
    let mut house = House::with(Settings { browser_codec: Codec::Opus, ..settings() });
    let session = OperatorSession::new("operator-1");
    let page = Page::open_speaking(&house, &session, 600.0, Codec::Opus).await;
    assert_eq!(house.event().await, LineEvent::BrowserConnected { session: session.clone() });
    let (call, a) = house.conversation(Audio::Tone(440.0)).await;
    let (b, command) = attach(&session);
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Answered { leg: b });
    house.order(LegCommand::Bridge { a, b });
    until("both hear the other", || call.heard().tone(600.0) > 0.9 && page.tone(440.0) > 0.9).await;
    assert_eq!(call.heard().gaps, 0);
    // a page that knows no Opus is answered as ever
    drop(page);
    let page = Page::open(&house, &session, 900.0).await;
    assert_eq!(house.event().await, LineEvent::BrowserConnected { session });
    until("both hear the other again", || call.heard().tone(900.0) > 0.9 && page.tone(440.0) > 0.9).await;
}

#[tokio::test]
async fn a_leg_without_a_browser_fails() {
    let mut house = House::open();
    let (leg, command) = attach(&OperatorSession::new("nobody"));
    house.order(command);
    assert!(matches!(house.event().await, LineEvent::Failed { leg: of, status: 480, .. } if of == leg));
}

#[tokio::test]
async fn an_offer_we_cannot_answer_is_refused() {
    let house = House::open();
    let (reply, answer) = oneshot::channel();
    let session = OperatorSession::new("operator-1");
    house.order(LegCommand::BrowserOffer { session, sdp: "hello".to_owned(), reply });
    assert!(matches!(answer.await, Ok(Err(OfferError::Unreadable(_)))));
}
