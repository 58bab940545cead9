//! What a switchboard needs to know before it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// A provider's line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrunkPeer {
    /// How the house calls it.
    pub name: String,
    /// Sources that are this trunk. Empty with a `user`: any source that proves the password.
    pub allowed_ips: Vec<IpAddr>,
    /// Where calls out are sent; `None`: the trunk is for incoming calls only.
    pub outbound: Option<SocketAddr>,
    /// Digest user, asked of incoming calls and told on outgoing ones.
    pub user: Option<String>,
    /// Digest password.
    pub password: Option<String>,
    /// Numbers that ring here; a call to any other gets 404.
    pub dids: Vec<String>,
}

/// A desk phone's account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneAccount {
    /// The user it registers as.
    pub user: String,
    /// Its digest password.
    pub password: String,
    /// Shown to people.
    pub name: String,
}

/// How hard one source may knock, and how long it is shut out.
#[derive(Clone, Debug)]
pub struct EdgeLimits {
    /// Datagrams a second from a stranger.
    pub stranger_rate: u32,
    /// Datagrams a second from an address named in `allowed_ips`.
    pub trunk_rate: u32,
    /// Wrong passwords, uninvited calls and scanner's greetings after which a stranger is shut out.
    pub strikes: u32,
    /// For how long.
    pub ban: Duration,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self { stranger_rate: 100, trunk_rate: 5_000, strikes: 20, ban: Duration::from_secs(600) }
    }
}

/// The clock that stamps offered calls.
#[derive(Clone)]
pub struct CallClock(pub Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>);

impl Default for CallClock {
    #[expect(clippy::disallowed_methods, reason = "the machine's own clock, for whoever brings no other")]
    fn default() -> Self {
        Self(Arc::new(jiff::Timestamp::now))
    }
}

impl std::fmt::Debug for CallClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallClock")
    }
}

/// All settings of one switchboard.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen at.
    pub bind_ip: IpAddr,
    /// SIP port; 0 takes any free one.
    pub sip_port: u16,
    /// Address told to the other sides; `None`: `bind_ip`.
    pub public_ip: Option<IpAddr>,
    /// Providers.
    pub trunks: Vec<TrunkPeer>,
    /// Desk phones.
    pub phones: Vec<PhoneAccount>,
    /// Realm of digest challenges.
    pub realm: String,
    /// First and last RTP port; (0, 0) takes any free ones.
    pub media_ports: (u16, u16),
    /// UDP port of all browsers; 0 takes any free one.
    pub webrtc_port: u16,
    /// Calls at once; further INVITEs get 503.
    pub max_calls: usize,
    /// Shortest registration a phone may ask for.
    pub min_expires: Duration,
    /// Longest registration granted.
    pub max_expires: Duration,
    /// What a held party hears: raw A-law or WAV; `None`: a soft beep.
    pub hold_music: Option<Arc<[u8]>>,
    /// Limits of the edge.
    pub edge: EdgeLimits,
    /// What time it is.
    pub clock: CallClock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            sip_port: 5060,
            public_ip: None,
            trunks: Vec::new(),
            phones: Vec::new(),
            realm: "callout".to_owned(),
            media_ports: (20_000, 29_998),
            webrtc_port: 3_478,
            max_calls: 500,
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3_600),
            hold_music: None,
            edge: EdgeLimits::default(),
            clock: CallClock::default(),
        }
    }
}

impl Settings {
    /// The address other sides shall use.
    pub fn advertised_ip(&self) -> IpAddr {
        self.public_ip.unwrap_or(self.bind_ip)
    }
}
