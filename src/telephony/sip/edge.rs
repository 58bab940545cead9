//! The edge: owns the SIP socket of UDP and lets through what the gate lets through.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use rsipstack::platform::net::UdpSocket as StackSocket;

use crate::counters::Counted;
use crate::sip::challenge::spelled;
use crate::sip::gate::{Gate, Verdict};
use crate::sip::ledger::Ledger;
use crate::sip::orphans::{Orphans, beginning};
use crate::trace::{Carrier, Flow};

/// The socket as the stack sees it.
pub struct Edge {
    socket: tokio::net::UdpSocket,
    advertised: SocketAddr,
    gate: Arc<Gate>,
    buffer: tokio::sync::Mutex<Vec<u8>>,
    past: Past,
}

/// What the edge has to do with a process that died before this one.
pub struct Past {
    /// INVITEs of callers who still wait: the stack reads them again.
    pub replays: Mutex<VecDeque<(String, SocketAddr)>>,
    /// Attempts of ours that it made.
    pub orphans: Arc<Orphans>,
    /// Where attempts of this one are written down.
    pub ledger: Arc<Ledger>,
}

impl Edge {
    /// An edge on this socket, known to others at `advertised`.
    pub fn new(socket: tokio::net::UdpSocket, advertised: SocketAddr, gate: Arc<Gate>, past: Past) -> Self {
        Self { socket, advertised, gate, buffer: tokio::sync::Mutex::new(vec![0; 65_536]), past }
    }
}

#[async_trait::async_trait]
impl StackSocket for Edge {
    async fn recv_from(&self, out: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        let mut buffer = self.buffer.lock().await;
        let replay = self.past.replays.lock().pop_front();
        if let Some((invite, source)) = replay
            && let Some(room) = out.get_mut(..invite.len())
        {
            room.copy_from_slice(invite.as_bytes());
            return Ok((invite.len(), source));
        }
        loop {
            let (len, source) = self.socket.recv_from(&mut buffer).await?;
            self.gate.counters.add(Counted::SipReceived);
            if let Some(answers) = self.past.orphans.answer(&buffer[..len], source) {
                self.gate.counters.add(Counted::OrphanAnswered);
                for (answer, to) in answers {
                    self.socket.send_to(answer.as_bytes(), to).await?;
                }
                continue;
            }
            match self.gate.judge(&buffer[..len], source, Instant::now()) {
                Verdict::Pass(len) => {
                    self.gate.counters.add(Counted::SipAdmitted);
                    self.gate.trace.note(Flow::In, Carrier::Udp, source, &buffer[..len]);
                    out[..len].copy_from_slice(&buffer[..len]);
                    return Ok((len, source));
                }
                Verdict::PassRepaired(message) if message.len() <= out.len() => {
                    self.gate.counters.add(Counted::SipAdmitted);
                    self.gate.trace.note(Flow::In, Carrier::Udp, source, &buffer[..len]);
                    out[..message.len()].copy_from_slice(&message);
                    return Ok((message.len(), source));
                }
                Verdict::PassRepaired(_) => self.gate.counters.add(Counted::DropOversize),
                Verdict::Reply(message, count) => {
                    self.gate.counters.add(count);
                    self.gate.trace.note(Flow::In, Carrier::Udp, source, &buffer[..len]);
                    self.gate.trace.note(Flow::Out, Carrier::Udp, source, &message);
                    if let Err(error) = self.socket.send_to(&message, source).await {
                        tracing::debug!(%error, "reply of the edge was not sent");
                    }
                }
                Verdict::Drop(count) => self.gate.counters.add(count),
            }
        }
    }

    async fn send_to(&self, message: &[u8], to: SocketAddr) -> rsipstack::Result<usize> {
        let message = spelled(message);
        if let Some(invite) = beginning(&message, to, Carrier::Udp) {
            self.past.ledger.dialled(invite);
        }
        self.gate.trace.note(Flow::Out, Carrier::Udp, to, &message);
        Ok(self.socket.send_to(&message, to).await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.advertised)
    }
}
