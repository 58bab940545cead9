//! The switchboard's side: finds the audio's process or starts it, and starts another when it dies.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc::UnboundedSender;

use crate::counters::{Counted, Counters};
use crate::line::{LegId, LineEvent};
use crate::media::apart::Apart;
use crate::media::apart::frame::{Reader, write_sound, write_words};
use crate::media::apart::order::{Hello, OLDEST, Order, Parcel, Reply, Told, VERSION};
use crate::media::apart::standing::Standing;
use crate::media::command::{MediaCommand, MediaSender};
use crate::settings::CallClock;
use crate::threads;

/// How long a process may take to say what it is.
const GREETING: Duration = Duration::from_secs(5);
/// How soon a process that died is missed although nothing is ordered.
const LOOK: Duration = Duration::from_millis(100);
/// A process that lives shorter is not started again.
const STILLBORN: Duration = Duration::from_secs(1);
/// Recordings kept over there, in bytes together, before they are forgotten and told anew.
const SHELF: usize = 128 << 20;

/// What the audio begins with.
#[derive(Clone, Copy, Debug)]
pub struct Begin {
    /// Where browsers' datagrams arrive.
    pub bind: SocketAddr,
    /// What browsers are told instead of that address's IP.
    pub advertised: std::net::IpAddr,
    /// How often legs are told how they sound.
    pub report_every: Duration,
}

/// The audio's process, found or started.
pub struct Opened {
    /// The way to it.
    pub media: MediaSender,
    /// Ends when the audio has ended, or when all senders are gone.
    pub thread: JoinHandle<()>,
    /// Where browsers send, as told to them.
    pub webrtc: SocketAddr,
    /// Legs whose audio has gone on.
    pub legs: HashSet<LegId>,
    /// Whether it speaks G.711 alone: a process of an earlier version.
    pub plain: bool,
}

/// Finds the process or starts it.
///
/// # Errors
/// It can be neither found nor started, or it serves somebody else.
pub fn open(
    apart: Apart,
    begin: Begin,
    events: UnboundedSender<LineEvent>,
    counters: Arc<Counters>,
    clock: CallClock,
) -> io::Result<Opened> {
    let line = Line::open(&apart, begin)?;
    let (webrtc, legs, plain) = (line.webrtc, line.legs.clone(), line.version < VERSION);
    let (commands, inbox) = channel();
    let house = House {
        apart,
        begin: Begin { bind: SocketAddr::new(begin.bind.ip(), webrtc.port()), ..begin },
        ears: Ears { events, counters, asked: Arc::default() },
        standing: Standing::default(),
        clock,
        asks: 0,
    };
    let thread = threads::begin("media-orders", move || house.run(line, &inbox))?;
    Ok(Opened { media: MediaSender::to(commands), thread, webrtc, legs, plain })
}

/// A connection to a process that has begun.
struct Line {
    stream: UnixStream,
    reader: Reader,
    webrtc: SocketAddr,
    legs: HashSet<LegId>,
    version: u32,
    since: Instant,
    /// Recordings that it has, and their bytes.
    sounds: HashMap<u64, usize>,
}

impl Line {
    fn open(apart: &Apart, begin: Begin) -> io::Result<Self> {
        match UnixStream::connect(&apart.socket) {
            Ok(stream) => {
                let (reader, hello) = greeted(&stream, &apart.socket)?;
                if (OLDEST..=VERSION).contains(&hello.version) {
                    tracing::info!(legs = hello.legs.len(), "the audio has gone on");
                    return Self::begin(stream, reader, hello, begin);
                }
                tracing::warn!(
                    theirs = hello.version,
                    ours = VERSION,
                    "the audio speaks another version: it begins anew"
                );
                dismiss(&stream, reader)?;
            }
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {}
            Err(error) => return Err(named(&apart.socket, &error)),
        }
        start(apart)?;
        let stream = UnixStream::connect(&apart.socket).map_err(|error| named(&apart.socket, &error))?;
        let (reader, hello) = greeted(&stream, &apart.socket)?;
        Self::begin(stream, reader, hello, begin)
    }

