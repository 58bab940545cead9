//! Recordings: a ticket for who may hear one, given after it is written down who does; then the file, in any pieces.

use crate::{
    api::{House, body::Body, carry_out, session::SignedIn},
    problem::Problem,
};
use axum::{
    Json,
    body::{Body as Stream, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    ports::{Command, Recordings, Seat},
    refusal::Refusal,
};
use futures_util::stream;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use std::{ops::RangeInclusive, sync::Arc};

/// A ticket lets its bearer hear one recording for so long: one listening, with all its seeking.
const LIFE_SECONDS: i64 = 3600;
/// Bytes before the sound, and bytes of both sides in a millisecond.
const HEAD: u64 = 58;
const BYTES_PER_MS: u64 = 16;
/// Bytes of the signature.
const SIGNATURE: usize = 16;
/// Bytes that are read from the disk at once: four seconds of both sides.
const PIECE: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Idempotency key, as of a command.
    id: String,
}

/// Which recording, for whom, until when.
fn said(name: &str, seat: &Seat, until: i64) -> String {
    format!("{name} {} {until}", seat.user)
}

fn sign(key: &[u8; 32], said: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(b"callout recording ticket 1");
    mac.update(said.as_bytes());
    mac
}

fn ticket(key: &[u8; 32], said: &str) -> String {
    let mac = sign(key, said).finalize().into_bytes();
    URL_SAFE_NO_PAD.encode([said.as_bytes(), &mac[..SIGNATURE]].concat())
}

/// The name of the recording that a ticket of this person opens now.
fn admitted(key: &[u8; 32], ticket: &str, seat: &Seat, now: i64) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(ticket).ok()?;
    let (text, mac) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE)?)?;
    let text = std::str::from_utf8(text).ok()?;
    sign(key, text).verify_truncated_left(mac).ok()?;
    let mut words = text.split(' ');
    let (name, user, until) = (words.next()?, words.next()?, words.next()?.parse::<i64>().ok()?);
    (user == seat.user.to_string() && now <= until).then(|| name.to_owned())
}

