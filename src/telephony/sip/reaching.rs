//! Connections that died with a former process, opened anew from here: callers who wait go on waiting by them (RFC 3261
//! §18.2.2), and attempts of ours to reach somebody are withdrawn by them (§9.1).
//!
//! Where TLS was spoken the other side has to prove who it is: what follows may carry keys of audio.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rsipstack::sip::{SipMessage, Transport};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::sip::kept::KeptCaller;
use crate::sip::ledger::KeptInvite;
use crate::sip::orphans::{cancel, head};
use crate::sip::streams::{Door, First, Streams};
use crate::trace::Carrier;

/// How long a caller's side may take to let us in: a little less than callers are taken up within.
const CALLER: Duration = Duration::from_millis(800);
/// How long each place may take where an attempt is withdrawn.
const CALLED: Duration = Duration::from_secs(4);

/// Doors by which the other side may come back, and how we prove it where it hides.
#[derive(Clone)]
pub(crate) struct Ways {
    pub doors: Vec<Door>,
    /// `None`: TLS is not spoken.
    pub tls: Option<TlsConnector>,
}

/// Somebody who is called back by a connection.
struct Place {
    address: SocketAddr,
    /// As it called itself; what its certificate has to say.
    name: String,
}

impl Streams {
    /// Goes to everybody whose connection is gone.
    pub fn reach(&self, callers: Vec<KeptCaller>, ways: &Ways) {
        let known = |carrier: Carrier| {
            let transport = carrier.transport();
            ways.doors.iter().copied().find(|door| door.transport == transport)
        };
        for caller in callers {
            let Some(door) = known(caller.carrier) else { continue };
            tokio::spawn(self.clone().call_back(caller, door, ways.tls.clone()));
        }
        for invite in self.past.orphans.by_streams() {
            let Some(door) = known(invite.carrier) else { continue };
            tokio::spawn(self.clone().withdraw(invite, door, ways.tls.clone()));
        }
    }

    /// The INVITE of a waiting caller is read again as if it had come by the new connection.
    async fn call_back(self, caller: KeptCaller, door: Door, tls: Option<TlsConnector>) {
        let Ok(invite) = SipMessage::try_from(caller.invite.as_bytes()) else { return };
        let Some(place) = sent_by(&caller, door) else { return };
        let served = self.meet(&place, door, tls, CALLER, First::Heard(Box::new(invite))).await;
        if let Err(reason) = served {
            tracing::info!(at = %place.address, reason, "a waiting caller is not reached by a new connection");
        }
    }

    /// The target of the INVITE first, then the place its party named for itself.
    async fn withdraw(self, invite: KeptInvite, door: Door, tls: Option<TlsConnector>) {
        let Some(text) = cancel(&invite.invite) else { return };
        let named = request_uri(&invite, door);
        let name = named.as_ref().map_or_else(|| invite.to.ip().to_string(), |place| place.name.clone());
        let target = Place { address: invite.to, name };
        for place in [target].into_iter().chain(named.filter(|place| place.address != invite.to)) {
            if !self.past.orphans.is_waiting(&invite.call_id) {
                return; // the phone has come back by itself
            }
            let said = First::Said(text.clone().into_bytes());
            match self.clone().meet(&place, door, tls.clone(), CALLED, said).await {
                Ok(()) => return,
                Err(reason) => {
                    tracing::debug!(at = %place.address, reason, "an attempt is not withdrawn by a new connection");
                }
            }
        }
    }

    /// Opens a connection, which is then carried until either side is done; an error tells why there is none.
    async fn meet(
        self,
        place: &Place,
        door: Door,
        tls: Option<TlsConnector>,
        patience: Duration,
        first: First,
    ) -> Result<(), &'static str> {
        let Place { address, name } = place;
        let opened = async {
            let stream = TcpStream::connect(address).await.map_err(|_| "nobody listens there")?;
            if door.transport != Transport::Tls {
                tokio::spawn(self.serve(stream, *address, door, first));
                return Ok(());
            }
            let connector = tls.ok_or("TLS is not spoken")?;
            let name = ServerName::try_from(name.clone()).map_err(|_| "its name is none")?;
            let secure = connector.connect(name, stream).await.map_err(|_| "it does not prove who it is")?;
            tokio::spawn(self.serve(secure, *address, door, first));
            Ok(())
        };
        timeout(patience, opened).await.unwrap_or(Err("it does not answer"))
    }
}

