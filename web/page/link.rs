//! The link that opens one visit to its client: which visit and until when, signed by the house.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::values::id::{Id, VisitId};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Bytes of the visit, of the last second, of the signature.
const PARTS: [usize; 3] = [16, 4, 16];

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shut {
    /// The house has not made it.
    Foreign,
    /// Its time is over.
    Expired,
}

fn sign(key: &[u8; 32], said: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(b"callout visit link 1");
    mac.update(said);
    mac
}

/// Makes a link that opens the visit up to the second `until` since the epoch.
pub(crate) fn make(key: &[u8; 32], visit: VisitId, until: u32) -> String {
    let mut token = visit.uuid().as_bytes().to_vec();
    token.extend(until.to_be_bytes());
    let mac = sign(key, &token).finalize().into_bytes();
    token.extend(&mac[..PARTS[2]]);
    URL_SAFE_NO_PAD.encode(token)
}

/// Which visit a link opens at the second `now` since the epoch. The signature is compared in constant time.
pub(crate) fn open(key: &[u8; 32], token: &str, now: i64) -> Result<VisitId, Shut> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Shut::Foreign)?;
    if bytes.len() != PARTS.iter().sum::<usize>() {
        return Err(Shut::Foreign);
    }
    let (said, mac) = bytes.split_at(PARTS[0] + PARTS[1]);
    sign(key, said).verify_truncated_left(mac).map_err(|_| Shut::Foreign)?;
    let (visit, until) = said.split_at(PARTS[0]);
    let until = u32::from_be_bytes(until.try_into().map_err(|_| Shut::Foreign)?);
    if now > i64::from(until) {
        return Err(Shut::Expired);
    }
    Uuid::from_slice(visit).map(Id::from_uuid).map_err(|_| Shut::Foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_link_opens_its_visit_until_its_time_is_over_and_only_in_this_house() {
        let visit = Id::from_uuid(Uuid::from_u128(42));
        let token = make(&KEY, visit, 1000);
        assert_eq!(token.len(), 48);
        assert_eq!(open(&KEY, &token, 1000), Ok(visit));
        assert_eq!(open(&KEY, &token, 1001), Err(Shut::Expired));
        assert_eq!(open(&[8; 32], &token, 1000), Err(Shut::Foreign));
        for wrong in ["", "a", "visit_1", &token[1..], &format!("{token}A")] {
            assert_eq!(open(&KEY, wrong, 0), Err(Shut::Foreign), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_link_with_any_bit_changed_opens_nothing(number: u128, until: u32, bit in 0usize..288) {
            let token = make(&KEY, Id::from_uuid(Uuid::from_u128(number)), until);
            let mut bytes = URL_SAFE_NO_PAD.decode(token).expect("ours");
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(open(&KEY, &URL_SAFE_NO_PAD.encode(bytes), 0), Err(Shut::Foreign));
        }
    }
}
