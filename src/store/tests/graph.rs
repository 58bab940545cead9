//! The graph follows the rows.

use crate::{
    firm::{agreement, client, new, point, rows, unit},
    place::everywhere,
};
use domain::{
    ports::{Journal, Row},
    values::id::AgreementId,
};
use store::Coverage;
use uuid::Uuid;

#[test]
fn a_walk_from_the_client_finds_what_covers_each_unit() {
    everywhere(|store| async move {
        let anna = client(1, "Анна", "+79160000001");
        let (home, shop) = (point(2, &anna), point(3, &anna));
        let named = AgreementId::from_uuid(Uuid::from_u128(6));
        let (fridge, oven) = (unit(4, &home, "F-1", Some(named)), unit(5, &shop, "O-1", None));
        let (by_unit, by_point) =
            (agreement(6, "A-6", &anna, vec![]), agreement(7, "A-7", &anna, vec![home.id]));
        let firm =
            vec![new(&fridge), new(&by_unit), new(&home), new(&anna), new(&shop), new(&oven), new(&by_point)];
        store.commit(rows(firm)).await.expect("kept in any order");
        let expected = vec![
            Coverage { point: home.id, unit: fridge.id, agreements: vec![by_unit.id, by_point.id] },
            Coverage { point: shop.id, unit: oven.id, agreements: vec![] },
        ];
        assert_eq!(store.coverage(anna.id).await.expect("walks"), expected);
    });
}

#[test]
fn a_moved_unit_and_a_changed_agreement_move_their_edges() {
    everywhere(|store| async move {
        let anna = client(1, "Анна", "+79160000001");
        let (home, shop) = (point(2, &anna), point(3, &anna));
        let mut fridge = unit(4, &home, "F-1", None);
        let mut paper = agreement(7, "A-7", &anna, vec![home.id]);
        store
            .load_many(vec![new(&anna), new(&home), new(&shop), new(&fridge), new(&paper)])
            .await
            .expect("loads");
        (fridge.point, fridge.ver) = (shop.id, 2);
        store.commit(rows(vec![Row { was: 1, ..new(&fridge) }])).await.expect("moved");
        let alone = Coverage { point: shop.id, unit: fridge.id, agreements: vec![] };
        assert_eq!(store.coverage(anna.id).await.expect("walks"), vec![alone.clone()]);
        (paper.points, paper.units, paper.ver) = (vec![], vec![fridge.id], 2);
        store.commit(rows(vec![Row { was: 1, ..new(&paper) }])).await.expect("changed");
        let covered = Coverage { agreements: vec![paper.id], ..alone };
        assert_eq!(store.coverage(anna.id).await.expect("walks"), vec![covered.clone()]);
        (fridge.ver, fridge.model) = (3, "XM-2".into());
        store.commit(rows(vec![Row { was: 2, ..new(&fridge) }])).await.expect("links stay");
        assert_eq!(store.coverage(anna.id).await.expect("walks"), vec![covered]);
    });
}
