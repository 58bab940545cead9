//! The operators' browsers: many connections on one UDP port, ICE-lite, DTLS and SRTP by `str0m`.

pub mod peer;

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use str0m::Input;
use str0m::config::DtlsCert;
use str0m::crypto::CryptoProvider;
use str0m::net::{Protocol, Receive};

use crate::browser::peer::Peer;
use crate::failure::OfferError;
use crate::line::OperatorSession;
use crate::media::codec::{Codec, Format};
use crate::media::rtp::RtpHeader;
use crate::media::stream::OutStream;

/// What browsers said.
#[derive(Debug)]
pub enum Heard {
    /// Audio may flow, in this codec.
    Connected(OperatorSession, Format),
    /// The connection broke.
    Lost(OperatorSession),
    /// A packet of sound.
    Audio(OperatorSession, RtpHeader, Arc<[u8]>),
}

/// All browsers of a switchboard.
pub struct Browsers {
    socket: UdpSocket,
    advertised: SocketAddr,
    crypto: Arc<CryptoProvider>,
    certificate: DtlsCert,
    codec: Codec,
    peers: HashMap<OperatorSession, Peer>,
    routes: HashMap<SocketAddr, OperatorSession>,
    heard: VecDeque<Heard>,
}

impl Browsers {
    /// Browsers behind this socket, known to the world at `advertised`.
    pub fn new(socket: UdpSocket, advertised: SocketAddr) -> std::io::Result<Self> {
        socket.set_nonblocking(true)?;
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = crypto
            .dtls_provider
            .generate_certificate()
            .ok_or_else(|| std::io::Error::other("no certificate could be made for browsers"))?;
        Ok(Self {
            socket,
            advertised,
            crypto,
            certificate,
            codec: Codec::Alaw,
            peers: HashMap::new(),
            routes: HashMap::new(),
            heard: VecDeque::new(),
        })
    }

    /// The socket, to be watched.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// What new connections are answered with, where they offer it: Opus, or else G.711.
    pub fn speak(&mut self, codec: Codec) {
        self.codec = codec;
    }

    /// Answers an offer; an earlier connection of the same session is forgotten without a word.
    pub fn offer(
        &mut self,
        session: &OperatorSession,
        sdp: &str,
        now: Instant,
    ) -> Result<String, OfferError> {
        let opus = self.codec == Codec::Opus && sdp.contains("opus/48000");
        let (crypto, certificate) = (self.crypto.clone(), self.certificate.clone());
        let mut peer = Peer::new(self.advertised, crypto, certificate, opus, now)?;
        let answer = peer.answer(sdp)?;
        peer.drain(session, &self.socket, &mut self.heard);
        self.routes.retain(|_, known| known != session);
        self.peers.insert(session.clone(), peer);
        Ok(answer)
    }

    /// Keeps the numbering of a call that is over for the next one of the same connection.
    pub fn keep_stream(&mut self, session: &OperatorSession, stream: OutStream) {
        if let Some(peer) = self.peers.get_mut(session) {
            peer.stream = Some(stream);
        }
    }

    /// The numbering of the last call of this connection.
    pub fn take_stream(&mut self, session: &OperatorSession) -> Option<OutStream> {
        self.peers.get_mut(session)?.stream.take()
    }

    /// `None`: no such browser; otherwise the codec it hears once it is connected.
    pub fn connected(&self, session: &OperatorSession) -> Option<Option<Format>> {
        self.peers.get(session).map(Peer::connected)
    }

    /// Ends a connection.
    pub fn close(&mut self, session: &OperatorSession) {
        if let Some(mut peer) = self.peers.remove(session) {
            peer.disconnect();
            peer.drain(session, &self.socket, &mut VecDeque::new());
            self.routes.retain(|_, known| known != session);
        }
    }

    /// Takes all datagrams that wait; returns how many belonged to nobody.
    pub fn receive(&mut self, now: Instant) -> u64 {
        let mut strange = 0;
        let mut datagram = [0u8; 2_048];
        loop {
            let (len, source) = match self.socket.recv_from(&mut datagram) {
                Ok(received) => received,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return strange,
                Err(_) => continue, // an ICMP error of an earlier send
            };
            if !self.take(&datagram[..len], source, now) {
                strange += 1;
            }
        }
    }

    fn take(&mut self, datagram: &[u8], source: SocketAddr, now: Instant) -> bool {
        let Ok(contents) = datagram.try_into() else { return false };
        let receive = Receive { proto: Protocol::Udp, source, destination: self.advertised, contents };
        let input = Input::Receive(now, receive);
        let known = self.routes.get(&source).filter(|s| self.peers.get(s).is_some_and(|p| p.accepts(&input)));
        let session = match known {
            Some(session) => session.clone(),
            None => {
                let Some((session, _)) = self.peers.iter().find(|(_, peer)| peer.accepts(&input)) else {
                    return false;
                };
                let session = session.clone();
                self.routes.insert(source, session.clone());
                session
            }
        };
        if let Some(peer) = self.peers.get_mut(&session) {
            peer.input(input);
            peer.drain(&session, &self.socket, &mut self.heard);
        }
        true
    }

    /// Sends one packet of sound; `false` if the browser cannot hear now.
    pub fn send(
        &mut self,
        session: &OperatorSession,
        sequence: u64,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
        now: Instant,
    ) -> bool {
        let Some(peer) = self.peers.get_mut(session) else { return false };
        let sent = peer.write(sequence, timestamp, marker, payload, now);
        peer.drain(session, &self.socket, &mut self.heard);
        sent
    }

    /// Lets time pass for those whose time has come, and forgets the dead.
    pub fn drive(&mut self, now: Instant) {
        for (session, peer) in &mut self.peers {
            if peer.due() <= now {
                peer.input(Input::Timeout(now));
                peer.drain(session, &self.socket, &mut self.heard);
            }
        }
        let (peers, routes, heard) = (&mut self.peers, &mut self.routes, &mut self.heard);
        peers.retain(|session, peer| {
            if !peer.is_dead() {
                return true;
            }
            routes.retain(|_, known| known != session);
            heard.push_back(Heard::Lost(session.clone()));
            false
        });
    }

    /// When [`Browsers::drive`] is needed next.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.peers.values().map(Peer::due).min()
    }

    /// What was heard, oldest first.
    pub fn heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }
}
