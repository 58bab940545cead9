//! Counters of a running switchboard: every datagram that goes nowhere has a name here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A thing that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Counted { $($(#[$doc])* $name,)* }

        impl Counted {
            /// All of them, in order.
            pub const ALL: &'static [Counted] = &[$(Counted::$name,)*];

            /// The name on a dashboard.
            pub const fn name(self) -> &'static str {
                match self { $(Counted::$name => $text,)* }
            }
        }
    };
}

counted! {
    /// Datagrams that reached the SIP socket.
    SipReceived => "sip_received_total",
    /// Datagrams handed to the SIP stack.
    SipAdmitted => "sip_admitted_total",
    /// Keep-alive datagrams, answered or ignored.
    SipKeepAlive => "sip_keep_alive_total",
    /// Dropped: longer than a SIP message over UDP may be.
    DropOversize => "sip_drop_oversize_total",
    /// Dropped: contains NUL before the body or is no text at all.
    DropBinary => "sip_drop_binary_total",
    /// Dropped: the source is shut out.
    DropBanned => "sip_drop_banned_total",
    /// Dropped: the source is too fast.
    DropRate => "sip_drop_rate_total",
    /// Dropped: a scanner by its own name.
    DropScanner => "sip_drop_scanner_total",
    /// Dropped: a malformed response or ACK, to which no reply is allowed.
    DropUnanswerable => "sip_drop_unanswerable_total",
    /// Acknowledgements of what the edge answered by itself: nothing is left to do.
    RefusalAck => "sip_refusal_ack_total",
    /// Dropped: a response to no request of ours.
    DropStray => "sip_drop_stray_total",
    /// Answers to attempts of a process that died: acknowledged, and the party let go.
    OrphanAnswered => "sip_orphan_answered_total",
    /// Connections accepted.
    StreamsAccepted => "sip_streams_total",
    /// Connections closed at once: too many, too fast, or shut out.
    DropStream => "sip_stream_drop_total",
    /// Connections that could not agree on TLS.
    DropHandshake => "sip_handshake_drop_total",
    /// Header lines in another charset, read as Windows-1251.
    CharsetRepaired => "sip_charset_repaired_total",
    /// Answered 400 by the edge.
    Replied400 => "sip_replied_400_total",
    /// Answered 501 by the edge.
    Replied501 => "sip_replied_501_total",
    /// Answered 503 by the edge.
    Replied503 => "sip_replied_503_total",
    /// Answered 505 by the edge.
    Replied505 => "sip_replied_505_total",
    /// Answered by the edge with another status: 406, 416, 420, 482 or 483.
    RepliedOther => "sip_replied_other_total",
    /// Calls offered.
    CallsOffered => "calls_offered_total",
    /// Legs dialled.
    LegsDialled => "legs_dialled_total",
    /// Legs taken up after a restart.
    LegsTakenUp => "legs_taken_up_total",
    /// Attempts at a further trunk after one that failed.
    TrunkFailovers => "trunk_failovers_total",
    /// Calls refused: unknown source.
    RefusedSource => "calls_refused_source_total",
    /// Calls and registrations refused: wrong password.
    RefusedPassword => "calls_refused_password_total",
    /// Calls refused: number not ours.
    RefusedNumber => "calls_refused_number_total",
    /// Transfers refused: asked by somebody who may not.
    RefusedTransfer => "transfers_refused_total",
    /// Commands for legs that are gone.
    CommandsStale => "commands_stale_total",
    /// RTP packets received.
    RtpIn => "rtp_in_total",
    /// RTP packets sent.
    RtpOut => "rtp_out_total",
    /// RTP packets dropped: not RTP, unknown payload, or from a stranger.
    RtpDropped => "rtp_dropped_total",
    /// RTP and RTCP packets dropped: their proof does not hold, or they came before.
    RtpForged => "rtp_forged_total",
    /// RTP packets that could not be sent.
    RtpUnsent => "rtp_unsent_total",
    /// Reports of RTCP taken.
    RtcpIn => "rtcp_in_total",
    /// Reports of RTCP sent.
    RtcpOut => "rtcp_out_total",
    /// Reports of RTCP dropped: broken, or from a stranger.
    RtcpDropped => "rtcp_dropped_total",
    /// Datagrams at the browsers' port that belong to nobody.
    WebrtcDropped => "webrtc_dropped_total",
}

/// The counters, shared by all threads of a switchboard.
#[derive(Debug)]
pub struct Counters([AtomicU64; Counted::ALL.len()]);

impl Default for Counters {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Counters {
    /// One more.
    pub fn add(&self, what: Counted) {
        self.add_many(what, 1);
    }

    /// Several more.
    pub fn add_many(&self, what: Counted, n: u64) {
        self.0[what as usize].fetch_add(n, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self, what: Counted) -> u64 {
        self.0[what as usize].load(Ordering::Relaxed)
    }

    /// All by name, for a dashboard.
    pub fn snapshot(&self) -> BTreeMap<&'static str, u64> {
        Counted::ALL.iter().map(|what| (what.name(), self.get(*what))).collect()
    }
}
