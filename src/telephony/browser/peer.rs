//! One browser's connection.

use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::crypto::CryptoProvider;
use str0m::media::{Mid, Pt};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

use crate::browser::Heard;
use crate::failure::OfferError;
use crate::line::OperatorSession;
use crate::media::codec::{Codec, Format};
use crate::media::rtp::RtpHeader;
use crate::media::stream::OutStream;

/// A connection from its offer to its loss.
pub struct Peer {
    rtc: Rtc,
    due: Instant,
    sound: Option<(Mid, Pt, Codec)>,
    opus: bool,
    connected: bool,
    dead: bool,
    /// The numbering of the last call, while nobody is attached.
    pub stream: Option<OutStream>,
}

impl Peer {
    /// A connection at our address, not yet offered anything; it speaks Opus, or G.711.
    pub fn new(
        advertised: SocketAddr,
        crypto: Arc<CryptoProvider>,
        certificate: DtlsCert,
        opus: bool,
        now: Instant,
    ) -> Result<Self, OfferError> {
        let config = RtcConfig::new()
            .set_crypto_provider(crypto)
            .set_dtls_cert(certificate)
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .clear_codecs();
        // one codec in the answer: a browser speaks what it likes best of all that is there
        let config = if opus {
            config.enable_opus(true, false)
        } else {
            config.enable_pcma(true, false).enable_pcmu(true, false)
        };
        let mut rtc = config.build(now);
        let candidate = Candidate::host(advertised, "udp")
            .map_err(|error| OfferError::Unanswerable(error.to_string()))?;
        rtc.add_local_candidate(candidate);
        Ok(Self { rtc, due: now, sound: None, opus, connected: false, dead: false, stream: None })
    }

    /// Answers the browser's offer.
    pub fn answer(&mut self, sdp: &str) -> Result<String, OfferError> {
        let offer =
            SdpOffer::from_sdp_string(sdp).map_err(|error| OfferError::Unreadable(error.to_string()))?;
        let known = if self.opus { &["opus/48000"][..] } else { &["PCMA/8000", "PCMU/8000"] };
        if !sdp.contains("m=audio") || !known.iter().any(|name| sdp.contains(name)) {
            return Err(OfferError::Unanswerable("no PCMA or PCMU in it".to_owned()));
        }
        let answer = self
            .rtc
            .sdp_api()
            .accept_offer(offer)
            .map_err(|error| OfferError::Unanswerable(error.to_string()))?;
        Ok(answer.to_sdp_string())
    }

    /// Whether a datagram is for this connection.
    pub fn accepts(&self, input: &Input) -> bool {
        self.rtc.accepts(input)
    }

    /// A datagram or the passing of time.
    pub fn input(&mut self, input: Input) {
        if let Err(error) = self.rtc.handle_input(input) {
            tracing::debug!(%error, "browser connection failed");
            self.dead = true;
        }
    }

    /// The codec the browser hears, once audio may flow.
    pub fn connected(&self) -> Option<Format> {
        self.sound.filter(|_| self.connected).map(|(_, payload, codec)| Format { codec, payload: *payload })
    }

    /// When time must pass for it.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Whether it is to be forgotten.
    pub fn is_dead(&self) -> bool {
        self.dead || !self.rtc.is_alive()
    }

    /// Says good-bye.
    pub fn disconnect(&mut self) {
        if let Err(error) = self.rtc.close() {
            tracing::debug!(%error, "browser connection closed without good-bye");
        }
    }

    /// Hands a packet of sound over; [`Peer::drain`] sends it.
    pub fn write(
        &mut self,
        sequence: u64,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
        now: Instant,
    ) -> bool {
        let Some((mid, payload_type, _)) = self.sound.filter(|_| self.connected && !self.dead) else {
            return false;
        };
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx_by_mid(mid, None) else { return false };
        stream
            .write_rtp(RtpWrite::new(payload_type, sequence.into(), timestamp, now, payload).marker(marker));
        true
    }

    /// Takes everything the connection has to say until it waits.
    pub fn drain(&mut self, session: &OperatorSession, socket: &UdpSocket, heard: &mut VecDeque<Heard>) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.due = at;
                    return;
                }
                Ok(Output::Transmit(packet)) => {
                    if let Err(error) = socket.send_to(&packet.contents, packet.destination) {
                        tracing::debug!(%error, "packet to a browser was not sent");
                    }
                }
                Ok(Output::Event(event)) => self.event(event, session, heard),
                Err(error) => {
                    tracing::debug!(%error, "browser connection failed");
                    self.dead = true;
                    return;
                }
            }
        }
    }

    /// The connection and the audio line are told apart, in either order.
    fn tell_connected(&self, session: &OperatorSession, heard: &mut VecDeque<Heard>) {
        if let Some(format) = self.connected() {
            heard.push_back(Heard::Connected(session.clone(), format));
        }
    }

    fn event(&mut self, event: Event, session: &OperatorSession, heard: &mut VecDeque<Heard>) {
        match event {
            Event::MediaAdded(added) => {
                let types = self.rtc.media(added.mid).map(|media| media.remote_pts().to_vec());
                let first = types.into_iter().flatten().find_map(|pt| {
                    // the number of Opus is the browser's own, and there is nothing else beside it
                    let codec = if self.opus { Codec::Opus } else { Codec::of_payload_type(*pt)? };
                    Some((added.mid, pt, codec))
                });
                if self.sound.is_none() {
                    self.sound = first;
                    self.tell_connected(session, heard);
                }
            }
            Event::Connected => {
                self.connected = true;
                self.tell_connected(session, heard);
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                self.dead = true;
            }
            Event::RtpPacket(packet) => {
                let header = RtpHeader {
                    marker: packet.header.marker,
                    payload_type: *packet.header.payload_type,
                    sequence: packet.header.sequence_number,
                    timestamp: packet.header.timestamp,
                    ssrc: *packet.header.ssrc,
                };
                heard.push_back(Heard::Audio(session.clone(), header, packet.payload));
            }
            _ => {}
        }
    }
}
