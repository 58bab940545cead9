//! What went over the wire, call by call: the newest messages of SIP, kept in memory, read when somebody asks why.
//!
//! A dialog is found by its Call-ID: [`crate::LineEvent::Offered`] tells that of a caller's leg,
//! [`crate::LineEvent::Dialled`] that of every attempt at a dialled one. One call of the house has at least two.
//! Nothing here knows the stack: the bytes are taken where they leave and enter the sockets.

pub mod masking;
pub mod summary;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use rsipstack::sip::Transport;
use serde::{Deserialize, Serialize};

use crate::settings::{CallClock, TraceLimits};
use crate::sip::charset;
use crate::trace::masking::masked;
use crate::trace::summary::{Summary, summary};

/// Messages of one dialog kept from its beginning, whatever comes later: how it came about.
const FIRST: usize = 16;
/// What a message costs beside its text.
const OVERHEAD: usize = 96;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To us.
    In,
    /// From us.
    Out,
}

/// What carried a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carrier {
    /// Datagrams.
    #[default]
    Udp,
    /// A connection.
    Tcp,
    /// A connection nobody reads along.
    Tls,
}

impl Carrier {
    /// As the stack calls it.
    pub const fn transport(self) -> Transport {
        match self {
            Carrier::Udp => Transport::Udp,
            Carrier::Tcp => Transport::Tcp,
            Carrier::Tls => Transport::Tls,
        }
    }

    /// What carries what the stack calls so.
    pub fn of(transport: Transport) -> Self {
        match transport {
            Transport::Tcp => Carrier::Tcp,
            Transport::Tls => Carrier::Tls,
            _ => Carrier::Udp,
        }
    }
}

/// One message as it went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine {
    /// When, by the clock of the calls.
    pub at: jiff::Timestamp,
    /// Which way.
    pub flow: Flow,
    /// By what.
    pub carrier: Carrier,
    /// The other side.
    pub peer: SocketAddr,
    /// The message. Keys, digests and digits of keys pressed never stand in it; numbers only if the settings allow.
    pub text: String,
    /// Messages left out before this one, because the dialog had more than are kept.
    pub left_out: u64,
}

impl TraceLine {
    /// What a ladder writes on the arrow.
    pub fn summary(&self) -> Summary {
        summary(&self.text)
    }
}

struct Message {
    at: jiff::Timestamp,
    flow: Flow,
    carrier: Carrier,
    peer: SocketAddr,
    bytes: Box<[u8]>,
}

impl Message {
    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }

    fn line(&self, left_out: u64, numbers: bool) -> TraceLine {
        let Self { at, flow, carrier, peer, .. } = *self;
        let text = masked(&charset::repair(&self.bytes), numbers);
        TraceLine { at, flow, carrier, peer, text, left_out }
    }
}

/// One dialog.
#[derive(Default)]
struct Dialog {
    first: Vec<Message>,
    last: VecDeque<Message>,
    left_out: u64,
}

impl Dialog {
    /// Adds a message; returns by how many bytes the dialog has grown.
    fn add(&mut self, message: Message, most: usize) -> isize {
        let mut grown = message.cost() as isize;
        if self.first.len() < FIRST.min(most) {
            self.first.push(message);
            return grown;
        }
        self.last.push_back(message);
        if self.first.len() + self.last.len() > most
            && let Some(gone) = self.last.pop_front()
        {
            self.left_out += 1;
            grown -= gone.cost() as isize;
        }
        grown
    }

    fn cost(&self) -> usize {
        self.first.iter().chain(&self.last).map(Message::cost).sum()
    }
}

#[derive(Default)]
struct Kept {
    dialogs: HashMap<Arc<str>, Dialog>,
    /// By their beginning, the oldest first.
    order: VecDeque<Arc<str>>,
    bytes: usize,
}

impl Kept {
    fn shrink(&mut self, most: usize) {
        while self.bytes > most
            && let Some(oldest) = self.order.pop_front()
        {
            let gone = self.dialogs.remove(&oldest).map_or(0, |dialog| dialog.cost());
            self.bytes = self.bytes.saturating_sub(gone);
        }
    }
}

/// Keeps the newest dialogs, shared by all who send and receive.
pub struct Tracer {
    limits: TraceLimits,
    clock: CallClock,
    kept: Mutex<Kept>,
}

impl std::fmt::Debug for Tracer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Tracer {
    /// A tracer that keeps as much as this; with no bytes allowed it keeps nothing and costs nothing.
    pub fn new(limits: TraceLimits, clock: CallClock) -> Self {
        Self { limits, clock, kept: Mutex::default() }
    }

