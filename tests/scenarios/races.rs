//! Races of signalling against a peer of another make (sipp): what two sides do in the same moment, and what is left
//! of the call afterwards. All at the bare switchboard; the table at the end says what became of each.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use telephony::phone::message::Message;
use telephony::{
    Answering, Audio, Counted, DeskEvent, DeskPhone, DialTarget, EndCause, LegCommand, LegId, LineEvent,
    PhoneAccount, SessionTimes, Settings, Switchboard, SwitchboardHandle, TrunkPeer,
};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

const NUMBER: &str = "+74951234567";
const PATIENCE: Duration = Duration::from_secs(50);

/// What a race came to, in words; an error is what went wrong.
type Outcome = Result<String, String>;

struct House {
    board: SwitchboardHandle,
    events: Receiver<LineEvent>,
}

impl House {
    fn open(trunks: Vec<TrunkPeer>) -> Self {
        let city = TrunkPeer {
            name: "city".into(),
            allowed_ips: vec![[127, 0, 0, 1].into()],
            dids: vec![NUMBER.into()],
            ..TrunkPeer::default()
        };
        let settings = Settings {
            sip_port: 0,
            webrtc_port: 0,
            media_ports: (0, 0),
            trunks: std::iter::once(city).chain(trunks).collect(),
            phones: vec![PhoneAccount {
                user: "101".into(),
                password: "secret".into(),
                name: "Desk".into(),
                ..PhoneAccount::default()
            }],
            session: SessionTimes { least: 2, wanted: 1_800 },
            ..Settings::default()
        };
        let (sender, events) = channel(256);
        Self { board: Switchboard::start(settings, sender).expect("a switchboard"), events }
    }

    fn order(&self, command: LegCommand) {
        self.board.command(command).expect("an open switchboard");
    }

    /// The next event but for accounts of quality.
    async fn event(&mut self) -> Result<LineEvent, String> {
        loop {
            let event =
                timeout(PATIENCE, self.events.recv()).await.map_err(|_| "no event came".to_owned())?;
            let event = event.ok_or("the switchboard closed")?;
            if !matches!(
                event,
                LineEvent::LegQuality { .. } | LineEvent::Dialled { .. } | LineEvent::Sounds { .. }
            ) {
                return Ok(event);
            }
        }
    }

    async fn expect(&mut self, expected: LineEvent) -> Result<(), String> {
        let event = self.event().await?;
        if event == expected { Ok(()) } else { Err(format!("{event:?} came, {expected:?} expected")) }
    }

    async fn offered(&mut self) -> Result<LegId, String> {
        match self.event().await? {
            LineEvent::Offered { leg, .. } => Ok(leg),
            other => Err(format!("{other:?} came, a call expected")),
        }
    }

    /// A call that rings, is answered and stands.
    async fn answered(&mut self) -> Result<LegId, String> {
        let leg = self.offered().await?;
        self.order(LegCommand::Ring { leg });
        self.order(LegCommand::Answer { leg });
        self.expect(LineEvent::Answered { leg }).await?;
        Ok(leg)
    }

    fn dial(&self, trunk: &str, number: &str) -> LegId {
        let leg = LegId::fresh();
        let target = DialTarget::Trunk { name: trunk.into(), number: number.into() };
        self.order(LegCommand::Dial {
            leg,
            target,
            from_number: NUMBER.into(),
            display: String::new(),
            label: String::new(),
            beside: None,
        });
        leg
    }
}

/// A port nobody uses and nobody is given by chance: below those the system draws from. sipp binds it later than we
/// look, so it is claimed by a listener of TCP at the same number, for as long as this process lives: other runs of these
/// races beside it look there first.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    static CLAIMED: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());
    loop {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 21_000 + ((std::process::id() * 10 + step) % 8_000) as u16;
        let Ok(claim) = TcpListener::bind(("127.0.0.1", port)) else { continue };
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            CLAIMED.lock().expect("nobody panics with it").push(claim);
            return port;
        }
    }
}

/// One sipp with one call of one scenario; its messages are kept in a file.
struct Sipp {
    child: Child,
    log: PathBuf,
}

