//! The part of SDP a telephone needs: one audio line with G.711 and keys.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::media::codec::Codec;
use crate::media::command::Control;
use crate::media::srtp::key::{Key, ToldKey};

/// Our payload type for keys when we are the one who offers.
pub const EVENT_PAYLOAD: u8 = 101;

/// What the other side wrote about its audio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAudio {
    /// Where it wants to receive; `None`: on hold by address or port.
    pub address: Option<SocketAddr>,
    /// The first codec of its list that is ours too.
    pub codec: Codec,
    /// Its payload type for keys.
    pub event_payload: Option<u8>,
    /// Whether it wants to hear us (not `sendonly`/`inactive`).
    pub listens: bool,
    /// Where it wants reports of RTCP.
    pub control: Control,
    /// Its key, if it speaks secure audio (RTP/SAVP).
    pub key: Option<ToldKey>,
}

/// Why a description cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// The text is no SDP.
    #[error("session description is not readable at `{0}`")]
    Unreadable(String),
    /// There is no audio line we can take.
    #[error("session description has no audio we speak, expected PCMA or PCMU over RTP/AVP or RTP/SAVP")]
    NoCommonAudio,
    /// The audio is secure in no way we know.
    #[error("session description has no key we can use, expected `AES_CM_128_HMAC_SHA1_80`")]
    NoCommonKey,
}

/// Reads an offer or an answer.
pub fn read(body: &[u8]) -> Result<RemoteAudio, SdpError> {
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
    audio.ok_or(SdpError::NoCommonAudio)?.finish(session_ip, session_listens)
}

struct Audio {
    port: u16,
    ip: Option<IpAddr>,
    payloads: Vec<u8>,
    mapped: Vec<(u8, Codec)>,
    event_payload: Option<u8>,
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
            event_payload: None,
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
        let name = name.trim().to_ascii_lowercase();
        if name.starts_with("telephone-event/8000") {
            self.event_payload = Some(payload);
        } else if name.starts_with("pcma/8000") {
            self.mapped.push((payload, Codec::Alaw));
        } else if name.starts_with("pcmu/8000") {
            self.mapped.push((payload, Codec::Ulaw));
        }
    }

    fn finish(self, session_ip: Option<IpAddr>, session_listens: bool) -> Result<RemoteAudio, SdpError> {
        let codec = self.payloads.iter().find_map(|payload| {
            // a dynamic number for G.711 is legal and never seen; the static numbers are what we send
            let mapped = self.mapped.iter().find(|(p, _)| p == payload).map(|(_, codec)| *codec);
            mapped.or(Codec::of_payload_type(*payload)).filter(|codec| codec.payload_type() == *payload)
        });
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
        Ok(RemoteAudio {
            address: ip.filter(|_| self.port != 0).map(|ip| SocketAddr::new(ip, self.port)),
            codec: codec.ok_or(SdpError::NoCommonAudio)?,
            event_payload: self.event_payload.filter(|p| self.payloads.contains(p)),
            listens: self.listens.unwrap_or(session_listens),
            control,
            key: self.key,
        })
    }
}

/// Writes our offer: both laws, keys.
pub fn offer(local: SocketAddr, version: u64) -> Vec<u8> {
    describe(local, version, None, None)
}

/// Writes our answer: the one codec both speak, keys if they were offered.
pub fn answer(local: SocketAddr, version: u64, remote: &RemoteAudio) -> Vec<u8> {
    describe(local, version, None, Some(remote))
}

/// Writes what we say of our audio: an answer to what `remote` said, or an offer; with our key where it is secure.
pub fn describe(local: SocketAddr, version: u64, key: Option<&Key>, remote: Option<&RemoteAudio>) -> Vec<u8> {
    let one = remote.map(|remote| [remote.codec]);
    let codecs = one.as_ref().map_or(&[Codec::Alaw, Codec::Ulaw][..], |one| &one[..]);
    let event = remote.map_or(Some(EVENT_PAYLOAD), |remote| remote.event_payload);
    let direction = if remote.is_none_or(|remote| remote.listens) { "sendrecv" } else { "recvonly" };
    let profile = if key.is_some() { "SAVP" } else { "AVP" };
    let (ip, port) = (local.ip(), local.port());
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    let mut text = format!(
        "v=0\r\no=callout {version} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {port} RTP/{profile}"
    );
    for payload in codecs.iter().map(|codec| codec.payload_type()).chain(event) {
        let _ = write!(text, " {payload}");
    }
    text.push_str("\r\n");
    for codec in codecs {
        let name = if *codec == Codec::Alaw { "PCMA" } else { "PCMU" };
        let _ = write!(text, "a=rtpmap:{} {name}/8000\r\n", codec.payload_type());
    }
    if let Some(event) = event {
        let _ = write!(text, "a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-16\r\n");
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
            event_payload: Some(101),
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
        let answered = read(&describe(local, 1, Some(&ours), Some(&remote))).unwrap();
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
        assert_eq!(read(opus.as_bytes()), Err(SdpError::NoCommonAudio));
        assert_eq!(read(b"v=0\r\ns=-\r\n"), Err(SdpError::NoCommonAudio));
        assert!(matches!(read(b"hello"), Err(SdpError::Unreadable(_))));
    }
}
