//! A call centre as a process of its own: a server in an empty town with as many desks as are asked for, the phones and
//! the people at them, and those who ring.

use crate::harness::person::Person;
use anyhow::{Context, ensure};
use domain::{
    access::{Role, User},
    calls::operator::{Device, Operator, Presence},
    ports::Batch,
    values::id::Id,
};
use futures_util::FutureExt;
use serde_json::{Value, json};
use simulator::{Size, seed};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use store::Store;
use telephony::{
    Audio, CallEvent, CallHandle, Caller, DeskPhone,
    phone::{Answering, DeskEvent},
};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// The number that the town rings.
pub const DID: &str = "+73422000000";
const PASSWORD: &str = "secret";
/// Whatever takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The server’s program, built beside the tests.
///
/// # Errors
/// It is not built.
pub fn binary() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.parent().and_then(|deps| deps.parent()).context("the target folder")?;
    let binary = folder.join("callout");
    ensure!(binary.exists(), "`{}` is not built: expected `cargo build -p server` first", binary.display());
    Ok(binary)
}

/// Ports of servers lie between those of audio and those that the system gives to outgoing connections: such a connection
/// could take one after it was found free here and before the server opens it, or between two starts of the server.
const PORTS: std::ops::Range<u16> = 30_000..32_700;

/// A port that nobody has now, neither for datagrams nor for connections, and that no other call got in this process.
///
/// # Errors
/// All are taken.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    let span = PORTS.end - PORTS.start;
    // Processes that run at once begin at different places.
    let begin = (std::process::id() % u32::from(span)) as u16;
    for _ in 0..span {
        let port = next.unwrap_or(PORTS.start + begin);
        *next = Some(if port + 1 == PORTS.end { PORTS.start } else { port + 1 });
        let is_free = std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok()
            && std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free {
            return Ok(port);
        }
    }
    anyhow::bail!("no port of 127.0.0.1 is free among `{PORTS:?}` for both datagrams and connections")
}

