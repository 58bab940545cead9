//! A call comes in: who calls, whom, and with what audio.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Method, Request, StatusCode, Transport};
use rsipstack::transaction::Transaction;
use rsipstack::transport::SipConnection;

use crate::counters::Counted;
use crate::line::{EndCause, LegId, LineEvent};
use crate::masked::Masked;
use crate::media::codec::Codec;
use crate::media::command::MediaCommand;
use crate::media::sdp::{self, RemoteAudio};
use crate::media::srtp::key::Key;
use crate::sip::exchange::{Exchange, reply};
use crate::sip::grammar::unescape;
use crate::sip::kept::{KeptCaller, KeptGround, KeptLeg};
use crate::sip::leg::{Ground, Leg, SipLine, Way};
use crate::sip::renewal::asked_by;
use crate::sip::session::Agreed;
use crate::sip::spending::Charge;
use crate::sip::trunk::{Admission, admit, rings_at};
use crate::trace::Carrier;

/// A caller let in.
struct Caller {
    trunk: String,
    number: String,
    display: String,
    dialled: String,
    call_id: String,
    remote: Option<RemoteAudio>,
    session: Agreed,
    offers: Arc<[Codec]>,
}

/// What of a caller a leg needs.
struct Described<'a> {
    to: &'a str,
    remote: Option<RemoteAudio>,
    session: Agreed,
    offers: Arc<[Codec]>,
}

impl Exchange {
    /// An INVITE that begins a call.
    pub(crate) fn incoming(&mut self, transaction: Transaction) {
        let Some(source) = source_of(&transaction) else {
            return reply(transaction, StatusCode::ServerInternalError, vec![]);
        };
        if let Some((leg, kept)) = self.replay(&transaction) {
            return self.offer_again(transaction, leg, &kept);
        }
        match self.screen(&transaction, source) {
            Ok(caller) => self.offer(transaction, caller, source),
            Err((status, headers)) => reply(transaction, status, headers),
        }
    }

    fn screen(
        &self,
        transaction: &Transaction,
        source: SocketAddr,
    ) -> Result<Caller, (StatusCode, Vec<Header>)> {
        let request = &transaction.original;
        let refuse = |status: StatusCode| (status, vec![]);
        let now = Instant::now();
        let shown = request.headers.iter().find_map(|header| match header {
            Header::ProxyAuthorization(value) => Some(value.value().to_owned()),
            Header::Authorization(value) => Some(value.value().to_owned()),
            _ => None,
        });
        let standing = self.trunks.standing().map(|(_, peer)| peer);
        let trunk = match admit(standing, source.ip(), shown.as_deref(), &self.digests, now) {
            Admission::Trunk(trunk) => trunk,
            Admission::Challenge { stale } => {
                let challenges = self.digests.challenges(stale, now);
                let headers = challenges.into_iter().map(|value| Header::ProxyAuthenticate(value.into()));
                return Err((StatusCode::ProxyAuthenticationRequired, headers.collect()));
            }
            Admission::WrongPassword => {
                self.counters.add(Counted::RefusedPassword);
                self.guard.strike(source.ip(), now);
                return Err(refuse(StatusCode::Forbidden));
            }
            Admission::Unknown => {
                self.counters.add(Counted::RefusedSource);
                // our own desk phones may try a call out; their house is not shut out for it
                if !self.registrar.lives_at(source.ip()) {
                    self.guard.strike(source.ip(), now);
                }
                return Err(refuse(StatusCode::Forbidden));
            }
        };
        let dialled = unescape(request.uri.user().unwrap_or_default());
        let Some(did) = rings_at(trunk, &dialled) else {
            self.counters.add(Counted::RefusedNumber);
            tracing::info!(trunk = %trunk.name, to = %Masked(&dialled), "call to a number that is not ours");
            return Err(refuse(StatusCode::NotFound));
        };
        let offers = self.spoken(&trunk.codecs);
        let remote = described(request, &offers, None)?;
        let session = asked_by(request).answer(self.settings.session).map_err(|least| {
            (StatusCode::SessionIntervalTooSmall, vec![Header::MinSE(least.to_string().into())])
        })?;
        let from = request.from_header().ok().and_then(|from| from.clone().typed().ok());
        let from = from.ok_or_else(|| refuse(StatusCode::BadRequest))?;
        Ok(Caller {
            trunk: trunk.name.clone(),
            number: unescape(from.uri.user().unwrap_or_default()).into_owned(),
            display: from.display_name.unwrap_or_default().trim_matches('"').replace("\\\"", "\""),
            dialled: did.to_owned(),
            call_id: request.call_id_header().map(|id| id.value().to_owned()).unwrap_or_default(),
            remote,
            session,
            offers,
        })
    }

