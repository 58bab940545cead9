//! Several firms in one process: a folder with a file for each, which says what differs from the common settings.

use super::{Settings, apart, merge, merged, table, typed};
use crate::{app::Extras, telephone::served};
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    net::{Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The longest name of a firm.
const LONGEST_NAME: usize = 32;
/// The longest name of a host.
const LONGEST_HOST: usize = 253;
/// Lines of one firm alone: what everybody would have in common is nobody's.
const NEVER_COMMON: [&str; 2] = ["trunk", "phone"];
/// What a firm's file has nothing to say about, and why.
const COMMON_ALONE: [(&str, &str); 2] =
    [("http", "the door is one for all firms"), ("firms", "a firm has no firms of its own")];

/// Firms that share the process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirmsFolder {
    /// Where their files are; absent: the settings are those of one firm.
    pub folder: Option<PathBuf>,
}

/// What a firm says of itself beside its settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Names that its consoles are reached by.
    hosts: Vec<String>,
    /// The folder of its data.
    data: Option<PathBuf>,
}

/// A firm of several.
#[derive(Debug, Clone, PartialEq)]
pub struct FirmSettings {
    /// Its short name, which is that of its file.
    pub name: String,
    /// Names that its consoles are reached by, in small letters.
    pub hosts: Vec<String>,
    /// The folder of its data.
    pub data: PathBuf,
    /// All its settings, whether they are its own or common.
    pub settings: Settings,
}

/// Several firms and their door.
#[derive(Debug, Clone, PartialEq)]
pub struct Several {
    /// Where HTTP is answered for all of them.
    pub listen: SocketAddr,
    /// The firms by name; at least one.
    pub firms: Vec<FirmSettings>,
}

/// Whom the process serves.
#[derive(Debug, Clone, PartialEq)]
pub enum Configuration {
    /// One firm, at any host.
    One(Box<Settings>),
    /// Several, each at its own hosts.
    Several(Several),
}

impl Configuration {
    /// Reads the common settings as [`Settings::read`] does, and the firms if there are any.
    ///
    /// # Errors
    /// A key or a value that is not as expected; two firms that have something in common that each must have alone.
    pub fn read(file: Option<&Path>, vars: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let common = merged(file, vars)?;
        let settings: Settings = typed(common.clone())?;
        let Some(folder) = settings.firms.folder.clone() else { return Ok(Self::One(Box::new(settings))) };
        if let Some(lines) = NEVER_COMMON.into_iter().find(|key| common.contains_key(*key)) {
            bail!("`[[{lines}]]` is in the common settings: expected in the file of the firm it belongs to");
        }
        let mut firms = Vec::new();
        for file in files(&folder)? {
            let read = firm(&common, &settings, &file).with_context(|| format!("`{}`", file.display()));
            firms.push(read?);
        }
        ensure!(!firms.is_empty(), "no firm is in `{}`: expected files `NAME.toml`", folder.display());
        apart::check(settings.http.listen, &firms)?;
        Ok(Self::Several(Several { listen: settings.http.listen, firms }))
    }
    /// The settings of one firm: of that which is named, if there are several.
    ///
    /// # Errors
    /// There are several and none was named, or nobody has the name.
    pub fn one(self, named: Option<&str>) -> anyhow::Result<Settings> {
        match (self, named) {
            (Self::One(settings), None) => Ok(*settings),
            (Self::One(_), Some(name)) => bail!(
                "`--firm {name}` was said, but no firms are set up: expected none, or `firms.folder` in the settings"
            ),
            (Self::Several(several), None) => {
                bail!("several firms are set up: expected `--firm NAME`, one of {}", several.names())
            }
            (Self::Several(several), Some(name)) => Ok(several.only(name)?.settings),
        }
    }
}

impl Several {
    /// All names, as an error lists them.
    fn names(&self) -> String {
        let names: Vec<String> = self.firms.iter().map(|firm| format!("`{}`", firm.name)).collect();
        names.join(", ")
    }
    /// The firm of this name.
    fn only(self, name: &str) -> anyhow::Result<FirmSettings> {
        let known = self.names();
        let found = self.firms.into_iter().find(|firm| firm.name == name);
        found.with_context(|| format!("there is no firm `{name}`: expected one of {known}"))
    }
}

/// The files of the folder by name; what does not end in `.toml` is put aside.
fn files(folder: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    let unread = || format!("`firms.folder`: cannot read `{}`", folder.display());
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(folder).with_context(unread)? {
        let file = entry.with_context(unread)?.path();
        let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && file.extension().is_some_and(|ending| ending == "toml") {
            files.insert(file);
        }
    }
    Ok(files)
}

