//! A stream cut anywhere: every byte is given out once, and the cutting ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telephony::sip::framer::{Piece, next};

fuzz_target!(|stream: &[u8]| {
    let mut buffer = bytes::BytesMut::from(stream);
    let mut given = 0;
    loop {
        let before = buffer.len();
        match next(&mut buffer) {
            Piece::More => break,
            Piece::Ping => given += 4,
            Piece::Message(bytes) | Piece::Broken(bytes) => given += bytes.len(),
        }
        assert!(buffer.len() < before, "a piece takes something away");
    }
    assert!(given + buffer.len() <= stream.len());
});