    fn offer(&mut self, transaction: Transaction, caller: Caller, source: SocketAddr) {
        let socket = match self.ports.open() {
            Ok(socket) => socket,
            Err(error) => {
                tracing::error!(%error, "call turned away: no port for its audio");
                return reply(transaction, StatusCode::ServiceUnavailable, vec![]);
            }
        };
        let Ok(port) = socket.local_addr().map(|address| address.port()) else {
            return reply(transaction, StatusCode::ServiceUnavailable, vec![]);
        };
        let transport = transport_of(&transaction);
        let leg = LegId::fresh();
        let kept = KeptCaller {
            invite: transaction.original.to_string(),
            call_id: caller.call_id.clone(),
            source,
            port,
            offers: caller.offers.to_vec(),
            carrier: Carrier::of(transport),
        };
        let Caller { trunk, number: from, display, dialled: to, call_id, remote, session, offers } = caller;
        let audio = (port, MediaCommand::Open(leg, socket));
        if !self.admit_caller(transaction, leg, source, audio, Described { to: &to, remote, session, offers })
        {
            return;
        }
        let ground = KeptGround::Waiting(kept);
        self.ledger.keep(KeptLeg { leg: leg.0, label: String::new(), ground });
        self.counters.add(Counted::CallsOffered);
        tracing::info!(%leg, sip.call_id = %call_id, %trunk, from = %Masked(&from), "call comes in");
        let at = (self.settings.clock.0)();
        self.tell(LineEvent::Offered { leg, call_id, from, display, to, trunk, at });
    }

    /// A caller who waited when the process died waits on, under the same number and with the same port.
    fn offer_again(&mut self, transaction: Transaction, leg: LegId, kept: &KeptCaller) {
        let request = &transaction.original;
        let asked = asked_by(request).answer(self.settings.session);
        let to = unescape(request.uri.user().unwrap_or_default()).into_owned();
        let audio = self.audio_of(leg, kept.port).map(|audio| (kept.port, audio)).or_else(|_| {
            let socket = self.ports.open()?;
            Ok::<_, std::io::Error>((socket.local_addr()?.port(), MediaCommand::Open(leg, socket)))
        });
        let offers = self.spoken(&kept.offers);
        let remote = described(request, &offers, None);
        let (Ok(session), Ok(remote), Ok(audio)) = (asked, remote, audio) else {
            self.ledger.forget(leg);
            self.tell(LineEvent::Ended { leg, by_remote: false, cause: EndCause::Rejected(503) });
            return reply(transaction, StatusCode::ServiceUnavailable, vec![]);
        };
        let described = Described { to: &to, remote, session, offers };
        if !self.admit_caller(transaction, leg, kept.source, audio, described) {
            self.ledger.forget(leg);
            self.tell(LineEvent::Ended { leg, by_remote: false, cause: EndCause::Rejected(400) });
        }
    }

    /// Makes a leg of an INVITE; `false`: the stack does not take it, which was answered.
    fn admit_caller(
        &mut self,
        mut transaction: Transaction,
        leg: LegId,
        source: SocketAddr,
        (port, audio): (u16, MediaCommand),
        caller: Described,
    ) -> bool {
        let (states, contact) = (self.states.clone(), self.own_uri(caller.to));
        let dialog = match self.dialogs.get_or_create_server_invite(&transaction, states, None, Some(contact))
        {
            Ok(dialog) => dialog,
            Err(error) => {
                tracing::debug!(%error, "call cannot be taken");
                reply(transaction, StatusCode::BadRequest, vec![]);
                return false;
            }
        };
        self.own(leg, &dialog.id());
        let mut handler = dialog.clone();
        tokio::spawn(async move {
            if let Err(error) = handler.handle(&mut transaction).await {
                tracing::debug!(%leg, %error, "incoming call ended with an error");
            }
        });
        let line = SipLine {
            dialog,
            way: Way::In,
            local: SocketAddr::new(self.settings.advertised_ip(), port),
            signalling: Some(source.ip()),
            key: caller.remote.as_ref().and_then(|remote| remote.key).map(|_| Key::fresh()),
            offers: caller.offers,
            remote: None,
            version: 1,
            trunk: None,
            charge: Charge::default(),
            heard: true,
            desk: false,
            session: Some(caller.session),
            round: 0,
            changing: false,
            reliable: None,
            pressing: std::sync::Arc::default(),
            asked_transfer: false,
            transfers: 0,
        };
        let (ground, label) = (Ground::Dialog(line), String::new());
        self.legs.insert(leg, Leg { ground, answered: false, spare: VecDeque::new(), label });
        self.load.calls.fetch_add(1, Ordering::Relaxed);
        self.media.send(audio);
        if let Some(remote) = caller.remote {
            self.describe(leg, remote);
        }
        true
    }

    /// 200 with our audio.
    pub(crate) fn answer(&mut self, leg: LegId) {
        let Some(line) = self.waiting(leg) else { return };
        let body = line.description();
        let mut headers = vec![Header::ContentType("application/sdp".into())];
        headers.extend(line.session.map(Self::session_answer).unwrap_or_default());
        if let Err(error) = line.dialog.accept(Some(headers), Some(body)) {
            // the caller hung up in this very moment; its CANCEL tells the rest
            tracing::debug!(%leg, %error, "answer came too late");
        } else {
            // whoever dies before the ACK takes it up as answered
            self.keep(leg);
        }
    }

