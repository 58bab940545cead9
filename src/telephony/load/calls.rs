//! How many calls a second: sipp dials, the house answers (UAS); sipp dials, the house dials on and bridges (B2BUA).
//! Every step is faster than the last until a call fails; then the house is dialled twice as fast as it can bear, which
//! shall cost none of the calls it could carry: the rest gets 503. Where Debian's `kamailio` is installed it passes the same
//! calls on beside: one dialog instead of two, no audio, no events.
//! `CALLOUT_CALL_RATES` (200,400,800,1200,1600,2000) and `CALLOUT_CALL_SECONDS` (5) say how fast and how long.

#[path = "media/processor.rs"]
mod processor;

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use mimalloc::MiMalloc;
use processor::{of_process, of_thread};
use telephony::{
    DialTarget, EdgeLimits, LegCommand, LegId, LineEvent, Settings, Switchboard, SwitchboardHandle, TrunkPeer,
};
use tokio::sync::mpsc::{Receiver, channel};

/// The product's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Says of a process that it only measures calls that stand, and which.
const STANDING: &str = "CALLOUT_STANDING";
/// Where the party that is dialled on sits.
const FAR: u16 = 20_611;
/// Where sipp dials from.
const NEAR: u16 = 20_621;
/// Where kamailio listens.
const PROXY: u16 = 20_631;

/// What one step came to.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    done: u64,
    failed: u64,
    repeated: u64,
}

fn told(name: &str, rate: u64, step: Step, cpu: f64) {
    let per_call = 1_000_000.0 * cpu / step.done.max(1) as f64;
    println!(
        "{name:<14} {rate:>5}/s  done {:>6}  failed {:>5}  retransmitted {:>6}  {per_call:>6.0} µs/call",
        step.done, step.failed, step.repeated
    );
}