impl Sipp {
    fn spawn(scenario: &str, port: u16, target: Option<SocketAddr>) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("tests/sip/races").join(format!("{scenario}.xml")))
            .find(|file| file.exists())
            .expect("the scenario is in the repository");
        let log =
            std::env::temp_dir().join(format!("callout-race-{}-{scenario}-{port}.log", std::process::id()));
        let mut command = Command::new("sipp");
        command.arg("-sf").arg(file).args(["-m", "1", "-i", "127.0.0.1", "-s", NUMBER, "-nostdin"]);
        command.args(["-p", &port.to_string(), "-timeout", "60", "-trace_msg", "-message_file"]).arg(&log);
        if let Some(target) = target {
            command.arg(target.to_string());
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        Self { child: child.expect("the package sip-tester is installed"), log }
    }

    /// A caller.
    fn calls(house: &House, scenario: &str) -> Self {
        Self::spawn(scenario, free_port(), Some(house.board.sip_addr()))
    }

    /// Somebody at the other end of a trunk.
    fn waits(scenario: &str, port: u16) -> Self {
        Self::spawn(scenario, port, None)
    }

    /// Its own verdict, and everything that went over the wire.
    async fn done(mut self) -> Result<String, String> {
        let status = timeout(PATIENCE, self.child.wait()).await;
        let messages = std::fs::read_to_string(&self.log).unwrap_or_default();
        // a log that stays is no harm
        let _ = std::fs::remove_file(&self.log);
        match status {
            Ok(Ok(status)) if status.success() => Ok(messages),
            other => Err(format!("sipp is not content ({other:?}):\n{messages}")),
        }
    }
}

/// How often a message that begins like this was received by sipp.
fn received(messages: &str, start: &str) -> usize {
    messages.split("message received").skip(1).filter(|it| it.contains(&format!("\n{start}"))).count()
}

fn trunk(name: &str, port: u16) -> TrunkPeer {
    TrunkPeer {
        name: name.into(),
        group: Some("all".into()),
        outbound: Some(([127, 0, 0, 1], port).into()),
        dids: vec![NUMBER.into()],
        ..TrunkPeer::default()
    }
}

async fn cancel_crosses_answer() -> Outcome {
    let mut house = House::open(vec![]);
    let sipp = Sipp::calls(&house, "cancel_crosses_answer");
    let leg = house.answered().await?;
    house.expect(LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp }).await?;
    sipp.done().await?;
    Ok("CANCEL 200, the call stood until the caller's BYE".into())
}

async fn answer_crosses_cancel() -> Outcome {
    let port = free_port();
    let sipp = Sipp::waits("phone_answers_into_cancel", port);
    let mut house = House::open(vec![trunk("one", port)]);
    let leg = house.dial("one", "+79123456789");
    house.expect(LineEvent::Progress { leg }).await?;
    house.order(LegCommand::Cancel { leg });
    house.expect(LineEvent::Ended { leg, by_remote: false, cause: EndCause::Cancelled }).await?;
    sipp.done().await?;
    Ok("the late 200 was acknowledged and ended by BYE".into())
}

async fn bye_glare() -> Outcome {
    let mut house = House::open(vec![]);
    let sipp = Sipp::calls(&house, "bye_glare");
    let leg = house.answered().await?;
    house.order(LegCommand::Hangup { leg });
    house.expect(LineEvent::Ended { leg, by_remote: false, cause: EndCause::HungUp }).await?;
    sipp.done().await?;
    Ok("both BYEs got a 200, the leg ended once".into())
}

async fn late_ack() -> Outcome {
    let mut house = House::open(vec![]);
    let sipp = Sipp::calls(&house, "late_ack");
    let leg = house.answered().await?;
    house.expect(LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp }).await?;
    let repeated = received(&sipp.done().await?, "SIP/2.0 200 OK").saturating_sub(2);
    if repeated < 2 {
        return Err(format!("the 200 was repeated {repeated} times in 2.8 s, 2 at least expected"));
    }
    Ok(format!("ACK after 2.8 s: 200 repeated {repeated} times, the call stood"))
}

async fn no_ack() -> Outcome {
    let mut house = House::open(vec![]);
    let sipp = Sipp::calls(&house, "no_ack");
    let leg = house.offered().await?;
    house.order(LegCommand::Answer { leg });
    let since = Instant::now();
    house.expect(LineEvent::Ended { leg, by_remote: true, cause: EndCause::Timeout }).await?;
    let waited = since.elapsed().as_secs();
    sipp.done().await?;
    Ok(format!("the call ended after {waited} s by our BYE"))
}

