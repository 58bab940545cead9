//! Desk phones register.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::typed::Contact;
use rsipstack::sip::{Header, Request, SipMessage, StatusCode, Transport};
use rsipstack::transaction::Transaction;

use crate::counters::Counted;
use crate::line::LineEvent;
use crate::sip::digest::Proof;
use crate::sip::exchange::{Exchange, reply};
use crate::sip::incoming::{source_of, transport_of};
use crate::sip::registrar::Binding;
use crate::trace::Carrier;

impl Exchange {
    /// REGISTER.
    pub(crate) fn register(&mut self, transaction: Transaction) {
        let Some(source) = source_of(&transaction) else {
            return reply(transaction, StatusCode::ServerInternalError, vec![]);
        };
        let now = Instant::now();
        let request = &transaction.original;
        let shown = request.authorization_header().map(|header| header.value().to_owned());
        let phones = &self.phones;
        let password_of =
            |user: &str| phones.iter().find(|phone| phone.user == user).map(|phone| phone.password.as_str());
        let user = match self.digests.verify(shown.as_deref(), "REGISTER", password_of, now) {
            Proof::Good(user) => user,
            Proof::Missing => return self.ask_password(transaction, false, now),
            Proof::Stale => return self.ask_password(transaction, true, now),
            Proof::Wrong => {
                self.counters.add(Counted::RefusedPassword);
                self.guard.strike(source.ip(), now);
                return reply(transaction, StatusCode::Forbidden, vec![]);
            }
        };
        let claimed = request.to_header().and_then(|to| to.uri()).ok();
        if claimed.and_then(|uri| uri.auth.map(|auth| auth.user)).as_deref() != Some(&user) {
            return reply(transaction, StatusCode::Forbidden, vec![]);
        }
        let transport = transport_of(&transaction);
        match self.bind(&user, request.clone(), (source, transport), now) {
            Ok(headers) => {
                self.keep_bindings();
                self.tell_what_is_withdrawn(&user, &transaction, (source, transport));
                reply(transaction, StatusCode::OK, headers);
            }
            Err((status, headers)) => reply(transaction, status, headers),
        }
    }

    /// A phone whose connection died with a former process has come back: what that one rang it for is over.
    fn tell_what_is_withdrawn(&self, user: &str, heard: &Transaction, at: (SocketAddr, Transport)) {
        let (source, transport) = at;
        if self.orphans.count() == 0 || transport == Transport::Udp {
            return;
        }
        let Some(connection) = heard.connection.clone() else { return };
        let named = |binding: &Binding| binding.contact.user().map(str::to_owned);
        let users: HashSet<String> = self.registrar.of(user).iter().filter_map(named).collect();
        let cancels = |name: &String| self.orphans.cancels_of(Carrier::of(transport), source, name);
        for cancel in users.iter().flat_map(cancels) {
            let Ok(message) = SipMessage::try_from(cancel.as_bytes()) else { continue };
            let connection = connection.clone();
            tokio::spawn(async move {
                if let Err(error) = connection.send(message, None).await {
                    tracing::debug!(%error, "an attempt was not withdrawn");
                }
            });
        }
    }

    fn ask_password(&self, transaction: Transaction, stale: bool, now: Instant) {
        let challenges = self.digests.challenges(stale, now);
        let headers = challenges.into_iter().map(|value| Header::WwwAuthenticate(value.into()));
        reply(transaction, StatusCode::Unauthorized, headers.collect());
    }

    fn bind(
        &mut self,
        user: &str,
        request: Request,
        (source, transport): (SocketAddr, Transport),
        now: Instant,
    ) -> Result<Vec<Header>, (StatusCode, Vec<Header>)> {
        let asked = request.expires_header().and_then(|expires| expires.value().trim().parse::<u64>().ok());
        let star = request.contact_headers().iter().any(|contact| contact.value().trim() == "*");
        if star {
            if asked != Some(0) {
                return Err((StatusCode::BadRequest, vec![]));
            }
            self.unbind(user, None);
            return Ok(self.bindings(user, now));
        }
        let contacts = request.typed_contact_headers().map_err(|_| (StatusCode::BadRequest, vec![]))?;
        let (least, most) = (self.settings.min_expires, self.settings.max_expires);
        let lifetime = |contact: &Contact| {
            let seconds = contact.expires().map(u64::from).or(asked).unwrap_or(most.as_secs());
            Duration::from_secs(seconds).min(most)
        };
        if contacts.iter().map(lifetime).any(|life| !life.is_zero() && life < least) {
            let least = Header::MinExpires(least.as_secs().max(1).to_string().into());
            return Err((StatusCode::IntervalTooBrief, vec![least]));
        }
        for contact in contacts {
            let life = lifetime(&contact);
            if life.is_zero() {
                self.unbind(user, Some(&contact));
                continue;
            }
            let binding = Binding { contact: contact.uri, source, transport, expires: now + life };
            if self.registrar.bind(user, binding) {
                tracing::info!(phone.user = %user, %source, "phone is registered");
                self.tell(LineEvent::PhoneRegistered { user: user.to_owned(), online: true });
            }
        }
        Ok(self.bindings(user, now))
    }

    pub(crate) fn unbind(&mut self, user: &str, contact: Option<&Contact>) {
        if self.registrar.unbind(user, contact.map(|contact| &contact.uri)) {
            tracing::info!(phone.user = %user, "phone has left");
            self.tell(LineEvent::PhoneRegistered { user: user.to_owned(), online: false });
        }
    }

    fn bindings(&self, user: &str, now: Instant) -> Vec<Header> {
        let contact = |binding: &Binding| {
            let seconds = binding.expires.saturating_duration_since(now).as_secs().max(1);
            Header::Contact(format!("<{}>;expires={seconds}", binding.contact).into())
        };
        self.registrar.of(user).iter().map(contact).collect()
    }
}
