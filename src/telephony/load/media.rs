//! The media thread under load: so many calls of two legs each, 50 packets a second both ways, straight through and
//! recorded; what is lost, how long a packet takes, what a call costs. Where Debian's `rtpengine` is installed it
//! carries the same calls beside (in userspace, no kernel module). First it tells what nobody can go below: one `sendto` and one
//! `recvfrom` for each packet, and nothing else.
//! `CALLOUT_MEDIA_CALLS` (100,300) and `CALLOUT_MEDIA_SECONDS` (10) say how many and how long.

#[path = "media/processor.rs"]
mod processor;
#[path = "media/rtpengine.rs"]
mod rtpengine;
#[path = "media/stream.rs"]
mod stream;

use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use telephony::LegId;
use telephony::browser::Browsers;
use telephony::counters::{Counted, Counters};
use telephony::media::codec::Codec;
use telephony::media::command::{Control, MediaCommand, MediaSender, Remote};
use telephony::media::relay::Relay;

use processor::{of_process, of_thread};
use rtpengine::Rtpengine;
use stream::{Ends, Heard, Sockets};

/// One call: where each of the two sends to, and the sockets they send from.
pub struct Call {
    a: (Rc<UdpSocket>, SocketAddr),
    b: (Rc<UdpSocket>, SocketAddr),
}

fn loopback() -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Legs at our own media thread.
fn ours(
    media: &MediaSender,
    sockets: &mut Sockets,
    recordings: Option<&std::path::Path>,
) -> std::io::Result<Call> {
    let mut leg = || -> std::io::Result<(LegId, (Rc<UdpSocket>, SocketAddr))> {
        let (end, port, leg) = (sockets.next(), loopback()?, LegId::fresh());
        let to = port.local_addr()?;
        let address = Some(end.local_addr()?);
        media.send(MediaCommand::Open(leg, port));
        let remote = Remote {
            address,
            signalling: None,
            codec: Codec::Alaw,
            payload: None,
            event_clock: 8,
            event_payload: None,
            control: Control::Beside,
            keys: None,
        };
        media.send(MediaCommand::Remote(leg, remote));
        Ok((leg, (end, to)))
    };
    let ((one, a), (other, b)) = (leg()?, leg()?);
    media.send(MediaCommand::Bridge(one, other));
    if let Some(folder) = recordings {
        media.send(MediaCommand::Record(one, folder.join(format!("{one}.wav"))));
    }
    Ok(Call { a, b })
}

fn told(name: &str, calls: usize, heard: &Heard, cpu: f64, seconds: f64) {
    let share = 100.0 * cpu / seconds;
    let per_packet = 1_000_000.0 * cpu / heard.received.max(1) as f64;
    println!(
        "{name:<20} {calls:>5} calls  {:>8} sent  {:>6} lost  core {share:>5.1} %  {:>6.4} %/call  {per_packet:>5.2} µs/packet  p50 {:.2} ms  p99.9 {:.1} ms",
        heard.sent,
        heard.sent.saturating_sub(heard.received),
        share / calls as f64,
        heard.share(0.5),
        heard.share(0.999),
    );
}

