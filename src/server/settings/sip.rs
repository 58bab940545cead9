//! The keys of telephony: where SIP is spoken.

use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// SIP and media.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sip {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address told to others, when it differs.
    pub public_ip: Option<IpAddr>,
    /// The port of SIP over TCP, at the same address; absent: UDP alone.
    pub tcp_port: Option<u16>,
    /// SIP over TLS; absent: not spoken.
    pub tls: Option<Tls>,
    /// First and last RTP port; two zeros take any.
    pub media_ports: (u16, u16),
    /// UDP port of all browsers.
    pub webrtc_port: u16,
    /// Calls at once.
    pub max_calls: usize,
    /// Codecs of phones and trunks, the best first: `pcma`, `pcmu`, `g722`, `opus`.
    pub codecs: Vec<String>,
    /// The file in which registrations of desk phones outlive a restart; absent: `phones` among the files of the house.
    pub registrations: Option<PathBuf>,
    /// Mebibytes of messages that are remembered for the ladders of calls; 0: none.
    pub trace_mib: usize,
    /// Whether telephone numbers may be read in them.
    pub trace_numbers: bool,
    /// Whether audio has a process of its own, in which conversations go on while this one is restarted.
    pub media_process: bool,
    /// How long it goes on alone.
    pub media_patience_seconds: u64,
}

/// The operators' browsers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    /// What they speak: `pcma`, or `opus` where the way to them loses packets.
    pub codec: String,
}

/// The certificate for SIP over TLS.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Port, 5061 by custom.
    pub port: u16,
    /// Our certificate and those between it and its root, in PEM.
    pub chain: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
    /// Authorities that vouch for others where we connect to them, in PEM; absent: those of the machine.
    pub roots: Option<PathBuf>,
}
