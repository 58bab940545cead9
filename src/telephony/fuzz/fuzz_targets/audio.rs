//! Packets, descriptions, passwords and recordings of strangers.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use telephony::media::rtp::RtpHeader;
use telephony::media::{prompt, sdp};
use telephony::sip::digest::Answer;
use telephony::sip::number::{Number, NumberForm};

fuzz_target!(|bytes: &[u8]| {
    if let Some((_, payload)) = RtpHeader::read(bytes) {
        assert!(payload.end <= bytes.len() && payload.start <= payload.end);
    }
    // most are nothing of the kind, and say so
    let _ = (sdp::read(bytes), prompt::read_recording(&Arc::from(bytes)));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Answer::read(text);
        let number = Number::read(text);
        if matches!(number, Number::World(_)) {
            assert_eq!(Number::read(&number.written(NumberForm::Plus)), number, "a number is itself");
        }
    }
});
