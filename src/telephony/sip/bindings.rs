//! Registrations outlive a restart: phones are rung at once, not when they next renew.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use rsipstack::sip::{Transport, Uri};

use crate::line::LineEvent;
use crate::sip::exchange::Exchange;
use crate::sip::registrar::Binding;
use crate::threads;

/// A registration as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedBinding {
    /// The account.
    pub user: String,
    /// The URI the phone calls itself.
    pub contact: String,
    /// Where its datagrams come from.
    pub source: SocketAddr,
    /// Until when.
    pub expires: jiff::Timestamp,
}

/// Where registrations are kept. Phones behind a connection (TCP, TLS) are not: the connection is gone as well.
pub trait KeepsBindings: Send + Sync {
    /// All that were kept; none if there are none, or they cannot be read.
    fn load(&self) -> Vec<SavedBinding>;
    /// Keeps these instead of all before.
    fn save(&self, all: &[SavedBinding]) -> std::io::Result<()>;
}

/// The keeper of a switchboard.
#[derive(Clone)]
pub struct BindingKeeper(pub Arc<dyn KeepsBindings>);

impl fmt::Debug for BindingKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BindingKeeper")
    }
}

/// Keeps them in a file, one a line; written beside and renamed, so that it is always whole.
#[derive(Clone, Debug)]
pub struct BindingFile(pub PathBuf);

impl KeepsBindings for BindingFile {
    fn load(&self) -> Vec<SavedBinding> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().filter_map(read).collect()
    }

    fn save(&self, all: &[SavedBinding]) -> std::io::Result<()> {
        let beside = self.0.with_extension("new");
        let mut file = std::fs::File::create(&beside)?;
        for SavedBinding { user, contact, source, expires } in all {
            writeln!(file, "{user}\t{contact}\t{source}\t{}", expires.as_second())?;
        }
        file.sync_all()?;
        std::fs::rename(beside, &self.0)
    }
}

fn read(line: &str) -> Option<SavedBinding> {
    let mut parts = line.split('\t');
    let (user, contact) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let source = parts.next()?.parse().ok()?;
    let expires = jiff::Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
    Some(SavedBinding { user, contact, source, expires })
}

/// A thread that writes the newest state, skipping those it was too slow for.
pub(crate) fn writer(keeper: BindingKeeper) -> std::io::Result<Sender<Vec<SavedBinding>>> {
    let (sender, states) = channel::<Vec<SavedBinding>>();
    threads::begin("bindings", move || {
        while let Ok(mut state) = states.recv() {
            while let Ok(newer) = states.try_recv() {
                state = newer;
            }
            if let Err(error) = keeper.0.save(&state) {
                tracing::warn!(%error, "registrations were not kept");
            }
        }
    })?;
    Ok(sender)
}

impl Exchange {
    /// Takes up what was kept.
    pub(crate) fn restore_bindings(&mut self) {
        let Some(keeper) = self.settings.bindings.clone() else { return };
        let (today, now) = ((self.settings.clock.0)(), Instant::now());
        for saved in keeper.0.load() {
            let known = self.phones.iter().any(|phone| phone.user == saved.user);
            let left = u64::try_from(saved.expires.as_second() - today.as_second()).unwrap_or(0);
            let Ok(contact) = Uri::try_from(saved.contact.as_str()) else { continue };
            if !known || left == 0 {
                continue;
            }
            let expires = now + Duration::from_secs(left);
            let binding = Binding { contact, source: saved.source, transport: Transport::Udp, expires };
            if self.registrar.bind(&saved.user, binding) {
                self.tell(LineEvent::PhoneRegistered { user: saved.user, online: true });
            }
        }
    }

    /// Keeps what changed.
    pub(crate) fn keep_bindings(&self) {
        let Some(writer) = &self.bindings else { return };
        let (today, now) = ((self.settings.clock.0)(), Instant::now());
        let saved = self.registrar.all().filter(|(_, binding)| binding.transport == Transport::Udp);
        let saved = saved.filter_map(|(user, binding)| {
            let left = binding.expires.saturating_duration_since(now).as_secs();
            let expires = today.as_second().checked_add(i64::try_from(left).ok()?)?;
            Some(SavedBinding {
                user: user.to_owned(),
                contact: binding.contact.to_string(),
                source: binding.source,
                expires: jiff::Timestamp::from_second(expires).ok()?,
            })
        });
        // the writer ends after the exchange
        let _ = writer.send(saved.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_torn_lines_are_not() {
        let file = BindingFile(std::env::temp_dir().join(format!("callout-bindings-{}", std::process::id())));
        let saved = SavedBinding {
            user: "101".to_owned(),
            contact: "sip:101@10.0.0.1:5060".to_owned(),
            source: ([10, 0, 0, 1], 5_060).into(),
            expires: jiff::Timestamp::from_second(1_800_000_000).unwrap(),
        };
        assert_eq!(file.load(), []);
        file.save(std::slice::from_ref(&saved)).unwrap();
        assert_eq!(file.load(), std::slice::from_ref(&saved));
        std::fs::write(&file.0, "101\tsip:a@b\tnowhere\t5\n\n102").unwrap();
        assert_eq!(file.load(), []);
        std::fs::remove_file(file.0).unwrap();
    }
}
