//! A call goes out: to a desk phone, to the telephone network, to an operator's browser.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::sip::{Response, Transport};
use rsipstack::transport::SipAddr;

use crate::counters::Counted;
use crate::line::{DialTarget, LegId, LineEvent};
use crate::masked::Masked;
use crate::media::command::MediaCommand;
use crate::media::sdp::{self, Word};
use crate::media::srtp::key::Key;
use crate::settings::TrunkPeer;
use crate::sip::exchange::{Exchange, Notice};
use crate::sip::leg::{Ground, Leg, Route, SipLine, Way, failure};
use crate::sip::number::Number;
use crate::sip::spending::Charge;
use crate::sip::trunks::Refused;

/// How long a trunk may say nothing at all while another could be tried.
const UNHEARD: Duration = Duration::from_secs(4);

impl Exchange {
    /// Begins a leg to somebody.
    pub(crate) fn dial(
        &mut self,
        leg: LegId,
        target: DialTarget,
        from_number: &str,
        display: &str,
        (label, beside): (String, Option<LegId>),
    ) {
        self.counters.add(Counted::LegsDialled);
        if self.legs.contains_key(&leg) {
            return self.counters.add(Counted::CommandsStale);
        }
        if let DialTarget::Browser(session) = target {
            let spare = VecDeque::new();
            let ground = Ground::Browser(session.clone());
            self.legs.insert(leg, Leg { ground, answered: false, spare, label });
            self.keep(leg);
            return self.media.send(MediaCommand::Attach(leg, session));
        }
        let begun = self
            .routes(&target, from_number, display, beside)
            .and_then(|routes| self.begin(leg, routes, label));
        if let Err((status, reason)) = begun {
            self.tell(LineEvent::Failed { leg, status, reason });
        }
    }

    fn routes(
        &mut self,
        target: &DialTarget,
        from_number: &str,
        display: &str,
        beside: Option<LegId>,
    ) -> Result<VecDeque<Route>, Refused> {
        let display = display.replace(['"', '\\', '\r', '\n'], "");
        match target {
            DialTarget::Phone(user) => {
                let binding = self.registrar.of(user).last();
                let binding = binding.ok_or_else(|| (480, format!("phone `{user}` is not registered")))?;
                let account = self.phones.iter().find(|phone| phone.user == *user);
                let own = account.map(|phone| phone.codecs.as_slice()).unwrap_or_default();
                Ok(VecDeque::from([Route {
                    callee: binding.contact.clone(),
                    destination: binding.source,
                    transport: binding.transport,
                    credential: None,
                    desk: true,
                    secure: account.is_some_and(|phone| phone.secure_audio),
                    trunk: None,
                    per_minute: 0,
                    shown: from_number.to_owned(),
                    display,
                    offers: self.offers(own, beside),
                }]))
            }
            DialTarget::Trunk { name, number } => {
                let number = Number::read(number);
                let plan = self.trunks.plan(name, &number, Instant::now(), rand::random::<f64>)?;
                let open = self.affordable(plan, &number)?;
                let by_trunk = |way| self.by_trunk(way, &number, (from_number, &display), beside);
                open.into_iter().map(by_trunk).collect()
            }
            DialTarget::Browser(_) => Err((500, "a browser has no route".to_owned())),
        }
    }

    fn by_trunk(
        &self,
        (trunk, per_minute): (usize, u64),
        number: &Number,
        (from_number, display): (&str, &str),
        beside: Option<LegId>,
    ) -> Result<Route, Refused> {
        let shown = self.trunks.shown(trunk, from_number)?;
        let peer = self.trunks.peer(trunk);
        let known = peer.and_then(|peer| Some((peer, peer.outbound?)));
        let (peer, destination) = known.ok_or_else(|| (403, "trunk takes no calls out".to_owned()))?;
        let mut callee = self.own_uri(&dialable(&number.written(peer.form)));
        callee.host_with_port = destination.into();
        let credential = credential(peer);
        let offers = self.offers(&peer.codecs, beside);
        let display = display.to_owned();
        let transport = Transport::Udp;
        Ok(Route {
            callee,
            destination,
            transport,
            credential,
            desk: false,
            secure: false,
            trunk: Some(trunk),
            per_minute,
            shown,
            display,
            offers,
        })
    }

