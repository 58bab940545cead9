//! The part of SDP a telephone needs: one audio line with the codecs we speak, and keys.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::media::codec::Codec;
use crate::media::command::{Control, telephones};
use crate::media::srtp::key::{Key, ToldKey};

/// Our payload type for keys when we are the one who offers.
pub const EVENT_PAYLOAD: u8 = 101;
/// The same by the clock of Opus.
const WIDE_EVENT_PAYLOAD: u8 = 102;
/// As descriptions call keys, before the clock.
const EVENTS: &str = "telephone-event/";

/// What the other side wrote about its audio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAudio {
    /// Where it wants to receive; `None`: on hold by address or port.
    pub address: Option<SocketAddr>,
    /// The codec both sides speak.
    pub codec: Codec,
    /// Its payload type; absent: that of [`Codec::payload_type`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<u8>,
    /// Its payload type for keys.
    pub event_payload: Option<u8>,
    /// Ticks of their clock in a millisecond.
    #[serde(default = "telephones")]
    pub event_clock: u32,
    /// Whether it wants to hear us (not `sendonly`/`inactive`).
    pub listens: bool,
    /// Where it wants reports of RTCP.
    #[serde(default)]
    pub control: Control,
    /// Its key, if it speaks secure audio (RTP/SAVP).
    #[serde(default)]
    pub key: Option<ToldKey>,
}

/// Why a description cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// The text is no SDP.
    #[error("session description is not readable at `{0}`")]
    Unreadable(String),
    /// There is no audio line we can take.
    #[error("session description has no audio we speak, expected {} over RTP/AVP or RTP/SAVP", named(.0))]
    NoCommonAudio(Vec<Codec>),
    /// The audio is secure in no way we know.
    #[error("session description has no key we can use, expected `AES_CM_128_HMAC_SHA1_80`")]
    NoCommonKey,
}

fn named(codecs: &[Codec]) -> String {
    codecs.iter().map(|codec| codec.name()).collect::<Vec<_>>().join(" or ")
}

/// Reads an offer: the codec spoken till now goes on if it is offered, else the best of ours is chosen. The two laws
/// are equals: of them the first that is offered.
pub fn read_offer(body: &[u8], ours: &[Codec], now: Option<Codec>) -> Result<RemoteAudio, SdpError> {
    let rank = |codec: Codec| ours.iter().position(|known| *known == codec || both_laws(*known, codec));
    read_by(body, ours, |offered| {
        let goes_on = offered.iter().copied().find(|(codec, _)| Some(*codec) == now);
        goes_on.or_else(|| offered.iter().copied().min_by_key(|(codec, _)| rank(*codec)))
    })
}

fn both_laws(a: Codec, b: Codec) -> bool {
    a.law().is_some() && b.law().is_some()
}

/// Reads an answer: what stands first is what the party says and hears.
pub fn read_answer(body: &[u8], ours: &[Codec]) -> Result<RemoteAudio, SdpError> {
    read_by(body, ours, |answered| answered.first().copied())
}

/// Reads an offer or an answer as a plain telephone does: of the two laws the first that stands there.
pub fn read(body: &[u8]) -> Result<RemoteAudio, SdpError> {
    read_answer(body, &Codec::LAWS)
}

fn read_by(
    body: &[u8],
    ours: &[Codec],
    choose: impl FnOnce(&[(Codec, u8)]) -> Option<(Codec, u8)>,
) -> Result<RemoteAudio, SdpError> {
    let text = String::from_utf8_lossy(body);
    if !text.starts_with("v=0") {
        return Err(SdpError::Unreadable(text.chars().take(20).collect()));
    }
    let mut session_ip = None;
    let mut audio: Option<Audio> = None;
    let mut inside = false;
    let mut session_listens = true;
    for line in text.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            inside = audio.is_none() && media.starts_with("audio ");
            if inside {
                audio = Audio::begin(media);
                inside = audio.is_some();
            }
        } else if let Some(connection) = line.strip_prefix("c=") {
            let ip = connection.split_whitespace().nth(2).and_then(|ip| ip.split('/').next()?.parse().ok());
            match audio.as_mut() {
                Some(audio) if inside => audio.ip = ip,
                None => session_ip = ip,
                Some(_) => {}
            }
        } else if let Some(attribute) = line.strip_prefix("a=") {
            match audio.as_mut() {
                Some(audio) if inside => audio.attribute(attribute),
                None if matches!(attribute, "sendonly" | "inactive") => session_listens = false,
                _ => {}
            }
        }
    }
    let audio = audio.ok_or_else(|| SdpError::NoCommonAudio(ours.to_vec()))?;
    let chosen = choose(&audio.common(ours)).ok_or_else(|| SdpError::NoCommonAudio(ours.to_vec()));
    audio.finish(session_ip, session_listens, chosen)
}

