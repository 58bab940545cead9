//! A stranger's offer and answer against any order of our codecs: what is agreed on is ours, and both sides mean the same.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use telephony::Codec;
use telephony::media::sdp::{RemoteAudio, Word, describe, read_answer, read_offer};

/// The order that a byte stands for: from none to all, any of them first.
fn order(byte: u8) -> Vec<Codec> {
    let mut codecs = Codec::ALL.to_vec();
    codecs.rotate_left(usize::from(byte & 3));
    if byte & 4 != 0 {
        codecs.reverse();
    }
    codecs.truncate(usize::from(byte >> 3 & 7).min(Codec::ALL.len()));
    codecs
}

/// What both said is read by the other side as it was meant.
fn agreed(audio: &RemoteAudio, ours: &[Codec]) {
    assert!(ours.contains(&audio.codec), "{audio:?} is none of {ours:?}");
    assert_eq!(audio.payload.is_some(), audio.codec.is_dynamic(), "{audio:?}");
    let local = SocketAddr::from(([192, 0, 2, 7], 4_000));
    let plain = RemoteAudio { key: None, ..audio.clone() };
    let answer = describe(local, 1, None, Word::Answer(&plain));
    let read = read_answer(&answer, &[audio.codec]);
    let read = read.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer)));
    assert_eq!((read.codec, read.payload), (audio.codec, audio.payload));
}

fuzz_target!(|bytes: &[u8]| {
    let [first, second, body @ ..] = bytes else { return };
    let (ours, now) = (order(*first), order(*second).first().copied());
    if let Ok(audio) = read_offer(body, &ours, now) {
        agreed(&audio, &ours);
        // what is spoken goes on when it is offered again
        let again = read_offer(body, &ours, Some(audio.codec)).expect("the same offer");
        assert_eq!(again.codec, audio.codec);
    }
    if let Ok(audio) = read_answer(body, &ours) {
        agreed(&audio, &ours);
    }
    // whoever speaks as we do agrees on the first of our own offer
    let local = SocketAddr::from(([192, 0, 2, 8], 4_000));
    let offer = describe(local, 1, None, Word::Offer(&ours));
    assert_eq!(read_answer(&offer, &ours).ok().map(|audio| audio.codec), ours.first().copied());
});
