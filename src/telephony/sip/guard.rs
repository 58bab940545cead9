//! Who knocks too fast or too often with a wrong key.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};

use crate::counters::Counted;
use crate::settings::{EdgeLimits, TrunkPeer};

/// Sources remembered at most; the quietest are forgotten first.
const REMEMBERED: usize = 20_000;

/// Buckets, strikes and bans by source address.
#[derive(Debug)]
pub struct Guard {
    limits: EdgeLimits,
    trunks: RwLock<HashSet<IpAddr>>,
    sources: Mutex<HashMap<IpAddr, Source>>,
}

#[derive(Debug)]
struct Source {
    tokens: f64,
    seen: Instant,
    strikes: u32,
    struck: Instant,
    banned: Option<Instant>,
}

impl Guard {
    /// A guard that knows these trunks.
    pub fn new(limits: EdgeLimits, trunks: &[TrunkPeer]) -> Self {
        let guard = Self { limits, trunks: RwLock::default(), sources: Mutex::default() };
        guard.knows(trunks.iter());
        guard
    }

    /// Knows these trunks and no others from now on; one that was shut out as a stranger is let in.
    pub fn knows<'t>(&self, trunks: impl Iterator<Item = &'t TrunkPeer>) {
        let addresses = |trunk: &'t TrunkPeer| {
            trunk.allowed_ips.iter().copied().chain(trunk.outbound.map(|outbound| outbound.ip()))
        };
        let known: HashSet<IpAddr> = trunks.flat_map(addresses).collect();
        self.sources.lock().retain(|source, _| !known.contains(source));
        *self.trunks.write() = known;
    }

    /// Whether the address is a trunk's.
    pub fn is_trunk(&self, source: IpAddr) -> bool {
        self.trunks.read().contains(&source)
    }

    /// Lets one datagram in, or names the reason why not.
    pub fn admit(&self, source: IpAddr, now: Instant) -> Result<(), Counted> {
        let rate =
            f64::from(if self.is_trunk(source) { self.limits.trunk_rate } else { self.limits.stranger_rate });
        let mut sources = self.sources.lock();
        if sources.len() >= REMEMBERED && !sources.contains_key(&source) {
            forget_quiet(&mut sources, now);
        }
        let entry = sources.entry(source).or_insert(Source {
            tokens: 2.0 * rate,
            seen: now,
            strikes: 0,
            struck: now,
            banned: None,
        });
        if let Some(until) = entry.banned {
            if now < until {
                return Err(Counted::DropBanned);
            }
            entry.banned = None;
            entry.strikes = 0;
        }
        let passed = now.duration_since(entry.seen).as_secs_f64();
        entry.tokens = (entry.tokens + passed * rate).min(2.0 * rate);
        entry.seen = now;
        if entry.tokens < 1.0 {
            return Err(Counted::DropRate);
        }
        entry.tokens -= 1.0;
        Ok(())
    }

    /// A wrong password or worse; trunks are never shut out.
    pub fn strike(&self, source: IpAddr, now: Instant) {
        if self.is_trunk(source) {
            return;
        }
        if let Some(entry) = self.sources.lock().get_mut(&source) {
            // an office with one mistyped phone is not shut out for what happened yesterday
            if now.duration_since(entry.struck) > self.limits.ban {
                entry.strikes = 0;
            }
            entry.struck = now;
            entry.strikes += 1;
            if entry.strikes >= self.limits.strikes {
                entry.banned = Some(now + self.limits.ban);
                tracing::warn!(%source, strikes = entry.strikes, "source is shut out");
            }
        }
    }
}

fn forget_quiet(sources: &mut HashMap<IpAddr, Source>, now: Instant) {
    let quiet = Duration::from_secs(10);
    sources.retain(|_, s| s.banned.is_some_and(|until| now < until) || now.duration_since(s.seen) < quiet);
    if sources.len() >= REMEMBERED {
        sources.clear(); // a flood of forged sources: start over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let limits =
            EdgeLimits { stranger_rate: 10, trunk_rate: 1_000, strikes: 3, ban: Duration::from_secs(60) };
        let trunk = TrunkPeer { allowed_ips: vec![[10, 0, 0, 1].into()], ..TrunkPeer::default() };
        Guard::new(limits, &[trunk])
    }

    #[test]
    fn a_stranger_is_slowed_and_a_trunk_is_not() {
        let (guard, now) = (guard(), Instant::now());
        let admitted = |ip: [u8; 4]| (0..100).filter(|_| guard.admit(ip.into(), now).is_ok()).count();
        assert_eq!(admitted([192, 0, 2, 1]), 20);
        assert_eq!(admitted([10, 0, 0, 1]), 100);
        assert!(guard.admit([192, 0, 2, 1].into(), now + Duration::from_millis(200)).is_ok());
    }

    #[test]
    fn a_stranger_who_becomes_a_trunk_is_let_in_at_once() {
        let (guard, now) = (guard(), Instant::now());
        let ip = IpAddr::from([192, 0, 2, 1]);
        assert!(guard.admit(ip, now).is_ok());
        (0..3).for_each(|_| guard.strike(ip, now));
        assert_eq!(guard.admit(ip, now), Err(Counted::DropBanned));
        let trunk = TrunkPeer { allowed_ips: vec![ip], ..TrunkPeer::default() };
        guard.knows([trunk].iter());
        assert!(guard.admit(ip, now).is_ok() && guard.is_trunk(ip));
        assert!(!guard.is_trunk([10, 0, 0, 1].into()));
    }

    #[test]
    fn three_strikes_for_a_minute() {
        let (guard, now) = (guard(), Instant::now());
        let ip = IpAddr::from([192, 0, 2, 1]);
        assert!(guard.admit(ip, now).is_ok());
        (0..3).for_each(|_| guard.strike(ip, now));
        assert_eq!(guard.admit(ip, now), Err(Counted::DropBanned));
        assert!(guard.admit(ip, now + Duration::from_secs(61)).is_ok());
        let trunk = IpAddr::from([10, 0, 0, 1]);
        assert!(guard.admit(trunk, now).is_ok());
        (0..9).for_each(|_| guard.strike(trunk, now));
        assert!(guard.admit(trunk, now).is_ok());
    }
}
