//! What is answered with success is kept, whole, once, in order.

use crate::{
    firm::{client, fact, new, row, rows, step},
    place::{disk, everywhere, folder, open, run},
};
use domain::ports::{Batch, Journal, JournalError, Table};
use serde_json::{Value, json};
use uuid::Uuid;

#[test]
fn facts_rows_and_the_answer_are_kept_together() {
    everywhere(|store| async move {
        let mut batch = step(1, 0);
        batch.command = Some("c-1".into());
        batch.answer = json!({"visit": 7, "why": null});
        store.commit(batch.clone()).await.expect("kept");
        assert_eq!(store.row(Table::Vehicle, Uuid::from_u128(1)).await, Ok(Some(batch.rows[0].doc.clone())));
        assert_eq!(store.rows(Table::Vehicle).await, Ok(vec![batch.rows[0].doc.clone()]));
        assert_eq!(store.facts("vehicle_1").await, Ok(batch.facts.clone()));
        assert_eq!(store.answer_of("c-1").await, Ok(Some(batch.answer.clone())));
        assert_eq!(store.answer_of("c-2").await, Ok(None));
        assert_eq!(store.row(Table::Vehicle, Uuid::from_u128(2)).await, Ok(None));
    });
}

#[test]
fn the_facts_of_several_come_in_the_order_they_were_kept() {
    everywhere(|store| async move {
        for (entity, was) in [(1, 0), (2, 0), (1, 1), (3, 0), (2, 1)] {
            store.commit(step(entity, was)).await.expect("kept");
        }
        let named = |n: u128| format!("vehicle_{n}");
        let found = store.facts_of(vec![named(2), named(1), named(9)]).await.expect("reads");
        let order: Vec<(String, u64)> = found.into_iter().map(|fact| (fact.entity, fact.ver)).collect();
        assert_eq!(order, vec![(named(1), 1), (named(2), 1), (named(1), 2), (named(2), 2)]);
        assert_eq!(store.facts_of(vec![]).await, Ok(vec![]));
    });
}