    fn begin(stream: UnixStream, reader: Reader, hello: Hello, begin: Begin) -> io::Result<Self> {
        let webrtc = match hello.webrtc {
            Some(webrtc) => webrtc,
            None => {
                let socket = UdpSocket::bind(begin.bind).map_err(|error| {
                    io::Error::new(error.kind(), format!("browsers' port `{}`: {error}", begin.bind))
                })?;
                let webrtc = SocketAddr::new(begin.advertised, socket.local_addr()?.port());
                let millis = u64::try_from(begin.report_every.as_millis()).unwrap_or(u64::MAX);
                write_words(&stream, &Order::Begin(webrtc, millis), Some(socket.as_fd()))?;
                webrtc
            }
        };
        let (legs, version) = (hello.legs.into_iter().collect(), hello.version);
        Ok(Self { stream, reader, webrtc, legs, version, since: Instant::now(), sounds: HashMap::new() })
    }

    fn send(&mut self, parcel: &Parcel) -> io::Result<()> {
        if let Some((number, audio)) = &parcel.sound
            && !self.sounds.contains_key(number)
        {
            if self.sounds.values().sum::<usize>() + audio.len() > SHELF {
                self.sounds.clear();
                write_words(&self.stream, &Order::Forget, None)?;
            }
            write_sound(&self.stream, *number, audio)?;
            self.sounds.insert(*number, audio.len());
        }
        write_words(&self.stream, &parcel.order, parcel.socket.as_ref().map(std::os::fd::AsFd::as_fd))
    }
}

fn named(socket: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("media process at `{}`: {error}", socket.display()))
}

fn greeted(stream: &UnixStream, socket: &Path) -> io::Result<(Reader, Hello)> {
    stream.set_read_timeout(Some(GREETING))?;
    let mut reader = Reader::new(stream.try_clone()?);
    let told = reader.words::<Told>().map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::other(format!(
            "media process at `{}` serves another switchboard: expected one switchboard to a data folder",
            socket.display()
        )),
        _ => named(socket, &error),
    })?;
    stream.set_read_timeout(None)?;
    match told {
        Some(Told::Hello(hello)) => Ok((reader, hello)),
        _ => Err(io::Error::other(format!("media process at `{}` did not greet", socket.display()))),
    }
}

/// Ends a process of another version and waits for its end.
fn dismiss(stream: &UnixStream, mut reader: Reader) -> io::Result<()> {
    write_words(stream, &Order::Shutdown, None)?;
    stream.set_read_timeout(Some(GREETING))?;
    while reader.frame()?.is_some() {}
    Ok(())
}

/// Starts the process behind a listener of ours: whoever connects from now on is heard.
fn start(apart: &Apart) -> io::Result<()> {
    match std::fs::remove_file(&apart.socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(&apart.socket, &error)),
        _ => {}
    }
    let listener = UnixListener::bind(&apart.socket).map_err(|error| named(&apart.socket, &error))?;
    std::fs::set_permissions(&apart.socket, std::fs::Permissions::from_mode(0o600))?;
    let mut child = Command::new(&apart.program)
        .args(&apart.arguments)
        .arg("--patience")
        .arg(apart.patience.as_secs().to_string())
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::null())
        // a Ctrl-C at the terminal is meant for the switchboard, which tells the audio to end
        .process_group(0)
        .spawn()
        .map_err(|error| {
            io::Error::new(error.kind(), format!("media process `{}`: {error}", apart.program.display()))
        })?;
    tracing::info!(pid = child.id(), "the audio has a process of its own");
    threads::begin("media-child", move || match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::error!(%status, "the audio's process ended badly"),
        Err(error) => tracing::error!(%error, "the audio's process cannot be waited for"),
    })?;
    Ok(())
}

/// Who hears what the process tells.
#[derive(Clone)]
struct Ears {
    events: UnboundedSender<LineEvent>,
    counters: Arc<Counters>,
    asked: Arc<Mutex<HashMap<u64, Reply>>>,
}

impl Ears {
    /// Until the process is gone.
    fn listen(&self, mut reader: Reader, over: &mpsc::Sender<LegId>) {
        loop {
            match reader.words::<Told>() {
                Ok(Some(Told::Event(event))) => {
                    if let LineEvent::Failed { leg, .. } | LineEvent::Ended { leg, .. } = &event {
                        // whoever writes orders is gone: nothing is to be remembered
                        let _ = over.send(*leg);
                    }
                    // the receiver is gone only while the switchboard closes
                    let _ = self.events.send(event);
                }
                Ok(Some(Told::Offered(ask, answer))) => {
                    if let Some(reply) = self.asked.lock().remove(&ask) {
                        // the operator may be gone before the answer is ready
                        let _ = reply.send(answer);
                    }
                }
                Ok(Some(Told::Counted(more))) => {
                    for (name, more) in more {
                        if let Some(what) = Counted::ALL.iter().find(|what| what.name() == name) {
                            self.counters.add_many(*what, more);
                        }
                    }
                }
                Ok(Some(Told::Hello(_))) => {}
                Ok(None) => return,
                Err(error) => return tracing::error!(%error, "the audio cannot be understood"),
            }
        }
    }
}

