//! Attempts of a former process to reach somebody: withdrawn, and whoever answers meanwhile is let go. Those that went
//! by a connection are withdrawn by another one ([`crate::sip::reaching`]), also one that a phone opens by itself.
//!
//! The stack knows nothing of these INVITEs, so their CANCEL (RFC 3261 §9.1), the ACK of their refusal (§17.1.1.3)
//! and, if the party answered in the very moment, ACK and BYE (§13.2.2.4) are written here.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::UdpSocket;

use crate::sip::framing::{Frame, tag_of};
use crate::sip::ledger::KeptInvite;
use crate::trace::Carrier;

/// When a CANCEL is said again, until its INVITE is answered.
const AGAIN: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// Headers that every request about an INVITE shares with it.
const SHARED: [&str; 5] = ["route", "from", "call-id", "max-forwards", "user-agent"];

/// All of them.
#[derive(Debug, Default)]
pub struct Orphans {
    waiting: Mutex<HashMap<String, KeptInvite>>,
    /// How many there are: none, as a rule, and then nothing is looked up.
    count: AtomicUsize,
}

impl Orphans {
    /// These attempts.
    pub fn new(invites: Vec<KeptInvite>) -> Self {
        let waiting: HashMap<_, _> =
            invites.into_iter().map(|invite| (invite.call_id.clone(), invite)).collect();
        Self { count: AtomicUsize::new(waiting.len()), waiting: Mutex::new(waiting) }
    }

    /// How many nobody answered yet.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether this one is not answered yet.
    pub fn is_waiting(&self, call_id: &str) -> bool {
        self.waiting.lock().contains_key(call_id)
    }

    /// Those that went by connections.
    pub fn by_streams(&self) -> Vec<KeptInvite> {
        let waiting = self.waiting.lock();
        waiting.values().filter(|invite| invite.carrier != Carrier::Udp).cloned().collect()
    }

    /// What withdraws those that went to this user at this address, as a phone that is back there is told.
    pub fn cancels_of(&self, carrier: Carrier, source: SocketAddr, user: &str) -> Vec<String> {
        if self.count() == 0 {
            return Vec::new();
        }
        let of = |invite: &KeptInvite| {
            let uri = head(&invite.invite).start.split(' ').nth(1)?.to_owned();
            let (named, _) = uri.split_once(':')?.1.split_once('@')?;
            (named == user && invite.carrier == carrier && invite.to.ip() == source.ip()).then_some(())?;
            cancel(&invite.invite)
        };
        self.waiting.lock().values().filter_map(of).collect()
    }

    /// Withdraws all that went by datagrams.
    pub async fn withdraw(self: Arc<Self>, socket: UdpSocket) {
        for wait in AGAIN {
            tokio::time::sleep(wait).await;
            let by_datagrams = |invite: &&KeptInvite| invite.carrier == Carrier::Udp;
            let open: Vec<_> = self.waiting.lock().values().filter(by_datagrams).cloned().collect();
            if open.is_empty() {
                return;
            }
            for invite in open {
                let Some(cancel) = cancel(&invite.invite) else { continue };
                if let Err(error) = socket.send_to(cancel.as_bytes(), invite.to).await {
                    tracing::debug!(%error, "an attempt was not withdrawn");
                }
            }
        }
    }

    /// What is to be sent back on a response, if it is the final answer to one of these.
    pub fn answer(&self, datagram: &[u8], source: SocketAddr) -> Option<Vec<(String, SocketAddr)>> {
        if self.count() == 0 || !datagram.starts_with(b"SIP/2.0 ") {
            return None;
        }
        let end = datagram.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(datagram.len());
        let head = String::from_utf8_lossy(&datagram[..end]);
        let response = Frame::read(&head);
        let call_id = response.get("call-id")?;
        let invite = self.waiting.lock().get(call_id).cloned()?;
        let (number, method) = response.get("cseq")?.split_once(' ')?;
        let status: u16 = response.start.get(8..11)?.parse().ok()?;
        if method.trim() != "INVITE" || status < 200 {
            return Some(Vec::new());
        }
        let to = response.get("to")?;
        if status >= 300 {
            // answered: repetitions of the answer are acknowledged as long as it waits here
            let ack = follow(&invite.invite, "ACK", number, to, None, 0)?;
            self.forget(call_id);
            return Some(vec![(ack, source)]);
        }
        let target = response.get("contact").and_then(uri_of).map(str::to_owned);
        let ack = follow(&invite.invite, "ACK", number, to, target.as_deref(), 1)?;
        let next = number.parse::<u32>().ok()?.checked_add(1)?.to_string();
        let bye = follow(&invite.invite, "BYE", &next, to, target.as_deref(), 2)?;
        Some(vec![(ack, source), (bye, source)])
    }