    /// Notes a message. A dialog begins with INVITE or REGISTER; what belongs to none is not kept.
    pub fn note(&self, flow: Flow, carrier: Carrier, peer: SocketAddr, bytes: &[u8]) {
        if self.limits.bytes == 0 {
            return;
        }
        let Some(call_id) = call_id_of(bytes) else { return };
        let begins = bytes.starts_with(b"INVITE ") || bytes.starts_with(b"REGISTER ");
        let message = || Message { at: (self.clock.0)(), flow, carrier, peer, bytes: bytes.into() };
        let mut kept = self.kept.lock();
        let grown = match kept.dialogs.get_mut(call_id) {
            Some(dialog) => dialog.add(message(), self.limits.messages),
            None if begins => {
                let name: Arc<str> = call_id.into();
                let mut dialog = Dialog::default();
                let grown = dialog.add(message(), self.limits.messages);
                kept.order.push_back(name.clone());
                kept.dialogs.insert(name, dialog);
                grown
            }
            None => return,
        };
        kept.bytes = kept.bytes.saturating_add_signed(grown);
        kept.shrink(self.limits.bytes);
    }

    /// The messages of a dialog, oldest first; empty if none are known.
    pub fn of(&self, call_id: &str) -> Vec<TraceLine> {
        let kept = self.kept.lock();
        let Some(dialog) = kept.dialogs.get(call_id) else { return Vec::new() };
        let numbers = self.limits.numbers;
        let first = dialog.first.iter().map(|message| message.line(0, numbers));
        let gap = |n: usize| if n == 0 { dialog.left_out } else { 0 };
        let last = dialog.last.iter().enumerate().map(|(n, message)| message.line(gap(n), numbers));
        first.chain(last).collect()
    }
}

/// The Call-ID of a message, found without reading the rest.
fn call_id_of(bytes: &[u8]) -> Option<&str> {
    let mut lines = bytes.split(|byte| *byte == b'\n').skip(1);
    lines
        .find_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':').filter(|at| *at <= 12);
            let Some(colon) = colon else { return (line == b"\r" || line.is_empty()).then_some("") };
            let name = line[..colon].trim_ascii();
            let found = name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i");
            found.then(|| std::str::from_utf8(line[colon + 1..].trim_ascii()).unwrap_or_default())
        })
        .filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracer(bytes: usize, messages: usize) -> Tracer {
        let clock = CallClock(Arc::new(|| jiff::Timestamp::UNIX_EPOCH));
        Tracer::new(TraceLimits { bytes, messages, numbers: true }, clock)
    }

    fn note(tracer: &Tracer, start: &str, call_id: &str) {
        let text = format!("{start}\r\nVia: SIP/2.0/UDP 10.0.0.1\r\nCall-ID: {call_id}\r\n\r\n");
        tracer.note(Flow::In, Carrier::Udp, ([10, 0, 0, 1], 5060).into(), text.as_bytes());
    }

    fn starts(tracer: &Tracer, call_id: &str) -> Vec<(String, u64)> {
        let first = |line: &TraceLine| line.text.lines().next().unwrap_or_default().to_owned();
        tracer.of(call_id).iter().map(|line| (first(line), line.left_out)).collect()
    }

    #[test]
    fn a_dialog_keeps_its_beginning_and_its_newest() {
        let tracer = tracer(1 << 20, FIRST + 2);
        note(&tracer, "BYE sip:x SIP/2.0", "stray");
        for n in 0..FIRST + 5 {
            note(&tracer, &format!("INVITE sip:{n} SIP/2.0"), "one");
        }
        assert_eq!(starts(&tracer, "stray"), []);
        let told = starts(&tracer, "one");
        assert_eq!(told.len(), FIRST + 2);
        assert_eq!(told[0].0, "INVITE sip:0 SIP/2.0");
        assert_eq!(told[FIRST], (format!("INVITE sip:{} SIP/2.0", FIRST + 3), 3));
        assert_eq!(told[FIRST + 1].1, 0);
    }

    #[test]
    fn the_oldest_dialogs_go_first_and_memory_is_bounded() {
        let tracer = tracer(2_000, 64);
        for n in 0..50 {
            note(&tracer, "INVITE sip:a SIP/2.0", &format!("call-{n}"));
            note(&tracer, "SIP/2.0 200 OK", &format!("call-{n}"));
        }
        assert_eq!(starts(&tracer, "call-0"), []);
        assert_eq!(starts(&tracer, "call-49").len(), 2);
        let kept = tracer.kept.lock();
        assert!(kept.bytes <= 2_000);
        assert_eq!(kept.bytes, kept.dialogs.values().map(Dialog::cost).sum::<usize>());
        assert_eq!(kept.order.len(), kept.dialogs.len());
    }

    #[test]
    fn finds_the_call_id_however_it_is_written() {
        let of = |text: &'static str| call_id_of(text.as_bytes());
        assert_eq!(of("BYE x SIP/2.0\r\nCALL-ID : a@b \r\n\r\n"), Some("a@b"));
        assert_eq!(of("BYE x SIP/2.0\r\ni:a\r\n\r\n"), Some("a"));
        assert_eq!(of("BYE x SIP/2.0\r\nVia: x\r\n\r\ni:body"), None);
        assert_eq!(of("\r\n\r\n"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let tracer = tracer(0, 64);
        note(&tracer, "INVITE sip:a SIP/2.0", "one");
        assert_eq!(tracer.of("one"), []);
    }
}
