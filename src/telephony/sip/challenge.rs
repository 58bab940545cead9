//! Challenges of several algorithms, and the one name the stack writes differently from RFC 8760.

use std::borrow::Cow;

use crate::sip::digest::Algorithm;
use crate::sip::framing::{Field, Frame};

/// `SHA-256` as the stack reads and writes it.
const STACK: &str = "SHA256";

/// Whether a header asks for a password.
pub fn is_challenge(name: &str) -> bool {
    matches!(name, "www-authenticate" | "proxy-authenticate")
}

/// Leaves of several challenges the best we can answer (RFC 8760 §2.4), in words of the stack.
pub fn choose(frame: &mut Frame) {
    let rank = |field: &Field| match algorithm(&field.value) {
        Some(Algorithm::Sha256) => 0,
        Some(Algorithm::Md5) => 1,
        None => 2,
    };
    let best = frame.fields.iter().filter(|field| is_challenge(&field.name)).map(rank).min();
    let Some(best) = best else { return };
    let mut taken = false;
    frame.fields.retain(|field| {
        let keep = !is_challenge(&field.name) || (!taken && rank(field) == best);
        taken |= keep && is_challenge(&field.name);
        keep
    });
    for field in frame.fields.iter_mut().filter(|field| is_challenge(&field.name)) {
        if algorithm(&field.value) == Some(Algorithm::Sha256) {
            field.value = Cow::Owned(renamed(&field.value));
        }
    }
}

fn named(value: &str) -> Option<(usize, usize)> {
    let at = value.to_ascii_lowercase().find("algorithm=")? + "algorithm=".len();
    let rest = &value[at..];
    Some((at, at + rest.find([',', ' ', ';']).unwrap_or(rest.len())))
}

/// The algorithm of a challenge; `None` is one we cannot answer.
fn algorithm(value: &str) -> Option<Algorithm> {
    let Some((start, end)) = named(value) else { return Some(Algorithm::Md5) };
    let name = value[start..end].trim_matches('"');
    [Algorithm::Md5, Algorithm::Sha256].into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
}

fn renamed(value: &str) -> String {
    match named(value) {
        Some((start, end)) => format!("{}{STACK}{}", &value[..start], &value[end..]),
        None => value.to_owned(),
    }
}

/// A message of the stack with the algorithm's name as others know it.
pub fn spelled(message: &[u8]) -> Cow<'_, [u8]> {
    const WRONG: &[u8] = b"algorithm=SHA256";
    let at = message.windows(WRONG.len()).position(|window| window == WRONG);
    let quoted = || message.windows(WRONG.len() + 1).position(|window| window == b"algorithm=\"SHA256");
    let Some(end) = at.map(|at| at + WRONG.len()).or_else(|| quoted().map(|at| at + WRONG.len() + 1)) else {
        return Cow::Borrowed(message);
    };
    let split = end - "256".len();
    [&message[..split], b"-", &message[split..]].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(values: &[&str]) -> Vec<String> {
        let head: String = values.iter().map(|value| format!("\r\nWWW-Authenticate: {value}")).collect();
        let head = format!("SIP/2.0 401 Unauthorized\r\nVia: x{head}\r\nCSeq: 1 REGISTER");
        let mut frame = Frame::read(&head);
        choose(&mut frame);
        assert!(frame.get("via").is_some() && frame.get("cseq").is_some());
        let left = frame.fields.iter().filter(|field| is_challenge(&field.name));
        left.map(|field| field.value.clone().into_owned()).collect()
    }

    #[test]
    fn the_best_challenge_is_left_in_words_of_the_stack() {
        let md5 = "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"";
        let sha = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
        let odd = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, qop=\"auth\"";
        let ours = sha.replace("SHA-256", "SHA256");
        assert_eq!(chosen(&[odd, md5, sha]), [ours.as_str()]);
        assert_eq!(chosen(&[sha, md5]), [ours.as_str()]);
        assert_eq!(chosen(&[odd, md5]), [md5]);
        assert_eq!(chosen(&["Digest realm=\"old\", nonce=\"n\""]), ["Digest realm=\"old\", nonce=\"n\""]);
        assert_eq!(chosen(&[odd]), [odd]);
    }

    #[test]
    fn the_name_goes_out_as_others_know_it() {
        assert_eq!(&*spelled(b"x algorithm=SHA256, y"), b"x algorithm=SHA-256, y");
        assert_eq!(&*spelled(b"x algorithm=\"SHA256\""), b"x algorithm=\"SHA-256\"");
        assert!(matches!(spelled(b"algorithm=MD5"), Cow::Borrowed(_)));
    }
}
