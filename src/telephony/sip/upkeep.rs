//! What is done for trunks between calls: registering, asking whether they live.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::dialog::registration::Registration;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::typed::{Contact, From, To};
use rsipstack::sip::{Method, SipMessage, Uri};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::make_tag;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;
use tokio::task::JoinSet;

use crate::line::LineEvent;
use crate::settings::{PhoneAccount, TrunkPeer};
use crate::sip::dialling::credential;
use crate::sip::exchange::{Exchange, Notice};
use crate::sip::registration::{Outcome, Schedule, keep};
use crate::sip::trunks::Adopted;

/// What is asked of a registrar.
const WANTED: Duration = Duration::from_secs(600);

/// How long a trunk may think about whether it lives.
const UNANSWERED: Duration = Duration::from_secs(4);

impl Exchange {
    /// Starts what trunks need.
    pub(crate) fn keep_trunks(&mut self) {
        let trunks: Vec<usize> = self.trunks.standing().map(|(trunk, _)| trunk).collect();
        trunks.into_iter().for_each(|trunk| self.keep_trunk(trunk));
    }

    /// Starts what a trunk needs, instead of what it needed before.
    fn keep_trunk(&mut self, trunk: usize) {
        self.upkeep.remove(&trunk);
        let round = self.trunks.round(trunk);
        let Some(peer) = self.trunks.peer(trunk) else { return };
        let Some(address) = peer.outbound else { return };
        let mut tasks = JoinSet::new();
        if peer.registers {
            let notices = self.notices.clone();
            let registration = Arc::new(tokio::sync::Mutex::new(self.registration(peer)));
            let registrar = registrar(address);
            let told = move |outcome| {
                let granted = matches!(outcome, Outcome::Granted(_));
                // the exchange is gone only while the switchboard closes
                let _ = notices.send(Notice::TrunkRegistered { trunk, round, granted });
            };
            let attempt = move |wanted| {
                let (registration, registrar) = (registration.clone(), registrar.clone());
                async move { register(&mut *registration.lock().await, registrar, wanted).await }
            };
            tasks.spawn(keep(Schedule::new(WANTED), attempt, told, rand::random::<f64>));
        }
        if !peer.ask_every.is_zero() {
            let (notices, endpoint) = (self.notices.clone(), self.dialogs.endpoint.clone());
            let (every, own) = (peer.ask_every, self.own_uri(""));
            tasks.spawn(async move {
                loop {
                    let asked = ask(&endpoint, &own, address);
                    let answered = tokio::time::timeout(every.min(UNANSWERED), asked).await == Ok(true);
                    // the exchange is gone only while the switchboard closes
                    let _ = notices.send(Notice::TrunkAnswered { trunk, round, answered });
                    tokio::time::sleep(every).await;
                }
            });
        }
        self.upkeep.insert(trunk, tasks);
    }

    /// Other trunks and phones than before. Calls that stand by those that are gone go on; their registrations end.
    pub(crate) fn adopt(&mut self, trunks: Vec<TrunkPeer>, phones: Vec<PhoneAccount>) {
        let was_up: Vec<usize> = self
            .trunks
            .standing()
            .map(|(trunk, _)| trunk)
            .filter(|trunk| self.trunks.is_up(*trunk))
            .collect();
        for Adopted { trunk, before, stands } in self.trunks.adopt(trunks, Instant::now()) {
            self.upkeep.remove(&trunk);
            let left = before.filter(|peer| peer.registers && was_up.contains(&trunk));
            if let Some((mut registration, address)) =
                left.and_then(|peer| Some((self.registration(&peer), peer.outbound?)))
            {
                tokio::spawn(async move {
                    register(&mut registration, registrar(address), Duration::ZERO).await;
                });
            }
            let name = self.trunks.peer(trunk).map(|peer| peer.name.clone()).unwrap_or_default();
            if stands {
                tracing::info!(trunk = %name, "trunk is adopted");
                self.tell(LineEvent::Trunk { name, up: self.trunks.is_up(trunk) });
                self.keep_trunk(trunk);
            } else {
                tracing::info!(trunk = %name, "trunk is gone");
                self.tell(LineEvent::TrunkGone { name });
            }
        }
        self.guard.knows(self.trunks.standing().map(|(_, peer)| peer));
        let before = std::mem::replace(&mut self.phones, phones);
        let stays = |old: &PhoneAccount| {
            self.phones.iter().any(|new| (&new.user, &new.password) == (&old.user, &old.password))
        };
        let left: Vec<String> = before.into_iter().filter(|old| !stays(old)).map(|old| old.user).collect();
        left.iter().for_each(|user| self.unbind(user, None));
        self.keep_bindings();
    }

