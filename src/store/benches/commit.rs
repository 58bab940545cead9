//! What a durable answer costs: writers × engines, each writer one batch at a time.
//!
//! `cargo bench -p store` prints a table; `-- load` adds the bulk load of 100,000 clients, `-- calls` prints instead what
//! the batches of calls cost: each writer keeps one call after the other, with its operator, as the house does.

use domain::{
    clients::client::{Client, ClientSort, Contact, Phone},
    ports::{Batch, Fact, Journal, Row, Table},
    values::{id::ClientId, money::Money},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::Store;
use uuid::Uuid;

/// How long each line is measured.
const SPAN: Duration = Duration::from_secs(3);

fn batch(key: u128, was: u64) -> Batch {
    let id = Uuid::from_u128(key);
    let doc = json!({
        "id": format!("visit_{key}"), "ver": was + 1, "no": key as u64, "state": "planned", "minutes": 60, "note": "замена компрессора",
        "window": {"from": "2026-03-01T10:00:00Z", "to": "2026-03-01T12:00:00Z"}, "place": {"lat": 55.7, "lon": 37.6},
        "client": "client_01h2xcejqtf2nbrexx3vqjhp41", "point": "point_01h2xcejqtf2nbrexx3vqjhp41", "pinned": false,
    });
    let fact = Fact {
        entity: format!("visit_{key}"),
        ver: was + 1,
        name: "visit.planned".into(),
        at: Timestamp::UNIX_EPOCH,
        by: "solver".into(),
        data: json!({"what": "planned", "master": "master_01h2xcejqtf2nbrexx3vqjhp41", "travel_seconds": 600}),
    };
    let row = Row { table: Table::Visit, key: id, ver: was + 1, was, doc };
    Batch { command: Some(format!("{key}-{was}")), answer: Value::Null, facts: vec![fact], rows: vec![row] }
}

async fn measure(store: &Store, writers: u128, base: u128) -> (Vec<Duration>, Duration) {
    let start = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut waits, mut was) = (Vec::new(), 0);
                while start.elapsed() < SPAN {
                    let (given, next) = (Instant::now(), batch(base + writer, was));
                    store.commit(next).await.expect("kept");
                    waits.push(given.elapsed());
                    was += 1;
                }
                waits
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    all.sort_unstable();
    (all, start.elapsed())
}

/// One step of a call or of its operator: the row anew and the fact.
fn step(table: Table, key: Uuid, ver: u64, doc: Value, name: &str) -> Batch {
    let entity = format!("{}_{}", table.name(), key.simple());
    let data = json!({"what": name, "call": entity, "operator": "operator_01h2xcejqtf2nbrexx3vqjhp41"});
    let fact =
        Fact { entity, ver, name: name.into(), at: Timestamp::UNIX_EPOCH, by: "telephony".into(), data };
    let row = Row { table, key, ver, was: ver - 1, doc };
    Batch { command: None, answer: Value::Null, facts: vec![fact], rows: vec![row] }
}

/// A call as its aggregate is written.
fn call_doc(key: Uuid, ver: u64, state: &str) -> Value {
    json!({
        "id": format!("call_{}", key.simple()), "ver": ver, "state": state, "from": format!("+7912{:07}", ver),
        "did": "+73422000000", "trunk": "city", "sip_call_id": format!("{}@198.51.100.7", key.simple()),
        "client": "client_01h2xcejqtf2nbrexx3vqjhp41", "operator": "operator_01h2xcejqtf2nbrexx3vqjhp41",
        "missed_by": [], "started": "2026-03-01T10:00:00.123Z", "answered": "2026-03-01T10:00:05.123Z", "ended": null,
        "disposition": null, "note": "", "about": null, "direction": "in", "queue": "main", "aside": null,
        "outside": null, "muted": false, "noticed": true, "recording": null, "tape": "off",
    })
}

/// An operator as its aggregate is written.
fn operator_doc(key: Uuid, ver: u64, presence: &str) -> Value {
    json!({
        "id": format!("operator_{}", key.simple()), "ver": ver, "name": "Оператор", "device": {"phone": "desk1"},
        "presence": presence, "reason": null, "since": "2026-03-01T10:00:00.123Z", "call": null, "robot": false,
        "skills": [], "supervises": false,
    })
}

