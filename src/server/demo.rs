//! `callout demo`: a town is sown once, then lives: clients ring over SIP, robots answer and drive.

use crate::{
    app::{App, Extras},
    cli::println_line,
    clock::CityClock,
    settings::Settings,
};
use anyhow::Context;
use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use simulator::{City, Size, seed};
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::Store;
use telephony::{PhoneAccount, TrunkPeer};
use tokio::sync::watch;
use web::DemoLogin;

/// The number that the town rings.
pub const DID: &str = "+73422000000";
/// A number whose callers hear a notice and a menu first, and are recorded: for those who ring with a softphone.
pub const SPOKEN_DID: &str = "+73422000001";
/// What stands in the settings of a demo unless a file says otherwise.
const RECEPTION: &str = r#"
[[queue]]
name = "main"
[[queue]]
name = "spoken"
dids = ["+73422000001"]
offer_callback_seconds = 60
reception = { notice = "notice", menu = "main" }
[[menu]]
name = "main"
prompts = ["main"]
keys = { 2 = "status", 9 = "call_back" }
otherwise = { queue = "" }
times = 1
"#;

/// The reception of a demo, where the settings have none of their own.
fn receive(settings: &mut Settings, data: &std::path::Path) -> anyhow::Result<()> {
    #[derive(serde::Deserialize)]
    struct Reception {
        queue: Vec<domain::lines::queue::Queue>,
        menu: Vec<domain::calls::menu::Menu>,
    }
    if settings.queue.is_empty() && settings.menu.is_empty() {
        let Reception { queue, menu } = toml::from_str(RECEPTION).context("the reception of a demo")?;
        (settings.queue, settings.menu) = (queue, menu);
    }
    settings.calls.recordings.get_or_insert_with(|| data.join("recordings"));
    settings.calls.label.get_or_insert_with(|| "Ремонт: Каллаут".into());
    Ok(())
}

/// What may be asked of a demo.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// The folder of its data.
    #[arg(long, default_value = "data")]
    pub data: PathBuf,
    /// `s` (12 masters), `m` (60) or `l` (300).
    #[arg(long, default_value = "s")]
    pub size: String,
    /// Which town; the same number sows the same town.
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
    /// City seconds in one real second.
    #[arg(long, default_value_t = 30.0)]
    pub lapse: f64,
    /// Nobody rings, answers or drives by itself.
    #[arg(long)]
    pub quiet: bool,
}

fn size(text: &str) -> anyhow::Result<Size> {
    match text {
        "s" | "S" => Ok(Size::S),
        "m" | "M" => Ok(Size::M),
        "l" | "L" => Ok(Size::L),
        other => anyhow::bail!("`{other}` is not a size of a town: expected `s`, `m` or `l`"),
    }
}

/// Half past eight of the current day in the town.
#[expect(clippy::disallowed_methods, reason = "a demo begins today")]
fn morning() -> anyhow::Result<Timestamp> {
    let zone = TimeZone::get(crate::clock::TOWN_ZONE).context("the zone of the town")?;
    let today = Timestamp::now().to_zoned(zone.clone()).date();
    Ok(today.at(8, 30, 0, 0).to_zoned(zone)?.timestamp())
}

/// Sows the town into an empty store; a store that has people in it is left alone.
async fn sow(store: &Store, size: Size, number: u64, now: Timestamp) -> anyhow::Result<seed::Seed> {
    // Argon2 is slow on purpose and robots share one password: it is hashed once.
    let town = tokio::task::spawn_blocking(move || {
        let hashed = std::cell::RefCell::new(std::collections::HashMap::<String, String>::new());
        let hash = |p: &str| {
            hashed.borrow_mut().entry(p.to_owned()).or_insert_with(|| web::hash_password(p)).clone()
        };
        seed::seed(size, number, now, hash)
    })
    .await?;
    let seeded = domain::ports::Journal::rows(store, domain::ports::Table::User).await?;
    if seeded.is_empty() {
        tracing::info!(rows = town.rows.len(), "a new town is sown");
        store.load_many(town.rows.clone()).await?;
    }
    Ok(town)
}