/// Writes down who hears the recording of a call, and gives the ticket.
pub(super) async fn hear(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(call): Path<String>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, Problem> {
    let command =
        Command { id: asked.id, name: "recording.hear".into(), args: json!({ "call": call }), rev: None };
    let answer = carry_out(&house, seat.clone(), command).await?;
    let name = answer.ok["recording"].as_str().unwrap_or_default().to_owned();
    // A file that is not there is said now and not by a player that stays silent.
    let length = house.recordings.length(&name).await?;
    let begun = answer.ok["begun"].as_i64().unwrap_or_default();
    let until = house.now() / 1000 + (LIFE_SECONDS as f64 * house.clock.lapse().max(1.0)) as i64;
    let url = |name: &str| format!("/api/recordings/{}", ticket(&house.link_key, &said(name, &seat, until)));
    let mut parts = vec![part(url(&name), 0, length)];
    for later in house.recordings.later_parts(&name).await? {
        let length = house.recordings.length(&later.name).await?;
        let after = (later.begun * 1000 - begun) as f64 / house.clock.lapse().max(1e-3);
        parts.push(part(url(&later.name), after as i64, length));
    }
    Ok(Json(json!({ "url": parts[0]["url"], "until": until * 1000, "parts": parts })))
}

/// One file of a recording: where it is, how many milliseconds after the first it begins, how many it lasts.
fn part(url: String, from: i64, bytes: u64) -> Value {
    json!({ "url": url, "from": from, "length": bytes.saturating_sub(HEAD) / BYTES_PER_MS })
}

/// What of a file of `length` bytes is asked for (RFC 9110, 14.1.2; one range); `None`: all of it.
fn range(headers: &HeaderMap, length: u64) -> Result<Option<RangeInclusive<u64>>, ()> {
    let Some(asked) = headers.get(header::RANGE) else { return Ok(None) };
    let asked = asked.to_str().ok().and_then(|text| text.trim().strip_prefix("bytes="));
    // A unit that is not known, or several ranges: the whole file is an answer too.
    let Some((from, to)) = asked.filter(|text| !text.contains(',')).and_then(|text| text.split_once('-'))
    else {
        return Ok(None);
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let (first, last) = match (from.trim(), to.trim()) {
        ("", tail) => (length.saturating_sub(number(tail).map_err(|_| ())?), length.saturating_sub(1)),
        (from, "") => (number(from).map_err(|_| ())?, length.saturating_sub(1)),
        (from, to) => {
            (number(from).map_err(|_| ())?, number(to).map_err(|_| ())?.min(length.saturating_sub(1)))
        }
    };
    if first > last || first >= length { Err(()) } else { Ok(Some(first..=last)) }
}

/// The bytes of a file from `first` up to and with `last`, read as they are sent.
fn sound(
    tapes: Arc<dyn Recordings>,
    name: String,
    first: u64,
    last: u64,
) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold(first, move |at| {
        let (tapes, name) = (Arc::clone(&tapes), name.clone());
        async move {
            let left = (last + 1).saturating_sub(at);
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let cut = |refusal: Refusal| std::io::Error::other(refusal.detail);
            let piece = tapes.read(&name, at, most).await.map_err(cut)?;
            if piece.is_empty() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let next = at + piece.len() as u64;
            Ok(Some((Bytes::from(piece), next)))
        }
    })
}

/// The file, or a range of it, for the bearer of a ticket.
pub(super) async fn read(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = admitted(&house.link_key, &ticket, &seat, house.now() / 1000)
        .ok_or_else(|| Problem::forbidden("the ticket opens nothing: expected one that was just given"))?;
    let length = house.recordings.length(&name).await?;
    let kind = [(header::CONTENT_TYPE, "audio/wav".to_owned()), (header::ACCEPT_RANGES, "bytes".to_owned())];
    let tapes = Arc::clone(&house.recordings);
    match range(&headers, length) {
        Err(()) => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response())
        }
        Ok(None) => {
            let about = [(header::CONTENT_LENGTH, length.to_string())];
            let last = length.saturating_sub(1);
            Ok((kind, about, Stream::from_stream(sound(tapes, name, 0, last))).into_response())
        }
        Ok(Some(part)) => {
            let (first, last) = part.into_inner();
            let about = [
                (header::CONTENT_LENGTH, (last - first + 1).to_string()),
                (header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}")),
            ];
            let body = Stream::from_stream(sound(tapes, name, first, last));
            Ok((StatusCode::PARTIAL_CONTENT, kind, about, body).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;
    use domain::access::Role;

    fn seat(user: u128) -> Seat {
        let (login, name) = (String::new(), String::new());
        Seat { user: id(user), login, name, role: Role::Manager, master: None, operator: None }
    }

    #[test]
    fn a_ticket_opens_one_recording_to_one_person_for_an_hour() {
        let (key, mine) = ([7; 32], seat(1));
        let given = ticket(&key, &said("call_1", &mine, 1000));
        assert_eq!(admitted(&key, &given, &mine, 1000).as_deref(), Some("call_1"));
        assert_eq!(admitted(&key, &given, &mine, 1001), None, "too late");
        assert_eq!(admitted(&key, &given, &seat(2), 1000), None, "somebody else's");
        assert_eq!(admitted(&[8; 32], &given, &mine, 1000), None, "another house's");
        for wrong in ["", "a", &given[1..], &format!("{given}A"), "call_1"] {
            assert_eq!(admitted(&key, wrong, &mine, 0), None, "{wrong}");
        }
    }

    #[test]
    fn ranges_are_those_of_the_rfc() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, text.parse().expect("a header"));
            range(&headers, 100)
        };
        assert_eq!(range(&HeaderMap::new(), 100), Ok(None));
        for (text, first, last) in [
            ("bytes=0-", 0, 99),
            ("bytes=10-19", 10, 19),
            ("bytes=90-500", 90, 99),
            ("bytes=-10", 90, 99),
            ("bytes=-500", 0, 99),
        ] {
            assert_eq!(asked(text), Ok(Some(first..=last)), "{text}");
        }
        for text in ["bytes=100-", "bytes=20-10", "bytes=x-", "bytes=-x"] {
            assert_eq!(asked(text), Err(()), "{text}");
        }
        for text in ["lines=1-2", "bytes=0-1,5-6"] {
            assert_eq!(asked(text), Ok(None), "{text}");
        }
        assert_eq!(range(&HeaderMap::new(), 0), Ok(None));
    }
}
