//! Which trunk a call came through, and whether it may.

use std::net::IpAddr;
use std::time::Instant;

use crate::settings::TrunkPeer;
use crate::sip::digest::{Digests, Proof};

/// The verdict on a caller.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission<'t> {
    /// It is this trunk.
    Trunk(&'t TrunkPeer),
    /// It may be, if it knows the password.
    Challenge {
        /// The nonce was too old.
        stale: bool,
    },
    /// It named a wrong user or password.
    WrongPassword,
    /// Nobody we know.
    Unknown,
}

/// Finds the trunk by source and, where it has one, by password.
pub fn admit<'t>(
    trunks: impl Iterator<Item = &'t TrunkPeer> + Clone,
    source: IpAddr,
    authorization: Option<&str>,
    digests: &Digests,
    now: Instant,
) -> Admission<'t> {
    let may_be = |trunk: &&TrunkPeer| {
        trunk.allowed_ips.contains(&source) || (trunk.allowed_ips.is_empty() && trunk.user.is_some())
    };
    // a provider we register at calls us as it is asked to, without a password of ours
    let registered = |trunk: &&TrunkPeer| {
        trunk.registers && trunk.outbound.is_some_and(|outbound| outbound.ip() == source)
    };
    if let Some(trunk) = trunks.clone().find(registered) {
        return Admission::Trunk(trunk);
    }
    let candidates: Vec<&TrunkPeer> = trunks.filter(may_be).collect();
    if candidates.is_empty() {
        return Admission::Unknown;
    }
    if authorization.is_none()
        && let Some(open) = candidates.iter().find(|trunk| trunk.user.is_none())
    {
        return Admission::Trunk(open);
    }
    let with_user = |user: &str| candidates.iter().find(|trunk| trunk.user.as_deref() == Some(user));
    let password_of = |user: &str| with_user(user).and_then(|trunk| trunk.password.as_deref());
    match digests.verify(authorization, "INVITE", password_of, now) {
        Proof::Good(user) => match with_user(&user) {
            Some(trunk) => Admission::Trunk(trunk),
            None => Admission::WrongPassword,
        },
        Proof::Wrong => Admission::WrongPassword,
        Proof::Stale => Admission::Challenge { stale: true },
        Proof::Missing => Admission::Challenge { stale: false },
    }
}

/// Whether the trunk rings at this number; `+` and other decoration do not count.
pub fn rings_at<'t>(trunk: &'t TrunkPeer, dialled: &str) -> Option<&'t str> {
    let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = digits(dialled);
    if trunk.registers && trunk.user.as_deref() == Some(dialled) {
        return trunk.dids.first().map(String::as_str); // it calls the contact we registered
    }
    trunk
        .dids
        .iter()
        .find(|did| *did == dialled || (!wanted.is_empty() && digits(did) == wanted))
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::digest::{Algorithm, answer};

    fn trunks() -> [TrunkPeer; 2] {
        let by_ip = TrunkPeer {
            name: "ip".to_owned(),
            allowed_ips: vec![[10, 0, 0, 1].into()],
            dids: vec!["+74951234567".to_owned()],
            ..TrunkPeer::default()
        };
        let by_password = TrunkPeer {
            name: "digest".to_owned(),
            user: Some("u".to_owned()),
            password: Some("p".to_owned()),
            ..TrunkPeer::default()
        };
        [by_ip, by_password]
    }

    #[test]
    fn by_address_and_by_password() {
        let (trunks, digests, now) = (trunks(), Digests::new("r", &[Algorithm::Md5]), Instant::now());
        let ask = |ip: [u8; 4], auth: Option<&str>| admit(trunks.iter(), ip.into(), auth, &digests, now);
        assert_eq!(ask([10, 0, 0, 1], None), Admission::Trunk(&trunks[0]));
        assert_eq!(ask([10, 0, 0, 2], None), Admission::Challenge { stale: false });
        let say = |password| {
            answer(&digests.challenges(false, now)[0], "u", password, "INVITE", "sip:1@h").unwrap()
        };
        assert_eq!(ask([10, 0, 0, 2], Some(&say("p"))), Admission::Trunk(&trunks[1]));
        assert_eq!(ask([10, 0, 0, 2], Some(&say("q"))), Admission::WrongPassword);
        assert_eq!(admit(trunks[..1].iter(), [10, 0, 0, 2].into(), None, &digests, now), Admission::Unknown);
    }

    #[test]
    fn numbers_match_by_their_digits() {
        let [trunk, _] = trunks();
        assert_eq!(rings_at(&trunk, "74951234567"), Some("+74951234567"));
        assert_eq!(rings_at(&trunk, "+74951234568"), None);
        assert_eq!(rings_at(&trunk, ""), None);
    }
}
