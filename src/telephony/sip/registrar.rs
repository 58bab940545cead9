//! Where desk phones can be reached.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use rsipstack::sip::{Transport, Uri};

/// Phones one account may have at once; the oldest makes room.
const PHONES_PER_ACCOUNT: usize = 4;

/// One phone's registration.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What it calls itself.
    pub contact: Uri,
    /// Where its packets really come from.
    pub source: SocketAddr,
    /// How they come.
    pub transport: Transport,
    /// Until when.
    pub expires: Instant,
}

/// All registrations.
#[derive(Debug, Default)]
pub struct Registrar {
    bindings: HashMap<String, Vec<Binding>>,
}

impl Registrar {
    /// Adds or renews a registration; `true` if the account was unreachable before.
    pub fn bind(&mut self, user: &str, binding: Binding) -> bool {
        let known = self.bindings.entry(user.to_owned()).or_default();
        let came_online = known.is_empty();
        known.retain(|old| old.contact != binding.contact && old.source != binding.source);
        if known.len() >= PHONES_PER_ACCOUNT {
            known.remove(0);
        }
        known.push(binding);
        came_online
    }

    /// Removes one registration, or all of the account; `true` if that made it unreachable.
    pub fn unbind(&mut self, user: &str, contact: Option<&Uri>) -> bool {
        let Some(known) = self.bindings.get_mut(user) else { return false };
        match contact {
            Some(contact) => known.retain(|binding| binding.contact != *contact),
            None => known.clear(),
        }
        let gone = known.is_empty();
        if gone {
            self.bindings.remove(user);
        }
        gone
    }

    /// The registrations of an account, oldest first.
    pub fn of(&self, user: &str) -> &[Binding] {
        self.bindings.get(user).map_or(&[], Vec::as_slice)
    }

    /// Every registration with its account.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Binding)> {
        self.bindings
            .iter()
            .flat_map(|(user, known)| known.iter().map(move |binding| (user.as_str(), binding)))
    }

    /// Whether a phone is registered from this address.
    pub fn lives_at(&self, source: std::net::IpAddr) -> bool {
        self.bindings.values().flatten().any(|binding| binding.source.ip() == source)
    }

    /// Forgets what ran out; returns the accounts that became unreachable.
    pub fn expire(&mut self, now: Instant) -> Vec<String> {
        let mut gone = Vec::new();
        self.bindings.retain(|user, known| {
            known.retain(|binding| binding.expires > now);
            if known.is_empty() {
                gone.push(user.clone());
            }
            !known.is_empty()
        });
        gone
    }

    /// When [`Registrar::expire`] is needed next.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.bindings.values().flatten().map(|binding| binding.expires).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn binding(port: u16, expires: Instant) -> Binding {
        let contact = format!("sip:101@10.0.0.1:{port}").parse().unwrap();
        let source = SocketAddr::from(([10, 0, 0, 1], port));
        Binding { contact, source, transport: Transport::Udp, expires }
    }

    #[test]
    fn comes_renews_and_goes() {
        let now = Instant::now();
        let mut registrar = Registrar::default();
        assert!(registrar.bind("101", binding(5060, now + Duration::from_secs(10))));
        assert!(!registrar.bind("101", binding(5060, now + Duration::from_secs(60))));
        assert!(!registrar.bind("101", binding(5070, now + Duration::from_secs(20))));
        assert_eq!(registrar.of("101").len(), 2);
        assert_eq!(registrar.next_expiry(), Some(now + Duration::from_secs(20)));
        assert!(registrar.expire(now + Duration::from_secs(30)).is_empty());
        assert_eq!(registrar.expire(now + Duration::from_secs(60)), ["101"]);
        assert!(registrar.bind("101", binding(5060, now)));
        assert!(registrar.unbind("101", None));
        assert!(!registrar.unbind("101", None));
    }

    #[test]
    fn an_account_has_at_most_four_phones() {
        let now = Instant::now();
        let mut registrar = Registrar::default();
        for port in 5060..5070 {
            registrar.bind("101", binding(port, now));
        }
        assert_eq!(registrar.of("101").len(), PHONES_PER_ACCOUNT);
        assert_eq!(registrar.of("101")[0].source.port(), 5066);
    }
}
