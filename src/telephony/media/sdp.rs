//! The part of SDP a telephone needs: one audio line with G.711 and keys.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::media::codec::Codec;

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
}

/// Why a description cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// The text is no SDP.
    #[error("session description is not readable at `{0}`")]
    Unreadable(String),
    /// There is no audio line we can take.
    #[error("session description has no audio we speak, expected PCMA or PCMU over RTP/AVP")]
    NoCommonAudio,
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
}

impl Audio {
    fn begin(media: &str) -> Option<Self> {
        let mut words = media.split_whitespace();
        let port = words.nth(1)?.split('/').next()?.parse().ok()?;
        if !words.next()?.starts_with("RTP/AVP") {
            return None;
        }
        let payloads = words.filter_map(|w| w.parse().ok()).collect();
        Some(Self { port, ip: None, payloads, mapped: Vec::new(), event_payload: None, listens: None })
    }

    fn attribute(&mut self, attribute: &str) {
        match attribute {
            "sendonly" | "inactive" => self.listens = Some(false),
            "sendrecv" | "recvonly" => self.listens = Some(true),
            _ => {}
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
        Ok(RemoteAudio {
            address: ip.filter(|_| self.port != 0).map(|ip| SocketAddr::new(ip, self.port)),
            codec: codec.ok_or(SdpError::NoCommonAudio)?,
            event_payload: self.event_payload.filter(|p| self.payloads.contains(p)),
            listens: self.listens.unwrap_or(session_listens),
        })
    }
}

/// Writes our offer: both laws, keys.
pub fn offer(local: SocketAddr, version: u64) -> Vec<u8> {
    write(local, version, &[Codec::Alaw, Codec::Ulaw], Some(EVENT_PAYLOAD), "sendrecv")
}

/// Writes our answer: the one codec both speak, keys if they were offered.
pub fn answer(local: SocketAddr, version: u64, remote: &RemoteAudio) -> Vec<u8> {
    let direction = if remote.listens { "sendrecv" } else { "recvonly" };
    write(local, version, &[remote.codec], remote.event_payload, direction)
}

fn write(local: SocketAddr, version: u64, codecs: &[Codec], event: Option<u8>, direction: &str) -> Vec<u8> {
    let (ip, port) = (local.ip(), local.port());
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    let mut text = format!(
        "v=0\r\no=callout {version} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP"
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
        let expected =
            RemoteAudio { address: Some(local), codec: Codec::Alaw, event_payload: Some(101), listens: true };
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
    fn refuses_what_it_cannot_speak() {
        let opus = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5004 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n";
        assert_eq!(read(opus.as_bytes()), Err(SdpError::NoCommonAudio));
        assert_eq!(read(b"v=0\r\ns=-\r\n"), Err(SdpError::NoCommonAudio));
        assert!(matches!(read(b"hello"), Err(SdpError::Unreadable(_))));
    }
}
