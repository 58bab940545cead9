//! Small pieces of RFC 3261's grammar that the stack's parser forgives and other elements must not see.

use std::borrow::Cow;

/// Whether a Via list has an empty element or parameter (`;;`, `,,`).
pub fn via_has_holes(value: &str) -> bool {
    value.split(',').any(|hop| hop.split(';').any(|part| part.trim().is_empty()))
}

/// Whether the top Via of a response is this address: `SIP/2.0/UDP host:port;…`, 5060 when no port is written.
pub fn via_is(value: &str, ours: std::net::SocketAddr) -> bool {
    let top = value.split([',', ';']).next().unwrap_or_default().trim_end();
    let sent_by = top.rsplit([' ', '\t']).next().unwrap_or_default();
    sent_by.parse() == Ok(ours) || (ours.port() == 5_060 && sent_by.parse() == Ok(ours.ip()))
}

/// What is wrong with an address (`"name" <uri>;param` or a bare URI); a `*` is none.
pub fn fault_of_address(value: &str) -> Option<&'static str> {
    let open = unquoted(value, '<');
    let Some(open) = open else {
        // without brackets a question mark would belong to the URI, which cannot have headers here
        return value.contains('?').then_some("Address Needs Brackets");
    };
    let name = value[..open].trim();
    if !name.starts_with('"') && name.contains(',') {
        return Some("Display Name Needs Quotes");
    }
    let rest = &value[open + 1..];
    let Some(close) = rest.find('>') else { return Some("Unbalanced Brackets") };
    let uri = &rest[..close];
    if uri.is_empty() || uri.contains([' ', '\t', '<']) {
        return Some("Blanks In Address");
    }
    None
}

/// Whether a Date is in GMT, the only zone of RFC 3261 §20.17.
pub fn date_is_gmt(value: &str) -> bool {
    value.trim_end().ends_with(" GMT")
}

/// Whether an Accept header lets us answer with a session description.
pub fn accepts_sdp(value: &str) -> bool {
    value.split(',').any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(kind.as_str(), "application/sdp" | "application/*" | "*/*")
    })
}

/// The same text with `%2B` and the like turned into what they stand for; what is no UTF-8 then stays as it was.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).filter(|_| *first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &after[2..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Where a letter stands outside of quotes.
fn unquoted(value: &str, wanted: char) -> Option<usize> {
    let (mut open, mut escaped) = (false, false);
    for (at, letter) in value.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if open => escaped = true,
            '"' => open = !open,
            letter if letter == wanted && !open => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_real_phones_pass_and_torn_ones_do_not() {
        for good in [
            "\"Bell, Alexander\" <sip:a@b>;tag=1",
            "Иванов Пётр <sip:a@b>",
            "sip:a@b;tag=3",
            "<sip:a@b?Route=%3Csip:c%3E>",
            "\"a < b\" <sip:a@b>",
            "*",
        ] {
            assert_eq!(fault_of_address(good), None, "{good}");
        }
        for bad in
            ["Bell, Alexander <sip:a@b>", "\"W\" < sip:a@b >", "sip:a@b?Route=%3Cx%3E", "<sip:a@b", "<>"]
        {
            assert!(fault_of_address(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn only_our_own_via_comes_back() {
        let ours = ([127, 0, 0, 1], 5_060).into();
        assert!(via_is("SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1", ours));
        assert!(via_is("SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1", ours));
        assert!(via_is("SIP / 2.0 / UDP 127.0.0.1:5060 ;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.1", ours));
        assert!(!via_is("SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK1", ours));
        assert!(!via_is("SIP/2.0/UDP 192.0.2.1", ours));
        assert!(!via_is("", ours));
    }

    #[test]
    fn an_escaped_plus_is_a_plus() {
        assert_eq!(unescape("%2B74951234567"), "+74951234567");
        assert_eq!(unescape("a%41%"), "aA%");
        assert_eq!(unescape("%zz%FF"), "%zz%FF", "what does not become text is left alone");
    }

    #[test]
    fn holes_zones_and_ranges() {
        assert!(via_has_holes("SIP/2.0/UDP 192.0.2.15;;,;,,"));
        assert!(!via_has_holes("SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;rport"));
        assert!(
            date_is_gmt("Fri, 01 Jan 2010 16:00:00 GMT") && !date_is_gmt("Fri, 01 Jan 2010 16:00:00 EST")
        );
        assert!(accepts_sdp("text/plain, application/SDP;level=1") && accepts_sdp("*/*"));
        assert!(!accepts_sdp("text/nobodyKnowsThis"));
    }
}