struct Audio {
    port: u16,
    ip: Option<IpAddr>,
    payloads: Vec<u8>,
    /// Numbers that are explained; `None`: as something we do not speak.
    mapped: Vec<(u8, Option<Codec>)>,
    /// Numbers of keys, and the ticks of their clocks in a millisecond.
    events: Vec<(u8, u32)>,
    listens: Option<bool>,
    control: Control,
    control_port: Option<(u16, Option<IpAddr>)>,
    secure: bool,
    key: Option<ToldKey>,
}

impl Audio {
    fn begin(media: &str) -> Option<Self> {
        let mut words = media.split_whitespace();
        let port = words.nth(1)?.split('/').next()?.parse().ok()?;
        let secure = match words.next()? {
            "RTP/AVP" | "RTP/AVPF" => false,
            "RTP/SAVP" | "RTP/SAVPF" => true,
            _ => return None,
        };
        Some(Self {
            port,
            ip: None,
            payloads: words.filter_map(|w| w.parse().ok()).collect(),
            mapped: Vec::new(),
            events: Vec::new(),
            listens: None,
            control: Control::Beside,
            control_port: None,
            secure,
            key: None,
        })
    }

    fn attribute(&mut self, attribute: &str) {
        match attribute {
            "sendonly" | "inactive" => self.listens = Some(false),
            "sendrecv" | "recvonly" => self.listens = Some(true),
            "rtcp-mux" => self.control = Control::Together,
            _ => {}
        }
        if let Some(rest) = attribute.strip_prefix("rtcp:") {
            let mut words = rest.split_whitespace();
            let port = words.next().and_then(|port| port.parse().ok());
            self.control_port = port.map(|port| (port, words.nth(2).and_then(|ip| ip.parse().ok())));
        }
        // the first of its list that is ours too
        if self.secure && self.key.is_none() {
            self.key = ToldKey::read(attribute);
        }
        let Some((payload, name)) = attribute.strip_prefix("rtpmap:").and_then(|map| map.split_once(' '))
        else {
            return;
        };
        let Ok(payload) = payload.parse() else { return };
        let begins = |name: &str| name.get(..EVENTS.len()).is_some_and(|it| it.eq_ignore_ascii_case(EVENTS));
        if begins(name.trim()) {
            let clock = name.trim()[EVENTS.len()..].split('/').next().and_then(|hertz| hertz.parse().ok());
            let clock = clock.filter(|hertz: &u32| matches!(hertz, 8_000 | 48_000));
            self.events.extend(clock.map(|hertz| (payload, hertz / 1_000)));
        } else {
            self.mapped.push((payload, Codec::of_map(name)));
        }
    }

    /// What is ours too, in the order of its list.
    fn common(&self, ours: &[Codec]) -> Vec<(Codec, u8)> {
        let codec_of = |payload: u8| {
            let mapped = self.mapped.iter().find(|(p, _)| *p == payload).map(|(_, codec)| *codec);
            let codec = mapped.unwrap_or(Codec::of_payload_type(payload))?;
            // a dynamic number for what has a static one is legal and never seen; the static numbers are what we send
            (codec.is_dynamic() || codec.payload_type() == payload).then_some((codec, payload))
        };
        let known = self.payloads.iter().filter_map(|payload| codec_of(*payload));
        known.filter(|(codec, _)| ours.contains(codec)).collect()
    }

