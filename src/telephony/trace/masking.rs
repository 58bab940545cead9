//! What a reader of the trace must not see: keys, proofs of passwords, digits of keys pressed, telephone numbers.

use crate::masked::Masked;

/// Headers that name people.
const NAMING: [&str; 17] = [
    "from",
    "f",
    "to",
    "t",
    "contact",
    "m",
    "p-asserted-identity",
    "p-preferred-identity",
    "remote-party-id",
    "diversion",
    "history-info",
    "refer-to",
    "r",
    "referred-by",
    "b",
    "authorization",
    "proxy-authorization",
];
/// Digits from which on a run of them is a telephone number.
const NUMBER: usize = 7;

/// The message as it may be shown; `numbers`: telephone numbers may stand in it. What is hidden is written in plain
/// letters, so that the message can still be parsed.
pub fn masked(message: &str, numbers: bool) -> String {
    let mut out = String::with_capacity(message.len() + 16);
    let (mut start, mut inside_body) = (true, false);
    for line in message.split_inclusive('\n') {
        if inside_body {
            out.push_str(&body_line(line));
            continue;
        }
        let name = line.split_once(':').map(|(name, _)| name.trim().to_ascii_lowercase()).unwrap_or_default();
        let naming = start || NAMING.contains(&name.as_str());
        let line = if name.ends_with("authorization") { without_proof(line) } else { line.to_owned() };
        if naming && !numbers {
            hide_numbers(&line, &mut out);
        } else {
            out.push_str(&line);
        }
        start = false;
        inside_body = line.trim_end().is_empty();
    }
    out
}

/// RFC 4568 writes keys in the clear; INFO writes the digits of a card or a secret.
fn body_line(line: &str) -> String {
    let end = &line[line.trim_end().len()..];
    let said = line.trim();
    if let Some((head, _)) = line.split_once("inline:").filter(|_| said.starts_with("a=crypto:")) {
        return format!("{head}inline:xxx{end}");
    }
    let lower = said.to_ascii_lowercase();
    let pressed = lower.starts_with("signal") || (said.len() == 1 && said.chars().all(is_key));
    if pressed { format!("{}x{end}", if said.len() == 1 { "" } else { "Signal=" }) } else { line.to_owned() }
}

fn is_key(letter: char) -> bool {
    letter.is_ascii_digit() || "*#ABCD".contains(letter)
}

/// `response="…"` lets whoever has it guess the password at leisure.
fn without_proof(line: &str) -> String {
    let Some((head, rest)) = line.split_once("response=\"") else { return line.to_owned() };
    let tail = rest.split_once('"').map_or("", |(_, tail)| tail);
    format!("{head}response=\"xxx\"{tail}")
}

/// Numbers stand at the beginning of a word: a tag or a branch made of digits is none.
fn hide_numbers(line: &str, out: &mut String) {
    let mut rest = line;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let opens = matches!(before, ':' | ' ' | '"' | '<' | '\'' | '%' | ',');
        let length = if opens { run(rest) } else { 0 };
        if length > 0 {
            out.push_str(&Masked(&rest[..length]).to_string().replace('•', "x"));
            before = '0';
            rest = &rest[length..];
        } else {
            out.push(first);
            before = first;
            rest = &rest[first.len_utf8()..];
        }
    }
}

/// The length of the telephone number a text begins with, 0 if it begins with none.
fn run(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = usize::from(bytes.first() == Some(&b'+'));
    let (mut digits, mut end) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                end = at + 1;
            }
            b' ' | b'-' | b'(' | b')' if digits > 0 => {}
            _ => break,
        }
        at += 1;
    }
    if digits >= NUMBER { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_hidden_and_the_rest_stays() {
        let text = "INVITE sip:+74950000000@192.168.100.200:5060 SIP/2.0\r\n\
            Via: SIP/2.0/UDP 192.168.100.200:5060;branch=z9hG4bK1234567890\r\n\
            From: \"8 (912) 345-67-89\" <sip:79123456789@10.0.0.1>;tag=1234567890\r\n\
            Call-ID: 12345678901\r\nCSeq: 12345678 INVITE\r\n\r\n";
        let shown = masked(text, false);
        assert!(shown.starts_with("INVITE sip:+7495xxx0000@192.168.100.200:5060 SIP/2.0\r\n"), "{shown}");
        assert!(shown.contains("<sip:7912xxx6789@10.0.0.1>;tag=1234567890\r\n"), "{shown}");
        assert!(!shown.contains("345-67"), "{shown}");
        assert!(shown.contains("branch=z9hG4bK1234567890") && shown.contains("Call-ID: 12345678901"));
        assert!(shown.contains("CSeq: 12345678 INVITE"));
        assert_eq!(masked(text, true), text);
    }

    #[test]
    fn secrets_are_hidden_always() {
        let text = "REGISTER sip:callout SIP/2.0\r\nAuthorization: Digest username=\"101\", response=\"abcdef\", nc=1\r\n\r\n\
            a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\nSignal=5\r\nDuration=160\r\n";
        let shown = masked(text, true);
        assert!(shown.contains("response=\"xxx\", nc=1\r\n"), "{shown}");
        assert!(shown.contains("AES_CM_128_HMAC_SHA1_80 inline:xxx\r\n"), "{shown}");
        assert!(shown.contains("Signal=x\r\nDuration=160\r\n"), "{shown}");
        assert_eq!(masked("INFO sip:a SIP/2.0\r\n\r\n7\r\n", true), "INFO sip:a SIP/2.0\r\n\r\nx\r\n");
    }
}
