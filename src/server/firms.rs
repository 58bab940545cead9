//! Several firms in one process: each opens, fails, tries again and ends by itself, on threads of its own.

use crate::{
    app::{Serving, listen, serve},
    cli::{Farewell, STACK, println_line},
    clock::WallClock,
    door::Door,
    firm::{Extras, Firm, give_back},
    settings::{
        apart::without_password,
        firms::{FirmSettings, Several},
    },
};
use anyhow::Context;
use axum::Router;
use std::{
    net::SocketAddr,
    num::NonZero,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use store::Store;
use telephony::threads;
use tokio::{
    runtime::{Builder, Handle},
    sync::watch,
};

/// After how long a firm that could not open tries again; each time twice as long, up to the longest.
const AGAIN: Duration = Duration::from_secs(2);
/// The longest time between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long threads that still work at the end of a firm are waited for.
const LONGEST_END: Duration = Duration::from_secs(1);
/// More threads than these answer nobody sooner.
const MOST_THREADS: usize = 4;

/// Why the server ends; `None` as long as it does not.
type Told = watch::Receiver<Option<Farewell>>;

/// Firms that share the process, its door and nothing else.
pub(crate) struct Firms {
    farewell: watch::Sender<Option<Farewell>>,
    threads: Vec<JoinHandle<()>>,
    serving: Serving,
}

/// One of them, with what it is given by the process.
struct Member {
    settings: FirmSettings,
    /// Its number at the door.
    at: usize,
    door: Arc<Door>,
    http: SocketAddr,
}

/// The span under which everything of a firm is logged.
pub(crate) fn span(name: &str) -> tracing::Span {
    tracing::error_span!(target: "firm", "firm", %name)
}

/// Panics are told by the log, where it stands whose they are.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        tracing::error!(thread = thread.name().unwrap_or_default(), "{panic}");
    }));
}

impl Firms {
    /// Takes the door and lets every firm open by itself; comes back before they are open.
    pub(crate) async fn open(several: Several) -> anyhow::Result<Self> {
        log_panics();
        let listener = listen(several.listen).await?;
        let http = listener.local_addr()?;
        let door = Arc::new(Door::new(&several.firms));
        let farewell = watch::Sender::new(None);
        tracing::info!(%http, firms = several.firms.len(), "the door is open");
        let mut threads = Vec::new();
        for (at, settings) in several.firms.into_iter().enumerate() {
            let thread = thread::Builder::new().name(settings.name.clone());
            let told = farewell.subscribe();
            let member = Arc::new(Member { settings, at, door: Arc::clone(&door), http });
            threads.push(thread.spawn(move || member.live(told))?);
        }
        let serving = serve(listener, door.router());
        Ok(Self { farewell, threads, serving })
    }
    /// All of them end at once, as they were told.
    pub(crate) async fn end(self, farewell: Farewell) {
        self.serving.end().await;
        self.farewell.send_replace(Some(farewell));
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ended = thread.join();
            }
        });
        let _ended = joined.await;
    }
}

impl Member {
    /// Opens, and again if that fails, until the server ends.
    fn live(self: Arc<Self>, mut told: Told) {
        let _whose = span(&self.settings.name).entered();
        let mut wait = AGAIN;
        loop {
            let Err(error) = Arc::clone(&self).serve(told.clone()) else { return };
            self.door.shut(self.at);
            let seconds = wait.as_secs();
            tracing::error!("the firm is not open: {error:#}; the next try is in {seconds} s");
            match waited(&mut told, wait) {
                Ok(true) => wait = (wait * 2).min(LONGEST_WAIT),
                Ok(false) => return,
                Err(error) => return tracing::error!("the firm stays shut: {error:#}"),
            }
        }
    }
    /// Opens on threads of its own and serves until the server ends.
    fn serve(self: Arc<Self>, told: Told) -> anyhow::Result<()> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut runtime = Builder::new_multi_thread();
        runtime.worker_threads(cores.min(MOST_THREADS)).thread_name(&self.settings.name);
        let runtime = threads::under_span(runtime.thread_stack_size(STACK).enable_all()).build()?;
        let ended = runtime.block_on(async { tokio::spawn(self.open(told)).await });
        runtime.shutdown_timeout(LONGEST_END);
        ended.context("it panicked while it opened")?
    }
    async fn open(self: Arc<Self>, mut told: Told) -> anyhow::Result<()> {
        let opened = tokio::select! {
            opened = Arc::clone(&self).opened() => opened,
            _ = told.wait_for(Option::is_some) => return Ok(()),
        };
        let (firm, router) = opened?;
        tracing::info!(host = %self.settings.hosts[0], sip = %firm.switchboard.sip_addr(), "the firm is open");
        if let Some(key) = &firm.first_key {
            let (name, address) = (&self.settings.name, self.settings.address(self.http));
            println_line(&format!(
                "\n  Nobody is at `{name}` yet. Set the firm up at\n  {address}/first?key={key}\n"
            ));
        }
        self.door.open(self.at, router, Handle::current());
        let farewell = told
            .wait_for(Option::is_some)
            .await
            .map_or(Farewell::Stop, |told| told.unwrap_or(Farewell::Stop));
        self.door.shut(self.at);
        firm.end(farewell).await;
        Ok(())
    }
    /// Opens; if that fails, be it by a panic, nothing of the try is left behind.
    async fn opened(self: Arc<Self>) -> anyhow::Result<(Firm, Router)> {
        let FirmSettings { data, settings, .. } = &self.settings;
        tokio::fs::create_dir_all(data).await.with_context(|| format!("cannot make `{}`", data.display()))?;
        let url = &settings.store.url;
        let store = Store::open(url).await;
        let store = store.with_context(|| format!("cannot open `{}`", without_password(url)))?;
        let (member, kept) = (Arc::clone(&self), store.clone());
        let opened = tokio::spawn(async move {
            let FirmSettings { name, settings, .. } = &member.settings;
            let extras = Extras { firm: Some(name.clone()), ..Extras::default() };
            Firm::open(settings, store, Arc::new(WallClock), extras).await
        });
        let opened = opened.await.context("it panicked while it opened").flatten();
        if opened.is_err() {
            give_back(kept).await;
        }
        opened
    }
}

/// Whether the time has passed and the server goes on.
fn waited(told: &mut Told, wait: Duration) -> anyhow::Result<bool> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    Ok(runtime.block_on(async { tokio::time::timeout(wait, told.wait_for(Option::is_some)).await.is_err() }))
}
