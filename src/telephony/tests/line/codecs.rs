//! Parties that do not speak alike: G.722, Opus and G.711 at one media thread, packet by packet.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use telephony::browser::Browsers;
use telephony::counters::Counters;
use telephony::media::SAMPLES;
use telephony::media::codec::Codec;
use telephony::media::command::{Control, MediaCommand, MediaSender, Remote};
use telephony::media::ear::Ear;
use telephony::media::law::Law;
use telephony::media::mouth::{Mouth, Rate, Said};
use telephony::media::prompt::Sound;
use telephony::media::relay::Relay;
use telephony::media::rtp::{HEADER, RtpHeader};
use telephony::media::stream::Source;
use telephony::media::tone::{Sine, goertzel};
use telephony::media::wav::WAV_HEADER;
use telephony::{LegId, LineEvent, Part};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PATIENCE: Duration = Duration::from_secs(10);
const KEYS: u8 = 101;

/// A telephone written out by hand: it says a tone in its codec and knows what it heard.
struct End {
    leg: LegId,
    codec: Codec,
    audio: UdpSocket,
    ours: SocketAddr,
    sine: Sine,
    mouth: Mouth,
    ear: Option<Ear>,
    said: u16,
    heard: Vec<i16>,
    /// Of each packet heard: type, number, time, length.
    packets: Vec<(u8, u16, u32, usize)>,
}

struct Exchange {
    media: MediaSender,
    events: UnboundedReceiver<LineEvent>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.media.send(MediaCommand::Shutdown);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

impl Exchange {
    fn open<const N: usize>(codecs: [(Codec, f64); N]) -> (Self, [End; N]) {
        let (told, events) = unbounded_channel();
        let port = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = port.local_addr().expect("an address");
        let browsers = Browsers::new(port, address).expect("browsers");
        let every = Duration::from_secs(60);
        let started = Relay::start(browsers, every, told, Arc::new(Counters::default()));
        let (media, thread) = started.expect("a thread");
        let ends = codecs.map(|(codec, hertz)| End::open(&media, codec, hertz));
        (Self { media, events, thread: Some(thread) }, ends)
    }

    fn event<T>(&mut self, wanted: impl Fn(LineEvent) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.events.blocking_recv().expect("an open relay")) {
                return found;
            }
        }
    }
}

impl End {
    fn open(media: &MediaSender, codec: Codec, hertz: f64) -> Self {
        let (audio, port) = (socket(), socket());
        port.set_nonblocking(true).expect("a socket");
        let (leg, ours) = (LegId::fresh(), port.local_addr().expect("an address"));
        media.send(MediaCommand::Open(leg, port));
        media.send(MediaCommand::Remote(
            leg,
            Remote {
                address: Some(audio.local_addr().expect("an address")),
                signalling: None,
                codec,
                payload: None,
                event_payload: Some(KEYS),
                event_clock: codec.clock(),
                control: Control::Beside,
                keys: None,
            },
        ));
        let (sine, mouth, ear) =
            (Sine::new(hertz, 8_000.0), Mouth::of(codec).expect("a mouth"), Ear::of(codec));
        Self { leg, codec, audio, ours, sine, mouth, ear, said: 0, heard: Vec::new(), packets: Vec::new() }
    }

    /// Says the next 20 ms of its tone; the packet.
    fn say(&mut self) -> Vec<u8> {
        let samples: Vec<i16> = (0..SAMPLES).map(|_| self.sine.sample()).collect();
        let said = Said {
            source: Source::Sound(1),
            sequence: self.said,
            timestamp: u32::from(self.said) * SAMPLES as u32,
            clock: 8,
        };
        self.said += 1;
        self.mouth.hear(said, Rate::Narrow, &samples);
        let mut packet = vec![0; HEADER + 400];
        let told = self.mouth.packet(&mut packet[HEADER..]).expect("20 ms");
        packet.truncate(HEADER + told.length);
        self.header(told.timestamp).write(packet.first_chunk_mut().expect("room"));
        self.send(&packet);
        packet
    }

    fn header(&self, timestamp: u32) -> RtpHeader {
        let payload_type = self.codec.payload_type();
        RtpHeader { marker: false, payload_type, sequence: self.said, timestamp, ssrc: 77 }
    }

