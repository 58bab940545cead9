//! REFER (RFC 3515) and Replaces (RFC 3891): a phone asks for a transfer, or is asked to call elsewhere.

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Request, StatusCode};

use crate::counters::Counted;
use crate::line::{LegId, LineEvent};
use crate::media::command::MediaCommand;
use crate::media::sdp::RemoteAudio;
use crate::sip::dialling::dialable;
use crate::sip::exchange::{Exchange, Notice};
use crate::sip::grammar::unescape;
use crate::sip::leg::{Ground, Leg};

/// Where a REFER points.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ReferTarget {
    user: String,
    replaces: Option<Replaced>,
}

/// The call a Replaces names, as its owner's side wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Replaced {
    call_id: String,
    to_tag: String,
    from_tag: String,
}

impl ReferTarget {
    /// Reads `<sip:102@host?Replaces=…>` or a bare URI.
    fn read(value: &str) -> Option<Self> {
        let uri = value.split_once('<').map_or(value, |(_, rest)| rest.split('>').next().unwrap_or(rest));
        let (address, headers) =
            uri.split_once('?').map_or((uri, ""), |(address, headers)| (address, headers));
        let (scheme, rest) = address.trim().split_once(':')?;
        let user = match scheme.to_ascii_lowercase().as_str() {
            "sip" | "sips" => rest.split_once('@')?.0,
            "tel" => rest,
            _ => return None,
        };
        let user = user.split(';').next().unwrap_or_default();
        let replaces = headers.split('&').find_map(|header| {
            let (name, value) = header.split_once('=')?;
            name.eq_ignore_ascii_case("replaces").then(|| unescape(value).into_owned())
        });
        let replaces = match replaces {
            Some(value) => Some(Replaced::read(&value)?),
            None => None,
        };
        let user = unescape(user).into_owned();
        (!user.is_empty()).then_some(Self { user, replaces })
    }
}

impl Replaced {
    fn read(value: &str) -> Option<Self> {
        let mut parts = value.split(';');
        let call_id = parts.next()?.trim().to_owned();
        let (mut to_tag, mut from_tag) = (None, None);
        for (name, tag) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "to-tag" => to_tag = Some(tag.trim().to_owned()),
                "from-tag" => from_tag = Some(tag.trim().to_owned()),
                _ => {}
            }
        }
        Some(Self { call_id, to_tag: to_tag?, from_tag: from_tag? })
    }

    /// Whether it names this dialog of ours: `to-tag` is the tag of whoever gets the Replaces, and that is us.
    fn names(&self, id: &DialogId) -> bool {
        self.call_id == id.call_id && self.to_tag == id.local_tag && self.from_tag == id.remote_tag
    }
}

impl Exchange {
    /// REFER from a party.
    pub(crate) fn transfer_asked(&mut self, leg: LegId, request: &Request, handle: TransactionHandle) {
        let answer = self.read_refer(leg, request);
        let dialog = self.line(leg).map(|line| line.dialog.clone());
        let (status, event) = match answer {
            Ok(event) => (StatusCode::Accepted, Some(event)),
            Err(status) => (status, None),
        };
        let accepted = event.is_some();
        tokio::spawn(async move {
            // a dropped transaction tells itself
            let _ = handle.respond(status, None, None).await;
            if let Some(dialog) = dialog.filter(|_| accepted) {
                notify(&dialog, 100).await;
            }
        });
        if let Some(event) = event {
            if let Some(line) = self.line(leg) {
                line.asked_transfer = true;
            }
            self.tell(event);
        }
    }

    fn read_refer(&mut self, leg: LegId, request: &Request) -> Result<LineEvent, StatusCode> {
        let answered = self.legs.get(&leg).is_some_and(|leg| leg.answered);
        // a caller from outside could have us dial wherever it likes, at our cost
        let may = self.line(leg).is_some_and(|line| line.desk && !line.asked_transfer);
        if !answered || !may {
            self.counters.add(Counted::RefusedTransfer);
            return Err(StatusCode::Forbidden);
        }
        let target = request.header_value("Refer-To").as_deref().and_then(ReferTarget::read);
        let ReferTarget { user, replaces } = target.ok_or(StatusCode::BadRequest)?;
        let consulted = match replaces {
            None => None,
            Some(replaced) => {
                let other = self.legs.iter().find(|(id, known)| {
                    **id != leg
                        && matches!(&known.ground, Ground::Dialog(line) if replaced.names(&line.dialog.id()))
                });
                Some(*other.ok_or(StatusCode::CallTransactionDoesNotExist)?.0)
            }
        };
        Ok(LineEvent::TransferAsked { leg, to: user, consulted })
    }

