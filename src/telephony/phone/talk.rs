//! The audio half of a telephone: speaks every 20 ms, counts and remembers what it hears.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::net::UdpSocket;

use crate::media::SAMPLES;
use crate::media::dtmf::DtmfEar;
use crate::media::law::Law;
use crate::media::rtp::{HEADER, RtpHeader};
use crate::media::sdp::EVENT_PAYLOAD;
use crate::media::tone::goertzel;
use crate::phone::audio::{Audio, Voice};

/// What is remembered: one second.
const MEMORY: usize = 8_000;

/// What a telephone heard so far.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Audio packets received.
    pub packets: u64,
    /// Breaks in the numbering of what was received: packets lost or a jump heard.
    pub gaps: u64,
    /// Audio packets sent.
    pub sent: u64,
    /// The longest time from one audio packet to the next.
    pub longest_pause: Duration,
    at: Option<Instant>,
    /// Keys that were pressed towards it.
    pub keys: String,
    ear: DtmfEar,
    last: Option<(u32, u16)>,
    recent: VecDeque<i16>,
}

impl Heard {
    /// Share of a tone in the last second: near 1 if nothing else was heard, near 0 without it.
    pub fn tone(&self, hertz: f64) -> f64 {
        let samples: Vec<i16> = self.recent.iter().copied().collect();
        goertzel(&samples, hertz)
    }

    /// Root of the mean square of the last second.
    pub fn loudness(&self) -> f64 {
        let total: f64 = self.recent.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
        (total / self.recent.len().max(1) as f64).sqrt()
    }

    fn follow(&mut self, header: &RtpHeader) {
        let expected = self.last.map(|(ssrc, sequence)| (ssrc, sequence.wrapping_add(1)));
        if expected.is_some_and(|expected| expected != (header.ssrc, header.sequence)) {
            self.gaps += 1;
        }
        self.last = Some((header.ssrc, header.sequence));
    }

    fn key(&mut self, header: &RtpHeader, payload: &[u8]) {
        self.follow(header);
        self.keys.extend(self.ear.hear(header.ssrc, header.timestamp, payload));
    }

    fn take(&mut self, header: &RtpHeader, law: Law, payload: &[u8]) {
        self.packets += 1;
        let now = Instant::now();
        let pause = self.at.replace(now).map_or(Duration::ZERO, |before| now.duration_since(before));
        self.longest_pause = self.longest_pause.max(pause);
        self.follow(header);
        self.recent.extend(payload.iter().map(|byte| law.decode(*byte)));
        let excess = self.recent.len().saturating_sub(MEMORY);
        self.recent.drain(..excess);
    }
}

/// A telephone's audio port.
#[derive(Debug)]
pub struct Talk {
    socket: UdpSocket,
    remote: Option<SocketAddr>,
    voice: Voice,
    /// Sends nothing but keys.
    dumb: bool,
    heard: Arc<Mutex<Heard>>,
    header: RtpHeader,
    key: Option<(u8, u8)>,
}

impl Talk {
    /// A port at this address with this voice.
    pub async fn open(ip: IpAddr, audio: Audio) -> std::io::Result<Self> {
        let header = RtpHeader {
            marker: true,
            payload_type: 8,
            sequence: rand::random(),
            timestamp: rand::random(),
            ssrc: rand::random(),
        };
        Ok(Self {
            socket: UdpSocket::bind((ip, 0)).await?,
            remote: None,
            voice: Voice::new(audio),
            dumb: audio == Audio::Nothing,
            heard: Arc::default(),
            header,
            key: None,
        })
    }

    /// Where it is.
    pub fn local(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// What it heard, shared.
    pub fn heard(&self) -> Arc<Mutex<Heard>> {
        self.heard.clone()
    }

    /// The other side listens here.
    pub fn connect(&mut self, remote: Option<SocketAddr>) {
        self.remote = remote;
    }

    /// Presses a key for 100 ms.
    pub fn press(&mut self, digit: char) {
        let event = "0123456789*#ABCD".find(digit.to_ascii_uppercase());
        self.key = event.map(|event| (event as u8, 0));
    }

    /// Says the next 20 ms.
    pub async fn speak(&mut self) {
        let Some(remote) = self.remote else { return };
        if self.dumb && self.key.is_none() {
            return;
        }
        let mut packet = [0u8; HEADER + SAMPLES];
        let mut length = HEADER + SAMPLES;
        self.header.sequence = self.header.sequence.wrapping_add(1);
        match self.key {
            Some((event, step)) => {
                // the time of a key's packets is the time it was pressed
                self.header.payload_type = EVENT_PAYLOAD;
                self.header.marker = step == 0;
                let duration = (u16::from(step.min(4)) + 1) * SAMPLES as u16;
                let end = if step >= 4 { 0x80 } else { 0 };
                packet[HEADER..HEADER + 4].copy_from_slice(&[
                    event,
                    end | 10,
                    (duration >> 8) as u8,
                    duration as u8,
                ]);
                length = HEADER + 4;
                self.key = (step < 6).then_some((event, step + 1));
                if self.key.is_none() {
                    self.header.timestamp = self.header.timestamp.wrapping_add(7 * SAMPLES as u32);
                }
                self.write_header(&mut packet);
            }
            None => {
                self.header.payload_type = 8;
                packet[HEADER..].copy_from_slice(&self.voice.frame());
                self.write_header(&mut packet);
                self.header.marker = false;
                self.header.timestamp = self.header.timestamp.wrapping_add(SAMPLES as u32);
            }
        }
        if self.socket.send_to(&packet[..length], remote).await.is_ok() {
            self.heard.lock().sent += 1;
        }
    }

    fn write_header(&self, packet: &mut [u8]) {
        if let Some(room) = packet.first_chunk_mut::<HEADER>() {
            self.header.write(room);
        }
    }

    /// Waits for the next packet and takes it; tells where it came from.
    pub async fn listen(&self) -> Option<SocketAddr> {
        let mut datagram = [0u8; 1_500];
        let (len, from) = self.socket.recv_from(&mut datagram).await.ok()?;
        let (header, payload) = RtpHeader::read(&datagram[..len])?;
        if header.payload_type == EVENT_PAYLOAD {
            self.heard.lock().key(&header, &datagram[payload]);
            return Some(from);
        }
        let law = Law::of_payload_type(header.payload_type)?;
        self.heard.lock().take(&header, law, &datagram[payload]);
        Some(from)
    }
}
