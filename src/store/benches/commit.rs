//! What a durable answer costs: writers × engines, each writer one batch at a time.
//!
//! `cargo bench -p store` prints a table; `-- load` adds the bulk load of 100,000 clients.

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
    let with_load = std::env::args().any(|arg| arg == "load");
    let folder = tempfile::tempdir().expect("a folder");
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.thread_stack_size(10 << 20).enable_all().build().expect("a runtime");
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
