//! Provisional answers that must arrive (RFC 3262): repeated until the caller's PRACK.

use std::time::Duration;

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::Header;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::transaction::Transaction;

use crate::line::LegId;
use crate::sip::exchange::{Exchange, Notice};

/// The first interval of repetition.
const T1: Duration = Duration::from_millis(500);
/// A caller that did not acknowledge in this time is turned away.
const PATIENCE: Duration = Duration::from_secs(32);

/// The provisional answer of a leg that waits for its PRACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reliable {
    /// Its number.
    pub number: u32,
    /// What it says besides.
    pub body: Option<Vec<u8>>,
    /// Whether it was acknowledged.
    pub acknowledged: bool,
}

/// The number a PRACK acknowledges: `RAck: 7 1 INVITE`.
fn acknowledged(value: &str) -> Option<u32> {
    let mut words = value.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let _invite: u32 = words.next()?.parse().ok()?;
    words.next()?.eq_ignore_ascii_case("INVITE").then_some(number)
}

impl Exchange {
    /// Tells a waiting caller that it rings (180), or lets it hear us before the answer (183).
    pub(crate) fn ring(&mut self, leg: LegId, early_audio: bool) {
        let Some(line) = self.waiting(leg) else { return };
        let body = match &line.remote {
            Some(remote) if early_audio => Some(line.answer(remote)),
            _ => None,
        };
        let request = line.dialog.initial_request();
        let demanded = request
            .header_value("Require")
            .is_some_and(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("100rel")));
        if !demanded {
            return say(leg, &line.dialog, described(&body), body);
        }
        if self.line(leg).is_some_and(|line| line.reliable.as_ref().is_some_and(|last| !last.acknowledged)) {
            return; // one at a time (RFC 3262 §3)
        }
        let number = match line.reliable {
            Some(last) => last.number + 1,
            None => rand::random_range(1..1 << 30),
        };
        if let Some(line) = self.line(leg) {
            line.reliable = Some(Reliable { number, body, acknowledged: false });
        }
        self.repeat(leg, number, Duration::ZERO);
    }

    /// Says it (again), as long as it is not acknowledged.
    pub(crate) fn repeat(&mut self, leg: LegId, number: u32, waited: Duration) {
        let Some(line) = self.line(leg) else { return };
        let dialog = line.dialog.clone();
        let open = line.reliable.clone().filter(|last| last.number == number && !last.acknowledged);
        let Some(last) = open.filter(|_| dialog.state().can_cancel()) else { return };
        if waited >= PATIENCE {
            tracing::info!(%leg, "caller does not acknowledge that it rings");
            return self.reject(leg, 504);
        }
        let mut headers = described(&last.body);
        headers.push(Header::Require("100rel".into()));
        headers.push(Header::RSeq(number.to_string().into()));
        say(leg, &dialog, headers, last.body);
        let wait = if waited.is_zero() { T1 } else { waited };
        let notices = self.notices.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            // the exchange is gone only while the switchboard closes
            let _ = notices.send(Notice::Repeat(leg, number, waited + wait));
        });
    }

    /// PRACK: whether it acknowledges what we said.
    pub(crate) fn prack(&mut self, transaction: &Transaction) -> bool {
        let request = &transaction.original;
        let Some(number) = request.header_value("RAck").as_deref().and_then(acknowledged) else {
            return false;
        };
        let Ok(call_id) = request.call_id_header().map(|id| id.value().to_owned()) else { return false };
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for leg in legs {
            let Some(line) = self.line(leg).filter(|line| line.dialog.id().call_id == call_id) else {
                continue;
            };
            let last = line.reliable.as_mut().filter(|last| last.number == number && !last.acknowledged);
            if let Some(last) = last {
                last.acknowledged = true;
                return true;
            }
        }
        false
    }
}

fn described(body: &Option<Vec<u8>>) -> Vec<Header> {
    body.iter().map(|_| Header::ContentType("application/sdp".into())).collect()
}

fn say(leg: LegId, dialog: &InviteDialog, headers: Vec<Header>, body: Option<Vec<u8>>) {
    if let Err(error) = dialog.ringing(Some(headers), body) {
        tracing::debug!(%leg, %error, "ringing was not told");
    }
}

#[cfg(test)]
mod tests {
    use super::acknowledged;

    #[test]
    fn reads_what_is_acknowledged() {
        assert_eq!(acknowledged(" 776656 1 INVITE"), Some(776_656));
        assert_eq!(acknowledged("776656 1 BYE"), None);
        assert_eq!(acknowledged("one 1 INVITE"), None);
        assert_eq!(acknowledged("7"), None);
    }
}