    /// Opens the audio and tries the first way.
    fn begin(&mut self, leg: LegId, mut routes: VecDeque<Route>, label: String) -> Result<(), Refused> {
        let socket = self.ports.open().map_err(|error| (503, error.to_string()))?;
        let port = socket.local_addr().map_err(|error| (503, error.to_string()))?.port();
        let local = SocketAddr::new(self.settings.advertised_ip(), port);
        let first = routes.pop_front().ok_or_else(|| (500, "there is no way to dial".to_owned()))?;
        let line = self.invite(leg, first, local, !routes.is_empty())?;
        let ground = Ground::Dialog(line);
        self.legs.insert(leg, Leg { ground, answered: false, spare: routes, label });
        self.media.send(MediaCommand::Open(leg, socket));
        Ok(())
    }

    fn invite(
        &mut self,
        leg: LegId,
        route: Route,
        local: SocketAddr,
        has_spare: bool,
    ) -> Result<SipLine, Refused> {
        let caller = self.own_uri(&dialable(&route.shown));
        tracing::info!(%leg, from = %Masked(&route.shown), trunk = ?route.trunk, "call goes out");
        let key = route.secure.then(Key::fresh);
        let option = InviteOption {
            caller_display_name: (!route.display.is_empty()).then_some(route.display),
            contact: caller.clone(),
            caller,
            callee: route.callee,
            destination: Some(SipAddr { r#type: Some(route.transport), addr: route.destination.into() }),
            offer: Some(sdp::describe(local, 1, key.as_ref(), Word::Offer(&route.offers))),
            credential: route.credential,
            headers: Some(self.session_wishes()),
            support_prack: true,
            ..InviteOption::default()
        };
        let asked = self.dialogs.do_invite_async(option, self.states.clone());
        let (dialog, result) = asked.map_err(|error| (500, error.to_string()))?;
        self.own(leg, &dialog.id());
        let notices = self.notices.clone();
        let call_id = dialog.id().call_id;
        let attempt = call_id.clone();
        self.tell(LineEvent::Dialled { leg, call_id: call_id.clone() });
        tokio::spawn(async move {
            let response = match result.await {
                Ok(Ok((_, response))) => response,
                Ok(Err(error)) => {
                    tracing::debug!(%leg, %error, "dialling failed");
                    None
                }
                Err(_) => None,
            };
            // the exchange is gone only while the switchboard closes
            let _ = notices.send(Notice::Dialled(leg, attempt, response));
        });
        if has_spare {
            let notices = self.notices.clone();
            tokio::spawn(async move {
                tokio::time::sleep(UNHEARD).await;
                // the exchange is gone only while the switchboard closes
                let _ = notices.send(Notice::Unheard(leg, call_id));
            });
        }
        if let Some(trunk) = route.trunk {
            self.trunks.begin(trunk);
        }
        let signalling = Some(route.destination.ip());
        Ok(SipLine {
            dialog,
            way: Way::Out,
            local,
            signalling,
            key,
            offers: route.offers,
            remote: None,
            version: 1,
            trunk: route.trunk,
            charge: Charge { per_minute: route.per_minute, since: None },
            heard: false,
            desk: route.desk,
            session: None,
            round: 0,
            changing: false,
            reliable: None,
            pressing: std::sync::Arc::default(),
            asked_transfer: false,
            transfers: 0,
        })
    }

    /// Whether this attempt is the one the leg stands on.
    fn is_current(&mut self, leg: LegId, attempt: &str) -> bool {
        self.line(leg).is_some_and(|line| line.dialog.id().call_id == attempt)
    }

    /// Nothing was heard of an attempt in good time.
    pub(crate) fn unheard(&mut self, leg: LegId, attempt: &str) {
        let current = self.is_current(leg, attempt);
        let Some(line) = self.line(leg).filter(|line| current && !line.heard) else { return };
        let dialog = line.dialog.clone();
        if self.try_next(leg) {
            tokio::spawn(async move {
                if let Err(error) = dialog.cancel().await {
                    tracing::debug!(%leg, %error, "silent attempt was not cancelled");
                }
            });
        }
    }

    /// Tries the next way to the same party, if there is one.
    fn try_next(&mut self, leg: LegId) -> bool {
        loop {
            let Some(Leg { ground: Ground::Dialog(line), answered: false, spare, .. }) =
                self.legs.get_mut(&leg)
            else {
                return false;
            };
            let local = line.local;
            let (Some(route), trunk) = (spare.pop_front(), line.trunk.take()) else {
                return false;
            };
            let has_spare = !spare.is_empty();
            if let Some(trunk) = trunk {
                self.trunks.end(trunk);
            }
            self.counters.add(Counted::TrunkFailovers);
            match self.invite(leg, route, local, has_spare) {
                Ok(next) => {
                    if let Some(line) = self.line(leg) {
                        *line = next;
                    }
                    return true;
                }
                Err((status, reason)) => tracing::warn!(%leg, status, reason, "trunk could not be tried"),
            }
        }
    }

    /// 180 or 183 of a dialled party.
    pub(crate) fn early(&mut self, leg: LegId, response: &Response) {
        let Some(line) = self.line(leg) else { return };
        if line.way == Way::In {
            return; // our own 180
        }
        line.heard = true;
        let said = sdp::read_answer(&response.body, &line.offers);
        let audible = said.map(|remote| self.describe(leg, remote)).is_ok();
        self.tell(LineEvent::Progress { leg });
        if audible {
            self.tell(LineEvent::EarlyAudio { leg });
        }
    }

    /// Both sides agree that the call stands.
    pub(crate) fn confirmed(&mut self, leg: LegId, response: &Response) {
        let answered = self.legs.get(&leg).is_none_or(|leg| leg.answered);
        let Some(line) = self.line(leg).filter(|_| !answered) else { return };
        let (way, known, offers) = (line.way, line.remote.is_some(), line.offers.clone());
        let body = match way {
            Way::Out => Some(response.body.clone()),
            // the caller left the offer to us: its answer is in the ACK
            Way::In if !known => line.dialog.last_remote_ack().map(|ack| ack.body),
            Way::In => None,
        };
        match body.as_deref().map(|body| sdp::read_answer(body, &offers)) {
            Some(Ok(remote)) => self.describe(leg, remote),
            Some(Err(error)) if !known => {
                tracing::warn!(%leg, %error, "call stands without audio");
            }
            _ => {}
        }
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.answered = true;
        }
        if way == Way::Out {
            self.charge(leg);
            self.session_agreed(leg, response);
        } else if let Some(agreed) = self.line(leg).and_then(|line| line.session) {
            self.run_timer(leg, agreed);
        }
        self.keep(leg);
        if let Some(line) = self.line(leg) {
            let call_id = line.dialog.id().call_id;
            self.ledger.reached(&call_id);
        }
        self.tell(LineEvent::Answered { leg });
    }

    /// The final answer to our INVITE; success is told by [`Exchange::confirmed`].
    pub(crate) fn dialled(&mut self, leg: LegId, attempt: &str, response: Option<Response>) {
        let success = response.as_ref().is_some_and(|r| (200..300).contains(&r.status_code.code()));
        if !success {
            self.ledger.reached(attempt);
        }
        let standing = self.legs.get(&leg).is_some_and(|leg| leg.answered);
        if success || standing || !self.is_current(leg, attempt) {
            return;
        }
        let (status, reason) = failure(response.as_ref());
        if is_the_trunks_fault(status) && self.try_next(leg) {
            return;
        }
        if let Some(gone) = self.legs.remove(&leg) {
            self.forget(leg, &gone);
            self.tell(LineEvent::Failed { leg, status, reason });
        }
    }
}

/// Whether another trunk may do better: the party itself said nothing.
fn is_the_trunks_fault(status: u16) -> bool {
    matches!(status, 401 | 403 | 407 | 408 | 500..=599)
}

/// Our name and password at a trunk.
pub(crate) fn credential(peer: &TrunkPeer) -> Option<Credential> {
    let password = peer.password.clone().unwrap_or_default();
    peer.user.clone().map(|username| Credential { username, password, realm: None, auth_username: None })
}

/// A number as a URI may carry it.
pub(crate) fn dialable(number: &str) -> String {
    number.chars().filter(|c| c.is_ascii_alphanumeric() || "+*#-_.".contains(*c)).collect()
}
