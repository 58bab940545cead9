//! A desk phone of another make: baresip, one process with an account, a tone to say and a file of what it hears.
//!
//! It is led over its control socket (`ctrl_tcp`, JSON in netstrings) and answers whatever rings. It says a tone
//! from a file and writes all it hears into another, so that no sound card is needed. It must be ended by its
//! process: dropping it does.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use telephony::media::tone::{RATE, Sine, goertzel};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
};

/// Nothing a phone does takes longer; past it the scenario has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long its tone lasts.
const TONE_SECONDS: usize = 120;
/// Where Debian keeps its modules.
const MODULES: &str = "/usr/lib/baresip/modules";
/// The head of a WAV file with 16-bit samples, ours and its.
const WAV_HEAD: usize = 44;

/// What a phone speaks, and how the sound must be that it is given to say.
#[derive(Debug, Clone, Copy)]
pub struct Sound {
    codec: &'static str,
    rate: u32,
    channels: u8,
}

impl Sound {
    /// G.711.
    pub const PLAIN: Self = Self { codec: "PCMA", rate: 8_000, channels: 1 };
    /// G.722.
    pub const G722: Self = Self { codec: "G722/16000/1", rate: 16_000, channels: 1 };
    /// Opus.
    pub const OPUS: Self = Self { codec: "opus/48000/2", rate: 48_000, channels: 2 };
}

