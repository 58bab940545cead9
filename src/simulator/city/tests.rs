//! A hall of cardboard with a real switchboard: robots ring, answer, write down and hang up over real SIP.

use super::*;
use crate::stand::{Came, OPENED_AT, Stand};
use serde_json::{Value, json};
use telephony::{
    DialTarget, LegCommand, LegId, LineEvent, Settings, Switchboard, SwitchboardHandle, TrunkPeer,
    settings::PhoneAccount as Account,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

const DID: &str = "+73422000001";
const SIZE: Size = Size::Custom { masters: 1, operators: 2, clients: 20, calls: 1_500 };

/// One operator and one call at a time; whoever rings meanwhile hears that it is busy.
struct Hall {
    stand: Arc<Stand>,
    board: SwitchboardHandle,
    ready: bool,
    call: Option<(LegId, LegId, String)>,
    talking: bool,
}

impl Hall {
    fn agent(&self, state: &str, call: Value) {
        let row = json!({"id": "operator_1", "state": state, "call": call, "robot": true});
        self.stand.put("agent:operator2", "me", row);
    }
    fn call_row(&self, state: &str, from: &str) -> Value {
        let row = json!({"id": "call_1", "state": state, "from": from, "operator": null, "client": null});
        self.stand.put("queue", "call_1", row.clone());
        row
    }
    fn order(&self, command: LegCommand) {
        self.board.command(command).unwrap();
    }

    fn line(&mut self, event: LineEvent) {
        match event {
            LineEvent::Offered { leg, from, .. } if self.ready && self.call.is_none() => {
                self.order(LegCommand::Ring { leg });
                let far = LegId::fresh();
                let target = DialTarget::Phone("op2".into());
                self.order(LegCommand::Dial {
                    leg: far,
                    target,
                    from_number: from.clone(),
                    display: String::new(),
                    label: String::new(),
                    beside: None,
                });
                let row = self.call_row("offered", &from);
                self.stand.put("agent:operator2", "pop", json!({"call": row, "card": null}));
                self.agent("ringing", json!("call_1"));
                self.call = Some((leg, far, from));
            }
            LineEvent::Offered { leg, .. } => self.order(LegCommand::Reject { leg, status: 486 }),
            LineEvent::Answered { leg } => {
                let Some((caller, far, from)) = self.call.clone().filter(|call| call.1 == leg) else {
                    return;
                };
                self.order(LegCommand::Answer { leg: caller });
                self.order(LegCommand::Bridge { a: caller, b: far });
                self.call_row("talking", &from);
                self.agent("busy", json!("call_1"));
                self.talking = true;
            }
            LineEvent::Ended { leg, .. } | LineEvent::Failed { leg, .. }
                if self.call.as_ref().is_some_and(|(caller, far, _)| leg == *caller || leg == *far) =>
            {
                self.over();
            }
            _ => {}
        }
    }

    fn over(&mut self) {
        let Some((caller, far, from)) = self.call.take() else { return };
        self.order(LegCommand::Hangup { leg: caller });
        self.order(LegCommand::Hangup { leg: far });
        self.stand.put("queue", "call_1", Value::Null);
        self.ready = false;
        let next = if std::mem::take(&mut self.talking) {
            ("wrap_up", json!("call_1"))
        } else {
            ("not_ready", json!(null))
        };
        self.agent(next.0, next.1);
        tracing::debug!(from, "a call is over");
    }

    fn command(&mut self, came: &Came) {
        match came.name.as_str() {
            "operator.ready" | "call.dispose" => {
                self.ready = true;
                self.stand.put("agent:operator2", "pop", Value::Null);
                self.agent("ready", Value::Null);
            }
            "call.hangup" => self.over(),
            _ => {}
        }
    }
}

fn answer(came: &Came) -> Result<Value, u16> {
    Ok(match came.name.as_str() {
        "client.create" => json!({"client": "client_1", "point": "point_1"}),
        "request.register" => {
            let slot =
                json!({"from": 1_900_000_000_000u64, "to": 1_900_007_200_000u64, "master": "master_1"});
            json!({"request": "request_1", "no": 1, "visit": "visit_1", "offers": [slot]})
        }
        _ => json!({}),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_ring_answer_write_down_and_hang_up() {
    let (stand, mut came) = Stand::open(answer).await;
    let town = cast(SIZE, 5);
    let phones = town.phones.iter().map(|p| Account {
        user: p.user.clone(),
        password: p.password.clone(),
        name: p.name.clone(),
        ..Account::default()
    });
    let local: IpAddr = Ipv4Addr::LOCALHOST.into();
    let trunk = TrunkPeer {
        name: "trunk".into(),
        allowed_ips: vec![local],
        dids: vec![DID.into()],
        ..Default::default()
    };
    let settings = Settings {
        sip_port: 0,
        webrtc_port: 0,
        media_ports: (0, 0),
        trunks: vec![trunk],
        phones: phones.collect(),
        ..Default::default()
    };
    let (events, mut line) = mpsc::channel(1_000);
    let board = Switchboard::start(settings, events).unwrap();
    let sip = board.sip_addr();
    let mut hall = Hall { stand: stand.clone(), board, ready: false, call: None, talking: false };
    hall.agent("offline", Value::Null);
    let me = json!({
        "id": "master_1", "state": "off_shift", "shift": {"from": OPENED_AT - 7_200_000, "to": OPENED_AT + 36_000_000},
        "home": {"lat": 58.0, "lon": 56.2}, "robot": true,
    });
    stand.put("my-jobs:master1", "me", me);

    let (acks, mut diary) = mpsc::unbounded_channel();
    let city =
        City { acks: Arc::new(acks), max_calls: 3, ..City::new(stand.http.clone(), sip, DID, SIZE, 5) };
    let (tally, (stop, stopped)) = (city.tally.clone(), watch::channel(false));
    let played = tokio::spawn(run(city, stopped));
    let end = Instant::now() + Duration::from_secs(60);
    while tally.get("call.dispose") < 3 || tally.get("request.book") < 1 || tally.get("shift.start") < 1 {
        tokio::select! {
            event = line.recv() => hall.line(event.unwrap()),
            command = came.recv() => hall.command(&command.unwrap()),
            () = tokio::time::sleep_until(end) => panic!("the city stands still: {:?}", tally.snapshot()),
        }
    }
    stop.send(true).unwrap();
    timeout(Duration::from_secs(5), played).await.unwrap().unwrap().unwrap();
    let counts = tally.snapshot();
    println!("{counts:?}");
    assert!(counts["calls.talked"] >= 2 && counts["client.create"] >= 1, "{counts:?}");
    let mut names = Vec::new();
    while let Ok(ack) = diary.try_recv() {
        names.push(ack.name);
    }
    assert!(
        ["operator.ready", "request.register", "call.dispose"].iter().all(|n| names.iter().any(|d| d == n))
    );
    hall.board.shutdown();
}
