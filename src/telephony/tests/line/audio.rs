//! The media thread alone: reports of how it sounds, and audio nobody reads along.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use telephony::browser::Browsers;
use telephony::counters::{Counted, Counters};
use telephony::media::SAMPLES;
use telephony::media::codec::Codec;
use telephony::media::command::{Control, Keys, MediaCommand, MediaSender, Remote};
use telephony::media::relay::Relay;
use telephony::media::rtcp::{self, Block, Report, Sent};
use telephony::media::rtp::{HEADER, RtpHeader};
use telephony::media::srtp::TAG;
use telephony::media::srtp::context::{Opener, Sealer};
use telephony::media::srtp::key::Key;
use telephony::{Grade, LegId, LineEvent, Quality};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PATIENCE: Duration = Duration::from_secs(10);

/// A media thread and two ends bridged by it.
struct Bridge {
    media: MediaSender,
    counters: Arc<Counters>,
    events: UnboundedReceiver<LineEvent>,
    thread: Option<std::thread::JoinHandle<()>>,
    ends: [End; 2],
}

/// A telephone written out by hand: its audio, its reports beside, and where ours come in.
struct End {
    leg: LegId,
    audio: UdpSocket,
    reports: UdpSocket,
    ours: SocketAddr,
}

fn pair() -> (UdpSocket, UdpSocket) {
    loop {
        let audio = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let next = audio.local_addr().expect("an address").port().saturating_add(1);
        if let Ok(reports) = UdpSocket::bind(("127.0.0.1", next)) {
            for socket in [&audio, &reports] {
                socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            }
            return (audio, reports);
        }
    }
}

impl Bridge {
    fn open(every: Duration, keys: Option<Keys>) -> Self {
        let (told, events) = unbounded_channel();
        let counters = Arc::new(Counters::default());
        let port = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = port.local_addr().expect("an address");
        let browsers = Browsers::new(port, address).expect("browsers");
        let (media, thread) = Relay::start(browsers, every, told, counters.clone()).expect("a thread");
        let ends = [keys, None].map(|keys| {
            let ((audio, reports), (port, beside), leg) = (pair(), pair(), LegId::fresh());
            drop(beside); // the media thread takes it
            let ours = port.local_addr().expect("an address");
            port.set_nonblocking(true).expect("a socket");
            media.send(MediaCommand::Open(leg, port));
            let address = Some(audio.local_addr().expect("an address"));
            let (codec, control) = (Codec::Alaw, Control::Beside);
            let remote = Remote {
                address,
                signalling: None,
                codec,
                payload: None,
                event_payload: None,
                event_clock: 8,
                control,
                keys,
            };
            media.send(MediaCommand::Remote(leg, remote));
            End { leg, audio, reports, ours }
        });
        media.send(MediaCommand::Bridge(ends[0].leg, ends[1].leg));
        Self { media, counters, events, thread: Some(thread), ends }
    }