/// A running baresip.
pub struct Baresip {
    child: Child,
    control: TcpStream,
    unread: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Baresip {
    /// Starts the phone on loopback and registers it; comes back when the registrar said yes.
    ///
    /// It will answer every call at once, say a tone of `hertz` and remember what it hears.
    pub async fn plug_in(
        registrar: SocketAddr,
        user: &str,
        password: &str,
        hertz: f64,
    ) -> anyhow::Result<Self> {
        Self::plug_in_as(registrar, user, password, hertz, Sound::PLAIN, "").await
    }

    /// The same with a phone that speaks this alone.
    pub async fn plug_in_speaking(
        registrar: SocketAddr,
        user: &str,
        password: &str,
        hertz: f64,
        sound: Sound,
    ) -> anyhow::Result<Self> {
        Self::plug_in_as(registrar, user, password, hertz, sound, "").await
    }

    /// The same with SRTP or no call (`mediaenc=srtp-mand`).
    pub async fn plug_in_secure(
        registrar: SocketAddr,
        user: &str,
        password: &str,
        hertz: f64,
    ) -> anyhow::Result<Self> {
        Self::plug_in_as(registrar, user, password, hertz, Sound::PLAIN, ";mediaenc=srtp-mand").await
    }

    async fn plug_in_as(
        registrar: SocketAddr,
        user: &str,
        password: &str,
        hertz: f64,
        sound: Sound,
        extra: &str,
    ) -> anyhow::Result<Self> {
        let mut phone = Self::start_at(hertz, sound, SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let codec = sound.codec;
        // the account is told over the control socket, so that its registration cannot be missed
        let account = format!(
            "<sip:{user}@{registrar}>;auth_user={user};auth_pass={password};answermode=auto;audio_codecs={codec};regint=60{extra}"
        );
        phone.say("uanew", &account).await?;
        phone.until("REGISTER_OK").await?;
        Ok(phone)
    }

    /// A phone at no registrar, rung by its number at its own address; answers at once.
    pub async fn alone(number: &str, hertz: f64) -> anyhow::Result<(Self, SocketAddr)> {
        let address = std::net::UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
        let mut phone = Self::start_at(hertz, Sound::PLAIN, address).await?;
        let account = format!("<sip:{number}@{address}>;answermode=auto;audio_codecs=PCMA;regint=0");
        phone.say("uanew", &account).await?;
        while phone.event().await?["response"] != true {}
        Ok((phone, address))
    }

    /// The same with a password that may be wrong: `Ok(false)` if the registrar said no.
    pub async fn tries_to_register(
        registrar: SocketAddr,
        user: &str,
        password: &str,
    ) -> anyhow::Result<bool> {
        let mut phone = Self::start(440.0).await?;
        let account = format!("<sip:{user}@{registrar}>;auth_user={user};auth_pass={password};regint=60");
        phone.say("uanew", &account).await?;
        loop {
            let event = phone.event().await?;
            match event["type"].as_str() {
                Some("REGISTER_OK") => return Ok(true),
                Some("REGISTER_FAIL") => return Ok(false),
                _ => {}
            }
        }
    }

    async fn start(hertz: f64) -> anyhow::Result<Self> {
        Self::start_at(hertz, Sound::PLAIN, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    async fn start_at(hertz: f64, sound: Sound, address: SocketAddr) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let control = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        std::fs::create_dir(folder.path().join("heard"))?;
        std::fs::write(folder.path().join("tone.wav"), wav(hertz, sound))?;
        std::fs::write(folder.path().join("config"), config(folder.path(), control, address))?;
        for empty in ["accounts", "contacts"] {
            std::fs::write(folder.path().join(empty), "# none\n")?;
        }
        let output = std::fs::File::create(folder.path().join("output"))?;
        let child = Command::new("baresip")
            .arg("-4")
            .arg("-f")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .kill_on_drop(true)
            .spawn()
            .context("baresip did not start: is the package `baresip` installed?")?;
        let mut every = tokio::time::interval(Duration::from_millis(20));
        let connected = tokio::time::timeout(PATIENCE, async {
            loop {
                every.tick().await;
                if let Ok(stream) = TcpStream::connect(control).await {
                    return stream;
                }
            }
        });
        let Ok(control) = connected.await else {
            bail!("baresip did not open: {}", output_of(folder.path()))
        };
        Ok(Self { child, control, unread: Vec::new(), folder })
    }

    async fn say(&mut self, command: &str, params: &str) -> anyhow::Result<()> {
        let text = json!({"command": command, "params": params, "token": command}).to_string();
        Ok(self.control.write_all(format!("{}:{text},", text.len()).as_bytes()).await?)
    }

    /// The next event or answer.
    async fn event(&mut self) -> anyhow::Result<Value> {
        loop {
            if let Some(text) = netstring(&mut self.unread)? {
                return Ok(serde_json::from_slice(&text)?);
            }
            let mut piece = [0; 4_096];
            let read = tokio::time::timeout(PATIENCE, self.control.read(&mut piece))
                .await
                .with_context(|| format!("baresip said nothing: {}", self.output()))??;
            anyhow::ensure!(read > 0, "baresip has closed: {}", self.output());
            self.unread.extend(&piece[..read]);
        }
    }

    /// Waits for an event: `CALL_ESTABLISHED`, `CALL_CLOSED`, `REGISTER_OK`, … (an auto-answered call tells no
    /// `CALL_INCOMING`).
    pub async fn until(&mut self, kind: &str) -> anyhow::Result<Value> {
        loop {
            let event = self.event().await.with_context(|| format!("waiting for `{kind}`"))?;
            match event["type"].as_str() {
                Some(told) if told == kind => return Ok(event),
                Some("REGISTER_FAIL") => bail!("baresip was not registered: {event}"),
                _ => {}
            }
        }
    }

    /// Ends the call it is in.
    pub async fn hang_up(&mut self) -> anyhow::Result<()> {
        self.say("hangup", "").await
    }

    /// Puts the other side on hold, or takes it back.
    pub async fn hold(&mut self, on: bool) -> anyhow::Result<()> {
        self.say(if on { "hold" } else { "resume" }, "").await
    }

    /// Asks that the other side talks to somebody else: an account or a number at this switchboard.
    pub async fn transfer(&mut self, to: &str, board: SocketAddr) -> anyhow::Result<()> {
        self.say("transfer", &format!("sip:{to}@{board}")).await
    }

    /// Presses a key of the call it is in.
    pub async fn press(&mut self, digit: char) -> anyhow::Result<()> {
        self.say("sndcode", &digit.to_string()).await
    }

    /// Share of a tone in the last second it heard in its latest call, from its own recording: near 1 if it heard
    /// nothing else.
    pub fn heard(&self, hertz: f64) -> anyhow::Result<f64> {
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(self.folder.path().join("heard"))? {
            files.push(entry?.path());
        }
        // `dump-….-enc.wav` is what it said, `dump-…-dec.wav` what it heard
        files.retain(|file| file.to_string_lossy().ends_with("dec.wav"));
        files.sort();
        let Some(last) = files.last() else { return Ok(0.0) };
        let bytes = std::fs::read(last)?;
        let samples: Vec<i16> = bytes
            .get(WAV_HEAD..)
            .unwrap_or_default()
            .chunks_exact(frame_of(&bytes)?)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let from = samples.len().saturating_sub(RATE as usize);
        Ok(goertzel(&samples[from..], hertz))
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it wrote to its terminal.
    pub fn output(&self) -> String {
        output_of(self.folder.path())
    }
}

fn output_of(folder: &Path) -> String {
    let output = std::fs::read(folder.join("output")).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let lines = text.split(['\r', '\n']).filter(|line| !line.trim().is_empty() && !line.contains("(bit/s)"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Takes one `length:text,` off the front.
fn netstring(unread: &mut Vec<u8>) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(colon) = unread.iter().position(|byte| *byte == b':') else { return Ok(None) };
    let length: usize = std::str::from_utf8(&unread[..colon])?.parse().context("length of a netstring")?;
    let end = colon + 1 + length;
    if unread.len() <= end {
        return Ok(None);
    }
    let text = unread[colon + 1..end].to_vec();
    unread.drain(..=end);
    Ok(Some(text))
}

fn config(folder: &Path, control: SocketAddr, address: SocketAddr) -> String {
    let home = folder.display();
    let mut text = format!(
        "poll_method epoll\nsip_listen {address}\ncall_max_calls 2\nmodule_path {MODULES}\n\
         audio_source aufile,{home}/tone.wav\naudio_player aubridge,nowhere\naudio_alert aubridge,nowhere\n\
         snd_path {home}/heard\nctrl_tcp_listen {control}\nrtp_stats yes\n"
    );
    for module in ["g711", "g722", "opus", "aufile", "aubridge", "sndfile", "srtp"] {
        let _ = writeln!(text, "module {module}.so");
    }
    let _ = writeln!(text, "module_tmp account.so");
    for module in ["menu", "ctrl_tcp"] {
        let _ = writeln!(text, "module_app {module}.so");
    }
    text
}

/// Bytes from one sample of 8 kHz to the next in a WAV file of more channels or a higher rate: tones below 4 kHz
/// are all there is in it.
fn frame_of(bytes: &[u8]) -> anyhow::Result<usize> {
    let Some(head) = bytes.first_chunk::<WAV_HEAD>() else { return Ok(2) };
    let rate = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
    anyhow::ensure!(head[22] > 0 && rate >= RATE as u32, "a wav of 8 kHz or more was expected, not {rate}");
    Ok(2 * usize::from(head[22]) * rate as usize / RATE as usize)
}

/// A tone as a WAV file of the rate and the channels that the phone's codec wants.
fn wav(hertz: f64, sound: Sound) -> Vec<u8> {
    let Sound { rate, channels, .. } = sound;
    let mut sine = Sine::new(hertz * RATE / f64::from(rate), 8_000.0);
    let samples = TONE_SECONDS * rate as usize;
    let length = 2 * u32::from(channels) * samples as u32;
    let mut file = Vec::with_capacity(WAV_HEAD + length as usize);
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1, 0, channels, 0]); // linear
    file.extend(rate.to_le_bytes());
    file.extend((2 * u32::from(channels) * rate).to_le_bytes());
    file.extend([2 * channels, 0, 16, 0]); // two bytes a channel, sixteen bits
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    for _ in 0..samples {
        let sample = sine.sample().to_le_bytes();
        (0..channels).for_each(|_| file.extend(sample));
    }
    file
}
