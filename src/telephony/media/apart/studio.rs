//! The audio's own process: serves one switchboard after another.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{mpsc::UnboundedReceiver, mpsc::unbounded_channel, oneshot};

use crate::browser::Browsers;
use crate::counters::{Counted, Counters};
use crate::line::{LegId, LineEvent};
use crate::media::apart::frame::{Frame, Reader, write_words};
use crate::media::apart::order::{Hello, Order, Told, Tune, VERSION};
use crate::media::command::{MediaCommand, MediaSender};
use crate::media::prompt::Sound;
use crate::media::relay::Relay;

/// Events kept for the next switchboard while there is none; the oldest go first.
const KEPT: usize = 65_536;
/// How often the switchboard is told what was counted.
const COUNTING: Duration = Duration::from_secs(1);

/// Serves audio to whoever connects, until it is told to end or nobody has come for so long.
///
/// # Errors
/// The listener is none, or the audio cannot be begun.
pub fn serve(listener: &UnixListener, patience: Duration) -> io::Result<()> {
    // on Linux this limits how long `accept` waits
    socket2::SockRef::from(listener).set_read_timeout(Some(patience))?;
    let mut studio = None;
    loop {
        match listener.accept() {
            Ok((stream, _)) => match attend(&mut studio, stream) {
                Ok(Ending::Shutdown) => break,
                Ok(Ending::Gone) => tracing::warn!("the switchboard is gone; the audio goes on"),
                Err(error) => tracing::error!(%error, "the switchboard cannot be understood"),
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tracing::warn!(?patience, "no switchboard came back: the audio ends");
                break;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(studio) = studio {
        studio.end();
    }
    Ok(())
}

/// How a switchboard went.
enum Ending {
    /// Without a word.
    Gone,
    /// It told us to end.
    Shutdown,
}

/// Where events go.
#[derive(Default)]
struct Outbox {
    to: Option<UnixStream>,
    kept: VecDeque<LineEvent>,
}

impl Outbox {
    fn tell(&mut self, event: LineEvent) {
        let told = Told::Event(event);
        let sent = self.to.as_ref().is_some_and(|to| write_words(to, &told, None).is_ok());
        if sent {
            return;
        }
        self.to = None;
        // how it sounded is of no use later
        if let Told::Event(event) = told
            && !matches!(event, LineEvent::Sounds { .. })
        {
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(event);
        }
    }

    fn connect(&mut self, to: UnixStream) {
        self.to = Some(to);
        for event in std::mem::take(&mut self.kept) {
            self.tell(event);
        }
    }

    fn say(&mut self, told: &Told) {
        if self.to.as_ref().is_some_and(|to| write_words(to, told, None).is_err()) {
            self.to = None;
        }
    }
}

/// The audio, once it has begun.
struct Studio {
    webrtc: SocketAddr,
    media: MediaSender,
    legs: Arc<Mutex<BTreeSet<LegId>>>,
    outbox: Arc<Mutex<Outbox>>,
    sounds: HashMap<u64, Arc<[u8]>>,
    stop_counting: Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Studio {
    fn begin(webrtc: OwnedFd, advertised: SocketAddr, report_every: Duration) -> io::Result<Self> {
        let counters = Arc::new(Counters::default());
        let (from_media, events) = unbounded_channel();
        let browsers = Browsers::new(UdpSocket::from(webrtc), advertised)?;
        let (media, relay) = Relay::start(browsers, report_every, from_media, counters.clone())?;
        let outbox = Arc::new(Mutex::new(Outbox::default()));
        let legs = Arc::new(Mutex::new(BTreeSet::new()));
        let telling = {
            let (outbox, legs) = (outbox.clone(), legs.clone());
            std::thread::Builder::new().name("telling".into()).spawn(move || tell(events, &outbox, &legs))?
        };
        let (stop_counting, stopped) = channel();
        let counting = {
            let outbox = outbox.clone();
            std::thread::Builder::new().name("counting".into()).spawn(move || {
                count(&counters, &outbox, &stopped);
            })?
        };
        let threads = vec![relay, telling, counting];
        Ok(Self { webrtc: advertised, media, legs, outbox, sounds: HashMap::new(), stop_counting, threads })
    }

    fn end(self) {
        self.media.send(MediaCommand::Shutdown);
        drop((self.media, self.stop_counting));
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the audio panicked");
            }
        }
    }

    fn sound(&self, tune: Tune) -> Sound {
        match tune {
            Tune::Tone(tone) => Sound::tone(tone),
            Tune::Recording(number, repeat) => {
                let audio = self.sounds.get(&number).cloned().unwrap_or_else(|| {
                    tracing::error!(number, "a recording is played that was never told: it is silent");
                    Arc::from([])
                });
                Sound::recording(audio, repeat)
            }
        }
    }

    fn remember(&mut self, number: u64, audio: Vec<u8>) {
        self.sounds.insert(number, audio.into());
    }

    /// Carries an order out.
    fn obey(&mut self, order: Order, from: &mut Reader) -> io::Result<Option<Ending>> {
        let command = match order {
            Order::Shutdown => return Ok(Some(Ending::Shutdown)),
            Order::Begin(..) => return Err(io::Error::other("it was told twice to begin")),
            Order::Open(leg) => {
                let socket =
                    from.socket().ok_or_else(|| io::Error::other("a leg came without its socket"))?;
                MediaCommand::Open(self.known(leg), UdpSocket::from(socket))
            }
            Order::Adopt(_) => return Ok(None),
            Order::Remote(leg, remote) => MediaCommand::Remote(leg, remote),
            Order::Attach(leg, session) => MediaCommand::Attach(self.known(leg), session),
            Order::Await(leg, session) => MediaCommand::Await(self.known(leg), session),
            Order::Bridge(a, b) => MediaCommand::Bridge(a, b),
            Order::Unbridge(leg) => MediaCommand::Unbridge(leg),
            Order::Play(leg, tune) => MediaCommand::Play(leg, self.sound(tune)),
            Order::Stop(leg) => MediaCommand::Stop(leg),
            Order::Hold(leg, tune) => MediaCommand::Hold(leg, self.sound(tune)),
            Order::Resume(leg) => MediaCommand::Resume(leg),
            Order::HoldOther(leg, tune) => MediaCommand::HoldOther(leg, self.sound(tune)),
            Order::ResumeOther(leg) => MediaCommand::ResumeOther(leg),
            Order::Press(leg, keys) => MediaCommand::Press(leg, keys),
            Order::Mute(leg, on) => MediaCommand::Mute(leg, on),
            Order::Join(leg, of, part) => MediaCommand::Join(leg, of, part),
            Order::Record(leg, path) => MediaCommand::Record(leg, path),
            Order::RecordPause(leg, on) => MediaCommand::RecordPause(leg, on),
            Order::RecordStop(leg) => MediaCommand::RecordStop(leg),
            Order::Close(leg) => {
                self.legs.lock().remove(&leg);
                MediaCommand::Close(leg)
            }
            Order::Offer(ask, session, sdp) => {
                let (reply, answer) = oneshot::channel();
                self.media.send(MediaCommand::Offer(session, sdp, reply));
                let answer = answer.blocking_recv().unwrap_or(Err(crate::OfferError::Closed));
                self.outbox.lock().say(&Told::Offered(ask, answer));
                return Ok(None);
            }
            Order::CloseBrowser(session) => MediaCommand::CloseBrowser(session),
            Order::SpeakToBrowsers(codec) => MediaCommand::SpeakToBrowsers(codec),
            Order::Forget => {
                self.sounds.clear();
                return Ok(None);
            }
        };
        self.media.send(command);
        Ok(None)
    }

    fn known(&self, leg: LegId) -> LegId {
        self.legs.lock().insert(leg);
        leg
    }
}

/// Serves one switchboard until it goes.
fn attend(studio: &mut Option<Studio>, stream: UnixStream) -> io::Result<Ending> {
    let hello = Hello {
        version: VERSION,
        webrtc: studio.as_ref().map(|studio| studio.webrtc),
        legs: studio.as_ref().map(|studio| studio.legs.lock().iter().copied().collect()).unwrap_or_default(),
    };
    write_words(&stream, &Told::Hello(hello), None)?;
    let mut from = Reader::new(stream.try_clone()?);
    if studio.is_none() {
        match from.words::<Order>()? {
            None => return Ok(Ending::Gone),
            Some(Order::Begin(advertised, millis)) => {
                let socket =
                    from.socket().ok_or_else(|| io::Error::other("it was to begin without a socket"))?;
                *studio = Some(Studio::begin(socket, advertised, Duration::from_millis(millis))?);
            }
            Some(Order::Shutdown) => return Ok(Ending::Shutdown),
            Some(order) => return Err(io::Error::other(format!("`{order:?}` came first, expected `Begin`"))),
        }
    }
    let Some(studio) = studio else { return Ok(Ending::Gone) };
    studio.sounds.clear();
    studio.outbox.lock().connect(stream);
    let ending = listen(studio, &mut from);
    studio.outbox.lock().to = None;
    ending
}

fn listen(studio: &mut Studio, from: &mut Reader) -> io::Result<Ending> {
    while let Some(frame) = from.frame()? {
        match frame {
            Frame::Sound(number, audio) => studio.remember(number, audio),
            Frame::Words(words) => {
                let order = serde_json::from_slice(&words).map_err(io::Error::other)?;
                if let Some(ending) = studio.obey(order, from)? {
                    return Ok(ending);
                }
            }
        }
    }
    Ok(Ending::Gone)
}

fn tell(mut events: UnboundedReceiver<LineEvent>, outbox: &Mutex<Outbox>, legs: &Mutex<BTreeSet<LegId>>) {
    while let Some(event) = events.blocking_recv() {
        if let LineEvent::Failed { leg, .. } | LineEvent::Ended { leg, .. } = &event {
            legs.lock().remove(leg);
        }
        outbox.lock().tell(event);
    }
}

fn count(counters: &Counters, outbox: &Mutex<Outbox>, stopped: &mpsc::Receiver<()>) {
    let mut before = vec![0; Counted::ALL.len()];
    while stopped.recv_timeout(COUNTING) == Err(RecvTimeoutError::Timeout) {
        let more = Counted::ALL.iter().zip(&mut before).filter_map(|(what, before)| {
            let now = counters.get(*what);
            let more = now - std::mem::replace(before, now);
            (more > 0).then(|| (what.name().to_owned(), more))
        });
        let more: Vec<(String, u64)> = more.collect();
        if !more.is_empty() {
            outbox.lock().say(&Told::Counted(more));
        }
    }
}
