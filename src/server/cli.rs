//! Subcommands: `server`, `firms`, `demo`, `solve`, `migrate`, `export`, `import`, `settings`.

use crate::{
    app::{App, Extras},
    clock::WallClock,
    demo,
    firms::{self, Firms},
    log,
    settings::{
        Settings,
        apart::without_password,
        firms::{Configuration, Several},
    },
    solve,
};
use anyhow::{Context, bail, ensure};
use clap::{Parser, Subcommand};
use std::{
    os::{fd::AsFd as _, unix::net::UnixListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

/// Real-time dispatch and telephony for service centres.
#[derive(Debug, Parser)]
#[command(name = "callout", version)]
pub struct Cli {
    /// A file of settings over the defaults.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Which firm's store, where several are set up.
    #[arg(long, global = true, value_name = "NAME")]
    firm: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a real service centre, or all of those that are set up.
    #[command(alias = "serve")]
    Server,
    /// Lists the firms that are set up, when nothing is wrong with any of them.
    Firms,
    /// Serves a town that plays itself.
    Demo(demo::DemoArgs),
    /// Solves a planning problem out of a file; needs neither a store nor settings.
    Solve(solve::SolveArgs),
    /// Brings the store's schema and data up to date and lists what was applied.
    Migrate,
    /// Writes everything in the store to one file.
    Export {
        /// Where to.
        file: PathBuf,
    },
    /// Reads an export into an empty store.
    Import {
        /// Where from.
        file: PathBuf,
    },
    /// Prints every key with its default.
    Settings,
    /// Serves the audio of a server that starts it, behind the socket at its standard input.
    #[command(hide = true)]
    Media {
        /// Seconds it goes on without a server.
        #[arg(long)]
        patience: u64,
    },
}

/// SurrealDB's queries recurse deeply: its own server uses stacks of this size.
pub(crate) const STACK: usize = 10 * 1024 * 1024;

/// Carries a subcommand out.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    log::begin()?;
    if let Command::Solve(args) = &cli.command {
        return solve::run(args);
    }
    if let Command::Media { patience } = cli.command {
        let _whose = cli.firm.as_deref().map(|name| firms::span(name).entered());
        return serve_audio(Duration::from_secs(patience));
    }
    let configuration = Configuration::read(cli.config.as_deref(), std::env::vars())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    runtime.block_on(async {
        // the caller's thread has a small stack, the runtime's own have a large one
        tokio::spawn(carry_out(cli.command, configuration, cli.firm)).await?
    })
}

fn serve_audio(patience: Duration) -> anyhow::Result<()> {
    let listener = UnixListener::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    listener.local_addr().context("standard input is no socket: `callout media` is started by the server")?;
    Ok(telephony::serve_audio(&listener, patience)?)
}

/// Why the server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// Ctrl-C or SIGTERM: everything ends, calls too.
    Stop,
    /// SIGHUP: another takes its place, calls go on.
    Leave,
}

/// Waits for a word from the system.
pub(crate) async fn farewell() -> anyhow::Result<Farewell> {
    let (mut term, mut hup) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        told = tokio::signal::ctrl_c() => told.map(|()| Farewell::Stop).map_err(Into::into),
        _ = term.recv() => Ok(Farewell::Stop),
        _ = hup.recv() => Ok(Farewell::Leave),
    }
}

async fn open(settings: &Settings) -> anyhow::Result<Store> {
    let url = &settings.store.url;
    Store::open(url).await.with_context(|| format!("cannot open `{}`", without_password(url)))
}

async fn serve_one(settings: &Settings) -> anyhow::Result<()> {
    let store = open(settings).await?;
    let app = App::start(settings, store, Arc::new(WallClock), Extras::default()).await?;
    if let Some(key) = &app.first_key {
        println_line(&format!(
            "\n  Nobody is here yet. Set the firm up at\n  http://{}/first?key={key}\n",
            app.http
        ));
    }
    app.end(farewell().await?).await;
    Ok(())
}

async fn serve_several(several: Several, named: Option<String>) -> anyhow::Result<()> {
    ensure!(
        named.is_none(),
        "`server` serves all firms that are set up: expected no `--firm`, `{}` was said",
        named.unwrap_or_default()
    );
    let firms = Firms::open(several).await?;
    firms.end(farewell().await?).await;
    Ok(())
}

fn list(configuration: &Configuration) {
    match configuration {
        Configuration::One(_) => println_line("no firms are set up: the settings are those of one"),
        Configuration::Several(several) => {
            several.firms.iter().for_each(|firm| println_line(&firm.shown()));
        }
    }
}

async fn carry_out(
    command: Command,
    configuration: Configuration,
    firm: Option<String>,
) -> anyhow::Result<()> {
    match (command, configuration) {
        (Command::Server, Configuration::Several(several)) => serve_several(several, firm).await?,
        (Command::Firms, configuration) => list(&configuration),
        (Command::Demo(_), Configuration::Several(_)) => {
            bail!("a demo is a firm of its own: expected settings without `firms.folder`")
        }
        (Command::Solve(args), _) => solve::run(&args)?,
        (Command::Media { patience }, _) => serve_audio(Duration::from_secs(patience))?,
        (Command::Settings, _) => println_line(crate::settings::DEFAULTS),
        (command, configuration) => of_one(command, configuration.one(firm.as_deref())?).await?,
    }
    Ok(())
}

/// What is done to one firm.
async fn of_one(command: Command, settings: Settings) -> anyhow::Result<()> {
    match command {
        Command::Server => serve_one(&settings).await?,
        Command::Demo(args) => demo::run(args, settings).await?,
        Command::Migrate => {
            for applied in open(&settings).await?.migrations().await? {
                println_line(&format!("{applied:?}"));
            }
        }
        Command::Export { file } => {
            println_line(&format!("exported {:?}", open(&settings).await?.export(&file).await?))
        }
        Command::Import { file } => {
            println_line(&format!("imported {:?}", open(&settings).await?.import(&file).await?))
        }
        Command::Firms | Command::Solve(_) | Command::Media { .. } | Command::Settings => {}
    }
    Ok(())
}

/// What a person asked to see goes to standard output; the log goes to standard error.
pub(crate) fn println_line(text: &str) {
    use std::io::Write;
    if let Err(error) = writeln!(std::io::stdout(), "{text}") {
        tracing::warn!(%error, "nobody reads the output");
    }
}
