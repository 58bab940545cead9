//! The board's past: what was seen at every moment is seen again.

use crate::kit::{branch::Branch, clock::at, job::Job, seats};
use domain::ports::FrontDoor;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// Fields that are not the book's: they are not kept, or are of now.
const OTHERS: [&str; 5] = ["presence", "pos", "vehicle", "load_min", "shift"];

fn row(value: &Value) -> Map<String, Value> {
    let mut row = value.as_object().expect("a row").clone();
    OTHERS.into_iter().for_each(|field| drop(row.remove(field)));
    row.retain(|_, value| !value.is_null());
    row
}

/// Plays a tape to an instant.
fn played(tape: &Value, until: i64) -> BTreeMap<String, Map<String, Value>> {
    let pair =
        |v: &Value| (v[0].as_str().expect("a key").to_owned(), v[1].as_object().expect("a row").clone());
    let mut rows: BTreeMap<String, Map<String, Value>> =
        tape["rows"].as_array().expect("rows").iter().map(pair).collect();
    for change in tape["changes"].as_array().expect("changes") {
        if change[0].as_i64().expect("an instant") > until {
            break;
        }
        let fields = change[2].as_object().expect("fields").clone();
        rows.entry(change[1].as_str().expect("a key").to_owned()).or_default().extend(fields);
    }
    rows.into_iter().map(|(key, fields)| (key, row(&Value::Object(fields)))).collect()
}

/// What the board shows now, by the instant.
fn seen(branch: &Branch) -> (i64, BTreeMap<String, Map<String, Value>>) {
    let rows = branch.news.rows("board");
    let rows = rows.iter().map(|r| (r["id"].as_str().expect("an id").to_owned(), row(r))).collect();
    (branch.clock_now().as_millisecond(), rows)
}

#[actix::test]
async fn every_moment_of_a_day_is_seen_again_as_it_was() {
    let branch = Branch::open(|_| ()).await;
    let mut moments = Vec::new();
    let tick = Duration::from_secs(20);
    let job = Job::registered(&branch).await;
    moments.push(seen(&branch));
    branch.pass(tick).await;
    job.assigned(41, 3600).await;
    moments.push(seen(&branch));
    for step in ["visit.accept", "visit.depart", "visit.arrive", "visit.begin"] {
        branch.pass(tick).await;
        job.steps(41, &[step]).await;
        moments.push(seen(&branch));
    }
    branch.pass(tick).await;
    let works = json!([{"name": "компрессор", "price": "1500"}]);
    let args = json!({"visit": job.visit, "works": works, "note": "заменён", "outcome": "fixed"});
    branch.says(&seats::master(41), "visit.complete", args).await.expect("work may end");
    moments.push(seen(&branch));
    branch.pass(tick).await;

    let tape = branch.door().past(at(0), branch.clock_now()).await.expect("the day is told");
    for (moment, board) in &moments {
        let was = played(&tape, *moment);
        for (id, row) in board {
            assert_eq!(was.get(id), Some(row), "{id} at {moment}");
        }
        assert_eq!(was.len(), board.len(), "nobody else is on the board");
    }
    // The board at one instant is the tape that begins and ends there.
    let (moment, board) = &moments[3];
    let instant = jiff::Timestamp::from_millisecond(*moment).expect("an instant");
    let still = branch.door().past(instant, instant).await.expect("told");
    assert_eq!(still["changes"], json!([]));
    assert_eq!(&played(&still, *moment), board);
}

#[actix::test]
async fn what_is_not_over_and_what_is_too_long_is_refused() {
    let branch = Branch::open(|_| ()).await;
    for (from, until) in [(at(0), at(3600)), (at(-37 * 3600), at(0)), (at(0), at(-60))] {
        let refusal = branch.door().past(from, until).await.expect_err("no past");
        assert_eq!(refusal.code, "past", "{refusal}");
    }
}
