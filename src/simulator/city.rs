//! A city at play: clients, operators and masters at the server's public doors.

use crate::{
    ack::{AckLog, NoLog},
    clients,
    clock::CityClock,
    link::{Link, Plug},
    masters,
    operators::{self, Post},
    seed::{self, CallerProfile, Login, Seed},
    size::Size,
    talk::Talks,
};
use anyhow::Context as _;
use domain::access::Role;
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{interval, sleep},
};

/// Robots come in one after another, so that the door is not stormed.
const APART: Duration = Duration::from_millis(60);

/// How often the log says what has happened.
const REPORT: Duration = Duration::from_secs(60);

/// What a city needs to know to play.
#[derive(Clone)]
pub struct City {
    /// Base of the server, `http://127.0.0.1:8080`.
    pub http: String,
    /// Where the switchboard listens.
    pub sip: SocketAddr,
    /// The number that clients dial.
    pub did: String,
    /// Which town; the one the server was seeded with.
    pub seed: u64,
    /// Its size; the one the server was seeded with.
    pub size: Size,
    /// City seconds a real second, until the server tells its own.
    pub lapse: f64,
    /// Our own address towards the switchboard.
    pub local: IpAddr,
    /// Calls at once.
    pub max_calls: usize,
    /// Do clients ring?
    pub with_calls: bool,
    /// Do as many of them ring on a day off as on an ordinary one?
    pub always_busy: bool,
    /// Where acknowledged commands are written down.
    pub acks: Arc<dyn AckLog>,
    /// What has happened so far, by name.
    pub tally: Tally,
}

impl City {
    /// A city at a server on this machine.
    pub fn new(
        http: impl Into<String>,
        sip: SocketAddr,
        did: impl Into<String>,
        size: Size,
        seed: u64,
    ) -> Self {
        Self {
            http: http.into().trim_end_matches('/').to_owned(),
            sip,
            did: did.into(),
            seed,
            size,
            lapse: 60.0,
            local: Ipv4Addr::LOCALHOST.into(),
            max_calls: 40,
            with_calls: true,
            always_busy: false,
            acks: Arc::new(NoLog),
            tally: Tally::default(),
        }
    }
}

/// What has happened, counted by name: commands the server took, `refused`, `calls.placed`, `calls.talked`…
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Tally {
    /// One more.
    pub fn add(&self, name: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                counts.insert(name.to_owned(), 1);
            }
        }
    }
    /// All counts.
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// One count.
    pub fn get(&self, name: &str) -> u64 {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }
}

/// What all players share.
pub struct Stage {
    /// Base of the server.
    pub http: String,
    /// The switchboard.
    pub sip: SocketAddr,
    /// The number that clients dial.
    pub did: String,
    /// Our own address.
    pub local: IpAddr,
    /// Which town.
    pub seed: u64,
    /// Calls on an ordinary day.
    pub calls: u32,
    /// A day off is as busy as an ordinary one.
    pub always_busy: bool,
    /// Calls at once.
    pub max_calls: usize,
    /// The city's clock.
    pub clock: CityClock,
    /// Who may ring.
    pub callers: Vec<CallerProfile>,
    /// Who says what.
    pub talks: Talks,
    /// What has happened.
    pub tally: Tally,
    acks: Arc<dyn AckLog>,
}

impl Stage {
    /// What a link of this city needs to come in.
    pub fn plug(&self, login: &str, password: &str, topics: &[&str]) -> Plug {
        Plug {
            http: self.http.clone(),
            login: login.into(),
            password: password.into(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            clock: self.clock.clone(),
            acks: self.acks.clone(),
        }
    }
    /// So many seconds of the city in real time, but not less than people and machines need.
    pub fn real_at_least(&self, city_s: f64, least: Duration) -> Duration {
        self.clock.real(city_s).max(least)
    }
}

/// The people of a town, without its rows.
fn cast(size: Size, seed: u64) -> Seed {
    seed::sow(size, seed, Timestamp::UNIX_EPOCH, |_| String::new(), &mut |_| {})
}

fn of_role(logins: &[Login], role: Role) -> impl Iterator<Item = &Login> {
    logins.iter().filter(move |login| login.role == role)
}

/// Plays until `stop` says `true` or is dropped.
pub async fn run(city: City, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let (size, seed) = (city.size, city.seed);
    let town =
        tokio::task::spawn_blocking(move || cast(size, seed)).await.context("the town could not be sown")?;
    let stage = Arc::new(Stage {
        http: city.http,
        sip: city.sip,
        did: city.did,
        local: city.local,
        seed,
        calls: size.calls(),
        always_busy: city.always_busy,
        max_calls: city.max_calls,
        clock: CityClock::new(Timestamp::UNIX_EPOCH, city.lapse),
        callers: town.callers,
        talks: Talks::default(),
        tally: city.tally,
        acks: city.acks,
    });
    let mut players = JoinSet::new();
    tokio::select! {
        () = open(&stage, &mut players, (town.logins, town.phones), city.with_calls) => {}
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
    }
    let mut report = interval(REPORT);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            _ = report.tick() => tracing::debug!(counts = ?stage.tally.snapshot(), "the city so far"),
            ended = players.join_next() => match ended {
                Some(Err(error)) if error.is_panic() => tracing::error!(%error, "a robot broke down"),
                Some(_) => {}
                None => anyhow::bail!("every robot has left the city"),
            },
        }
    }
}

/// Brings everybody in.
async fn open(
    stage: &Arc<Stage>,
    players: &mut JoinSet<()>,
    (logins, phones): (Vec<Login>, Vec<seed::PhoneAccount>),
    with_calls: bool,
) {
    let mut phones = phones.into_iter();
    for login in of_role(&logins, Role::Operator).filter(|login| login.robot) {
        let Some(phone) = phones.next() else { break };
        let post = Post { login: login.login.clone(), password: login.password.clone(), phone };
        players.spawn(operators::play(stage.clone(), post));
        sleep(APART).await;
    }
    for login in of_role(&logins, Role::Master).filter(|login| login.robot) {
        players.spawn(masters::play(stage.clone(), login.login.clone(), login.password.clone()));
        sleep(APART).await;
    }
    if with_calls && let Some(hall) = of_role(&logins, Role::Manager).next() {
        let ears = Link::open(stage.plug(&hall.login, &hall.password, &["queue"]));
        players.spawn(clients::ring(stage.clone(), ears));
    }
}

#[cfg(test)]
mod tests;
