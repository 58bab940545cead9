//! Subcommands: `server`, `demo`, `solve`, `migrate`, `export`, `import`, `settings`.

use crate::{
    app::{App, Extras},
    clock::WallClock,
    demo,
    settings::Settings,
    solve,
};
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::{
    os::{fd::AsFd as _, unix::net::UnixListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Real-time dispatch and telephony for service centres.
#[derive(Debug, Parser)]
#[command(name = "callout", version)]
pub struct Cli {
    /// A file of settings over the defaults.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a real service centre.
    Server,
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
const STACK: usize = 10 * 1024 * 1024;

/// Carries a subcommand out.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    // rsipstack logs whole messages at `info`: they hold numbers of people.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("warn,callout=info,server=info,actors=info,simulator=info,rsipstack=error")
    });
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if let Command::Solve(args) = &cli.command {
        return solve::run(args);
    }
    if let Command::Media { patience } = cli.command {
        return serve_audio(Duration::from_secs(patience));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    let settings = Settings::read(cli.config.as_deref(), std::env::vars())?;
    runtime.block_on(async {
        // the caller's thread has a small stack, the runtime's own have a large one
        tokio::spawn(carry_out(cli.command, settings)).await?
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

async fn carry_out(command: Command, settings: Settings) -> anyhow::Result<()> {
    let open = || async {
        Store::open(&settings.store.url)
            .await
            .with_context(|| format!("cannot open `{}`", settings.store.url))
    };
    match command {
        Command::Server => {
            let app = App::start(&settings, open().await?, Arc::new(WallClock), Extras::default()).await?;
            if let Some(key) = &app.first_key {
                println_line(&format!(
                    "\n  Nobody is here yet. Set the firm up at\n  http://{}/first?key={key}\n",
                    app.http
                ));
            }
            app.end(farewell().await?).await;
        }
        Command::Demo(args) => demo::run(args, settings).await?,
        Command::Solve(args) => solve::run(&args)?,
        Command::Migrate => {
            for applied in open().await?.migrations().await? {
                println_line(&format!("{applied:?}"));
            }
        }
        Command::Export { file } => {
            println_line(&format!("exported {:?}", open().await?.export(&file).await?))
        }
        Command::Import { file } => {
            println_line(&format!("imported {:?}", open().await?.import(&file).await?))
        }
        Command::Media { patience } => serve_audio(Duration::from_secs(patience))?,
        Command::Settings => println_line(crate::settings::DEFAULTS),
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