    fn quality(&mut self, of: LegId) -> Quality {
        loop {
            match self.events.blocking_recv().expect("an open relay") {
                LineEvent::Sounds { leg, quality } if leg == of => return quality,
                _ => {}
            }
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.media.send(MediaCommand::Shutdown);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn packet(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0xD5; HEADER + SAMPLES];
    let timestamp = u32::from(sequence) * SAMPLES as u32;
    let header = RtpHeader { marker: false, payload_type: 8, sequence, timestamp, ssrc: 77 };
    header.write(packet.first_chunk_mut().expect("room"));
    packet
}

fn received(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0u8; 2_048];
    let (length, source) = socket.recv_from(&mut buffer).expect("a datagram in time");
    (buffer[..length].to_vec(), source)
}

fn reported(socket: &UdpSocket) -> (Report, SocketAddr) {
    let (datagram, source) = received(socket);
    (rtcp::read(&datagram).expect("a report").remove(0), source)
}

#[test]
fn both_sides_are_told_how_they_are_heard_and_the_house_as_well() {
    let mut bridge = Bridge::open(Duration::from_millis(300), None);
    let [a, b] = [bridge.ends[0].leg, bridge.ends[1].leg];
    let [caller, operator] = &bridge.ends;
    // every fifth packet of the caller is lost on its way to us
    for sequence in (0..50u16).filter(|n| n % 5 != 4) {
        caller.audio.send_to(&packet(sequence), caller.ours).expect("sent");
        received(&operator.audio);
    }
    let (report, source) = reported(&caller.reports);
    assert_eq!(source.port(), caller.ours.port() + 1, "reports go beside the audio");
    let block = report.blocks[0];
    assert_eq!((block.ssrc, report.sent), (77, None), "nothing was said to the caller");
    assert!((9..=10).contains(&block.lost) && block.fraction > 40, "{block:?}");
    assert_eq!(bridge.quality(a).grade, Grade::Bad);
    // the operator heard it all, says so, and is so far away that its word takes 100 ms
    let [_, operator] = &bridge.ends;
    let (report, ours) = reported(&operator.reports);
    let sent = report.sent.expect("something was said to the operator");
    assert_eq!((sent.packets, sent.octets), (40, 40 * SAMPLES as u32));
    let delay = 65_536 / 20; // it says it thought for 50 ms, and answers at once
    let last_report = (sent.time >> 16) as u32;
    let back = Instant::now();
    while back.elapsed() < Duration::from_millis(150) {
        std::hint::spin_loop();
    }
    let block = Block { ssrc: report.ssrc, last_report, delay, ..Block::default() };
    let theirs = Report { ssrc: 78, sent: Some(Sent::default()), blocks: vec![block] };
    operator.reports.send_to(&rtcp::write(&theirs, "phone"), ours).expect("sent");
    let told = bridge.quality(b);
    assert_eq!((told.lost_in, told.lost_out), (0, Some(0)));
    assert!(told.round_trip_ms.is_some_and(|ms| (100..1_000).contains(&ms)), "{told:?}");
    assert!(bridge.counters.get(Counted::RtcpIn) == 1 && bridge.counters.get(Counted::RtcpOut) >= 2);
}

#[test]
fn reports_are_no_audio_and_a_stranger_is_not_believed() {
    let bridge = Bridge::open(Duration::from_secs(60), None);
    let [caller, operator] = &bridge.ends;
    let (stranger, beside) = pair();
    let report = rtcp::write(&Report { ssrc: 5, ..Report::default() }, "x");
    // as many as would make a stranger's audio believed
    for _ in 0..10 {
        stranger.send_to(&report, caller.ours).expect("sent");
    }
    operator.audio.send_to(&packet(1), operator.ours).expect("sent");
    let (heard, _) = received(&caller.audio);
    assert_eq!(heard.len(), HEADER + SAMPLES, "audio still goes where the caller is");
    beside.send_to(b"hello", SocketAddr::new(caller.ours.ip(), caller.ours.port() + 1)).expect("sent");
    caller.audio.send_to(&report, caller.ours).expect("sent");
    caller.audio.send_to(&packet(1), caller.ours).expect("sent");
    received(&operator.audio);
    assert_eq!(bridge.counters.get(Counted::RtpDropped), 0);
    assert_eq!(bridge.counters.get(Counted::RtpIn), 2);
}

#[test]
fn secure_audio_meets_plain_audio_and_nothing_forged_gets_through() {
    let (ours, theirs) = (Key::fresh(), Key::fresh());
    let bridge = Bridge::open(Duration::from_millis(300), Some(Keys { ours, theirs }));
    let [phone, caller] = &bridge.ends;
    let (sealer, mut opener) = (Sealer::new(&theirs).expect("a key"), Opener::new(&ours).expect("a key"));
    let plain = packet(7);
    phone.audio.send_to(&plain, phone.ours).expect("sent"); // plain audio is not taken
    let mut sealed = plain.clone();
    sealed.resize(plain.len() + TAG, 0);
    assert_eq!(sealer.seal(&mut sealed, plain.len(), 7), plain.len() + TAG);
    for _ in 0..2 {
        phone.audio.send_to(&sealed, phone.ours).expect("sent"); // the second one is a repetition
    }
    let (heard, _) = received(&caller.audio);
    assert_eq!(heard[HEADER..], plain[HEADER..]);
    caller.audio.send_to(&plain, caller.ours).expect("sent");
    let (mut told, _) = received(&phone.audio);
    assert_ne!(told[HEADER..HEADER + SAMPLES], plain[HEADER..]);
    let length = opener.open(&mut told).expect("a packet sealed with our key");
    assert_eq!(told[HEADER..length], plain[HEADER..]);
    let (mut report, _) = received(&phone.reports);
    let length = opener.open_report(&mut report).expect("a report sealed with our key");
    assert_eq!(rtcp::read(&report[..length]).expect("a report")[0].blocks[0].ssrc, 77);
    assert_eq!(bridge.counters.get(Counted::RtpForged), 2);
}
