//! What the stack's parser lets through and RFC 3261 does not: checked before it sees the message.

use std::borrow::Cow;

use crate::sip::grammar::{accepts_sdp, date_is_gmt, fault_of_address, via_has_holes};

/// Methods the stack can read.
const KNOWN: [&str; 14] = [
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
];

/// Extensions we can be required to know: RFC 3262, RFC 4028.
const SUPPORTED: [&str; 2] = ["100rel", "timer"];

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status to answer with.
    pub status: u16,
    /// Its phrase.
    pub phrase: &'static str,
    /// A header the answer must carry.
    pub extra: Option<(&'static str, String)>,
}

impl Fault {
    /// A fault whose answer says no more than its status.
    pub const fn new(status: u16, phrase: &'static str) -> Self {
        Self { status, phrase, extra: None }
    }
}

const fn bad(phrase: &'static str) -> Fault {
    Fault::new(400, phrase)
}

/// One header line, unfolded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Long name in lower case.
    pub name: Cow<'a, str>,
    /// Value without blanks at its ends.
    pub value: Cow<'a, str>,
}

/// A message taken apart.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The start line.
    pub start: &'a str,
    /// The header, in order.
    pub fields: Vec<Field<'a>>,
}

impl<'a> Frame<'a> {
    /// Takes the head (without the empty line) apart.
    pub fn read(head: &'a str) -> Self {
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default();
        let mut fields: Vec<Field> = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some(last) = fields.last_mut() {
                    let value = last.value.to_mut();
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            fields.push(Field { name: long_name(name.trim_end()), value: Cow::Borrowed(value.trim()) });
        }
        Self { start, fields }
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| &*field.value)
    }

    /// The method, or `None` for a response.
    pub fn method(&self) -> Option<&'a str> {
        let first = self.start.split(' ').next().unwrap_or_default();
        (!first.to_ascii_uppercase().starts_with("SIP/")).then_some(first)
    }

    /// Checks everything that can be checked without a dialog.
    pub fn check(&self, body: usize) -> Result<(), Fault> {
        match self.method() {
            None => self.check_status_line()?,
            Some(method) => self.check_request_line(method)?,
        }
        for name in ["via", "from", "to", "call-id", "cseq"] {
            let count = self.fields.iter().filter(|field| field.name == name).count();
            if count == 0 {
                return Err(bad("Missing Header"));
            }
            if count > 1 && name != "via" {
                return Err(bad("Repeated Header"));
            }
        }
        for name in ["content-length", "content-type", "max-forwards", "expires", "date"] {
            if self.fields.iter().filter(|field| field.name == name).count() > 1 {
                return Err(bad("Repeated Header"));
            }
        }
        self.check_lengths(body)?;
        self.check_addresses()?;
        if let Some(method) = self.method() {
            // RFC 2543, which knew no tags, is not spoken
            if self.get("from").and_then(tag_of).is_none() {
                return Err(bad("Missing From Tag"));
            }
            self.check_wishes(method)?;
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), Fault> {
        for field in self.fields.iter().filter(|field| matches!(&*field.name, "from" | "to" | "contact")) {
            if !quotes_close(&field.value) {
                return Err(bad("Unbalanced Quotes"));
            }
            if let Some(phrase) = fault_of_address(&field.value) {
                return Err(bad(phrase));
            }
        }
        if self.fields.iter().any(|field| field.name == "via" && via_has_holes(&field.value)) {
            return Err(bad("Bad Via"));
        }
        if !self.get("date").is_none_or(date_is_gmt) {
            return Err(bad("Date Not In GMT"));
        }
        Ok(())
    }

    /// What the sender asks of whoever takes the request, and we cannot do.
    fn check_wishes(&self, method: &str) -> Result<(), Fault> {
        if matches!(method, "ACK" | "CANCEL") {
            return Ok(()); // RFC 3261 §8.2.2.3: these must not be refused for what they require
        }
        let required = self.fields.iter().filter(|field| field.name == "require");
        let unknown: Vec<&str> = required
            .flat_map(|field| field.value.split(','))
            .map(str::trim)
            .filter(|tag| !tag.is_empty() && !SUPPORTED.iter().any(|known| tag.eq_ignore_ascii_case(known)))
            .collect();
        if !unknown.is_empty() {
            let extra = Some(("Unsupported", unknown.join(", ")));
            return Err(Fault { status: 420, phrase: "Bad Extension", extra });
        }
        if method == "INVITE" {
            if self.get("max-forwards").is_some_and(|hops| hops.parse() == Ok(0u8)) {
                return Err(Fault::new(483, "Too Many Hops"));
            }
            let accepts: Vec<&str> = self
                .fields
                .iter()
                .filter(|field| field.name == "accept")
                .map(|field| &*field.value)
                .collect();
            if !accepts.is_empty() && !accepts.iter().any(|value| accepts_sdp(value)) {
                return Err(Fault::new(406, "Not Acceptable"));
            }
        }
        Ok(())
    }

    fn check_request_line(&self, method: &str) -> Result<(), Fault> {
        let words: Vec<&str> = self.start.split(' ').collect();
        let [_, uri, version] = words[..] else { return Err(bad("Bad Request Line")) };
        if method.is_empty() || uri.is_empty() || !method.bytes().all(is_token) {
            return Err(bad("Bad Request Line"));
        }
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            let sip = version.to_ascii_uppercase().starts_with("SIP/");
            return Err(if sip { Fault::new(505, "Version Not Supported") } else { bad("Bad Version") });
        }
        // the user part may hold a question mark, what follows the host may not: headers have no place here
        let host = uri.rsplit_once('@').map_or(uri, |(_, host)| host);
        if uri.starts_with('<') || uri.contains(['\t', '"', '>']) || host.contains('?') {
            return Err(bad("Bad Request URI"));
        }
        let scheme = uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            None => return Err(bad("Bad Request URI")),
            Some("sip" | "sips" | "tel") => {}
            Some(_) => return Err(Fault::new(416, "Unsupported URI Scheme")),
        }
        if !KNOWN.contains(&method) {
            return Err(Fault::new(501, "Not Implemented"));
        }
        let sequence = self.get("cseq").and_then(|cseq| cseq.split_whitespace().nth(1));
        if sequence.is_some_and(|named| named != method) {
            return Err(bad("CSeq Method Differs"));
        }
        Ok(())
    }

    fn check_status_line(&self) -> Result<(), Fault> {
        let status = self.start.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3));
        match status.and_then(|digits| digits.parse::<u16>().ok()) {
            Some(100..=699) if self.start.as_bytes().get(11).is_none_or(|b| *b == b' ') => Ok(()),
            _ => Err(bad("Bad Status Line")),
        }
    }

    fn check_lengths(&self, body: usize) -> Result<(), Fault> {
        let number = self.get("cseq").and_then(|cseq| cseq.split_whitespace().next());
        if number.and_then(|n| n.parse::<u32>().ok()).is_none_or(|n| n >= 1 << 31) {
            return Err(bad("Bad CSeq"));
        }
        if let Some(length) = self.get("content-length") {
            let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
            if !digits || length.parse::<usize>().is_ok_and(|n| n > body) || length.len() > 9 {
                return Err(bad("Bad Content-Length"));
            }
        }
        if let Some(hops) = self.get("max-forwards")
            && hops.parse::<u8>().is_err()
        {
            return Err(bad("Bad Max-Forwards"));
        }
        if let Some(expires) = self.get("expires")
            && expires.parse::<u32>().is_err()
        {
            return Err(bad("Bad Expires"));
        }
        Ok(())
    }
}

