//! The search page finds people the way people type.

use crate::{
    firm::{agreement, client, new, point, unit},
    place::everywhere,
};
use domain::ports::Table;
use store::Store;

/// What a text finds, as names or serials.
async fn names(store: &Store, text: &str) -> Vec<String> {
    let hits = store.search(text, 10).await.expect("asks");
    let name = |doc: &serde_json::Value| {
        ["name", "serial", "no", "address"].iter().find_map(|f| doc[f].as_str().map(str::to_owned))
    };
    hits.iter().filter_map(|hit| name(&hit.doc)).collect()
}

#[test]
fn people_are_found_by_stems_beginnings_and_either_form_of_yo() {
    everywhere(|store| async move {
        let mut peter = client(1, "Пётр Ёлкин", "+79161234567");
        peter.note = "сломанные компрессоры холодильников".into();
        let anna = client(2, "Анна Кузнецова", "+74951112233");
        let mut firm = client(3, "ООО «Ромашка»", "+78125556677");
        firm.inn = Some("7701234567".into());
        let home = point(4, &anna);
        let paper = agreement(5, "A-12", &anna, vec![]);
        let fridge = unit(6, &home, "sn-00 1a", None);
        let rows = vec![new(&peter), new(&anna), new(&firm), new(&home), new(&paper), new(&fridge)];
        store.load_many(rows).await.expect("loads");
        for text in [
            "Петр",
            "пётр",
            "ёлкин",
            "ЕЛКИН",
            "Елк",
            "пет ёл",
            "компрессор",
            "ремонтом холодильника сломанных",
        ] {
            let expected: &[&str] =
                if text.starts_with("ремонт") { &[] } else { &["Пётр Ёлкин"] };
            assert_eq!(names(&store, text).await, expected, "{text}");
        }
        for text in ["8 (495) 111-22-33", "4951112233", "+7 495 111-22-33 доб. 12", "кузнец", "анны"]
        {
            assert_eq!(names(&store, text).await, ["Анна Кузнецова"], "{text}");
        }
        assert_eq!(names(&store, "SN001A").await, ["sn-00 1a"]);
        assert_eq!(names(&store, "а-12").await, Vec::<String>::new(), "a Cyrillic letter is another letter");
        assert_eq!(names(&store, "a12").await, ["A-12"]);
        assert_eq!(names(&store, "7701234567").await, ["ООО «Ромашка»"]);
        assert_eq!(names(&store, "елочная").await, ["Ёлочная улица, 5"]);
        assert_eq!(names(&store, "  ").await, Vec::<String>::new());
        assert!(
            store
                .search("ромаш", 10)
                .await
                .expect("asks")
                .iter()
                .all(|hit| hit.table == Table::Client && hit.score != 0.0)
        );
    });
}
