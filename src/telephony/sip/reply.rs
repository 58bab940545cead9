//! Answers the edge gives by itself, without a transaction.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;

use crate::sip::framing::{Frame, tag_of};

/// How To-tags of answers given here begin: an ACK that carries one has reached its end.
pub const TAG: &str = "edge-";

/// A response to a request that the stack shall not see. The To-tag is the same for every repetition.
pub fn stateless(
    frame: &Frame,
    status: u16,
    phrase: &str,
    source: SocketAddr,
    extra: Option<(&str, &str)>,
) -> Vec<u8> {
    let mut text = format!("SIP/2.0 {status} {phrase}\r\n");
    let mut first_via = true;
    for field in &frame.fields {
        let (name, value) = (&*field.name, &*field.value);
        match name {
            "via" if first_via => {
                first_via = false;
                let _ = write!(text, "Via: {}\r\n", received(value, source));
            }
            "via" => line(&mut text, "Via", value),
            "from" => line(&mut text, "From", value),
            "to" if tag_of(value).is_some() => line(&mut text, "To", value),
            "to" => {
                let _ = write!(text, "To: {value};tag={TAG}{:016x}\r\n", fingerprint(frame));
            }
            "call-id" => line(&mut text, "Call-ID", value),
            "cseq" => line(&mut text, "CSeq", value),
            _ => {}
        }
    }
    if let Some((name, value)) = extra {
        line(&mut text, name, value);
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    text.into_bytes()
}

/// The same number for every copy of a request.
pub fn fingerprint(frame: &Frame) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in ["call-id", "from", "cseq"] {
        frame.get(name).hash(&mut hasher);
    }
    hasher.finish()
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = write!(text, "{name}: {value}\r\n");
}

fn received(via: &str, source: SocketAddr) -> String {
    let (first, rest) = via.split_once(',').map_or((via, None), |(first, rest)| (first, Some(rest)));
    let mut out = String::with_capacity(via.len() + 48);
    for (n, param) in first.split(';').enumerate() {
        if n > 0 {
            out.push(';');
        }
        match param.trim() {
            "rport" => {
                let _ = write!(out, "rport={}", source.port());
            }
            param => out.push_str(param),
        }
    }
    let _ = write!(out, ";received={}", source.ip());
    if let Some(rest) = rest {
        let _ = write!(out, ",{rest}");
    }
    out
}
