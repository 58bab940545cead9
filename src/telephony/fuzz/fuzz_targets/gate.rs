//! One datagram at the gate; what it lets through must be readable by a second parser or refused by it, never panic.
#![no_main]

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use telephony::counters::Counters;
use telephony::media::sdp;
use telephony::phone::message::Message;
use telephony::sip::gate::{Gate, Load, Verdict};
use telephony::sip::guard::Guard;
use telephony::{EdgeLimits, TrunkPeer};

static HOUSE: LazyLock<(Gate, SocketAddr)> = LazyLock::new(|| {
    let address = SocketAddr::from(([127, 0, 0, 1], 5_060));
    let trunk = TrunkPeer { allowed_ips: vec![address.ip()], ..TrunkPeer::default() };
    let limits = EdgeLimits { trunk_rate: u32::MAX, ..EdgeLimits::default() };
    let guard = Arc::new(Guard::new(limits, &[trunk]));
    let load = Arc::new(Load { max_calls: usize::MAX, ..Load::default() });
    (Gate::new(vec![address], guard, load, Arc::new(Counters::default())), address)
});

fuzz_target!(|datagram: &[u8]| {
    let (gate, address) = &*HOUSE;
    let through = match gate.judge(datagram, *address, Instant::now()) {
        Verdict::Pass(length) => datagram[..length].to_vec(),
        Verdict::PassRepaired(bytes) => bytes,
        Verdict::Reply(bytes, _) => {
            assert!(bytes.starts_with(b"SIP/2.0 ") || bytes == b"\r\n");
            return;
        }
        Verdict::Drop(_) => return,
    };
    if let Some(message) = Message::read(&through) {
        // most are no description, and say so
        let _ = sdp::read(&message.body);
    }
});