/// The nine batches of a call, one after the other, again and again; how many calls there were.
async fn calls(store: &Store, operator: Uuid, start: Instant) -> u64 {
    let (mut done, mut known) = (0, 0);
    while start.elapsed() < SPAN {
        let call = Uuid::from_u128(operator.as_u128() + 1_000 * (1 + u128::from(done)));
        let mut at = 0;
        for state in ["ringing", "queued", "offered", "talking", "wrap_up"] {
            at += 1;
            let batch = step(Table::Call, call, at, call_doc(call, at, state), "call.changed");
            store.commit(batch).await.expect("kept");
            if state == "ringing" {
                continue;
            }
            known += 1;
            let doc = operator_doc(operator, known, state);
            store
                .commit(step(Table::Operator, operator, known, doc, "operator.changed"))
                .await
                .expect("kept");
        }
        done += 1;
    }
    done
}

/// Seconds of processor that this process has had.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
    ticks as f64 / 100.0
}

async fn calls_table(store: &Store) {
    println!("| writers | calls/s | batches/s | processor a call, ms |\n|---|---|---|---|");
    for writers in [1u128, 16, 256] {
        let (start, before) = (Instant::now(), processor());
        let tasks: Vec<_> = (0..writers)
            .map(|n| {
                let (store, operator) = (store.clone(), Uuid::from_u128((writers << 100) + (n << 64) + 7));
                tokio::spawn(async move { calls(&store, operator, start).await })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await.expect("no panic");
        }
        let (span, cost) = (start.elapsed().as_secs_f64(), processor() - before);
        let rate = done as f64 / span;
        println!("| {writers} | {rate:.0} | {:.0} | {:.2} |", rate * 9.0, cost * 1e3 / done as f64);
    }
}

async fn load(store: &Store) {
    let rows: Vec<Row> = (0..100_000u128)
        .map(|n| {
            let (first, last) = (
                ["Анна", "Пётр", "Ирина", "Олег"][n as usize % 4],
                ["Ёлкина", "Кузнецов", "Смирнова"][n as usize % 3],
            );
            let phone = Phone {
                e164: format!("+79{n:09}").parse().expect("a phone"),
                extension: None,
                raw: String::new(),
            };
            let name = format!("{last} {first} {n}");
            let client = Client {
                id: ClientId::from_uuid(Uuid::from_u128(n)),
                ver: 1,
                kind: ClientSort::Person,
                name: name.clone(),
                inn: None,
                contacts: vec![Contact { name, phones: vec![phone] }],
                vip: false,
                debt: Money::ZERO,
                note: "постоянный клиент".into(),
                consent: None,
                apart: Default::default(),
                stone: None,
            };
            let mut batch = Batch::default();
            batch.keep(&client, 0);
            batch.rows.remove(0)
        })
        .collect();
    let start = Instant::now();
    store.load_many(rows).await.expect("loads");
    println!("100,000 clients loaded in {:.1} s", start.elapsed().as_secs_f64());
    for text in ["елкина ирина", "кузнец", "89000012345", "77777"] {
        let start = Instant::now();
        let hits = store.search(text, 10).await.expect("asks").len();
        println!("search `{text}`: {hits} hits in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    }
    let start = Instant::now();
    let all = store.rows(Table::Client).await.expect("reads").len();
    println!("{all} rows read in {:.1} s", start.elapsed().as_secs_f64());
}

fn main() {
    let asked = |what: &str| std::env::args().any(|arg| arg == what);
    let (with_load, with_calls) = (asked("load"), asked("calls"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.thread_stack_size(10 << 20).enable_all().build().expect("a runtime");
    if with_calls {
        let url = format!("surrealkv://{}", folder.path().join("calls").display());
        let work = runtime.spawn(async move { calls_table(&Store::open(&url).await.expect("opens")).await });
        return runtime.block_on(work).expect("no panic");
    }
    println!("| engine | writers | commits/s | p50 ms | p99 ms |\n|---|---|---|---|---|");
    for (name, url) in [
        ("mem", "mem://".to_owned()),
        ("surrealkv", format!("surrealkv://{}", folder.path().join("db").display())),
    ] {
        // queries run on the runtime's own threads, which have the stack for them
        let work = runtime.spawn(async move {
            let store = Store::open(&url).await.expect("opens");
            for writers in [1u128, 16, 256] {
                let (waits, span) = measure(&store, writers, writers * 1_000_000).await;
                let at = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_secs_f64() * 1e3;
                let rate = waits.len() as f64 / span.as_secs_f64();
                println!("| {name} | {writers} | {rate:.0} | {:.2} | {:.2} |", at(50), at(99));
            }
            if with_load && name == "surrealkv" {
                load(&store).await;
            }
        });
        runtime.block_on(work).expect("no panic");
    }
}