/// A phone that does not hear our first ACK (sipp would repeat its answer for every ACK, and we our ACK, for ever).
async fn lost_ack_of_ours() -> Outcome {
    let port = free_port();
    let socket = tokio::net::UdpSocket::bind(("127.0.0.1", port)).await.map_err(|error| error.to_string())?;
    let mut house = House::open(vec![trunk("one", port)]);
    let leg = house.dial("one", "+79123456789");
    let mut datagram = [0u8; 4_096];
    let mut hear = async || -> Result<(Message, SocketAddr), String> {
        let heard = timeout(PATIENCE, socket.recv_from(&mut datagram)).await.map_err(|_| "silence")?;
        let (length, from) = heard.map_err(|error| error.to_string())?;
        Message::read(&datagram[..length]).map(|message| (message, from)).ok_or("not SIP".to_owned())
    };
    let (invite, from) = hear().await?;
    let contact = format!("<sip:p@127.0.0.1:{port}>");
    let extra = [("Contact", contact.as_str()), ("Content-Type", "application/sdp")];
    let body = telephony::media::sdp::offer(SocketAddr::from(([127, 0, 0, 1], 9)), 1);
    let answer = invite.response(200, "OK", "late", &extra, &body);
    for _ in 0..2 {
        socket.send_to(&answer, from).await.map_err(|error| error.to_string())?;
        let (ack, _) = hear().await?;
        if ack.method.as_deref() != Some("ACK") {
            return Err(format!("an ACK expected, got {ack:?}"));
        }
    }
    house.expect(LineEvent::Answered { leg }).await?;
    house.order(LegCommand::Hangup { leg });
    let (bye, from) = hear().await?;
    socket.send_to(&bye.response(200, "OK", "", &[], b""), from).await.map_err(|error| error.to_string())?;
    house.expect(LineEvent::Ended { leg, by_remote: false, cause: EndCause::HungUp }).await?;
    Ok("the repeated 200 got a second ACK and was told once".into())
}

async fn our_reinvite_is_refused_once() -> Outcome {
    let mut house = House::open(vec![]);
    let sipp = Sipp::calls(&house, "reinvite_refused_once");
    let leg = house.answered().await?;
    house.expect(LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp }).await?;
    let offers = received(&sipp.done().await?, "INVITE ");
    Ok(format!("491 taken, tried again after 2–4 s ({offers} re-INVITEs)"))
}

async fn their_reinvite_crosses_ours() -> Outcome {
    let mut house = House::open(vec![]);
    let sipp = Sipp::calls(&house, "reinvite_crosses_ours");
    let leg = house.answered().await?;
    house.expect(LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp }).await?;
    sipp.done().await?;
    Ok("491 to theirs, 200 from both afterwards".into())
}

async fn caller_gone_while_three_phones_ring() -> Outcome {
    let ports = [free_port(), free_port(), free_port()];
    let phones = ports.map(|port| Sipp::waits("phone_rings_until_cancelled", port));
    let names = ["one", "two", "three"];
    let mut house = House::open(names.iter().zip(ports).map(|(name, port)| trunk(name, port)).collect());
    let sipp = Sipp::calls(&house, "caller_gives_up");
    let caller = house.offered().await?;
    let legs = names.map(|name| house.dial(name, "+79123456789"));
    let mut ringing = 0;
    while ringing < 3 {
        match house.event().await? {
            LineEvent::Progress { leg } if legs.contains(&leg) => ringing += 1,
            other => return Err(format!("{other:?} came while phones begin to ring")),
        }
    }
    house.order(LegCommand::Ring { leg: caller });
    house.expect(LineEvent::Ended { leg: caller, by_remote: true, cause: EndCause::Cancelled }).await?;
    for leg in legs {
        house.order(LegCommand::Cancel { leg });
        house.expect(LineEvent::Ended { leg, by_remote: false, cause: EndCause::Cancelled }).await?;
    }
    sipp.done().await?;
    for phone in phones {
        phone.done().await?;
    }
    Ok("487 to the caller, all three phones fell silent (CANCEL, 487, ACK)".into())
}

