//! Broken messages without end: half of the time at the gate itself, half at a living switchboard's socket. Nothing may
//! panic, every datagram has a fate with a name, and afterwards the house answers as before.
//! `CALLOUT_FUZZ_SECONDS` (60) and `CALLOUT_FUZZ_SEED` say how long and which.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use telephony::counters::Counters;
use telephony::media::sdp;
use telephony::phone::message::Message;
use telephony::sip::gate::{Gate, Load, Verdict};
use telephony::sip::guard::Guard;
use telephony::{
    Counted, EdgeLimits, LegCommand, LineEvent, PhoneAccount, Settings, Switchboard, SwitchboardHandle,
    TrunkPeer,
};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Datagrams on their way at once: the socket's buffer holds them all.
const BATCH: u64 = 200;

/// A message that takes longer is looked at again.
const SLOW: Duration = Duration::from_millis(1);

/// Pieces that break parsers.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b";",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"%",
    b"%00",
    b":",
    b",",
    b"=",
    b"@",
    b"99999999999999999999",
    b"-1",
    b"sip:",
    b"tel:",
    "Ж".as_bytes(),
    b"Content-Length: 4294967296\r\n",
    b";tag=",
    b" SIP/2.0",
];

/// Chance that can be repeated (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    /// A spoiled copy of one of these.
    fn spoil(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut message = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(message.len() + 1);
            let end = (at + self.below(40)).min(message.len());
            match self.below(9) {
                0 | 1 => {
                    if let Some(byte) = message.get_mut(at) {
                        *byte = self.below(256) as u8;
                    }
                }
                2 | 3 => drop(message.splice(at..at, PIECES[self.below(PIECES.len())].iter().copied())),
                4 => drop(message.drain(at..end)),
                5 => {
                    let again = message[at..end].to_vec();
                    drop(message.splice(at..at, again));
                }
                6 => message.truncate(at),
                7 => {
                    let mut lines: Vec<Vec<u8>> =
                        message.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                    let (one, other) = (self.below(lines.len()), self.below(lines.len()));
                    lines.swap(one, other);
                    message = lines.join(&b'\n');
                }
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    message.truncate(at);
                    message.extend_from_slice(&other[from..]);
                }
            }
        }
        message.truncate(60_000);
        message
    }
}