    fn forget(&self, call_id: &str) {
        if self.waiting.lock().remove(call_id).is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The CANCEL of an INVITE: the same request-URI, Via, From, To, Call-ID and number.
pub fn cancel(invite: &str) -> Option<String> {
    let frame = head(invite);
    let number = frame.get("cseq")?.split(' ').next()?.to_owned();
    let to = frame.get("to")?.to_owned();
    follow(invite, "CANCEL", &number, &to, None, 0)
}

/// A message without its body.
pub fn head(message: &str) -> Frame<'_> {
    Frame::read(message.split("\r\n\r\n").next().unwrap_or(message))
}

/// A request that follows an INVITE. `fresh` above 0 gives it a transaction of its own.
fn follow(
    invite: &str,
    method: &str,
    number: &str,
    to: &str,
    target: Option<&str>,
    fresh: u32,
) -> Option<String> {
    let frame = head(invite);
    let uri = target.or_else(|| frame.start.split(' ').nth(1))?;
    let via = frame.get("via")?;
    let via = if fresh == 0 { via.to_owned() } else { with_branch(via, fresh)? };
    let mut text = format!("{method} {uri} SIP/2.0\r\nVia: {via}\r\n");
    for field in frame.fields.iter().filter(|field| SHARED.contains(&&*field.name)) {
        text.push_str(&format!("{}: {}\r\n", field.name, field.value));
    }
    text.push_str(&format!("To: {to}\r\nCSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n"));
    Some(text)
}

fn with_branch(via: &str, fresh: u32) -> Option<String> {
    let at = via.find("branch=")? + "branch=".len();
    let end = via[at..].find([';', ',', ' ']).map_or(via.len(), |end| at + end);
    Some(format!("{}.{fresh}{}", &via[..end], &via[end..]))
}

fn uri_of(contact: &str) -> Option<&str> {
    match contact.split_once('<') {
        Some((_, rest)) => rest.split('>').next(),
        None => contact.split(';').next(),
    }
}

/// An INVITE that begins a call, as it goes out; `None` for everything else.
pub fn beginning(datagram: &[u8], to: SocketAddr, carrier: Carrier) -> Option<KeptInvite> {
    if !datagram.starts_with(b"INVITE ") {
        return None;
    }
    let text = String::from_utf8_lossy(datagram);
    let frame = head(&text);
    let begins = frame.get("to").is_some_and(|to| tag_of(to).is_none());
    let call_id = frame.get("call-id").filter(|_| begins)?.to_owned();
    // the description is of no use any more
    let head = text.split("\r\n\r\n").next()?;
    Some(KeptInvite { call_id, invite: head.to_owned(), to, carrier })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:102@10.0.0.9:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc;rport\r\n\
        Max-Forwards: 70\r\nFrom: <sip:+7@10.0.0.1>;tag=we\r\nTo: <sip:102@10.0.0.9:5070>\r\nCall-ID: one\r\n\
        CSeq: 7 INVITE\r\nContact: <sip:+7@10.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n";

    fn phone() -> SocketAddr {
        ([10, 0, 0, 9], 5_070).into()
    }

    fn orphans() -> Orphans {
        Orphans::new(vec![beginning(INVITE.as_bytes(), phone(), Carrier::Udp).unwrap()])
    }

    fn answered(status: &str, method: &str, call_id: &str) -> String {
        format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc\r\nFrom: <sip:+7@10.0.0.1>;tag=we\r\n\
             To: <sip:102@10.0.0.9:5070>;tag=it\r\nCall-ID: {call_id}\r\nCSeq: 7 {method}\r\n\
             Contact: <sip:102@10.0.0.9:5071;ob>\r\nContent-Length: 0\r\n\r\n"
        )
    }