/// Sows a call centre of so many desks in an empty town; everybody has one password.
///
/// # Errors
/// The store says no.
pub async fn sow(url: &str, desks: usize, password: &str) -> anyhow::Result<()> {
    let now = jiff::civil::date(2026, 11, 23).at(10, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
    let password = web::hash_password(password);
    let town = seed::seed(Size::S, 7, now, |_: &str| password.clone());
    let mut batch = Batch::default();
    for desk in 0..desks {
        let (operator, user) = (number(1, desk), number(2, desk));
        let operator = Operator {
            id: Id::from_uuid(operator),
            ver: 1,
            name: format!("Оператор {desk}"),
            device: Device::Phone(format!("desk{desk}")),
            presence: Presence::Offline,
            reason: None,
            since: now,
            call: None,
            robot: false,
            skills: vec![],
            supervises: false,
        };
        batch.keep(&operator, 0);
        let user = User {
            id: Id::from_uuid(user),
            ver: 1,
            login: format!("desk{desk}"),
            name: operator.name.clone(),
            role: Role::Operator,
            password: password.clone(),
            master: None,
            operator: Some(operator.id),
            robot: false,
            phone: None,
            once: false,
            off: None,
        };
        batch.keep(&user, 0);
    }
    let store = Store::open(url).await?;
    store.load_many(town.rows.into_iter().chain(batch.rows).collect()).await?;
    store.close().await;
    Ok(())
}

fn number(kind: u64, n: usize) -> uuid::Uuid {
    uuid::Uuid::from_u64_pair(0x0198_0000_0000_7000 | kind, 0x8000_0000_0000_0000 | n as u64)
}

/// The server as a process of its own.
pub struct House {
    /// The process.
    pub child: Child,
    /// Its doors.
    pub http: SocketAddr,
    /// Where it is rung.
    pub sip: SocketAddr,
}

/// Waits until the server of this process can be asked; one that ends instead is named with what it has logged.
pub async fn opened(child: &mut Child, http: SocketAddr, log: &Path) -> anyhow::Result<()> {
    let said = || std::fs::read_to_string(log).unwrap_or_default();
    let (began, mut every) = (Instant::now(), tokio::time::interval(Duration::from_millis(10)));
    while reqwest::get(format!("http://{http}/api/health")).await.is_err() {
        every.tick().await;
        if let Some(end) = child.try_wait()? {
            anyhow::bail!("the server ended with {end} before it opened: {}", said());
        }
        ensure!(began.elapsed() < PATIENCE, "the server did not open: {}", said());
    }
    Ok(())
}

/// Where a call centre lives: its folder and its ports, the same at every start.
pub struct Plan {
    folder: PathBuf,
    http: SocketAddr,
    sip: SocketAddr,
}

impl Plan {
    /// Sows a call centre of so many desks into an empty folder.
    pub async fn new(folder: &Path, desks: usize) -> anyhow::Result<Self> {
        Self::with(folder, desks, "").await
    }
    /// The same with more settings.
    pub async fn with(folder: &Path, desks: usize, more: &str) -> anyhow::Result<Self> {
        sow(&Self::url(folder), desks, "demo").await?;
        let (http, sip, webrtc) = (free_port()?, free_port()?, free_port()?);
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut text = format!(
            "[http]\nlisten = \"127.0.0.1:{http}\"\n[sip]\nlisten = \"127.0.0.1:{sip}\"\nwebrtc_port = {webrtc}\n\
             media_ports = [10000, 19998]\nmax_calls = 5000\n[store]\nurl = \"{}\"\n[calls]\nring_seconds = 600\n\
             longest_wait_seconds = 3600\n[[trunk]]\nname = \"town\"\nips = [\"127.0.0.1\"]\ndids = [\"{DID}\"]\n",
            Self::url(folder)
        );
        for desk in 0..desks {
            text += &format!("[[phone]]\nuser = \"desk{desk}\"\npassword = \"{PASSWORD}\"\n");
        }
        std::fs::write(folder.join("callout.toml"), text + more)?;
        Ok(Self { folder: folder.to_owned(), http: local(http), sip: local(sip) })
    }
    /// With further lines among those of SIP.
    pub fn with_sip(self, lines: &str) -> anyhow::Result<Self> {
        let file = self.folder.join("callout.toml");
        let text = std::fs::read_to_string(&file)?;
        std::fs::write(&file, text.replacen("[sip]\n", &format!("[sip]\n{lines}\n"), 1))?;
        Ok(self)
    }
    fn url(folder: &Path) -> String {
        format!("surrealkv://{}/store?sync=every", folder.display())
    }
    /// Starts the server; open when its health can be asked.
    pub async fn start(&self) -> anyhow::Result<House> {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log"))?;
        let mut child = Command::new(binary()?)
            .arg("--config")
            .arg(self.folder.join("callout.toml"))
            .arg("server")
            .env("RUST_LOG", "warn,telephony=info,actors=info,rsipstack=error")
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        opened(&mut child, self.http, &self.folder.join("log")).await?;
        Ok(House { child, http: self.http, sip: self.sip })
    }
    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// A desk: its phone, and the person who is ready at it.
pub struct Desk {
    /// The phone.
    pub phone: DeskPhone,
    /// Who sits here.
    pub login: String,
}

impl Desk {
    /// The desk of this number; its phone is registered, its operator is ready.
    pub async fn new(house: &House, n: usize, answers: bool) -> anyhow::Result<Self> {
        Self::with_voice(house, n, answers, Audio::Nothing).await
    }
    /// As [`Desk::new`]; whoever sits there sounds so.
    pub async fn with_voice(house: &House, n: usize, answers: bool, voice: Audio) -> anyhow::Result<Self> {
        let answering = if answers { Answering::After(Duration::ZERO) } else { Answering::Never };
        let login = format!("desk{n}");
        let expires = Duration::from_secs(3_600);
        let mut phone = DeskPhone::plug_in(house.sip, &login, PASSWORD, expires, answering, voice).await?;
        let said = timeout(PATIENCE, phone.event()).await.context("the registrar")?;
        ensure!(said == Some(DeskEvent::Registered), "{login} was told {said:?}");
        let mut person = Person::sign_in(house.http, &login, &[]).await?;
        person.command("operator.ready", json!({})).await?;
        Ok(Self { phone, login })
    }
    /// Waits for something to happen to the phone.
    pub async fn until(&mut self, wanted: DeskEvent) -> anyhow::Result<()> {
        let heard = async {
            while let Some(event) = self.phone.event().await {
                if event == wanted {
                    return true;
                }
            }
            false
        };
        let heard =
            timeout(PATIENCE, heard).await.with_context(|| format!("{} waits for {wanted:?}", self.login))?;
        ensure!(heard, "{} was unplugged before {wanted:?}", self.login);
        Ok(())
    }
}

/// Somebody in the town; the call, and the number for the messages.
pub struct Client {
    /// The call.
    pub call: CallHandle,
    /// Which caller.
    pub n: usize,
}

impl Client {
    /// Rings and hears the ringing.
    pub async fn rings(house: &House, n: usize) -> anyhow::Result<Self> {
        Self::with_voice(house, n, Audio::Nothing).await
    }
    /// As [`Client::rings`]; whoever calls sounds so.
    pub async fn with_voice(house: &House, n: usize, voice: Audio) -> anyhow::Result<Self> {
        let from = format!("+7913{n:07}");
        let mut call = Caller::new().dial(house.sip, &from, "", DID, voice).await?;
        let said = timeout(PATIENCE, call.event()).await.context("the ringing")?;
        ensure!(said == Some(CallEvent::Ringing), "caller {n} was told {said:?}");
        Ok(Self { call, n })
    }
    /// Waits for something to happen to the call.
    pub async fn until(&mut self, wanted: CallEvent) -> anyhow::Result<()> {
        loop {
            let said = timeout(PATIENCE, self.call.event()).await;
            let said = said.with_context(|| format!("caller {} waits for {wanted:?}", self.n))?;
            if said == Some(wanted) {
                return Ok(());
            }
            ensure!(
                said == Some(CallEvent::Ringing),
                "caller {} waits for {wanted:?} and was told {said:?}",
                self.n
            );
        }
    }
    /// Has nothing happened to the call?
    pub fn is_untouched(&mut self) -> bool {
        self.call.event().now_or_never().is_none()
    }
}

/// What the operator of this login has in hand.
async fn in_hand(person: &mut Person) -> anyhow::Result<Value> {
    let pop =
        person.until("agent", "the call in hand", |key, row| key == "pop" && row["call"]["id"].is_string());
    Ok(pop.await?["call"]["id"].clone())
}

/// The operator of this login holds the call in hand, or takes it back.
pub async fn hold(house: &House, login: &str, command: &str) -> anyhow::Result<()> {
    let mut person = Person::sign_in(house.http, login, &["agent"]).await?;
    let call = in_hand(&mut person).await?;
    person.command(command, json!({"call": call})).await?;
    Ok(())
}

/// The operator of this login writes the call in hand down.
pub async fn write_down(house: &House, login: &str) -> anyhow::Result<()> {
    let mut person = Person::sign_in(house.http, login, &["agent"]).await?;
    person.until("agent", "the writing down", |key, row| key == "me" && row["state"] == "wrap_up").await?;
    let call = in_hand(&mut person).await?;
    person.command("call.dispose", json!({"call": call, "disposition": "question", "note": ""})).await?;
    Ok(())
}