    fn registration(&self, peer: &TrunkPeer) -> Registration {
        let mut registration = Registration::new(self.dialogs.endpoint.clone(), credential(peer));
        let uri = self.own_uri(peer.user.as_deref().unwrap_or_default());
        registration.contact = Some(Contact { display_name: None, uri, params: Vec::new() });
        registration
    }

    /// Takes our registrations back.
    pub(crate) async fn leave_trunks(&mut self) {
        self.upkeep.clear();
        let mut farewells = JoinSet::new();
        for (trunk, peer) in self.trunks.standing() {
            let Some(address) = peer.outbound.filter(|_| peer.registers && self.trunks.is_up(trunk)) else {
                continue;
            };
            let mut registration = self.registration(peer);
            farewells.spawn(async move {
                register(&mut registration, registrar(address), Duration::ZERO).await;
            });
        }
        // a registrar that does not answer does not keep the house open
        let _ = tokio::time::timeout(Duration::from_secs(1), farewells.join_all()).await;
    }

    /// A trunk came or went.
    pub(crate) fn trunk_changed(&mut self, trunk: usize, changed: Option<bool>) {
        let (Some(up), Some(peer)) = (changed, self.trunks.peer(trunk)) else { return };
        let name = peer.name.clone();
        tracing::info!(trunk = %name, up, "trunk");
        self.tell(LineEvent::Trunk { name, up });
    }
}

fn registrar(address: SocketAddr) -> Uri {
    Uri { scheme: Some(rsipstack::sip::Scheme::Sip), host_with_port: address.into(), ..Uri::default() }
}

async fn register(registration: &mut Registration, registrar: Uri, wanted: Duration) -> Outcome {
    let seconds = u32::try_from(wanted.as_secs()).unwrap_or(u32::MAX);
    match registration.register(registrar.clone(), Some(seconds)).await {
        Ok(response) => match response.status_code.code() {
            200..=299 => Outcome::Granted(Duration::from_secs(u64::from(registration.expires()))),
            423 => {
                let least = response.min_expires_header().and_then(|least| least.value().trim().parse().ok());
                least.map_or(Outcome::Refused(423), |least| Outcome::TooBrief(Duration::from_secs(least)))
            }
            status => Outcome::Refused(status),
        },
        Err(error) => {
            tracing::debug!(%registrar, %error, "registrar did not answer");
            Outcome::Silence
        }
    }
}

/// OPTIONS: whether anybody is there and willing.
async fn ask(endpoint: &EndpointInnerRef, own: &Uri, address: SocketAddr) -> bool {
    match question(endpoint, own, address).await {
        Ok(status) => !matches!(status, None | Some(408 | 503)),
        Err(error) => {
            tracing::debug!(%address, %error, "trunk was not asked");
            false
        }
    }
}

async fn question(
    endpoint: &EndpointInnerRef,
    own: &Uri,
    address: SocketAddr,
) -> rsipstack::Result<Option<u16>> {
    let via = endpoint.get_via(None, None)?;
    let from = From { display_name: None, uri: own.clone(), params: vec![] }.with_tag(make_tag());
    let to = To { display_name: None, uri: registrar(address), params: vec![] };
    let request = endpoint.make_request(Method::Options, registrar(address), via, from, to, 1, None);
    let key = TransactionKey::from_request(&request, TransactionRole::Client)?;
    let mut transaction = Transaction::new_client(key, request, endpoint.clone(), None);
    transaction.destination = Some(SipAddr::from(address));
    transaction.send().await?;
    while let Some(message) = transaction.receive().await {
        if let SipMessage::Response(response) = message
            && response.status_code.code() >= 200
        {
            return Ok(Some(response.status_code.code()));
        }
    }
    Ok(None)
}