fn relayed(calls: usize, length: Duration, recorded: bool) -> std::io::Result<()> {
    let counters = Arc::new(Counters::default());
    // what it tells is of no interest here
    let (events, _told) = tokio::sync::mpsc::unbounded_channel();
    let port = UdpSocket::bind("127.0.0.1:0")?;
    let address = port.local_addr()?;
    let (media, thread) =
        Relay::start(Browsers::new(port, address)?, Duration::from_secs(5), events, counters.clone())?;
    let folder = std::env::temp_dir().join(format!("callout-media-{}", std::process::id()));
    let mut sockets = Sockets::open()?;
    let made = (0..calls)
        .map(|_| ours(&media, &mut sockets, recorded.then_some(folder.as_path())))
        .collect::<Result<Vec<_>, _>>()?;
    let ends = Ends::new(&sockets, &made)?;
    let cost = || ["media", "media-out", "recorder"].into_iter().filter_map(of_thread).sum::<f64>();
    let before = cost();
    let heard = ends.talk(length);
    let cpu = cost() - before;
    media.send(MediaCommand::Shutdown);
    if thread.join().is_err() {
        println!("the media thread panicked");
    }
    told(if recorded { "ours, recorded" } else { "ours" }, calls, &heard, cpu, length.as_secs_f64());
    let (taken, passed) = (counters.get(Counted::RtpIn), counters.get(Counted::RtpOut));
    let [before, within, after] =
        [(heard.sent, taken), (taken, passed), (passed, heard.received)].map(|(a, b)| a.saturating_sub(b));
    if before + within + after > 0 {
        println!("{:<20} lost before us {before}, by us {within}, at the telephones {after}", "");
    }
    if recorded {
        let whole = std::fs::read_dir(&folder)?
            .flatten()
            .filter(|it| it.path().extension().is_some_and(|e| e == "wav"));
        let sizes: Vec<u64> = whole.filter_map(|it| it.metadata().ok()).map(|it| it.len()).collect();
        println!("{:<20} {} files, {} MB", "", sizes.len(), sizes.iter().sum::<u64>() >> 20);
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

fn beside(calls: usize, length: Duration) -> std::io::Result<()> {
    let Some(peer) = Rtpengine::start()? else {
        println!("rtpengine            not installed, not measured");
        return Ok(());
    };
    let mut sockets = Sockets::open()?;
    let made = (0..calls).map(|n| peer.call(n, &mut sockets)).collect::<Result<Vec<Call>, _>>()?;
    let ends = Ends::new(&sockets, &made)?;
    let before = of_process(peer.id()).unwrap_or(0.0);
    let heard = ends.talk(length);
    let cpu = of_process(peer.id()).unwrap_or(0.0) - before;
    told("rtpengine", calls, &heard, cpu, length.as_secs_f64());
    Ok(())
}

/// What the two system calls of each packet cost here, without anybody who looks at it.
fn floor() -> std::io::Result<()> {
    const PAIRS: usize = 500;
    const ROUNDS: usize = 800;
    let work = || -> std::io::Result<f64> {
        let pairs = (0..PAIRS)
            .map(|_| {
                let (from, to) = (loopback()?, loopback()?);
                let at = to.local_addr()?;
                Ok((from, to, at))
            })
            .collect::<std::io::Result<Vec<_>>>()?;
        let mut packet = [0x55; 172];
        let before = of_thread("floor").unwrap_or(0.0);
        for _ in 0..ROUNDS {
            for (from, _, at) in &pairs {
                from.send_to(&packet, at)?;
            }
            for (_, to, _) in &pairs {
                to.recv_from(&mut packet)?;
            }
        }
        Ok(of_thread("floor").unwrap_or(0.0) - before)
    };
    let thread = std::thread::Builder::new().name("floor".to_owned()).spawn(work)?;
    let cpu = thread.join().map_err(|_| std::io::Error::other("the thread of the floor panicked"))??;
    let each = 1_000_000.0 * cpu / (PAIRS * ROUNDS) as f64;
    println!(
        "send and receive alone {each:>5.2} µs/packet: no relay here takes less than {:.4} %/call",
        each / 100.0
    );
    Ok(())
}

fn main() -> std::io::Result<()> {
    floor()?;
    let wished = std::env::var("CALLOUT_MEDIA_CALLS").unwrap_or_else(|_| "100,300".to_owned());
    let seconds = std::env::var("CALLOUT_MEDIA_SECONDS").ok().and_then(|it| it.parse().ok()).unwrap_or(10);
    let length = Duration::from_secs(seconds);
    for calls in wished.split(',').filter_map(|it| it.trim().parse().ok()) {
        relayed(calls, length, false)?;
        relayed(calls, length, true)?;
        beside(calls, length)?;
    }
    Ok(())
}