    fn finish(
        self,
        session_ip: Option<IpAddr>,
        session_listens: bool,
        chosen: Result<(Codec, u8), SdpError>,
    ) -> Result<RemoteAudio, SdpError> {
        let ip = self.ip.or(session_ip).filter(|ip| !ip.is_unspecified());
        if self.secure && self.key.is_none() {
            return Err(SdpError::NoCommonKey);
        }
        let control = match self.control_port {
            Some((port, at)) if self.control == Control::Beside && port != 0 => {
                at.or(ip).map_or(Control::Beside, |ip| Control::At(SocketAddr::new(ip, port)))
            }
            _ => self.control,
        };
        let (codec, payload) = chosen?;
        // keys count time as the sound does; phones that speak Opus and know one clock for keys are heard all the same
        let events = self.events.iter().filter(|(payload, _)| self.payloads.contains(payload));
        let events = events.copied().min_by_key(|(_, clock)| clock.abs_diff(codec.clock()));
        Ok(RemoteAudio {
            address: ip.filter(|_| self.port != 0).map(|ip| SocketAddr::new(ip, self.port)),
            codec,
            payload: codec.is_dynamic().then_some(payload),
            event_payload: events.map(|(payload, _)| payload),
            event_clock: events.map_or(telephones(), |(_, clock)| clock),
            listens: self.listens.unwrap_or(session_listens),
            control,
            key: self.key,
        })
    }
}