/// Good messages of every kind, and those of RFC 4475 where they are at hand.
fn seeds(house: SocketAddr, local: SocketAddr) -> Vec<Vec<u8>> {
    let audio = String::from_utf8_lossy(&sdp::offer(local, 1)).into_owned();
    let methods = [
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "INFO",
        "UPDATE",
        "PRACK",
        "REFER",
        "NOTIFY",
        "SUBSCRIBE",
        "MESSAGE",
        "PUBLISH",
    ];
    let mut seeds = Vec::new();
    for (n, method) in methods.iter().enumerate() {
        let (kind, body) = match *method {
            "INVITE" | "UPDATE" => ("Content-Type: application/sdp\r\n", audio.as_str()),
            "INFO" => ("Content-Type: application/dtmf-relay\r\n", "Signal=5\r\nDuration=160\r\n"),
            _ => ("", ""),
        };
        seeds.push(
            format!(
                "{method} sip:number@{house} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKfuzz{n};rport\r\n\
                 Max-Forwards: 70\r\nFrom: \"A. Z\" <sip:+79123456789@{local}>;tag=f{n}\r\nTo: <sip:number@{house}>\r\n\
                 Call-ID: fuzz{n}@test\r\nCSeq: {n} {method}\r\nContact: <sip:x@{local};transport=udp>;expires=60\r\n\
                 Supported: timer, 100rel\r\nSession-Expires: 1800;refresher=uac\r\nRAck: 1 1 INVITE\r\n\
                 Refer-To: <sip:102@{house}?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\nEvent: refer\r\n\
                 Authorization: Digest username=\"101\", realm=\"callout\", nonce=\"0\", uri=\"sip:x\", \
                 response=\"0\", algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"c\"\r\n\
                 {kind}Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
        );
    }
    seeds.push(
        format!(
            "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP {house};branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: r@test\r\nCSeq: 1 REGISTER\r\n\
             WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\n\
             Content-Length: 0\r\n\r\n"
        )
        .into_bytes(),
    );
    let data = std::env::var_os("CALLOUT_TEST_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into());
    let files = std::fs::read_dir(data.join("rfc4475")).into_iter().flatten().flatten();
    seeds.extend(files.filter_map(|file| std::fs::read(file.path()).ok()).filter(|bytes| !bytes.is_empty()));
    seeds
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// Memory of this process in MB.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4 / 1_024
}

fn trunk() -> TrunkPeer {
    TrunkPeer {
        name: "city".into(),
        allowed_ips: vec![[127, 0, 0, 1].into()],
        dids: vec!["number".into(), "user".into()],
        ..TrunkPeer::default()
    }
}

/// The gate and every reader behind it, as fast as they go.
fn at_the_gate(seeds: &[Vec<u8>], dice: &mut Dice, length: Duration) {
    let local: SocketAddr = ([127, 0, 0, 1], 5_060).into();
    let limits = EdgeLimits { trunk_rate: u32::MAX, ..EdgeLimits::default() };
    let guard = Arc::new(Guard::new(limits, &[trunk()]));
    let load = Arc::new(Load { max_calls: usize::MAX, ..Load::default() });
    let gate = Gate::new(vec![local], guard, load, Arc::new(Counters::default()));
    let (since, mut count, mut passed, mut slowest) = (Instant::now(), 0u64, 0u64, Duration::ZERO);
    while since.elapsed() < length {
        let message = dice.spoil(seeds);
        let before = Instant::now();
        let verdict = gate.judge(&message, local, before);
        let mut took = before.elapsed();
        if took > SLOW {
            // it may have been the machine: the same again
            let again = Instant::now();
            std::hint::black_box(gate.judge(&message, local, again));
            took = took.min(again.elapsed());
        }
        slowest = slowest.max(took);
        count += 1;
        let through = match &verdict {
            Verdict::Pass(length) => &message[..*length],
            Verdict::PassRepaired(bytes) => bytes,
            Verdict::Reply(..) | Verdict::Drop(_) => continue,
        };
        passed += 1;
        if let Ok(message) = rsipstack::sip::SipMessage::try_from(through) {
            std::hint::black_box(message.to_string());
        }
        if let Some(message) = Message::read(through) {
            // most are no description, and say so
            let _ = std::hint::black_box(sdp::read(&message.body));
        }
    }
    println!(
        "gate          {count} messages in {} s ({}/s), {passed} let through, slowest {:.1} ms",
        length.as_secs(),
        count / length.as_secs().max(1),
        slowest.as_secs_f64() * 1_000.0
    );
}

/// Refuses every call that gets through, so that the house never fills.
async fn refuse(mut events: Receiver<LineEvent>, board: Arc<SwitchboardHandle>) {
    while let Some(event) = events.recv().await {
        if let LineEvent::Offered { leg, .. } = event
            && let Err(error) = board.command(LegCommand::Reject { leg, status: 486 })
        {
            println!("a call was not refused: {error}");
        }
    }
}

/// Datagrams that went where their name says.
fn accounted(board: &SwitchboardHandle) -> u64 {
    let fates = ["sip_admitted", "sip_keep_alive", "sip_drop", "sip_replied"];
    let counters = board.counters();
    counters.iter().filter(|(name, _)| fates.iter().any(|it| name.starts_with(it))).map(|(_, n)| n).sum()
}

async fn at_the_socket(dice: &mut Dice, length: Duration) -> std::io::Result<()> {
    let settings = Settings {
        sip_port: 0,
        webrtc_port: 0,
        media_ports: (0, 0),
        trunks: vec![trunk()],
        phones: vec![PhoneAccount {
            user: "101".into(),
            password: "secret".into(),
            name: "Desk".into(),
            ..PhoneAccount::default()
        }],
        edge: EdgeLimits { trunk_rate: u32::MAX, ..EdgeLimits::default() },
        ..Settings::default()
    };
    let (sender, events) = channel(1_024);
    let board = Arc::new(Switchboard::start(settings, sender).map_err(std::io::Error::other)?);
    tokio::spawn(refuse(events, board.clone()));
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let seeds = seeds(board.sip_addr(), socket.local_addr()?);
    let mut answer = [0u8; 8_192];
    let (before, since, mut sent) = (memory(), Instant::now(), 0u64);
    while since.elapsed() < length {
        for _ in 0..BATCH {
            let message = dice.spoil(&seeds);
            sent +=
                u64::from(!message.is_empty() && socket.send_to(&message, board.sip_addr()).await.is_ok());
            while socket.try_recv_from(&mut answer).is_ok() {}
        }
        let batch = Instant::now();
        while board.count(Counted::SipReceived) < sent && batch.elapsed() < Duration::from_secs(2) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let received = board.count(Counted::SipReceived);
    println!(
        "switchboard   {sent} datagrams in {} s, {received} received, {} let in, {} calls offered, memory {before} → {} MB",
        length.as_secs(),
        board.count(Counted::SipAdmitted),
        board.count(Counted::CallsOffered),
        memory()
    );
    let lost = received.abs_diff(accounted(&board));
    assert_eq!(lost, 0, "{lost} datagrams have no fate");
    let options =
        seeds.iter().find(|seed| seed.starts_with(b"OPTIONS")).expect("a good OPTIONS among the seeds");
    let fresh = String::from_utf8_lossy(options).replace("fuzz4", "after");
    let asked = Instant::now();
    while socket.try_recv_from(&mut answer).is_ok() {}
    answer.fill(0);
    // what is still on its way answers something else
    let is_ours = |answer: &[u8]| {
        answer.starts_with(b"SIP/2.0 200") && answer.windows(10).any(|window| window == b"after@test")
    };
    let answered = timeout(Duration::from_secs(10), async {
        while !is_ours(&answer) {
            socket.send_to(fresh.as_bytes(), board.sip_addr()).await?;
            // silence is asked again
            let _ = timeout(Duration::from_millis(500), socket.recv_from(&mut answer)).await;
        }
        std::io::Result::Ok(())
    });
    assert!(answered.await.is_ok(), "the house answers no more");
    println!("afterwards    OPTIONS answered 200 in {:.1} ms", asked.elapsed().as_secs_f64() * 1_000.0);
    board.shutdown();
    Ok(())
}

fn main() -> std::io::Result<()> {
    let shown = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        shown(panic);
    }));
    let length = Duration::from_secs(number("CALLOUT_FUZZ_SECONDS", 60)) / 2;
    let mut dice = Dice(number("CALLOUT_FUZZ_SEED", 0x2545_F491_4F6C_DD1D) | 1);
    let local = ([127, 0, 0, 1], 5_060).into();
    at_the_gate(&seeds(local, local), &mut dice, length);
    tokio::runtime::Runtime::new()?.block_on(at_the_socket(&mut dice, length))?;
    let panics = PANICS.load(Ordering::Relaxed);
    println!("panics        {panics}");
    assert_eq!(panics, 0, "something panicked");
    Ok(())
}
