//! Whoever sends: the media thread itself, or, when it cannot keep up, a second thread.
//!
//! Sending takes two thirds of what a packet costs. While the media thread keeps up it sends by itself and nobody has
//! to be woken. When it is busy for most of the time, what it would send is handed over once a round, in order; it
//! then has its time for receiving.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::browser::Browsers;
use crate::counters::{Counted, Counters};
use crate::media::party::{Line, Party};
use crate::media::recorder::Side;
use crate::media::relay::DATAGRAM;
use crate::media::rtp::{HEADER, RtpHeader};
use crate::media::stream::Source;
use crate::threads;

/// How busy the media thread is, is judged over this long.
const WINDOW: Duration = Duration::from_millis(250);
/// Busier than this share of the time, it hands over.
const BUSY: f64 = 0.7;
/// Having handed over, it sends by itself again below this share: it is what is left of half of [`BUSY`].
const EASY: f64 = 0.15;
/// Packets that may wait for the other thread. With more the media thread waits for it: what comes meanwhile is kept by
/// the legs' own sockets, seconds of it, and the thread that is behind gets the processor.
const WAITING: usize = 4_096;
/// It looks so often whether the other thread is still there.
const LOOK: Duration = Duration::from_millis(100);

/// A packet on its way.
#[derive(Debug)]
struct Letter {
    from: Arc<UdpSocket>,
    to: SocketAddr,
    length: usize,
}

/// What is handed over at once.
#[derive(Debug, Default)]
struct Bag {
    letters: Vec<Letter>,
    bytes: Vec<u8>,
}

impl Bag {
    /// Sends everything; how many were sent.
    fn send(&self) -> usize {
        let (mut sent, mut bytes) = (0, self.bytes.as_slice());
        for letter in &self.letters {
            let (packet, rest) = bytes.split_at(letter.length.min(bytes.len()));
            bytes = rest;
            sent += usize::from(letter.from.send_to(packet, letter.to).is_ok());
        }
        sent
    }

    /// Lets go of the sockets: a leg that is over gives back its port.
    fn clear(&mut self) {
        self.letters.clear();
        self.bytes.clear();
    }
}

/// The way of packets out of the house.
pub struct Courier {
    /// What was sent, what was not, and what else is counted of audio.
    pub counters: Arc<Counters>,
    bag: Bag,
    engaged: bool,
    since: Instant,
    busy: Duration,
    waiting: Arc<AtomicUsize>,
    full: Option<Sender<Bag>>,
    emptied: Receiver<Bag>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    /// Its thread waits until there is something to do.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(counters: Arc<Counters>, now: Instant) -> std::io::Result<Self> {
        let (full, bags) = channel::<Bag>();
        let (back, emptied) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (counted, left) = (counters.clone(), waiting.clone());
        let thread = threads::begin("media-out", move || {
            for mut bag in bags {
                let all = bag.letters.len();
                count(&counted, bag.send(), all);
                bag.clear();
                left.fetch_sub(all, Ordering::Release);
                // the media thread is gone only while the switchboard closes
                let _ = back.send(bag);
            }
        })?;
        Ok(Self {
            counters,
            bag: Bag::default(),
            engaged: false,
            since: now,
            busy: Duration::ZERO,
            waiting,
            full: Some(full),
            emptied,
            thread: Some(thread),
        })
    }

    /// Sends, or has it sent.
    fn send(&mut self, from: &Arc<UdpSocket>, to: SocketAddr, packet: &[u8]) {
        if !self.engaged {
            let sent = from.send_to(packet, to).is_ok();
            return self.counters.add(if sent { Counted::RtpOut } else { Counted::RtpUnsent });
        }
        self.bag.letters.push(Letter { from: from.clone(), to, length: packet.len() });
        self.bag.bytes.extend_from_slice(packet);
    }

    /// A round of the media thread is over, and took this long.
    pub fn round(&mut self, took: Duration, now: Instant) {
        self.hand_over();
        self.busy += took;
        let window = now.saturating_duration_since(self.since);
        if window < WINDOW {
            return;
        }
        let share = self.busy.as_secs_f64() / window.as_secs_f64();
        (self.since, self.busy) = (now, Duration::ZERO);
        if !self.engaged && share > BUSY && self.full.is_some() {
            self.engaged = true;
        } else if self.engaged && share < EASY && self.waiting.load(Ordering::Acquire) == 0 {
            // nothing is under way that a packet sent from here could overtake
            self.engaged = false;
        }
    }

    fn hand_over(&mut self) {
        let all = self.bag.letters.len();
        let Some(full) = self.full.as_ref().filter(|_| all > 0) else { return };
        self.waiting.fetch_add(all, Ordering::Relaxed);
        let next = self.emptied.try_recv().unwrap_or_default();
        if let Err(lost) = full.send(std::mem::replace(&mut self.bag, next)) {
            // the thread has panicked: from here it still goes
            count(&self.counters, lost.0.send(), all);
            (self.engaged, self.full) = (false, None);
            return;
        }
        while self.waiting.load(Ordering::Acquire) > WAITING {
            match self.emptied.recv_timeout(LOOK) {
                Ok(bag) => drop(bag),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.hand_over();
        self.full = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends audio has panicked");
        }
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("engaged", &self.engaged).finish_non_exhaustive()
    }
}

fn count(counters: &Counters, sent: usize, all: usize) {
    counters.add_many(Counted::RtpOut, sent as u64);
    counters.add_many(Counted::RtpUnsent, (all - sent) as u64);
}

