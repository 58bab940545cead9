//! A merge is one transaction: the cards, the stone and the edges of the graph are the same after a restart, and only
//! the kept card is found.

use crate::{
    firm::{agreement, at, client, new, point, rows, unit},
    place::{disk, folder, open, run},
};
use domain::{
    clients::{
        client::Client,
        merging::{Holdings, MergeWish, Picks},
        point::ServicePoint,
    },
    ports::{Batch, Entity, Journal, JournalError, Row, Table},
};
use serde::de::DeserializeOwned;
use store::{Coverage, Store};

async fn read<E: Entity + DeserializeOwned>(store: &Store, of: &E) -> E {
    let row = store.row(E::TABLE, of.id().uuid()).await.expect("reads").expect("a row");
    serde_json::from_value(row).expect("the aggregate")
}

#[test]
fn a_merge_reads_the_same_after_a_restart() {
    let folder = folder();
    let anna = client(1, "Анна Кузнецова", "+79160000001");
    let mut vera = client(2, "Вера Лосева", "+79160000002");
    vera.note = "тихий подъезд".into();
    let (home, shop) = (point(3, &anna), point(4, &vera));
    let paper = agreement(6, "A-6", &vera, vec![shop.id]);
    let oven = unit(5, &shop, "O-1", None);
    let wish = MergeWish {
        keep: anna.id,
        other: vera.id,
        keep_rev: 1,
        other_rev: 1,
        pick: Picks::default(),
        despite_inn: false,
    };
    let after = wish.decide(&anna, &vera).expect("merged");
    let held =
        Holdings { points: vec![shop.clone()], units: vec![oven.clone()], agreements: vec![paper.clone()] };
    let stone = vera.merged((&anna, &after), held.moved(vec![]), at(1), "petrova");
    let given = held.given(after.id);
    run(async {
        let store = open(&disk(&folder)).await;
        let firm = vec![new(&anna), new(&vera), new(&home), new(&shop), new(&oven), new(&paper)];
        store.commit(rows(firm)).await.expect("kept");
        let mut batch = Batch { command: Some("m-1".into()), ..Batch::default() };
        batch.keep(&given.points[0], 1);
        batch.keep(&given.units[0], 1);
        batch.keep(&given.agreements[0], 1);
        batch.keep(&after, 1);
        batch.keep(&stone, 1);
        store.commit(batch.clone()).await.expect("merged");
        let again = store.commit(batch).await.expect_err("the same command");
        assert!(matches!(again, JournalError::Repeated { .. }), "{again}");
        store.close().await;
    });
    run(async {
        let store = open(&disk(&folder)).await;
        assert_eq!(read::<Client>(&store, &anna).await, after);
        assert_eq!(read::<Client>(&store, &vera).await, stone);
        assert_eq!(read::<ServicePoint>(&store, &shop).await.client, anna.id);
        assert_eq!(store.rows(Table::Client).await.expect("reads").len(), 2, "nothing is deleted");
        let covered = Coverage { point: shop.id, unit: oven.id, agreements: vec![paper.id] };
        assert_eq!(store.coverage(anna.id).await.expect("walks"), vec![covered], "the edges went over");
        assert_eq!(store.coverage(vera.id).await.expect("walks"), vec![]);
        for text in ["Лосева", "тихий"] {
            let hits = store.search(text, 10).await.expect("asks");
            let ids: Vec<_> = hits.iter().map(|hit| hit.doc["id"].clone()).collect();
            assert_eq!(ids, [serde_json::json!(anna.id)], "`{text}` finds the kept card alone");
        }
        // It is parted again: the stone is taken away by the next version.
        let alive = Client { ver: 3, stone: None, ..stone.clone() };
        store.commit(rows(vec![Row { was: 2, ..new(&alive) }])).await.expect("parted");
        assert_eq!(read::<Client>(&store, &vera).await, alive);
    });
}
