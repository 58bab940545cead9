//! The link that opens one visit to its client: which visit and until when, signed by the house.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::values::id::{Id, MasterId, VisitId};
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

/// What is signed, so that a signature of one kind says nothing of another.
const VISIT: &[u8] = b"callout visit link 1";
const TRACKER: &[u8] = b"callout tracker 1";

fn sign(key: &[u8; 32], kind: &[u8], said: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(kind);
    mac.update(said);
    mac
}

/// Makes a link that opens the visit up to the second `until` since the epoch.
pub(crate) fn make(key: &[u8; 32], visit: VisitId, until: u32) -> String {
    let mut token = visit.uuid().as_bytes().to_vec();
    token.extend(until.to_be_bytes());
    let mac = sign(key, VISIT, &token).finalize().into_bytes();
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
    sign(key, VISIT, said).verify_truncated_left(mac).map_err(|_| Shut::Foreign)?;
    let (visit, until) = said.split_at(PARTS[0]);
    let until = u32::from_be_bytes(until.try_into().map_err(|_| Shut::Foreign)?);
    if now > i64::from(until) {
        return Err(Shut::Expired);
    }
    Uuid::from_slice(visit).map(Id::from_uuid).map_err(|_| Shut::Foreign)
}

/// The token that a master's tracker says where it is with; good for as long as the house has its key.
pub(crate) fn make_tracker(key: &[u8; 32], master: MasterId) -> String {
    let mut token = master.uuid().as_bytes().to_vec();
    let mac = sign(key, TRACKER, &token).finalize().into_bytes();
    token.extend(&mac[..PARTS[2]]);
    URL_SAFE_NO_PAD.encode(token)
}

/// Whose tracker says so; nothing when the house has not made the token.
pub(crate) fn open_tracker(key: &[u8; 32], token: &str) -> Option<MasterId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == PARTS[0] + PARTS[2])?;
    let (said, mac) = bytes.split_at(PARTS[0]);
    sign(key, TRACKER, said).verify_truncated_left(mac).ok()?;
    Uuid::from_slice(said).map(Id::from_uuid).ok()
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

    #[test]
    fn a_tracker_speaks_for_its_master_and_a_link_for_nobody() {
        let master = Id::from_uuid(Uuid::from_u128(42));
        let token = make_tracker(&KEY, master);
        assert_eq!(open_tracker(&KEY, &token), Some(master));
        assert_eq!(open_tracker(&[8; 32], &token), None);
        let link = make(&KEY, Id::from_uuid(Uuid::from_u128(42)), 1000);
        for wrong in ["", "master_1", &token[1..], &link] {
            assert_eq!(open_tracker(&KEY, wrong), None, "{wrong}");
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
