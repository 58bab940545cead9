//! Several firms in one server: the same town sown into each, with the same people, whose passwords differ.

use crate::harness::{
    centre::{DID, PATIENCE, binary, free_port, sow},
    person::{Address, Person},
};
use anyhow::{Context, ensure};
use std::{
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

/// One of them.
pub struct Firm {
    /// Its name; its host is `NAME.test`.
    pub name: &'static str,
    /// Where its consoles are.
    pub at: Address,
    /// Where it is rung.
    pub sip: SocketAddr,
}

impl Firm {
    /// The password of everybody there.
    pub fn password(&self) -> String {
        format!("of {}", self.name)
    }
    /// Somebody signs in there.
    pub async fn sign_in(&self, login: &str, topics: &[&str]) -> anyhow::Result<Person> {
        Person::sign_in_at(self.at.clone(), login, &self.password(), topics).await
    }
    /// What its health says.
    pub async fn health(&self) -> anyhow::Result<u16> {
        Ok(self.at.get("/api/health", "").await?.status().as_u16())
    }
    /// Waits until its health says so.
    pub async fn until_health(&self, wanted: u16) -> anyhow::Result<()> {
        let (began, mut every) = (Instant::now(), tokio::time::interval(Duration::from_millis(20)));
        loop {
            every.tick().await;
            let said = self.health().await.ok();
            if said == Some(wanted) {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "`{}` says {said:?}: expected {wanted}", self.name);
        }
    }
}

/// A server of several firms: where it lives, the same at every start.
pub struct Trade {
    folder: tempfile::TempDir,
    /// The door of all of them.
    pub http: SocketAddr,
    /// The firms.
    pub firms: Vec<Firm>,
}

impl Trade {
    /// Sows firms of these names, with more of the common settings.
    pub async fn new(names: &[&'static str], common: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let http = local(free_port()?);
        std::fs::create_dir(folder.path().join("firms"))?;
        let text = format!(
            "[firms]\nfolder = \"firms\"\n[http]\nlisten = \"{http}\"\n[calls]\nlongest_wait_seconds = 3600\n{common}"
        );
        std::fs::write(folder.path().join("callout.toml"), text)?;
        let mut firms = Vec::new();
        for name in names {
            let firm =
                Firm { name, at: Address { http, host: format!("{name}.test") }, sip: local(free_port()?) };
            let data = folder.path().join("data").join(name);
            std::fs::create_dir_all(&data)?;
            let url = format!("surrealkv://{}/store?sync=every", data.display());
            sow(&url, 0, &firm.password()).await?;
            // one number, one account and one provider: only addresses tell the firms apart
            let text = format!(
                "[firm]\nhosts = [\"{name}.test\"]\n[sip]\nlisten = \"{}\"\nwebrtc_port = {}\nmedia_ports = [0, 0]\n\
                 [[trunk]]\nname = \"town\"\nips = [\"127.0.0.1\"]\ndids = [\"{DID}\"]\n",
                firm.sip,
                free_port()?
            );
            std::fs::write(folder.path().join(format!("firms/{name}.toml")), text)?;
            firms.push(firm);
        }
        Ok(Self { folder, http, firms })
    }
    /// The folder of a firm's data.
    pub fn data(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("data").join(name)
    }
    /// Puts the store of one firm in the place of another's; the server must be down.
    pub fn copy_store(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let (from, to) = (self.data(from).join("store"), self.data(to).join("store"));
        std::fs::remove_dir_all(&to)?;
        let copied = std::process::Command::new("cp").arg("-a").arg(&from).arg(&to).status()?;
        ensure!(copied.success(), "`{}` was not copied", from.display());
        Ok(())
    }
    /// Starts the server; the door is open when this comes back, the firms may not be.
    pub async fn start(&self) -> anyhow::Result<Child> {
        let log = std::fs::File::options().create(true).append(true).open(self.log_file())?;
        let mut child = Command::new(binary()?)
            .args(["--config", "callout.toml", "server"])
            .current_dir(self.folder.path())
            .env("RUST_LOG", "warn,server=info,telephony=info,actors=info,rsipstack=error")
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let (began, mut every) = (Instant::now(), tokio::time::interval(Duration::from_millis(10)));
        while self.health().await.is_err() {
            every.tick().await;
            if let Some(end) = child.try_wait()? {
                anyhow::bail!("the server ended with {end} before it opened: {}", self.log());
            }
            ensure!(began.elapsed() < PATIENCE, "the server did not open: {}", self.log());
        }
        Ok(child)
    }
    /// What the door says of all of them to whoever asks for no firm.
    pub async fn health(&self) -> anyhow::Result<serde_json::Value> {
        Ok(reqwest::get(format!("http://{}/api/health", self.http)).await?.json().await?)
    }
    /// Starts the server; every firm is open when this comes back.
    pub async fn start_all(&self) -> anyhow::Result<Child> {
        let child = self.start().await?;
        for firm in &self.firms {
            firm.until_health(200).await.with_context(|| self.log())?;
        }
        Ok(child)
    }
    fn log_file(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "log")
    }
    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }
}
