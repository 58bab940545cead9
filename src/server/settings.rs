//! The only reader of configuration: `config/default.toml` ← file ← environment ← flags.
//! Unknown keys are refused with the nearest known name.

pub mod apart;
pub mod firms;
pub mod sip;

use self::{
    firms::FirmsFolder,
    sip::{Browser, Sip},
};
use anyhow::{Context, anyhow, bail};
use domain::{
    book::proposal_policy::ProposalPolicy,
    calls::{call_plan::HeadStart, menu::Menu},
    hooks::address::Allowed,
    lines::{desk_phone::DeskPhone, line_book::Lines, queue::Queue, trunk::Trunk},
};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Every key with its default, commented.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// All settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// HTTP and WebSocket.
    pub http: Http,
    /// SIP and media.
    pub sip: Sip,
    /// The operators' browsers.
    pub browser: Browser,
    /// The store.
    pub store: StoreSettings,
    /// The call centre.
    pub calls: Calls,
    /// The dispatcher.
    pub dispatch: Dispatch,
    /// Better plans.
    pub proposals: Proposals,
    /// Notices to phones.
    pub push: Push,
    /// Links to other programmes.
    pub hooks: Hooks,
    /// Travel times.
    pub roads: Roads,
    /// Firms that share the process.
    pub firms: FirmsFolder,
    /// Providers' lines.
    #[serde(default)]
    pub trunk: Vec<Trunk>,
    /// Desk phones.
    #[serde(default)]
    pub phone: Vec<DeskPhone>,
    /// Queues of callers; none: one that takes every call.
    #[serde(default)]
    pub queue: Vec<Queue>,
    /// Menus that callers hear.
    #[serde(default)]
    pub menu: Vec<Menu>,
}
/// HTTP and WebSocket.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
}
/// The store.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// `surrealkv://FOLDER?sync=every`, `mem://` or `ws://HOST:PORT`.
    pub url: String,
    /// Where photographs and the key of clients' links are; beside the store when absent.
    pub files: Option<std::path::PathBuf>,
}
/// The call centre.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// How long an operator is rung.
    pub ring_seconds: u64,
    /// How long a caller waits before a callback is promised instead.
    pub longest_wait_seconds: u64,
    /// A call that is answered within this time is answered in time.
    pub in_time_seconds: u64,
    /// Callers who give up sooner are not counted against the service level.
    pub short_wait_seconds: u64,
    /// How long an operator may write after a call; 0: as long as they like.
    pub wrap_up_seconds: u64,
    /// The folder of prompts that replace those we bring along: `NAME.wav`, mono, 8 kHz.
    pub prompts: PathBuf,
    /// The folder that talks are recorded into; absent: nothing is recorded.
    pub recordings: Option<PathBuf>,
    /// For how many days recordings are kept; 0: for ever.
    pub keep_recordings_days: u64,
    /// What networks show of us to those whom we call: category and name, at most 32 characters.
    pub label: Option<String>,
    /// Seconds of waiting that callers are given beforehand, by who they are.
    pub head_start: Option<HeadStart>,
}
/// The dispatcher.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// How long before the start a visit is offered to its master.
    pub ahead_minutes: i64,
    /// How long a master has for an answer.
    pub offer_minutes: i64,
    /// How long before the start the solver keeps off.
    pub freeze_minutes: i64,
    /// Ruins and recreations in one slice of improvement.
    pub slice: u64,
}
/// Better plans: what is taken unasked, what waits for a dispatcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposals {
    /// Saved for each visit that nobody was told of and that changes masters unasked; 0: none does.
    pub alone_minutes: i64,
    /// At most so many at once.
    pub alone_visits: usize,
    /// How far a start that the master knows of moves unasked.
    pub alone_shift_minutes: i64,
    /// Saved for each visit that changes masters, so that a dispatcher is asked.
    pub ask_minutes: i64,
    /// How much better another plan is than one that waits or was said no to.
    pub margin_minutes: i64,
    /// The same as a share.
    pub margin_percent: i64,
    /// For how long a no is remembered.
    pub remember_hours: i64,
    /// How many wait at once.
    pub most_open: usize,
    /// What an hour on the road costs, in roubles.
    pub travel_hour: i64,
}
impl Proposals {
    /// The same as the domain has it; inside of `freeze_minutes` nothing moves.
    pub fn policy(&self, freeze_minutes: i64) -> ProposalPolicy {
        ProposalPolicy {
            alone_seconds: (self.alone_minutes > 0).then_some(self.alone_minutes * 60),
            alone_visits: self.alone_visits,
            alone_shift_seconds: self.alone_shift_minutes * 60,
            ask_seconds: self.ask_minutes * 60,
            margin_seconds: self.margin_minutes * 60,
            margin_permille: self.margin_percent * 10,
            remember_seconds: self.remember_hours * 3600,
            most_open: self.most_open,
            freeze_seconds: freeze_minutes * 60,
            travel_hour: self.travel_hour,
        }
    }
}
/// Notices to masters' phones.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Whom a push service asks when our notices trouble it: `mailto:` or `https:`.
    pub contact: String,
    /// How long an open page may go without a look before the phone is rung.
    pub after_seconds: i64,
    /// After how long without a look the dispatcher is told to call.
    pub call_minutes: i64,
    /// May a push service be plain `http`, without a name in the world? For one of tests.
    pub plain: bool,
}
/// Links to other programmes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// May a link lead to `http` on this machine?
    pub plain: bool,
    /// May a link lead to machines of our own network?
    pub inside: bool,
}
impl Hooks {
    /// The same as the domain has it.
    pub const fn allowed(self) -> Allowed {
        Allowed { plain: self.plain, inside: self.inside }
    }
}
/// Where travel times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoadSource {
    /// As the crow flies, with a detour factor.
    GreatCircle,
    /// An extract of OpenStreetMap, or roads prepared from one.
    File,
    /// The made-up streets of the demo town.
    Demo,
    /// An OSRM server.
    Osrm,
    /// A Valhalla server.
    Valhalla,
}
/// Travel times.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roads {
    /// Where they come from.
    pub source: RoadSource,
    /// The extract, or the prepared roads.
    pub path: Option<PathBuf>,
    /// The routing server.
    pub url: Option<String>,
    /// Are ways as long as the traffic of their hour makes them? Else all of them are those of `hour`.
    pub hourly: bool,
    /// The usual hour, whose traffic is driven in where no other is known.
    pub hour: u8,
    /// Of sources that know no traffic: percent of the usual way, for each of 24 hours; none: always the same.
    pub paces: Vec<u32>,
    /// Places in one question to a routing server.
    pub most_places: usize,
    /// How long its answer is waited for.
    pub patience_ms: u64,
}
/// The keys of an error's text: `unknown field `x`, expected one of `a`, `b``.
fn nearest(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let wrong = words.next()?;
    let known: Vec<&str> = words.collect();
    let best = known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(wrong, a).total_cmp(&strsim::jaro_winkler(wrong, b)))?;
    Some(format!("unknown key `{wrong}`; the nearest known key is `{best}`"))
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// `CALLOUT__SIP__MAX_CALLS=10` sets `sip.max_calls`.
fn from_environment(vars: impl Iterator<Item = (String, String)>) -> anyhow::Result<toml::Table> {
    let mut all = toml::Table::new();
    for (name, value) in vars {
        let Some(path) = name.strip_prefix("CALLOUT__") else { continue };
        let path: Vec<String> = path.split("__").map(str::to_lowercase).collect();
        let [section, key] = path.as_slice() else {
            bail!("`{name}` names no key: expected `CALLOUT__SECTION__KEY`")
        };
        let value = format!("v = {value}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|t| t.get("v").cloned())
            .unwrap_or(toml::Value::String(value));
        let table = all.entry(section.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(table) = table {
            table.insert(key.clone(), value);
        }
    }
    Ok(all)
}

impl Settings {
    /// The lines as the settings have them; in force until an administrator writes the book.
    pub fn lines(&self) -> Lines {
        Lines {
            trunks: self.trunk.clone(),
            phones: self.phone.clone(),
            queues: self.queue.clone(),
            menus: self.menu.clone(),
            head_start: self.calls.head_start.unwrap_or_default(),
            codecs: Vec::new(),
        }
    }
    /// Defaults, then a file, then the environment.
    ///
    /// # Errors
    /// A file that is not there or is not TOML, a key that is not known, a value that is not as expected.
    pub fn read(file: Option<&Path>, vars: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        typed(merged(file, vars)?)
    }
}

/// A file of settings as it is written.
fn table(file: &Path) -> anyhow::Result<toml::Table> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    text.parse().with_context(|| format!("`{}` is not TOML", file.display()))
}

/// Defaults, then a file, then the environment, as they are written.
fn merged(file: Option<&Path>, vars: impl Iterator<Item = (String, String)>) -> anyhow::Result<toml::Table> {
    let mut all: toml::Table = DEFAULTS.parse().context("the built-in defaults")?;
    if let Some(file) = file {
        merge(&mut all, table(file)?);
    }
    merge(&mut all, from_environment(vars)?);
    Ok(all)
}

/// What is written, with every key known.
fn typed<T: serde::de::DeserializeOwned>(all: toml::Table) -> anyhow::Result<T> {
    all.try_into::<T>().map_err(|error| {
        let hint = nearest(error.message()).filter(|_| error.message().starts_with("unknown field"));
        hint.map_or_else(|| anyhow!("{error}"), |hint| anyhow!("{hint}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> anyhow::Result<Settings> {
        Settings::read(None, vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_environment_stands_above_the_defaults() {
        let settings = with(&[("CALLOUT__SIP__MAX_CALLS", "7"), ("HOME", "/")]).expect("valid");
        assert_eq!(settings.sip.max_calls, 7);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_one() {
        let error = with(&[("CALLOUT__SIP__MAX_CALS", "7")]).expect_err("must be refused");
        assert_eq!(error.to_string(), "unknown key `max_cals`; the nearest known key is `max_calls`");
    }
}
