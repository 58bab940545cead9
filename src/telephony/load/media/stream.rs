//! Telephones by the hundred: one thread that speaks on time and then takes what has come.
//!
//! It never sleeps at its sockets. If it did, every packet sent to it would first have to wake it, and on one machine
//! the sender pays for that: it would be counted against whoever is measured, and no network charges it. Telephones
//! that speak in the same millisecond share a few sockets and say everything in one system call, so that this thread
//! has breath left where whoever is measured has none.

use std::io::IoSlice;
use std::net::UdpSocket;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::net::addr::SocketAddrArg as _;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg, sockopt};
use telephony::media::SAMPLES;
use telephony::media::rtp::{HEADER, RtpHeader};
use telephony::media::watch::Watch;

use crate::{Call, loopback};

const FRAME: Duration = Duration::from_millis(20);
/// Parts of a frame in which the telephones take turns.
const TURNS: usize = 20;
/// Sockets of those who speak in one turn.
const SHARED: usize = 6;
const PACKET: usize = HEADER + SAMPLES;
/// Bytes that wait at a shared socket.
const ROOM: usize = 8 << 20;

/// What was said and heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// Packets sent.
    pub sent: u64,
    /// Packets that came out at the other end.
    pub received: u64,
    delays: Vec<u32>,
}

impl Heard {
    /// The delay in milliseconds that this share of the packets stayed below.
    pub fn share(&self, share: f64) -> f64 {
        let mut sorted = self.delays.clone();
        sorted.sort_unstable();
        let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }
}

/// Sockets for telephones, given out in turns.
pub struct Sockets {
    all: Vec<Rc<UdpSocket>>,
    given: usize,
}

impl Sockets {
    /// Those of all turns.
    pub fn open() -> std::io::Result<Self> {
        let socket = || -> std::io::Result<Rc<UdpSocket>> {
            let socket = loopback()?;
            // for one telephone the usual room is seconds; without the right to more it is some frames for all of them
            let _ = sockopt::set_socket_recv_buffer_size_force(&socket, ROOM);
            Ok(Rc::new(socket))
        };
        let all = (0..TURNS * SHARED).map(|_| socket()).collect::<Result<_, _>>()?;
        Ok(Self { all, given: 0 })
    }

    /// The next telephone's.
    pub fn next(&mut self) -> Rc<UdpSocket> {
        let (turn, place) = (self.given % TURNS, self.given / TURNS % SHARED);
        self.given += 1;
        self.all[turn * SHARED + place].clone()
    }
}

/// Those who speak together from one socket: to where, and under which number.
struct Choir {
    socket: Rc<UdpSocket>,
    members: Vec<(SocketAddrAny, u32)>,
    sheet: Vec<u8>,
}

impl Choir {
    /// Everybody says a packet; how many were sent.
    fn sing(&mut self, sequence: u16, epoch: Instant) -> u64 {
        let timestamp = u32::from(sequence) * SAMPLES as u32;
        let said = (epoch.elapsed().as_micros() as u64).to_be_bytes();
        for ((_, ssrc), packet) in self.members.iter().zip(self.sheet.chunks_exact_mut(PACKET)) {
            let header = RtpHeader { marker: false, payload_type: 8, sequence, timestamp, ssrc: *ssrc };
            if let Some(room) = packet.first_chunk_mut::<HEADER>() {
                header.write(room);
            }
            packet[HEADER..HEADER + 8].copy_from_slice(&said);
        }
        let slices: Vec<[IoSlice<'_>; 1]> =
            self.sheet.chunks_exact(PACKET).map(|packet| [IoSlice::new(packet)]).collect();
        let mut nothing: Vec<SendAncillaryBuffer<'_, '_, '_>> =
            self.members.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let mut messages: Vec<MMsgHdr<'_>> = self
            .members
            .iter()
            .zip(&slices)
            .zip(&mut nothing)
            .map(|(((to, _), slice), nothing)| MMsgHdr::new_with_addr(to, slice, nothing))
            .collect();
        sendmmsg(&*self.socket, &mut messages, SendFlags::empty()).unwrap_or(0) as u64
    }
}

/// All ends of all calls.
pub struct Ends {
    choirs: Vec<Choir>,
    watch: Watch,
}

impl Ends {
    /// The ends of these calls, whose sockets were given out by [`Sockets`], watched.
    pub fn new(sockets: &Sockets, calls: &[Call]) -> std::io::Result<Self> {
        let watch = Watch::new()?;
        let mut choirs = Vec::new();
        for (n, socket) in sockets.all.iter().enumerate() {
            watch.add(&**socket, n as u64)?;
            choirs.push(Choir { socket: socket.clone(), members: Vec::new(), sheet: Vec::new() });
        }
        for (n, (socket, to)) in calls.iter().flat_map(|Call { a, b }| [a, b]).enumerate() {
            let Some(choir) = choirs.iter_mut().find(|it| Rc::ptr_eq(&it.socket, socket)) else { continue };
            choir.members.push((to.as_any(), n as u32));
            choir.sheet.resize(choir.members.len() * PACKET, 0xD5);
        }
        Ok(Self { choirs, watch })
    }

    /// Everybody talks for so long.
    #[expect(
        clippy::disallowed_methods,
        reason = "a program of its own that measures: no actor waits for it"
    )]
    pub fn talk(mut self, length: Duration) -> Heard {
        let epoch = Instant::now();
        let (mut heard, mut sequence, mut due) = (Heard::default(), 0u16, epoch);
        while epoch.elapsed() < length {
            for turn in 0..TURNS {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                due += FRAME / TURNS as u32;
                let choirs = &mut self.choirs[turn * SHARED..(turn + 1) * SHARED];
                heard.sent += choirs.iter_mut().map(|choir| choir.sing(sequence, epoch)).sum::<u64>();
                self.listen(&mut heard, epoch);
            }
            sequence = sequence.wrapping_add(1);
        }
        for _ in 0..TURNS {
            std::thread::sleep(FRAME); // what is on its way arrives
            self.listen(&mut heard, epoch);
        }
        heard
    }

    /// Takes all that has come.
    fn listen(&mut self, heard: &mut Heard, epoch: Instant) {
        let (mut ready, mut packet) = (Vec::new(), [0u8; 2_048]);
        while self.watch.wait(Some(Duration::ZERO), &mut ready).is_ok() && !ready.is_empty() {
            for token in &ready {
                while let Ok((length, _)) = self.choirs[*token as usize].socket.recv_from(&mut packet) {
                    let said = packet[..length].get(HEADER..HEADER + 8).and_then(|it| it.try_into().ok());
                    let Some(said) = said else { continue };
                    heard.received += 1;
                    let now = epoch.elapsed().as_micros() as u64;
                    let delay = now.saturating_sub(u64::from_be_bytes(said));
                    heard.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
                }
            }
        }
    }
}