/// One sipp that dials at this rate and hangs up after `stands`; what it counted.
fn dialled(target: SocketAddr, rate: u64, seconds: u64, stands: Duration) -> std::io::Result<Step> {
    let folder = std::env::temp_dir().join(format!("callout-calls-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let counted = folder.join("sipp.csv");
    Command::new("sipp")
        .args(["-sn", "uac", "-s", "number", "-i", "127.0.0.1", "-p", &NEAR.to_string()])
        .args(["-r", &rate.to_string(), "-m", &(rate * seconds).to_string(), "-l", "100000", "-nostdin"])
        .args(["-d", &stands.as_millis().to_string()])
        .args([
            "-timeout",
            &format!("{}s", seconds + stands.as_secs() + 40),
            "-fd",
            "1",
            "-trace_stat",
            "-stf",
        ])
        .arg(&counted)
        .arg(target.to_string())
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let text = std::fs::read_to_string(&counted)?;
    std::fs::remove_dir_all(&folder)?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
    let values: Vec<&str> = lines.next_back().unwrap_or_default().split(';').collect();
    let value = |name: &str| {
        let at = names.iter().position(|it| *it == name);
        at.and_then(|at| values.get(at)?.parse().ok()).unwrap_or(0)
    };
    let (done, failed) = (value("SuccessfulCall(C)"), value("FailedCall(C)"));
    let failed = failed.max(rate * seconds - done);
    Ok(Step { done, failed, repeated: value("Retransmissions(C)") })
}

/// Calls that stand together, and what one of them holds of memory.
fn stood(name: &str, target: SocketAddr) -> std::io::Result<()> {
    const CALLS: u64 = 2_000;
    let before = resident_kib();
    let (done, over) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(dialled(target, CALLS / 5, 5, Duration::from_secs(8))));
    let mut most = before;
    let step = loop {
        match over.recv_timeout(Duration::from_millis(50)) {
            Ok(step) => break step?,
            Err(RecvTimeoutError::Timeout) => most = most.max(resident_kib()),
            Err(RecvTimeoutError::Disconnected) => return Err(std::io::Error::other("nobody dialled")),
        }
    };
    let each = (most - before) as f64 / CALLS as f64;
    println!("{name:<14} {CALLS} stand together, {} failed: {each:.1} KiB a call", step.failed);
    Ok(())
}

/// A process that ends with its owner, and ends its own children if it is given the time.
struct Peer(Child);

impl Drop for Peer {
    #[expect(
        clippy::disallowed_methods,
        reason = "a program of its own that measures: no actor waits for it"
    )]
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = Command::new("kill").arg(self.0.id().to_string()).stderr(Stdio::null()).status();
        for _ in 0..40 {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Somebody who answers everything at [`FAR`].
fn answering() -> std::io::Result<Peer> {
    let mut command = Command::new("sipp");
    command.args(["-sn", "uas", "-i", "127.0.0.1", "-p", &FAR.to_string(), "-mp", "6100", "-nostdin"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    wait_for(FAR);
    Ok(Peer(child))
}

/// Waits until somebody holds this port.
#[expect(clippy::disallowed_methods, reason = "a program of its own that measures: no actor waits for it")]
fn wait_for(port: u16) {
    for _ in 0..100 {
        if UdpSocket::bind(("127.0.0.1", port)).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The house in its shortest form: who is dialled on, if anybody.
struct House {
    board: SwitchboardHandle,
    others: HashMap<LegId, LegId>,
    waiting: HashMap<LegId, LegId>,
    dials_on: bool,
    /// Orders the switchboard did not take.
    refused: u64,
}

impl House {
    fn order(&mut self, command: LegCommand) {
        if self.board.command(command).is_err() {
            self.refused += 1;
        }
    }

    fn hear(&mut self, event: LineEvent) {
        match event {
            LineEvent::Offered { leg, .. } if !self.dials_on => self.order(LegCommand::Answer { leg }),
            LineEvent::Offered { leg, .. } => {
                let other = LegId::fresh();
                self.others.insert(leg, other);
                self.others.insert(other, leg);
                self.waiting.insert(other, leg);
                let target = DialTarget::Trunk { name: "far".into(), number: "number".into() };
                self.order(LegCommand::Dial {
                    leg: other,
                    target,
                    from_number: String::new(),
                    display: String::new(),
                    label: String::new(),
                    beside: None,
                });
            }
            LineEvent::Progress { leg } => {
                if let Some(caller) = self.waiting.get(&leg).copied() {
                    self.order(LegCommand::Ring { leg: caller });
                }
            }
            LineEvent::Answered { leg } => {
                if let Some(caller) = self.waiting.remove(&leg) {
                    self.order(LegCommand::Answer { leg: caller });
                    self.order(LegCommand::Bridge { a: caller, b: leg });
                }
            }
            LineEvent::Ended { leg, .. } | LineEvent::Failed { leg, .. } => {
                self.waiting.remove(&leg);
                if let Some(other) = self.others.remove(&leg)
                    && self.others.remove(&other).is_some()
                {
                    self.order(LegCommand::Hangup { leg: other });
                }
            }
            _ => {}
        }
    }

    /// Runs on a thread of its own until the switchboard closes.
    fn open(
        dials_on: bool,
    ) -> std::io::Result<(SocketAddr, tokio::sync::oneshot::Sender<()>, std::thread::JoinHandle<()>)> {
        let near = TrunkPeer {
            name: "near".into(),
            allowed_ips: vec![[127, 0, 0, 1].into()],
            dids: vec!["number".into()],
            ..TrunkPeer::default()
        };
        let far = TrunkPeer {
            name: "far".into(),
            outbound: Some(([127, 0, 0, 1], FAR).into()),
            dids: vec!["number".into()],
            ..TrunkPeer::default()
        };
        let settings = Settings {
            sip_port: 0,
            webrtc_port: 0,
            media_ports: (0, 0),
            max_calls: 20_000,
            trunks: vec![near, far],
            edge: EdgeLimits { trunk_rate: u32::MAX, ..EdgeLimits::default() },
            ..Settings::default()
        };
        let (sender, events) = channel(10_000);
        let board = Switchboard::start(settings, sender).map_err(std::io::Error::other)?;
        let address = board.sip_addr();
        let (close, closed) = tokio::sync::oneshot::channel();
        let house = House { board, others: HashMap::new(), waiting: HashMap::new(), dials_on, refused: 0 };
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let thread = std::thread::Builder::new().name("house".to_owned()).spawn(move || {
            runtime.block_on(house.run(events, closed));
        })?;
        Ok((address, close, thread))
    }

    async fn run(mut self, mut events: Receiver<LineEvent>, mut closed: tokio::sync::oneshot::Receiver<()>) {
        loop {
            tokio::select! {
                _ = &mut closed => break,
                event = events.recv() => match event {
                    Some(event) => self.hear(event),
                    None => break,
                },
            }
        }
        let turned_away = self.board.count(telephony::Counted::Replied503);
        println!("{:<14} orders refused {}, calls turned away {turned_away}", "", self.refused);
        self.board.shutdown();
        while events.recv().await.is_some() {}
        self.board.join();
    }
}

fn ours(name: &str, dials_on: bool, rates: &[u64], seconds: u64) -> std::io::Result<()> {
    let _far = if dials_on { Some(answering()?) } else { None };
    let (address, close, thread) = House::open(dials_on)?;
    let cost = || {
        ["sip", "sip-exchange", "media", "media-out", "recorder", "house"]
            .iter()
            .filter_map(|name| of_thread(name))
            .sum::<f64>()
    };
    if rates.is_empty() {
        stood(name, address)?;
    }
    let mut borne = 0;
    for rate in rates {
        let before = cost();
        let step = dialled(address, *rate, seconds, Duration::ZERO)?;
        told(name, *rate, step, cost() - before);
        if step.failed > 0 {
            break;
        }
        borne = *rate;
    }
    if borne > 0 {
        let before = cost();
        let step = dialled(address, 2 * borne, seconds, Duration::ZERO)?;
        told(name, 2 * borne, step, cost() - before);
        let share = 100.0 * step.done as f64 / (borne * seconds) as f64;
        println!("{:<14} {share:.0} % of {borne}/s at twice that; {} MiB at most", "", peak_mib());
    }
    drop(close);
    if thread.join().is_err() {
        println!("the house panicked");
    }
    Ok(())
}

/// A stateful proxy that passes everything to [`FAR`].
fn kamailio_config() -> String {
    format!(
        "children=1\nlog_stderror=yes\ndebug=-1\nfork=yes\nlisten=udp:127.0.0.1:{PROXY}\nauto_aliases=no\n\
         disable_tcp=yes\n\
         loadmodule \"tm.so\"\nloadmodule \"sl.so\"\nloadmodule \"rr.so\"\nloadmodule \"pv.so\"\nloadmodule \"textops.so\"\n\
         request_route {{\n  if (is_method(\"INVITE\")) {{ record_route(); }}\n  $du = \"sip:127.0.0.1:{FAR}\";\n\
         \x20 if (is_method(\"ACK\")) {{ t_relay(); exit; }}\n  t_relay();\n}}\n"
    )
}

fn beside(rates: &[u64], seconds: u64) -> std::io::Result<()> {
    let config: PathBuf = std::env::temp_dir().join(format!("callout-kamailio-{}.cfg", std::process::id()));
    std::fs::write(&config, kamailio_config())?;
    let started = Command::new("kamailio")
        .args(["-DD", "-E", "-m", "256", "-f"])
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let peer = match started {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("kamailio       not installed, not measured");
            return Ok(());
        }
        child => Peer(child?),
    };
    wait_for(PROXY);
    let _far = answering()?;
    for rate in rates {
        let before = family(peer.0.id());
        let step = dialled(([127, 0, 0, 1], PROXY).into(), *rate, seconds, Duration::ZERO)?;
        told("kamailio proxy", *rate, step, family(peer.0.id()) - before);
        if step.failed > 0 {
            break;
        }
    }
    std::fs::remove_file(config)
}

/// Memory of this process now.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The most memory this process has had.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// Processor time of a process and its children.
fn family(id: u32) -> f64 {
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    std::iter::once(id).chain(children).filter_map(of_process).sum()
}

fn main() -> std::io::Result<()> {
    let wished =
        std::env::var("CALLOUT_CALL_RATES").unwrap_or_else(|_| "200,400,800,1200,1600,2000".to_owned());
    let rates: Vec<u64> = wished.split(',').filter_map(|it| it.trim().parse().ok()).collect();
    let seconds = std::env::var("CALLOUT_CALL_SECONDS").ok().and_then(|it| it.parse().ok()).unwrap_or(5);
    let both = [("uas", false), ("b2bua", true)];
    if let Some((name, bridged)) =
        std::env::var(STANDING).ok().and_then(|it| both.into_iter().find(|b| b.0 == it))
    {
        return ours(name, bridged, &[], seconds);
    }
    for (name, bridged) in both {
        // in a process of its own: memory that other calls have left behind would be used again
        Command::new(std::env::current_exe()?).env(STANDING, name).status()?;
        ours(name, bridged, &rates, seconds)?;
    }
    beside(&rates, seconds)
}
