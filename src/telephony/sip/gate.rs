//! The gate: what of all that is sent to us the stack can be trusted with, whichever way it came.
//!
//! Every message reaches the stack, gets a status from here, or counts under a name of its own.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::counters::{Counted, Counters};
use crate::settings::{CallClock, TraceLimits};
use crate::sip::challenge::{choose, is_challenge};
use crate::sip::charset;
use crate::sip::framing::{Fault, Frame, is_token, tag_of, tighten};
use crate::sip::grammar::via_is;
use crate::sip::guard::Guard;
use crate::sip::reply::{TAG, fingerprint, stateless};
use crate::trace::Tracer;

/// The longest message taken: the stack's own buffer.
pub(crate) const LONGEST: usize = 8_192;
/// A transaction's life: a call admitted once stays admitted for its repetitions.
const ADMITTED: Duration = Duration::from_secs(32);
/// Events, commands and requests nobody took yet, above which new calls are turned away: a second's work or so, less
/// than a caller's patience with a repeated INVITE.
const BACKLOG: usize = 1_000;
/// Steps that the server has taken and not kept yet, above which new calls are turned away: more than a store that keeps
/// up ever has before it, and each step of a call that is here already waits for no more than these.
const UNKEPT: usize = 256;
const SCANNERS: [&str; 8] = [
    "friendly-scanner",
    "sipvicious",
    "sundayddr",
    "sipcli",
    "vaxsipuseragent",
    "pplsip",
    "iwar",
    "sip-scan",
];

/// How busy the switchboard is, told by the exchange and read by the edge.
#[derive(Debug, Default)]
pub struct Load {
    /// Calls that came in and are not over.
    pub calls: AtomicUsize,
    /// Events the server did not take yet.
    pub backlog: AtomicUsize,
    /// Commands the exchange did not take yet.
    pub orders: AtomicUsize,
    /// Requests and news the exchange did not take yet.
    pub waiting: AtomicUsize,
    /// Steps that the server has taken and not kept yet.
    pub unkept: AtomicUsize,
    /// Calls allowed at once.
    pub max_calls: usize,
    /// The process ends and its calls do not.
    pub leaving: AtomicBool,
}

impl Load {
    fn is_over(&self) -> bool {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        of(&self.calls) >= self.max_calls
            || of(&self.backlog) + of(&self.orders) + of(&self.waiting) > BACKLOG
            || of(&self.unkept) > UNKEPT
    }
}

/// Calls let in of late: when, and by which way. Those of a life ago are forgotten all at once, for to look for them
/// among the others with every call would cost the more the more calls there are.
#[derive(Debug)]
struct Admitted {
    young: HashMap<u64, (Instant, u64)>,
    old: HashMap<u64, (Instant, u64)>,
    /// When the young began.
    since: Instant,
}

impl Admitted {
    fn since(since: Instant) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), since }
    }

    /// The way of a call that was let in less than a life ago.
    fn way_of(&mut self, call: u64, now: Instant) -> Option<u64> {
        if now.duration_since(self.since) >= ADMITTED {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
        let known = self.young.get(&call).or_else(|| self.old.get(&call));
        known.filter(|(at, _)| now.duration_since(*at) < ADMITTED).map(|(_, way)| *way)
    }
}

/// Judges messages.
pub struct Gate {
    /// Our addresses as others know them.
    advertised: Vec<SocketAddr>,
    /// Who may knock, and how fast.
    pub guard: Arc<Guard>,
    load: Arc<Load>,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// What is remembered of what went over the wire.
    pub trace: Arc<Tracer>,
    admitted: Mutex<Admitted>,
}

/// What becomes of a datagram.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The stack takes so many bytes of it as they came.
    Pass(usize),
    /// The stack takes this instead.
    PassRepaired(Vec<u8>),
    /// The edge answers.
    Reply(Vec<u8>, Counted),
    /// It goes nowhere.
    Drop(Counted),
}

impl Gate {
    /// A gate of a house known at these addresses.
    pub fn new(
        advertised: Vec<SocketAddr>,
        guard: Arc<Guard>,
        load: Arc<Load>,
        counters: Arc<Counters>,
    ) -> Self {
        let nothing = TraceLimits { bytes: 0, ..TraceLimits::default() };
        let trace = Arc::new(Tracer::new(nothing, CallClock::default()));
        Self {
            advertised,
            guard,
            load,
            counters,
            trace,
            admitted: Mutex::new(Admitted::since(Instant::now())),
        }
    }

    /// The same gate, that remembers what passes.
    pub fn traced(self, trace: Arc<Tracer>) -> Self {
        Self { trace, ..self }
    }