/// Where a response goes whose connection is gone: to where the request came from, at the port of its Via.
fn sent_by(caller: &KeptCaller, door: Door) -> Option<Place> {
    let frame = head(&caller.invite);
    let via = frame.get("via")?;
    let (_, sent_by) = via.split(',').next()?.split(';').next()?.trim().split_once(char::is_whitespace)?;
    let (name, port) = host_and_port(sent_by.trim())?;
    Some(Place { address: SocketAddr::new(caller.source.ip(), port.unwrap_or(usual(door))), name })
}

/// The place that the party of an INVITE of ours named for itself, if it is an address.
fn request_uri(invite: &KeptInvite, door: Door) -> Option<Place> {
    let frame = head(&invite.invite);
    let uri = frame.start.split(' ').nth(1)?;
    let (_, rest) = uri.split_once(':')?;
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let (name, port) = host_and_port(place.split([';', '?']).next()?)?;
    let ip: IpAddr = name.parse().ok()?;
    Some(Place { address: SocketAddr::new(ip, port.unwrap_or(usual(door))), name })
}

/// The name is without the brackets of IPv6.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = rest.strip_prefix(':').map(|port| port.parse().ok());
        return Some((host.to_owned(), port.map_or(Some(None), |port| port.map(Some))?));
    }
    match text.split_once(':') {
        Some((host, port)) => Some((host.to_owned(), Some(port.parse().ok()?))),
        None => Some((text.to_owned(), None)),
    }
}

fn usual(door: Door) -> u16 {
    if door.transport == Transport::Tls { 5_061 } else { 5_060 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(transport: Transport) -> Door {
        Door { transport, advertised: ([10, 0, 0, 1], 5_060).into() }
    }

    #[test]
    fn a_response_goes_to_where_the_request_came_from_at_the_port_of_its_via() {
        let caller = |via: &str| KeptCaller {
            invite: format!("INVITE sip:a@b SIP/2.0\r\nVia: {via}\r\nCall-ID: one\r\n\r\n"),
            call_id: "one".to_owned(),
            source: ([203, 0, 113, 7], 40_001).into(),
            port: 4_000,
            offers: Vec::new(),
            carrier: Carrier::Tcp,
        };
        let place = |via: &str, transport| {
            sent_by(&caller(via), door(transport)).map(|place| (place.address.to_string(), place.name))
        };
        let told = |address: &str, name: &str| Some((address.to_owned(), name.to_owned()));
        let via = "SIP/2.0/TCP 192.168.1.5:5070;branch=z9;rport=40001;received=203.0.113.7";
        assert_eq!(place(via, Transport::Tcp), told("203.0.113.7:5070", "192.168.1.5"));
        let via = "SIP/2.0/TLS sip.example.org;branch=z9, SIP/2.0/UDP 10.0.0.1:5099";
        assert_eq!(place(via, Transport::Tls), told("203.0.113.7:5061", "sip.example.org"));
        assert_eq!(
            place("SIP/2.0/TCP [2001:db8::1]:5062", Transport::Tcp),
            told("203.0.113.7:5062", "2001:db8::1")
        );
        for odd in ["SIP/2.0/TCP", "SIP/2.0/TCP a:b", "SIP/2.0/TCP [::1", ""] {
            assert_eq!(place(odd, Transport::Tcp), None, "{odd}");
        }
    }

    #[test]
    fn a_party_is_also_found_where_it_said_it_is() {
        let place = |uri: &str| {
            let invite = KeptInvite {
                call_id: "one".to_owned(),
                invite: format!("INVITE {uri} SIP/2.0\r\nCall-ID: one"),
                to: ([10, 0, 0, 9], 40_002).into(),
                carrier: Carrier::Tcp,
            };
            request_uri(&invite, door(Transport::Tcp)).map(|place| place.address.to_string())
        };
        assert_eq!(place("sip:101@10.0.0.9:5070;transport=tcp").as_deref(), Some("10.0.0.9:5070"));
        assert_eq!(place("sip:10.0.0.9").as_deref(), Some("10.0.0.9:5060"));
        assert_eq!(place("sips:101@[2001:db8::1];transport=tls").as_deref(), Some("[2001:db8::1]:5060"));
        assert_eq!(place("sip:101@phone.example.org"), None, "names are not looked up");
    }
}