    #[test]
    fn a_cancel_is_of_the_invites_transaction() {
        let text = cancel(INVITE).unwrap();
        assert!(text.starts_with("CANCEL sip:102@10.0.0.9:5070 SIP/2.0\r\n"), "{text}");
        let cancel = head(&text);
        assert_eq!(cancel.get("via"), Some("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc;rport"));
        assert_eq!(cancel.get("cseq"), Some("7 CANCEL"));
        assert_eq!(cancel.get("to"), Some("<sip:102@10.0.0.9:5070>"));
        assert_eq!(cancel.get("content-type"), None);
        assert!(cancel.check(0).is_ok());
    }

    #[test]
    fn a_refusal_is_acknowledged_once_and_forgotten() {
        let orphans = orphans();
        assert_eq!(
            orphans.answer(answered("180 Ringing", "INVITE", "one").as_bytes(), phone()),
            Some(vec![])
        );
        assert_eq!(orphans.answer(answered("200 OK", "CANCEL", "one").as_bytes(), phone()), Some(vec![]));
        assert_eq!(orphans.answer(answered("487 Gone", "INVITE", "other").as_bytes(), phone()), None);
        let sent = orphans.answer(answered("487 Gone", "INVITE", "one").as_bytes(), phone()).unwrap();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].0.contains("CSeq: 7 ACK") && sent[0].0.contains("tag=it"), "{}", sent[0].0);
        assert_eq!(orphans.count(), 0);
    }

    #[test]
    fn an_answer_in_the_last_moment_is_taken_and_hung_up() {
        let orphans = orphans();
        let sent = orphans.answer(answered("200 OK", "INVITE", "one").as_bytes(), phone()).unwrap();
        let (ack, bye) = (&sent[0].0, &sent[1].0);
        assert!(ack.starts_with("ACK sip:102@10.0.0.9:5071;ob SIP/2.0\r\n"), "{ack}");
        assert!(ack.contains("branch=z9hG4bKabc.1;rport") && ack.contains("CSeq: 7 ACK"), "{ack}");
        assert!(bye.starts_with("BYE sip:102@10.0.0.9:5071;ob SIP/2.0\r\n"), "{bye}");
        assert!(bye.contains("branch=z9hG4bKabc.2;rport") && bye.contains("CSeq: 8 BYE"), "{bye}");
        assert!(head(bye).check(0).is_ok());
        assert_eq!(orphans.count(), 1, "its repetitions are answered alike");
    }

    #[test]
    fn a_phone_that_is_back_is_told_of_its_own_attempts_alone() {
        let by_tcp = beginning(INVITE.as_bytes(), phone(), Carrier::Tcp).unwrap();
        let orphans = Orphans::new(vec![by_tcp]);
        let back = SocketAddr::from(([10, 0, 0, 9], 40_123));
        assert_eq!(orphans.by_streams().len(), 1);
        let told = orphans.cancels_of(Carrier::Tcp, back, "102");
        assert!(told.len() == 1 && told[0].starts_with("CANCEL sip:102@10.0.0.9:5070 "), "{told:?}");
        let stranger = SocketAddr::from(([10, 0, 0, 8], 40_123));
        assert!(orphans.cancels_of(Carrier::Tcp, stranger, "102").is_empty());
        assert!(orphans.cancels_of(Carrier::Tls, back, "102").is_empty());
        assert!(orphans.cancels_of(Carrier::Tcp, back, "103").is_empty());
    }

    #[test]
    fn only_what_begins_a_call_is_written_down() {
        let within = INVITE.replace("To: <sip:102@10.0.0.9:5070>", "To: <sip:102@10.0.0.9:5070>;tag=it");
        assert_eq!(beginning(within.as_bytes(), phone(), Carrier::Udp), None);
        assert_eq!(beginning(b"BYE sip:a@b SIP/2.0\r\nCall-ID: one\r\n\r\n", phone(), Carrier::Udp), None);
    }
}
