//! The keys of telephony: where SIP is spoken, the lines of providers, the phones on desks.

use rust_decimal::Decimal;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
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
}

/// How a provider wants numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Numbers {
    /// `+74951234567`.
    #[default]
    Plus,
    /// `74951234567`.
    Digits,
    /// `84951234567` inside the country, `810…` abroad.
    Eight,
}

/// A provider's line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// How the house calls it.
    pub name: String,
    /// Sources that are this trunk.
    #[serde(default)]
    pub ips: Vec<IpAddr>,
    /// Digest user.
    pub user: Option<String>,
    /// Digest password.
    pub password: Option<String>,
    /// Our numbers behind it.
    pub dids: Vec<String>,
    /// Where calls out are sent; absent: it takes calls in alone.
    pub outbound: Option<SocketAddr>,
    /// Whether we register at `outbound`, so that its calls reach us.
    #[serde(default)]
    pub registers: bool,
    /// Trunks of one group stand in for one another.
    pub group: Option<String>,
    /// Within a group the lowest is tried first.
    #[serde(default)]
    pub priority: u8,
    /// Within a priority calls are spread in proportion.
    #[serde(default)]
    pub weight: u32,
    /// Calls out at once; 0: no limit.
    #[serde(default)]
    pub max_calls: usize,
    /// Calls out begun within a second; 0: no limit.
    #[serde(default)]
    pub calls_per_second: u32,
    /// What a minute costs by the first digits of a number, country first and without a plus; empty: nothing is counted.
    /// A number that none of them names is not called.
    #[serde(default)]
    pub tariffs: BTreeMap<String, Decimal>,
    /// What calls out of 24 hours may cost; absent: no limit.
    pub money_per_day: Option<Decimal>,
    /// How it wants numbers.
    #[serde(default)]
    pub numbers: Numbers,
    /// How often it is asked whether it lives; 0: never.
    #[serde(default)]
    pub ask_seconds: u64,
}

/// A desk phone.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// The user it registers as.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Whether its calls are encrypted, or not made at all.
    #[serde(default)]
    pub secure_audio: bool,
}