    fn send(&self, packet: &[u8]) {
        self.audio.send_to(packet, self.ours).expect("sent");
    }

    /// A packet of 20 ms, understood; keys are only counted.
    fn hear(&mut self) -> Vec<u8> {
        let mut buffer = [0u8; 2_048];
        let length = self.audio.recv(&mut buffer).expect("a packet in time");
        let (header, payload) = RtpHeader::read(&buffer[..length]).expect("rtp");
        let sound = &buffer[payload];
        self.packets.push((header.payload_type, header.sequence, header.timestamp, sound.len()));
        if header.payload_type != KEYS {
            assert_eq!(header.payload_type, self.codec.payload_type());
            match (self.codec.law(), &mut self.ear) {
                (Some(law), _) => self.heard.extend(sound.iter().map(|byte| law.decode(*byte))),
                (None, Some(ear)) => {
                    self.heard.extend(ear.hear_narrow(&header, sound).expect("sound").samples);
                }
                (None, None) => panic!("no ear"),
            }
        }
        buffer[..length].to_vec()
    }

    fn tone(&self, hertz: f64) -> f64 {
        goertzel(&self.heard[self.heard.len().saturating_sub(4_000)..], hertz)
    }

    /// Whether its stream never jumped: one number and 20 ms from packet to packet.
    fn is_smooth(&self) -> bool {
        self.packets.windows(2).all(|two| {
            let [(_, number, time, _), (_, next, later, _)] = two else { return false };
            next.wrapping_sub(*number) == 1 && later.wrapping_sub(*time) == 20 * self.codec.clock()
        })
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}

#[test]
fn every_codec_hears_every_other_and_its_stream_does_not_jump() {
    for one in Codec::ALL {
        for other in Codec::ALL {
            let (exchange, [mut a, mut b]) = Exchange::open([(one, 440.0), (other, 880.0)]);
            exchange.media.send(MediaCommand::Bridge(a.leg, b.leg));
            for _ in 0..40 {
                let (of_a, of_b) = (a.say(), b.say());
                let (at_b, at_a) = (b.hear(), a.hear());
                if one == other {
                    assert_eq!((&of_a[HEADER..], &of_b[HEADER..]), (&at_b[HEADER..], &at_a[HEADER..]));
                }
            }
            assert!(a.is_smooth() && b.is_smooth(), "{one:?} {other:?}: {:?} {:?}", a.packets, b.packets);
            let heard = (a.tone(880.0), b.tone(440.0));
            assert!(heard.0 > 0.95 && heard.1 > 0.95, "{one:?} and {other:?} heard {heard:?}");
        }
    }
}

#[test]
fn a_recording_has_both_sides_whatever_they_spoke() {
    for (one, other) in [(Codec::G722, Codec::Alaw), (Codec::Alaw, Codec::Opus), (Codec::Opus, Codec::G722)] {
        let (mut exchange, [mut a, mut b]) = Exchange::open([(one, 440.0), (other, 880.0)]);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("talk.wav");
        exchange.media.send(MediaCommand::Bridge(a.leg, b.leg));
        exchange.media.send(MediaCommand::Record(a.leg, file.clone()));
        for _ in 0..45 {
            a.say();
            b.say();
            b.hear();
            a.hear();
        }
        exchange.media.send(MediaCommand::RecordStop(a.leg));
        let (path, dropped) = exchange.event(|event| match event {
            LineEvent::Recorded { path, dropped, .. } => Some((path, dropped)),
            LineEvent::RecordFailed { reason, .. } => panic!("{reason}"),
            _ => None,
        });
        assert_eq!((&path, dropped), (&file, 0));
        let bytes = std::fs::read(&path).expect("a recording");
        for (side, hertz) in [(0, 440.0), (1, 880.0)] {
            let samples: Vec<i16> =
                bytes[WAV_HEADER + side..].iter().step_by(2).map(|byte| Law::Alaw.decode(*byte)).collect();
            let share = goertzel(&samples[2_000..6_000], hertz);
            assert!(share > 0.95, "{one:?} with {other:?}, side {side}: {share}");
        }
    }
}

#[test]
fn what_opus_lost_is_filled_in_for_who_hears_another_codec() {
    let (exchange, [mut far, mut near]) = Exchange::open([(Codec::Opus, 440.0), (Codec::Alaw, 880.0)]);
    exchange.media.send(MediaCommand::Bridge(far.leg, near.leg));
    for n in 0..50 {
        if n % 10 == 7 {
            let ours = std::mem::replace(&mut far.ours, socket().local_addr().expect("an address"));
            far.say(); // goes astray
            far.ours = ours;
            continue;
        }
        far.say();
        near.hear();
        if n % 10 == 8 {
            near.hear();
        }
    }
    assert_eq!(near.heard.len(), 50 * SAMPLES);
    assert!(near.is_smooth(), "{:?}", near.packets);
    assert!(near.tone(440.0) > 0.8, "{}", near.tone(440.0));
}

#[test]
fn prompts_and_conversations_of_several_are_heard_in_every_codec() {
    let codecs = [(Codec::G722, 440.0), (Codec::Opus, 600.0), (Codec::Alaw, 1_000.0)];
    let (exchange, [mut a, mut b, mut c]) = Exchange::open(codecs);
    let mut sine = Sine::new(700.0, 8_000.0);
    let prompt: Arc<[u8]> = (0..8_000).map(|_| Law::Alaw.encode(sine.sample())).collect();
    for end in [&mut a, &mut b, &mut c] {
        exchange.media.send(MediaCommand::Play(end.leg, Sound::recording(prompt.clone(), false)));
        for _ in 0..50 {
            end.hear();
        }
        assert!(end.is_smooth() && end.tone(700.0) > 0.95, "{:?} heard {}", end.codec, end.tone(700.0));
    }
    exchange.media.send(MediaCommand::Bridge(a.leg, b.leg));
    exchange.media.send(MediaCommand::Join(c.leg, a.leg, Part::Speaker));
    // the mixer has a clock of its own: whoever hears a packet says one
    for _ in 0..75 {
        for end in [&mut a, &mut b, &mut c] {
            end.say();
        }
        for end in [&mut a, &mut b, &mut c] {
            end.hear();
        }
    }
    for (end, others) in [(&a, [600.0, 1_000.0]), (&b, [440.0, 1_000.0]), (&c, [440.0, 600.0])] {
        let heard = others.map(|hertz| end.tone(hertz));
        assert!(heard.iter().all(|share| *share > 0.1), "{:?} heard {heard:?}", end.codec);
    }
}

#[test]
fn keys_cross_with_their_time_in_the_clock_of_the_other() {
    let (mut exchange, [mut phone, mut trunk]) = Exchange::open([(Codec::Opus, 440.0), (Codec::Alaw, 880.0)]);
    exchange.media.send(MediaCommand::Bridge(phone.leg, trunk.leg));
    for _ in 0..5 {
        phone.say();
        trunk.hear();
    }
    let pressed = u32::from(phone.said) * 960;
    for step in 1..=3u16 {
        let mut packet = vec![0; HEADER + 4];
        phone.said += 1;
        let header = RtpHeader { payload_type: KEYS, ..phone.header(pressed) };
        header.write(packet.first_chunk_mut().expect("room"));
        let [high, low] = (step * 960).to_be_bytes();
        packet[HEADER..].copy_from_slice(&[5, 10, high, low]);
        phone.send(&packet);
        let told = trunk.hear();
        let [high, low] = (step * 160).to_be_bytes();
        assert_eq!(told[HEADER..], [5, 10, high, low]);
    }
    let digit = exchange.event(|event| match event {
        LineEvent::Dtmf { digit, .. } => Some(digit),
        _ => None,
    });
    assert_eq!(digit, '5');
    let first = trunk.packets[0];
    let keys: Vec<(u16, u32)> =
        trunk.packets[5..].iter().map(|p| (p.1.wrapping_sub(first.1), p.2.wrapping_sub(first.2))).collect();
    assert_eq!(keys, [(5, 800), (6, 800), (7, 800)]);
    // and those the house presses
    exchange.media.send(MediaCommand::Press(phone.leg, "7".to_owned()));
    let told = phone.hear();
    assert_eq!(told[HEADER..], [7, 10, 3, 192], "20 ms at 48 kHz");
}
