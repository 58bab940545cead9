//! The protocol over real sockets.

use crate::testing::{NOW, TestHouse, id};
use domain::{
    access::Role,
    ports::NewsBoard,
    values::id::{MasterKind, OperatorKind},
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};

struct Screen(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Screen {
    async fn open(house: &TestHouse, cookie: &str) -> Self {
        Self(dial(house, &[("cookie", cookie)]).await.expect("a handshake"))
    }
    /// Signs in, connects, says hello.
    async fn of(house: &TestHouse, login: &str) -> Self {
        let mut screen = Self::open(house, &house.cookie(login).await).await;
        screen.say(json!({ "t": "hello", "v": 1, "resume": [] })).await;
        assert_eq!(screen.hear().await["t"], "welcome");
        screen
    }
    async fn say(&mut self, frame: Value) {
        self.raw(&frame.to_string()).await;
    }
    async fn raw(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("sent");
    }
    async fn hear(&mut self) -> Value {
        loop {
            match timeout(Duration::from_secs(10), self.0.next())
                .await
                .expect("in time")
                .expect("open")
                .expect("a frame")
            {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    async fn goodbye(&mut self) -> CloseFrame {
        loop {
            match timeout(Duration::from_secs(10), self.0.next())
                .await
                .expect("in time")
                .expect("open")
                .expect("a frame")
            {
                Message::Close(Some(frame)) => return frame,
                Message::Close(None) => panic!("no code"),
                _ => {}
            }
        }
    }
    /// Nothing is on its way: the next frame is the answer to a ping.
    async fn quiet(&mut self) {
        self.say(json!({ "t": "ping" })).await;
        assert_eq!(self.hear().await, json!({ "t": "pong", "now": NOW }));
    }
}

async fn dial(
    house: &TestHouse,
    headers: &[(&'static str, &str)],
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Error> {
    let mut request = format!("ws://{}/ws", house.address).into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

fn sub(topic: &str) -> Value {
    json!({ "t": "sub", "topic": topic })
}

#[tokio::test]
async fn hello_sub_snap_delta() {
    let house = TestHouse::open().await;
    house.hub.publish("board", "visit_1", Some(json!({ "state": "planned" })));
    let mut screen = Screen::open(&house, &house.cookie("dora").await).await;
    screen.say(json!({ "t": "hello", "v": 1, "resume": [] })).await;
    let welcome = screen.hear().await;
    assert_eq!((&welcome["now"], &welcome["lapse"]), (&json!(NOW), &json!(60)));
    assert_eq!(welcome["user"]["login"], "dora");
    assert_eq!(welcome["user"]["role"], "dispatcher");
    assert!(welcome["user"].get("password").is_none());
    screen.say(sub("board")).await;
    let snap = screen.hear().await;
    assert_eq!((&snap["t"], &snap["topic"], &snap["seq"]), (&json!("snap"), &json!("board"), &json!(1)));
    assert_eq!(snap["rows"], json!([["visit_1", { "state": "planned" }]]));
    for state in ["dispatched", "accepted", "en_route"] {
        house.hub.publish("board", "visit_1", Some(json!({ "state": state })));
    }
    house.hub.publish("board", "visit_2", Some(json!(2)));
    house.hub.publish("board", "visit_2", None);
    let ops = json!([["visit_1", { "state": "en_route" }], ["visit_2", null]]);
    assert_eq!(screen.hear().await, json!({ "t": "d", "topic": "board", "from": 1, "seq": 6, "ops": ops }));
    screen.say(json!({ "t": "unsub", "topic": "board" })).await;
    screen.quiet().await;
    house.hub.publish("board", "visit_3", Some(json!(3)));
    tokio::time::sleep(Duration::from_millis(60)).await;
    screen.quiet().await;
}

#[tokio::test]
async fn own_topics_come_at_once_and_are_ones_own() {
    let house = TestHouse::open().await;
    let (mut anna, mut boris) = (Screen::of(&house, "anna").await, Screen::of(&house, "boris").await);
    anna.say(sub("agent")).await;
    boris.say(sub("my-jobs")).await;
    assert_eq!(anna.hear().await["topic"], "agent");
    assert_eq!(boris.hear().await["topic"], "my-jobs");
    house.hub.publish(&format!("agent:{}", id::<OperatorKind>(9)), "pop", Some(json!("not for her")));
    house.hub.publish(&format!("agent:{}", id::<OperatorKind>(1)), "pop", Some(json!("a call")));
    house.hub.publish(&format!("my-jobs:{}", id::<MasterKind>(2)), "visit_1", Some(json!("a job")));
    assert_eq!(anna.hear().await["ops"], json!([["pop", "a call"]]));
    assert_eq!(boris.hear().await["ops"], json!([["visit_1", "a job"]]));
}

#[tokio::test]
async fn shared_news_are_gathered_and_figures_wait_longer() {
    let house = TestHouse::open().await;
    let mut screen = Screen::of(&house, "dora").await;
    for topic in ["kpi", "board"] {
        screen.say(sub(topic)).await;
        assert_eq!(screen.hear().await["t"], "snap");
    }
    let begun = Instant::now();
    house.hub.publish("kpi", "calls", Some(json!({ "value": 1, "unit": "" })));
    house.hub.publish("board", "visit_1", Some(json!(1)));
    assert_eq!(screen.hear().await["topic"], "board");
    assert!(begun.elapsed() >= Duration::from_millis(15));
    house.hub.publish("kpi", "calls", Some(json!({ "value": 2, "unit": "" })));
    let figures = screen.hear().await;
    assert!(begun.elapsed() >= Duration::from_millis(900));
    assert_eq!(figures["ops"], json!([["calls", { "value": 2, "unit": "" }]]));
}

#[tokio::test]
async fn a_link_resumes_without_loss_and_without_echo() {
    let house = TestHouse::open().await;
    let cookie = house.cookie("dora").await;
    house.hub.publish("board", "a", Some(json!(1)));
    let mut first = Screen::open(&house, &cookie).await;
    first.say(json!({ "t": "hello", "v": 1 })).await;
    first.hear().await;
    first.say(sub("board")).await;
    let snap = first.hear().await;
    drop(first);
    house.hub.publish("board", "b", Some(json!(2)));
    house.hub.publish("board", "a", None);
    let mut second = Screen::open(&house, &cookie).await;
    let kept = json!({ "topic": "board", "epoch": snap["epoch"], "seq": snap["seq"] });
    second.say(json!({ "t": "hello", "v": 1, "resume": [kept] })).await;
    assert_eq!(second.hear().await["t"], "welcome");
    let missed = json!({ "t": "d", "topic": "board", "from": 1, "seq": 3, "ops": [["b", 2], ["a", null]] });
    assert_eq!(second.hear().await, missed);
    // Our client says the same again in a `sub`: that is no reason to send it twice.
    second
        .say(json!({ "t": "sub", "topic": "board", "since": { "epoch": snap["epoch"], "seq": snap["seq"] } }))
        .await;
    second.quiet().await;
    // But when it asks once more, it has a gap.
    second
        .say(json!({ "t": "sub", "topic": "board", "since": { "epoch": snap["epoch"], "seq": snap["seq"] } }))
        .await;
    assert_eq!(second.hear().await, missed);
    house.hub.publish("board", "c", Some(json!(3)));
    assert_eq!(second.hear().await["from"], 3);
}

#[tokio::test]
async fn a_position_of_another_life_or_out_of_the_ring_leads_to_a_snapshot() {
    let house = TestHouse::open().await;
    let mut screen = Screen::of(&house, "dora").await;
    house.hub.publish("board", "a", Some(json!(1)));
    for epoch in [json!("0123456789abcdef"), json!(7)] {
        screen.say(json!({ "t": "sub", "topic": "board", "since": { "epoch": epoch, "seq": 1 } })).await;
        assert_eq!(screen.hear().await["rows"], json!([["a", 1]]));
    }
    screen.say(sub("board")).await;
    let snap = screen.hear().await;
    screen.say(json!({ "t": "unsub", "topic": "board" })).await;
    screen.quiet().await;
    for number in 0..100 {
        house.hub.publish("board", "a", Some(json!({ "number": number })));
    }
    screen
        .say(json!({ "t": "sub", "topic": "board", "since": { "epoch": snap["epoch"], "seq": snap["seq"] } }))
        .await;
    assert_eq!(screen.hear().await["t"], "snap");
}

#[tokio::test]
async fn an_owner_that_came_back_resets_its_readers() {
    let house = TestHouse::open().await;
    let mut screen = Screen::of(&house, "dora").await;
    house.hub.publish("board", "a", Some(json!(1)));
    screen.say(sub("board")).await;
    let before = screen.hear().await;
    house.hub.restart("board", "the planner came back");
    house.hub.publish("board", "b", Some(json!(2)));
    let reset = json!({ "t": "reset", "topic": "board", "reason": "the planner came back" });
    assert_eq!(screen.hear().await, reset);
    screen.say(sub("board")).await;
    let after = screen.hear().await;
    assert_eq!(after["rows"], json!([["b", 2]]));
    assert_ne!(after["epoch"], before["epoch"]);
}

#[tokio::test]
async fn a_role_watches_only_its_topics() {
    let house = TestHouse::open().await;
    let mut boris = Screen::of(&house, "boris").await;
    for (topic, status) in
        [("board", 403), ("agent", 403), ("kpi", 403), ("my-jobs:master_x", 404), ("nothing", 404)]
    {
        boris.say(sub(topic)).await;
        let refused = boris.hear().await;
        assert_eq!((&refused["t"], &refused["topic"]), (&json!("err"), &json!(topic)));
        assert_eq!(refused["problem"]["status"], status, "{refused}");
        assert!(
            refused["problem"]["detail"].as_str().expect("text").contains(&format!("`{topic}`")),
            "{refused}"
        );
    }
    boris.quiet().await;
}

#[tokio::test]
async fn colleagues_see_what_a_screen_has_open_until_it_is_gone() {
    let house = TestHouse::open().await;
    let (mut dora, mut anna) = (Screen::of(&house, "dora").await, Screen::of(&house, "anna").await);
    anna.say(sub("presence")).await;
    assert_eq!(anna.hear().await["rows"], json!([]));
    dora.say(json!({ "t": "look", "at": "visit_1", "mode": "move" })).await;
    let told = anna.hear().await["ops"].clone();
    let key = told[0][0].clone();
    assert_eq!(
        (&told[0][1]["name"], &told[0][1]["at"], &told[0][1]["mode"]),
        (&json!("DORA"), &json!("visit_1"), &json!("move"))
    );
    dora.say(json!({ "t": "look", "mode": "view" })).await;
    assert_eq!(anna.hear().await["ops"][0][1]["at"], Value::Null);
    dora.say(json!({ "t": "look", "mode": "away" })).await;
    assert_eq!(anna.hear().await["ops"], json!([[key, null]]));
    dora.say(json!({ "t": "look", "at": "visit_2", "mode": "view" })).await;
    assert_eq!(anna.hear().await["ops"][0][1]["at"], "visit_2");
    drop(dora);
    assert_eq!(anna.hear().await["ops"], json!([[key, null]]), "the screen is gone, and so is its row");
}

#[tokio::test]
async fn a_look_is_for_the_office_and_names_an_id() {
    let house = TestHouse::open().await;
    let (mut boris, mut dora) = (Screen::of(&house, "boris").await, Screen::of(&house, "dora").await);
    boris.say(json!({ "t": "look", "at": "visit_1", "mode": "view" })).await;
    let refused = boris.hear().await;
    assert_eq!((&refused["t"], &refused["problem"]["status"]), (&json!("err"), &json!(403)));
    for at in ["<b>".to_owned(), "x".repeat(65)] {
        dora.say(json!({ "t": "look", "at": at, "mode": "view" })).await;
        assert_eq!(dora.hear().await["problem"]["type"], "/problems/look");
    }
    assert!(house.hub.rows("presence").values().all(|row| row["at"] == Value::Null));
}

#[tokio::test]
async fn commands_are_answered_and_repeats_are_told() {
    let house = TestHouse::open().await;
    let mut dora = Screen::of(&house, "dora").await;
    let pin = json!({ "t": "cmd", "id": "one", "name": "visit.pin", "args": { "pinned": true } });
    dora.say(pin.clone()).await;
    assert_eq!(dora.hear().await, json!({ "t": "res", "id": "one", "ok": { "number": 1 } }));
    dora.say(pin).await;
    assert_eq!(dora.hear().await, json!({ "t": "res", "id": "one", "ok": { "number": 1 }, "dup": true }));
    for (id, name, rev, status, kind) in [
        ("f", "visit.accept", None, 403, "forbidden"),
        ("s", "visit.cancel", None, 409, "visit-state"),
        ("v", "visit.pin", Some(1), 409, "stale-version"),
        ("u", "visit.unassign", None, 404, "unknown-visit"),
        ("i", "visit.assign", None, 422, "master"),
        ("d", "slots.offer", None, 503, "unavailable"),
        ("", "visit.pin", None, 422, "command-id"),
        ("n", "", None, 422, "command-name"),
    ] {
        dora.say(json!({ "t": "cmd", "id": id, "name": name, "args": {}, "rev": rev })).await;
        let answer = dora.hear().await;
        assert_eq!((&answer["t"], &answer["id"]), (&json!("res"), &json!(id)));
        assert_eq!(answer["err"]["status"], status, "{answer}");
        assert_eq!(answer["err"]["type"], format!("/problems/{kind}"));
    }
}

#[tokio::test]
async fn a_long_question_holds_up_neither_news_nor_commands() {
    let house = TestHouse::open().await;
    let mut dora = Screen::of(&house, "dora").await;
    dora.say(sub("board")).await;
    dora.hear().await;
    dora.say(json!({ "t": "cmd", "id": "slow", "name": "visit.explain", "args": {} })).await;
    dora.say(json!({ "t": "cmd", "id": "quick", "name": "visit.pin", "args": {} })).await;
    assert_eq!(dora.hear().await["id"], "quick");
    house.hub.publish("board", "a", Some(json!(1)));
    assert_eq!(dora.hear().await["t"], "d");
    assert_eq!(dora.hear().await["id"], "slow");
}

#[tokio::test]
async fn a_wrong_frame_is_named_and_the_link_stays() {
    let house = TestHouse::open().await;
    let mut screen = Screen::open(&house, &house.cookie("dora").await).await;
    for (text, status, named) in [
        (r#"{"t":"sub","topic":"board"}"#, 409, "hello"),
        (r#"{"t":"hello","v":2}"#, 422, "`2`"),
        (r#"{"t":"hel"#, 400, "column"),
        (r#"{"t":"dance"}"#, 422, "`dance`"),
        (r#"{"t":"hello","v":1,"loud":true}"#, 422, "`loud`"),
    ] {
        screen.raw(text).await;
        let err = screen.hear().await;
        assert_eq!(err["t"], "err");
        assert_eq!(err["problem"]["status"], status, "{err}");
        assert!(err["problem"]["detail"].as_str().expect("text").contains(named), "{err}");
    }
    screen.0.send(Message::binary(vec![1, 2, 3])).await.expect("sent");
    assert_eq!(screen.hear().await["problem"]["status"], 400);
    screen.say(json!({ "t": "hello", "v": 1 })).await;
    assert_eq!(screen.hear().await["t"], "welcome");
    // A command that was not understood is answered as a command, or its sender would wait for ever.
    screen.raw(r#"{"t":"cmd","id":"x","name":"visit.pin","args":{},"why":1}"#).await;
    let answer = screen.hear().await;
    assert_eq!(
        (&answer["t"], &answer["id"], &answer["err"]["status"]),
        (&json!("res"), &json!("x"), &json!(422))
    );
}

#[tokio::test]
async fn more_than_50_commands_a_second_are_refused() {
    let house = TestHouse::open().await;
    let mut dora = Screen::of(&house, "dora").await;
    for number in 0..150 {
        dora.say(json!({ "t": "cmd", "id": format!("c{number}"), "name": "visit.pin", "args": {} })).await;
    }
    let mut refused = 0;
    for _ in 0..150 {
        let answer = dora.hear().await;
        if let Some(err) = answer.get("err") {
            assert_eq!(err["status"], 429, "{answer}");
            refused += 1;
        }
    }
    assert!((1..=100).contains(&refused), "{refused}");
    dora.quiet().await;
}

#[tokio::test]
async fn a_stranger_is_shown_the_door() {
    let house = TestHouse::open().await;
    let mut stranger = Screen(dial(&house, &[]).await.expect("a handshake"));
    assert_eq!(u16::from(stranger.goodbye().await.code), 4401);
    let cookie = house.cookie("dora").await;
    let ours = format!("http://{}", house.address);
    for (origin, welcome) in [(ours.as_str(), true), ("https://elsewhere.example", false), ("null", false)] {
        match dial(&house, &[("cookie", &cookie), ("origin", origin)]).await {
            Ok(_) => assert!(welcome, "{origin}"),
            Err(Error::Http(answer)) => assert!(!welcome && answer.status() == 403, "{origin}: {answer:?}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn signing_out_and_a_new_role_close_the_link() {
    let house = TestHouse::open().await;
    let cookie = house.cookie("dora").await;
    let mut screen = Screen::open(&house, &cookie).await;
    screen.say(json!({ "t": "hello", "v": 1 })).await;
    screen.hear().await;
    let answer = crate::testing::http().post(house.url("/api/logout")).header("cookie", &cookie).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    assert_eq!(u16::from(screen.goodbye().await.code), 4401);
    let mut screen = Screen::of(&house, "dora").await;
    house.door.roles.lock().insert("dora".into(), Role::Manager);
    screen.say(json!({ "t": "ping" })).await;
    assert_eq!(u16::from(screen.goodbye().await.code), 4000);
}

#[tokio::test]
async fn a_house_that_closes_says_goodbye_to_every_screen_and_is_let_go() {
    let house = TestHouse::open().await;
    let mut screens = vec![Screen::of(&house, "dora").await, Screen::of(&house, "dora").await];
    for screen in &mut screens {
        screen.say(json!({ "t": "cmd", "id": "c", "name": "visit.pin", "args": {} })).await;
        screen.hear().await;
    }
    house.hub.close();
    for screen in &mut screens {
        assert_eq!(u16::from(screen.goodbye().await.code), 1012);
    }
    let mut late =
        Screen(dial(&house, &[("cookie", &house.cookie("dora").await)]).await.expect("a handshake"));
    assert_eq!(u16::from(late.goodbye().await.code), 1012);
}

/// More than the kernel keeps for a client that does not read.
fn flood(house: &TestHouse, round: usize) {
    for key in 0..40 {
        let row = json!({ "round": round, "filling": "x".repeat(100_000) });
        house.hub.publish("board", &format!("visit_{key}"), Some(row));
    }
}

#[tokio::test]
async fn a_reader_that_falls_behind_gets_few_frames_and_the_last_rows() {
    let house = TestHouse::open().await;
    let mut screen = Screen::of(&house, "dora").await;
    screen.say(sub("board")).await;
    screen.hear().await;
    for round in 0..50 {
        flood(&house, round);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (mut frames, mut seq, mut rounds) = (0, 0, std::collections::BTreeMap::new());
    while seq < 50 * 40 {
        let frame = screen.hear().await;
        frames += 1;
        seq = frame["seq"].as_u64().expect("a number");
        let changes = if frame["t"] == "snap" { &frame["rows"] } else { &frame["ops"] };
        for change in changes.as_array().expect("a list") {
            rounds.insert(change[0].to_string(), change[1]["round"].clone());
        }
    }
    assert!(frames < 15, "{frames} frames for 2000 changes");
    assert!(rounds.len() == 40 && rounds.values().all(|round| *round == 49), "{rounds:?}");
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_let_go() {
    let house = TestHouse::open().await;
    let mut screen = Screen::of(&house, "dora").await;
    for topic in ["board", "queue"] {
        screen.say(sub(topic)).await;
    }
    for round in 0..4 {
        flood(&house, round);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut taken = 0;
    let rest = async {
        while let Some(Ok(message)) = screen.0.next().await {
            taken += message.len();
        }
    };
    timeout(Duration::from_secs(10), rest).await.expect("the server has let go");
    assert!(taken < 4 * 40 * 100_000, "{taken}");
}
