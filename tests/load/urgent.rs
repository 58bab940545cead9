//! How long from an event to the board: with 60 masters and 300 planned visits (or `CALLOUT_MASTERS`, `CALLOUT_VISITS`),
//! urgent jobs come and masters fall ill. From the command leaving the client's socket to the frame that shows the
//! visit with a master on a dispatcher's socket. Prints p50 and p99.

use anyhow::Context;
use serde_json::{Value, json};
use simulator::Size;
use std::time::{Duration, Instant};
use tests::harness::{
    person::Person,
    town::{Town, on_deep_stacks},
};

/// Urgent jobs, one after another.
const URGENT: usize = 200;
/// Masters who fall ill, one after another; each comes back.
const ILL: usize = 20;

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

struct Desk {
    operator: Person,
    board: Person,
    points: Vec<(Value, Value)>,
    done: usize,
}

impl Desk {
    /// Registers a request and books the offer of this number; gives the visit, and when the booking left.
    async fn booked(&mut self, priority: &str, offer: usize) -> anyhow::Result<(String, Instant)> {
        let (client, point) = self.points[self.done * 7919 % self.points.len()].clone();
        self.done += 1;
        let asked = json!({"client": client, "point": point, "kind": "repair", "symptom": "не включается", "priority": priority});
        let registered = self.operator.command("request.register", asked).await?;
        let visit = registered["visit"].as_str().context("a visit")?.to_owned();
        let offers = registered["offers"].as_array().context("offers")?;
        let slot =
            offers.get(offer % offers.len().max(1)).context("nothing can be offered: the town is full")?;
        let left = Instant::now();
        let window = json!({"visit": visit, "from": slot["from"], "to": slot["to"]});
        self.operator.command("request.book", window).await?;
        Ok((visit, left))
    }
    async fn planned(&mut self, visit: &str) -> anyhow::Result<Value> {
        let has_master = |k: &str, v: &Value| k == visit && !v["master"].is_null();
        let found = self.board.until("board", "the visit with a master", has_master).await;
        if found.is_err() {
            let why = self.board.command("visit.explain", json!({"visit": visit})).await?;
            let row = self.board.until("board", "the visit", |k, _| k == visit).await?;
            anyhow::bail!("visit {visit}, number {}, got no master: {}; {row}", self.done, why["text"]);
        }
        found
    }
}

fn print(what: &str, mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let ms = |share: usize| taken[(taken.len() * share / 100).min(taken.len() - 1)].as_secs_f64() * 1e3;
    println!("{what}, {} times: p50 {:.1} ms, p99 {:.1} ms", taken.len(), ms(50), ms(99));
}

fn main() -> anyhow::Result<()> {
    let (masters, visits) = (number("CALLOUT_MASTERS", 60), number("CALLOUT_VISITS", 300));
    let folder = tempfile::tempdir()?;
    let url = format!("surrealkv://{}?sync=every", folder.path().join("store").display());
    on_deep_stacks(async move {
        let size = Size::Custom { masters: masters as u32, operators: 3, clients: 2000, calls: 100 };
        let town = Town::open_sized(&url, size).await?;
        let http = town.app.http;
        let mut points = Vec::new();
        for row in &town.sown.rows {
            if row.table == domain::ports::Table::Point {
                points.push((row.doc["client"].clone(), row.doc["id"].clone()));
            }
        }
        let operator = Person::sign_in(http, "operator2", &["requests"]).await?;
        let board = Person::sign_in(http, "dispatcher1", &["board"]).await?;
        let mut desk = Desk { operator, board, points, done: 0 };
        for number in 0..visits {
            let (visit, _) = desk.booked("normal", number).await?;
            desk.planned(&visit).await?;
        }
        println!("{masters} masters, {visits} planned visits, dispatcher improving all the while");
        let mut taken = Vec::new();
        for _ in 0..URGENT {
            let (visit, left) = desk.booked("urgent", 0).await?;
            let row = desk.planned(&visit).await?;
            taken.push(left.elapsed());
            let off = json!({"request": row["request"], "reason": "bench"});
            desk.operator.command("request.cancel", off).await?;
        }
        print("urgent job: booking → board", taken);
        let mut taken = Vec::new();
        for _ in 0..ILL {
            let busy = |k: &str, v: &Value| {
                k.starts_with("visit_") && !v["master"].is_null() && v["state"] == "confirmed"
            };
            let row = desk.board.until("board", "a planned visit", busy).await?;
            let (visit, ill) = (row["id"].as_str().context("id")?.to_owned(), row["master"].clone());
            let left = Instant::now();
            desk.board.command("master.unavailable", json!({"master": ill, "reason": "bench"})).await?;
            let moved = |k: &str, v: &Value| k == visit && !v["master"].is_null() && v["master"] != ill;
            desk.board.until("board", "another master", moved).await?;
            taken.push(left.elapsed());
            desk.board.command("master.available", json!({"master": ill})).await?;
        }
        print("ill master: word → a freed visit with another master", taken);
        drop(desk);
        town.app.stop().await;
        Ok(())
    })
}
