//! Secure audio for phones (RFC 3711) with keys told in the description (RFC 4568): `AES_CM_128_HMAC_SHA1_80` alone,
//! the one suite every phone has. AES and HMAC are RustCrypto's; here is only how packets are put together.

pub mod context;
pub mod key;

use aes::Aes128Enc;
use aes::cipher::{InnerIvInit as _, KeyInit as _, StreamCipher as _, StreamCipherCoreWrapper};
use ctr::CtrCore;
use ctr::flavors::Ctr128BE;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use crate::media::srtp::key::{KEY, Key, SALT};

/// Bytes of the proof at the end of a packet.
pub const TAG: usize = 10;
/// Bytes that RTCP gets longer by: the index and the proof.
pub const RTCP_TRAILER: usize = 4 + TAG;

/// What the session keys are for: labels of RFC 3711 §4.3.1 and §4.3.2.
#[derive(Clone, Copy)]
enum Use {
    Rtp = 0,
    Rtcp = 3,
}

/// A key stream of AES in counter mode.
fn stream(cipher: &Aes128Enc, iv: &[u8; 16]) -> StreamCipherCoreWrapper<CtrCore<Aes128Enc, Ctr128BE>> {
    StreamCipherCoreWrapper::from_core(CtrCore::inner_iv_init(cipher.clone(), &(*iv).into()))
}

/// The keys of one kind of packets of one direction.
#[derive(Clone)]
struct Session {
    cipher: Aes128Enc,
    proof: Hmac<Sha1>,
    salt: [u8; SALT],
}

impl Session {
    /// Derived from the key told, once for the whole session (key derivation rate 0).
    fn derive(key: &Key, purpose: Use) -> Option<Self> {
        let label = purpose as u8;
        let master = Aes128Enc::new(&key.master.into());
        let (mut cipher, mut proof, mut salt) = ([0u8; KEY], [0u8; 20], [0u8; SALT]);
        for (n, out) in [&mut cipher[..], &mut proof[..], &mut salt[..]].into_iter().enumerate() {
            let mut iv = [0u8; 16];
            iv[..SALT].copy_from_slice(&key.salt);
            iv[7] ^= label + n as u8;
            stream(&master, &iv).apply_keystream(out);
        }
        let proof = <Hmac<Sha1> as hmac::Mac>::new_from_slice(&proof).ok()?;
        Some(Self { cipher: Aes128Enc::new(&cipher.into()), proof, salt })
    }

    /// Encrypts or decrypts, RFC 3711 §4.1.1.
    fn turn(&self, ssrc: u32, index: u64, bytes: &mut [u8]) {
        let mut iv = [0u8; 16];
        iv[..SALT].copy_from_slice(&self.salt);
        for (byte, part) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= part;
        }
        for (byte, part) in iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]) {
            *byte ^= part;
        }
        stream(&self.cipher, &iv).apply_keystream(bytes);
    }

    /// The proof of a packet and what follows it unsent.
    fn prove(&self, packet: &[u8], unsent: &[u8]) -> Hmac<Sha1> {
        let mut proof = self.proof.clone();
        proof.update(packet);
        proof.update(unsent);
        proof
    }

    fn tag(&self, packet: &[u8], unsent: &[u8]) -> [u8; TAG] {
        let mut tag = [0u8; TAG];
        tag.copy_from_slice(&self.prove(packet, unsent).finalize().into_bytes()[..TAG]);
        tag
    }

    /// Whether the proof holds; compared in constant time.
    fn holds(&self, packet: &[u8], unsent: &[u8], tag: &[u8]) -> bool {
        self.prove(packet, unsent).verify_truncated_left(tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let hex: String = hex.split_whitespace().collect();
        std::array::from_fn(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap())
    }

    /// RFC 3711, appendix B.3.
    #[test]
    fn keys_are_derived_as_the_rfc_does() {
        let key = Key {
            master: bytes("E1F97A0D3E018BE0D64FA32C06DE4139"),
            salt: bytes("0EC675AD498AFEEBB6960B3AABE6"),
        };
        let session = Session::derive(&key, Use::Rtp).unwrap();
        assert_eq!(session.salt, bytes("30CBBC08863D8C85D49DB34A9AE1"));
        let cipher = Aes128Enc::new(&bytes::<16>("C61E7A93744F39EE10734AFE3FF7A087").into());
        let proof: [u8; 20] = bytes("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
        let proof = <Hmac<Sha1> as hmac::Mac>::new_from_slice(&proof).unwrap();
        let expected = Session { cipher, proof, salt: session.salt };
        let (mut ours, mut theirs) = ([7u8; 40], [7u8; 40]);
        session.turn(9, 5, &mut ours);
        expected.turn(9, 5, &mut theirs);
        assert_eq!(ours, theirs);
        assert_eq!(session.tag(&ours, b"x"), expected.tag(&theirs, b"x"));
    }

    /// RFC 3711, appendix B.2.
    #[test]
    fn the_key_stream_is_that_of_the_rfc() {
        let session = Session {
            cipher: Aes128Enc::new(&bytes::<16>("2B7E151628AED2A6ABF7158809CF4F3C").into()),
            proof: <Hmac<Sha1> as hmac::Mac>::new_from_slice(&[0; 20]).unwrap(),
            salt: bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
        };
        let mut stream = [0u8; 48];
        session.turn(0, 0, &mut stream);
        let expected: [u8; 48] = bytes(
            "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0",
        );
        assert_eq!(stream, expected);
    }
}
