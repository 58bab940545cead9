//! The crowd: raw sockets that say hello, watch the board and count what comes; one thread reads them all.

use crate::stand::{PASSWORD, Stand, micros};
use parking_lot::Mutex;
use std::{
    io::{Error, Result},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

/// Sockets that one session may have.
pub const A_SESSION: usize = 20;
/// The finest latency, in microseconds.
const GRAIN: u64 = 100;
/// Latencies beyond the last are counted in it.
const BINS: usize = 100_000;

/// What was seen since the last time it was forgotten.
#[derive(Clone)]
pub struct Seen {
    /// Rows, at all sockets.
    pub rows: u64,
    /// Deltas that do not begin where the last one ended.
    pub gaps: u64,
    /// Snapshots: the ring had been left behind.
    pub snapshots: u64,
    frames: u64,
    bins: Vec<u32>,
}

impl Seen {
    fn new() -> Self {
        Self { rows: 0, gaps: 0, snapshots: 0, frames: 0, bins: vec![0; BINS] }
    }
    /// Milliseconds under which the share of rows came.
    pub fn percentile(&self, share: f64) -> f64 {
        let all: u64 = self.bins.iter().map(|n| u64::from(*n)).sum();
        let mut left = (all as f64 * share) as u64;
        for (bin, count) in self.bins.iter().enumerate() {
            let count = u64::from(*count);
            if left < count {
                return (bin as u64 * GRAIN) as f64 / 1000.0;
            }
            left -= count;
        }
        0.0
    }
    /// Rows in a frame, on average.
    pub fn batch(&self) -> u64 {
        self.rows / self.frames.max(1)
    }
    fn take(&mut self, frame: &[u8], last: &mut u64) {
        if frame.starts_with(br#"{"t":"snap""#) {
            self.snapshots += 1;
            *last = field(frame, b"\"seq\":").unwrap_or(*last);
            return;
        }
        if !frame.starts_with(br#"{"t":"d""#) {
            return;
        }
        if field(frame, b"\"from\":") != Some(*last) {
            self.gaps += 1;
        }
        *last = field(frame, b"\"seq\":").unwrap_or(*last);
        self.frames += 1;
        let now = micros();
        let mut rest = frame;
        while let Some(at) = find(rest, b"\"ts\":") {
            rest = &rest[at + 5..];
            let sent = digits(rest);
            let bin = (now.saturating_sub(sent) / GRAIN) as usize;
            self.bins[bin.min(BINS - 1)] += 1;
            self.rows += 1;
            // The padding holds no mark.
            rest = rest.get(140..).unwrap_or_default();
        }
    }
}

fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).position(|window| window == mark)
}
fn digits(text: &[u8]) -> u64 {
    text.iter().take_while(|c| c.is_ascii_digit()).fold(0, |sum, c| sum * 10 + u64::from(c - b'0'))
}
fn field(frame: &[u8], mark: &[u8]) -> Option<u64> {
    find(&frame[..frame.len().min(200)], mark).map(|at| digits(&frame[at + mark.len()..]))
}

