//! From where a leg's audio may come, and where ours goes: the far side of a NAT is learnt from its packets.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Packets in a row a stranger must send before it is believed, and only while nobody else is heard.
const PROBATION: u8 = 5;
/// After this silence another source may take over.
const SILENCE: Duration = Duration::from_secs(2);

/// Learns the one address a leg talks from.
#[derive(Debug, Default)]
pub struct Latch {
    announced: Option<SocketAddr>,
    trusted: Vec<IpAddr>,
    latched: Option<(SocketAddr, Instant)>,
    probation: Option<(SocketAddr, u8)>,
}

impl Latch {
    /// The other side wrote where it wants to receive; `signalling` is where its SIP came from.
    pub fn announce(&mut self, address: Option<SocketAddr>, signalling: Option<IpAddr>) {
        if address != self.announced {
            self.latched = None;
        }
        self.announced = address;
        self.trusted.clear();
        self.trusted.extend(address.map(|a| a.ip()));
        self.trusted.extend(signalling);
    }

    /// Whether a packet from this source belongs to the leg.
    pub fn admit(&mut self, source: SocketAddr, now: Instant) -> bool {
        if let Some((latched, heard)) = &mut self.latched {
            if *latched == source {
                *heard = now;
                return true;
            }
            if now.duration_since(*heard) < SILENCE {
                return false;
            }
        }
        if self.trusted.contains(&source.ip()) {
            self.latched = Some((source, now));
            return true;
        }
        let seen = match self.probation {
            Some((address, seen)) if address == source => seen + 1,
            _ => 1,
        };
        self.probation = Some((source, seen));
        if seen < PROBATION {
            return false;
        }
        self.latched = Some((source, now));
        true
    }

    /// Where to send.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.latched.map(|(address, _)| address).or(self.announced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_the_source_and_keeps_it() {
        let announced: SocketAddr = "10.0.0.5:4000".parse().unwrap();
        let behind_nat: SocketAddr = "192.0.2.1:61000".parse().unwrap();
        let thief: SocketAddr = "198.51.100.9:5".parse().unwrap();
        let now = Instant::now();
        let mut latch = Latch::default();
        latch.announce(Some(announced), Some(behind_nat.ip()));
        assert_eq!(latch.destination(), Some(announced));
        assert!(!latch.admit(thief, now));
        assert!(latch.admit(behind_nat, now));
        assert_eq!(latch.destination(), Some(behind_nat));
        assert!((0..20).all(|_| !latch.admit(thief, now)));
        assert!(latch.admit(announced, now + SILENCE));
    }

    #[test]
    fn a_stranger_is_believed_after_probation() {
        let stranger: SocketAddr = "198.51.100.9:5".parse().unwrap();
        let now = Instant::now();
        let mut latch = Latch::default();
        latch.announce("10.0.0.5:4000".parse().ok(), None);
        let admitted: Vec<bool> = (0..6).map(|_| latch.admit(stranger, now)).collect();
        assert_eq!(admitted, [false, false, false, false, true, true]);
    }
}
