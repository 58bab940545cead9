//! An operator in a real browser: headless Chromium with a file for a microphone, driven by a script beside the
//! consoles; told what to do and telling what it sees, a line each.

use anyhow::{Context, bail};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// A browser needs a moment on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// Samples a second of the microphone's file.
const RATE: u32 = 48_000;

/// The browser; it dies with this.
pub struct Chromium {
    told: Lines<BufReader<ChildStdout>>,
    tell: ChildStdin,
    _script: Child,
}

/// A minute of a tone as the file of a microphone: mono, 16 bits.
fn tone_file(folder: &Path, hertz: f64) -> anyhow::Result<PathBuf> {
    let samples = RATE * 60;
    let mut wav = Vec::with_capacity(44 + samples as usize * 2);
    wav.extend(b"RIFF");
    wav.extend((36 + samples * 2).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend((samples * 2).to_le_bytes());
    for at in 0..samples {
        let phase = std::f64::consts::TAU * hertz * f64::from(at) / f64::from(RATE);
        wav.extend(((phase.sin() * 12_000.0) as i16).to_le_bytes());
    }
    let file = folder.join("microphone.wav");
    std::fs::write(&file, wav)?;
    Ok(file)
}

impl Chromium {
    /// Opens the operator's workplace as somebody, with a tone in the microphone.
    pub async fn open(http: SocketAddr, login: &str, hertz: f64, folder: &Path) -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace")?;
        let mut script = Command::new("node")
            .arg(root.join("web/ui/e2e/operator.mjs"))
            .arg(format!("http://{http}"))
            .arg(login)
            .arg(tone_file(folder, hertz)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node did not start: expected `make setup` and `make ui` first")?;
        let told = BufReader::new(script.stdout.take().context("its words")?).lines();
        let tell = script.stdin.take().context("its ear")?;
        Ok(Self { told, tell, _script: script })
    }
    /// Has it do something: `answer`, `hangup`, `reload`, `heard 440`.
    pub async fn tell(&mut self, what: &str) -> anyhow::Result<()> {
        self.tell.write_all(format!("{what}\n").as_bytes()).await?;
        Ok(self.tell.flush().await?)
    }
    /// Waits until it has seen something; gives what follows the word.
    pub async fn until(&mut self, seen: &str) -> anyhow::Result<String> {
        let reading = async {
            while let Some(line) = self.told.next_line().await? {
                if let Some(rest) = line.strip_prefix(seen) {
                    return Ok(rest.trim().to_owned());
                }
                if let Some(trouble) = line.strip_prefix("trouble") {
                    bail!("the browser:{trouble}");
                }
            }
            bail!("the browser ended before `{seen}`")
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .with_context(|| format!("the browser never saw `{seen}`"))?
    }
}
