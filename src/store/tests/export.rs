//! What is exported comes back equal; what is torn does not come back at all.

use crate::{
    firm::{agreement, client, new, point, rows, step, unit},
    place::{disk, folder, open, run},
};
use domain::ports::{Batch, Journal, Table};
use serde_json::json;
use store::{Store, StoreError};

async fn fill(store: &Store) {
    let anna = client(1, "Анна Ёлкина", "+79160000001");
    let home = point(2, &anna);
    let paper = agreement(7, "A-7", &anna, vec![home.id]);
    let fridge = unit(4, &home, "F-1", Some(paper.id));
    store.commit(rows(vec![new(&anna), new(&home), new(&paper), new(&fridge)])).await.expect("kept");
    for key in 1..50u128 {
        let batch = Batch { command: Some(format!("c-{key}")), answer: json!({ "n": 1 }), ..step(key, 0) };
        store.commit(batch).await.expect("kept");
        store.commit(step(key, 1)).await.expect("kept");
    }
}

#[test]
fn an_export_comes_back_equal_on_another_engine() {
    let folder = folder();
    let (first, second) = (folder.path().join("first.jsonl"), folder.path().join("second.jsonl"));
    run(async {
        let source = open("mem://").await;
        fill(&source).await;
        let counts = source.export(&first).await.expect("exports");
        assert_eq!((counts.rows, counts.facts, counts.commands), (53, 98, 49));
        let target = open(&disk(&folder)).await;
        assert_eq!(target.import(&first).await.expect("imports"), counts);
        for table in Table::ALL {
            assert_eq!(source.rows(table).await, target.rows(table).await);
        }
        assert_eq!(source.facts("vehicle_9").await, target.facts("vehicle_9").await);
        assert_eq!(target.answer_of("c-9").await, Ok(Some(json!({ "n": 1 }))));
        let walk = source.coverage(client(1, "", "+79160000001").id).await.expect("walks");
        assert_eq!(target.coverage(client(1, "", "+79160000001").id).await.expect("walks"), walk);
        assert_eq!(target.search("елкин", 5).await.expect("asks").len(), 1);
        target.export(&second).await.expect("exports");
        target.commit(step(9, 2)).await.expect("life goes on");
        let again = target.import(&first).await.expect_err("not empty");
        assert!(matches!(again, StoreError::NotEmpty { rows: 53, facts: 99 }), "{again}");
    });
    let read = |path| std::fs::read(path).expect("a file");
    assert!(read(&first) == read(&second), "the two files differ");
}

#[test]
fn a_torn_or_edited_file_is_refused_before_anything_is_written() {
    let folder = folder();
    let path = folder.path().join("whole.jsonl");
    run(async {
        let source = open("mem://").await;
        fill(&source).await;
        source.export(&path).await.expect("exports");
        let whole = std::fs::read_to_string(&path).expect("a file");
        let cut: String = whole.lines().take(20).map(|line| format!("{line}\n")).collect();
        let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
        let edited = whole.replacen("Атлант", "Бирюса", 1);
        for wrong in [&cut, &newer, &edited, &whole[..whole.len() - 9], ""] {
            std::fs::write(&path, wrong).expect("writes");
            let target = open("mem://").await;
            let refusal = target.import(&path).await.expect_err("not whole");
            assert!(matches!(refusal, StoreError::Export { .. }), "{refusal}");
            assert_eq!(target.counts().await.expect("counts"), store::Counts::default());
        }
    });
}

#[test]
fn the_listing_shows_what_is_applied() {
    run(async {
        let listed = open("mem://").await.migrations().await.expect("lists");
        assert!(listed.iter().any(|line| line.name == "0001_head.surql"));
        assert!(listed.iter().all(|line| line.standing == store::Standing::Applied));
        let empty = store::standing("mem://").await.expect("lists");
        assert!(empty.iter().all(|line| line.standing == store::Standing::Pending));
        let wrong = Store::open("mysql://me:secret@host").await.expect_err("no such engine");
        assert!(!wrong.to_string().contains("secret"), "{wrong}");
    });
}