    /// Judges one message.
    pub fn judge(&self, datagram: &[u8], source: SocketAddr, now: Instant) -> Verdict {
        if datagram.iter().all(u8::is_ascii_whitespace) {
            // RFC 5626: a double CRLF asks for a single one
            let ping = datagram == b"\r\n\r\n";
            let count = Counted::SipKeepAlive;
            return if ping { Verdict::Reply(b"\r\n".to_vec(), count) } else { Verdict::Drop(count) };
        }
        if let Err(reason) = self.guard.admit(source.ip(), now) {
            return Verdict::Drop(reason);
        }
        if datagram.len() > LONGEST {
            return Verdict::Drop(Counted::DropOversize);
        }
        let end = datagram.windows(4).position(|four| four == b"\r\n\r\n");
        let head = &datagram[..end.unwrap_or(datagram.len())];
        if has_bare_nul(head) || !head.first().is_some_and(|first| is_token(*first)) {
            return Verdict::Drop(Counted::DropBinary);
        }
        let text = charset::repair(head);
        let repaired = matches!(text, std::borrow::Cow::Owned(_));
        if repaired {
            self.counters.add(Counted::CharsetRepaired);
        }
        let mut frame = Frame::read(&text);
        if self.is_scanner(&frame, source, now) {
            return Verdict::Drop(Counted::DropScanner);
        }
        let to = frame.get("to").and_then(tag_of);
        if frame.method() == Some("ACK") && to.is_some_and(|tag| tag.starts_with(TAG)) {
            return Verdict::Drop(Counted::RefusalAck);
        }
        let body = &datagram[end.map_or(datagram.len(), |end| end + 4)..];
        let unfinished = Fault::new(400, "Missing Empty Line");
        let checked = if end.is_none() { Err(unfinished) } else { frame.check(body.len()) };
        if let Err(fault) = checked {
            return refuse(&frame, &fault, source);
        }
        let ours = |via: &str| self.advertised.iter().any(|address| via_is(via, *address));
        if frame.method().is_none() && !frame.get("via").is_some_and(ours) {
            return Verdict::Drop(Counted::DropStray);
        }
        if let Err(fault) = self.welcomes(&frame, now) {
            return refuse(&frame, &fault, source);
        }
        // RFC 3261 §18.3: what follows the body told is no part of the message
        let told = frame.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(body.len());
        let body = &body[..told];
        let loose = ["from", "to"].iter().any(|name| {
            frame.get(name).is_some_and(|value| matches!(tighten(value), std::borrow::Cow::Owned(_)))
        });
        let challenged =
            frame.method().is_none() && frame.fields.iter().any(|field| is_challenge(&field.name));
        if challenged {
            choose(&mut frame);
        }
        if !repaired && !loose && !challenged {
            return Verdict::Pass(head.len() + 4 + told);
        }
        Verdict::PassRepaired(rewrite(&frame, body))
    }

    fn is_scanner(&self, frame: &Frame, source: SocketAddr, now: Instant) -> bool {
        let Some(agent) = frame.get("user-agent") else { return false };
        let agent = agent.to_ascii_lowercase();
        let scanner = SCANNERS.iter().any(|name| agent.contains(name)) && !self.guard.is_trunk(source.ip());
        if scanner {
            self.guard.strike(source.ip(), now);
        }
        scanner
    }

    /// Whether a new call may come in; repetitions of a call already let in always may.
    fn welcomes(&self, frame: &Frame, now: Instant) -> Result<(), Fault> {
        let new = frame.method() == Some("INVITE") && frame.get("to").is_some_and(|to| tag_of(to).is_none());
        if !new {
            return Ok(());
        }
        let (call, way) = (fingerprint(frame), hash_of(frame.get("via")));
        let mut admitted = self.admitted.lock();
        if let Some(first) = admitted.way_of(call, now) {
            // RFC 3261 §8.2.2.2: the same call by another way has been forked on its road to us
            return if first == way { Ok(()) } else { Err(Fault::new(482, "Loop Detected")) };
        }
        if self.load.is_over() {
            let extra = Some(("Retry-After", "10".to_owned()));
            return Err(Fault { status: 503, phrase: "Service Unavailable", extra });
        }
        admitted.young.insert(call, (now, way));
        Ok(())
    }
}

/// A quoted string may hold an escaped NUL (RFC 3261 §25.1, quoted-pair); nothing else may hold one.
fn has_bare_nul(head: &[u8]) -> bool {
    head.first() == Some(&0) || head.windows(2).any(|two| two[1] == 0 && two[0] != b'\\')
}

fn hash_of(value: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn refuse(frame: &Frame, fault: &Fault, source: SocketAddr) -> Verdict {
    let answerable = frame.get("via").is_some() && frame.method().is_some_and(|method| method != "ACK");
    if !answerable {
        return Verdict::Drop(Counted::DropUnanswerable);
    }
    let count = match fault.status {
        400 => Counted::Replied400,
        501 => Counted::Replied501,
        503 => Counted::Replied503,
        505 => Counted::Replied505,
        _ => Counted::RepliedOther,
    };
    let extra = fault.extra.as_ref().map(|(name, value)| (*name, value.as_str()));
    Verdict::Reply(stateless(frame, fault.status, fault.phrase, source, extra), count)
}

fn rewrite(frame: &Frame, body: &[u8]) -> Vec<u8> {
    let mut out = frame.start.as_bytes().to_vec();
    for field in &frame.fields {
        out.extend(b"\r\n");
        out.extend(field.name.as_bytes());
        out.extend(b": ");
        let value =
            if matches!(&*field.name, "from" | "to") { tighten(&field.value) } else { field.value.clone() };
        out.extend(value.as_bytes());
    }
    out.extend(b"\r\n\r\n");
    out.extend(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_let_in_is_known_for_a_life_and_then_forgotten() {
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut admitted = Admitted::since(begin);
        for (call, seconds) in [(1, 0), (2, 20), (3, 31)] {
            assert_eq!(admitted.way_of(call, at(seconds)), None);
            admitted.young.insert(call, (at(seconds), 7));
        }
        assert_eq!(admitted.way_of(1, at(31)), Some(7));
        assert_eq!([1, 2, 3].map(|call| admitted.way_of(call, at(45))), [None, Some(7), Some(7)]);
        assert_eq!([2, 3].map(|call| admitted.way_of(call, at(62))), [None, Some(7)]);
        assert_eq!(admitted.way_of(3, at(70)), None);
        assert_eq!(admitted.way_of(4, at(140)), None);
        assert!(admitted.young.len() + admitted.old.len() <= 3);
        assert_eq!(admitted.way_of(4, at(180)), None);
        assert!(admitted.young.is_empty() && admitted.old.is_empty());
    }
}
