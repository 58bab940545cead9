//! What each of several firms must have alone: hosts, folders, databases, addresses and ports.

use super::{firms::FirmSettings, sip::Sip};
use anyhow::ensure;
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Component, Path, PathBuf},
};

/// Ports that somebody listens at.
#[derive(Debug, Clone)]
struct Ports {
    key: &'static str,
    carrier: &'static str,
    ip: IpAddr,
    first: u16,
    last: u16,
}

impl Ports {
    fn overlap(&self, other: &Self) -> bool {
        let everywhere = self.ip.is_unspecified() || other.ip.is_unspecified();
        self.carrier == other.carrier
            && (everywhere || self.ip == other.ip)
            && self.first <= other.last
            && other.first <= self.last
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, carrier, ip, first, last } = self;
        write!(to, "`{key}` ({carrier} `{}`", SocketAddr::new(*ip, *first))?;
        if last == first { write!(to, ")") } else { write!(to, " to `{last}`)") }
    }
}

/// All ports that are set for telephony; 0 is any that is free.
fn ports(sip: &Sip) -> Vec<Ports> {
    let ip = sip.listen.ip();
    let one = |key, carrier, port| Ports { key, carrier, ip, first: port, last: port };
    let (first, last) = sip.media_ports;
    let mut all = vec![
        one("sip.listen", "udp", sip.listen.port()),
        one("sip.webrtc_port", "udp", sip.webrtc_port),
        Ports { key: "sip.media_ports", carrier: "udp", ip, first, last },
    ];
    all.extend(sip.tcp_port.map(|port| one("sip.tcp_port", "tcp", port)));
    all.extend(sip.tls.as_ref().map(|tls| one("sip.tls.port", "tcp", tls.port)));
    all.retain(|ports| ports.last != 0);
    all
}

/// All folders that are written to; those inside others of the same firm come after them.
fn folders(firm: &FirmSettings) -> Vec<(&'static str, PathBuf)> {
    let settings = &firm.settings;
    let store = settings.store.url.strip_prefix("surrealkv://").and_then(|rest| rest.split('?').next());
    let mut all = vec![("firm.data", firm.data.clone())];
    all.extend(store.map(|store| ("store.url", PathBuf::from(store))));
    all.extend(settings.store.files.clone().map(|files| ("store.files", files)));
    all.extend(settings.calls.recordings.clone().map(|tapes| ("calls.recordings", tapes)));
    all.extend(settings.sip.registrations.clone().map(|phones| ("sip.registrations", phones)));
    all.into_iter().map(|(key, path)| (key, plain(&path))).collect()
}

/// The one way to write a path: whole, without links as far as it exists, without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
        plain = plain.canonicalize().unwrap_or(plain);
    }
    plain
}

/// A store's address as it may be shown.
pub(crate) fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme @ ("ws" | "wss"), _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}

fn two(one: &FirmSettings, other: &FirmSettings) -> anyhow::Result<()> {
    let who = format!("firms `{}` and `{}`", one.name, other.name);
    for (key, folder) in folders(one) {
        for (others, theirs) in folders(other) {
            ensure!(
                folder != theirs,
                "{who} share the folder `{}` (`{key}` and `{others}`): expected each its own",
                folder.display()
            );
            ensure!(
                !folder.starts_with(&theirs) && !theirs.starts_with(&folder),
                "{who} have folders one inside the other: `{key}` is `{}`, `{others}` is `{}`",
                folder.display(),
                theirs.display()
            );
        }
    }
    let (store, theirs) = (&one.settings.store.url, &other.settings.store.url);
    let (store, theirs) = (without_password(store), without_password(theirs));
    ensure!(
        store != theirs || store.starts_with("mem://"),
        "{who} share the database `{store}` (`store.url`): expected each its own"
    );
    for taken in ports(&one.settings.sip) {
        for theirs in ports(&other.settings.sip) {
            ensure!(
                !taken.overlap(&theirs),
                "{who} share ports: {taken} and {theirs}; expected each its own, or another address"
            );
        }
    }
    Ok(())
}

/// Refuses firms that are not apart; `door` is where HTTP is answered for all of them.
///
/// # Errors
/// Names the firms, the keys and the value.
pub(super) fn check(door: SocketAddr, firms: &[FirmSettings]) -> anyhow::Result<()> {
    let mut hosts: BTreeMap<&str, &str> = BTreeMap::new();
    for firm in firms {
        for host in &firm.hosts {
            if let Some(other) = hosts.insert(host, &firm.name) {
                ensure!(other != firm.name, "firm `{other}` says its host `{host}` twice: expected once");
                anyhow::bail!(
                    "firms `{other}` and `{}` share the host `{host}`: expected each its own",
                    firm.name
                );
            }
        }
        let http = Ports {
            key: "http.listen",
            carrier: "tcp",
            ip: door.ip(),
            first: door.port(),
            last: door.port(),
        };
        for taken in ports(&firm.settings.sip).iter().filter(|_| door.port() != 0) {
            ensure!(
                !taken.overlap(&http),
                "firm `{}` takes a port of the common door: {taken} and {http}; expected another",
                firm.name
            );
        }
    }
    for (at, one) in firms.iter().enumerate() {
        firms[at + 1..].iter().try_for_each(|other| two(one, other))?;
    }
    Ok(())
}
