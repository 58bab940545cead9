//! SIP messages as our telephones read and write them.

use std::fmt::Write as _;
use std::net::SocketAddr;

use rsip::message::HasHeaders;

/// A message received, read by `rsip`.
#[derive(Clone, Debug)]
pub struct Message {
    /// The method of a request.
    pub method: Option<String>,
    /// The status of a response.
    pub status: u16,
    /// Header lines: name in lower case, value.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads a datagram.
    pub fn read(datagram: &[u8]) -> Option<Self> {
        let message = rsip::SipMessage::try_from(datagram).ok()?;
        let fields = message.headers().iter().filter_map(|header| {
            let line = header.to_string();
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        });
        let fields = fields.collect();
        Some(match message {
            rsip::SipMessage::Request(request) => {
                Self { method: Some(request.method.to_string()), status: 0, fields, body: request.body }
            }
            rsip::SipMessage::Response(response) => {
                Self { method: None, status: response.status_code.code(), fields, body: response.body }
            }
        })
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The number and method of CSeq.
    pub fn sequence(&self) -> Option<(u32, &str)> {
        let (number, method) = self.get("cseq")?.split_once(' ')?;
        Some((number.parse().ok()?, method.trim()))
    }

    /// The URI in Contact.
    pub fn contact(&self) -> Option<String> {
        let value = self.get("contact")?;
        let uri = value.split_once('<').map_or(value, |(_, rest)| rest.split('>').next().unwrap_or(rest));
        Some(uri.to_owned())
    }

    /// The challenge of a 401 or 407 and the header that answers it.
    pub fn challenge(&self) -> Option<(&str, &'static str)> {
        match self.status {
            401 => self.get("www-authenticate").map(|value| (value, "Authorization")),
            407 => self.get("proxy-authenticate").map(|value| (value, "Proxy-Authorization")),
            _ => None,
        }
    }

    /// A response to this request.
    pub fn response(
        &self,
        status: u16,
        phrase: &str,
        tag: &str,
        extra: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut text = format!("SIP/2.0 {status} {phrase}\r\n");
        for (name, value) in &self.fields {
            let tail = match name.as_str() {
                "via" | "from" | "call-id" | "cseq" | "record-route" => String::new(),
                "to" if value.contains(";tag=") || status == 100 => String::new(),
                "to" => format!(";tag={tag}"),
                _ => continue,
            };
            let _ = write!(text, "{name}: {value}{tail}\r\n");
        }
        finish(text, extra, body)
    }
}

/// A request to be written.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// INVITE and so on.
    pub method: &'a str,
    /// The request-URI.
    pub uri: &'a str,
    /// Our signalling address.
    pub local: SocketAddr,
    /// Branch of Via, with its magic cookie.
    pub branch: &'a str,
    /// The From value with its tag.
    pub from: &'a str,
    /// The To value, with a tag once there is one.
    pub to: &'a str,
    /// The Call-ID.
    pub call_id: &'a str,
    /// The number of CSeq.
    pub sequence: u32,
}

impl Draft<'_> {
    /// The request in bytes.
    pub fn write(&self, extra: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let Draft { method, uri, local, branch, from, to, call_id, sequence } = self;
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={branch};rport\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {sequence} {method}\r\nUser-Agent: simulator\r\n"
        );
        finish(text, extra, body)
    }
}

fn finish(mut text: String, extra: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    for (name, value) in extra {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(text, "Content-Length: {}\r\n\r\n", body.len());
    let mut bytes = text.into_bytes();
    bytes.extend(body);
    bytes
}

/// A new branch or tag.
pub fn token(prefix: &str) -> String {
    format!("{prefix}{:016x}", rand::random::<u64>())
}
