//! Which machines may be posted to: those of the world, not those of our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the settings let through besides `https` to the world.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// `http` to this very machine: for tests and for programmes that live beside us.
    pub plain: bool,
    /// Machines of our own network.
    pub inside: bool,
}

impl Allowed {
    /// May a machine be posted to?
    pub fn admits(self, ip: IpAddr) -> bool {
        self.inside || is_public(ip) || (self.plain && unmapped(ip).is_loopback())
    }
}

/// An address of IPv4 that is written as one of IPv6 is the address of IPv4.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// Is it an address of the world? Everything that is kept for private, local and special use is not (RFC 6890).
pub fn is_public(ip: IpAddr) -> bool {
    match unmapped(ip) {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    );
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // 64:ff9b::/96 and 2002::/16 carry an address of IPv4 that is looked at instead
    if first == 0x64 && second == 0xff9b {
        let [.., high, low] = ip.segments();
        return is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    if first == 0x2002 {
        let [_, high, low, ..] = ip.segments();
        return is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    // 2000::/3 is the world's, but for 2001::/23 (protocols) and 2001:db8::/32 (documents)
    first & 0xe000 == 0x2000 && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn our_own_network_is_not_the_world() {
        for own in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip(own)), "{own}");
        }
        for world in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a02:6b8::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
        {
            assert!(is_public(ip(world)), "{world}");
        }
    }

    #[test]
    fn plain_lets_this_machine_through_and_nothing_else_of_ours() {
        let plain = Allowed { plain: true, inside: false };
        assert!(plain.admits(ip("127.0.0.1")) && plain.admits(ip("::1")) && plain.admits(ip("8.8.8.8")));
        assert!(!plain.admits(ip("10.0.0.1")) && !Allowed::default().admits(ip("127.0.0.1")));
        assert!(Allowed { plain: false, inside: true }.admits(ip("192.168.0.7")));
    }
}
