//! Messages of calls out of the switchboard's memory, in the words of the domain.

use domain::calls::trace::{Traced, Traces};
use std::sync::Arc;
use telephony::{Carrier, Flow, SwitchboardHandle, TraceLine};

/// The switchboard's memory.
pub struct Memory(pub Arc<SwitchboardHandle>);

fn traced(line: TraceLine) -> Traced {
    let summary = line.summary();
    Traced {
        at: line.at,
        outgoing: line.flow == Flow::Out,
        carrier: match line.carrier {
            Carrier::Udp => "udp",
            Carrier::Tcp => "tcp",
            Carrier::Tls => "tls",
        },
        peer: line.peer.to_string(),
        title: summary.title,
        cseq: summary.cseq,
        audio: summary.has_audio,
        codecs: summary.codecs,
        plain: summary.is_plain,
        text: line.text,
        left_out: line.left_out,
    }
}

impl Traces for Memory {
    fn of(&self, sip_call_id: &str) -> Vec<Traced> {
        self.0.trace(sip_call_id).into_iter().map(traced).collect()
    }
}