/// What we say of our audio.
#[derive(Clone, Copy, Debug)]
pub enum Word<'a> {
    /// These codecs, the best first.
    Offer(&'a [Codec]),
    /// The one codec of both.
    Answer(&'a RemoteAudio),
}

/// Writes the offer of a plain telephone: both laws, keys.
pub fn offer(local: SocketAddr, version: u64) -> Vec<u8> {
    describe(local, version, None, Word::Offer(&Codec::LAWS))
}

/// Writes our answer: the one codec both speak, keys if they were offered.
pub fn answer(local: SocketAddr, version: u64, remote: &RemoteAudio) -> Vec<u8> {
    describe(local, version, None, Word::Answer(remote))
}

/// Writes what we say of our audio, with our key where it is secure.
pub fn describe(local: SocketAddr, version: u64, key: Option<&Key>, word: Word) -> Vec<u8> {
    let (codecs, events, remote) = match word {
        Word::Offer(codecs) => {
            let wide =
                codecs.iter().any(|codec| codec.clock() != telephones()).then_some((WIDE_EVENT_PAYLOAD, 48));
            let events = [(EVENT_PAYLOAD, telephones())].into_iter().chain(wide).collect();
            let codecs = codecs.iter().map(|codec| (*codec, codec.payload_type())).collect();
            (codecs, events, None)
        }
        Word::Answer(remote) => {
            let payload = remote.payload.unwrap_or(remote.codec.payload_type());
            let events = remote.event_payload.map(|payload| (payload, remote.event_clock));
            (vec![(remote.codec, payload)], events.into_iter().collect::<Vec<_>>(), Some(remote))
        }
    };
    let direction = if remote.is_none_or(|remote| remote.listens) { "sendrecv" } else { "recvonly" };
    let profile = if key.is_some() { "SAVP" } else { "AVP" };
    let (ip, port) = (local.ip(), local.port());
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    let mut text = format!(
        "v=0\r\no=callout {version} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {port} RTP/{profile}"
    );
    for payload in codecs.iter().map(|(_, payload)| payload).chain(events.iter().map(|(payload, _)| payload))
    {
        let _ = write!(text, " {payload}");
    }
    text.push_str("\r\n");
    for (codec, payload) in &codecs {
        let _ = write!(text, "a=rtpmap:{payload} {}\r\n", codec.map());
        if let Some(parameters) = codec.parameters() {
            let _ = write!(text, "a=fmtp:{payload} {parameters}\r\n");
        }
    }
    for (payload, clock) in &events {
        let _ = write!(text, "a=rtpmap:{payload} {EVENTS}{clock}000\r\na=fmtp:{payload} 0-16\r\n");
    }
    if let Some(key) = key {
        let number = remote.and_then(|remote| remote.key).map_or(1, |told| told.number);
        let _ = write!(text, "a={}\r\n", key.line(number));
    }
    if remote.is_some_and(|remote| remote.control == Control::Together) {
        text.push_str("a=rtcp-mux\r\n");
    }
    let _ = write!(text, "a=ptime:20\r\na={direction}\r\n");
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_own_offer() {
        let local = "192.0.2.7:4000".parse().unwrap();
        let remote = read(&offer(local, 1)).unwrap();
        let expected = RemoteAudio {
            address: Some(local),
            codec: Codec::Alaw,
            payload: None,
            event_payload: Some(101),
            event_clock: 8,
            listens: true,
            control: Control::Beside,
            key: None,
        };
        assert_eq!(remote, expected);
        assert_eq!(read(&answer(local, 2, &remote)).unwrap(), expected);
    }

    #[test]
    fn reads_what_phones_send() {
        let text = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=x\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
            m=video 9 RTP/AVP 96\r\nc=IN IP4 10.0.0.9\r\n\
            m=audio 5004 RTP/AVP 18 0 8 96\r\nc=IN IP4 10.0.0.2\r\na=rtpmap:96 telephone-event/8000\r\na=sendonly\r\n";
        let remote = read(text.as_bytes()).unwrap();
        assert_eq!(remote.address, Some("10.0.0.2:5004".parse().unwrap()));
        assert_eq!((remote.codec, remote.event_payload, remote.listens), (Codec::Ulaw, Some(96), false));
        let held = "v=0\nc=IN IP4 0.0.0.0\nm=audio 5004 RTP/AVP 8\n";
        assert_eq!(read(held.as_bytes()).unwrap().address, None);
    }

    #[test]
    fn secure_audio_is_answered_under_the_number_of_its_key() {
        let text = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5004 RTP/SAVP 8\r\n\
            a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n\
            a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";
        let remote = read(text.as_bytes()).unwrap();
        assert_eq!(remote.key.map(|told| told.number), Some(2));
        let ours = Key::fresh();
        let local = "192.0.2.7:4000".parse().unwrap();
        let answered = read(&describe(local, 1, Some(&ours), Word::Answer(&remote))).unwrap();
        assert_eq!(answered.key, Some(ToldKey { number: 2, key: ours }));
        let plain = text.replace("_80", "_32");
        assert_eq!(read(plain.as_bytes()), Err(SdpError::NoCommonKey));
        let careless = text.replace("SAVP", "AVP");
        assert_eq!(read(careless.as_bytes()).unwrap().key, None, "a key without a promise to use it");
    }

    #[test]
    fn reads_where_reports_go() {
        let control = |line: &str| {
            let text = format!("v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5004 RTP/AVP 8\r\n{line}");
            read(text.as_bytes()).unwrap().control
        };
        assert_eq!(control(""), Control::Beside);
        assert_eq!(control("a=rtcp:6000\r\n"), Control::At("10.0.0.1:6000".parse().unwrap()));
        assert_eq!(control("a=rtcp:6000 IN IP4 10.0.0.2\r\n"), Control::At("10.0.0.2:6000".parse().unwrap()));
        assert_eq!(control("a=rtcp:6000\r\na=rtcp-mux\r\n"), Control::Together);
        assert_eq!(control("a=rtcp:x\r\n"), Control::Beside);
    }

    #[test]
    fn refuses_what_it_cannot_speak() {
        let opus = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5004 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n";
        assert_eq!(read(opus.as_bytes()), Err(SdpError::NoCommonAudio(Codec::LAWS.to_vec())));
        assert_eq!(read(b"v=0\r\ns=-\r\n"), Err(SdpError::NoCommonAudio(Codec::LAWS.to_vec())));
        assert!(matches!(read(b"hello"), Err(SdpError::Unreadable(_))));
    }

    /// An offer of these numbers, as browsers and phones explain them.
    fn offering(numbers: &str) -> Vec<u8> {
        format!(
            "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5004 RTP/AVP {numbers}\r\na=rtpmap:111 opus/48000/2\r\n\
             a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:18 G729/8000\r\n\
             a=rtpmap:96 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\na=rtpmap:98 telephone-event/16000\r\n"
        )
        .into_bytes()
    }

    #[test]
    fn an_offer_is_answered_with_the_best_of_ours_that_is_in_it() {
        use Codec::{Alaw, G722, Opus, Ulaw};
        let chosen = |numbers: &str, ours: &[Codec], now| {
            let audio = read_offer(&offering(numbers), ours, now).ok()?;
            Some((audio.codec, audio.payload, audio.event_payload.map(|it| (it, audio.event_clock))))
        };
        let plain = [Alaw, Ulaw, G722];
        type Row<'a> = (&'a str, &'a [Codec], Option<Codec>, Option<(Codec, Option<u8>)>);
        let rows: [Row; 11] = [
            ("9 0 8 96", &plain, None, Some((Ulaw, None))),
            ("111 9 8 0 96", &plain, None, Some((Alaw, None))),
            ("9 111 97", &plain, None, Some((G722, None))),
            ("111 97", &plain, None, None),
            ("18 98", &Codec::ALL, None, None),
            ("111 97", &Codec::ALL, None, Some((Opus, Some(111)))),
            ("111 9 96 97", &Codec::ALL, None, Some((G722, None))),
            ("8 9 111", &[Opus, G722, Alaw], None, Some((Opus, Some(111)))),
            ("0 8 9", &[G722, Alaw], None, Some((G722, None))),
            ("0 8", &[G722, Alaw], None, Some((Alaw, None))),
            ("8 9", &plain, Some(G722), Some((G722, None))),
        ];
        for (numbers, ours, now, expected) in rows {
            let told = chosen(numbers, ours, now);
            assert_eq!(told.map(|(codec, payload, _)| (codec, payload)), expected, "{numbers}");
        }
        let keys = |numbers: &str, ours: &[Codec]| chosen(numbers, ours, None).and_then(|told| told.2);
        assert_eq!(keys("111 96 97", &[Opus]), Some((97, 48)));
        assert_eq!(keys("111 96", &[Opus]), Some((96, 8)), "one clock for keys is better than none");
        assert_eq!(keys("9 97 96", &[G722]), Some((96, 8)));
        assert_eq!(keys("8 98", &[Alaw]), None);
        let told = read_offer(&offering("111"), &plain, None).unwrap_err().to_string();
        assert!(told.contains("expected PCMA or PCMU or G722 over"), "{told}");
    }

    #[test]
    fn what_we_write_is_read_by_whoever_speaks_the_same() {
        let local = "192.0.2.7:4000".parse().unwrap();
        let offered = describe(local, 1, None, Word::Offer(&[Codec::Opus, Codec::G722, Codec::Alaw]));
        let text = String::from_utf8_lossy(&offered).into_owned();
        assert!(text.contains("RTP/AVP 111 9 8 101 102\r\n") && text.contains("a=fmtp:111 "), "{text}");
        let audio = read_answer(&offered, &Codec::ALL).unwrap();
        assert_eq!((audio.codec, audio.payload), (Codec::Opus, Some(111)));
        assert_eq!((audio.event_payload, audio.event_clock), (Some(102), 48));
        let renumbered = RemoteAudio { payload: Some(107), ..audio };
        let answered = read_answer(&answer(local, 2, &renumbered), &Codec::ALL).unwrap();
        assert_eq!(answered.payload, Some(107));
        let kept = serde_json::to_string(&read(&offer(local, 1)).unwrap()).unwrap();
        let before = kept.replace(r#","event_clock":8"#, "");
        assert_ne!(kept, before);
        assert_eq!(serde_json::from_str::<RemoteAudio>(&before).unwrap(), read(&offer(local, 1)).unwrap());
    }
}
