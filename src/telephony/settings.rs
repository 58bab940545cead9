//! What a switchboard needs to know before it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::media::apart::Apart;
use crate::media::codec::Codec;
use crate::sip::bindings::BindingKeeper;
use crate::sip::digest::Algorithm;
use crate::sip::number::NumberForm;
use crate::sip::session::SessionTimes;
use crate::sip::spending::Tariff;

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
    /// Numbers that ring here; a call to any other gets 404. They are the only ones shown on calls out.
    pub dids: Vec<String>,
    /// Trunks of one group stand in for one another: a call may be dialled by the name of the group.
    pub group: Option<String>,
    /// Within a group the lowest is tried first.
    pub priority: u8,
    /// Within a priority calls are spread in proportion; 0 counts as 1.
    pub weight: u32,
    /// Calls out at once; 0: no limit. Calls to rescue services know none.
    pub max_calls: usize,
    /// Calls out begun within a second; 0: no limit.
    pub calls_per_second: u32,
    /// What a minute costs; empty: nothing is counted. A number that none of them names is not called.
    pub tariffs: Vec<Tariff>,
    /// What calls out of 24 hours may cost, in hundredths; 0: no limit.
    pub money_per_day: u64,
    /// How it wants numbers.
    pub form: NumberForm,
    /// Whether we register there (at `outbound`, as `user`) so that calls reach us.
    pub registers: bool,
    /// How often it is asked whether it lives (OPTIONS); zero: never.
    pub ask_every: Duration,
    /// Its own codecs, the best first; none: [`Settings::codecs`].
    pub codecs: Vec<Codec>,
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
    /// Whether its calls are encrypted (SRTP): a phone that cannot do that is not reached. The keys travel in the
    /// signalling, so they are worth what it is worth: TLS, or a network of one's own.
    pub secure_audio: bool,
    /// Its own codecs, the best first; none: [`Settings::codecs`].
    pub codecs: Vec<Codec>,
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

/// How much of what went over the wire is remembered.
#[derive(Clone, Copy, Debug)]
pub struct TraceLimits {
    /// Bytes for all dialogs together; the oldest dialogs go first. 0: nothing is kept.
    pub bytes: usize,
    /// Messages of one dialog; its first and its newest stay.
    pub messages: usize,
    /// Whether telephone numbers may be read in it.
    pub numbers: bool,
}

impl Default for TraceLimits {
    fn default() -> Self {
        Self { bytes: 16 << 20, messages: 64, numbers: false }
    }
}

/// The certificate shown to phones and providers that come by TLS.
#[derive(Clone)]
pub struct TlsIdentity {
    /// Port to listen at, 5061 by custom; 0 takes any free one.
    pub port: u16,
    /// Our certificate and those between it and its root, in PEM.
    pub chain_pem: Arc<[u8]>,
    /// Its key, in PEM.
    pub key_pem: Arc<[u8]>,
    /// Authorities that vouch for others where we connect to them, in PEM; `None`: those of the machine.
    pub roots_pem: Option<Arc<[u8]>>,
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsIdentity").field("port", &self.port).finish_non_exhaustive()
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
    /// SIP port of TCP, 5060 by custom; 0 takes any free one; `None`: UDP alone.
    pub tcp_port: Option<u16>,
    /// SIP over TLS; `None`: not spoken.
    pub tls: Option<TlsIdentity>,
    /// Address told to the other sides; `None`: `bind_ip`.
    pub public_ip: Option<IpAddr>,
    /// Providers.
    pub trunks: Vec<TrunkPeer>,
    /// Desk phones.
    pub phones: Vec<PhoneAccount>,
    /// Realm of digest challenges.
    pub realm: String,
    /// Digest algorithms offered and taken, the best first. MD5 alone is the custom: many phones give up a challenge
    /// that names an algorithm they do not know, even beside one they do (baresip 1.0 is one of them).
    pub digests: Vec<Algorithm>,
    /// Codecs of phones and trunks, the best first: offered in this order, and chosen by it from what is offered, with
    /// the two laws of G.711 as equals in the place of the first of them.
    pub codecs: Vec<Codec>,
    /// What browsers are answered with where they offer it: Opus bears losses better and costs a turn into G.711 and
    /// back. Anything else is G.711.
    pub browser_codec: Codec,
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
    /// How long calls may stand without a sign of life.
    pub session: SessionTimes,
    /// Where registrations outlive a restart; `None`: phones are unreachable until they renew.
    pub bindings: Option<BindingKeeper>,
    /// The file in which calls outlive the process; `None`: they end with it. The folder must be there.
    pub ledger: Option<PathBuf>,
    /// The file in which the bills of a day outlive the process; `None`: they are forgotten with it.
    pub spending: Option<PathBuf>,
    /// The audio in a process of its own, which outlives this one; `None`: in a thread.
    pub apart: Option<Apart>,
    /// How long a phone waits to hear of the transfer it asked for.
    pub transfer_patience: Duration,
    /// What a held party hears: raw A-law or WAV; `None`: a soft beep.
    pub hold_music: Option<Arc<[u8]>>,
    /// How often each leg is told by RTCP how it is heard, and its quality is looked at.
    pub report_every: Duration,
    /// Limits of the edge.
    pub edge: EdgeLimits,
    /// What is remembered of the messages of SIP.
    pub trace: TraceLimits,
    /// What time it is.
    pub clock: CallClock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            sip_port: 5060,
            tcp_port: None,
            tls: None,
            public_ip: None,
            trunks: Vec::new(),
            phones: Vec::new(),
            realm: "callout".to_owned(),
            digests: vec![Algorithm::Md5],
            codecs: vec![Codec::Alaw, Codec::Ulaw, Codec::G722],
            browser_codec: Codec::Alaw,
            media_ports: (20_000, 29_998),
            webrtc_port: 3_478,
            max_calls: 500,
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3_600),
            session: SessionTimes::default(),
            bindings: None,
            ledger: None,
            spending: None,
            apart: None,
            transfer_patience: Duration::from_secs(60),
            hold_music: None,
            report_every: Duration::from_secs(5),
            edge: EdgeLimits::default(),
            trace: TraceLimits::default(),
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
