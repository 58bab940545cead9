//! The server under test: a town of size S in which nobody moves by themselves.

use anyhow::Context;
use domain::ports::Clock;
use jiff::{Timestamp, tz::TimeZone};
use server::{app::App, demo::extras, settings::Settings};
use simulator::{Size, seed};
use std::{future::Future, sync::Arc, time::Instant};
use store::Store;

/// Ten in the morning of a fixed day, running in real time.
struct Morning {
    began: Timestamp,
    since: Instant,
}
impl Clock for Morning {
    fn now(&self) -> Timestamp {
        self.began + jiff::SignedDuration::try_from(self.since.elapsed()).unwrap_or_default()
    }
}

/// A server, and what was sown into it.
pub struct Town {
    /// The server.
    pub app: App,
    /// The town.
    pub sown: seed::Seed,
    /// Towns of one test program live side by side: each has its own folder of files, removed with it.
    _files: Option<tempfile::TempDir>,
}

/// Runs a scenario on threads with the stacks that the store needs.
pub fn on_deep_stacks<T: Send + 'static>(
    scenario: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(10 << 20).build()?;
    runtime.block_on(async { tokio::spawn(scenario).await? })
}

impl Town {
    /// Opens a town over a store's address; an empty store is sown, a known one goes on.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        Self::open_sized(url, Size::S).await
    }
    /// The same with a town of another size.
    pub async fn open_sized(url: &str, size: Size) -> anyhow::Result<Self> {
        let zone = TimeZone::get("Asia/Yekaterinburg")?;
        let began = jiff::civil::date(2026, 11, 23).at(10, 0, 0, 0).to_zoned(zone)?.timestamp();
        let hashed = std::cell::OnceCell::new();
        let hash = |p: &str| hashed.get_or_init(|| web::hash_password(p)).clone();
        let sown = seed::seed(size, 7, began, hash);
        let store = Store::open(url).await.context("the store")?;
        if domain::ports::Journal::rows(&store, domain::ports::Table::User).await?.is_empty() {
            store.load_many(sown.rows.clone()).await?;
        }
        // what is kept beside a store on the disk is found again with it
        let files = url.starts_with("mem://").then(tempfile::tempdir).transpose()?;
        let folder =
            files.as_ref().map(|files| ("CALLOUT__STORE__FILES", files.path().display().to_string()));
        let vars = [
            ("CALLOUT__STORE__URL", url), // what is kept beside a store lies beside this one
            ("CALLOUT__HTTP__LISTEN", "127.0.0.1:0"),
            ("CALLOUT__SIP__LISTEN", "127.0.0.1:0"),
            ("CALLOUT__SIP__WEBRTC_PORT", "0"),
            ("CALLOUT__SIP__MEDIA_PORTS", "[0, 0]"),
            ("CALLOUT__CALLS__RING_SECONDS", "3"),
        ];
        let settings = Settings::read(
            None,
            vars.into_iter().map(|(k, v)| (k, v.to_owned())).chain(folder).map(|(k, v)| (k.to_owned(), v)),
        )?;
        let extras = extras(&sown, settings.sip.listen.ip());
        let clock = Arc::new(Morning { began, since: Instant::now() });
        let app = App::start(&settings, store, clock, extras).await?;
        Ok(Self { app, sown, _files: files })
    }
}
