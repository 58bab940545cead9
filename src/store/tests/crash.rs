//! A killed process loses nothing that was answered.

use crate::{
    firm::step,
    place::{folder, open, run},
};
use domain::ports::Journal;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// Where the child keeps its store; unset in a usual run.
const DOOMED: &str = "STORE_TEST_DOOMED_AT";
const WRITERS: u128 = 8;

/// The child: writes until it is killed, tells its parent each step that was answered.
#[test]
fn doomed_writer() {
    let Ok(url) = std::env::var(DOOMED) else { return };
    run(async {
        let store = Arc::new(open(&url).await);
        let writers: Vec<_> = (0..WRITERS)
            .map(|key| {
                let store = store.clone();
                tokio::spawn(async move {
                    let known = store.facts(&format!("vehicle_{key}")).await.expect("reads").len() as u64;
                    for was in known.. {
                        store.commit(step(key, was)).await.expect("kept");
                        // One write: a kill in the middle of a formatted one leaves half a number.
                        let told = format!("kept {key} {}\n", was + 1);
                        std::io::stderr().write_all(told.as_bytes()).expect("the parent listens");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("never ends");
        }
    });
}

#[test]
fn a_killed_process_keeps_every_answered_step() {
    let folder = folder();
    let url = format!("surrealkv://{}", folder.path().join("db").display());
    let mut last = [0u64; WRITERS as usize];
    for round in 0..3u64 {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "crash::doomed_writer", "--nocapture", "--test-threads=1"])
            .env(DOOMED, &url)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut pipe = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut until: Option<Instant> = None;
        let mut line = String::new();
        // What stands behind the last line break was torn by the kill: nobody was told that.
        while pipe.read_line(&mut line).is_ok_and(|_| line.ends_with('\n')) {
            let told = std::mem::take(&mut line);
            let mut words = told.trim_end().split(' ');
            if words.next() != Some("kept") {
                continue;
            }
            let number = |word: Option<&str>| word.and_then(|w| w.parse::<u64>().ok()).expect("a number");
            let key = number(words.next()) as usize;
            last[key] = last[key].max(number(words.next()));
            // the answers still in the pipe are read to its end after the kill
            let end = *until.get_or_insert_with(|| Instant::now() + Duration::from_millis(300 + 170 * round));
            if Instant::now() > end {
                child.kill().expect("is killed");
            }
        }
        child.wait().expect("has ended");
        assert!(last.iter().sum::<u64>() > 0, "the child wrote nothing");
        run(async {
            let store = open(&url).await;
            for (key, answered) in last.iter().enumerate() {
                let kept = store.facts(&format!("vehicle_{key}")).await.expect("reads");
                assert!(
                    kept.len() as u64 >= *answered,
                    "vehicle {key}: {answered} answered, {} kept",
                    kept.len()
                );
                assert!(kept.iter().map(|f| f.ver).eq(1..=kept.len() as u64), "no gap");
                let row = store
                    .row(domain::ports::Table::Vehicle, uuid::Uuid::from_u128(key as u128))
                    .await
                    .expect("reads");
                assert_eq!(
                    row.map_or(0, |doc| doc["ver"].as_u64().unwrap_or(0)),
                    kept.len() as u64,
                    "row and facts agree"
                );
            }
            store.close().await;
        });
    }
}