/// Serves the town until Ctrl-C.
pub async fn run(args: DemoArgs, mut settings: Settings) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot make `{}`", args.data.display()))?;
    if settings.store.url.starts_with("surrealkv://data/store") {
        settings.store.url = format!("surrealkv://{}/store?sync=every", args.data.display());
    }
    receive(&mut settings, &args.data)?;
    let size = size(&args.size)?;
    let clock = Arc::new(CityClock::open(&args.data, args.lapse, morning()?)?);
    let store = Store::open(&settings.store.url)
        .await
        .with_context(|| format!("cannot open `{}`", settings.store.url))?;
    let town = sow(&store, size, args.seed, domain::ports::Clock::now(&*clock)).await?;
    let extras =
        Extras { logins: Some(door_logins(&town.logins)), ..extras(&town, settings.sip.listen.ip()) };
    let app = App::start(&settings, store, Arc::clone(&clock) as _, extras).await?;
    greet(&app, &town.logins);
    let (stop, stopped) = watch::channel(false);
    let saving = tokio::spawn(save(Arc::clone(&clock)));
    if !args.quiet {
        let mut city = City::new(format!("http://{}", app.http), app.sip, DID, size, args.seed);
        city.lapse = args.lapse;
        // Whoever looks at the demo on a Sunday came to see it live.
        city.always_busy = true;
        tokio::spawn(async move {
            if let Err(error) = simulator::run(city, stopped).await {
                tracing::error!(%error, "the town fell asleep");
            }
        });
    }
    let farewell = crate::cli::farewell().await?;
    stop.send_replace(true);
    saving.abort();
    clock.save()?;
    app.end(farewell).await;
    Ok(())
}

fn door_logins(logins: &[seed::Login]) -> Vec<DemoLogin> {
    let shown = |l: &seed::Login| DemoLogin {
        login: l.login.clone(),
        password: l.password.clone(),
        name: l.name.clone(),
        role: l.role,
    };
    logins.iter().map(shown).collect()
}

/// The desk phones of a town's robots, and one trunk that any caller at `ip` may ring [`DID`] by.
pub fn extras(town: &seed::Seed, ip: std::net::IpAddr) -> Extras {
    let phone = |p: &seed::PhoneAccount| PhoneAccount {
        user: p.user.clone(),
        password: p.password.clone(),
        name: p.name.clone(),
        ..PhoneAccount::default()
    };
    let trunk = TrunkPeer {
        name: "town".into(),
        allowed_ips: vec![ip],
        dids: vec![DID.into(), SPOKEN_DID.into()],
        ..TrunkPeer::default()
    };
    Extras { phones: town.phones.iter().map(phone).collect(), trunks: vec![trunk], ..Extras::default() }
}

async fn save(clock: Arc<CityClock>) {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        every.tick().await;
        if let Err(error) = clock.save() {
            tracing::warn!(%error, "the town's time was not written down");
        }
    }
}

fn greet(app: &App, logins: &[seed::Login]) {
    println_line(&format!("\n  Callout demo city\n  consoles  http://{}/", app.http));
    println_line(&format!("  SIP       sip:{DID}@{}  (any softphone on this machine may ring)", app.sip));
    println_line(&format!("            sip:{SPOKEN_DID}@{}  (with a notice and a menu, recorded)", app.sip));
    println_line("  logins (all on the door as one-click cards):");
    let mut roles = Vec::new();
    for login in logins {
        if !roles.contains(&login.role) {
            roles.push(login.role);
            println_line(&format!("    {:<12} {:<12} {}", login.login, login.password, login.name));
        }
    }
    println_line("  Ctrl-C stops it.\n");
}
