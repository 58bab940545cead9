//! Messages cut out of a stream (RFC 3261 §18.3): what comes between them, and where they end.

use bytes::{Buf, Bytes, BytesMut};

use crate::sip::gate::LONGEST;

/// What was found in a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A double CRLF: a keep-alive that wants an answer.
    Ping,
    /// A whole message.
    Message(Bytes),
    /// Not whole yet.
    More,
    /// Nothing after this can be understood; the message as far as it came.
    Broken(Bytes),
}

/// Takes the next piece out of what was read.
pub fn next(buffer: &mut BytesMut) -> Piece {
    if buffer.starts_with(b"\r\n\r\n") {
        buffer.advance(4);
        return Piece::Ping;
    }
    while buffer.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        if buffer.len() < 4 && b"\r\n\r\n".starts_with(&buffer[..]) {
            return Piece::More; // half a keep-alive, or the end of one
        }
        buffer.advance(1);
    }
    let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if buffer.len() > LONGEST { broken(buffer) } else { Piece::More };
    };
    // a stream without the length of its messages has lost its way
    let Some(body) = body_length(&buffer[..head]) else { return broken(buffer) };
    let whole = head + 4 + body;
    if whole > LONGEST {
        return broken(buffer);
    }
    if buffer.len() < whole {
        return Piece::More;
    }
    Piece::Message(buffer.split_to(whole).freeze())
}

fn broken(buffer: &mut BytesMut) -> Piece {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n").map_or(buffer.len(), |at| at + 4);
    Piece::Broken(buffer.split_to(end).freeze())
}

fn body_length(head: &[u8]) -> Option<usize> {
    head.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = line[..colon].trim_ascii();
        if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"l") {
            return None;
        }
        std::str::from_utf8(line[colon + 1..].trim_ascii()).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(chunks: &[&str]) -> Vec<String> {
        let mut buffer = BytesMut::new();
        let mut found = Vec::new();
        for chunk in chunks {
            buffer.extend_from_slice(chunk.as_bytes());
            loop {
                found.push(match next(&mut buffer) {
                    Piece::More => break,
                    Piece::Ping => "ping".to_owned(),
                    Piece::Message(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    Piece::Broken(_) => "broken".to_owned(),
                });
            }
        }
        found
    }

    #[test]
    fn messages_are_cut_wherever_the_stream_is_torn() {
        let one = "OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc";
        let two = "BYE sip:b SIP/2.0\r\nContent-Length : 0\r\n\r\n";
        let whole = format!("\r\n{one}\r\n\r\n{two}\r\n");
        let expected = vec![one.to_owned(), "ping".to_owned(), two.to_owned()];
        for cut in 1..whole.len() {
            let (left, right) = whole.split_at(cut);
            assert_eq!(pieces(&[left, right]), expected, "cut at {cut}");
        }
        let letters: Vec<String> = whole.chars().map(String::from).collect();
        assert_eq!(pieces(&letters.iter().map(String::as_str).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_stream_that_lost_its_way_is_broken() {
        assert_eq!(pieces(&["BYE sip:b SIP/2.0\r\n\r\n"]), ["broken"]);
        assert_eq!(pieces(&["BYE sip:b SIP/2.0\r\nContent-Length: -1\r\n\r\n"]), ["broken"]);
        assert_eq!(pieces(&["BYE sip:b SIP/2.0\r\nContent-Length: 99999\r\n\r\n"]), ["broken"]);
        assert_eq!(pieces(&[&"x".repeat(LONGEST + 1)]), ["broken"]);
    }
}
