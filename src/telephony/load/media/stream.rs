//! Telephones by the hundred: one thread that speaks on time, one that listens.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    ears: Vec<UdpSocket>,
}

impl Ends {
    /// The ends of these calls, watched.
    pub fn new(calls: Vec<Call>) -> std::io::Result<Self> {
        let (watch, mut speakers, mut ears) = (Watch::new()?, Vec::new(), Vec::new());
        for (socket, to) in calls.into_iter().flat_map(|Call { a, b }| [a, b]) {
            let ear = socket.try_clone()?;
            watch.add(&ear, ears.len() as u64)?;
            ears.push(ear);
            speakers.push((socket, to));
        }
        Ok(Self { speakers, watch, ears })
    }

    /// Everybody talks for so long.
    #[expect(
        clippy::disallowed_methods,
        reason = "a program of its own that measures: no actor waits for it"
    )]
    pub fn talk(self, length: Duration) -> Heard {
        let epoch = Instant::now();
        let over = Arc::new(AtomicBool::new(false));
        let listening = std::thread::spawn({
            let over = over.clone();
            move || listen(self.watch, &self.ears, epoch, &over)
        });
        let sent = speak(&self.speakers, epoch, length);
        std::thread::sleep(Duration::from_millis(300)); // what is on its way arrives
        over.store(true, Ordering::Relaxed);
        let mut heard = listening.join().unwrap_or_default();
        heard.sent = sent;
        heard
    }
}

#[expect(clippy::disallowed_methods, reason = "a program of its own that measures: no actor waits for it")]
fn speak(speakers: &[(UdpSocket, SocketAddr)], epoch: Instant, length: Duration) -> u64 {
    let mut packet = [0xD5u8; HEADER + SAMPLES];
    let (mut sent, mut sequence) = (0, 0u16);
    let mut due = Instant::now();
    while epoch.elapsed() < length {
        for turn in 0..TURNS {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            due += FRAME / TURNS as u32;
            for (n, (socket, to)) in speakers.iter().enumerate().skip(turn).step_by(TURNS) {
                let timestamp = u32::from(sequence) * SAMPLES as u32;
                let header =
                    RtpHeader { marker: false, payload_type: 8, sequence, timestamp, ssrc: n as u32 };
                if let Some(room) = packet.first_chunk_mut::<HEADER>() {
                    header.write(room);
                }
                let now = epoch.elapsed().as_micros() as u64;
                packet[HEADER..HEADER + 8].copy_from_slice(&now.to_be_bytes());
                sent += u64::from(socket.send_to(&packet, to).is_ok());
            }
        }
        sequence = sequence.wrapping_add(1);
    }
    sent
}

fn listen(mut watch: Watch, ears: &[UdpSocket], epoch: Instant, over: &AtomicBool) -> Heard {
    let (mut heard, mut ready, mut packet) = (Heard::default(), Vec::new(), [0u8; 2_048]);
    while !over.load(Ordering::Relaxed) {
        if watch.wait(Some(Duration::from_millis(50)), &mut ready).is_err() {
            continue;
        }
        for token in &ready {
            if let Ok((length, _)) = ears[*token as usize].recv_from(&mut packet) {
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
    heard
}
