//! The server under the crowd: ours over a door that lets everybody in, or a peer; and its processor and memory.

use domain::{
    access::{Role, User},
    calls::trace::{Traced, Traces},
    ports::{
        Answer, BlobError, Blobs, Clock, Command, Fact, FrontDoor, Held, Later, NewsBoard, Recordings, Seat,
    },
    refusal::Refusal,
    values::id::Id,
    visits::proof::BlobName,
};
use serde_json::{Value, json};
use std::{
    io::{Error, Result},
    net::SocketAddr,
    process::Stdio,
    sync::{Arc, LazyLock},
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};

/// Everybody's password.
pub const PASSWORD: &str = "fan-out";
static HASH: LazyLock<String> = LazyLock::new(|| web::hash_password(PASSWORD));
/// Keys in turn: fewer than the ring holds, so that a key comes again only when it has been sent long ago.
pub const KEYS: u64 = 4000;

/// Microseconds since the epoch: one clock for both processes.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub fn micros() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}

struct Door;
impl FrontDoor for Door {
    fn command(&self, _: Seat, _: Command) -> Later<std::result::Result<Answer, Refusal>> {
        Box::pin(async { Err(Refusal::unavailable("the stand takes no commands")) })
    }
    fn search(&self, _: &str, _: usize) -> Vec<Value> {
        Vec::new()
    }
    fn card(&self, client: &str) -> Later<std::result::Result<Value, Refusal>> {
        let refusal = Refusal::unknown("client", client);
        Box::pin(async { Err(refusal) })
    }
    fn facts(&self, _: &str) -> Later<std::result::Result<Vec<Fact>, Refusal>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn past(
        &self,
        _: jiff::Timestamp,
        _: jiff::Timestamp,
    ) -> Later<std::result::Result<serde_json::Value, Refusal>> {
        Box::pin(async { Err(Refusal::unavailable("the stand has no past")) })
    }
    fn checkup(&self) -> Later<std::result::Result<serde_json::Value, Refusal>> {
        Box::pin(async { Err(Refusal::unavailable("the stand has nothing set up")) })
    }
    fn user(&self, login: &str) -> Option<User> {
        let number: u128 = login.strip_prefix('u')?.parse().ok()?;
        Some(User {
            id: Id::from_uuid(uuid::Uuid::from_u128(number)),
            ver: 1,
            login: login.into(),
            name: login.into(),
            role: Role::Dispatcher,
            password: HASH.clone(),
            master: None,
            operator: None,
            robot: false,
            phone: None,
            once: false,
            off: None,
        })
    }
    fn users(&self) -> Vec<User> {
        Vec::new()
    }
}

/// Nobody brings photographs to the stand.
struct NoFiles;
impl Blobs for NoFiles {
    fn held(&self, name: &BlobName) -> Later<std::result::Result<Held, BlobError>> {
        let unknown = BlobError::Unknown(name.clone());
        Box::pin(async { Err(unknown) })
    }
    fn append(
        &self,
        name: &BlobName,
        _: u64,
        _: u64,
        _: Vec<u8>,
    ) -> Later<std::result::Result<Held, BlobError>> {
        self.held(name)
    }
    fn read(&self, name: &BlobName) -> Later<std::result::Result<Vec<u8>, BlobError>> {
        let unknown = BlobError::Unknown(name.clone());
        Box::pin(async { Err(unknown) })
    }
}