#[test]
fn what_has_happened_is_read_on_from_a_number() {
    everywhere(|store| async move {
        let page = store.facts_after(0, 10).await.expect("reads");
        assert_eq!((page.facts.len(), page.upto, page.head), (0, 0, 0));
        for was in 0..5 {
            store.commit(step(1, was)).await.expect("kept");
        }
        let mut seen = Vec::new();
        let mut after = 0;
        loop {
            let page = store.facts_after(after, 2).await.expect("reads");
            seen.extend(page.facts.iter().map(|(number, fact)| (*number, fact.ver)));
            assert!(page.upto <= after + 2 && page.head == 5, "{page:?}");
            after = page.upto;
            if page.upto >= page.head {
                break;
            }
        }
        assert_eq!(seen, [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
        let nothing = store.facts_after(u64::MAX, 10).await.expect("reads");
        assert_eq!((nothing.facts.len(), nothing.head), (0, 5));
    });
}

#[test]
fn a_stale_batch_leaves_nothing() {
    everywhere(|store| async move {
        store.commit(step(1, 0)).await.expect("kept");
        let mut stale = step(1, 0);
        stale.command = Some("late".into());
        stale.rows.push(row(2, 0));
        stale.facts.push(fact("vehicle_2", 1));
        let refusal = store.commit(stale).await.expect_err("version 1 is there");
        assert_eq!(refusal, JournalError::Stale { table: "vehicle", key: Uuid::from_u128(1), was: 0 });
        assert_eq!(store.facts("vehicle_1").await.expect("reads").len(), 1);
        assert_eq!(store.facts("vehicle_2").await, Ok(vec![]));
        assert_eq!(store.rows(Table::Vehicle).await.expect("reads").len(), 1);
        assert_eq!(store.answer_of("late").await, Ok(None));
        let gap = store.commit(step(1, 4)).await.expect_err("version 4 is not there yet");
        assert_eq!(gap, JournalError::Stale { table: "vehicle", key: Uuid::from_u128(1), was: 4 });
        store.commit(step(1, 1)).await.expect("the true heir is kept");
    });
}

#[test]
fn a_repeated_command_gives_the_first_answer() {
    everywhere(|store| async move {
        let give =
            |answer: u32, was| Batch { command: Some("pay-1".into()), answer: json!(answer), ..step(1, was) };
        store.commit(give(1, 0)).await.expect("kept");
        let refusal = store.commit(give(2, 1)).await.expect_err("carried out before");
        assert_eq!(refusal, JournalError::Repeated { command: "pay-1".into(), answer: json!(1) });
        assert_eq!(store.facts("vehicle_1").await.expect("reads").len(), 1);
    });
}

#[test]
fn refused_neighbours_do_not_hurt_the_others() {
    everywhere(|store| async move {
        store.commit(step(1, 0)).await.expect("kept");
        let mut bad = step(7, 0);
        bad.rows[0].doc = Value::String("not an object".into());
        let twice =
            |answer: u32| Batch { command: Some("twice".into()), answer: json!(answer), ..Batch::default() };
        let group = vec![step(2, 0), step(1, 0), step(1, 1), bad, step(1, 2), twice(1), twice(2), step(3, 0)];
        let asked: Vec<_> = group.into_iter().map(|batch| store.commit(batch)).collect();
        let mut verdicts = Vec::new();
        for verdict in asked {
            verdicts.push(verdict.await);
        }
        let kept: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
        assert_eq!(kept, [true, false, true, false, true, true, false, true], "{verdicts:?}");
        assert!(matches!(verdicts[1], Err(JournalError::Stale { was: 0, .. })));
        assert!(matches!(verdicts[3], Err(JournalError::Store { .. })));
        assert!(matches!(&verdicts[6], Err(JournalError::Repeated { answer, .. }) if *answer == json!(1)));
        assert_eq!(
            store.facts("vehicle_1").await.expect("reads").iter().map(|f| f.ver).collect::<Vec<_>>(),
            [1, 2, 3]
        );
    });
}

#[test]
fn sixty_four_writers_are_all_kept_in_order() {
    everywhere(|store| async move {
        let writers: Vec<_> = (0..64u128)
            .map(|key| {
                let store = store.clone();
                tokio::spawn(async move {
                    for was in 0..10 {
                        store.commit(step(key, was)).await.expect("kept");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("no panic");
        }
        for key in 0..64u128 {
            let facts = store.facts(&format!("vehicle_{key}")).await.expect("reads");
            assert_eq!(facts.iter().map(|f| f.ver).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
            let doc =
                store.row(Table::Vehicle, Uuid::from_u128(key)).await.expect("reads").expect("is there");
            assert_eq!(doc["ver"], 10);
        }
    });
}

#[test]
fn two_stores_on_one_database_never_lose_a_step() {
    run(async {
        let first = open("mem://").await;
        first.commit(step(1, 0)).await.expect("kept");
        let second = first.second_committer();
        let mut kept = 0;
        for was in 1..20 {
            let (a, b) = (first.commit(step(1, was)), second.commit(step(1, was)));
            let (a, b) = tokio::join!(a, b);
            assert!(a.is_ok() != b.is_ok(), "one of two heirs: {a:?} {b:?}");
            kept += 1;
        }
        assert_eq!(first.facts("vehicle_1").await.expect("reads").len(), 1 + kept);
    });
}

#[test]
fn what_was_kept_is_there_after_reopening() {
    let folder = folder();
    let url = disk(&folder);
    run(async {
        let store = open(&url).await;
        store.commit(step(1, 0)).await.expect("kept");
        store.commit(step(1, 1)).await.expect("kept");
        store.close().await;
    });
    run(async {
        let store = open(&url).await;
        assert_eq!(store.facts("vehicle_1").await.expect("reads").len(), 2);
        store.commit(step(1, 2)).await.expect("the order of facts goes on");
        assert_eq!(
            store.facts("vehicle_1").await.expect("reads").iter().map(|f| f.ver).collect::<Vec<_>>(),
            [1, 2, 3]
        );
    });
}

#[test]
fn many_rows_are_loaded_and_read_by_pages() {
    everywhere(|store| async move {
        let all = (0..4500u128)
            .map(|n| new(&client(n, "Иван Петров", &format!("+7916{n:07}"))))
            .collect::<Vec<_>>();
        let docs: Vec<Value> = all.iter().map(|row| row.doc.clone()).collect();
        store.load_many(all).await.expect("loads");
        assert_eq!(store.rows(Table::Client).await.expect("reads"), docs);
        let changed = store
            .commit(rows(vec![domain::ports::Row {
                ver: 2,
                was: 1,
                ..new(&client(3, "Пётр", "+79160000003"))
            }]))
            .await;
        assert_eq!(changed, Ok(()));
    });
}

#[test]
fn a_row_that_is_taken_out_is_gone_with_its_edges_and_its_facts_stay() {
    everywhere(|store| async move {
        store.commit(step(1, 0)).await.expect("kept");
        let key = Uuid::from_u128(1);
        let mut out = Batch { facts: vec![fact("vehicle_1", 2)], ..Batch::default() };
        out.take_out(Table::Vehicle, key, 1);
        let mut early = Batch::default();
        early.take_out(Table::Vehicle, key, 4);
        let refusal = store.commit(early).await.expect_err("it is at version 1");
        assert_eq!(refusal, JournalError::Stale { table: "vehicle", key, was: 4 });
        store.commit(out).await.expect("taken out");
        assert_eq!(store.row(Table::Vehicle, key).await, Ok(None));
        assert_eq!(store.facts("vehicle_1").await.expect("reads").len(), 2);
        store.commit(step(1, 0)).await.expect("the place is free again");
        assert_eq!(store.rows(Table::Vehicle).await.expect("reads").len(), 1);
    });
}