/// A name is part of folders, addresses and lines of the log.
fn name(file: &Path) -> anyhow::Result<String> {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let bytes = name.as_bytes();
    let ends = bytes.first().zip(bytes.last()).is_some_and(|(first, last)| plain(*first) && plain(*last));
    ensure!(
        ends && bytes.len() <= LONGEST_NAME && bytes.iter().all(|letter| plain(*letter) || *letter == b'-'),
        "`{name}` is no name of a firm: expected small latin letters, digits and `-` between them, \
         at most {LONGEST_NAME}"
    );
    Ok(name.to_owned())
}

/// A host as it is compared with what a browser asks for.
fn host(said: &str) -> anyhow::Result<String> {
    let host = said.to_ascii_lowercase();
    let of_name = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let of_six = inside.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    ensure!(
        of_six || (host.len() <= LONGEST_HOST && host.split('.').all(of_name)),
        "`{said}` is no host: expected a name as `repair.example.com` (in other letters: as `xn--…`) or an address, \
         without a port"
    );
    Ok(host)
}

/// A firm of its file.
fn firm(common: &toml::Table, ours: &Settings, file: &Path) -> anyhow::Result<FirmSettings> {
    let name = name(file)?;
    let mut own = table(file)?;
    for (key, why) in COMMON_ALONE {
        ensure!(!own.contains_key(key), "`[{key}]` is not for a firm: {why}");
    }
    let said = own.remove("firm").context("`[firm]` is missing: expected it with `hosts`")?;
    let toml::Value::Table(said) = said else { bail!("`firm` is no section: expected `[firm]`") };
    let said: Said = typed(said)?;
    ensure!(
        !said.hosts.is_empty(),
        "`firm.hosts` is empty: expected a name that its consoles are reached by"
    );
    let hosts: Vec<String> = said.hosts.iter().map(|said| host(said)).collect::<anyhow::Result<_>>()?;
    let data = said.data.unwrap_or_else(|| Path::new("data").join(&name));
    let mut all = common.clone();
    merge(&mut all, own.clone());
    let mut settings: Settings = typed(all)?;
    settings.firms.folder = None;
    let is_own = |section: &str, key: &str| own.get(section).and_then(|keys| keys.get(key)).is_some();
    if !is_own("store", "url") {
        settings.store.url = store(&ours.store.url, &data, &name);
    }
    if !is_own("store", "files") {
        settings.store.files = Some(data.join("files"));
    }
    if !is_own("calls", "recordings") {
        settings.calls.recordings = settings.calls.recordings.map(|_| data.join("recordings"));
    }
    if !is_own("sip", "registrations") {
        settings.sip.registrations = None;
    }
    readable(&settings)?;
    Ok(FirmSettings { name, hosts, data, settings })
}

/// Lines that contradict themselves stop everybody before anything is opened.
fn readable(settings: &Settings) -> anyhow::Result<()> {
    let lines = settings.lines();
    lines.rules()?;
    served(&lines, &Extras::default())?;
    settings.calls.label.as_deref().map(domain::calls::auto_dial::label).transpose()?;
    Ok(())
}

/// A store of its own, of the same kind as the common one: a folder below the firm's, or a database of the server.
fn store(common: &str, data: &Path, name: &str) -> String {
    match common.split_once("://") {
        Some(("surrealkv", place)) => {
            let how = place.split_once('?').map_or(String::new(), |(_, how)| format!("?{how}"));
            format!("surrealkv://{}{how}", data.join("store").display())
        }
        Some((scheme @ ("ws" | "wss"), place)) => {
            let (server, names) = place.split_once('/').unwrap_or((place, ""));
            let namespace = names.split('/').next().filter(|said| !said.is_empty()).unwrap_or("callout");
            format!("{scheme}://{server}/{namespace}/{name}")
        }
        _ => common.to_owned(),
    }
}

impl FirmSettings {
    /// Where its consoles are, by its first name.
    pub fn address(&self, door: SocketAddr) -> String {
        let host = self.hosts.first().map_or("localhost", String::as_str);
        match door.port() {
            80 => format!("http://{host}"),
            port => format!("http://{host}:{port}"),
        }
    }
    /// What an administrator is shown of it.
    pub fn shown(&self) -> String {
        let sip = &self.settings.sip;
        let (first, last) = sip.media_ports;
        let audio =
            if (first, last) == (0, 0) { "any ports".to_owned() } else { format!("ports {first}–{last}") };
        let streams =
            |port: Option<u16>, kind: &str| port.map_or(String::new(), |port| format!(", {kind} {port}"));
        format!(
            "{}\n  hosts  {}\n  data   {}\n  store  {}\n  sip    {}{}{}, browsers {}, audio {audio}, {} calls at once",
            self.name,
            self.hosts.join(", "),
            self.data.display(),
            apart::without_password(&self.settings.store.url),
            sip.listen,
            streams(sip.tcp_port, "tcp"),
            streams(sip.tls.as_ref().map(|tls| tls.port), "tls"),
            sip.webrtc_port,
            sip.max_calls,
        )
    }
}

#[cfg(test)]
mod tests;