    /// Tells a phone what became of its wish.
    pub(crate) fn transferred(&mut self, leg: LegId, status: u16) {
        let waiting = self.line(leg).filter(|line| line.asked_transfer);
        let Some(line) = waiting else { return self.counters.add(Counted::CommandsStale) };
        line.asked_transfer = status < 200;
        let dialog = line.dialog.clone();
        tokio::spawn(async move { notify(&dialog, status).await });
    }

    /// Asks a party's phone to call elsewhere.
    pub(crate) fn refer(&mut self, leg: LegId, to: &str) {
        let own = self.own_uri("");
        let line = match self.legs.get(&leg) {
            Some(Leg { ground: Ground::Dialog(line), answered: true, .. }) => line.clone(),
            _ => return self.counters.add(Counted::CommandsStale),
        };
        let mut target = own.clone();
        target.auth = self.own_uri(&dialable(to)).auth;
        let headers = vec![Header::ReferredBy(format!("<{own}>").into())];
        let notices = self.notices.clone();
        tokio::spawn(async move {
            let status = match line.dialog.refer(format!("<{target}>"), Some(headers), None).await {
                // the steps after 202 come as NOTIFY
                Ok(Some(response)) if response.status_code.code() < 300 => return,
                Ok(Some(response)) => response.status_code.code(),
                Ok(None) => 408,
                Err(error) => {
                    tracing::debug!(%leg, %error, "phone was not asked to call elsewhere");
                    500
                }
            };
            // the exchange is gone only while the switchboard closes
            let _ = notices.send(Notice::Referred(leg, status));
        });
    }

    /// NOTIFY: how far the phone is that was asked to call elsewhere.
    pub(crate) fn notified(&mut self, leg: LegId, request: &Request, handle: TransactionHandle) {
        let event = request.header_value("Event").or_else(|| request.header_value("o")).unwrap_or_default();
        let of_refer = event.trim().to_ascii_lowercase().starts_with("refer");
        let status = String::from_utf8_lossy(&request.body)
            .strip_prefix("SIP/2.0 ")
            .and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
        let answer = if of_refer { StatusCode::OK } else { StatusCode::BadEvent };
        if let Some(status) = status.filter(|_| of_refer) {
            self.tell(LineEvent::Referred { leg, status });
        }
        tokio::spawn(async move { handle.reply(answer).await });
    }

    /// A phone's new description puts the other side on hold, or takes it off.
    pub(crate) fn holds(&mut self, leg: LegId, remote: &RemoteAudio) {
        let Some(line) = self.line(leg) else { return };
        let on = |audio: &RemoteAudio| !audio.listens || audio.address.is_none();
        let before = line.remote.as_ref().is_some_and(on);
        let now = on(remote);
        if before == now {
            return;
        }
        let sound = self.hold_sound();
        self.media.send(if now {
            MediaCommand::HoldOther(leg, sound)
        } else {
            MediaCommand::ResumeOther(leg)
        });
        self.tell(LineEvent::PartyHolds { leg, on: now });
    }
}

/// NOTIFY with a piece of SIP (RFC 3420).
async fn notify(dialog: &InviteDialog, status: u16) {
    let over = status >= 200;
    let state = if over { "terminated;reason=noresource" } else { "active;expires=60" };
    let headers = vec![
        Header::Event("refer".into()),
        Header::SubscriptionState(state.into()),
        Header::ContentType("message/sipfrag;version=2.0".into()),
    ];
    let body = format!("SIP/2.0 {status} {}\r\n", StatusCode::from(status).text());
    if let Err(error) = dialog.notify(Some(headers), Some(body.into_bytes())).await {
        tracing::debug!(%error, "phone was not told of its transfer");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_where_phones_point() {
        let blind = |value: &str| ReferTarget::read(value).map(|target| target.user);
        assert_eq!(blind("<sip:102@10.0.0.1>"), Some("102".to_owned()));
        assert_eq!(blind("\"Boss\" <sip:%2B7912;phone=1@h:5060;user=phone>"), Some("+7912".to_owned()));
        assert_eq!(blind("tel:+74951234567"), Some("+74951234567".to_owned()));
        assert_eq!(blind("<http://example.org/>"), None);
        assert_eq!(blind("<sip:host-only>"), None);
        assert_eq!(blind("<sip:102@h?Replaces=broken>"), None, "a torn Replaces is no blind transfer");
    }

    #[test]
    fn reads_an_attended_transfer() {
        let value = "<sip:102@h?Replaces=12345%40118.3.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994&Other=1>";
        let replaces = ReferTarget::read(value).and_then(|target| target.replaces).unwrap();
        let id = |local: &str, remote: &str| DialogId {
            call_id: "12345@118.3.3".to_owned(),
            local_tag: local.to_owned(),
            remote_tag: remote.to_owned(),
        };
        assert!(replaces.names(&id("12345", "5FFE-3994")));
        assert!(!replaces.names(&id("5FFE-3994", "12345")));
    }
}