/// A packet before it is renumbered for its receiver.
pub(super) struct Packet {
    pub source: Source,
    pub sequence: u16,
    pub timestamp: u32,
    pub payload_type: u8,
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts are borrowed apart from one another on the hot path"
)]
pub(super) fn send(
    party: &mut Party,
    browsers: &mut Browsers,
    courier: &mut Courier,
    packet: Packet,
    marker: bool,
    datagram: &mut [u8; DATAGRAM],
    payload: std::ops::Range<usize>,
    now: Instant,
) {
    party.octets += payload.len() as u64;
    let (stamp, ssrc) = party.stamp(packet.source, packet.sequence, packet.timestamp, now);
    let marker = marker || stamp.marker;
    if let Some(tap) = party.tap.as_mut().filter(|_| packet.payload_type == party.payload) {
        tap.take(Side::Right, ssrc, stamp.timestamp, party.codec, &datagram[payload.clone()], now);
    }
    match &mut party.line {
        Line::Browser(session) => {
            let sent =
                browsers.send(session, stamp.sequence, stamp.timestamp, marker, &datagram[payload], now);
            courier.counters.add(if sent { Counted::RtpOut } else { Counted::RtpUnsent });
        }
        Line::Rtp(line) => {
            let start = payload.start - HEADER;
            let header = RtpHeader {
                marker,
                payload_type: packet.payload_type,
                sequence: stamp.sequence as u16,
                timestamp: stamp.timestamp,
                ssrc,
            };
            let whole = &mut datagram[start..];
            if let Some(room) = whole.first_chunk_mut::<HEADER>() {
                header.write(room);
            }
            let length = payload.end - start;
            let length = match &line.secure {
                Some(secure) => secure.sealer.seal(whole, length, stamp.sequence),
                None => length,
            };
            match line.latch.destination().filter(|_| length > 0) {
                Some(to) => courier.send(&line.socket, to, &whole[..length]),
                None => courier.counters.add(Counted::RtpUnsent),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Duration = Duration::from_millis(1);

    fn pair() -> (Arc<UdpSocket>, UdpSocket, SocketAddr) {
        let (from, there) =
            (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        there.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let at = there.local_addr().unwrap();
        (Arc::new(from), there, at)
    }

    /// Rounds of a window, each busy for this share of its time.
    fn rounds(courier: &mut Courier, now: &mut Instant, share: f64) {
        for _ in 0..=WINDOW.as_millis() {
            *now += ROUND;
            courier.round(ROUND.mul_f64(share), *now);
        }
    }

    #[test]
    fn a_busy_thread_has_its_packets_sent_in_order_and_an_easy_one_sends_by_itself() {
        let mut now = Instant::now();
        let mut courier = Courier::start(Arc::default(), now).unwrap();
        let (from, there, at) = pair();
        let mut number = 0u32;
        let mut sent = Vec::new();
        for (share, handed) in [(0.5, false), (0.9, true), (0.3, true), (0.05, false), (0.5, false)] {
            rounds(&mut courier, &mut now, share);
            assert_eq!(courier.engaged, handed, "busy {share}");
            for _ in 0..3 {
                courier.send(&from, at, &number.to_be_bytes());
                sent.push(number);
                number += 1;
            }
            courier.round(Duration::ZERO, now);
            // what was handed over is gone before the next window is judged
            while courier.waiting.load(Ordering::Acquire) > 0 {
                std::thread::yield_now();
            }
        }
        let mut datagram = [0; 8];
        let heard: Vec<u32> = sent
            .iter()
            .map(|_| {
                let length = there.recv(&mut datagram).unwrap();
                u32::from_be_bytes(datagram[..length].try_into().unwrap())
            })
            .collect();
        assert_eq!(heard, sent);
        assert_eq!(courier.counters.get(Counted::RtpOut), sent.len() as u64);
    }

    #[test]
    fn whoever_hands_over_more_than_can_be_sent_waits_and_nothing_is_lost() {
        let mut now = Instant::now();
        let mut courier = Courier::start(Arc::default(), now).unwrap();
        let (from, _there, at) = pair();
        rounds(&mut courier, &mut now, 1.0);
        for _ in 0..20 {
            for _ in 0..WAITING {
                courier.send(&from, at, &[0; 172]);
            }
            courier.round(Duration::ZERO, now);
            assert!(courier.waiting.load(Ordering::Acquire) <= WAITING);
        }
        let counters = courier.counters.clone();
        drop(courier);
        assert_eq!(counters.get(Counted::RtpOut), 20 * WAITING as u64);
    }

    #[test]
    fn a_leg_that_is_over_gives_back_its_port() {
        let mut now = Instant::now();
        let mut courier = Courier::start(Arc::default(), now).unwrap();
        let (from, _there, at) = pair();
        rounds(&mut courier, &mut now, 1.0);
        courier.send(&from, at, b"last");
        courier.round(Duration::ZERO, now);
        while courier.waiting.load(Ordering::Acquire) > 0 {
            std::thread::yield_now();
        }
        assert_eq!(Arc::strong_count(&from), 1);
    }

    #[test]
    fn what_waits_is_sent_before_the_house_is_left() {
        let mut now = Instant::now();
        let mut courier = Courier::start(Arc::default(), now).unwrap();
        let (from, there, at) = pair();
        rounds(&mut courier, &mut now, 1.0);
        for n in 0..50u8 {
            courier.send(&from, at, &[n]);
        }
        drop(courier);
        let mut datagram = [0; 8];
        for n in 0..50u8 {
            assert_eq!(there.recv(&mut datagram).unwrap(), 1);
            assert_eq!(datagram[0], n);
        }
    }
}
