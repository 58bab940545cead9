//! A message in a few words, read by another parser than the one that carried the call.

/// More codecs than this are told by nobody.
const MOST: usize = 16;

/// What a ladder writes on an arrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The method, or the status with its phrase: `INVITE`, `180 Ringing`.
    pub title: String,
    /// Number and method of the transaction: `1 INVITE`.
    pub cseq: String,
    /// Whether a description of audio travels with it.
    pub has_audio: bool,
    /// The codecs it names, in its order: one in an answer is what is spoken.
    pub codecs: Vec<String>,
    /// Whether the independent parser (`rsip`) could read the message: one it cannot read may be read differently by
    /// different phones.
    pub is_plain: bool,
}

/// Reads a message as far as a ladder needs it.
pub fn summary(text: &str) -> Summary {
    let start = text.lines().next().unwrap_or_default();
    let title = match start.strip_prefix("SIP/2.0 ") {
        Some(status) => status,
        None => start.split(' ').next().unwrap_or_default(),
    };
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let value = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let kind = value("Content-Type").or(value("c")).unwrap_or_default().to_ascii_lowercase();
    let has_audio = kind.starts_with("application/sdp");
    Summary {
        title: title.to_owned(),
        cseq: value("CSeq").unwrap_or_default().to_owned(),
        has_audio,
        codecs: if has_audio { codecs(body) } else { Vec::new() },
        is_plain: rsip::SipMessage::try_from(text.as_bytes()).is_ok(),
    }
}

/// Codecs of a description, also those that are none of ours.
fn codecs(body: &str) -> Vec<String> {
    let lines = || body.lines().map(str::trim_end);
    let Some(media) = lines().find_map(|line| line.strip_prefix("m=audio ")) else { return Vec::new() };
    let mapped = |payload: &str| {
        let of = |line: &str| {
            let (number, map) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
            (number == payload).then(|| map.split('/').next().unwrap_or_default().trim().to_owned())
        };
        lines().find_map(of).or_else(|| fixed(payload).map(str::to_owned))
    };
    let named = media.split_whitespace().skip(2).filter_map(mapped);
    named.filter(|name| !is_no_speech(name)).take(MOST).collect()
}

/// What stands behind numbers that need no explanation (RFC 3551).
fn fixed(payload: &str) -> Option<&'static str> {
    match payload {
        "0" => Some("PCMU"),
        "3" => Some("GSM"),
        "8" => Some("PCMA"),
        "9" => Some("G722"),
        "18" => Some("G729"),
        _ => None,
    }
}

/// Keys, silence, and copies of what was said before.
fn is_no_speech(name: &str) -> bool {
    ["telephone-event", "CN", "red"].iter().any(|other| other.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_stands_on_the_arrow() {
        let invite = "INVITE sip:a@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2\r\nCSeq: 1 INVITE\r\n\
            Content-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0";
        let told = summary(invite);
        assert_eq!((told.title.as_str(), told.cseq.as_str()), ("INVITE", "1 INVITE"));
        assert!(told.has_audio && told.is_plain);
        let told = summary("SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n");
        assert_eq!((told.title.as_str(), told.has_audio), ("180 Ringing", false));
    }

    #[test]
    fn an_arrow_names_the_codecs() {
        let told = |body: &str| {
            let head = "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n";
            summary(&format!("{head}v=0\r\n{body}")).codecs.join(" ")
        };
        let offer = "m=audio 4000 RTP/AVP 111 9 8 0 101 13\r\na=rtpmap:111 opus/48000/2\r\n\
            a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
        assert_eq!(told(offer), "opus G722 PCMA PCMU");
        assert_eq!(told("m=audio 4000 RTP/SAVP 18\r\n"), "G729");
        assert_eq!(told("m=audio 4000 RTP/AVP 96\r\n"), "", "a number that nobody explains");
        assert_eq!(told("m=video 9 RTP/AVP 8\r\n"), "");
        assert_eq!(told("m=audio\r\n"), "");
        let plain = "INFO sip:a@10.0.0.1 SIP/2.0\r\nCSeq: 2 INFO\r\n\r\nm=audio 1 RTP/AVP 8\r\n";
        assert_eq!(summary(plain).codecs, Vec::<String>::new(), "no description");
    }

    #[test]
    fn a_message_the_other_parser_refuses_is_marked() {
        let told = summary("INVITE sip:[2001:db8::1] SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n");
        assert_eq!((told.title.as_str(), told.is_plain), ("INVITE", false));
        assert_eq!(summary(""), Summary::default());
    }
}