async fn transfer_to_a_busy_phone() -> Outcome {
    let port = free_port();
    let busy = Sipp::waits("phone_is_busy", port);
    let mut house = House::open(vec![trunk("one", port)]);
    let registrar = house.board.sip_addr();
    let answering = Answering::After(Duration::ZERO);
    let desk =
        DeskPhone::plug_in(registrar, "101", "secret", Duration::from_secs(60), answering, Audio::Silence);
    let mut desk = desk.await.map_err(|error| error.to_string())?;
    house.expect(LineEvent::PhoneRegistered { user: "101".into(), online: true }).await?;
    let sipp = Sipp::calls(&house, "caller_waits");
    let caller = house.answered().await?;
    let operator = LegId::fresh();
    let target = DialTarget::Phone("101".into());
    house.order(LegCommand::Dial {
        leg: operator,
        target,
        from_number: NUMBER.into(),
        display: String::new(),
        label: String::new(),
        beside: None,
    });
    house.expect(LineEvent::Progress { leg: operator }).await?;
    house.expect(LineEvent::Answered { leg: operator }).await?;
    house.order(LegCommand::Bridge { a: caller, b: operator });
    while timeout(PATIENCE, desk.event()).await.ok().flatten() != Some(DeskEvent::Answered) {}
    desk.transfer("+79990000000");
    let asked = LineEvent::TransferAsked { leg: operator, to: "+79990000000".into(), consulted: None };
    house.expect(asked).await?;
    let third = house.dial("one", "+79990000000");
    match house.event().await? {
        LineEvent::Failed { leg, status: 486, .. } if leg == third => {}
        other => return Err(format!("{other:?} came, 486 expected")),
    }
    house.order(LegCommand::Transferred { leg: operator, status: 486 });
    while timeout(PATIENCE, desk.event()).await.ok().flatten() != Some(DeskEvent::Transfer(486)) {}
    busy.done().await?;
    house.order(LegCommand::Hangup { leg: operator });
    house.expect(LineEvent::Ended { leg: operator, by_remote: false, cause: EndCause::HungUp }).await?;
    house.order(LegCommand::Hangup { leg: caller });
    house.expect(LineEvent::Ended { leg: caller, by_remote: false, cause: EndCause::HungUp }).await?;
    sipp.done().await?;
    Ok("NOTIFY 486 to the operator, the caller was kept".into())
}

/// The first trunk fails in this way, the second takes the call.
async fn failover(first: Option<&str>) -> Outcome {
    let (one, two) = (free_port(), free_port());
    let refusing = first.map(|scenario| Sipp::waits(scenario, one));
    // a socket that hears and says nothing
    let deaf = first.is_none().then(|| UdpSocket::bind(("127.0.0.1", one)).expect("a port"));
    let sipp = Sipp::waits("phone_answers", two);
    let second = TrunkPeer { priority: 1, ..trunk("two", two) };
    let mut house = House::open(vec![trunk("one", one), second]);
    let since = Instant::now();
    let leg = house.dial("all", "+79123456789");
    house.expect(LineEvent::Progress { leg }).await?;
    let after = since.elapsed();
    house.expect(LineEvent::Answered { leg }).await?;
    house.order(LegCommand::Hangup { leg });
    house.expect(LineEvent::Ended { leg, by_remote: false, cause: EndCause::HungUp }).await?;
    sipp.done().await?;
    if let Some(refusing) = refusing {
        refusing.done().await?;
    }
    drop(deaf);
    if house.board.count(Counted::TrunkFailovers) != 1 {
        return Err("the second trunk was not counted".into());
    }
    Ok(format!("the second trunk rang after {:.1} s, one leg all along", after.as_secs_f64()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_end_as_they_should() {
    let table = tokio::join!(
        cancel_crosses_answer(),
        answer_crosses_cancel(),
        bye_glare(),
        late_ack(),
        no_ack(),
        lost_ack_of_ours(),
        our_reinvite_is_refused_once(),
        their_reinvite_crosses_ours(),
        caller_gone_while_three_phones_ring(),
        transfer_to_a_busy_phone(),
        failover(Some("trunk_refuses")),
        failover(None),
    );
    let rows = [
        ("CANCEL crosses our 200", table.0),
        ("a phone's 200 crosses our CANCEL", table.1),
        ("BYE glare", table.2),
        ("late ACK, 2xx repeated", table.3),
        ("no ACK at all", table.4),
        ("our ACK is lost, their 2xx repeated", table.5),
        ("our re-INVITE refused by 491", table.6),
        ("their re-INVITE crosses ours", table.7),
        ("caller gone while three phones ring", table.8),
        ("transfer to a busy phone", table.9),
        ("trunk fails mid-set-up (503)", table.10),
        ("trunk is silent", table.11),
    ];
    let mut text = String::new();
    for (name, outcome) in &rows {
        let (mark, words) = match outcome {
            Ok(words) => ("ok", words),
            Err(words) => ("FAILED", words),
        };
        let _ = writeln!(text, "{name:<36} {mark:<6} {words}");
    }
    // straight to the output: the harness keeps what `println!` says to itself
    std::io::stdout().write_all(text.as_bytes()).expect("the output is open");
    let failed = rows.iter().filter(|(_, outcome)| outcome.is_err()).count();
    assert_eq!(failed, 0, "races ended badly:\n{text}");
}