/// Sockets that read until they are dropped.
pub struct Crowd {
    seen: Arc<Mutex<Seen>>,
    sockets: u64,
    readers: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Connects, says hello, and watches the board with every socket.
    pub async fn gather(stand: &Stand, cookies: &[String], sockets: usize) -> Result<Self> {
        let seen = Arc::new(Mutex::new(Seen::new()));
        let mut readers = Vec::new();
        for cookie in cookies {
            for _ in 0..A_SESSION.min(sockets - readers.len()) {
                let mut line = Line::open(stand, cookie).await?;
                line.watch(None).await?;
                let seen = Arc::clone(&seen);
                readers.push(tokio::spawn(async move {
                    let mut last = 0;
                    while let Ok(frame) = line.frame().await {
                        seen.lock().take(&frame, &mut last);
                    }
                }));
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(Self { seen, sockets: sockets as u64, readers })
    }
    /// Begins to count anew.
    pub fn forget(&self) {
        *self.seen.lock() = Seen::new();
    }
    /// What was seen.
    pub fn seen(&self) -> Seen {
        self.seen.lock().clone()
    }
    /// Waits until everybody has all the rows, or for so long.
    pub async fn settle(&self, rows: u64, most: Duration) {
        let mut waited = Duration::ZERO;
        while waited < most && self.seen.lock().rows < rows * self.sockets {
            tokio::time::sleep(Duration::from_millis(20)).await;
            waited += Duration::from_millis(20);
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.readers.iter().for_each(JoinHandle::abort);
    }
}

/// Sessions enough for so many sockets.
pub async fn cookies(stand: &Stand, sockets: usize) -> Result<Vec<String>> {
    let many = sockets.div_ceil(A_SESSION);
    if !stand.signed {
        return Ok(vec![String::new(); many]);
    }
    let http = reqwest::Client::builder().no_proxy().build().map_err(Error::other)?;
    let mut found = Vec::new();
    for number in 0..many {
        let body = serde_json::json!({ "login": format!("u{number}"), "password": PASSWORD });
        let url = format!("http://{}/api/login", stand.address);
        let answer = http.post(url).json(&body).send().await.map_err(Error::other)?;
        let cookie = answer.headers().get("set-cookie").and_then(|c| c.to_str().ok()).unwrap_or_default();
        found.push(cookie.split(';').next().unwrap_or_default().to_owned());
    }
    Ok(found)
}

/// One socket, read frame by frame.
pub struct Line {
    socket: TcpStream,
    kept: Vec<u8>,
    from: usize,
}

impl Line {
    /// The handshake.
    pub async fn open(stand: &Stand, cookie: &str) -> Result<Self> {
        Self::dial(stand.address, cookie).await
    }
    /// The handshake, when the server itself is not at hand.
    pub async fn dial(address: std::net::SocketAddr, cookie: &str) -> Result<Self> {
        let mut socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let ask = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"
        );
        socket.write_all(ask.as_bytes()).await?;
        let mut line = Self { socket, kept: Vec::new(), from: 0 };
        while find(&line.kept, b"\r\n\r\n").is_none() {
            line.more().await?;
        }
        if !line.kept.starts_with(b"HTTP/1.1 101") {
            return Err(Error::other(format!("no handshake: {}", String::from_utf8_lossy(&line.kept))));
        }
        line.from = find(&line.kept, b"\r\n\r\n").map_or(0, |at| at + 4);
        Ok(line)
    }
    async fn more(&mut self) -> Result<()> {
        if self.from > 0 && self.from == self.kept.len() {
            self.kept.clear();
            self.from = 0;
        }
        if self.socket.read_buf(&mut self.kept).await? == 0 {
            return Err(Error::other("the server closed the socket"));
        }
        Ok(())
    }
    /// Says hello and watches the board, from a position when there is one.
    pub async fn watch(&mut self, since: Option<(&str, u64)>) -> Result<()> {
        let resume = since.map_or_else(String::new, |(epoch, seq)| {
            format!(r#"{{"topic":"board","epoch":"{epoch}","seq":{seq}}}"#)
        });
        self.say(&format!(r#"{{"t":"hello","v":1,"resume":[{resume}]}}"#)).await?;
        if since.is_none() {
            self.say(r#"{"t":"sub","topic":"board"}"#).await?;
        }
        Ok(())
    }
    async fn say(&mut self, text: &str) -> Result<()> {
        let mut frame = vec![0x81];
        if text.len() < 126 {
            frame.push(0x80 | text.len() as u8);
        } else {
            frame.push(0x80 | 126);
            frame.extend((text.len() as u16).to_be_bytes());
        }
        // A mask of zeros is a mask.
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.socket.write_all(&frame).await
    }
    /// The next text frame.
    pub async fn frame(&mut self) -> Result<Vec<u8>> {
        loop {
            let at = &self.kept[self.from..];
            let Some((head, length)) = header(at) else {
                self.more().await?;
                continue;
            };
            if at.len() < head + length {
                self.kept.reserve(head + length - at.len());
                self.more().await?;
                continue;
            }
            let kind = at[0] & 0x0f;
            let frame = at[head..head + length].to_vec();
            self.from += head + length;
            if self.from > 1 << 20 {
                self.kept.drain(..self.from);
                self.from = 0;
            }
            match kind {
                1 => return Ok(frame),
                8 => return Err(Error::other("the server said goodbye")),
                _ => {}
            }
        }
    }
}

/// Bytes of the header and of what follows it.
fn header(at: &[u8]) -> Option<(usize, usize)> {
    match *at.get(1)? & 0x7f {
        126 => Some((4, usize::from(u16::from_be_bytes([*at.get(2)?, *at.get(3)?])))),
        127 => {
            let bytes: [u8; 8] = at.get(2..10)?.try_into().ok()?;
            Some((10, u64::from_be_bytes(bytes) as usize))
        }
        short => Some((2, usize::from(short))),
    }
}

/// A socket that reads little.
pub struct Lazy {
    taken: Arc<AtomicU64>,
    reader: JoinHandle<()>,
}

impl Lazy {
    /// Bytes it has read.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Lazy {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Watches the board and reads so many bytes a second.
pub async fn lazy(stand: &Stand, cookie: &str, a_second: usize) -> Result<Lazy> {
    let mut line = Line::open(stand, cookie).await?;
    line.watch(None).await?;
    let taken = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&taken);
    let reader = tokio::spawn(async move {
        let mut bytes = vec![0; a_second];
        while let Ok(read @ 1..) = line.socket.read(&mut bytes).await {
            counted.fetch_add(read as u64, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    Ok(Lazy { taken, reader })
}
