//! A message that only one browser reads: keys agreed on as RFC 8291 says, one record of `aes128gcm` as RFC 8188 says.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand,
};

/// Bytes of a point of P-256 that is not compressed.
const POINT: usize = 65;
/// The longest message in one record: push services take 4096 bytes.
const LONGEST: usize = 3800;
/// Behind the last byte of the last record.
const LAST: u8 = 2;

/// Why a message cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Longer than push services take.
    #[error("the message has `{0}` bytes: expected at most {LONGEST}")]
    TooLong(usize),
    /// The browser's key is no point of the curve, or the system gives no random bytes.
    #[error("the browser's key is no point of P-256: expected 65 bytes of one")]
    BadKey,
}

impl From<Unspecified> for SealError {
    fn from(Unspecified: Unspecified) -> Self {
        Self::BadKey
    }
}

/// So many bytes out of a key.
struct Bytes(usize);
impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}
fn expand<const N: usize>(salt: &[u8], secret: &[u8], about: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut out = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(about, Bytes(N))?.fill(&mut out)?;
    Ok(out)
}

/// Seals a message for a browser's public key and secret, under a key and a salt that are used once.
pub fn seal(browser: &[u8], auth: &[u8], text: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut salt = [0; 16];
    rand::fill(&mut salt)?;
    seal_with(&PrivateKey::generate(&ECDH_P256)?, salt, browser, auth, text)
}

fn seal_with(
    ours: &PrivateKey,
    salt: [u8; 16],
    browser: &[u8],
    auth: &[u8],
    text: &[u8],
) -> Result<Vec<u8>, SealError> {
    if text.len() > LONGEST {
        return Err(SealError::TooLong(text.len()));
    }
    if browser.len() != POINT {
        return Err(SealError::BadKey);
    }
    let public = ours.compute_public_key()?;
    let public = public.as_ref();
    let theirs = UnparsedPublicKey::new(&ECDH_P256, browser);
    let secret: [u8; 32] = agree(ours, theirs, Unspecified, |shared| {
        expand(auth, shared, &[b"WebPush: info\0", browser, public])
    })?;
    let key: [u8; 16] = expand(&salt, &secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(&salt, &secret, &[b"Content-Encoding: nonce\0"])?;
    let mut record = text.to_vec();
    record.push(LAST);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    let mut sealed = Vec::with_capacity(record.len() + 21 + POINT);
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(&4096_u32.to_be_bytes());
    sealed.push(POINT as u8);
    sealed.extend_from_slice(public);
    sealed.extend_from_slice(&record);
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).expect("base64url")
    }

    #[test]
    fn the_example_of_the_standard_comes_out() {
        // RFC 8291, section 5 and appendix A.
        let ours = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ours = PrivateKey::from_private_key(&ECDH_P256, &ours).expect("a key");
        let browser =
            bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().expect("16 bytes");
        let text = b"When I grow up, I want to be a watermelon";
        let sealed = seal_with(&ours, salt, &browser, &auth, text).expect("sealed");
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(sealed), expected);
    }

    #[test]
    fn a_key_that_is_no_point_and_a_message_that_is_too_long_are_refused() {
        let auth = [7; 16];
        assert_eq!(seal(&[4; POINT], &auth, b"x"), Err(SealError::BadKey));
        assert_eq!(seal(&[4; 10], &auth, b"x"), Err(SealError::BadKey));
        assert_eq!(seal(&[4; POINT], &auth, &[0; 4000]), Err(SealError::TooLong(4000)));
    }
}
