//! Whatever happens between the hub and its readers, a reader that has caught up has the hub's rows.

use crate::{
    Hub,
    live::{
        bell::{Bell, Lane},
        topic::{Cursor, News, Position},
    },
};
use domain::ports::NewsBoard;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// What a browser keeps of a topic, and how it takes frames (`ui/src/live/topic.ts`).
struct Client {
    bell: Arc<Bell>,
    cursor: Option<Cursor>,
    rows: BTreeMap<String, Value>,
    at: Option<Position>,
    frames: usize,
}

impl Client {
    fn new() -> Self {
        Self { bell: Arc::default(), cursor: None, rows: BTreeMap::new(), at: None, frames: 0 }
    }
    fn connect(&mut self, hub: &Hub) {
        self.cursor = Some(Cursor::new(hub.topic("board"), &self.bell, self.at.clone()));
    }
    /// Takes one frame, if there is one.
    fn read(&mut self, hub: &Hub) {
        if self.cursor.is_none() {
            self.connect(hub);
        }
        let Some(cursor) = &mut self.cursor else { return };
        match cursor.next() {
            News::Nothing => {}
            News::Frame(text) => self.take(&serde_json::from_str(&text).expect("a frame is JSON")),
            News::Over(text) => {
                let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
                assert_eq!((&frame["t"], &frame["topic"]), (&json!("reset"), &json!("board")));
                (self.cursor, self.at) = (None, None);
            }
        }
    }
    fn take(&mut self, frame: &Value) {
        self.frames += 1;
        let seq = frame["seq"].as_u64().expect("a number");
        let changes = if frame["t"] == "snap" {
            self.rows.clear();
            self.at = Some(Position { epoch: frame["epoch"].as_str().expect("text").into(), seq });
            &frame["rows"]
        } else {
            let at = self.at.as_mut().expect("a delta comes after a snapshot");
            assert_eq!(frame["from"], at.seq, "no gap and no echo: {frame}");
            at.seq = seq;
            &frame["ops"]
        };
        let mut keys = std::collections::HashSet::new();
        for change in changes.as_array().expect("a list") {
            let key = change[0].as_str().expect("a key").to_owned();
            assert!(keys.insert(key.clone()), "a key comes once in a frame: {frame}");
            match &change[1] {
                Value::Null => self.rows.remove(&key),
                row => self.rows.insert(key, row.clone()),
            };
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u8),
    Remove(u8),
    Read(usize),
    Drop(usize),
    Forget(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..12u8, 0..4u8).prop_map(|(key, value)| Step::Put(key, value)),
        4 => (0..12u8).prop_map(Step::Remove),
        5 => (0..3usize).prop_map(Step::Read),
        2 => (0..3usize).prop_map(Step::Drop),
        1 => (0..3usize).prop_map(Step::Forget),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #[test]
    fn a_reader_that_has_caught_up_has_the_hubs_rows(steps in prop::collection::vec(step(), 0..300)) {
        // A short ring, so that slow readers fall out of it.
        let hub = Hub::with_ring(16);
        let mut clients = [Client::new(), Client::new(), Client::new()];
        for step in steps {
            match step {
                Step::Put(key, value) => hub.publish("board", &format!("visit_{key}"), Some(json!({ "value": value }))),
                Step::Remove(key) => hub.publish("board", &format!("visit_{key}"), None),
                Step::Read(who) => clients[who].read(&hub),
                // The link is lost: rows and position stay, and so does what was not read.
                Step::Drop(who) => clients[who].cursor = None,
                Step::Forget(who) => clients[who] = Client::new(),
                Step::Restart => hub.restart("board", "the owner came back"),
            }
        }
        for client in &mut clients {
            // A reset, a snapshot, and then nothing more.
            for _ in 0..3 {
                client.read(&hub);
            }
            prop_assert_eq!(&client.rows, &hub.rows("board"));
        }
    }
}

fn fill(hub: &Hub, topic: &str, count: usize) {
    for number in 0..count {
        hub.publish(topic, &format!("visit_{}", number % 7), Some(json!({ "number": number })));
    }
}

#[test]
fn a_slow_reader_gets_one_frame_and_the_ring_holds_4096_changes() {
    let hub = Hub::new();
    fill(&hub, "board", 7);
    let mut client = Client::new();
    client.read(&hub);
    fill(&hub, "board", 4096);
    let mut second = Client::new();
    second.at.clone_from(&client.at);
    second.rows.clone_from(&client.rows);
    client.read(&hub);
    assert_eq!(client.frames, 2);
    assert_eq!(client.rows.len(), 7);
    second.connect(&hub);
    assert!(
        matches!(second.cursor.as_mut().expect("connected").next(), News::Frame(text) if text.starts_with(r#"{"t":"d""#))
    );
    fill(&hub, "board", 4097);
    second.connect(&hub);
    assert!(
        matches!(second.cursor.as_mut().expect("connected").next(), News::Frame(text) if text.starts_with(r#"{"t":"snap""#))
    );
}

#[test]
fn readers_in_step_share_a_frame() {
    let hub = Hub::new();
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut cursors = bells.each_ref().map(|bell| Cursor::new(hub.topic("board"), bell, None));
    for cursor in &mut cursors {
        cursor.next();
    }
    fill(&hub, "board", 3);
    let [News::Frame(first), News::Frame(second)] = cursors.each_mut().map(Cursor::next) else {
        panic!("both have news")
    };
    assert_eq!(first.as_ptr(), second.as_ptr());
}

#[test]
fn who_comes_in_a_crowd_shares_the_snapshot_of_the_head() {
    let hub = Hub::new();
    fill(&hub, "board", 3);
    let first = |hub: &Hub| match Cursor::new(hub.topic("board"), &Arc::default(), None).next() {
        News::Frame(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(first(&hub).as_ptr(), first(&hub).as_ptr());
    let before = first(&hub);
    hub.publish("board", "visit_0", Some(json!({ "number": 9 })));
    assert_ne!(first(&hub), before, "a change makes another snapshot");
}

#[test]
fn a_burst_rings_a_reader_once_and_a_reader_that_has_gone_is_forgotten() {
    let hub = Hub::new();
    let bells: [Arc<Bell>; 2] = Default::default();
    let [mut stays, goes] = bells.each_ref().map(|bell| {
        let mut cursor = Cursor::new(hub.topic("board"), bell, None);
        cursor.next();
        cursor
    });
    drop(goes);
    assert_eq!(Arc::strong_count(&bells[1]), 1, "nobody holds the bell of who has gone");
    fill(&hub, "board", 5);
    assert!(bells[0].has_rung(Lane::Shared) && !bells[1].has_rung(Lane::Shared));
    bells[0].hush(Lane::Shared);
    fill(&hub, "board", 5);
    assert!(!bells[0].has_rung(Lane::Shared), "it has not read yet: it knows that there is news");
    assert!(matches!(stays.next(), News::Frame(_)));
    hub.publish("board", "visit_9", Some(json!(1)));
    assert!(bells[0].has_rung(Lane::Shared));
}

#[test]
fn what_changes_nothing_is_no_news() {
    let hub = Hub::new();
    let mut client = Client::new();
    hub.publish("board", "a", Some(json!({ "x": 1, "y": "«ё»" })));
    client.read(&hub);
    let bell = Arc::clone(&client.bell);
    hub.publish("board", "a", Some(json!({ "y": "«ё»", "x": 1 })));
    hub.publish("board", "b", None);
    hub.publish("board", "b", Some(Value::Null));
    client.read(&hub);
    assert_eq!(client.frames, 1);
    assert!(!bell.has_rung(Lane::Shared));
    hub.publish("board", "a", None);
    assert!(bell.has_rung(Lane::Shared));
    client.read(&hub);
    assert_eq!((client.frames, client.rows.len()), (2, 0));
}

#[test]
fn a_key_of_any_text_stays_json() {
    let hub = Hub::new();
    hub.publish("kpi", "a\"b\\\n", Some(json!(1)));
    let bell = Arc::default();
    let News::Frame(text) = Cursor::new(hub.topic("kpi"), &bell, None).next() else { panic!("a snapshot") };
    let frame: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(frame["rows"], json!([["a\"b\\\n", 1]]));
}

#[test]
fn a_position_from_the_future_leads_to_a_snapshot() {
    let hub = Hub::new();
    let mut client = Client::new();
    fill(&hub, "board", 2);
    client.read(&hub);
    let at = client.at.clone().expect("a position");
    let ahead = Position { seq: at.seq + 5, ..at };
    let News::Frame(text) = Cursor::new(hub.topic("board"), &client.bell, Some(ahead)).next() else {
        panic!("news")
    };
    assert!(text.starts_with(r#"{"t":"snap""#), "{text}");
}