/// Whoever writes the orders.
struct House {
    apart: Apart,
    begin: Begin,
    ears: Ears,
    standing: Standing,
    clock: CallClock,
    asks: u64,
}

/// How a connection ended.
enum Ending {
    Dead,
    Closing,
}

impl House {
    fn run(mut self, mut line: Line, inbox: &Receiver<MediaCommand>) {
        loop {
            let (over, ended) = channel();
            let Ok(reader) = line.stream.try_clone().map(Reader::new) else { return };
            let reader = std::mem::replace(&mut line.reader, reader);
            let ears = self.ears.clone();
            let listening = threads::begin("media-events", move || ears.listen(reader, &over));
            let Ok(listening) = listening else { return };
            let ending = self.orders(&mut line, inbox, &listening, &ended);
            if matches!(ending, Ending::Dead) && line.since.elapsed() < STILLBORN {
                return tracing::error!("the audio's process dies as soon as it lives: calls are silent");
            }
            if matches!(ending, Ending::Dead) {
                tracing::error!("the audio's process is gone: another begins");
                match self.again() {
                    Ok(begun) => line = begun,
                    Err(error) => return tracing::error!(%error, "no audio can be begun: calls are silent"),
                }
                continue;
            }
            if listening.join().is_err() {
                tracing::error!("the audio's ear panicked");
            }
            return;
        }
    }

    fn orders(
        &mut self,
        line: &mut Line,
        inbox: &Receiver<MediaCommand>,
        listening: &JoinHandle<()>,
        over: &Receiver<LegId>,
    ) -> Ending {
        loop {
            let command = match inbox.recv_timeout(LOOK) {
                Ok(command) => command,
                Err(RecvTimeoutError::Timeout) if listening.is_finished() => return Ending::Dead,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    // the switchboard goes and the audio stays
                    let _ = line.stream.shutdown(std::net::Shutdown::Both);
                    return Ending::Closing;
                }
            };
            while let Ok(leg) = over.try_recv() {
                self.standing.forget(leg);
            }
            let last = matches!(command, MediaCommand::Shutdown);
            self.standing.note(&command);
            let sent = self.send(line, command);
            if last {
                return Ending::Closing;
            }
            if sent.is_err() {
                return Ending::Dead;
            }
        }
    }

    fn send(&mut self, line: &mut Line, command: MediaCommand) -> io::Result<()> {
        if line.version < VERSION && matches!(command, MediaCommand::SpeakToBrowsers(_)) {
            return Ok(());
        }
        self.asks += 1;
        let mut parcel = Parcel::of(command, self.asks);
        if let Some((ask, reply)) = parcel.reply.take() {
            self.ears.asked.lock().insert(ask, reply);
        }
        line.send(&parcel)
    }

    /// Another process, which is told all that stood.
    fn again(&mut self) -> io::Result<Line> {
        // who asked the dead one gets no answer from it
        self.ears.asked.lock().clear();
        let mut line = Line::open(&self.apart, self.begin)?;
        for (leg, address) in self.standing.ports() {
            let socket = UdpSocket::bind(address).and_then(|socket| {
                socket.set_nonblocking(true)?;
                Ok(socket)
            });
            match socket {
                Ok(socket) => self.send(&mut line, MediaCommand::Open(leg, socket))?,
                Err(error) => tracing::error!(%leg, %address, %error, "a leg stays silent"),
            }
        }
        // what was recorded before may lie under the name of the recording: the rest gets one of its own
        let now = (self.clock.0)().as_second();
        let part = |path: &Path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            path.with_file_name(format!("{stem}-{now}.wav"))
        };
        for command in self.standing.again(part) {
            self.send(&mut line, command)?;
        }
        for session in self.standing.browsers() {
            // the receiver is gone only while the switchboard closes
            let _ = self.ears.events.send(LineEvent::BrowserLost { session });
        }
        Ok(line)
    }
}