/// The tag of a From or To value, blanks round `=` allowed.
pub fn tag_of(value: &str) -> Option<&str> {
    let params = value.rsplit_once('>').map_or(value, |(_, params)| params);
    params.split(';').skip(1).find_map(|param| {
        let (name, tag) = param.split_once('=')?;
        name.trim().eq_ignore_ascii_case("tag").then(|| tag.trim())
    })
}

/// The same value with the blanks round `;` and `=` of its parameters gone, which the stack cannot read.
pub fn tighten(value: &str) -> Cow<'_, str> {
    let start = value.rfind('>').map_or_else(|| value.find(';').unwrap_or(value.len()), |at| at + 1);
    let params = &value[start..];
    if !params.contains([' ', '\t']) {
        return Cow::Borrowed(value);
    }
    let mut out = value[..start].trim_end().to_owned();
    for param in params.split(';').skip(1) {
        out.push(';');
        match param.split_once('=') {
            Some((name, text)) => {
                out.push_str(name.trim());
                out.push('=');
                out.push_str(text.trim());
            }
            None => out.push_str(param.trim()),
        }
    }
    Cow::Owned(out)
}

fn quotes_close(value: &str) -> bool {
    let (mut open, mut escaped) = (false, false);
    for letter in value.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if open => escaped = true,
            '"' => open = !open,
            _ => {}
        }
    }
    !open
}

/// Whether a byte may stand in a token, and so in a method.
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

fn long_name(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(match name {
        "v" | "V" => "via",
        "f" | "F" => "from",
        "t" | "T" => "to",
        "i" | "I" => "call-id",
        "m" | "M" => "contact",
        "l" | "L" => "content-length",
        "c" | "C" => "content-type",
        "Via" => "via",
        "From" => "from",
        "To" => "to",
        "Call-ID" => "call-id",
        "CSeq" => "cseq",
        "Contact" => "contact",
        "Content-Length" => "content-length",
        other => return Cow::Owned(other.to_ascii_lowercase()),
    })
}
