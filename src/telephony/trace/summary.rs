//! A message in a few words, read by another parser than the one that carried the call.

/// What a ladder writes on an arrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The method, or the status with its phrase: `INVITE`, `180 Ringing`.
    pub title: String,
    /// Number and method of the transaction: `1 INVITE`.
    pub cseq: String,
    /// Whether a description of audio travels with it.
    pub has_audio: bool,
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
    let (head, _) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let value = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let kind = value("Content-Type").or(value("c")).unwrap_or_default().to_ascii_lowercase();
    Summary {
        title: title.to_owned(),
        cseq: value("CSeq").unwrap_or_default().to_owned(),
        has_audio: kind.starts_with("application/sdp"),
        is_plain: rsip::SipMessage::try_from(text.as_bytes()).is_ok(),
    }
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
    fn a_message_the_other_parser_refuses_is_marked() {
        let told = summary("INVITE tel:+123 SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n");
        assert_eq!((told.title.as_str(), told.is_plain), ("INVITE", false));
        assert_eq!(summary(""), Summary::default());
    }
}
