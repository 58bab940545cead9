//! Telephones by the hundred: one thread that speaks on time and then takes what has come.
//!
//! It never sleeps at its sockets. If it did, every packet sent to it would first have to wake it, and on one machine
//! the sender pays for that: it would be counted against whoever is measured, and no network charges it.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use telephony::media::SAMPLES;
use telephony::media::rtp::{HEADER, RtpHeader};
use telephony::media::watch::Watch;

use crate::Call;

const FRAME: Duration = Duration::from_millis(20);
/// Parts of a frame in which the telephones take turns.
const TURNS: usize = 20;

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

/// All ends of all calls.
pub struct Ends {
    speakers: Vec<(UdpSocket, SocketAddr)>,
    watch: Watch,
}

impl Ends {
    /// The ends of these calls, watched.
    pub fn new(calls: Vec<Call>) -> std::io::Result<Self> {
        let (watch, mut speakers) = (Watch::new()?, Vec::new());
        for (socket, to) in calls.into_iter().flat_map(|Call { a, b }| [a, b]) {
            watch.add(&socket, speakers.len() as u64)?;
            speakers.push((socket, to));
        }
        Ok(Self { speakers, watch })
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
                heard.sent += self.speak(turn, sequence, epoch);
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

    /// Those whose turn it is say a packet.
    fn speak(&self, turn: usize, sequence: u16, epoch: Instant) -> u64 {
        let mut packet = [0xD5u8; HEADER + SAMPLES];
        let mut sent = 0;
        for (n, (socket, to)) in self.speakers.iter().enumerate().skip(turn).step_by(TURNS) {
            let timestamp = u32::from(sequence) * SAMPLES as u32;
            let header = RtpHeader { marker: false, payload_type: 8, sequence, timestamp, ssrc: n as u32 };
            if let Some(room) = packet.first_chunk_mut::<HEADER>() {
                header.write(room);
            }
            let now = epoch.elapsed().as_micros() as u64;
            packet[HEADER..HEADER + 8].copy_from_slice(&now.to_be_bytes());
            sent += u64::from(socket.send_to(&packet, to).is_ok());
        }
        sent
    }

    /// Takes all that has come.
    fn listen(&mut self, heard: &mut Heard, epoch: Instant) {
        let (mut ready, mut packet) = (Vec::new(), [0u8; 2_048]);
        while self.watch.wait(Some(Duration::ZERO), &mut ready).is_ok() && !ready.is_empty() {
            for token in &ready {
                let Ok((length, _)) = self.speakers[*token as usize].0.recv_from(&mut packet) else {
                    continue;
                };
                let Some(said) = packet[..length].get(HEADER..HEADER + 8).and_then(|it| it.try_into().ok())
                else {
                    continue;
                };
                heard.received += 1;
                let delay = (epoch.elapsed().as_micros() as u64).saturating_sub(u64::from_be_bytes(said));
                heard.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
            }
        }
    }
}