impl Recordings for NoFiles {
    fn length(&self, name: &str) -> Later<std::result::Result<u64, Refusal>> {
        let unknown = Refusal::unknown("recording", name);
        Box::pin(async { Err(unknown) })
    }
    fn read(&self, name: &str, _: u64, _: usize) -> Later<std::result::Result<Vec<u8>, Refusal>> {
        let unknown = Refusal::unknown("recording", name);
        Box::pin(async { Err(unknown) })
    }
    fn remove(&self, _: &str) -> Later<std::result::Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

impl Traces for NoFiles {
    fn of(&self, _: &str) -> Vec<Traced> {
        Vec::new()
    }
}

struct RealClock;
impl Clock for RealClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(micros() as i64).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// Serves until told to quit; reads its orders from the standard input, line by line.
pub async fn serve() -> Result<()> {
    let hub = Arc::new(web::Hub::new());
    let state = web::WebState {
        door: Arc::new(Door),
        hub: Arc::clone(&hub),
        clock: Arc::new(RealClock),
        blobs: Arc::new(NoFiles),
        tables: Arc::new(NoFiles),
        recordings: Arc::new(NoFiles),
        traces: Arc::new(NoFiles),
        link_key: [0; 32],
        first_key: String::new(),
        demo: None,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let service = web::router(state).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let (told, mut orders) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        // The end of the pipe is the end of the stand.
        std::io::stdin()
            .lines()
            .map_while(std::result::Result::ok)
            .all(|line| told.blocking_send(line).is_ok())
    });
    let mut next = 0;
    while let Some(order) = orders.recv().await {
        let words: Vec<&str> = order.split(' ').collect();
        match words.as_slice() {
            ["publish", rate, millis, keys] => {
                let read = |text: &str| text.parse::<u64>().map_err(Error::other);
                next =
                    publish(&hub, next, read(rate)?, Duration::from_millis(read(millis)?), read(keys)?).await;
                println!("published");
            }
            ["rows"] => println!("{}", json!(hub.rows("board"))),
            _ => break,
        }
    }
    Ok(())
}

/// Rows at a rate, evenly by the millisecond; gives the number of the next row.
async fn publish(hub: &web::Hub, first: u64, rate: u64, time: Duration, keys: u64) -> u64 {
    let begun = Instant::now();
    let all = rate * time.as_millis() as u64 / 1000;
    let mut sent = 0;
    while sent < all {
        let due = (begun.elapsed().as_micros() as u64 * rate / 1_000_000).min(all);
        for number in first + sent..first + due {
            let row = json!({ "ts": micros(), "pad": "x".repeat(140) });
            hub.publish("board", &format!("visit_{:05}", number % keys), Some(row));
        }
        sent = due;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    first + sent
}

/// Is there a way to hold a process on one core?
pub fn can_hold() -> bool {
    std::process::Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// A server process and the pipe to it.
pub struct Stand {
    child: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    /// Where it listens.
    pub address: SocketAddr,
    /// It wants a session, as ours does.
    pub signed: bool,
}

impl Stand {
    /// Ours, on the first core.
    pub async fn ours() -> Result<Self> {
        let exe = std::env::current_exe()?;
        Self::start(&[exe.as_os_str(), "stand".as_ref()], true).await
    }
    /// `ws` of npm under node, on the first core.
    pub async fn peer() -> Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/e2e/bench/peer.mjs");
        Self::start(&["node".as_ref(), script.as_ref()], false).await
    }
    async fn start(command: &[&std::ffi::OsStr], signed: bool) -> Result<Self> {
        let words: Vec<&std::ffi::OsStr> = if can_hold() {
            ["taskset", "-c", "0"].map(std::ffi::OsStr::new).iter().chain(command).copied().collect()
        } else {
            command.to_vec()
        };
        let mut child = tokio::process::Command::new(words[0])
            .args(&words[1..])
            // The memory of signing in goes back to the system, or the sockets would seem to cost nothing.
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(orders), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::other("the pipes of the server are not there"));
        };
        let mut said = BufReader::new(output).lines();
        let address = said.next_line().await?.ok_or_else(|| Error::other("the server did not start"))?;
        let address = address.parse().map_err(Error::other)?;
        Ok(Self { child, orders, said, address, signed })
    }
    async fn order(&mut self, order: String) -> Result<String> {
        self.orders.write_all(order.as_bytes()).await?;
        self.said.next_line().await?.ok_or_else(|| Error::other("the server has gone"))
    }
    /// Publishes at a rate for a time, and waits for its end.
    pub async fn publish(&mut self, rate: u64, time: Duration) -> Result<()> {
        self.publish_over(rate, time, KEYS).await
    }
    /// The same over fewer keys.
    pub async fn publish_over(&mut self, rate: u64, time: Duration, keys: u64) -> Result<()> {
        self.order(format!("publish {rate} {} {keys}\n", time.as_millis())).await.map(drop)
    }
    /// The rows that every screen should have.
    pub async fn rows(&mut self) -> Result<Value> {
        let text = self.order("rows\n".into()).await?;
        serde_json::from_str(&text).map_err(Error::other)
    }
    fn proc(&self, file: &str) -> String {
        let id = self.child.id().unwrap_or_default();
        std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default()
    }
    /// Resident memory.
    pub fn resident_kib(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
    }
    /// User and system time.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = self.proc("stat");
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 =
            after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
        ticks as f64 / 100.0
    }
}