    /// A final refusal.
    pub(crate) fn reject(&mut self, leg: LegId, status: u16) {
        let Some(line) = self.waiting(leg) else { return };
        let status = if (400..700).contains(&status) { status } else { 603 };
        if let Err(error) = line.dialog.reject(Some(StatusCode::from(status)), None) {
            tracing::debug!(%leg, %error, "refusal was not sent");
        }
        self.dialogs.remove_dialog(&line.dialog.id());
        self.finish(leg, false, EndCause::Rejected(status));
    }

    /// A re-INVITE or UPDATE: the party's audio moves, or holds.
    pub(crate) fn updated(&mut self, leg: LegId, request: Request, handle: TransactionHandle) {
        let pending = self.yields(leg);
        let session = asked_by(&request).answer(self.settings.session).ok();
        let remote = match pending {
            Some(status) => Err((status, vec![])),
            None => {
                let line = self.line(leg);
                let now = line.as_ref().and_then(|line| line.remote.as_ref()).map(|remote| remote.codec);
                let offers = line.map(|line| line.offers.clone()).unwrap_or_default();
                let remote = described(&request, &offers, now);
                remote.and_then(|remote| self.keeps_secret(leg, remote))
            }
        };
        let answer = match remote {
            Err((status, _)) => Err(status),
            Ok(remote) => {
                if let Some(remote) = remote.clone() {
                    self.holds(leg, &remote);
                    self.describe(leg, remote);
                }
                let wants_offer = remote.is_none() && request.method == Method::Invite;
                match self.line(leg) {
                    None => Err(StatusCode::CallTransactionDoesNotExist),
                    Some(line) => {
                        line.version += 1;
                        let body = remote.map(|remote| line.answer(&remote));
                        Ok(body.or_else(|| wants_offer.then(|| line.offer())))
                    }
                }
            }
        };
        if let (Ok(_), Some(session)) = (&answer, session) {
            self.run_timer(leg, session);
        }
        if answer.is_ok() {
            self.keep(leg);
        }
        tokio::spawn(async move {
            match answer {
                Ok(body) => {
                    let mut headers = session.map(Self::session_answer).unwrap_or_default();
                    headers.extend(body.iter().map(|_| Header::ContentType("application/sdp".into())));
                    handle.respond(StatusCode::OK, Some(headers), body).await
                }
                Err(status) => handle.reply(status).await,
            }
        });
    }

    /// INFO: some phones tell their keys this way.
    pub(crate) fn info(&mut self, leg: LegId, request: &Request, handle: TransactionHandle) {
        let kind = request.header_value("Content-Type").unwrap_or_default().to_ascii_lowercase();
        let body = String::from_utf8_lossy(&request.body);
        let digit = match kind.as_str() {
            "application/dtmf-relay" => body
                .lines()
                .find_map(|line| line.trim().strip_prefix("Signal"))
                .and_then(|rest| rest.trim_start_matches([' ', '=']).chars().next()),
            "application/dtmf" => body.trim().chars().next(),
            _ => None,
        };
        if let Some(digit) = digit.filter(|d| d.is_ascii_digit() || "*#ABCD".contains(*d)) {
            self.tell(LineEvent::Dtmf { leg, digit });
        }
        tokio::spawn(async move { handle.reply(StatusCode::OK).await });
    }
}

/// The audio a request describes, in a codec of ours, of the one spoken till now if it can be; `None` if it has no body.
fn described(
    request: &Request,
    ours: &[Codec],
    now: Option<Codec>,
) -> Result<Option<RemoteAudio>, (StatusCode, Vec<Header>)> {
    if request.body.is_empty() {
        return Ok(None);
    }
    let kind = request.header_value("Content-Type").unwrap_or_default().to_ascii_lowercase();
    if !kind.starts_with("application/sdp") {
        let accept = Header::Accept("application/sdp".into());
        return Err((StatusCode::UnsupportedMediaType, vec![accept]));
    }
    sdp::read_offer(&request.body, ours, now).map(Some).map_err(|error| match error {
        sdp::SdpError::Unreadable(_) => (StatusCode::BadRequest, vec![]),
        sdp::SdpError::NoCommonAudio(_) | sdp::SdpError::NoCommonKey => {
            (StatusCode::NotAcceptableHere, vec![])
        }
    })
}

/// Where a request came from.
pub(crate) fn source_of(transaction: &Transaction) -> Option<SocketAddr> {
    match transaction.connection.as_ref()? {
        SipConnection::Udp(connection) => connection.get_remote_addr()?.get_socketaddr().ok(),
        SipConnection::Channel(connection) => connection.get_addr().get_socketaddr().ok(),
        _ => None,
    }
}

/// How a request came.
pub(crate) fn transport_of(transaction: &Transaction) -> Transport {
    match transaction.connection.as_ref() {
        Some(SipConnection::Channel(connection)) => connection.get_addr().r#type.unwrap_or_default(),
        _ => Transport::Udp,
    }
}
